"""The machine itself: room to work, processors, and the command lines that serve as second readers."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from labeler.language import say
from labeler.processors import affinity, cpu_quota
from labeler.rules.examination import Finding, note, ok, problem

GIGABYTE = 1_000_000_000
ENOUGH = 5 * GIGABYTE
"""Free bytes below which it is told: label needs three times the size of a source (choice)."""
TOO_LITTLE = GIGABYTE // 10
TOOLS = ("ffmpeg", "ffprobe")
TOOL_SECONDS = 20


@dataclass(frozen=True)
class Place:
    """A folder that is worked in. free: bytes, None where the folder is not there."""

    id: str
    path: str
    free: int | None
    is_writable: bool


@dataclass(frozen=True)
class Processors:
    """count: of the machine. allowed: by affinity. quota: of a control group, in processors, None without one."""

    count: int
    allowed: int
    quota: float | None


@dataclass(frozen=True)
class Tool:
    """A command line. version: its first line; empty where it did not run. path: None where it is not there."""

    name: str
    path: str | None
    version: str = ""


def examine(now: datetime) -> Iterator[Finding]:
    for place in (place_of("temporary", tempfile.gettempdir), place_of("current", lambda: str(Path.cwd()))):
        yield judge_place(place)
    yield judge_processors(processors())
    for name in TOOLS:
        yield judge_tool(tool(name))


def place_of(id: str, find: Callable[[], str]) -> Place:
    try:
        path = find()
    except OSError:  # no folder can be written, or the current one was removed
        return Place(id, "", None, False)
    return Place(id, path, shutil.disk_usage(path).free, os.access(path, os.W_OK | os.X_OK))


def processors() -> Processors:
    return Processors(os.cpu_count() or 1, affinity(), cpu_quota())


def tool(name: str) -> Tool:
    path = shutil.which(name)
    if path is None:
        return Tool(name, None)
    try:
        done = subprocess.run([path, "-version"], capture_output=True, timeout=TOOL_SECONDS, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return Tool(name, path)
    lines = done.stdout.decode(errors="replace").splitlines()
    return Tool(name, path, lines[0].partition(" Copyright")[0] if lines and not done.returncode else "")


# --- judging ----------------------------------------------------------------------------------------------------------


def judge_place(place: Place) -> Finding:
    id = f"room.{place.id}"
    names = {
        "temporary": say("Temporary folder", "Dossier temporaire"),
        "current": say("Current folder", "Dossier courant"),
    }
    what = names[place.id]
    elsewhere = say("Set TMPDIR to a folder on another disk.", "Indiquez dans TMPDIR un dossier d'un autre disque.")
    remedy = elsewhere if place.id == "temporary" else say("Deliver elsewhere with -o.", "Livrez ailleurs avec -o.")
    if place.free is None:
        return problem(id, what, say("there is none.", "il n'y en a pas."), remedy)
    gigabytes = f"{place.free / GIGABYTE:.1f}"
    told = say(f"{place.path}: {gigabytes} GB free", f"{place.path} : {gigabytes.replace('.', ',')} Go libres")
    if place.free < TOO_LITTLE:
        return problem(id, what, told, say("Free some space.", "Libérez de la place."))
    if not place.is_writable:
        closed = told + say(", and it cannot be written", ", mais il est fermé en écriture")
        return (problem if place.id == "temporary" else note)(id, what, closed, remedy)
    if place.free < ENOUGH:
        return note(
            id,
            what,
            told,
            say(
                "A label needs about three times the size of its source: free some space.",
                "Un étiquetage demande environ trois fois la taille de sa source : libérez de la place.",
            ),
        )
    return ok(id, what, told)


def judge_processors(found: Processors) -> Finding:
    told = say(f"{found.allowed} of {found.count} may be used", f"{found.allowed} utilisables sur {found.count}")
    if found.quota is not None:
        told += say(f", limited to the time of {found.quota:g}", f", limités au temps de {found.quota:g}")
    what = say("Processors", "Processeurs")
    if found.quota is not None and found.quota < found.allowed - 0.5:
        return note(
            "processors",
            what,
            told,
            say(
                "More threads than that are started; allow as many processors as the quota.",
                "Plus de fils que cela seront lancés ; autorisez autant de processeurs que le quota.",
            ),
        )
    return ok("processors", what, told)


def judge_tool(found: Tool) -> Finding:
    """Optional, each of them."""
    id = f"tool.{found.name}"
    role = say("as a second reader only", "comme second lecteur seulement")
    if found.path is None:
        return ok(id, found.name, say(f"not there (optional, {role})", f"absent (facultatif, {role})"))
    if not found.version:
        return note(
            id, found.name, say(f"{found.path} does not run ({role})", f"{found.path} ne fonctionne pas ({role})")
        )
    return ok(id, found.name, f"{found.version} ({role})")
