"""A word in each of the languages that farms read. What a language cannot carry safely is refused by name."""

from __future__ import annotations

import json
import shlex

from labeler.errors import SourceRejected
from labeler.language import say
from labeler.letters import is_harmless


def shell(word: str) -> str:
    """For a POSIX shell: any text."""
    return shlex.quote(word)


def python(text: str) -> str:
    return repr(text)


def javascript(text: str) -> str:
    """ASCII alone, so that no line separator of JavaScript's is in it."""
    return json.dumps(text)


def yaml(text: str) -> str:
    """A double-quoted scalar; letters beyond the basic plane as they are, since YAML has no surrogate pairs."""
    escaped = {'"': '\\"', "\\": "\\\\"}
    letters = (escaped.get(one) or (one if is_harmless(one) else f"\\U{ord(one):08X}") for one in text)
    return f'"{"".join(letters)}"'


def without(word: str, letters: str, target: str) -> str:
    """The word itself, where it holds none of these. Raises SourceRejected (3), naming the first that it holds."""
    for letter in letters:
        if letter in word:
            raise SourceRejected(
                say(
                    f"{word}: the path holds {letter}, which {target} cannot be told safely.",
                    f"{word} : le chemin contient {letter}, que {target} ne peut recevoir sans risque.",
                ),
                remedy=say("Put the plan under another path.", "Placez le plan sous un autre chemin."),
                file=word,
            )
    return word


def windows(word: str, target: str) -> str:
    """For cmd.exe, which replaces `%NAME%` even between quotes."""
    return f'"{without(word, chr(34) + "%", target)}"'
