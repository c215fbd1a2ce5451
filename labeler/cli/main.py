"""The command `labeler`: its commands, and the one exit of the process."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from labeler import __version__
from labeler.cli.printing import report_error
from labeler.cli.process import Process
from labeler.cli.stopping import Stopped
from labeler.cli.summaries import SUMMARIES, summary
from labeler.cli.usage import Group, in_our_words
from labeler.errors import ExitCode, Interrupted, LabelerError
from labeler.language import say


class LazyGroup(Group):
    """Each command's module is imported when the command is used: `--help` does not wait for decoders."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(SUMMARIES)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in SUMMARIES:
            return None
        command: click.Command = import_module(f"labeler.cli.{name}").command
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(say("Commands", "Commandes")):
            formatter.write_dl([(name, summary(name)) for name in SUMMARIES])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    help=say(
        "Label finished videos that AI made or helped to make, and verify the labels of any video.",
        "Étiqueter les vidéos produites par une IA ou avec son aide, et vérifier les étiquettes de toute vidéo.",
    ),
)
@click.version_option(
    __version__,
    prog_name="labeler",
    help=say("Show the version.", "Afficher la version."),
    message="%(prog)s %(version)s",
)
def labeler() -> None:
    """The group; its commands do the work."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with one of the exit codes of CONTRACTS section 1."""
    open_standard_streams()
    code = int(run(arguments, is_own_process=True))
    # What is left in Python's own buffers would otherwise fail after us, with a code that is none of ours.
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    sys.exit(code)


def open_standard_streams() -> None:
    """A process may be started without them; then a video could be opened as descriptor 1 and be printed over."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", closefd=False))


def run(arguments: Sequence[str] | None = None, *, is_own_process: bool = False) -> ExitCode | int:
    """The exit code of one command; every error is told once, in a sentence, on standard error.

    is_own_process: this process does nothing else.
    """
    args = list(arguments) if arguments is not None else None
    try:
        return labeler.main(args=args, standalone_mode=False, obj=Process(is_own_process)) or 0
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.UsageError as usage:
        return told(in_our_words(usage))
    except Stopped as stopped:
        report_error(stopped)
        return stopped.leaving_code
    except (Interrupted, KeyboardInterrupt, click.Abort):
        return ExitCode.INTERRUPTED
    except LabelerError as error:
        return told(error)
    except (BrokenPipeError, SystemExit):
        return ExitCode.DONE  # the reader of a help page went away (`| head`); click leaves with a code of its own
    except Exception as error:
        if os.environ.get("LABELER_DEBUG"):
            raise
        return told(bug(error))


def told(error: LabelerError) -> ExitCode:
    report_error(error)
    return error.exit_code


def bug(error: Exception) -> LabelerError:
    return LabelerError(
        say(
            f"a bug in labeler: {type(error).__name__}: {error}",
            f"un défaut de labeler : {type(error).__name__} : {error}",
        ),
        remedy=say(
            "Run it again with LABELER_DEBUG=1 and report what it prints.",
            "Relancez avec LABELER_DEBUG=1 et signalez ce qui s'affiche.",
        ),
    )


if __name__ == "__main__":
    main()
