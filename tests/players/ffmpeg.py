"""FFmpeg's command line, of whatever version this machine has: all pictures, and not one word of complaint."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np

from tests.players.expected import Showing, asked, numbers_in, order_faults


def faults(path: Path, showing: Showing) -> list[str]:
    command = ["ffmpeg", "-hide_banner", "-nostdin", "-v", "warning", "-xerror", "-noautorotate", "-i", str(path)]
    # Raw pictures have no times: they are counted anew, so that none is left out on the way there.
    command += [
        "-map",
        "0:v:0",
        "-vf",
        "extractplanes=y,setpts=N/25/TB",
        "-fps_mode",
        "passthrough",
        "-f",
        "rawvideo",
        "-",
    ]
    raw, said = asked(command)
    with av.open(str(path)) as container:
        bits = container.streams.video[0].format.components[0].bits
    return said[:8] + order_faults(numbers_in(raw, np.uint8 if bits == 8 else np.uint16), showing)
