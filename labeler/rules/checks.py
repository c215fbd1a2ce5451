"""Every check that a verdict can hold: what it measures, by which rule, and how to mend what it found.

The one catalogue of them, in English and French; docs/verdicts.md is its long form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from labeler.language import say

Said = tuple[str, str]
"""A sentence in English and in French."""


@dataclass(frozen=True)
class Explained:
    """One check, explained to people. Each text is in both languages: `say(*check.mend)`."""

    id: str
    name: Said
    measures: Said
    rule: Said
    mend: Said


LABEL_AGAIN_OR_REPORT: Said = (
    "Label the source again; if it fails again, report it as a defect of labeler.",
    "Étiquetez de nouveau la source ; si l'échec se répète, signalez-le comme un défaut de labeler.",
)
IN_FULL: Said = (
    "Label the source again with --render full, and report it as a defect of labeler.",
    "Étiquetez de nouveau la source avec --render full, et signalez un défaut de labeler.",
)
NOTHING_LOST: Said = (
    "labeler: nothing that the source carries is lost in silence",
    "labeler : rien de ce que porte la source n'est perdu en silence",
)
C2PA: Said = ("C2PA 2.4, chapter 15", "C2PA 2.4, chapitre 15")
STRIPPED: Said = (
    "Something stripped or rewrote the metadata: deliver the labelled file itself.",
    "Un outil a retiré ou réécrit les métadonnées : livrez le fichier étiqueté lui-même.",
)
LABEL_AGAIN: Said = ("Label the source again.", "Étiquetez de nouveau la source.")

EXPLAINED: Mapping[str, Explained] = MappingProxyType(
    {
        check.id: check
        for check in (
            Explained(
                "media.tracks",
                ("Tracks", "Pistes"),
                (
                    "Tracks, their order, codecs, dispositions and languages",
                    "Pistes, leur ordre, codecs, rôles et langues",
                ),
                NOTHING_LOST,
                LABEL_AGAIN_OR_REPORT,
            ),
            Explained(
                "media.packets",
                ("Packets", "Paquets"),
                (
                    "Number, bytes and hash of the packets of every track that is copied",
                    "Nombre, octets et empreinte des paquets de chaque piste copiée",
                ),
                NOTHING_LOST,
                LABEL_AGAIN_OR_REPORT,
            ),
            Explained(
                "media.timestamps",
                ("Timestamps", "Horodatages des images"),
                (
                    "Timestamps, durations, time base and frame rate, exactly",
                    "Horodatages, durées, base de temps et cadence, exactement",
                ),
                NOTHING_LOST,
                LABEL_AGAIN_OR_REPORT,
            ),
            Explained(
                "media.picture",
                ("Picture", "Image"),
                (
                    "Size, pixel format, profile and level, aspect and rotation, field order",
                    "Taille, format de pixels, profil et niveau, proportions et rotation, ordre des trames",
                ),
                NOTHING_LOST,
                LABEL_AGAIN_OR_REPORT,
            ),
            Explained(
                "media.colour",
                ("Colour", "Couleur"),
                (
                    "Primaries, transfer, matrix and range, chroma location, static HDR metadata",
                    "Primaires, transfert, matrice et plage, place de la chrominance, métadonnées HDR statiques",
                ),
                NOTHING_LOST,
                LABEL_AGAIN_OR_REPORT,
            ),
            Explained(
                "media.tags",
                ("Tags", "Étiquettes internes"),
                ("Tags of the file and of each track", "Étiquettes internes du fichier et de chaque piste"),
                NOTHING_LOST,
                LABEL_AGAIN_OR_REPORT,
            ),
            Explained(
                "media.chapters",
                ("Chapters", "Chapitres"),
                ("Chapters: times and titles", "Chapitres : instants et titres"),
                NOTHING_LOST,
                LABEL_AGAIN_OR_REPORT,
            ),
            Explained(
                "media.timecode",
                ("Time code", "Timecode"),
                ("Time code, with its drop flag", "Timecode, avec son indicateur de saut d'images"),
                NOTHING_LOST,
                LABEL_AGAIN_OR_REPORT,
            ),
            Explained(
                "media.captions",
                ("Captions", "Sous-titres codés"),
                (
                    "Closed captions inside the video: number and hash",
                    "Sous-titres codés dans la vidéo : nombre et empreinte",
                ),
                NOTHING_LOST,
                LABEL_AGAIN_OR_REPORT,
            ),
            Explained(
                "media.side_data",
                ("Side data", "Données annexes"),
                (
                    "Side data of tracks, and boxes of the container",
                    "Données annexes des pistes, et boîtes du conteneur",
                ),
                NOTHING_LOST,
                LABEL_AGAIN_OR_REPORT,
            ),
            Explained(
                "media.quality",
                ("Picture quality", "Qualité d'image"),
                (
                    "PSNR of luma outside the mention, of each frame that the gate decodes; "
                    "below 40 dB a note, below 38 dB a failure",
                    "PSNR de la luminance hors de la mention, sur chaque image décodée ; "
                    "sous 40 dB une remarque, sous 38 dB un échec",
                ),
                ("labeler: PSNR-Y outside the padded mention", "labeler : PSNR-Y hors de la mention et de sa marge"),
                LABEL_AGAIN_OR_REPORT,
            ),
            Explained(
                "media.decodes",
                ("Decoding", "Décodage"),
                (
                    "Every frame that was asked for decodes without a fault",
                    "Chaque image demandée se décode sans défaut",
                ),
                ("labeler: what is released decodes", "labeler : ce qui est livré se décode"),
                LABEL_AGAIN_OR_REPORT,
            ),
            Explained(
                "media.untouched",
                ("Untouched packets", "Paquets intacts"),
                (
                    "Where only some packets are new, all others are the source's, byte for byte",
                    "Quand seuls certains paquets sont nouveaux, les autres sont ceux de la source, octet pour octet",
                ),
                NOTHING_LOST,
                IN_FULL,
            ),
            Explained(
                "media.seams",
                ("Seams", "Raccords"),
                (
                    "Beside what was coded again the pictures are the source's, and the decoder says nothing",
                    "À côté de ce qui a été réencodé, les images sont celles de la source et le décodeur ne dit rien",
                ),
                NOTHING_LOST,
                IN_FULL,
            ),
            Explained(
                "media.outside",
                ("Around the mention", "Autour de la mention"),
                (
                    "Where only a part of each picture is new, every sample around it, and all alpha, is the source's",
                    "Quand seule une partie de chaque image est nouvelle, tout le reste, et tout l'alpha, est celui de "
                    "la source",
                ),
                NOTHING_LOST,
                IN_FULL,
            ),
            Explained(
                "media.pieces",
                ("Pieces", "Morceaux"),
                (
                    "The pieces of a streamed film follow each other by their own times, and none is missing between",
                    "Les morceaux d'un film diffusé se suivent selon leurs propres temps, sans qu'il en manque entre "
                    "eux",
                ),
                ("ISO/IEC 14496-12, 8.8", "ISO/IEC 14496-12, 8.8"),
                (
                    "Verify all the pieces of the film, or ask for it as one file.",
                    "Vérifiez tous les morceaux du film, ou demandez-le en un seul fichier.",
                ),
            ),
            Explained(
                "mention.presence",
                ("Presence", "Présence"),
                ("Every frame looked at shows the whole mention", "Chaque image regardée montre la mention entière"),
                ("the plan's times", "les durées du plan"),
                (
                    "Something covers it, or it was cut: deliver the labelled file unedited.",
                    "Quelque chose la couvre, ou elle a été coupée : livrez le fichier étiqueté sans le remonter.",
                ),
            ),
            Explained(
                "mention.timing",
                ("Timing", "Minutage"),
                ("It begins and ends as planned, to one frame", "Elle commence et finit comme prévu, à une image près"),
                ("the preset's timing, within the programme", "le minutage du préréglage, dans le programme"),
                (
                    "Label again after the last edit, not before.",
                    "Étiquetez de nouveau après le dernier montage, pas avant.",
                ),
            ),
            Explained(
                "mention.wording",
                ("Wording", "Texte"),
                (
                    "Each letter matches the text as it should be drawn",
                    "Chaque lettre correspond au texte tel qu'il doit être dessiné",
                ),
                ("the preset's text", "le texte du préréglage"),
                (
                    "Another text, or letters hidden: label again.",
                    "Autre texte, ou lettres cachées : étiquetez de nouveau.",
                ),
            ),
            Explained(
                "mention.second_reading",
                ("Second reading", "Seconde lecture"),
                (
                    "A recogniser that knows nothing of the plan reads the same text there",
                    "Un lecteur qui ignore le plan lit là le même texte",
                ),
                ("the preset's text, at least 85 % alike", "le texte du préréglage, semblable à 85 % au moins"),
                (
                    "Another text, or letters hidden: label again.",
                    "Autre texte, ou lettres cachées : étiquetez de nouveau.",
                ),
            ),
            Explained(
                "mention.size",
                ("Size", "Taille"),
                (
                    "Height of flat lower-case letters, in real pixels",
                    "Hauteur des minuscules sans hampe, en pixels réels",
                ),
                ("the preset's size, 12 px at least", "la taille du préréglage, 12 px au moins"),
                (
                    "Deliver a larger picture; do not scale a labelled file down.",
                    "Livrez une image plus grande ; ne réduisez pas un fichier étiqueté.",
                ),
            ),
            Explained(
                "mention.contrast",
                ("Contrast", "Contraste"),
                ("Ratio of the text to its ground", "Rapport du texte à son fond"),
                ("WCAG 2.2 SC 1.4.3: 4.5:1", "WCAG 2.2, critère 1.4.3 : 4,5:1"),
                (
                    "Label again; do not fade or regrade a labelled file.",
                    "Étiquetez de nouveau ; n'atténuez ni n'étalonnez un fichier étiqueté.",
                ),
            ),
            Explained(
                "mention.white",
                ("White in HDR", "Blanc en HDR"),
                (
                    "Luminance of the letters in PQ and HLG: 203 cd/m2 within 5 %",
                    "Luminance des lettres en PQ et HLG : 203 cd/m2 à 5 % près",
                ),
                ("ITU-R BT.2408", "ITU-R BT.2408"),
                (
                    "Do not regrade a labelled file, nor change its transfer.",
                    "N'étalonnez pas un fichier étiqueté et ne changez pas son transfert.",
                ),
            ),
            Explained(
                "mention.opaque",
                ("Opaque", "Opacité"),
                (
                    "In pictures with alpha: all of the mention's box is opaque, to 10 bits, in every frame looked at",
                    "Dans les images avec alpha : tout le cadre de la mention est opaque, sur 10 bits, dans chaque "
                    "image vue",
                ),
                (
                    "labeler: nothing may shine through the mention",
                    "labeler : rien ne doit se voir à travers la mention",
                ),
                (
                    "Label the composited film, or make the picture opaque where the mention stands.",
                    "Étiquetez le film composité, ou rendez l'image opaque là où se tient la mention.",
                ),
            ),
            Explained(
                "mention.placement",
                ("Placement", "Place"),
                ("The box lies at its place, inside the safe area", "Le cadre est à sa place, dans la zone sûre"),
                ("the preset's margins", "les marges du préréglage"),
                ("Do not crop or reframe a labelled file.", "Ne rognez pas et ne recadrez pas un fichier étiqueté."),
            ),
            Explained(
                "mention.reading_time",
                ("Reading time", "Temps de lecture"),
                ("Shown long enough without a break to be read", "Affichée sans coupure assez longtemps pour être lue"),
                (
                    "2 s (GB 45438-2025); 2 s + 0.2 s a word (BCAP); 15 characters a second",
                    "2 s (GB 45438-2025) ; 2 s + 0,2 s par mot (BCAP) ; 15 caractères par seconde",
                ),
                (
                    "A note on a clip that is shorter than that: nothing to mend. Otherwise label again.",
                    "Une remarque sur un plan plus court que cela : rien à corriger. Sinon, étiquetez de nouveau.",
                ),
            ),
            Explained(
                "metadata.source_type",
                ("Source type", "Type de source"),
                (
                    "The IPTC Digital Source Type stands in the file, as a full address, as declared",
                    "Le type de source IPTC est dans le fichier, en adresse complète, tel que déclaré",
                ),
                (
                    "IPTC Video Metadata Hub; Digital Source Type vocabulary",
                    "IPTC Video Metadata Hub ; vocabulaire Digital Source Type",
                ),
                STRIPPED,
            ),
            Explained(
                "metadata.description",
                ("Description", "Description"),
                ("The description, in each language", "La description, dans chaque langue"),
                ("XMP dc:description", "XMP dc:description"),
                STRIPPED,
            ),
            Explained(
                "metadata.ai_fields",
                ("AI properties", "Propriétés IA"),
                (
                    "The declared AI system, version, prompt and writer, to the letter",
                    "Le système d'IA déclaré, sa version, l'invite et son auteur, à la lettre",
                ),
                ("IPTC 2025.1 AI properties", "IPTC 2025.1, propriétés IA"),
                (
                    "Deliver the labelled file itself; or correct the declaration and label again.",
                    "Livrez le fichier étiqueté lui-même ; ou corrigez la déclaration et étiquetez de nouveau.",
                ),
            ),
            Explained(
                "metadata.aigc",
                ("Key AIGC", "Clé AIGC"),
                (
                    "One JSON object under the key AIGC, with its seven texts, as planned",
                    "Un objet JSON sous la clé AIGC, avec ses sept textes, comme prévu",
                ),
                ("GB 45438-2025 annex E; TC260-PG-20257A", "GB 45438-2025 annexe E ; TC260-PG-20257A"),
                (
                    "Deliver the labelled file itself; "
                    "for a note, put the producer's code of 27 characters (001…) in work.producer.",
                    "Livrez le fichier étiqueté lui-même ; "
                    "pour une remarque, mettez le code du producteur à 27 caractères (001…) dans work.producer.",
                ),
            ),
            Explained(
                "metadata.unique",
                ("One packet", "Un seul paquet"),
                (
                    "Exactly one XMP packet, where others look for it",
                    "Un seul paquet XMP, là où les autres le cherchent",
                ),
                ("XMP part 3", "XMP, partie 3"),
                (
                    "Take out the second packet, or label a clean export; where there is none, "
                    "deliver the labelled file itself.",
                    "Retirez le second paquet, ou étiquetez un export propre ; s'il n'y en a pas, "
                    "livrez le fichier étiqueté lui-même.",
                ),
            ),
            Explained(
                "metadata.traces",
                ("Traces", "Traces"),
                (
                    "Where nothing in the file declares AI: tags that known AI generators leave",
                    "Si rien dans le fichier ne déclare l'IA : les étiquettes que laissent des générateurs connus",
                ),
                ("traces.toml, with a source for each", "traces.toml, avec une source pour chacune"),
                (
                    "Ask whoever made the video whether AI did, and label it.",
                    "Demandez à qui a fait la vidéo si l'IA y a part, et étiquetez-la.",
                ),
            ),
            Explained(
                "metadata.words",
                ("Words", "Mots"),
                (
                    "Where nothing that machines read says so: tags that say in words that AI made the film",
                    "Si rien de lisible par machine ne le dit : les étiquettes qui disent en mots que l'IA l'a produit",
                ),
                ("labeler's own grammar of mentions", "la grammaire des mentions de labeler"),
                (
                    "Label the film: programs read the source type, not a comment.",
                    "Étiquetez le film : les programmes lisent le type de source, non un commentaire.",
                ),
            ),
            Explained(
                "metadata.agreement",
                ("Agreement", "Accord"),
                (
                    "Metadata and credentials state consistent source types, "
                    "and no other involvement than the preset is for",
                    "Métadonnées et identifiants déclarent des types de source compatibles, "
                    "et pas d'autre implication que celle du préréglage",
                ),
                ("layers that contradict each other fail", "des couches qui se contredisent sont un échec"),
                (
                    "Find out which one is true, and label the source with the right declaration.",
                    "Établissez laquelle dit vrai, et étiquetez la source avec la bonne déclaration.",
                ),
            ),
            Explained(
                "credentials.present",
                ("Presence", "Présence"),
                (
                    "A manifest is embedded; in a sidecar where the container cannot hold one",
                    "Un manifeste est intégré ; dans un fichier voisin si le conteneur ne peut le porter",
                ),
                C2PA,
                (
                    "Keep NAME.c2pa beside the file; where there is none, deliver the labelled file itself.",
                    "Gardez NOM.c2pa à côté du fichier ; s'il n'y en a pas, livrez le fichier étiqueté lui-même.",
                ),
            ),
            Explained(
                "credentials.integrity",
                ("Integrity", "Intégrité"),
                ("Signature and hashes of the active manifest", "Signature et empreintes du manifeste actif"),
                C2PA,
                (
                    "The file was changed after signing, or its credentials are another's: deliver the original again.",
                    "Le fichier a été modifié après signature, ou ses identifiants sont ceux d'un autre : livrez de "
                    "nouveau l'original.",
                ),
            ),
            Explained(
                "credentials.sidecar",
                ("Sidecar", "Fichier voisin"),
                (
                    "A manifest that lies beside the file, where there is one that does not count, fits it",
                    "Un manifeste à côté du fichier, s'il en est un qui ne compte pas, lui correspond",
                ),
                C2PA,
                (
                    "Find out whose it is: move it to its own file, or deliver the file that it was signed for.",
                    "Établissez de quel fichier il est : rangez-le avec celui-ci, ou livrez le fichier signé.",
                ),
            ),
            Explained(
                "credentials.ancestors",
                ("Ancestors", "Ancêtres"),
                (
                    "Signatures and hashes of every earlier version it was made from",
                    "Signatures et empreintes de chaque version antérieure dont il est issu",
                ),
                C2PA,
                ("Ask for an unaltered master.", "Demandez un master non modifié."),
            ),
            Explained(
                "credentials.signer",
                ("Signer", "Signataire"),
                ("The signer is on a trust list", "Le signataire est sur une liste de confiance"),
                C2PA,
                (
                    "Sign with a listed certificate, or give the root with --trust.",
                    "Signez avec un certificat listé, ou donnez sa racine avec --trust.",
                ),
            ),
            Explained(
                "credentials.expiry",
                ("Validity", "Validité"),
                ("The certificate was valid at signing time", "Le certificat était valable à la signature"),
                C2PA,
                ("Renew the certificate and label again.", "Renouvelez le certificat et étiquetez de nouveau."),
            ),
            Explained(
                "credentials.timestamp",
                ("Time-stamp", "Horodatage"),
                (
                    "A trusted time-stamp tells when it was signed",
                    "Un horodatage de confiance dit quand il a été signé",
                ),
                C2PA,
                ("Name a time server in the identity.", "Nommez un serveur de temps dans l'identité."),
            ),
            Explained(
                "credentials.source_type",
                ("Source type", "Type de source"),
                (
                    "What is signed states the declared source type, alone",
                    "Ce qui est signé déclare le seul type de source déclaré",
                ),
                C2PA,
                ("Label again with the right declaration.", "Étiquetez de nouveau avec la bonne déclaration."),
            ),
            Explained(
                "credentials.actions",
                ("History", "Historique"),
                (
                    "The history tells what was done, and no system that nobody declared",
                    "L'historique dit ce qui a été fait, et aucun système non déclaré",
                ),
                C2PA,
                LABEL_AGAIN,
            ),
            Explained(
                "credentials.mention",
                ("Signed plan", "Plan signé"),
                (
                    "The signed copy of the mention's plan is that of the record",
                    "La copie signée du plan de la mention est celle de la fiche",
                ),
                C2PA,
                LABEL_AGAIN,
            ),
        )
    }
)
"""By id."""


def name_of(id: str) -> str:
    """A check's name for people; its id where nobody explained it."""
    known = EXPLAINED.get(id)
    return say(*known.name) if known else id


def mend_of(id: str) -> str:
    """What to do about a check that failed; empty where nobody explained it."""
    known = EXPLAINED.get(id)
    return say(*known.mend) if known else ""


def unblock() -> str:
    """What to do about a check that could not be made: nothing is known to be wrong with its own subject."""
    return say(
        "Mend first what kept this from being checked.", "Corrigez d'abord ce qui a empêché de faire ce contrôle."
    )
