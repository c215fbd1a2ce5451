"""Verdicts made up for pages, and a page read again as a browser would, without running anything."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from labeler.layers.credentials.trust import Trust
from labeler.report.entry import Entry, of_verdict
from labeler.report.page import write_report
from labeler.report.second_look import Reading
from labeler.verdict import LAYERS, Check, LayerState, Status, Verdict

WHEN = datetime(2026, 1, 31, 9, 5, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>\"onload=x '&amp; مرحبا \u202egpj.\u2066 🎬\n\x1b[31m"
VOID = {"meta", "img", "br"}
LOADING = {"src", "href", "srcset", "action", "formaction", "data", "poster", "background", "ping", "manifest"}


def verdict(file: str, checks: Iterable[Check] = (), **changes: Any) -> Verdict:
    facts: dict[str, Any] = {
        "file": file,
        "sha256": "ab" * 32,
        "bytes": 1234,
        "outcome": "pass",
        "disclosure": "declared",
        "integrity": "intact",
        "trust": "unlisted",
        "judged_by": None,
        "layers": dict.fromkeys(LAYERS, LayerState.PASS),
        "checks": tuple(checks),
        "found": {},
        "labeler": "0.1.0",
    }
    return Verdict.model_validate(facts | changes)


def check(id: str, status: Status, **changes: Any) -> Check:
    facts = {"id": id, "layer": id.partition(".")[0], "status": status, "message": f"told of {id}"}
    return Check.model_validate(facts | changes)


def entry(file: str, *checks: Check, **changes: Any) -> Entry:
    return of_verdict(verdict(file, checks, **changes))


def written(path: Path, *entries: Entry) -> str:
    write_report(path, entries, Reading(Trust()), when=WHEN)
    return path.read_text(encoding="utf-8")


class Page(HTMLParser):
    """tags: every element with its attributes, in order. text: what people read. Fails where tags do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.pieces: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute twice: {attrs}"
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.pieces.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.pieces).split())

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def with_class(self, tag: str, name: str) -> list[dict[str, str]]:
        return [one for one in self.all(tag) if name in one.get("class", "").split()]


def assert_harmless(page: Page) -> None:
    """Nothing runs, and nothing is loaded from anywhere but the page itself."""
    forbidden = {"script", "link", "iframe", "object", "embed", "base", "form", "input", "svg", "video", "audio"}
    assert not {tag for tag, _ in page.tags} & forbidden
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        for name in LOADING & set(attributes):
            allowed = "#" if name == "href" else "data:image/jpeg;base64,"
            assert attributes[name].startswith(allowed), (tag, attributes)
        if "style" in attributes:
            assert "(" not in attributes["style"] and "@" not in attributes["style"]
    (policy,) = [one["content"] for one in page.all("meta") if one.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline'")
