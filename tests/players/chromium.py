"""Headless Chromium: a page plays each clip through, seeks in it, and tells which pictures it saw on a canvas.

No driver: the page asks a small server on this machine for the next clip, and posts what it saw.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.barcode import code_of, number_of
from tests.fiddly.film import GROUP, HEIGHT, WIDTH
from tests.fiddly.rendering import FROM, SEAMS, TO
from tests.players.expected import SECONDS, Showing

PAGE = Path(__file__).with_name("page.html")
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
TYPES = {".mp4": "video/mp4", ".mov": "video/mp4", ".webm": "video/webm", ".mkv": "video/x-matroska"}
OPTIONS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
]
PLACES = (
    *(0, 1, GROUP - 1, GROUP),
    *(SEAMS[0] + step for step in (-2, -1, 0, 1, 2)),
    *(FROM - 1, FROM, TO - 1, TO),
    *(SEAMS[1] + step for step in (-3, -2, -1, 0, 1, 2)),
    *(SEAMS[1] + GROUP, 139, SEAMS[0] - 1, SEAMS[1], 3),
)
"""Where the page seeks to, in this order: both seams, both ends of what is painted, far forth and back."""
LEAST_SEEN = 20
"""Pictures that must be seen of those that are played; a busy machine shows fewer than all."""
POLL = 2.0


def program() -> str | None:
    return next((name for name in PROGRAMS if shutil.which(name)), None)


class Browser:
    """One browser for many clips, one after the other. A context manager."""

    def __init__(self) -> None:
        self.jobs: queue.Queue[dict[str, Any]] = queue.Queue()
        self.seen: queue.Queue[dict[str, Any]] = queue.Queue()
        self.paths: list[Path] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Answers, self))
        self._server.daemon_threads = True

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        address = f"http://127.0.0.1:{self._server.server_port}/"
        self._process = subprocess.Popen(
            [program() or "chromium", *OPTIONS, f"--user-data-dir={self._folder.name}", address],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._server.shutdown()
        self._server.server_close()
        self._folder.cleanup()

    def watched(self, path: Path, seeks: Sequence[tuple[float, int]], turn: int) -> dict[str, Any]:
        """What the page saw; see `page.html`. turn: degrees clockwise that players turn the clip.

        Raises queue.Empty where it has not answered in `SECONDS`.
        """
        self.paths.append(path)
        number = len(self.paths) - 1
        job = {"number": number, "address": f"/clip/{number}", "turn": turn, "width": WIDTH, "height": HEIGHT}
        self.jobs.put(job | {"seeks": seeks, "seconds": SECONDS / 3})
        while True:
            said = self.seen.get(timeout=SECONDS)
            if said["number"] == number:
                return said

    def faults(self, path: Path, showing: Showing, turn: int = 0) -> list[str]:
        places = [place for place in PLACES if place < len(showing.times)]
        wanted = [(showing.within(place), showing.numbers[place]) for place in places]
        said = self.watched(path, [(time, code_of(number)) for time, number in wanted], turn)
        found = [said["error"]] if said["error"] else []
        if len(said["seeks"]) < len(wanted):
            found.append(f"{len(said['seeks'])} seeks of {len(wanted)}")
        for (time, code), (_, number) in zip(said["seeks"], wanted, strict=False):
            if code is None or number_of(code) != number:
                found.append(f"seek to {time:.3f} s: picture {number} is {code and number_of(code)}")
        if not said["ended"]:
            found.append("did not play to its end")
        return found[:8] + playing_faults(said["playing"], showing)


def playing_faults(playing: Sequence[tuple[float, int, float]], showing: Showing) -> list[str]:
    """playing: for each picture that came onto the screen its time (s), its bars, and the time of the player then.

    Pictures may be left out, but what is shown is right and never goes back.
    """
    numbers = [number_of(code) for _, code, _ in playing]
    found = [] if len(set(numbers)) >= LEAST_SEEN else [f"only {len(set(numbers))} pictures were seen"]
    latest = -1
    for number, (own, _, now) in zip(numbers, playing, strict=True):
        # The canvas may hold a later picture than the one whose coming was told, but none that is yet to come.
        first, last = showing.at(own), showing.at(max(own, now) + 1 / 25)
        if number is None or not first <= number <= last:
            found.append(f"playing at {own:.3f} s: picture {first} is {number}")
        elif number < latest:
            found.append(f"playing at {own:.3f} s: picture {number} after {latest}")
        latest = max(latest, number or 0)
    return found[:8]


class Answers(BaseHTTPRequestHandler):
    """The page, the clips (whole or in ranges), the next job, and the place for what was seen."""

    protocol_version = "HTTP/1.1"

    def __init__(self, browser: Browser, *given: Any) -> None:
        self.browser = browser
        super().__init__(*given)

    def handle(self) -> None:
        # A browser that has what it needs hangs up, in the middle of a clip too.
        with contextlib.suppress(ConnectionError):
            super().handle()

    def log_message(self, format: str, *given: Any) -> None:
        """Nothing: the tests tell."""

    def do_GET(self) -> None:
        if self.path == "/":
            self._answer(200, PAGE.read_bytes(), {"Content-Type": "text/html; charset=utf-8"})
        elif self.path == "/next":
            try:
                self._answer(200, json.dumps(self.browser.jobs.get(timeout=POLL)).encode())
            except queue.Empty:
                self._answer(204, b"")
        elif clip := re.fullmatch(r"/clip/(\d+)", self.path):
            self._clip(self.browser.paths[int(clip[1])])
        else:
            self._answer(404, b"")

    def do_POST(self) -> None:
        said = self.rfile.read(int(self.headers["Content-Length"]))
        self.browser.seen.put(json.loads(said))
        self._answer(204, b"")

    def _clip(self, path: Path) -> None:
        data, head = path.read_bytes(), {"Content-Type": TYPES[path.suffix], "Accept-Ranges": "bytes"}
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if asked is None:
            self._answer(200, data, head)
            return
        start = int(asked[1])
        stop = min(int(asked[2]) + 1 if asked[2] else len(data), len(data))
        head["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
        self._answer(206, data[start:stop], head)

    def _answer(self, status: int, body: bytes, head: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body)), "Cache-Control": "no-store"} | (head or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
