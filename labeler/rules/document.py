"""Documents that people write: TOML with the line and column of every key, and all mistakes told at once."""

from __future__ import annotations

import math
import re
import stat
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from labeler.errors import UsageError
from labeler.language import say
from labeler.rules.positions import KeyPath, Position, positions_of
from labeler.rules.sentences import sentence, syntax_sentence

MOST_BYTES = 1_000_000
MOST_LEVELS = 32
LARGEST_INTEGER = 2**53 - 1  # what JSON can hold exactly: RFC 8785 section 3.2.2.3
UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")  # controls, and what XML 1.0 cannot hold
PLACE = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Document:
    """A parsed TOML file: its value, and where each key of it stands.

    files: of the keys that stand in another file than `name`, where the document was joined out of several.
    """

    name: str
    value: dict[str, Any]
    positions: dict[KeyPath, Position]
    files: dict[KeyPath, str] = field(default_factory=dict)

    def known(self, path: KeyPath) -> KeyPath:
        """The key itself; for a key that is not there, the table that lacks it."""
        while path and path not in self.positions:
            path = path[:-1]
        return path

    def position(self, path: KeyPath) -> Position:
        return self.positions.get(self.known(path), Position(1, 1))

    def file(self, path: KeyPath) -> str:
        """The file where the key stands."""
        return self.files.get(self.known(path), self.name)

    def mistake(self, path: KeyPath, message: str) -> Mistake:
        return Mistake(self.file(path), self.position(path), dotted(path), message)

    def told(self, path: KeyPath, message: str) -> str:
        """A sentence about one key, with its place: `presets/x.toml:14:9 mention.size: …`."""
        return self.mistake(path, message).told()


@dataclass(frozen=True, order=True)
class Mistake:
    file: str
    position: Position
    path: str
    message: str

    def told(self) -> str:
        where = f"{self.file}:{self.position.line}:{self.position.column}"
        return f"{where} {self.path}: {self.message}" if self.path else f"{where} {self.message}"


def read_document(path: Path, error: type[UsageError]) -> Document:
    """Read a TOML file. Raises `error` as `read_text` does, or when it is not TOML."""
    return parse_document(read_text(path, error), str(path), error)


