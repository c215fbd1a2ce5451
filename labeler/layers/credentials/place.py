"""Errors of the file system where identities and seals are kept, as errors for people."""

from __future__ import annotations

import errno
from pathlib import Path

from labeler.errors import DiskFull, IdentityError, LabelerError, Temporary
from labeler.language import say

FULL = (errno.ENOSPC, errno.EDQUOT)
GONE = (errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.ENETUNREACH)


def place_error(error: OSError, path: Path) -> LabelerError:
    """DiskFull, Temporary for a share that went away, else IdentityError with the system's own words."""
    reason = error.strerror or str(error)
    if error.errno in FULL:
        return DiskFull(say(f"{path}: the disk is full.", f"{path} : le disque est plein."), file=str(path))
    if error.errno in GONE:
        return Temporary(f"{path}: {reason}.", file=str(path))
    return IdentityError(
        say(f"{path} cannot be used: {reason}.", f"{path} est inutilisable : {reason}."),
        remedy=say("Check the place and its permissions.", "Vérifiez l'emplacement et ses permissions."),
        file=str(path),
    )
