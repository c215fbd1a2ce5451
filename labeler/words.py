"""What a verdict says, in the words of people: one name for each state, in both languages."""

from __future__ import annotations

from labeler.language import decimal, say
from labeler.progress import Phase
from labeler.rules.record import ItemStatus
from labeler.verdict import (
    UNKNOWN_SCRIPT,
    Disclosure,
    Integrity,
    LayerName,
    LayerState,
    MentionCoverage,
    Outcome,
    Status,
    Trust,
)


def field(name: str, value: str) -> str:
    """A name and its value; French has a space before the colon."""
    return say(f"{name}: {value}", f"{name} : {value}")


def no_proof() -> str:
    """What nobody may conclude from a file in which nothing was found."""
    return say(
        "Finding no mark does not prove that a video was made without AI.",
        "L'absence de marque ne prouve pas qu'une vidéo a été faite sans IA.",
    )


PLANS = {
    "record": ("its record", "sa fiche"),
    "manifest": ("its signed plan", "son plan signé"),
    "derived": ("a plan made from the preset", "un plan tiré du préréglage"),
    "none": ("no plan", "aucun plan"),
}


def phase_name(phase: Phase) -> str:
    """What is being done to one item."""
    return {
        "probe": say("reading", "lecture"),
        "render": say("rendering", "rendu"),
        "mux": say("muxing", "assemblage"),
        "metadata": say("metadata", "métadonnées"),
        "sign": say("signing", "signature"),
        "verify": say("verifying", "vérification"),
        "release": say("releasing", "livraison"),
    }[phase]


def status_name(status: ItemStatus) -> str:
    """What became of one item of a batch."""
    return {
        "released": say("released", "livré"),
        "skipped": say("done already", "déjà fait"),
        "rejected": say("rejected", "refusé"),
        "withheld": say("WITHHELD", "RETENU"),
        "error": say("error", "erreur"),
        "interrupted": say("interrupted", "interrompu"),
    }[status]


def layer_name(layer: LayerName) -> str:
    return {
        "media": say("media", "média"),
        "mention": "mention",
        "watermark": say("watermark", "filigrane"),
        "metadata": say("metadata", "métadonnées"),
        "credentials": say("credentials", "identifiants de contenu"),
    }[layer]


def state_name(state: LayerState) -> str:
    return {
        LayerState.PASS: say("pass", "conforme"),
        LayerState.WARN: say("warn", "à noter"),
        LayerState.FAIL: say("FAIL", "NON CONFORME"),
        LayerState.ABSENT: "absent",
        LayerState.NOT_CHECKED: say("not checked", "non vérifié"),
    }[state]


def outcome_name(value: Outcome) -> str:
    return {"pass": say("PASS", "CONFORME"), "fail": say("FAIL", "NON CONFORME"), "error": say("ERROR", "ERREUR")}[
        value
    ]


def unmeasured_told() -> str:
    """Why a required layer does not pass of which no check was made."""
    return say(
        "Nothing of what the preset asks for could be measured here.",
        "Rien de ce que demande le préréglage n'a pu être mesuré ici.",
    )


def mark(status: Status) -> str:
    return {Status.PASS: "✓", Status.WARN: "!", Status.FAIL: "✗", Status.NOT_CHECKED: "?"}[status]


def disclosure_name(value: Disclosure) -> str:
    return {
        Disclosure.DECLARED: say(
            "declared: people and machines can read it", "déclarée : lisible par les personnes et les machines"
        ),
        Disclosure.PARTIAL: say(
            "partial: only people, or only machines, can read it",
            "partielle : lisible par les personnes ou par les machines seulement",
        ),
        Disclosure.CONTRADICTORY: say("contradictory: layers disagree", "contradictoire : les couches se contredisent"),
        Disclosure.UNDECLARED: say("none found", "aucune trouvée"),
        Disclosure.UNDETERMINED: say("could not be determined", "n'a pas pu être établie"),
    }[value]


def mention_kind(kind: str) -> str:
    """What a text on the pictures is, of the classes of a verdict."""
    return {
        "phrase": say("disclosure", "mention"),
        "icon": say("possible icon", "pictogramme possible"),
        "mention": say("text about AI", "texte qui parle d'IA"),
        "negated": say("says NO AI", "dit SANS IA"),
    }.get(kind, kind)


def confidence_name(value: str) -> str:
    """How sure a reading of pictures is."""
    return {
        "low": say("read in one picture only", "lu dans une seule image"),
        "medium": say("fairly sure", "assez sûr"),
        "high": say("sure", "sûr"),
    }.get(value, value)


