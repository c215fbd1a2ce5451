"""The parts that labeler is made of: Python, and the packages that its install brings."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata

from labeler import __version__
from labeler.language import say
from labeler.rules.examination import Finding, lack, note, ok

LEAST_PYTHON = (3, 11)
PACKAGES = (
    "av",
    "c2pa-python",
    "click",
    "cryptography",
    "defusedxml",
    "ffmpeg-python",
    "filelock",
    "fonttools",
    "jinja2",
    "numpy",
    "onnxruntime",
    "opencv-python-headless",
    "pillow",
    "platformdirs",
    "pydantic",
    "pyyaml",
    "rapidfuzz",
    "rapidocr",
    "rich",
    "rfc8785",
)
"""Those that pyproject.toml names."""
TOLD = ("av", "c2pa-python", "opencv-python-headless", "numpy", "pillow", "cryptography", "pydantic")
OPENCV = ("opencv-python", "opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless")


@dataclass(frozen=True)
class Parts:
    """packages: versions by name, None where there is no such package."""

    python: tuple[int, int, int]
    system: str
    packages: Mapping[str, str | None]


def examine(now: datetime) -> Iterator[Finding]:
    yield from judge(gathered())


def gathered() -> Parts:
    python = (sys.version_info.major, sys.version_info.minor, sys.version_info.micro)
    packages = {name: version_of(name) for name in (*PACKAGES, *OPENCV)}
    return Parts(python, f"{platform.system()} {platform.machine()}", packages)


def version_of(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def judge(parts: Parts) -> Iterator[Finding]:
    yield ok("labeler", "labeler", f"{__version__} ({parts.system})")
    yield python(parts)
    yield packages(parts)
    yield from two_of_a_kind(parts)


def python(parts: Parts) -> Finding:
    version = ".".join(map(str, parts.python))
    if parts.python[:2] >= LEAST_PYTHON:
        return ok("python", "Python", version)
    least = ".".join(map(str, LEAST_PYTHON))
    return lack(
        "python",
        "Python",
        say(f"{version}, and labeler needs {least} or later.", f"{version}, or labeler demande {least} ou plus."),
        say("Install labeler with a newer Python.", "Installez labeler avec un Python plus récent."),
    )


def packages(parts: Parts) -> Finding:
    missing = [name for name in PACKAGES if parts.packages.get(name) is None]
    if missing:
        names = ", ".join(missing)
        return lack(
            "packages",
            say("Packages", "Paquets"),
            say(f"missing: {names}.", f"il manque : {names}."),
            say("Install labeler again.", "Réinstallez labeler."),
        )
    told = ", ".join(f"{name} {parts.packages[name]}" for name in TOLD)
    return ok("packages", say("Packages", "Paquets"), told)


def two_of_a_kind(parts: Parts) -> Iterator[Finding]:
    """Two builds of OpenCV write over each other's files."""
    found = [name for name in OPENCV if parts.packages.get(name) is not None]
    if len(found) > 1:
        names = ", ".join(found)
        yield note(
            "opencv",
            "OpenCV",
            say(
                f"{len(found)} builds are installed, over each other: {names}.",
                f"{len(found)} versions sont installées l'une sur l'autre : {names}.",
            ),
            say(
                "Keep opencv-python-headless alone, and install it again.",
                "Ne gardez qu'opencv-python-headless, et réinstallez-le.",
            ),
        )
