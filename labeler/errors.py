"""Every error that labeler can tell a person, and the exit code of each.

    LabelerError
    ├── UsageError                 2   wrong flags, or flags that contradict each other
    │   ├── PresetError            2   a preset is unknown, unreadable or wrong
    │   ├── DeclarationError       2   a declaration is missing, unreadable or wrong
    │   ├── PlanError              2   a plan or record cannot be used by this version
    │   ├── JobListError           2   a job list is missing, unreadable or wrong
    │   ├── LedgerError            2   a ledger is another program's, or a newer labeler's
    │   └── OutputCollision        2   two outputs would have one name
    ├── SourceRejected             3   the input cannot be labelled
    │   ├── SourceMissing          3   there is no such file, or no video in the folder
    │   ├── SourceUnreadable       3   it cannot be opened, or is not a video
    │   ├── SourceUnsupported      3   going on would lose something that it carries
    │   ├── SourceChanged          3   it is not the file any more that was planned
    │   ├── FrameTooSmall          3   its mention would not be legible
    │   ├── OutputRefused          3   the place to write to is missing, closed or taken
    │   └── LedgerUnusable         3   the ledger is damaged, or closed to us
    ├── Withheld                   4   the labels did not read back; the output is in quarantine
    ├── IdentityError              5   identity, signing or trust material
    │   ├── IdentityMissing        5
    │   ├── IdentityExpired        5
    │   └── SigningFailed          5
    ├── MachineLacks               6   this machine lacks what labeler's own install promises
    ├── Temporary                 75   try again later
    │   ├── DiskFull              75
    │   ├── Stalled               75   the encoder, or what else was at work, stopped answering
    │   ├── OutputBusy            75
    │   ├── OutputMissing         75   it was released, and is gone
    │   ├── NotStarted            75   too many files before it had failed
    │   ├── ResultMissing         75   an item of a plan was not run
    │   └── LedgerBusy            75   the ledger is held by another process, or its server is away
    └── Interrupted              130   stopped by Ctrl-C (130) or SIGTERM (143)

Anything else that escapes is a bug in labeler: exit code 70.
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar, Literal

from labeler.language import say

Retry = Literal["no", "yes", "elsewhere", "once"]


class ExitCode(IntEnum):
    """What a process says to the one that started it. No other code is ever used."""

    DONE = 0
    NOT_ALL = 1
    USAGE = 2
    REJECTED = 3
    WITHHELD = 4
    IDENTITY = 5
    MACHINE = 6
    BUG = 70
    TEMPORARY = 75
    INTERRUPTED = 130
    TERMINATED = 143


class LabelerError(Exception):
    """Base of all. `message` says what is wrong and with which file; `remedy` says what to do.

    `default_remedy` is in English and French, for where the one who raises knows no better.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.BUG
    code: ClassVar[str] = "bug"
    retry: ClassVar[Retry] = "once"
    default_remedy: ClassVar[tuple[str, str]] = (
        "Report this as a bug in labeler, with the command and the file.",
        "Signalez ce défaut de labeler, avec la commande et le fichier.",
    )

    def __init__(self, message: str, *, remedy: str | None = None, file: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy or say(*self.default_remedy)
        self.file = file

    def __str__(self) -> str:
        return self.message


class UsageError(LabelerError):
    exit_code = ExitCode.USAGE
    code = "usage"
    retry = "no"
    default_remedy = (
        "See `labeler --help`.",
        "Voir `labeler --help`.",
    )


class PresetError(UsageError):
    code = "preset"
    default_remedy = (
        "See `labeler presets list`.",
        "Voir `labeler presets list`.",
    )


class DeclarationError(UsageError):
    code = "declaration"
    default_remedy = (
        "Write one with `labeler declare new FILE.toml` and fill it in.",
        "Créez-en une avec `labeler declare new FICHIER.toml`, puis remplissez-la.",
    )


class PlanError(UsageError):
    code = "plan"
    default_remedy = (
        "Make the plan again with this version of labeler.",
        "Refaites le plan avec cette version de labeler.",
    )


class JobListError(UsageError):
    code = "job-list"
    default_remedy = (
        "See docs/batch.md for what a job list holds.",
        "Voir docs/batch.md pour ce que contient une liste.",
    )


class LedgerError(UsageError):
    code = "ledger"
    default_remedy = (
        "Name another one in LABELER_LEDGER: an SQLite file, or postgresql://USER@HOST/NAME.",
        "Indiquez-en un autre dans LABELER_LEDGER : un fichier SQLite, ou postgresql://NOM@HÔTE/BASE.",
    )


class OutputCollision(UsageError):
    code = "output-collision"
    default_remedy = (
        "Give the outputs distinct names with --name, or label into separate folders.",
        "Donnez des noms distincts avec --name, ou étiquetez dans des dossiers séparés.",
    )


class SourceRejected(LabelerError):
    exit_code = ExitCode.REJECTED
    code = "source-rejected"
    retry = "no"
    default_remedy = (
        "Deliver the file in a form that labeler can keep whole.",
        "Livrez le fichier sous une forme que labeler sait garder entière.",
    )


class SourceMissing(SourceRejected):
    code = "source-missing"
    default_remedy = (
        "Check the path.",
        "Vérifiez le chemin.",
    )


class SourceUnreadable(SourceRejected):
    code = "source-unreadable"
    default_remedy = (
        "Check that the file is a complete video and export it again if it is not.",
        "Vérifiez que le fichier est une vidéo complète ; sinon, exportez-le de nouveau.",
    )


class SourceUnsupported(SourceRejected):
    """One or more facts of the source could not be kept; each stands in `facts`."""

    code = "source-unsupported"

    def __init__(
        self, message: str, *, facts: tuple[str, ...] = (), remedy: str | None = None, file: str | None = None
    ) -> None:
        super().__init__(message, remedy=remedy, file=file)
        self.facts = facts


class SourceChanged(SourceRejected):
    code = "source-changed"
    default_remedy = (
        "Make the plan again, now that the file is the one to deliver.",
        "Refaites le plan, maintenant que le fichier est celui à livrer.",
    )


class FrameTooSmall(SourceRejected):
    code = "frame-too-small"
    default_remedy = (
        "Deliver a larger picture, or choose a preset with a shorter text.",
        "Livrez une image plus grande, ou choisissez un préréglage au texte plus court.",
    )


class OutputRefused(SourceRejected):
    code = "output-refused"
    default_remedy = (
        "Choose another place with -o.",
        "Choisissez un autre endroit avec -o.",
    )


class LedgerUnusable(SourceRejected):
    code = "ledger-unusable"
    default_remedy = (
        "Make it again from the records: `labeler ledger rebuild DIR...`.",
        "Refaites-le à partir des fiches : `labeler ledger rebuild DOSSIER...`.",
    )


class Withheld(LabelerError):
    exit_code = ExitCode.WITHHELD
    code = "withheld"
    retry = "no"
    default_remedy = (
        "Look at the failed checks in the verdict beside the file in quarantine.",
        "Voyez les contrôles en échec dans le verdict, à côté du fichier en quarantaine.",
    )


class IdentityError(LabelerError):
    exit_code = ExitCode.IDENTITY
    code = "identity"
    retry = "no"
    default_remedy = (
        "See `labeler identity list`.",
        "Voir `labeler identity list`.",
    )


class IdentityMissing(IdentityError):
    code = "identity-missing"
    default_remedy = (
        "Make a test identity with `labeler identity new NAME`, or name one with --identity.",
        "Créez une identité d'essai avec `labeler identity new NOM`, ou nommez-en une avec --identity.",
    )


class IdentityExpired(IdentityError):
    code = "identity-expired"
    default_remedy = (
        "Renew the certificate, or sign with another identity.",
        "Renouvelez le certificat, ou signez avec une autre identité.",
    )


class SigningFailed(IdentityError):
    code = "signing-failed"
    default_remedy = (
        "Check the identity with `labeler identity show NAME`.",
        "Vérifiez l'identité avec `labeler identity show NOM`.",
    )


class MachineLacks(LabelerError):
    exit_code = ExitCode.MACHINE
    code = "machine-lacks"
    retry = "elsewhere"
    default_remedy = (
        "Install labeler again, or run it on another machine.",
        "Réinstallez labeler, ou lancez-le sur une autre machine.",
    )


class Temporary(LabelerError):
    exit_code = ExitCode.TEMPORARY
    code = "temporary"
    retry = "yes"
    default_remedy = (
        "Try again later.",
        "Réessayez plus tard.",
    )


class DiskFull(Temporary):
    code = "disk-full"
    default_remedy = (
        "Free some space on the disk that is named, then run the same command again.",
        "Libérez de la place sur le disque indiqué, puis relancez la même commande.",
    )


class Stalled(Temporary):
    """What worked on the file gave no sign of life for minutes, and was ended."""

    code = "stalled"
    default_remedy = (
        "Run it again. If that file hangs each time, report it with the command and the file.",
        "Relancez. Si ce fichier bloque à chaque fois, signalez-le avec la commande et le fichier.",
    )


class OutputBusy(Temporary):
    code = "output-busy"
    default_remedy = (
        "Another labeler is writing this output; run again when it has finished.",
        "Un autre labeler écrit cette sortie ; relancez quand il aura fini.",
    )


class OutputMissing(Temporary):
    code = "output-missing"
    default_remedy = (
        "Put it back, or run the same command again.",
        "Remettez-la en place, ou relancez la même commande.",
    )


class NotStarted(Temporary):
    code = "not-started"
    default_remedy = (
        "See to the files that failed, then run the same command again; what is done is skipped.",
        "Voyez les fichiers en échec, puis relancez la même commande ; ce qui est fait est sauté.",
    )


class ResultMissing(Temporary):
    code = "result-missing"
    default_remedy = (
        "Run the item again with `labeler step`.",
        "Relancez l'élément avec `labeler step`.",
    )


class LedgerBusy(Temporary):
    code = "ledger-busy"
    default_remedy = (
        "Try again; what it lacks, `labeler ledger rebuild DIR...` brings in.",
        "Réessayez ; ce qui lui manque, `labeler ledger rebuild DOSSIER...` l'y met.",
    )


class Interrupted(LabelerError):
    """Ctrl-C or SIGTERM. Clean-up has been done when this reaches the command."""

    exit_code = ExitCode.INTERRUPTED
    code = "interrupted"
    retry = "yes"
    default_remedy = (
        "Run the same command again; what is done is skipped.",
        "Relancez la même commande ; ce qui est fait est sauté.",
    )
