"""Loading declarations, and the empty one that a producer fills in."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import rfc8785

from labeler.errors import DeclarationError
from labeler.language import Language
from labeler.rules.declaration import ArtificialIntelligence, Declaration
from labeler.rules.document import expect_schema, read_document, validate
from labeler.rules.source_types import Involvement

SCHEMA = "labeler.declaration/1"


@dataclass(frozen=True)
class LoadedDeclaration:
    """What a person states. `sha256` is that of its content as canonical JSON."""

    declaration: Declaration
    sha256: str


def load_declaration(path: Path) -> LoadedDeclaration:
    """Read and check a declaration. Raises DeclarationError telling every mistake with its line."""
    document = read_document(path, DeclarationError)
    expect_schema(document, SCHEMA, DeclarationError)
    return loaded(validate(document, Declaration, DeclarationError))


def declaration_from(involvement: Involvement) -> LoadedDeclaration:
    """The statement made by `--involvement` alone: how AI was involved, and nothing else."""
    return loaded(Declaration(schema_=SCHEMA, ai=ArtificialIntelligence(involvement=involvement)))


def loaded(declaration: Declaration) -> LoadedDeclaration:
    canonical = rfc8785.dumps(declaration.model_dump(mode="json", by_alias=True))
    return LoadedDeclaration(declaration, hashlib.sha256(canonical).hexdigest())


def new_declaration(language: Language) -> str:
    """A commented declaration to fill in. Untouched, it is refused: `involvement` is for a person to choose."""
    return TEMPLATES[language]


FRENCH = """\
# Déclaration : ce qu'une personne affirme au sujet d'une œuvre. labeler signe ce qui est écrit ici, et rien d'autre.
# Pour remplir une ligne, retirez le dièse du début et changez ce qui est entre guillemets.
schema = "labeler.declaration/1"

[work]
# title = "Titre de l'œuvre"
# purpose = "commercial"            # commercial, institutional, advertising, editorial, artistic, internal
language = "fr"                     # langue de la mention
# producer = "Studio Exemple"

[ai]
# À choisir, à la place des points d'interrogation (sans ce mot, rien n'est étiqueté) :
#   generated  les images sont produites par une IA
#   modified   des images tournées ou dessinées sont modifiées par une IA
#   assisted   une IA a aidé à une partie
involvement = "???"
# oversight = "human_validated"     # fully_autonomous, prompt_guided, human_validated
# source_type = "compositeSynthetic"  # seulement pour un autre type de l'IPTC que celui qui suit du mot choisi

# Un bloc par système employé. Aucun bloc : rien n'en est dit.
# [[ai.system]]
# name = "Nom du système"
# version = "1"
# provider = "Fournisseur"
# task = "décors"

[human]
# summary = "Ce que des personnes ont fait : écriture, tournage, montage, son."
"""

ENGLISH = """\
# Declaration: what a person states about a work. labeler signs what is written here, and nothing else.
# To fill in a line, take the hash mark away and change what stands in quotes.
schema = "labeler.declaration/1"

[work]
# title = "Title of the work"
# purpose = "commercial"            # commercial, institutional, advertising, editorial, artistic, internal
language = "en"                     # language of the mention
# producer = "Example Studio"

[ai]
# Choose one word, in place of the question marks (without it, nothing is labelled):
#   generated  the pictures are made by AI
#   modified   pictures that were shot or drawn are modified by AI
#   assisted   AI helped with a part
involvement = "???"
# oversight = "human_validated"     # fully_autonomous, prompt_guided, human_validated
# source_type = "compositeSynthetic"  # only for another IPTC type than the one that follows from the word

# One block for each system used. No block: nothing is said of it.
# [[ai.system]]
# name = "Name of the system"
# version = "1"
# provider = "Provider"
# task = "backgrounds"

[human]
# summary = "What people did: writing, shooting, editing, sound."
"""

TEMPLATES: Mapping[Language, str] = {"fr": FRENCH, "en": ENGLISH}
