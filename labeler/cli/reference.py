"""docs/commands.md, from the commands themselves: `python -m labeler.cli.reference docs/commands.md`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

HEAD = """# Commands

The help pages as they are (`make commands` writes this page; a test holds it equal). `LABELER_LANG=fr` shows them in
French. Exit codes: [errors.md](errors.md).
"""
WIDTH = 100


def page() -> str:
    """The whole page, in English. Commands are imported here, once their language is set."""
    os.environ["LABELER_LANG"] = "en"
    from labeler.cli.main import labeler

    sections = [f"## {path}\n\n```text\n{text}\n```\n" for path, text in help_pages(labeler, "labeler", None)]
    return "\n".join([HEAD, *sections])


def help_pages(command: click.Command, path: str, above: click.Context | None) -> Iterator[tuple[str, str]]:
    settings: dict[str, Any] = {**command.context_settings, "terminal_width": WIDTH, "max_content_width": WIDTH}
    context = click.Context(command, info_name=path.split()[-1], parent=above, **settings)
    yield path, command.get_help(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None:
                yield from help_pages(below, f"{path} {name}", context)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
