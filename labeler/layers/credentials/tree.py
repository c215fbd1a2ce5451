"""Every manifest of a store as a tree, for people: who says what, of which earlier versions. It judges nothing.

Reads the SDK's JSON, every shape of which may be a stranger's: how deep, how many and how long is bounded, and what
is left out is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from labeler.language import say
from labeler.layers.credentials import statements
from labeler.layers.credentials.codes import as_dict, as_list, delta_codes, stored_codes
from labeler.layers.credentials.read import Sealed
from labeler.layers.credentials.sdk import Store, Unreadable
from labeler.layers.credentials.statements import LONGEST, generator_of, named, text
from labeler.letters import shortened
from labeler.verdict import Frozen

DEEPEST = 12
"""Manifests below each other; a film that was handed on more often is told in part."""
MOST_MANIFESTS = 100
MOST_LISTED = 100
"""Actions, assertions, ingredients and codes of one manifest."""

CodeKind = Literal["success", "informational", "failure"]
CODE_KINDS: tuple[CodeKind, ...] = ("failure", "informational", "success")


class FoundCode(Frozen):
    """One validation code of C2PA, and what it says: `failure`, `informational` or `success`."""

    code: str
    kind: CodeKind


class FoundAction(Frozen):
    """One step of a manifest's history. `when` as it stands there; `agent`: the program that did it."""

    action: str
    when: str | None = None
    agent: str | None = None
    source_type: str | None = None
    description: str | None = None


class FoundIngredient(Frozen):
    """What a manifest was made from. `codes`: failures that its signer saw, or that are found now. `manifest`: its own,
    None where it has none or where it stands elsewhere in the tree. `source_type`: what is said of one without."""

    title: str | None
    format: str | None
    relationship: str | None
    codes: tuple[str, ...] = ()
    manifest: FoundManifest | None = None
    source_type: str | None = None


class FoundManifest(Frozen):
    """One manifest. `time`: of its signature, as the SDK tells it; None where no time-stamp says so. `left_out`: how
    many entries of all its lists are not told. `codes`: of the active manifest those of this validation, of an earlier
    one those that its successor's signer stored. is_update: it left the media as they were. redactions: addresses of
    the assertions that it took out of earlier manifests, which alters nothing."""

    label: str
    is_active: bool
    generator: str | None
    title: str | None
    format: str | None
    signer: str | None
    issuer: str | None
    algorithm: str | None
    time: str | None
    actions: tuple[FoundAction, ...] = ()
    assertions: tuple[str, ...] = ()
    source_types: tuple[str, ...] = ()
    ingredients: tuple[FoundIngredient, ...] = ()
    codes: tuple[FoundCode, ...] = ()
    is_update: bool = False
    redactions: tuple[str, ...] = ()
    left_out: int = 0


class FoundStore(Frozen):
    """The manifests of one file: the active one first, then those that it does not lead to. `problem`: why none could
    be read, or how many are not told."""

    manifests: tuple[FoundManifest, ...] = ()
    embedded: bool | None = None
    problem: str | None = None


def read_tree(sealed: Sealed) -> FoundStore:
    """The manifests that count as a file's. A damaged or missing store is an answer, never an error.

    Raises SourceMissing, SourceUnreadable, Temporary when the file itself cannot be read.
    """
    store = sealed.store
    if store is None:
        return FoundStore()
    if isinstance(store, Unreadable):
        return FoundStore(problem=f"{store.kind}: {shortened(store.reason, LONGEST)}")
    return tree_of(store)


def tree_of(store: Store) -> FoundStore:
    growth = Growth(store)
    roots = [growth.manifest(label) for label in (store.active, *store.manifests) if growth.is_new(label)]
    missing = len(store.manifests) - len(growth.told)
    problem = (
        say(f"{missing} more manifests are not shown.", f"{missing} autres manifestes ne sont pas montrés.")
        if missing > 0
        else None
    )
    return FoundStore(manifests=tuple(roots), embedded=store.embedded, problem=problem)


