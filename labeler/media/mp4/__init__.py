"""Rewriting an MP4 or MOV at the level of its boxes: the video track's samples are replaced, all else stays as it is.

The writer's side; the gate reads what comes out through libavformat and knows none of this.
"""
