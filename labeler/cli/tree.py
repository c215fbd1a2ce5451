"""What a file discloses as a tree for people, on a terminal or in a file, at any width from 60 columns up."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from typing import Any, TextIO

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from labeler.inspection import Inspection
from labeler.language import say
from labeler.layers.credentials.tree import FoundIngredient, FoundManifest
from labeler.letters import safe, shortened
from labeler.media.outline import Outline
from labeler.verdict import FoundCredentials, FoundMention, FoundMetadata, LayerName
from labeler.words import (
    action_name,
    code_kind,
    coverage_told,
    disclosure_name,
    field,
    fit_name,
    integrity_name,
    layer_name,
    mention_kind,
    no_proof,
    relationship_name,
    source_type_name,
    state_name,
    track_kind,
    trust_name,
)

LEAST_WIDTH = 60
UNWRAPPED = 10_000
"""Columns where nobody's screen says how many: a line of a file or a pipe is whole, to be searched."""
LONGEST = 2000
"""Letters of one line before it is wrapped."""
MOST_LISTED = 200
"""Fields below one another: a file may hold as many as it likes."""


def width_of(stream: TextIO) -> int | None:
    """The columns of the terminal behind a stream (`COLUMNS` wins); None where there is none."""
    if not stream.isatty():
        return None
    return max(LEAST_WIDTH, shutil.get_terminal_size().columns)


def lines_of(inspection: Inspection, width: int | None) -> Iterator[str]:
    """The tree, line by line. width: columns of a terminal, which also gets weights; None for a file or a pipe."""
    told = io.StringIO()
    is_terminal = width is not None
    console = Console(
        file=told, width=width or UNWRAPPED, force_terminal=is_terminal, highlight=False, emoji=False, markup=False
    )
    console.print(tree_of(inspection))
    yield from (line.rstrip() for line in told.getvalue().splitlines())


def tree_of(inspection: Inspection) -> Tree:
    tree = Tree(strong(inspection.file))
    for name, told in (
        (say("disclosure", "déclaration"), disclosure_name(inspection.disclosure)),
        (say("integrity", "intégrité"), integrity_name(inspection.integrity)),
        (say("signer", "signataire"), trust_name(inspection.trust)),
    ):
        tree.add(line(name, told))
    if inspection.outline is not None:
        add_outline(tree, inspection.outline)
    mentions = add_layer(tree, inspection, "mention")
    for mention in inspection.found.mention:
        add_mention(mentions, mention)
    if inspection.found.coverage is not None:
        mentions.add(plain(coverage_told(inspection.found.coverage)))
    metadata = add_layer(tree, inspection, "metadata")
    for kind in inspection.found.metadata.digital_source_type[:MOST_LISTED]:
        metadata.add(line("digitalSourceType", with_meaning(kind)))
    if inspection.found.metadata.fields:
        add_value(metadata, say("fields", "champs"), inspection.found.metadata.fields)
    add_places(metadata, inspection.found.metadata)
    credentials = add_layer(tree, inspection, "credentials")
    add_places_of_credentials(credentials, inspection.found.credentials)
    for manifest in inspection.manifests:
        add_manifest(credentials.add(manifest_head(manifest)), manifest)
    if not inspection.manifests:
        for code in inspection.found.credentials.codes:
            credentials.add(plain(code))
    if inspection.disclosure.value in ("undeclared", "undetermined"):
        tree.add(plain(no_proof()))
    return tree


def add_layer(tree: Tree, inspection: Inspection, layer: LayerName) -> Tree:
    state = inspection.layers[layer]
    return tree.add(strong(layer_name(layer)).append(f" ({state_name(state)})", style="not bold"))


