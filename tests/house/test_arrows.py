"""The arrows of the house: imports point down only (DESIGN section 2)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import labeler

ROOT = Path(labeler.__file__).parent

# From the top down. A module may import from its own floor and from those below it.
FLOORS = (
    ("cli", "__main__"),
    ("report",),
    ("batch", "farm"),
    ("ledger",),
    ("stages", "shelf"),
    ("pipeline", "preview", "doctor"),
    ("inspection", "words", "difference"),
    ("verification",),
    ("presets_met",),
    ("expectation", "planning"),
    ("judge",),
    ("layers",),
    ("release",),
    ("lock",),
    ("rules",),
    ("media",),
    ("verdict",),
    ("progress", "errors", "processors"),
    ("letters",),
    ("language",),
)
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}
LIBRARY_BORDERS = {"av": "media/", "c2pa": "layers/credentials/", "onnxruntime": "layers/mention/models"}


def modules() -> list[Path]:
    found = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")
    assert len(found) > 30
    return found


def imports(path: Path) -> set[str]:
    """Every dotted name that the module imports, wherever in it, typing-only imports included."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def floor_of(dotted: str) -> int | None:
    parts = dotted.split(".")
    return FLOOR.get(parts[1]) if parts[0] == "labeler" and len(parts) > 1 else None


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    own = FLOOR[path.relative_to(ROOT).parts[0].removesuffix(".py")]
    up = [name for name in imports(path) if (floor := floor_of(name)) is not None and floor < own]
    assert not up


@pytest.mark.parametrize("path", sorted((ROOT / "layers").glob("*/*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_layer_imports_another(path: Path) -> None:
    own = path.parent.name
    others = [name for name in imports(path) if name.startswith("labeler.layers.") and name.split(".")[2] != own]
    assert not others


WRITERS = {"mention": {"burn"}, "metadata": {"write"}, "credentials": {"sign"}}
READERS = {"mention": {"read", "measure"}, "metadata": {"read"}, "credentials": {"read"}}


@pytest.mark.parametrize("layer", sorted(WRITERS))
def test_writer_and_reader_never_meet(layer: str) -> None:
    folder = ROOT / "layers" / layer
    for ours, theirs in ((WRITERS[layer], READERS[layer]), (READERS[layer], WRITERS[layer])):
        for module in ours:
            path = folder / f"{module}.py"
            if not path.exists():
                continue
            reached = reach(path, f"labeler.layers.{layer}")
            assert not reached & theirs, f"{module} reaches {reached & theirs}"


def reach(path: Path, package: str) -> set[str]:
    """Module names of the layer that are imported from `path`, directly or through others of the layer."""
    seen: set[str] = set()
    waiting = [path]
    while waiting:
        for name in imports(waiting.pop()):
            if name.startswith(package + "."):
                module = name.split(".")[3]
                if module not in seen and (path.parent / f"{module}.py").exists():
                    seen.add(module)
                    waiting.append(path.parent / f"{module}.py")
    return seen


def test_foreign_libraries_stay_behind_their_border() -> None:
    for library, border in LIBRARY_BORDERS.items():
        inside = 0
        for path in modules():
            if any(name.split(".")[0] == library for name in imports(path)):
                assert str(path.relative_to(ROOT)).startswith(border), f"{path} imports {library}"
                inside += 1
        assert inside, f"nobody imports {library}: the test looks at the wrong name"


def test_no_room_without_an_idea() -> None:
    for path in modules():
        assert path.stem not in {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
