"""Standard output carries data and nothing else; what people read is safe for their terminal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from labeler.cli.printing import safe
from tests.cli.conftest import Studio

GENERATED = ("--involvement", "generated")

POLLUTER = """
import os, sys
from labeler.cli import main
from labeler.media import survey
true_read = survey.read
def loud(*arguments, **named):
    os.write(1, b"a native library prints this\\n")
    print("and so does a module")
    return true_read(*arguments, **named)
survey.read = loud
main.main(sys.argv[1:])
"""


def test_one_json_line_a_result(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "empty é.mp4").write_bytes(b"")
    done = studio.labeler(
        *("label", studio.clip, tmp_path / "empty é.mp4", tmp_path / "gone.mp4"),
        *GENERATED,
        "-o",
        f"{tmp_path}/out/",
        "--json",
    )
    assert done.code == 1
    results = done.objects()
    assert [result["status"] for result in results] == ["rejected", "released", "rejected"]
    assert [result["exit_code"] for result in results] == [3, 0, 3]
    for result in results:
        assert result["schema"] == "labeler.result/1"
    assert Path(results[1]["output"]["file"]).is_file()
    assert results[1]["verdict"]["outcome"] == "pass"
    assert results[2]["source"]["file"] == str(tmp_path / "empty é.mp4")


def test_nothing_else_reaches_standard_output(studio: Studio, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", POLLUTER, "label", studio.clip, *GENERATED, "-o", f"{tmp_path}/", "--json"],
        env=dict(os.environ, LABELER_HOME=str(studio.home)),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "released"
    assert "a native library prints this" in done.stderr and "and so does a module" in done.stderr


def test_paths_on_standard_output(studio: Studio, tmp_path: Path) -> None:
    arguments = ("label", studio.clip, *GENERATED, "-o", f"{tmp_path}/out/", "--preset", "eu-standard")
    for told in ("released", "done already"):
        done = studio.labeler(*arguments, "--preset", "youtube-16x9")
        assert done.code == 0 and told in done.err
        assert done.out.splitlines() == [
            str(tmp_path / "out" / "film.eu-standard.mp4"),
            str(tmp_path / "out" / "film.youtube-16x9.mp4"),
        ]


def test_sources_on_standard_input(studio: Studio, tmp_path: Path) -> None:
    clip = studio.copy_clip(tmp_path / "#1 été.mp4")
    given = f"\n{clip}\r\n{tmp_path}/gone.mp4\n".encode() + os.fsencode(tmp_path) + b"/caf\xe9.mp4\n"
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.mp4"))).write_bytes(b"x")
    done = studio.labeler("label", "-", *GENERATED, "--dry-run", "--json", given=given)
    assert done.code == 1
    assert [item["source"]["file"] for item in done.objects()] == [str(clip)]
    assert "gone.mp4" in done.err and "UTF-8" in done.err
    empty = studio.labeler("label", "-", *GENERATED, given=b"\n")
    assert empty.code == 3 and "→" in empty.err


NASTY = "a\nb\x1b[31m\u202egpm.mp4"


def test_names_cannot_steer_a_terminal(studio: Studio, tmp_path: Path) -> None:
    studio.copy_clip(tmp_path / NASTY)
    done = studio.labeler("label", tmp_path, *GENERATED)
    assert done.code == 0, done.err
    for text in (done.out, done.err):
        assert "\x1b" not in text and "\u202e" not in text
        assert "a\\nb\\x1b[31m\\u202egpm" in text
    assert len(done.out.splitlines()) == 1
    told = studio.labeler("label", tmp_path / ("gone" + NASTY), tmp_path / (NASTY + ".toml"), *GENERATED, "--json")
    assert told.code == 1 and "\x1b" not in told.err + told.out
    assert not [line for line in told.err.splitlines() if line.startswith("b")]
    wrong = studio.labeler("label", "x", "--declaration", tmp_path / (NASTY + ".toml"))
    assert wrong.code == 2 and "\\x1b" in wrong.err
    assert not [line for line in wrong.err.splitlines() if line.strip().startswith("b\\x1b")]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("é «AI» 日本", "é «AI» 日本"),
        ("a\tb", "a\\tb"),
        ("\u2066x\u2069", "\\u2066x\\u2069"),
        ("\udcff", "\\udcff"),
        ("\x9b", "\\x9b"),
    ],
)
def test_safe(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_each_letter_by_itself_as_among_others() -> None:
    """Texts that can be printed as they stand are not read letter by letter."""
    for code in range(sys.maxunicode + 1):
        letter = chr(code)
        assert safe(letter) == safe(letter + "\t")[: -len("\\t")]


def closed_reader() -> int:
    """A pipe that nobody reads any more."""
    reader, writer = os.pipe()
    os.close(reader)
    return writer


def test_a_reader_that_goes_away_stops_nothing(studio: Studio, tmp_path: Path) -> None:
    writer = closed_reader()
    done = subprocess.run(
        [sys.executable, "-m", "labeler", "label", studio.clip, *GENERATED, "-o", f"{tmp_path}/", "--json"],
        env=dict(os.environ, LABELER_HOME=str(studio.home)),
        stdout=writer,
        stderr=writer,
    )
    os.close(writer)
    assert done.returncode == 0
    assert (tmp_path / "film.eu-standard.mp4").is_file()


@pytest.mark.parametrize("arguments", [["presets", "list"], ["--help"], ["presets", "show", "eu-standard"]])
def test_lists_into_a_closed_pipe(arguments: list[str], studio: Studio) -> None:
    writer = closed_reader()
    done = subprocess.run(
        [sys.executable, "-m", "labeler", *arguments],
        env=dict(os.environ, LABELER_HOME=str(studio.home)),
        stdout=writer,
        stderr=subprocess.PIPE,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_standard_output_on_a_full_disk(studio: Studio) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "labeler", "presets", "list"],
            env=dict(os.environ, LABELER_HOME=str(studio.home), LABELER_LANG="en"),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 75 and "full" in done.stderr and "Traceback" not in done.stderr


def test_without_standard_streams(studio: Studio, tmp_path: Path) -> None:
    """Started with descriptors 0, 1 and 2 closed: no video may be opened in their place and be printed over."""
    command = [sys.executable, "-m", "labeler", "label", str(studio.clip), *GENERATED, "-o", f"{tmp_path}/"]
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *command], env=dict(os.environ, LABELER_HOME=str(studio.home))
    )
    assert done.returncode == 0
    assert studio.labeler("verify", tmp_path / "film.eu-standard.mp4", "--preset", "eu-standard").code == 0


def test_interrupted_with_json(studio: Studio, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "labeler", "label", studio.clip, *GENERATED, "-o", f"{tmp_path}/out/", "--json"],
        env=dict(os.environ, LABELER_HOME=str(studio.home), LABELER_LANG="en"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "rendering" in line:
            process.send_signal(signal.SIGINT)
            break
    out, _ = process.communicate()
    assert process.returncode == 130
    (result,) = map(json.loads, out.splitlines())
    assert (result["status"], result["exit_code"]) == ("interrupted", 130)
    assert not list((tmp_path / "out").iterdir())