def add_outline(tree: Tree, outline: Outline) -> None:
    length = f", {outline.seconds:.2f} s" if outline.seconds is not None else ""
    timecode = f", timecode {outline.timecode}" if outline.timecode else ""
    branch = tree.add(
        strong(outline.container.upper()).append(safe(shortened(f"{length}{timecode}", LONGEST)), style="not bold")
    )
    for track in outline.tracks:
        words = [track.codec, *([track.language] if track.language else []), *track.facts]
        words += [track.title] if track.title else []
        branch.add(line(f"{track.index} {track_kind(track.kind)}", " · ".join(words)))
    if outline.chapters:
        chapters = branch.add(plain(say("chapters", "chapitres")))
        for chapter in outline.chapters:
            chapters.add(line(f"{chapter.start:.2f} s", chapter.title or "—"))
    if outline.tags:
        tags = branch.add(plain(say("tags", "étiquettes internes")))
        for name, stated in outline.tags.items():
            tags.add(line(name, stated))


def add_mention(branch: Tree, mention: FoundMention) -> None:
    language = f" ({mention.language})" if mention.language else ""
    text = say(f"«{mention.text}»{language}", f"« {mention.text} »{language}")
    told = branch.add(plain(field(mention_kind(mention.kind), text)))
    told.add(line(say("from, to", "de, à"), f"{mention.start:.2f}–{mention.end:.2f} s"))
    if mention.box is not None:
        x, y, width, height = mention.box
        told.add(line(say("place", "place"), f"{width} × {height} px, x {x}, y {y}"))


def add_places(branch: Tree, metadata: FoundMetadata) -> None:
    """Where each statement stands and what is wrong with it; what betrays a generator; where nothing could stand."""
    if metadata.statements:
        stated = branch.add(plain(say("statements", "déclarations")))
        for one in metadata.statements[:MOST_LISTED]:
            told = stated.add(line(f"{one.name} ({one.place})", one.value))
            if one.means is not None:
                told.add(line(say("means", "désigne"), one.means))
            if one.faults:
                told.add(line(say("breaks", "enfreint"), ", ".join(one.faults)))
            if one.bytes is not None:
                told.add(
                    plain(say(f"{one.bytes} bytes, SHA-256 {one.sha256}", f"{one.bytes} octets, SHA-256 {one.sha256}"))
                )
        tell_rest(stated, len(metadata.statements) - MOST_LISTED)
    for words in metadata.words:
        branch.add(line(f"{words.name} ({words.place})", words.text)).add(plain(mention_kind(words.kind)))
    for trace in metadata.traces:
        betrays = say(f"betrays {trace.generator}", f"trahit {trace.generator}")
        branch.add(line(f"{trace.name} ({trace.place})", betrays)).add(
            line(say("known from", "connu par"), trace.source)
        )
    if not any(not place.startswith("sidecar") for place in metadata.looked_at) and metadata.looked_at:
        branch.add(plain(say("this container has no place for them", "ce conteneur n'a pas de place pour elles")))
    if metadata.left_out:
        count = metadata.left_out
        branch.add(plain(say(f"{count} more were not read", f"{count} autres n'ont pas été lues")))


def tell_rest(branch: Tree, rest: int) -> None:
    if rest > 0:
        branch.add(plain(say(f"… and {rest} more: --json has them", f"… et {rest} autres : voir --json")))


def add_value(branch: Tree, name: str, stated: Any) -> None:
    """A field that was found: a text, or more fields below it."""
    if not isinstance(stated, dict | list):
        branch.add(line(name, "null" if stated is None else str(stated)))
        return
    entries = list(stated.items()) if isinstance(stated, dict) else list(enumerate(stated, 1))
    below = branch.add(plain(name))
    for key, one in entries[:MOST_LISTED]:
        add_value(below, str(key), one)
    tell_rest(below, len(entries) - MOST_LISTED)


