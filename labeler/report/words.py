"""What the page says of its own: layers explained, the terms of C2PA and IPTC, and values as people write them."""

from __future__ import annotations

import re
from typing import Any

from labeler.language import say, spoken
from labeler.letters import shortened
from labeler.verdict import FoundMention, LayerName

MOST_LETTERS = 600
LIMIT = re.compile(r"([<>]=) (\d+(?:\.\d+)?)")
SPACED = re.compile(r" (?=[:;?!»%])|(?<=«) |(?<=\d) (?=(?:px|s|dB|Mo|Ko|Go|o)\b)")

STATES = {
    "listed": "sur une liste",
    "unlisted": "sur aucune liste",
    "refused": "refusé",
    "none": "aucun",
    "trusted": "de confiance",
    "untrusted": "sans confiance",
    "intact": "intact",
    "altered": "modifié",
    "foreign": "d'un autre fichier",
    "unsound": "non valide",
    "unreadable": "illisible",
    "embedded": "intégré",
    "sidecar": "fichier voisin",
    "damaged": "abîmé",
    "remote": "sur le réseau",
    "no fault": "aucun défaut",
    "correlation": "corrélation",
    "stroke": "trait",
    "pictures": "images",
    "frames": "images",
    "faults": "défauts",
    "mean": "moyenne",
    "differences": "écarts",
    "px, x-height": "px, hauteur d’x",
    "seconds": "secondes",
}
"""What checks measure in a word, in French."""


def typeset(text: str) -> str:
    """A sentence of ours as French printers set it: no-break spaces, and the curved apostrophe. English as it is."""
    if spoken() != "fr":
        return text
    return SPACED.sub("\u00a0", text).replace("'", "’")


def who_checks(layer: LayerName) -> str:
    """Who can check a layer without labeler."""
    return {
        "media": say(
            "Whoever holds the source: compare tracks, tags and pictures with ffprobe.",
            "Qui détient la source : comparer pistes, étiquettes et images avec ffprobe.",
        ),
        "mention": say("Anyone who watches the video.", "Quiconque regarde la vidéo."),
        "watermark": say(
            "Whoever holds a detector of the same watermark.", "Qui détient un détecteur du même filigrane."
        ),
        "metadata": say(
            "Any reader of XMP and IPTC fields, such as exiftool; platforms read them on upload.",
            "Tout lecteur de champs XMP et IPTC, comme exiftool ; les plateformes les lisent à l'envoi.",
        ),
        "credentials": say(
            "Any C2PA reader, such as Content Credentials Verify or c2patool.",
            "Tout lecteur C2PA, comme Content Credentials Verify ou c2patool.",
        ),
    }[layer]


def proves_not(layer: LayerName) -> str:
    """What a layer does not prove."""
    return {
        "media": say(
            "Only that nothing was lost on the way from the source; not what the source was.",
            "Seulement que rien ne s'est perdu depuis la source ; pas ce qu'était la source.",
        ),
        "mention": say(
            "A mention can be cropped or painted over, and anyone can write one.",
            "Une mention peut être rognée ou couverte, et n'importe qui peut en écrire une.",
        ),
        "watermark": say(
            "It tells which file it came from, not whether what is said of it is true.",
            "Il dit de quel fichier il vient, pas si ce qu'on en dit est vrai.",
        ),
        "metadata": say(
            "Any tool can change or remove them, and many platforms do.",
            "Tout outil peut les changer ou les retirer, et bien des plateformes le font.",
        ),
        "credentials": say(
            "They prove who signed which bytes, not that what was signed is true.",
            "Ils prouvent qui a signé quels octets, pas que ce qui est signé est vrai.",
        ),
    }[layer]


def capital(text: str) -> str:
    """The sentence with a capital at its beginning, the rest as it is."""
    return text[:1].upper() + text[1:]


def moment(seconds: float) -> str:
    """A time on a scale: no finer than a tenth of a second."""
    return duration(round(seconds, 1))


def number(value: float) -> str:
    """At most four significant digits; a decimal comma in French."""
    written = f"{value:.0f}" if abs(value) >= 10_000 else f"{value:.4g}"
    return written.replace(".", ",") if spoken() == "fr" else written


def duration(seconds: float) -> str:
    """12,3 s, or 3:07, or 1:02:03."""
    if seconds < 60:
        return f"{number(round(seconds, 2))}\u00a0s"
    minutes, left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def byte_count(count: int) -> str:
    units = say("B,kB,MB,GB,TB", "o,ko,Mo,Go,To").split(",")
    value, at = float(count), 0
    while value >= 1000 and at < len(units) - 1:
        value, at = value / 1000, at + 1
    return f"{number(value)}\u00a0{units[at]}"


def measures(found: FoundMention) -> list[str]:
    """What was measured of a text on the pictures, each in a few words."""
    told = []
    if found.x_height is not None:
        told.append(say(f"letters {number(found.x_height)} px tall", f"lettres de {number(found.x_height)} px"))
    if found.contrast is not None:
        told.append(say(f"contrast {number(found.contrast)}:1", f"contraste {number(found.contrast)}:1"))
    if found.margins is not None:
        told.append(say(f"margin {number(min(found.margins))} %", f"marge {number(min(found.margins))} %"))
    if found.samples is not None:
        told.append(say(f"read in {found.samples} pictures", f"lu dans {found.samples} images"))
    return told


def value(thing: Any, unit: str | None = None) -> str:
    """What a check measured or expected, in a line."""
    if unit == "px" and isinstance(thing, list | tuple) and len(thing) == 4:
        x, y, width, height = map(plain, thing)
        return f"{width} × {height}\u00a0px, x {x}, y {y}"
    told = shortened(plain(thing), MOST_LETTERS)
    return (
        told if unit is None or told == "—" else f"{told}:1" if unit == "ratio" else f"{told}\u00a0{state_word(unit)}"
    )


def plain(thing: Any, depth: int = 0) -> str:
    if thing is None or thing in ([], (), {}):
        return "—"
    if isinstance(thing, bool):
        return say("yes", "oui") if thing else say("no", "non")
    if isinstance(thing, int | float):
        return number(thing)
    if isinstance(thing, dict):
        return " · ".join(f"{state_word(str(name))} {plain(one, depth + 1)}" for name, one in list(thing.items())[:40])
    if isinstance(thing, list | tuple):
        return listed(thing, depth)
    return state_word(str(thing))


def state_word(word: str) -> str:
    """The words that checks use for what they measured, in French; any other text as it is."""
    limit = LIMIT.fullmatch(word)
    if limit:
        return f"{'≥' if limit[1] == '>=' else '≤'}\u00a0{number(float(limit[2]))}"
    return say(word, STATES.get(word, word))


def listed(things: list[Any] | tuple[Any, ...], depth: int) -> str:
    is_pair = len(things) == 2 and all(isinstance(one, int | float) for one in things)
    told = ("–" if is_pair else ", ").join(plain(one, depth + 1) for one in things[:40])
    return told + (" …" if len(things) > 40 else "")
