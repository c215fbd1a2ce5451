"""Mistakes of a document in plain sentences, in both languages, without the words of the library that found them."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from labeler.language import say
from labeler.rules.positions import KeyPath

LONGEST_SHOWN = 60

# What tomllib says (Python 3.11 to 3.14), by the beginning of its sentence.
SYNTAX = {
    "Expected '=' after a key": (
        "a key without «=» after it; a decimal number is written with a point.",
        "une clé sans « = » à sa suite ; un nombre décimal s'écrit avec un point.",
    ),
    "Expected ']]'": ("«]]» is missing at the end of the header.", "« ]] » manque à la fin de l'en-tête."),
    "Expected ']'": ("«]» is missing at the end of the header.", "« ] » manque à la fin de l'en-tête."),
    "Expected newline or end of document": (
        "something stands after the value.",
        "il y a quelque chose après la valeur.",
    ),
    "Expected": ("a quotation mark is missing at the end of a text.", "un guillemet manque à la fin d'un texte."),
    "Unterminated string": ("the text in quotes does not end.", "le texte entre guillemets ne se termine pas."),
    "Unclosed array": ("«]» is missing at the end of the list.", "« ] » manque à la fin de la liste."),
    "Unclosed inline table": ("«}» is missing, or a comma.", "« } » manque, ou une virgule."),
    "Cannot overwrite a value": ("this key stands here twice.", "cette clé est écrite deux fois."),
    "Duplicate inline table key": ("this key stands here twice.", "cette clé est écrite deux fois."),
    "Cannot declare": ("this table stands here twice.", "cette table est écrite deux fois."),
    "Cannot mutate immutable namespace": ("this table is closed already.", "cette table est déjà fermée."),
    "Cannot redefine namespace": ("this table is closed already.", "cette table est déjà fermée."),
    "Unescaped '\\'": (
        "a «\\» in double quotes must be doubled; a path reads best in single quotes.",
        "un « \\ » entre guillemets doubles doit être doublé ; un chemin se met entre apostrophes.",
    ),
    "Invalid date or datetime": ("there is no such date.", "cette date n'existe pas."),
    "Invalid value": (
        "this is no value: a text stands in quotes, a decimal number has a point and a digit on each side.",
        "ce n'est pas une valeur : un texte se met entre guillemets, un décimal s'écrit avec un point.",
    ),
    "Invalid initial character for a key": ("this is no key.", "ce n'est pas une clé."),
    "Invalid statement": ("this is neither a key nor a table.", "ce n'est ni une clé ni une table."),
    "Illegal character": ("a character that cannot stand here.", "un caractère interdit à cet endroit."),
    "Found invalid character": ("a character that cannot stand here.", "un caractère interdit à cet endroit."),
    "Exceeds the limit": ("a number has too many digits.", "un nombre a trop de chiffres."),
}


def syntax_sentence(said: str) -> str:
    """One sentence of tomllib, without its place, in plain words; as it is where it is a new one."""
    for beginning, sentences in SYNTAX.items():
        if said.startswith(beginning):
            return say(*sentences)
    return say(f"not valid TOML: {said}.", f"TOML incorrect : {said}.")


def sentence(model: type[BaseModel], path: KeyPath, detail: ErrorDetails) -> str:
    """One pydantic error in a plain sentence. `path`: the keys that lead to it from `model`."""
    context = detail.get("ctx") or {}
    given = shown(detail["input"])
    match detail["type"]:
        case "extra_forbidden":
            return unknown_key(str(path[-1]), keys_at(model, path[:-1]))
        case "missing":
            return say("missing.", "manque.")
        case "too_short" if context.get("actual_length"):
            return say("the list is too short.", "la liste est trop courte.")
        case "literal_error" | "enum":
            return not_among(given, detail["input"], re.findall(r"'([^']*)'", str(context.get("expected", ""))))
        case "string_type":
            return say("must be a text in quotes.", "doit être un texte entre guillemets.")
        case "int_type" | "int_parsing" | "int_from_float":
            return say("must be a whole number.", "doit être un nombre entier.")
        case "float_type" | "float_parsing":
            return say("must be a number, without quotes.", "doit être un nombre, sans guillemets.")
        case "bool_type" | "bool_parsing":
            return say("must be true or false, without quotes.", "doit être true ou false, sans guillemets.")
        case "greater_than" | "greater_than_equal" | "less_than" | "less_than_equal":
            return out_of_range(given, context)
        case "model_type" | "dict_type":
            return say("must be a table.", "doit être une table.")
        case "tuple_type":
            return must_be_list(model, path)
        case "string_too_short" | "too_short":
            return say("must not be empty.", "ne doit pas être vide.")
        case "too_long":
            return say("the list is too long.", "la liste est trop longue.")
        case "string_pattern_mismatch":
            pattern = context["pattern"]
            return say(f"{given} does not have the form {pattern}", f"{given} n'a pas la forme {pattern}")
        case "date_type" | "date_from_datetime_inexact":
            return say(
                "must be a date such as 2026-11-23, without quotes.",
                "doit être une date comme 2026-11-23, sans guillemets.",
            )
        case "value_error":
            return str(context["error"])
        case _:
            return say(f"{given} is not valid: {detail['msg']}.", f"{given} est incorrect : {detail['msg']}.")


def shown(value: Any) -> str:
    """A value as the person wrote it, cut where it is long."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            text = json.dumps(value, ensure_ascii=False)
        case dict() | list() | tuple():
            return say("this value", "cette valeur")
        case _:
            text = str(value)
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


