"""GStreamer, with a decoder by name: all pictures in order, and neither an error nor a warning on its bus."""

from __future__ import annotations

import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from tests.players.expected import Showing, asked, numbers_in, order_faults

LAUNCH, INSPECT = "gst-launch-1.0", "gst-inspect-1.0"
DEMUXERS = {
    ".mp4": "qtdemux",
    ".mov": "qtdemux",
    ".mkv": "matroskademux",
    ".webm": "matroskademux",
    ".ts": "tsdemux",
}
PARSERS = {
    "avdec_h264": "h264parse",
    "openh264dec": "h264parse",
    "avdec_h265": "h265parse",
    "libde265dec": "h265parse",
    "av1dec": "av1parse",
    "vp9dec": "vp9parse",
    "avdec_vp9": "vp9parse",
    "avdec_prores": "identity",
}


@cache
def has(element: str) -> bool:
    return subprocess.run([INSPECT, "--exists", element], capture_output=True).returncode == 0


def faults(path: Path, showing: Showing, decoder: str) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw"
        line = f"{DEMUXERS[path.suffix]} ! {PARSERS[decoder]} ! {decoder} ! videoconvert ! video/x-raw,format=GRAY8"
        command = [LAUNCH, "--quiet", "filesrc", f"location={path}", "!", *line.split(" ")]
        out, said = asked([*command, "!", "filesink", f"location={raw}"])
        said += out.decode(errors="replace").splitlines()
        heard = [one for one in said if "ERROR" in one or "WARNING" in one or one.startswith("exit code")]
        return heard[:8] + order_faults(numbers_in(raw.read_bytes() if raw.exists() else b"", np.uint8), showing)
