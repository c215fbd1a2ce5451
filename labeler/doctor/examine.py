"""The whole examination, part by part: one that cannot even be loaded is a finding, not the end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from importlib import import_module

from labeler.errors import LabelerError, MachineLacks
from labeler.language import say
from labeler.rules.examination import Examination, Finding, lack, problem

SECTIONS = ("parts", "libraries", "codecs", "wording", "signing", "machine")


def examine(now: datetime) -> Examination:
    """Look at everything. now: an aware time. Raises nothing: what goes wrong is what is looked for."""
    return Examination.of(finding for section in SECTIONS for finding in examined(section, now))


def examined(section: str, now: datetime) -> Iterator[Finding]:
    id, what = f"section.{section}", title(section)
    try:
        yield from import_module(f"labeler.doctor.{section}").examine(now)
    except MachineLacks as error:
        yield lack(id, what, error.message, error.remedy)
    except LabelerError as error:
        yield problem(id, what, error.message, error.remedy)
    except Exception as error:  # a broken library may raise anything, and at its import
        yield lack(
            id,
            what,
            say(
                f"could not be looked at: {type(error).__name__}: {error}",
                f"examen impossible : {type(error).__name__} : {error}",
            ),
            say("Install labeler again.", "Réinstallez labeler."),
        )


def title(section: str) -> str:
    return {
        "parts": say("Parts", "Composants"),
        "libraries": say("Libraries", "Bibliothèques"),
        "codecs": say("Codecs", "Codecs"),
        "wording": say("Presets and fonts", "Préréglages et polices"),
        "signing": say("Signing", "Signature"),
        "machine": say("Machine", "Machine"),
    }[section]