class Growth:
    """The tree while it grows: each manifest is told once, wherever it comes up first."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.told: set[str] = set()

    def is_new(self, label: str) -> bool:
        return label in self.store.manifests and label not in self.told and len(self.told) < MOST_MANIFESTS

    def manifest(self, label: str, stored: dict[str, Any] | None = None, depth: int = 1) -> FoundManifest:
        """stored: the validation results that the manifest above keeps of this one; None for a root."""
        self.told.add(label)
        entry = as_dict(self.store.manifests.get(label))
        signature = as_dict(entry.get("signature_info"))
        is_active = label == self.store.active
        results = self.store.results if is_active else stored or {}
        actions, assertions = statements.actions(entry), statements.assertions(entry)
        redactions = [one for one in as_list(entry.get("redactions")) if isinstance(one, str)]
        ingredients, codes = as_list(entry.get("ingredients")), list(codes_of(results))
        return FoundManifest(
            label=shortened(label, LONGEST),
            is_active=is_active,
            generator=generator_of(entry),
            title=text(entry.get("title")),
            format=text(entry.get("format")),
            signer=text(signature.get("common_name")),
            issuer=text(signature.get("issuer")),
            algorithm=text(signature.get("alg")),
            time=text(signature.get("time")),
            actions=tuple(map(action_of, actions[:MOST_LISTED])),
            assertions=tuple(shortened(str(one["label"]), LONGEST) for one in assertions[:MOST_LISTED]),
            source_types=source_types_of(label, entry),
            ingredients=tuple(self.ingredient(as_dict(one), depth) for one in ingredients[:MOST_LISTED]),
            codes=tuple(codes[:MOST_LISTED]),
            is_update=label in self.store.bindings and not self.store.bindings[label],
            redactions=tuple(shortened(one, LONGEST) for one in redactions[:MOST_LISTED]),
            left_out=sum(
                max(0, len(every) - MOST_LISTED) for every in (actions, assertions, ingredients, codes, redactions)
            ),
        )

    def ingredient(self, entry: dict[str, Any], depth: int) -> FoundIngredient:
        label = str(entry.get("active_manifest"))
        below = None
        if depth < DEEPEST and self.is_new(label):
            below = self.manifest(label, as_dict(entry.get("validation_results")), depth + 1)
        codes = dict.fromkeys((*stored_codes(entry), *self.found_now(entry)))
        return FoundIngredient(
            title=text(entry.get("title")),
            format=text(entry.get("format")),
            relationship=text(entry.get("relationship")),
            codes=tuple(shortened(code, LONGEST) for code in codes)[:MOST_LISTED],
            manifest=below,
            source_type=text(entry.get("digitalSourceType")),
        )

    def found_now(self, entry: dict[str, Any]) -> Iterator[str]:
        """Failures that this validation found at the ingredient, by the manifest that it leads to."""
        label = entry.get("active_manifest")
        for delta in map(as_dict, as_list(self.store.results.get("ingredientDeltas"))):
            failures = as_list(as_dict(delta.get("validationDeltas")).get("failure"))
            if isinstance(label, str) and any(label in str(as_dict(one).get("url")) for one in failures):
                yield from delta_codes({"ingredientDeltas": [delta]})


def codes_of(results: dict[str, Any]) -> Iterator[FoundCode]:
    """Each code once; failures first."""
    active = as_dict(results.get("activeManifest"))
    for kind in CODE_KINDS:
        names = [as_dict(one).get("code") for one in as_list(active.get(kind))]
        for name in dict.fromkeys(name for name in names if isinstance(name, str)):
            yield FoundCode(code=shortened(name, LONGEST), kind=kind)


def action_of(action: dict[str, Any]) -> FoundAction:
    agent = action.get("softwareAgent")
    return FoundAction(
        action=text(action.get("action")) or "?",
        when=text(action.get("when")),
        agent=named(agent) if isinstance(agent, dict) else text(agent),
        source_type=text(action.get("digitalSourceType")),
        description=text(action.get("description")),
    )


def source_types_of(label: str, entry: dict[str, Any]) -> tuple[str, ...]:
    """Those of the manifest itself; an ingredient's are told with it."""
    own = {label: {**entry, "ingredients": []}}
    stated: Iterable[str] = (one.type for one in statements.source_types(own))
    return tuple(shortened(kind, LONGEST) for kind in dict.fromkeys(stated))[:MOST_LISTED]
