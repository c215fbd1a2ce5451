"""Help pages: in both languages, only what works, and quick to come."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import click
import pytest

from labeler.cli.main import labeler
from labeler.cli.summaries import SUMMARIES

HEAVY = ("av", "c2pa", "cv2", "numpy", "PIL", "cryptography")

SCRIPT = """
import json, sys
from labeler.cli.main import labeler, run
pages = [["--help"], ["--version"], *([name, "--help"] for name in json.loads(sys.argv[1]))]
codes = [int(run(page)) for page in pages]
print(json.dumps([codes, sorted(sys.modules)]))
"""


@pytest.fixture(scope="module", params=["en", "fr"])
def pages(request: pytest.FixtureRequest) -> tuple[str, str, list[int], list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(list(SUMMARIES))],
        env=dict(os.environ, LABELER_LANG=request.param),
        capture_output=True,
        text=True,
        check=True,
    )
    text, _, last = done.stdout.rstrip().rpartition("\n")
    codes, modules = json.loads(last)
    return request.param, text, codes, modules


def test_help_does_not_wait_for_decoders(pages: tuple[str, str, list[int], list[str]]) -> None:
    _, _, codes, modules = pages
    assert set(codes) == {0}
    assert "labeler.cli.label" in modules
    assert not [name for name in modules if name.split(".")[0] in HEAVY]


def test_help_is_in_one_language(pages: tuple[str, str, list[int], list[str]]) -> None:
    language, text, _, _ = pages
    words = {
        "en": ("Usage:", "Commands:", "Show this page."),
        "fr": ("Utilisation :", "Commandes:", "Afficher cette page."),
    }
    other = {"en": "fr", "fr": "en"}[language]
    assert all(word in text for word in words[language])
    assert not any(word in text for word in words[other])
    assert "[default" not in text


def test_each_flag_is_explained() -> None:
    context = click.Context(labeler)
    for name in SUMMARIES:
        command = labeler.get_command(context, name)
        assert command is not None
        for one in command.commands.values() if isinstance(command, click.Group) else [command]:
            assert one.help
            for parameter in one.params:
                assert not isinstance(parameter, click.Option) or parameter.help, (name, parameter.name)


def test_the_first_page_needs_no_command() -> None:
    script = "import sys; from labeler.cli.main import run; run(['--help']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = done.stderr.split()
    assert "click" in loaded and not [name for name in loaded if name == "pydantic" or name == "labeler.cli.label"]
