"""What a fact of a source that cannot be kept is called, in both languages, and what its person can do."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from labeler.language import say

# fact -> (English name, French name, English remedy, French remedy)
FACTS: Mapping[str, tuple[str, str, str, str]] = MappingProxyType(
    {
        "clean aperture": (
            "a clean aperture (a crop that players apply)",
            "une ouverture propre (un rognage appliqué à la lecture)",
            "Export it cropped, without a clean aperture.",
            "Exportez l'image déjà rognée, sans ouverture propre.",
        ),
        "unclear clean aperture": (
            "a clean aperture (a crop that players apply) that does not fit its pictures",
            "une ouverture propre (un rognage appliqué à la lecture) qui ne convient pas à ses images",
            "Export it with a true clean aperture, or without one.",
            "Exportez-la avec une ouverture propre juste, ou sans.",
        ),
        "Dolby Vision": (
            "Dolby Vision metadata",
            "des métadonnées Dolby Vision",
            "Export it in SDR.",
            "Exportez-la en SDR.",
        ),
        "HDR10+": ("HDR10+ metadata", "des métadonnées HDR10+", "Export it in SDR.", "Exportez-la en SDR."),
        "mastering display": (
            "HDR mastering display metadata",
            "des métadonnées HDR d'écran de mastering",
            "Export it in SDR.",
            "Exportez-la en SDR.",
        ),
        "content light level": (
            "HDR content light levels",
            "des niveaux de lumière HDR",
            "Export it in SDR.",
            "Exportez-la en SDR.",
        ),
        "encrypted": (
            "encrypted media",
            "des médias chiffrés",
            "Deliver it without encryption.",
            "Livrez-la sans chiffrement.",
        ),
        "stereo 3D": (
            "stereoscopic pictures",
            "des images stéréoscopiques",
            "A mention would stand in one eye only: export one eye as a plain video.",
            "Une mention ne serait vue que d'un œil : exportez un seul œil en vidéo simple.",
        ),
        "monoscopic": (
            "the statement that its pictures are not stereoscopic",
            "l'indication que ses images ne sont pas stéréoscopiques",
            "Export it as a plain MP4 or MOV, not fragmented.",
            "Exportez-la en MP4 ou MOV simple, non fragmenté.",
        ),
        "stereo or layered coding": (
            "stereoscopic or layered coding",
            "un codage stéréoscopique ou en couches",
            "Export it as a plain single-layer video.",
            "Exportez-la en une seule couche.",
        ),
        "spherical": (
            "spherical (360°) pictures",
            "des images sphériques (360°)",
            "A mention would be bent by the projection: export it as a flat video.",
            "Une mention serait déformée par la projection : exportez-la en vidéo plane.",
        ),
        "alpha": ("transparency (alpha)", "de la transparence (alpha)", "Export it without.", "Exportez-la sans."),
        "several sample descriptions": (
            "coding parameters that change in mid-stream",
            "des paramètres de codage qui changent en cours de route",
            "Export it in one go with one setting.",
            "Exportez-la d'une traite avec un seul réglage.",
        ),
        "parameter change in mid-stream": (
            "coding parameters that change in mid-stream",
            "des paramètres de codage qui changent en cours de route",
            "Export it in one go with one setting.",
            "Exportez-la d'une traite avec un seul réglage.",
        ),
        "several edits": (
            "an edit list with several pieces that do not follow each other",
            "une liste d'édition en plusieurs morceaux qui ne se suivent pas",
            "Export it so that its timeline is one piece.",
            "Exportez-la d'un seul tenant.",
        ),
        "edit before the beginning": (
            "an edit list that begins before its media",
            "une liste d'édition qui commence avant ses médias",
            "Export it so that its timeline is one piece.",
            "Exportez-la d'un seul tenant.",
        ),
        "changed speed": (
            "an edit list that changes its speed, or lets a picture stand still",
            "une liste d'édition qui change sa vitesse ou arrête une image",
            "Export it at its own speed.",
            "Exportez-la à sa vitesse propre.",
        ),
        "media in another file": (
            "media that lies in another file",
            "des médias qui sont dans un autre fichier",
            "Export it as a self-contained file.",
            "Exportez-la en fichier autonome.",
        ),
        "ICC profile": (
            "an ICC colour profile",
            "un profil de couleur ICC",
            "Export it with plain colour tags.",
            "Exportez-la avec des étiquettes de couleur simples.",
        ),
        "an order of pictures that AVI does not tell": (
            "pictures (B) whose order AVI does not tell",
            "des images (B) dont l'AVI ne dit pas l'ordre",
            "Put its tracks into MP4 or MKV without encoding them again.",
            "Placez ses pistes dans un MP4 ou un MKV, sans réencoder.",
        ),
        "closed captions": (
            "closed captions in its pictures (CEA-608/708)",
            "des sous-titres codés dans ses images (CEA-608/708)",
            "Export it in H.264, HEVC or MPEG-2, or deliver the captions beside the file.",
            "Exportez-la en H.264, HEVC ou MPEG-2, ou livrez les sous-titres à côté du fichier.",
        ),
        "a clock that goes round": (
            "a clock that goes round in it, as that of MPEG-TS does every 26.5 hours",
            "une horloge qui repart de zéro en son cours, comme celle du MPEG-TS toutes les 26,5 heures",
            "Write it again with a clock that begins at zero, without encoding it.",
            "Réécrivez-le avec une horloge qui part de zéro, sans le réencoder.",
        ),
        "more closed captions with a picture than one message holds": (
            "more closed captions with a picture than an encoder writes (31 pairs)",
            "plus de sous-titres codés avec une image qu'un encodeur n'en écrit (31 paires)",
            "Export it in H.264 in MP4, MOV or MPEG-TS, or deliver the captions beside the file.",
            "Exportez-la en H.264 dans un MP4, MOV ou MPEG-TS, ou livrez les sous-titres à côté du fichier.",
        ),
        "content encodings (compressed or encrypted)": (
            "tracks that are compressed or encrypted once more by its container",
            "des pistes compressées ou chiffrées une fois de plus par son conteneur",
            "Write it again without that, without encoding it.",
            "Réécrivez-le sans cela, sans le réencoder.",
        ),
        "two descriptions of the film or its tracks that are not the same": (
            "two descriptions of the film or its tracks that are not the same",
            "deux descriptions du film ou de ses pistes qui ne disent pas la même chose",
            "Write it again, without encoding it.",
            "Réécrivez-le, sans le réencoder.",
        ),
        "mirrored or skewed picture": (
            "a display matrix that mirrors, skews or scales the picture",
            "une matrice d'affichage qui retourne, incline ou agrandit l'image",
            "Export it upright.",
            "Exportez-la à l'endroit.",
        ),
    }
)


def told_as_lost(where: str, fact: str) -> str:
    """The sentence for one fact of `where`, a track or the file; one that the table lacks keeps the survey's name."""
    if fact in FACTS:
        name_en, name_fr, remedy_en, remedy_fr = FACTS[fact]
        return say(
            f"{where} carries {name_en}, which this version could not keep. {remedy_en}",
            f"{where} porte {name_fr}, que cette version ne pourrait pas conserver. {remedy_fr}",
        )
    if fact.startswith("Dolby Vision "):
        about = fact.removeprefix("Dolby Vision ")
        return say(
            f"{where} carries Dolby Vision metadata ({about}), which this version could not keep. Export it in SDR.",
            f"{where} porte des métadonnées Dolby Vision ({about}), que cette version ne pourrait pas conserver. "
            "Exportez-la en SDR.",
        )
    if fact.startswith(("damaged", "no time", "two pictures", "no picture")):
        return say(
            f"{where} is damaged: {fact}. Export it again.", f"{where} est abîmée ({fact}). Exportez-la de nouveau."
        )
    return say(
        f"{where} carries «{fact}», which this version could not keep. Export the file without it.",
        f"{where} porte « {fact} », que cette version ne pourrait pas conserver. Exportez le fichier sans.",
    )