def add_places_of_credentials(branch: Tree, credentials: FoundCredentials) -> None:
    """Where credentials lie that are not in the file, and those that are not its own."""
    remote = credentials.remote
    if remote is not None:
        fetched, not_fetched = say("fetched from", "téléchargés de"), say("not fetched from", "non téléchargés de")
        told = branch.add(line(fetched if remote.fetched else not_fetched, remote.address))
        if remote.problem is not None:
            told.add(plain(remote.problem))
    if credentials.of_another is not None:
        branch.add(plain(say("they belong to another file", "ils sont ceux d'un autre fichier")))
    for one in credentials.sidecars[:MOST_LISTED]:
        told = branch.add(line(say("beside the file", "à côté du fichier"), f"{one.name}, {fit_name(one.fits)}"))
        if one.signer is not None:
            told.add(line(say("signed by", "signé par"), one.signer))
        for code in one.codes[:MOST_LISTED]:
            told.add(plain(code))


def manifest_head(manifest: FoundManifest) -> Text:
    kind = say("active manifest", "manifeste actif") if manifest.is_active else say("manifest", "manifeste")
    title = say(f"{kind} «{manifest.title}»", f"{kind} « {manifest.title} »") if manifest.title else kind
    return strong(title).append(" " + safe(shortened(manifest.label, LONGEST)), style="not bold dim")


def add_manifest(branch: Tree, manifest: FoundManifest) -> None:
    if manifest.signer or manifest.issuer:
        issuer = f" ({manifest.issuer})" if manifest.signer and manifest.issuer else ""
        branch.add(line(say("signed by", "signé par"), f"{manifest.signer or manifest.issuer}{issuer}"))
    when = manifest.time or say("no time-stamp says when", "aucun horodatage ne le dit")
    branch.add(line(say("signed at", "signé le"), when))
    if manifest.generator:
        branch.add(line(say("made with", "fait avec"), manifest.generator))
    for kind in manifest.source_types:
        branch.add(line(say("source type", "type de source"), with_meaning(kind)))
    if manifest.is_update:
        branch.add(
            plain(say("an update: it left the media as they were", "une mise à jour : elle a laissé le média tel quel"))
        )
    for one in manifest.redactions:
        branch.add(line(say("took out", "a retiré"), one))
    add_actions(branch, manifest)
    if manifest.assertions:
        branch.add(line("assertions", ", ".join(manifest.assertions)))
    for kind in dict.fromkeys(code.kind for code in manifest.codes):
        codes = ", ".join(code.code for code in manifest.codes if code.kind == kind)
        branch.add(line(f"{say('codes', 'codes')}, {code_kind(kind)}", codes))
    for ingredient in manifest.ingredients:
        add_ingredient(branch, ingredient)
    if manifest.left_out:
        branch.add(line(say("not shown", "non montrés"), str(manifest.left_out)))


def add_actions(branch: Tree, manifest: FoundManifest) -> None:
    if not manifest.actions:
        return
    history = branch.add(plain(say("history", "historique")))
    for action in manifest.actions:
        words = (action_name(action.action), action.when, action.agent, action.description)
        step = history.add(line(action.action, " · ".join(word for word in words if word)))
        if action.source_type:
            step.add(line("digitalSourceType", with_meaning(action.source_type)))


def add_ingredient(branch: Tree, ingredient: FoundIngredient) -> None:
    told = " · ".join(word for word in (ingredient.title or "—", ingredient.format) if word)
    below = branch.add(line(relationship_name(ingredient.relationship), told))
    if ingredient.source_type is not None:
        below.add(line(say("source type", "type de source"), with_meaning(ingredient.source_type)))
    for code in ingredient.codes:
        below.add(plain(code))
    if ingredient.manifest is not None:
        add_manifest(below.add(manifest_head(ingredient.manifest)), ingredient.manifest)


def with_meaning(kind: str) -> str:
    meaning = source_type_name(kind)
    return f"{meaning} · {kind}" if meaning else kind


def strong(text: str) -> Text:
    return Text(safe(shortened(text, LONGEST)), style="bold", overflow="fold")


def plain(text: str) -> Text:
    return Text(safe(shortened(text, LONGEST)), overflow="fold")


def line(name: str, value: str) -> Text:
    """A name and its value, both from anywhere."""
    return plain(field(name, value))
