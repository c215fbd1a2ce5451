"""Progress: a live bar of one line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from tests.cli.conftest import Studio

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
LONG = "a very long name of a film, as producers give them, version 12 final final.mp4"


def on_terminal(studio: Studio, columns: int, *arguments: str | Path, **environment: str) -> str:
    """What a terminal of that width receives on standard error."""
    screen, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
    given = kept | {"LABELER_HOME": str(studio.home), "LABELER_LANG": "en", "TERM": "xterm-256color"} | environment
    process = subprocess.Popen(
        [sys.executable, "-m", "labeler", *map(str, arguments)],
        env=given,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=terminal,
    )
    os.close(terminal)
    received = b""
    try:
        while part := os.read(screen, 65536):
            received += part
    except OSError:
        pass  # how Linux says that the other end of a terminal is closed
    os.close(screen)
    assert process.wait() == 0, received.decode()
    return received.decode()


@pytest.mark.parametrize(("columns", "no_colour"), [(100, False), (60, True), (20, False)])
def test_bar_on_a_terminal(columns: int, no_colour: bool, studio: Studio, tmp_path: Path) -> None:
    clip = studio.copy_clip(tmp_path / LONG)
    colour = {"NO_COLOR": "1"} if no_colour else {}
    received = on_terminal(studio, columns, "label", clip, "--involvement", "generated", **colour)
    live = [line for line in re.split(r"[\r\n]+", ESCAPE.sub("", received)) if "%" in line]
    assert live, "no bar"
    assert max(map(len, live)) <= columns, "the bar wraps"
    if columns >= 60:
        assert any("rendering" in line for line in live) and any("verifying" in line for line in live)
        assert any("\u2026" in line for line in live), "the long name is cut short"
    assert "\x1b[?25h" in received, "the cursor is shown again"
    assert "[1/1] released" in ESCAPE.sub("", received)
    if no_colour:
        assert not re.search(r"\x1b\[[0-9;]*3[0-9](;|m)", received), "colours in spite of NO_COLOR"


def test_plain_lines_elsewhere(studio: Studio, tmp_path: Path) -> None:
    clip = studio.copy_clip(tmp_path / "spot.mp4")
    done = studio.labeler("label", clip, "--involvement", "generated", TERM="xterm-256color")
    assert "\x1b" not in done.err and "\r" not in done.err
    assert "spot.mp4 [eu-standard]: rendering" in done.err