def coverage_told(coverage: MentionCoverage) -> str:
    """How much was looked at, in a sentence: without it «none found» misleads."""
    gap, least = decimal(coverage.longest_gap, 1), decimal(coverage.smallest_text, 0)
    told = say(
        f"{coverage.frames} pictures were looked at for text that stands still, {coverage.whole} of them for any text, "
        f"at most {gap} s apart; letters of {least} px or more could be read",
        f"{coverage.frames} images ont été regardées pour tout texte fixe, dont {coverage.whole} pour tout texte, à "
        f"{gap} s d'écart au plus ; les lettres de {least} px ou plus pouvaient être lues",
    )
    if coverage.missing:
        missing = decimal(coverage.missing, 1)
        told += say(f"; {missing} s of the film were not given", f" ; {missing} s du film n'ont pas été données")
    if coverage.not_assessed:
        scripts = ", ".join(script_name(script) for script in coverage.not_assessed)
        told += say(f"; not assessed: {scripts}", f" ; non évalué : {scripts}")
    elif not coverage.is_whole and not coverage.missing:
        told += say("; not all was read", " ; tout n'a pas été lu")
    return told + "."


def script_name(script: str) -> str:
    """A script by its name in Unicode."""
    unknown = say("letters that could not be read", "des lettres qui n'ont pas pu être lues")
    return unknown if script == UNKNOWN_SCRIPT else script


def integrity_name(value: Integrity) -> str:
    return {
        Integrity.INTACT: say("intact since it was signed", "intacte depuis la signature"),
        Integrity.ALTERED: say("ALTERED after it was signed", "MODIFIÉE après la signature"),
        Integrity.UNSIGNED: say("not signed", "non signée"),
        Integrity.UNREADABLE: say("could not be read", "n'a pas pu être lue"),
    }[value]


def trust_name(value: Trust) -> str:
    return {
        Trust.LISTED: say("on a trust list", "sur une liste de confiance"),
        Trust.UNLISTED: say("on no trust list", "sur aucune liste de confiance"),
        Trust.EXPIRED: say("certificate expired", "certificat expiré"),
        Trust.NONE: say("none", "aucun"),
    }[value]


def fit_name(fits: bool | None) -> str:
    """Whether a manifest beside a file is of these very bytes; None where it could not be read."""
    if fits is None:
        return say("which cannot be read", "illisible")
    return (
        say("which fits it too", "qui lui correspond aussi")
        if fits
        else say("which does not fit it", "qui ne lui correspond pas")
    )


def code_kind(kind: str) -> str:
    return {
        "failure": say("failures", "échecs"),
        "informational": say("remarks", "remarques"),
        "success": say("passed", "réussis"),
    }.get(kind, kind)


def action_name(action: str) -> str:
    """An action of C2PA in words; its own name where it is another."""
    names = {
        "c2pa.created": say("created", "création"),
        "c2pa.opened": say("opened", "ouverture"),
        "c2pa.placed": say("placed into it", "insertion"),
        "c2pa.addedText": say("text added", "ajout de texte"),
        "c2pa.transcoded": say("encoded again", "nouvel encodage"),
        "c2pa.edited": say("edited", "retouche"),
        "c2pa.published": say("published", "publication"),
        "c2pa.converted": say("converted", "conversion"),
        "c2pa.cropped": say("cropped", "recadrage"),
        "c2pa.resized": say("resized", "changement de taille"),
        "c2pa.trimmed": say("trimmed", "coupe"),
        "c2pa.color_adjustments": say("colours adjusted", "réglage des couleurs"),
        "c2pa.repackaged": say("repackaged", "remise en conteneur"),
    }
    return names.get(action, action)


def relationship_name(relationship: str | None) -> str:
    names = {
        "parentOf": say("made from", "issu de"),
        "componentOf": say("contains", "contient"),
        "inputTo": say("used as input", "utilisé en entrée"),
    }
    return names.get(relationship or "", relationship or say("made from", "issu de"))


def source_type_name(address: str) -> str:
    """A source type of the IPTC in words; empty for one that is not among those that tell of AI."""
    names = {
        "trainedAlgorithmicMedia": say("generated by AI", "généré par une IA"),
        "compositeWithTrainedAlgorithmicMedia": say("made or modified with AI", "fait ou modifié avec une IA"),
        "compositeSynthetic": say("composite with synthetic parts", "composite avec des parties de synthèse"),
        "trainedAlgorithmicData": say("data of a trained model", "données d'un modèle entraîné"),
        "algorithmicMedia": say("made by an algorithm without training", "fait par un algorithme sans apprentissage"),
        "digitalCreation": say(
            "made by a person with digital tools", "fait par une personne avec des outils numériques"
        ),
        "digitalCapture": say("captured by a camera", "capté par une caméra"),
        "computationalCapture": say("captured and computed", "capté et calculé"),
        "composite": say("composite", "composite"),
        "humanEdits": say("edited by a person", "retouché par une personne"),
    }
    return names.get(address.rpartition("/")[2], "")


def track_kind(kind: str) -> str:
    names = {
        "video": say("video", "vidéo"),
        "audio": say("sound", "son"),
        "subtitle": say("subtitles", "sous-titres"),
        "data": say("data", "données"),
        "timecode": "timecode",
        "chapters": say("chapters", "chapitres"),
        "attachment": say("attachment", "pièce jointe"),
        "picture": say("picture", "image"),
    }
    return names.get(kind, kind)
