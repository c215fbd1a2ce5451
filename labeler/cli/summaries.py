"""What each command is for, in a line: all that `labeler --help` needs to know of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from labeler.language import say

SUMMARIES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "label": (
            "Label videos and release them once their labels read back.",
            "Étiqueter des vidéos, puis les livrer une fois relues.",
        ),
        "plan": (
            "Plan what `label` would make, item by item, for machines that run them.",
            "Planifier ce que ferait `label`, élément par élément, pour d'autres machines.",
        ),
        "step": (
            "Carry out items of a plan: the unit of work of a render farm.",
            "Exécuter des éléments d'un plan : l'unité de travail d'une ferme de rendu.",
        ),
        "collect": (
            "Tell what became of all items of a plan, and decide.",
            "Dire ce que sont devenus tous les éléments d'un plan, et conclure.",
        ),
        "watch": (
            "Label what is put into a folder, until stopped.",
            "Étiqueter ce qui est déposé dans un dossier, jusqu'à l'arrêt.",
        ),
        "verify": (
            "Verify the labels of finished videos, made by anyone.",
            "Vérifier les étiquettes de vidéos finies, d'où qu'elles viennent.",
        ),
        "export": (
            "Write the job of a render farm or cluster for a plan; submits nothing.",
            "Écrire le travail d'une ferme de rendu ou d'un cluster pour un plan ; ne soumet rien.",
        ),
        "inspect": (
            "Show everything that a file discloses, without judging it.",
            "Montrer tout ce qu'un fichier déclare, sans le juger.",
        ),
        "diff": (
            "Tell what differs between two videos: tracks, packets, pictures, labels.",
            "Dire ce qui diffère entre deux vidéos : pistes, paquets, images, étiquettes.",
        ),
        "preview": (
            "Draw the mention on a frame of a video, as a PNG.",
            "Dessiner la mention sur une image d'une vidéo, en PNG.",
        ),
        "presets": (
            "List, show and check presets.",
            "Lister, montrer et vérifier les préréglages.",
        ),
        "declare": (
            "Write and check the declaration of a work.",
            "Rédiger et vérifier la déclaration d'une œuvre.",
        ),
        "identity": (
            "Make and list the identities that sign.",
            "Créer et lister les identités qui signent.",
        ),
        "trust": (
            "List, add and update the certificates that are trusted here.",
            "Lister, ajouter et actualiser les certificats de confiance.",
        ),
        "ledger": (
            "Find, show and export what was released here; make its index again.",
            "Retrouver, montrer et exporter ce qui a été livré ; refaire son index.",
        ),
        "doctor": (
            "Tell what this machine can do for labeler, and what it lacks.",
            "Dire ce que cette machine permet à labeler, et ce qui lui manque.",
        ),
    }
)
"""English and French, in the order of the help page."""


def summary(command: str) -> str:
    return say(*SUMMARIES[command])