def unknown_key(key: str, known: Iterable[str]) -> str:
    near = nearest(key, known)
    if near is None:
        return say("unknown key.", "clé inconnue.")
    return say(f"unknown key; did you mean «{near}»?", f"clé inconnue ; vouliez-vous dire « {near} » ?")


def not_among(given: str, value: Any, expected: list[str]) -> str:
    near = nearest(value, expected) if isinstance(value, str) else None
    hint = say(f" Did you mean «{near}»?", f" Vouliez-vous dire « {near} » ?") if near else ""
    names = ", ".join(f'"{name}"' for name in expected)
    if len(expected) == 1:
        return say(f"must be {names}, not {given}.", f"doit être {names}, et non {given}.") + hint
    return say(f"{given} is not one of {names}.", f"{given} n'est pas parmi {names}.") + hint


def out_of_range(given: str, context: dict[str, Any]) -> str:
    words = {
        "gt": say("more than", "plus de"),
        "ge": say("at least", "au moins"),
        "lt": say("less than", "moins de"),
        "le": say("at most", "au plus"),
    }
    name = next(name for name in words if name in context)
    bound = f"{words[name]} {shown_number(context[name])}"
    return say(f"must be {bound}, not {given}.", f"doit valoir {bound}, et non {given}.")


def shown_number(value: float) -> str:
    return f"{value:.15g}"


def must_be_list(model: type[BaseModel], path: KeyPath) -> str:
    """A list of tables is written with double brackets, which people forget."""
    if path and keys_at(model, path):
        name = ".".join(str(part) for part in path)
        return say(f"must be a list of tables: [[{name}]].", f"doit être une liste de tables : [[{name}]].")
    return say("must be a list in brackets.", "doit être une liste entre crochets.")


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name that a person probably meant, or None where nothing is near."""
    by_lower = {known.lower(): known for known in names}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


def keys_at(model: type[BaseModel], path: KeyPath) -> list[str]:
    """The keys that the table at `path` may hold; none where any may stand."""
    for part in path:
        if isinstance(part, int):
            continue
        fields = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
        inner = model_in(fields.get(part))
        if inner is None:
            return []
        model = inner
    return [field.alias or name for name, field in model.model_fields.items()]


def model_in(annotation: Any) -> type[BaseModel] | None:
    """The model inside an annotation such as `tuple[System, ...]` or `Work | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = model_in(inner)
        if found is not None:
            return found
    return None
