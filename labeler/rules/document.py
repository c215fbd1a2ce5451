"""Documents that people write: TOML with the line and column of every key, and all mistakes told at once."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from labeler.errors import UsageError
from labeler.language import say
from labeler.rules.positions import KeyPath, Position, positions_of

MOST_BYTES = 1_000_000
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Document:
    """A parsed TOML file: its value, and where each key of it stands."""

    name: str
    value: dict[str, Any]
    positions: dict[KeyPath, Position]

    def position(self, path: KeyPath) -> Position:
        """Where the key stands; for a key that is not there, where the table stands that lacks it."""
        while path and path not in self.positions:
            path = path[:-1]
        return self.positions.get(path, Position(1, 1))


@dataclass(frozen=True, order=True)
class Mistake:
    position: Position
    path: str
    message: str

    def told(self, name: str) -> str:
        where = f"{name}:{self.position.line}:{self.position.column}"
        return f"{where} {self.path}: {self.message}" if self.path else f"{where} {self.message}"


def read_document(path: Path, error: type[UsageError]) -> Document:
    """Read a TOML file. Raises `error` when it is missing, not UTF-8, too large or not TOML."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise error(say(f"{path}: larger than 1 MB.", f"{path} : plus de 1 Mo."), file=str(path))
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise error(
            say(f"{path}: not UTF-8 text.", f"{path} : ce n'est pas du texte UTF-8."), file=str(path)
        ) from wrong
    except OSError as wrong:
        reason = wrong.strerror or str(wrong)
        raise error(
            say(f"{path}: cannot be read: {reason}.", f"{path} : lecture impossible : {reason}."), file=str(path)
        ) from wrong
    return parse_document(text, str(path), error)


def parse_document(text: str, name: str, error: type[UsageError]) -> Document:
    """Parse TOML text. Raises `error` with the line and column of a syntax mistake."""
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        # The standard reader ends its sentence with «(at line 3, column 7)»: it has no attributes for them on 3.11.
        raise error(say(f"{name}: not valid TOML: {wrong}", f"{name} : TOML incorrect : {wrong}"), file=name) from wrong
    return Document(name, value, positions_of(text))


def validate(document: Document, model: type[Model], error: type[UsageError]) -> Model:
    """The document as `model`. Raises `error` telling every mistake, one a line, in the order of the file."""
    try:
        return model.model_validate(document.value)
    except ValidationError as wrong:
        details = [detail for detail in wrong.errors(include_url=False) if not is_echo(detail, wrong)]
        raise refusal(document, sorted(tell(document, model, detail) for detail in details), error) from wrong


def is_echo(detail: ErrorDetails, all_errors: ValidationError) -> bool:
    """A list counts as empty when its only entry is wrong; the entry's own mistakes say it better."""
    path = detail["loc"]
    return detail["type"] == "too_short" and any(
        len(other["loc"]) > len(path) and other["loc"][: len(path)] == path for other in all_errors.errors()
    )


def refusal(document: Document, mistakes: Iterable[Mistake], error: type[UsageError]) -> UsageError:
    told = [mistake.told(document.name) for mistake in mistakes]
    count = len(told)
    head = say(
        f"{document.name}: {count} mistake{'s' if count > 1 else ''}.",
        f"{document.name} : {count} faute{'s' if count > 1 else ''}.",
    )
    return error("\n".join([head, *told]), file=document.name)


def tell(document: Document, model: type[BaseModel], detail: ErrorDetails) -> Mistake:
    path = tuple(part for part in detail["loc"] if not is_noise(part))
    return Mistake(document.position(path), dotted(path), sentence(model, path, detail))


def is_noise(part: str | int) -> bool:
    """Names of a union's branch that pydantic puts among the keys."""
    return isinstance(part, str) and part.endswith("]") and "[" in part


def dotted(path: KeyPath) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def sentence(model: type[BaseModel], path: KeyPath, detail: ErrorDetails) -> str:
    """One pydantic error in a plain sentence."""
    context = detail.get("ctx") or {}
    given = f"{detail['input']!r}" if not isinstance(detail["input"], dict | list) else ""
    match detail["type"]:
        case "extra_forbidden":
            near = nearest(str(path[-1]), keys_at(model, path[:-1]))
            hint = say(f"; did you mean «{near}»?", f" ; vouliez-vous dire « {near} » ?") if near else "."
            return say("unknown key", "clé inconnue") + hint
        case "missing":
            return say("missing.", "manque.")
        case "literal_error" | "enum":
            return say(f"{given} is not one of {context['expected']}.", f"{given} : attendu {context['expected']}.")
        case "string_type":
            return say("must be a text in quotes.", "doit être un texte entre guillemets.")
        case "int_type" | "int_parsing" | "int_from_float":
            return say("must be a whole number.", "doit être un nombre entier.")
        case "float_type" | "float_parsing":
            return say("must be a number.", "doit être un nombre.")
        case "bool_type" | "bool_parsing":
            return say("must be true or false.", "doit être true ou false.")
        case "greater_than" | "greater_than_equal":
            least = context.get("gt", context.get("ge"))
            more = say("more than", "plus de") if "gt" in context else say("at least", "au moins")
            return say(f"must be {more} {least}, not {given}.", f"doit valoir {more} {least}, et non {given}.")
        case "model_type" | "dict_type" | "model_attributes_type":
            return say("must be a table.", "doit être une table.")
        case "tuple_type" | "list_type":
            return say("must be a list.", "doit être une liste.")
        case "string_too_short" | "too_short":
            return say("must not be empty.", "ne doit pas être vide.")
        case "value_error":
            return str(context.get("error", detail["msg"]))
        case "date_type" | "date_from_datetime_parsing" | "date_parsing":
            return say("must be a date such as 2026-11-23.", "doit être une date comme 2026-11-23.")
        case _:
            return say(f"{given} is not valid: {detail['msg']}.", f"{given} est incorrect : {detail['msg']}.")


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name that a person probably meant, or None where nothing is near."""
    close = difflib.get_close_matches(name, list(names), n=1, cutoff=0.6)
    return close[0] if close else None


def keys_at(model: type[BaseModel], path: KeyPath) -> list[str]:
    """The keys that the table at `path` may hold."""
    current: Any = model
    for part in path:
        if isinstance(part, int):
            continue
        fields = {field.alias or name: field.annotation for name, field in current.model_fields.items()}
        current = model_in(fields.get(part))
        if current is None:
            return []
    return [field.alias or name for name, field in current.model_fields.items()]


def model_in(annotation: Any) -> type[BaseModel] | None:
    """The model inside an annotation such as `tuple[System, ...]` or `Work | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = model_in(inner)
        if found is not None:
            return found
    return None
