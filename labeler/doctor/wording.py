"""What mentions are set by: presets that load, with numbers not out of date, and fonts that hold their letters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from labeler.errors import LabelerError
from labeler.language import say
from labeler.layers.mention.font import CHINESE_NAME, FONT_NAME, Font, font_for, read_font, require_glyphs
from labeler.rules.examination import Finding, lack, note, ok, problem
from labeler.rules.preset import Preset
from labeler.rules.presets import built_in_folder, load_named, preset_files, stale_rules

LETTER_SIZE = 24


@dataclass(frozen=True)
class PresetFact:
    """One preset file. fault: why it does not load, as told to people. is_ours: it came with labeler."""

    id: str
    is_ours: bool
    preset: Preset | None = None
    fault: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class FontFact:
    """One bundled font. fault: why it cannot be used."""

    name: str
    fault: str = ""


def examine(now: datetime) -> Iterator[Finding]:
    files = preset_files()  # where LABELER_PRESETS names no folder, this is the finding
    facts = tuple(preset_fact(path) for path in files.values())
    yield from judge_presets(facts, now.date())
    yield judge_fonts(tuple(font_fact(name) for name in (FONT_NAME, CHINESE_NAME)))
    yield judge_letters(
        tuple(letters_missing(fact.preset) for fact in facts if fact.preset is not None and fact.is_ours)
    )


def preset_fact(path: Path) -> PresetFact:
    is_ours = path.parent == built_in_folder()
    try:
        return PresetFact(path.stem, is_ours, load_named(path).preset)
    except LabelerError as error:
        return PresetFact(path.stem, is_ours, None, error.message, error.remedy)


def font_fact(name: str, read: Callable[[str], Font] = read_font) -> FontFact:
    """Read and draw with it: a damaged table may only show there."""
    try:
        font = read(name)
        character = next(chr(code) for code in sorted(font.advances) if chr(code).isalpha())
        mask, _ = font.at(LETTER_SIZE).getmask2(character, mode="L")
        return FontFact(name, "" if any(mask) else say("it draws nothing.", "elle ne dessine rien."))
    except LabelerError as error:
        return FontFact(name, error.message)
    except Exception as error:  # whatever a broken font makes its readers raise
        return FontFact(name, f"{type(error).__name__}: {error}")


def letters_missing(preset: Preset) -> str:
    """What of the preset's texts cannot be set; empty where all can."""
    for text in preset.mention.text.values():
        whole = text + (preset.mention.mark or "")
        try:
            require_glyphs(font_for(whole), whole)
        except LabelerError as error:
            return f"{preset.id}: {error.message}"
        except Exception as error:
            return f"{preset.id}: {type(error).__name__}: {error}"
    return ""


# --- judging ----------------------------------------------------------------------------------------------------------


def judge_presets(facts: tuple[PresetFact, ...], today: date) -> Iterator[Finding]:
    what = say("Presets", "Préréglages")
    loaded = [fact for fact in facts if fact.preset is not None]
    yield ok("presets", what, ", ".join(fact.id for fact in loaded)) if loaded else no_presets(what)
    for fact in facts:
        if fact.preset is not None:
            yield from judge_age(fact.preset, today)
        elif fact.is_ours:
            yield lack(
                f"preset.{fact.id}",
                preset_name(fact.id),
                fact.fault,
                say("Install labeler again.", "Réinstallez labeler."),
            )
        else:
            yield problem(f"preset.{fact.id}", preset_name(fact.id), fact.fault, fact.remedy)


def no_presets(what: str) -> Finding:
    return lack(
        "presets", what, say("none loads.", "aucun ne se charge."), say("Install labeler again.", "Réinstallez.")
    )


def preset_name(id: str) -> str:
    return say(f"Preset {id}", f"Préréglage {id}")


def judge_age(preset: Preset, today: date) -> Iterator[Finding]:
    stale = list(stale_rules(preset, today))
    if not stale:
        return
    place, message = stale[0]
    first = ".".join(map(str, place))
    yield note(
        f"preset.{preset.id}",
        preset_name(preset.id),
        say(
            f"{len(stale)} of its numbers are to be looked at again; {first}: {message}",
            f"{len(stale)} de ses nombres sont à revoir ; {first} : {message}",
        ),
        say(
            f"Read the sources that `labeler presets show {preset.id}` names, or install a newer labeler.",
            f"Relisez les sources que nomme `labeler presets show {preset.id}`, ou installez un labeler plus récent.",
        ),
    )


def judge_fonts(facts: tuple[FontFact, ...]) -> Finding:
    what = say("Fonts", "Polices")
    broken = [fact for fact in facts if fact.fault]
    if not broken:
        return ok("fonts", what, ", ".join(fact.name for fact in facts))
    told = "; ".join(f"{fact.name}: {fact.fault}" for fact in broken)
    return lack("fonts", what, told, say("Install labeler again.", "Réinstallez labeler."))


def judge_letters(missing: tuple[str, ...]) -> Finding:
    what = say("Letters", "Lettres")
    faults = [fault for fault in missing if fault]
    if not faults:
        count = len(missing)
        return ok(
            "letters",
            what,
            say(
                f"the texts of {count} presets can be set.", f"les textes de {count} préréglages peuvent être composés."
            ),
        )
    return lack("letters", what, "; ".join(faults), say("Install labeler again.", "Réinstallez labeler."))
