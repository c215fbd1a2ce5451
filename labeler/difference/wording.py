"""What a comparison says, in sentences for people: what was lost first, and what that tells of the step between."""

from __future__ import annotations

from collections.abc import Iterator

from labeler.language import say
from labeler.rules.difference import ComparedLabel, ComparedTrack, Comparison, LabelName, LabelState


def label_name(label: LabelName) -> str:
    return {
        "credentials": say("credentials (C2PA)", "identifiants de contenu (C2PA)"),
        "xmp": say("metadata (XMP and tags)", "métadonnées (XMP et étiquettes)"),
        "aigc": "AIGC",
        "mention": "mention",
    }[label]


def state_name(state: LabelState) -> str:
    return {
        "absent": say("in neither file", "dans aucun des deux"),
        "kept": say("kept", "gardé"),
        "lost": say("LOST", "PERDU"),
        "gained": say("gained", "ajouté"),
        "changed": say("changed", "modifié"),
        "broken": say("BROKEN", "ROMPU"),
        "not_checked": say("not checked: nothing tells where", "non vérifié : rien ne dit où"),
    }[state]


def headline(comparison: Comparison) -> str:
    if comparison.is_same:
        return say("Nothing differs.", "Rien ne diffère.")
    lost = [label for label in comparison.labels if label.state in ("lost", "broken")]
    if lost:
        return say("They differ, and labels were lost.", "Ils diffèrent, et des étiquettes ont été perdues.")
    return say("They differ.", "Ils diffèrent.")


def sentences(comparison: Comparison) -> Iterator[str]:
    """One for each label that was lost, broken or gained; the step between the files is named where it shows."""
    step = step_between(comparison)
    for label in comparison.labels:
        if label.state == "lost":
            yield say(f"{step[0]} dropped the {plain(label)}.", f"{step[1]} a fait perdre {le(label)}.")
        elif label.state == "broken":
            yield say(
                "The credentials no longer fit the file: something changed it after it was signed.",
                "Les identifiants de contenu ne correspondent plus au fichier : il a été modifié après sa signature.",
            )
        elif label.state == "gained":
            yield say(f"The second file has gained the {plain(label)}.", f"Le second fichier a gagné {le(label)}.")


def step_between(comparison: Comparison) -> tuple[str, str]:
    """What was done to the first file, as far as its packets tell."""
    kept = [track for track in comparison.tracks if track.packets is not None]
    whole = all(has_same_packets(track) for track in kept)
    if whole and len(kept) == len(comparison.tracks):
        return (
            "A step that left every packet as it is (a plain remux does)",
            "Une étape qui a laissé chaque paquet tel quel (un simple changement de conteneur, par exemple)",
        )
    if any(track.kind == "video" and not has_same_packets(track) for track in kept):
        return "A step that coded the pictures again", "Une étape qui a réencodé les images"
    return "A step between the two", "Une étape entre les deux"


def has_same_packets(track: ComparedTrack) -> bool:
    return track.packets is not None and not track.packets.differing


def plain(label: ComparedLabel) -> str:
    return {"credentials": "credentials", "xmp": "metadata (XMP, tags)", "aigc": "AIGC key", "mention": "mention"}[
        label.label
    ]


def le(label: ComparedLabel) -> str:
    return {
        "credentials": "les identifiants de contenu",
        "xmp": "les métadonnées (XMP, étiquettes)",
        "aigc": "la clé AIGC",
        "mention": "la mention",
    }[label.label]
