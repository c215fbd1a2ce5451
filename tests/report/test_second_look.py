"""What a page shows is read from a file in a process apart: whatever that file does to its decoder, there is a page."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from labeler.batch.apart import Reader
from labeler.errors import Interrupted
from labeler.layers.credentials.trust import Trust
from labeler.report.evidence import LOOKING
from labeler.report.page import Report, write_report
from labeler.report.second_look import Reading
from tests.cli.conftest import Studio
from tests.report.pages import WHEN, Page, assert_harmless, entry

FAULT = f"""
import os, signal, sys, time
if "{LOOKING}" in sys.orig_argv:
    from labeler.media.frames import FrameReader
    decoded = FrameReader.pictures
    def pictures(frames, times):
        if "bad" in frames.path.name:
            FAULT
        return decoded(frames, times)
    FrameReader.pictures = pictures
"""
"""Put in the place that Python looks into as it starts: the decoder of the process that looks at files for a page."""
CRASH, HANG = "os.kill(os.getpid(), signal.SIGSEGV)", "time.sleep(1_000_000)"


def with_fault(folder: Path, fault: str) -> str:
    """Where Python finds modules when the decoder is to have this fault."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(FAULT.replace("FAULT", fault), encoding="utf-8")
    return os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_file_that_breaks_the_decoder_costs_its_pictures(language: str, studio: Studio, tmp_path: Path) -> None:
    """All else of it is on the page, the next file has its pictures, and the answer is that of a run without a page."""
    files, page = tmp_path / "files", tmp_path / "r.html"
    for name in ("bad.mp4", "good.mp4"):
        studio.copy_labelled(files, record=False).rename(files / name)
    asked = ("verify", files, "--preset", "eu-standard", "--json")
    path = with_fault(tmp_path / "fault", CRASH)
    plain = studio.labeler(*asked)
    told = studio.labeler(*asked, "--report", page, PYTHONPATH=path, LABELER_LANG=language)
    assert told.code == plain.code == 0, told.err
    assert [json.loads(line)["outcome"] for line in told.out.splitlines()] == ["pass", "pass"]
    html = Page(page.read_text(encoding="utf-8"))
    assert_harmless(html)
    assert len(html.all("img")) == 7, "six frames and the mention, of one of the two"
    why = {
        "en": "Pictures: {} could not be read: it ended the process that read it (SIGSEGV).",
        "fr": "Images : {} n’a pas pu être lue : elle a mis fin au processus de lecture (SIGSEGV).",
    }[language]
    assert why.format(files / "bad.mp4") in html.text.replace("\u202f", " ").replace("\u00a0", " ")
    assert html.text.count("c2pa.transcoded") == html.text.count("h264") == 2


@pytest.mark.parametrize(
    ("limits", "why"), [({"patience": 5.0}, "took too long"), ({"memory": 1 << 20}, "took too much memory")]
)
def test_pictures_are_decoded_within_the_limits_of_reading(
    limits: dict[str, float], why: str, studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = studio.copy_labelled(tmp_path / "files", record=False).rename(tmp_path / "bad.mp4")
    monkeypatch.setenv("PYTHONPATH", with_fault(tmp_path / "fault", HANG))
    page, reader = tmp_path / "r.html", Reader(LOOKING, **limits)  # type: ignore[arg-type]
    write_report(page, [entry(str(bad))], Reading(Trust()), when=WHEN, reader=reader)
    html = Page(page.read_text(encoding="utf-8"))
    assert not html.all("img") and f"Pictures: {bad} could not be read: it {why}." in html.text
    assert reader._process is None


def test_nobody_waits_for_a_page_that_is_stopped(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labeler.batch.apart.BEAT", 0.001)

    def stop() -> None:
        raise Interrupted("stopped")

    reader, page = Reader(LOOKING), tmp_path / "r.html"
    with pytest.raises(Interrupted), Report(page, Reading(Trust()), when=WHEN, check=stop, reader=reader) as report:
        report.add(entry(str(studio.labelled)))
    assert reader._process is None and not list(tmp_path.iterdir())
