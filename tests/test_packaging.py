"""What is delivered: pinned requirements, a wheel that holds all it needs, samples as their table says."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
PINNED = ("requirements.txt", "requirements-dev.txt")
NAMES_A_PLACE = re.compile(r"://|--(extra-)?index-url|--find-links|--trusted-host|^\s*-[if]\b", re.MULTILINE)
SAMPLE_ROW = re.compile(
    r"^\| (\S+\.\w+) \| .+ \| .+ \| .+, `.+`, commit [0-9a-f]{40} \| ([0-9a-f]{64}) \|$", re.MULTILINE
)
LARGEST_SAMPLES = 12_000_000


def pins(name: str) -> dict[str, tuple[Version, int]]:
    """Each package of a requirements file: its version, and how many hashes it has."""
    found: dict[str, tuple[Version, int]] = {}
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            requirement = Requirement(line.split("--hash")[0].strip())
            (pin,) = requirement.specifier
            assert pin.operator == "==", line
            found[canonicalize_name(requirement.name)] = Version(pin.version), line.count("--hash=sha256:")
    return found


@pytest.fixture(scope="module")
def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel as `pip install .` would build it, without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


@pytest.mark.parametrize("name", PINNED)
def test_every_requirement_is_one_version_with_hashes(name: str) -> None:
    assert len(pins(name)) > 20
    assert [package for package, (_, hashes) in pins(name).items() if hashes == 0] == []


@pytest.mark.parametrize("name", [*PINNED, "Makefile", "Dockerfile", ".ci/run", "pyproject.toml"])
def test_no_file_that_installs_names_a_registry(name: str) -> None:
    assert NAMES_A_PLACE.findall((ROOT / name).read_text(encoding="utf-8")) == []


def test_pins_satisfy_what_the_project_asks_for(project: dict) -> None:
    asked = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    for name, wanted in (
        ("requirements.txt", asked),
        ("requirements-dev.txt", [*asked, *project["project"]["optional-dependencies"]["dev"]]),
    ):
        pinned = pins(name)
        for requirement in map(Requirement, wanted):
            version, _ = pinned[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(version), f"{name}: {requirement} is pinned to {version}"


def test_tests_run_on_what_is_shipped() -> None:
    shipped, tested = pins("requirements.txt"), pins("requirements-dev.txt")
    assert {name: tested.get(name) for name in shipped} == shipped


def test_an_editable_install_needs_no_network() -> None:
    assert "editables" in pins("requirements.txt")


def test_one_opencv_only() -> None:
    assert [name for name in pins("requirements-dev.txt") if name.startswith("opencv")] == ["opencv-python-headless"]


def test_the_wheel_holds_every_preset(wheel: zipfile.ZipFile) -> None:
    presets = {path.name for path in (ROOT / "presets").glob("*.toml")}
    assert {"eu-standard.toml", "eu-generated.toml", "fr-tv-ad.toml", "vertical-universal.toml"} <= presets
    assert {f"labeler/presets/{name}" for name in presets} <= set(wheel.namelist())


def test_the_wheel_holds_the_wordings_of_every_language(wheel: zipfile.ZipFile) -> None:
    folder = Path("labeler/layers/mention/wordings")
    wordings = {path.name for path in (ROOT / folder).glob("*.toml")}
    assert {"fr.toml", "en.toml", "zh.toml", "tools.toml"} <= wordings
    assert {(folder / name).as_posix() for name in wordings} <= set(wheel.namelist())


def test_the_wheel_holds_every_font_with_its_licence(wheel: zipfile.ZipFile) -> None:
    fonts = [path for path in (ROOT / "labeler").rglob("*") if path.suffix in (".ttf", ".otf")]
    assert fonts, "no font: the mention could not be drawn"
    inside = set(wheel.namelist())
    for font in fonts:
        assert font.relative_to(ROOT).as_posix() in inside
        folder = font.parent.relative_to(ROOT).as_posix()
        assert any(name.startswith(f"{folder}/") and "OFL" in name for name in inside), f"{font.name} has no licence"


def test_the_wheel_is_typed_licensed_and_has_its_command(wheel: zipfile.ZipFile) -> None:
    inside = wheel.namelist()
    assert "labeler/py.typed" in inside
    (about,) = {name.split("/")[0] for name in inside if ".dist-info/" in name}
    assert b"Apache License" in wheel.read(f"{about}/licenses/LICENSE")
    assert b"x264" in wheel.read(f"{about}/licenses/NOTICE")
    assert b"labeler = labeler.cli.main:main" in wheel.read(f"{about}/entry_points.txt")
    assert not [name for name in inside if name.startswith(("samples/", "tests/"))]


def test_every_sample_is_in_the_table_with_its_hash() -> None:
    table = dict(SAMPLE_ROW.findall((ROOT / "samples" / "README.md").read_text(encoding="utf-8")))
    clips = [path for path in (ROOT / "samples").iterdir() if path.suffix not in (".md", ".py") and path.is_file()]
    assert clips
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in clips} == table
    assert sum(path.stat().st_size for path in clips) <= LARGEST_SAMPLES


def test_every_sample_is_credited() -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    clips = [path.name for path in (ROOT / "samples").iterdir() if path.suffix in (".mp4", ".mov", ".mkv")]
    assert [name for name in clips if name not in notice] == []


def test_ci_can_be_run() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert subprocess.run(["bash", "-n", str(ROOT / ".ci" / "run")]).returncode == 0


def test_the_wheel_holds_every_part_of_the_report(wheel: zipfile.ZipFile) -> None:
    parts = list((ROOT / "labeler" / "report" / "templates").iterdir())
    assert len(parts) >= 5
    assert {path.relative_to(ROOT).as_posix() for path in parts} <= set(wheel.namelist())
