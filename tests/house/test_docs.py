"""The docs say what the code does: check ids, presets, commands and flags."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

import labeler
from labeler.cli.main import labeler as commands
from labeler.media.compare import SUBJECTS

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.fr.md")
LAYERS = ("media", "mention", "metadata", "credentials")
CHECK_ID = re.compile(rf"(?:{'|'.join(LAYERS)})\.[a-z_]+")

CHECKS = {
    *("media.tracks", "media.packets", "media.timestamps", "media.picture", "media.colour", "media.tags"),
    *("media.chapters", "media.timecode", "media.captions", "media.side_data", "media.quality", "media.decodes"),
    *("media.untouched", "media.seams", "media.outside", "media.pieces"),
    *("mention.presence", "mention.timing", "mention.wording", "mention.second_reading", "mention.size"),
    *("mention.contrast", "mention.placement", "mention.reading_time", "mention.white", "mention.opaque"),
    *("metadata.source_type", "metadata.description", "metadata.ai_fields", "metadata.unique", "metadata.agreement"),
    *("metadata.aigc", "metadata.traces", "metadata.words"),
    *("credentials.present", "credentials.integrity", "credentials.ancestors", "credentials.signer"),
    *("credentials.expiry", "credentials.timestamp", "credentials.source_type", "credentials.actions"),
    *("credentials.mention", "credentials.sidecar"),
}
"""Every check id that a verdict can hold. A new one needs a row in docs/verdicts.md and a sabotage in tests/faults."""


def calls(path: Path) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]


def literal(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def ids_made_in_code() -> set[str]:
    """The ids of `Check(id="…")`; in the layers that have a maker of their own, `check("name", …)` of that layer."""
    found = set(SUBJECTS)
    for path in (ROOT / "labeler").rglob("*.py"):
        layer = path.parent.name
        for call in calls(path):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name == "Check":
                found |= {value for key in call.keywords if key.arg == "id" and (value := literal(key.value))}
            elif name == "check" and layer in ("mention", "credentials") and call.args and literal(call.args[0]):
                found.add(f"{layer}.{literal(call.args[0])}")
    return found


def strings_in(folder: Path) -> set[str]:
    return {
        node.value
        for path in folder.glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_check_of_the_code_is_in_the_table() -> None:
    assert ids_made_in_code() == CHECKS


def test_every_check_is_in_the_docs() -> None:
    rows = re.findall(r"^\| `([a-z_.]+)` \|", (ROOT / "docs" / "verdicts.md").read_text(encoding="utf-8"), re.MULTILINE)
    ids = [row for row in rows if CHECK_ID.fullmatch(row)]
    assert len(ids) == len(set(ids))
    assert set(ids) == CHECKS


def test_every_check_is_sabotaged() -> None:
    """Named in tests/faults; that each of them fails there by its id is what those tests hold."""
    named = {text for text in strings_in(ROOT / "tests" / "faults") if CHECK_ID.fullmatch(text)}
    assert not CHECKS - named, "these checks have no sabotage"
    assert not named - CHECKS, "these ids are no checks"


@pytest.mark.parametrize("page", ["docs/presets.md", *READMES])
def test_presets_named_are_those_there_are(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    there = {path.stem for path in (ROOT / "presets").glob("*.toml")}
    named = set(re.findall(r"--preset ([a-z0-9-]+)", text)) | set(re.findall(r'presets?="([a-z0-9-]+)"', text))
    assert named <= there
    if page.startswith("docs/"):
        assert set(re.findall(r"^\| `([a-z0-9-]+)` \|", text, re.MULTILINE)) == there


def named_commands(text: str) -> list[list[str]]:
    spans = re.findall(r"`(labeler [^`]*)`", text)
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("labeler ")]
    return [line.split("#")[0].split() for line in (*spans, *lines)]


@pytest.mark.parametrize(
    "page",
    [
        *READMES,
        "docs/errors.md",
        "docs/presets.md",
        "docs/declaration.md",
        "docs/verdicts.md",
        "docs/library.md",
        "docs/programme.md",
        "docs/batch.md",
        "docs/ledger.md",
        "docs/watch.md",
        "docs/farm.md",
        "docs/report.md",
        "docs/diff.md",
    ],
)
def test_commands_and_flags_named_exist(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    context = click.Context(commands)
    for words in named_commands(text):
        command: click.Command = commands
        for word in words[1:]:
            below = command.get_command(context, word) if isinstance(command, click.Group) else None
            assert below is not None or not isinstance(command, click.Group) or word.startswith("-"), words
            command = below or command
        flags = {flag for parameter in command.params for flag in (*parameter.opts, *parameter.secondary_opts)}
        assert {word for word in words if word.startswith("-")} <= flags | {"-h", "--help"}, words
    known = {
        flag
        for name in commands.list_commands(context)
        for command in family(commands.get_command(context, name))
        for parameter in command.params
        for flag in (*parameter.opts, *parameter.secondary_opts)
    }
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"(?<![-\w])--[a-z][a-z-]+", prose)) <= known | {"--help", "--version"}


def test_the_help_pages_in_the_docs_are_those_of_the_commands() -> None:
    script = "from labeler.cli.reference import page; print(page(), end='')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == (ROOT / "docs" / "commands.md").read_text(encoding="utf-8"), "run `make commands`"


def test_the_changelog_begins_with_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    first = re.search(r"^## (\S+)", text, re.MULTILINE)
    assert first is not None and first.group(1) == labeler.__version__


def family(command: click.Command | None) -> list[click.Command]:
    assert command is not None
    return [command, *command.commands.values()] if isinstance(command, click.Group) else [command]


def test_links_lead_somewhere() -> None:
    for page in [*(ROOT / name for name in READMES), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
