"""How many threads a step may start: what the system and the scheduler both grant.

A farm often runs several tasks on one machine; an encoder that counts the machine's processors would slow them all.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from math import ceil
from pathlib import Path

from labeler.processors import ROOT, affinity, cpu_quota

GRANTS = (
    "CUE_THREADS",  # OpenCue
    "SLURM_CPUS_PER_TASK",
    "SLURM_CPUS_ON_NODE",
    "NSLOTS",  # Grid Engine
    "NCPUS",  # PBS
    "LSB_DJOB_NUMPROC",  # LSF
)
"""Variables in which schedulers say how many processors a task was given."""


NUMBER = re.compile(r"0*[1-9][0-9]{0,5}")


def threads(environ: Mapping[str, str] = os.environ, root: Path = ROOT, allowed: int | None = None) -> int:
    """At least 1: the least of what affinity, control groups and the scheduler grant.

    root: where `proc` and `sys` are. allowed: processors by affinity; None: those of this process.
    """
    grants = [allowed or affinity(), *granted(environ)]
    quota = cpu_quota(root)
    if quota is not None:
        grants.append(ceil(quota))  # the last, partial processor is used too: the quota itself holds the rest back
    return max(1, min(grants))


def granted(environ: Mapping[str, str]) -> Iterator[int]:
    """Whole numbers above 0; anything else is no grant."""
    for name in GRANTS:
        value = environ.get(name, "").strip()
        if NUMBER.fullmatch(value):
            yield int(value)