def read_text(path: Path, error: type[UsageError], most: int = MOST_BYTES) -> str:
    """The text of a file of at most so many bytes, whole megabytes, without a byte order mark.

    Raises `error` when it is missing, no file (opening a pipe would wait for ever), too large or not UTF-8.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():
            raise error(
                say(f"{path}: a pipe or a device, not a file.", f"{path} : un tube ou un périphérique."),
                remedy=say("Save it as a file.", "Enregistrez-le dans un fichier."),
                file=str(path),
            )
        with path.open("rb") as stream:
            content = stream.read(most + 1)
    except (OSError, ValueError) as wrong:
        raise error(unread(path, wrong), file=str(path)) from wrong
    if len(content) > most:
        megabytes = most // 1_000_000
        told = say(f"{path}: larger than {megabytes} MB.", f"{path} : plus de {megabytes} Mo.")
        raise error(told, file=str(path))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = content.count(b"\n", 0, wrong.start) + 1
        raise error(
            say(f"{path}:{line}: not UTF-8 text.", f"{path}:{line} : ce n'est pas du texte UTF-8."),
            remedy=say("Save the file as UTF-8.", "Enregistrez le fichier en UTF-8."),
            file=str(path),
        ) from wrong


def unread(path: Path, wrong: OSError | ValueError) -> str:
    match wrong:
        case FileNotFoundError() | NotADirectoryError():
            return say(f"{path}: there is no such file.", f"{path} : ce fichier n'existe pas.")
        case IsADirectoryError():
            return say(f"{path}: a folder, not a file.", f"{path} : un dossier, pas un fichier.")
        case PermissionError():
            return say(f"{path}: no permission to read it.", f"{path} : lecture interdite.")
        case OSError():
            reason = wrong.strerror or str(wrong)
            return say(f"{path}: cannot be read: {reason}.", f"{path} : lecture impossible : {reason}.")
    return say(f"{path}: no possible name of a file.", f"{path} : nom de fichier impossible.")


def parse_document(text: str, name: str, error: type[UsageError]) -> Document:
    """Parse TOML text. Raises `error` with the line and column of a syntax mistake."""
    text = text.replace("\r\n", "\n")
    try:
        value = tomllib.loads(text)
    except RecursionError as wrong:
        raise error(say(f"{name}: nested too deeply.", f"{name} : trop de niveaux imbriqués."), file=name) from wrong
    except ValueError as wrong:  # tomllib's own error is one, and so is Python's for a number of thousands of digits
        mistake = Mistake(name, place(text, wrong), "", syntax_sentence(PLACE.sub("", str(wrong))))
        remedy = say(f"Correct {name} at this place.", f"Corrigez {name} à cet endroit.")
        raise error(mistake.told(), remedy=remedy, file=name) from wrong
    if any(len(path) > MOST_LEVELS for path, _ in parts_of(value)):
        raise error(say(f"{name}: nested too deeply.", f"{name} : trop de niveaux imbriqués."), file=name)
    return Document(name, value, positions_of(text))


def place(text: str, wrong: ValueError) -> Position:
    """The standard reader tells its place in words only (it has no attributes for it on Python 3.11)."""
    found = PLACE.search(str(wrong))
    if found and found["line"]:
        return Position(int(found["line"]), int(found["column"]))
    lines = text.split("\n")
    return Position(len(lines), len(lines[-1]) + 1) if found else Position(1, 1)


def parts_of(value: Any) -> Iterator[tuple[KeyPath, Any]]:
    """Every value inside a document with its path, down to one level below the deepest that is allowed."""
    waiting: list[tuple[KeyPath, Any]] = [((), value)]
    while waiting:
        path, part = waiting.pop()
        yield path, part
        if len(path) > MOST_LEVELS:
            continue
        entries = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
        waiting += [((*path, key), entry) for key, entry in entries]


def expect_schema(document: Document, schema: str, error: type[UsageError]) -> None:
    """Refuse another format and a newer one before its keys are told as mistakes. Raises `error`."""
    given = document.value.get("schema")
    kind, _, number = schema.rpartition("/")
    found = re.fullmatch(r"labeler\.(\w+)/(\d{1,9})", given) if isinstance(given, str) else None
    if found is None or given == schema:
        return  # missing or misspelt: told along with all the other mistakes
    if f"labeler.{found[1]}" == kind and int(found[2]) > int(number):
        message = say(
            f"{given} is newer than this version of labeler, which reads {schema}.",
            f"{given} est plus récent que cette version de labeler, qui lit {schema}.",
        )
        remedy = say("Install a newer labeler.", "Installez un labeler plus récent.")
        raise error(document.told(("schema",), message), remedy=remedy, file=document.name)
    message = say(f"this file is a {given}, not a {schema}.", f"ce fichier est un {given}, pas un {schema}.")
    raise error(document.told(("schema",), message), file=document.name)


def validate(document: Document, model: type[Model], error: type[UsageError]) -> Model:
    """The document as `model`. Raises `error` telling every mistake, one a line, in the order of the file.

    Types are taken as they stand: a number in quotes is no number.
    """
    mistakes = unspeakable(document)
    try:
        valid = model.model_validate(in_tuples(document.value), strict=True, by_alias=True, by_name=False)
    except ValidationError as wrong:
        known = {mistake.path for mistake in mistakes}
        details = wrong.errors(include_url=False)
        told = [tell(document, model, detail) for detail in details if not is_echo(detail, details)]
        mistakes += [mistake for mistake in told if mistake.path not in known]
        raise refusal(document, mistakes, error) from wrong
    if mistakes:
        raise refusal(document, mistakes, error)
    return valid


def unspeakable(document: Document) -> list[Mistake]:
    """Values that TOML can hold and that nothing labeler writes (JSON, XML, a picture) can."""
    return [
        document.mistake(path, message)
        for path, value in parts_of(document.value)
        if (message := why_unspeakable(value)) is not None
    ]


def why_unspeakable(value: Any) -> str | None:
    if isinstance(value, float) and not math.isfinite(value):
        return say("must be a finite number.", "doit être un nombre fini.")
    if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        return say("the number is too large.", "ce nombre est trop grand.")
    if isinstance(value, str) and (found := UNSPEAKABLE.search(value)):
        name = f"U+{ord(found[0]):04X}"
        return say(f"holds the control character {name}.", f"contient le caractère de contrôle {name}.")
    return None


def in_tuples(value: Any) -> Any:
    """Lists as tuples: the types are immutable, and take no list when they are strict."""
    if isinstance(value, dict):
        return {key: in_tuples(entry) for key, entry in value.items()}
    return tuple(in_tuples(entry) for entry in value) if isinstance(value, list) else value


def is_echo(detail: ErrorDetails, details: list[ErrorDetails]) -> bool:
    """A list counts as empty when its only entry is wrong; the entry's own mistakes say it better."""
    path = detail["loc"]
    return detail["type"] == "too_short" and any(
        len(other["loc"]) > len(path) and other["loc"][: len(path)] == path for other in details
    )


def refusal(document: Document, mistakes: Iterable[Mistake], error: type[UsageError]) -> UsageError:
    """Every mistake in the order of the file; those of keys that stand in another file after them."""
    found = sorted(set(mistakes), key=lambda mistake: (mistake.file != document.name, mistake))
    told, count = [mistake.told() for mistake in found], len(found)
    files = ", ".join(dict.fromkeys(mistake.file for mistake in found))
    head = say(
        f"{document.name}: {count} mistake{'s' if count > 1 else ''}.",
        f"{document.name} : {count} faute{'s' if count > 1 else ''}.",
    )
    remedy = say(f"Correct {files} at these places.", f"Corrigez {files} à ces endroits.")
    return error("\n".join([head, *told]), remedy=remedy, file=document.name)


def tell(document: Document, model: type[BaseModel], detail: ErrorDetails) -> Mistake:
    path: KeyPath = detail["loc"]
    if detail["type"] == "missing" and isinstance(path[-1], int):
        message = say("the list is too short.", "la liste est trop courte.")
        return document.mistake(path[:-1], message)
    if path[-1:] == ("[key]",) and path not in document.positions:
        path = path[:-1]  # so pydantic marks that the key itself is wrong
    return document.mistake(path, sentence(model, path, detail))


def dotted(path: KeyPath) -> str:
    """A path as a person reads it: `mention.layout[0].aspect`; keys that are no plain words in quotes."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
            continue
        word = part if re.fullmatch(r"[A-Za-z0-9_-]+", part) else f'"{part}"'
        text += f".{word}" if text else word
    return text
