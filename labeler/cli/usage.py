"""Mistakes on the command line, said in the person's language; and help pages that are in one language only."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

import click

from labeler.errors import UsageError
from labeler.language import say


class Spoken:
    """Mixed into click's commands: what click itself says on a help page, in French too."""

    def format_usage(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        pieces = self.collect_usage_pieces(context)  # type: ignore[attr-defined]
        formatter.write_usage(context.command_path, " ".join(pieces), prefix=say("Usage: ", "Utilisation : "))

    def get_help_option(self, context: click.Context) -> click.Option | None:
        option: click.Option | None = super().get_help_option(context)  # type: ignore[misc]
        if option is not None:
            option.help = say("Show this page.", "Afficher cette page.")
        return option


class Command(Spoken, click.Command):
    """One command."""


class Group(Spoken, click.Group):
    """A command with commands below it."""

    command_class = Command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, self.commands[name].help or "") for name in self.list_commands(context)]
        with formatter.section(say("Commands", "Commandes")):
            formatter.write_dl(rows)

    def resolve_command(self, context: click.Context, args: list[str]) -> Any:
        if args and not args[0].startswith("-") and self.get_command(context, args[0]) is None:
            near = get_close_matches(args[0], self.list_commands(context), n=1)
            hint = say(f" Did you mean «{near[0]}»?", f" Vouliez-vous dire « {near[0]} » ?") if near else ""
            told = say(f"There is no command «{args[0]}».", f"Il n'y a pas de commande « {args[0]} ».")
            raise UsageError(told + hint, remedy=see_help(context))
        return super().resolve_command(context, args)


def see_help(context: click.Context | None) -> str:
    path = context.command_path if context is not None else "labeler"
    return say(f"See `{path} --help`.", f"Voir `{path} --help`.")


def in_our_words(error: click.UsageError) -> UsageError:
    """A mistake that click found, as one of ours."""
    return UsageError(sentence(error), remedy=see_help(error.ctx))


def sentence(error: click.UsageError) -> str:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return say("Which command?", "Quelle commande ?")
    if isinstance(error, click.NoSuchOption):
        near = ", ".join(error.possibilities or ())
        hint = say(f" Did you mean {near}?", f" Vouliez-vous dire {near} ?") if near else ""
        told = say(f"There is no option {error.option_name}.", f"Il n'y a pas d'option {error.option_name}.")
        return told + hint
    if isinstance(error, click.MissingParameter):
        return say(f"This is missing: {name_of(error)}", f"Il manque : {name_of(error)}")
    if isinstance(error, click.BadParameter):
        name, reason = name_of(error), choices_of(error.param) or error.message
        return say(f"{name}: this value does not fit: {reason}", f"{name} : valeur refusée : {reason}")
    if isinstance(error, click.BadOptionUsage):
        return say(f"{error.option_name} needs a value.", f"{error.option_name} demande une valeur.")
    return error.message


def name_of(error: click.BadParameter) -> str:
    if isinstance(error.param, click.Option):
        return error.param.opts[0]
    return str(error.param.metavar) if error.param is not None else "?"


def choices_of(parameter: click.Parameter | None) -> str:
    if parameter is None or not isinstance(parameter.type, click.Choice):
        return ""
    choices = ", ".join(map(str, parameter.type.choices))
    return say(f"it must be one of {choices}.", f"au choix {choices}.")
