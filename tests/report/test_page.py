"""The page: harmless whatever stands in a file, whole, in two languages, the worst first, and put in place at once."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from labeler.errors import DiskFull, SourceUnreadable
from labeler.layers.credentials.tree import FoundAction, FoundCode, FoundIngredient, FoundManifest, FoundStore
from labeler.layers.credentials.trust import Trust
from labeler.media.outline import Outline, OutlinedChapter, OutlinedTrack
from labeler.report import page as pages
from labeler.report.entry import of_error, of_result
from labeler.report.evidence import Evidence
from labeler.report.page import DETAILED, PICTURED, Report
from labeler.report.second_look import Reading
from labeler.report.words import typeset
from labeler.rules.checks import EXPLAINED
from labeler.rules.record import Result
from labeler.verdict import Status
from tests.report.pages import HOSTILE, WHEN, Page, assert_harmless, check, entry, verdict, written

SCRIPT = "<script>alert(1)</script>"


def hostile_evidence() -> Evidence:
    below = FoundManifest(
        label=HOSTILE,
        is_active=False,
        generator=HOSTILE,
        title=HOSTILE,
        format=HOSTILE,
        signer=HOSTILE,
        issuer=HOSTILE,
        algorithm=HOSTILE,
        time=HOSTILE,
        actions=(FoundAction(action=HOSTILE, when=HOSTILE, agent=HOSTILE, source_type=HOSTILE, description=HOSTILE),),
        assertions=(HOSTILE,),
        source_types=(HOSTILE,),
        codes=(FoundCode(code=HOSTILE, kind="failure"),),
    )
    ingredient = FoundIngredient(title=HOSTILE, format=HOSTILE, relationship=HOSTILE, codes=(HOSTILE,), manifest=below)
    top = below.model_copy(update={"is_active": True, "ingredients": (ingredient,)})
    outline = Outline(
        container="mp4",
        bytes=1,
        seconds=2.0,
        timecode=HOSTILE,
        tags={HOSTILE: HOSTILE},
        tracks=(
            OutlinedTrack(index=0, kind=HOSTILE, codec=HOSTILE, language=HOSTILE, title=HOSTILE, facts=(HOSTILE,)),
        ),
        chapters=(OutlinedChapter(start=0.0, end=1.0, title=HOSTILE),),
    )
    store = FoundStore(manifests=(top,), embedded=True, problem=HOSTILE)
    return Evidence(outline, store, (), (), None, (HOSTILE,))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_whatever_a_file_says_is_text(language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELER_LANG", language)
    monkeypatch.setattr(pages, "gather", lambda *_, **__: hostile_evidence())
    found = {
        "mention": [{"class": "phrase", "text": HOSTILE, "language": HOSTILE, "from": 0, "to": 1}],
        "metadata": {"digitalSourceType": [HOSTILE], "fields": {HOSTILE: {HOSTILE: HOSTILE}, "a": [HOSTILE]}},
        "credentials": {"signer": HOSTILE, "codes": [HOSTILE]},
    }
    wrong = check("mention.size", Status.FAIL, message=HOSTILE, measured=HOSTILE, expected={HOSTILE: 1}, source=HOSTILE)
    unknown = check("mention.never_heard_of", Status.FAIL, unit=HOSTILE, measured=1)
    html = written(
        tmp_path / "r.html",
        entry(f"/clips/{HOSTILE}.mp4", wrong, unknown, found=found, outcome="fail"),
        of_error(Path(HOSTILE), SourceUnreadable(HOSTILE, remedy=HOSTILE)),
    )
    page = Page(html)
    assert_harmless(page)
    assert page.text.count(SCRIPT) >= 30
    assert "\\u202egpj" in page.text and "مرحبا" in page.text and "🎬" in page.text
    assert not [letter for letter in html if letter in "\u202e\u2066\x1b"]


def test_nothing_but_the_page_is_needed(tmp_path: Path) -> None:
    html = written(tmp_path / "r.html", entry("a.mp4"), entry("b.mp4"))
    assert_harmless(Page(html))
    assert "http" not in html.replace("http-equiv", "")
    style = html[html.index("<style>") : html.index("</style>")]
    assert "url(" not in style and "@import" not in style


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_failed_check_says_how_to_mend_it(language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELER_LANG", language)
    at = ("en", "fr").index(language)
    html = written(tmp_path / "r.html", entry("a.mp4", *(check(id, Status.FAIL) for id in EXPLAINED), outcome="fail"))
    page = Page(html)
    (root,) = page.all("html")
    assert root["lang"] == language
    assert len(page.with_class("dd", "mend")) == len(EXPLAINED) > 30
    for id, known in EXPLAINED.items():
        for said in (known.name, known.rule, known.mend):
            assert " ".join(typeset(said[at]).split()) in page.text, id
        assert f"told of {id}" in page.text
    mend = ("To mend it", "Pour y remédier")
    assert mend[at] in page.text and mend[1 - at] not in page.text


def test_what_could_not_be_checked_is_blamed_for_nothing(tmp_path: Path) -> None:
    one = check("credentials.integrity", Status.NOT_CHECKED)
    told = Page(written(tmp_path / "r.html", entry("a.mp4", one, outcome="fail"))).text
    assert "Mend first what kept this from being checked." in told
    assert EXPLAINED["credentials.integrity"].mend[0] not in told


def test_what_one_reason_kept_from_being_checked_stands_together(tmp_path: Path) -> None:
    why = "Not measured: no mention was found."
    ids = ("mention.timing", "mention.size", "mention.contrast")
    unmade = [check(id, Status.NOT_CHECKED, message=why) for id in ids]
    other = check("mention.white", Status.NOT_CHECKED, message="Another reason.")
    page = Page(written(tmp_path / "r.html", entry("a.mp4", *unmade, other, outcome="fail")))
    assert page.text.count(why) == 1 and "Mention · 3 checks" in page.text and "Another reason." in page.text
    assert all(id in page.text for id in ids)
    assert len(page.with_class("li", "not_checked")) == 2


def test_french_is_set_as_french(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELER_LANG", "fr")
    html = written(tmp_path / "r.html", entry("l'été : fin.mp4"))
    assert "L’absence de marque ne prouve pas" in html
    assert "déclarée\u00a0: lisible".capitalize() in html
    assert "l&#39;été : fin.mp4" in html, "a name stays as it is"


def test_the_worst_first(tmp_path: Path) -> None:
    good = entry("good.mp4", check("mention.size", Status.PASS))
    bad = entry(
        "bad.mp4",
        check("mention.contrast", Status.PASS),
        check("credentials.signer", Status.WARN),
        check("mention.size", Status.NOT_CHECKED),
        check("mention.wording", Status.FAIL),
        outcome="fail",
    )
    broken = of_error(Path("broken.mp4"), SourceUnreadable("It is broken.", remedy="Mend the file."))
    page = Page(written(tmp_path / "r.html", good, bad, broken))
    files = page.with_class("article", "file")
    assert [one["id"] for one in files] == ["file-2", "file-3", "file-1"]
    links = [one["href"] for one in page.all("a")]
    assert links == ["#file-2", "#file-3", "#file-1"]
    order = [page.text.index(f"told of {id}") for id in ("mention.wording", "mention.size", "credentials.signer")]
    assert order == sorted(order)
    assert page.text.index("told of credentials.signer") < page.text.rindex("mention.contrast")
    assert "It is broken. → Mend the file." in page.text
    assert "3 files 2 to look at 1 in order" in page.text


def test_one_file_has_no_table_of_files(tmp_path: Path) -> None:
    page = Page(written(tmp_path / "r.html", entry("a.mp4")))
    assert not page.with_class("section", "summary") and not page.all("a")
    assert "2026-01-31 at 09:05 UTC" in page.text


def test_what_label_made_of_it(tmp_path: Path) -> None:
    problem = {"code": "x", "severity": "error", "message": "Too small.", "remedy": "Make it larger."}
    source = {"file": "/in/a.mov"}
    rejected = Result(id=None, status="rejected", exit_code=3, source=source, problems=(problem,), labeler="0")  # type: ignore[arg-type]
    told = verdict(str(tmp_path / "a.eu.mov"), [check("mention.size", Status.FAIL)], outcome="fail")
    withheld = Result(id="1", status="withheld", exit_code=4, source=source, verdict=told, labeler="0")  # type: ignore[arg-type]
    page = Page(written(tmp_path / "r.html", of_result(rejected), of_result(withheld)))
    assert "rejected" in page.text and "Too small. → Make it larger." in page.text
    assert "WITHHELD" in page.text and "verdict: FAIL" in page.text
    assert str(tmp_path / "quarantine" / "a.eu.mov") in page.text
    assert of_result(withheld).path == tmp_path / "quarantine" / "a.eu.mov"


def test_a_file_with_very_many_fields(tmp_path: Path) -> None:
    many = {f"lang{n}": "x" * 5000 for n in range(20_000)}
    found = {"metadata": {"digitalSourceType": ["y" * 5000] * 9000, "fields": many | {"dc:description": many}}}
    long = check("mention.size", Status.FAIL, message="z" * 1_000_000, measured="z" * 1_000_000)
    broken = of_error(Path("b.mp4"), SourceUnreadable("z" * 1_000_000, remedy="z" * 1_000_000))
    html = written(tmp_path / "r.html", entry("a.mp4", long, found=found), broken)
    assert len(html) < 200_000
    assert "and 19951 more; all of it: labeler inspect --json" in Page(html).text


def test_no_file_at_all(tmp_path: Path) -> None:
    assert "There was no file" in Page(written(tmp_path / "r.html")).text


@pytest.mark.parametrize("outcome", ["pass", "fail"])
def test_a_page_of_very_many_files_stays_workable(
    outcome: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def gathered(one: Any, reading: Any, *, pictures: bool) -> Evidence:
        asked.append(pictures)
        strips: Any = ((0, pages_strip()),) if pictures else ()
        return Evidence(None, None, strips, (line(),), None, ())

    monkeypatch.setattr(pages, "gather", gathered)
    many = DETAILED + 5
    noted = check("credentials.signer", Status.WARN)
    fine = check("mention.size", Status.PASS)
    html = written(tmp_path / "r.html", *(entry(f"{n}.mp4", noted, fine, outcome=outcome) for n in range(many)))
    page = Page(html)
    assert asked == [True] * PICTURED + [False] * (DETAILED - PICTURED), "the rest is not even read again"
    assert len(page.all("img")) == PICTURED
    assert page.text.count("So that the page stays workable") == many - PICTURED
    assert page.text.count("1 check passed") == page.text.count("Anyone who watches the video.") == DETAILED
    assert page.text.count("told of credentials.signer") == page.text.count("ab" * 32) == many
    assert len(page.with_class("article", "file")) == len(page.all("a")) == many


def pages_strip() -> Any:
    from labeler.report.strip import Still, Strip

    return Strip((Still(0.5, "data:image/jpeg;base64,AA==", False),))


def line() -> Any:
    from labeler.report.timeline import timeline_of

    return timeline_of(0, None, (), 10.0)


class Gone(Exception):
    """Whatever ends a run."""


def test_nothing_is_left_of_a_run_that_ended_early(tmp_path: Path) -> None:
    page = tmp_path / "r.html"
    before = written(page, entry("old.mp4"))
    with pytest.raises(Gone), Report(page, Reading(Trust()), when=WHEN) as report:
        report.add(entry("new.mp4"))
        raise Gone
    assert [one.name for one in tmp_path.iterdir()] == ["r.html"]
    assert page.read_text(encoding="utf-8") == before


def test_a_full_disk_leaves_the_old_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "r.html"
    before = written(page, entry("old.mp4"))

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pages.os, "fsync", full)
    with pytest.raises(DiskFull):
        written(page, entry("new.mp4"))
    assert [one.name for one in tmp_path.iterdir()] == ["r.html"]
    assert page.read_text(encoding="utf-8") == before


def test_a_new_page_takes_the_place_of_the_old(tmp_path: Path) -> None:
    page = tmp_path / "r.html"
    written(page, entry("old.mp4"))
    html = written(page, entry("new.mp4"))
    assert "new.mp4" in html and "old.mp4" not in html
    assert [one.name for one in tmp_path.iterdir()] == ["r.html"]


def test_a_required_layer_of_which_nothing_was_measured_is_told(tmp_path: Path) -> None:
    judged = {"preset": "p", "version": 1, "sha256": "00", "plan": "derived"}
    bare = entry("a.mp4", outcome="fail", judged_by=judged, meets={"p": ("mention",)})
    told = Page(written(tmp_path / "r.html", bare, entry("b.mp4"))).text
    assert "Nothing of what the preset asks for could be measured" in told and "mention: not checked" in told


@pytest.mark.parametrize(
    ("language", "words"), [("en", "p not judged in full"), ("fr", "p pas jugé en entier")], ids=["en", "fr"]
)
def test_a_preset_by_which_not_all_was_judged_is_not_said_to_be_missed(
    language: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABELER_LANG", language)
    unread = check("mention.placement", Status.NOT_CHECKED, track=1, mandatory=False)
    meets = {"p": ("mention.placement",), "q": ("metadata.aigc",), "r": ()}
    told = Page(written(tmp_path / "r.html", entry("a.mp4", unread, meets=meets))).text
    assert words in told and f"q {('no', 'non')[language == 'fr']}" in told and "told of mention.placement" in told
