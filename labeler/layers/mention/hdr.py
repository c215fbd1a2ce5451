"""HDR: at which code the mention is white, and which light a code stands for. The numbers of the standards stand here.

An SDR white at the top of the codes would be 10 000 cd/m2 in PQ: blinding, and four times what displays can show.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from labeler.media.picture import Transfer

REFERENCE_WHITE = 203.0
"""cd/m2 of graphics and diffuse white: ITU-R BT.2408-7, section 2.1 and table 1."""
WHITE_TOLERANCE = 0.05
"""How far a white may lie off it and still count as it (choice of labeler)."""
WHITE_SIGNAL: Mapping[Transfer, float] = MappingProxyType({"sdr": 1.0, "pq": 0.581, "hlg": 0.75})
"""The same white as a share of the nominal range of codes: BT.2408-7 table 1 (PQ to one more digit: 573 in 10 bits)."""

# ITU-R BT.2100-2 table 4, PQ.
PQ_PEAK = 10_000.0
PQ_M1, PQ_M2 = 2610 / 16384, 2523 / 4096 * 128
PQ_C1, PQ_C2, PQ_C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
# BT.2100-2 table 5, HLG: on a nominal display of 1000 cd/m2 the system gamma is 1.2, and black is 0.
HLG_PEAK, HLG_GAMMA = 1000.0, 1.2
HLG_A, HLG_B, HLG_C = 0.17883277, 0.28466892, 0.55991073


def light(
    red: np.ndarray, green: np.ndarray, blue: np.ndarray, weights: tuple[float, float], transfer: Transfer
) -> np.ndarray:
    """Luminance in cd/m2 of R'G'B' signals (0-1) in PQ or HLG. weights: Kr and Kb of the primaries."""
    kr, kb = weights
    signals = np.clip(np.stack([red, green, blue], axis=-1), 0, None)
    share = np.array([kr, 1 - kr - kb, kb])
    if transfer == "pq":
        return np.asarray(pq_light(signals) @ share)
    return np.asarray(HLG_PEAK * (hlg_scene(signals) @ share) ** HLG_GAMMA)


def pq_light(signal: np.ndarray) -> np.ndarray:
    """BT.2100 table 4, EOTF: cd/m2 of a PQ signal."""
    root = np.minimum(signal, 1.0) ** (1 / PQ_M2)
    return np.asarray(PQ_PEAK * (np.maximum(root - PQ_C1, 0) / (PQ_C2 - PQ_C3 * root)) ** (1 / PQ_M1))


def hlg_scene(signal: np.ndarray) -> np.ndarray:
    """BT.2100 table 5, inverse OETF: the light of the scene, 0-1; super-white goes on along the curve."""
    return np.asarray(np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - HLG_C) / HLG_A) + HLG_B) / 12))
