"""The command `labeler`: its commands, and the one exit of the process."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from labeler import __version__
from labeler.cli.printing import report_error
from labeler.errors import ExitCode, Interrupted, LabelerError
from labeler.language import say

COMMANDS = {
    "label": "labeler.cli.label",
    "verify": "labeler.cli.verify",
    "inspect": "labeler.cli.inspect",
    "presets": "labeler.cli.presets",
    "declare": "labeler.cli.declare",
    "identity": "labeler.cli.identity",
}


class LazyGroup(click.Group):
    """Each command's module is imported when the command is used: `--help` does not wait for decoders."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[name]).command
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(say("Commands", "Commandes")):
            formatter.write_dl([(name, import_module(COMMANDS[name]).summary()) for name in COMMANDS])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    help=say(
        "Label finished videos that AI made or helped to make, and verify the labels of any video.",
        "Étiqueter les vidéos produites par une IA ou avec son aide, et vérifier les étiquettes de toute vidéo.",
    ),
)
@click.version_option(__version__, prog_name="labeler")
def labeler() -> None:
    """The group; its commands do the work."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with one of the exit codes of CONTRACTS section 1."""
    sys.exit(int(run(arguments)))


def run(arguments: Sequence[str] | None = None) -> ExitCode | int:
    """The exit code of one command; every error is told once, in a sentence, on standard error."""
    try:
        return labeler.main(args=list(arguments) if arguments is not None else None, standalone_mode=False) or 0
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.ClickException as usage:
        usage.show(sys.stderr)
        return ExitCode.USAGE
    except Interrupted as stopped:
        report_error(stopped)
        return ExitCode.TERMINATED if getattr(stopped, "by_sigterm", False) else ExitCode.INTERRUPTED
    except (KeyboardInterrupt, click.Abort):
        return ExitCode.INTERRUPTED
    except LabelerError as error:
        report_error(error)
        return error.exit_code
    except BrokenPipeError:
        # The reader of our output went away (`| head`); nothing more can be told, and that is no error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.DONE
    except Exception as error:
        if os.environ.get("LABELER_DEBUG"):
            raise
        report_error(
            LabelerError(
                say(
                    f"a bug in labeler: {type(error).__name__}: {error}",
                    f"un défaut de labeler : {type(error).__name__} : {error}",
                ),
                remedy=say(
                    "Run it again with LABELER_DEBUG=1 and report what it prints.",
                    "Relancez avec LABELER_DEBUG=1 et signalez ce qui s'affiche.",
                ),
            )
        )
        return ExitCode.BUG


if __name__ == "__main__":
    main()
