"""YAML that people write, as text alone: `no`, `0012` and `10:00:00:00` stay what they are (the mention of a Norwegian
film would be in the language «False» otherwise)."""

from __future__ import annotations

from typing import Any

import yaml

from labeler.language import say
from labeler.rules.document import MOST_LEVELS
from labeler.rules.positions import KeyPath, Position

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
STANDARD = "tag:yaml.org,2002:"
KNOWN = {
    STANDARD + name for name in ("map", "seq", "str", "null", "bool", "int", "float", "timestamp", "value", "merge")
}


class YamlMistake(ValueError):
    """One sentence, and where it stands."""

    def __init__(self, message: str, position: Position) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


def read_yaml(text: str) -> tuple[Any, dict[KeyPath, Position]]:
    """A YAML text as tables, lists, texts and None, and the position of every key and entry. Raises YamlMistake."""
    try:
        check_events(text)
        node = yaml.compose(text, Loader=LOADER)
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        position = Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)
        reason = wrong.problem or str(wrong)
        raise YamlMistake(say(f"not valid YAML: {reason}.", f"YAML incorrect : {reason}."), position) from wrong
    except yaml.YAMLError as wrong:
        reason = str(wrong).split("\n")[0]
        raise YamlMistake(say(f"not valid YAML: {reason}.", f"YAML incorrect : {reason}."), Position(1, 1)) from wrong
    positions: dict[KeyPath, Position] = {}
    return (None if node is None else value_of(node, (), positions)), positions


def check_events(text: str) -> None:
    """Nothing that grows when it is read, before it is: one alias in ten of ten makes a list of any length."""
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        position = Position(event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, yaml.AliasEvent):
            message = say("aliases (*name) have no place in a job list.", "les alias (*nom) n'ont pas leur place ici.")
            raise YamlMistake(message, position)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_LEVELS:
            raise YamlMistake(say("nested too deeply.", "trop de niveaux imbriqués."), position)


def value_of(node: Any, path: KeyPath, positions: dict[KeyPath, Position]) -> Any:
    if node.tag not in KNOWN:
        message = say(f"the tag {node.tag} is unknown.", f"l'étiquette {node.tag} est inconnue.")
        raise YamlMistake(message, place_of(node))
    if isinstance(node, yaml.SequenceNode):
        entries = []
        for number, entry in enumerate(node.value):
            positions[*path, number] = place_of(entry)
            entries.append(value_of(entry, (*path, number), positions))
        return entries
    if isinstance(node, yaml.MappingNode):
        table: dict[str, Any] = {}
        for key, entry in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if name is None or name in table:
                told = ("this key stands here twice.", "cette clé est écrite deux fois.")
                no_key = ("this is no key.", "ce n'est pas une clé.")
                raise YamlMistake(say(*(no_key if name is None else told)), place_of(key))
            positions[*path, name] = place_of(key)
            table[name] = value_of(entry, (*path, name), positions)
        return table
    return None if node.tag == STANDARD + "null" else node.value


def place_of(node: Any) -> Position:
    return Position(node.start_mark.line + 1, node.start_mark.column + 1)
