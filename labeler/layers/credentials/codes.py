"""What the codes of C2PA validation mean: pure, and for every manifest and ingredient, never by a state alone.

The SDK's state is no judgement: a file whose parent was altered before it was signed again reads `Trusted`, and one
whose signer is merely unknown shares `Valid` with real faults (measured). Codes: C2PA 2.x section 15.2, c2pa-rs 0.91.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

ALTERED = (
    "assertion.bmffHash.",
    "assertion.dataHash.",
    "assertion.boxesHash.",
    "assertion.collectionHash.",
    "assertion.hashedURI.",
    "assertion.missing",
    "assertion.undeclared",
    "assertion.inaccessible",
    "claimSignature.m",
    "claim.missing",
    "hashedURI.",
    "ingredient.manifest.",
    "ingredient.claimSignature.",
    "ingredient.hashedURI.",
    "manifest.inaccessible",
    "manifest.missing",
)
"""Beginnings of failure codes that mean: media, manifest or their bond is not what was signed."""

EXPIRED = ("signingCredential.expired", "claimSignature.outsideValidity")
UNLISTED = ("signingCredential.untrusted",)
UNSIGNED = ("claimSignature.m",)
BESIDE = ("cawg.", "timeStamp.", "timeOfSigning.", "signingCredential.ocsp.skipped", "signingCredential.ocsp.inacc")
"""Failures that leave the manifest standing: identities that others attached, time-stamps that do not count."""

TRUSTED_SIGNER = "signingCredential.trusted"
TRUSTED_TIME = "timeStamp.trusted"


@dataclass(frozen=True)
class Codes:
    """The codes of one validation. active: failures of the active manifest. ancestors: failures of its ingredients,
    found now (`ingredientDeltas`) or by whoever took them in (what each manifest stored). passed: successes and
    remarks on the active manifest."""

    active: tuple[str, ...]
    ancestors: tuple[str, ...]
    passed: tuple[str, ...]

    @property
    def failures(self) -> tuple[str, ...]:
        """Every failure code once, the active manifest's first."""
        return tuple(dict.fromkeys((*self.active, *self.ancestors)))


def gather(manifests: dict[str, Any], results: dict[str, Any]) -> Codes:
    """The codes of a manifest store: `manifests` by label and `results` as the SDK tells them."""
    active = as_dict(results.get("activeManifest"))
    ancestors = [*delta_codes(results)]
    for manifest in manifests.values():
        for ingredient in as_list(as_dict(manifest).get("ingredients")):
            ancestors.extend(stored_codes(as_dict(ingredient)))
    passed = (*codes_in(active, "success"), *codes_in(active, "informational"))
    return Codes(tuple(codes_in(active, "failure")), tuple(ancestors), passed)


def stored_codes(ingredient: dict[str, Any]) -> Iterator[str]:
    """What the signer saw when it took this ingredient in; older manifests keep a plain list (`validation_status`)."""
    stored = as_dict(ingredient.get("validation_results"))
    yield from codes_in(as_dict(stored.get("activeManifest")), "failure")
    yield from delta_codes(stored)
    yield from codes_in(ingredient, "validation_status")


def delta_codes(results: dict[str, Any]) -> Iterator[str]:
    for delta in as_list(results.get("ingredientDeltas")):
        yield from codes_in(as_dict(as_dict(delta).get("validationDeltas")), "failure")


def codes_in(holder: dict[str, Any], name: str) -> Iterator[str]:
    for entry in as_list(holder.get(name)):
        code = as_dict(entry).get("code")
        if isinstance(code, str) and not as_dict(entry).get("success"):
            yield code


def altered(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(code for code in codes if code.startswith(ALTERED))


def expired(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(code for code in codes if code.startswith(EXPIRED))


def unsound(codes: Iterable[str]) -> tuple[str, ...]:
    """Failures that are neither alteration nor a matter of trust or time: the manifest breaks a rule, or uses what
    this version cannot check. What is not known to be harmless counts."""
    harmless = (*ALTERED, *EXPIRED, *UNLISTED, *BESIDE)
    return tuple(code for code in codes if not code.startswith(harmless))


def has_signature(codes: Codes) -> bool:
    """Whether the claim was signed by the certificate that it names."""
    return "claimSignature.validated" in codes.passed and not any(code.startswith(UNSIGNED) for code in codes.active)


def as_dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
