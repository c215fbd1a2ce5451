"""Processors that this process may use: by affinity, and by the control groups that hold it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path("/")
GROUPS = "sys/fs/cgroup"
OWN_GROUP = "proc/self/cgroup"
V1_MOUNTS = ("cpu", "cpu,cpuacct")


def affinity() -> int:
    of_process = getattr(os, "sched_getaffinity", None)
    return len(of_process(0)) if of_process else os.cpu_count() or 1


def cpu_quota(root: Path = ROOT) -> float | None:
    """Processors' worth of time that the control groups of this process grant, the tightest; None without a limit."""
    limits = [limit for folder in groups(root) if (limit := limit_of(folder)) is not None]
    return min(limits, default=None)


def groups(root: Path) -> Iterator[Path]:
    """The control groups of this process for processor time, version 2 and 1, each with all those above it.

    In a container that sees no groups but its own, that path may not exist; then the top of the tree is the own one.
    """
    try:
        lines = (root / OWN_GROUP).read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        lines = []
    paths = {"": "/", "cpu": "/"}
    for line in lines:
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        if controllers == "" or "cpu" in controllers.split(","):
            paths["cpu" if controllers else ""] = path
    for kind, tops in (("", ("",)), ("cpu", V1_MOUNTS)):
        for top in tops:
            mount = root / GROUPS / top
            own = mount / paths[kind].lstrip("/")
            yield from (own, *(above for above in own.parents if above.is_relative_to(mount)))


def limit_of(group: Path) -> float | None:
    for names in (("cpu.max",), ("cpu.cfs_quota_us", "cpu.cfs_period_us")):
        try:
            words = " ".join((group / name).read_text(encoding="ascii") for name in names).split()
            granted_time, period = int(words[0]), int(words[1])
        except (OSError, ValueError, IndexError):  # `max` and -1 are no limits
            continue
        if granted_time > 0 and period > 0:
            return granted_time / period
    return None
