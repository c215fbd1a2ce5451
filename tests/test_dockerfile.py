"""The Dockerfile: what goes into the image, for whom it runs, and its steps one by one in a clean environment."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def steps() -> list[tuple[str, str]]:
    """Each instruction with its arguments, in order; a line that ends in a backslash goes on."""
    lines = [line for line in TEXT.replace("\\\n", " ").splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def stages() -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for step in steps():
        if step[0] == "FROM":
            found.append([])
        found[-1].append(step)
    return found


def copied_into_the_context() -> list[Path]:
    """What `.dockerignore` lets through: everything is kept out, but what is named."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*" and rules[-1] == "**/__pycache__"
    named = [ROOT / rule[1:] for rule in rules if rule.startswith("!")]
    files = [path for one in named for path in ([one] if one.is_file() else one.rglob("*"))]
    return [path.relative_to(ROOT) for path in files if path.is_file() and "__pycache__" not in path.parts]


def test_two_stages_and_nobody_special() -> None:
    build, final = stages()
    assert build[0][1].endswith(" AS build") and " AS " not in final[0][1]
    words = [word for word, _ in final]
    user = next(rest for word, rest in final if word == "USER")
    assert user not in ("root", "0")
    runs = [rest for word, rest in final[words.index("USER") :] if word == "RUN"]
    assert runs == ['["labeler", "doctor"]'], "the image is tried by the user that will run it"
    assert not re.search(r"apt|ffmpeg|gcc|curl", TEXT), "wheels only"


def test_the_context_holds_what_is_installed_and_no_more() -> None:
    inside = {str(path) for path in copied_into_the_context()}
    assert {"pyproject.toml", "requirements.txt", "labeler/__init__.py", "presets/eu-standard.toml"} <= inside
    assert any(name.endswith(".otf") for name in inside)
    assert not [name for name in inside if name.startswith(("tests/", "samples/", ".ci", "benchmarks/", "docs/"))]


@pytest.mark.wide
def test_the_steps_run_in_a_clean_environment(tmp_path: Path) -> None:
    """Each RUN of the build, then the image's own command, with the image's folders below one of ours."""
    context = tmp_path / "context"
    for path in copied_into_the_context():
        (context / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, context / path)
    places = {
        name: tmp_path / name.strip("/").replace("/", "-")
        for name in ("/opt/labeler", "/source", "/wheels", "/usr/share/doc/labeler", "/work", "/home/labeler/.labeler")
    }
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    build, final = stages()
    for word, rest in build[1:]:
        if word == "ENV":
            environment |= dict(pair.split("=", 1) for pair in shlex.split(rest))
        elif word == "COPY":
            copy(rest, context, places)
        elif word == "RUN":
            done = subprocess.run(
                ["sh", "-c", here(rest, places)], env=environment, cwd=tmp_path, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stderr
    for word, rest in final[1:]:
        if word == "ENV":
            pairs = dict(pair.split("=", 1) for pair in shlex.split(here(rest, places)))
            environment |= {name: value.replace("$PATH", environment["PATH"]) for name, value in pairs.items()}
    places["/work"].mkdir()
    tried = json.loads(next(rest for word, rest in final if word == "RUN" and rest.startswith("[")))
    entry = json.loads(next(rest for word, rest in final if word == "ENTRYPOINT"))
    clip = shutil.copyfile(ROOT / "samples" / "bt601.mov", places["/work"] / "film.mov")
    for command in (
        tried,
        [*entry, "--version"],
        [*entry, "identity", "new", "studio"],
        [*entry, "label", clip.name, "--involvement", "generated"],
        [*entry, "verify", "film.eu-standard.mov", "--preset", "eu-standard"],
    ):
        done = subprocess.run(command, env=environment, cwd=places["/work"], capture_output=True, text=True)
        assert done.returncode == 0, (command, done.stderr)
    assert os.access(places["/work"] / "film.eu-standard.mov", os.R_OK)
    installed = next(places["/opt/labeler"].glob("lib/python*/site-packages/labeler"))
    assert (installed / "presets" / "eu-standard.toml").is_file(), "it ran what was installed, not what is checked out"


def here(text: str, places: dict[str, Path]) -> str:
    for name, place in places.items():
        text = re.sub(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", str(place), text)
    return text


def copy(rest: str, context: Path, places: dict[str, Path]) -> None:
    source, target = rest.split()
    folder = Path(here(target, places))
    folder.mkdir(parents=True, exist_ok=True)
    if source == ".":
        shutil.copytree(context, folder, dirs_exist_ok=True)
    else:
        shutil.copyfile(context / source, folder / source)
