"""The fonts that mentions are set in, bundled with their licences: what they cover, and how wide their glyphs are.

Inter is the font; a mention with Chinese characters takes those, and no others, from a small part of Noto Sans CJK.

Glyphs are placed one by one from the font's own advances, so that a plan has the same box on every machine,
whichever text-shaping libraries it has. That is right for scripts that need no shaping; others are refused.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from io import BytesIO

from fontTools.ttLib import TTFont
from PIL import ImageFont

from labeler.errors import MachineLacks, PresetError
from labeler.language import say

FONT_NAME = "Inter-SemiBold.otf"  # SIL Open Font License 1.1: fonts/Inter-OFL.txt
CHINESE_NAME = "NotoSansCJKsc-Bold-subset.otf"  # SIL Open Font License 1.1: fonts/NotoSansCJKsc-OFL.txt
"""A part of Noto Sans CJK SC Bold 2.004; how it is made stands in docs/presets.md."""
FLAT_LETTERS = "xvzu"
"""Lower-case letters without a round top: those that the ARPP rule measures (u v w x z)."""


@dataclass(frozen=True, eq=False)
class Font:
    """There is one object of each font, by which what was measured of it is known again.

    data: the file's bytes. advances: width of each character in em. cap_height, x_height: in em. lent: the font
    of the characters that this one has not, set at the same em and on the same base line."""

    data: bytes
    sha256: str
    advances: Mapping[int, float]
    cap_height: float
    x_height: float
    lent: Font | None = None

    def at(self, size: float, character: str = "") -> ImageFont.FreeTypeFont:
        """The font at `size` pixels to the em: the one that has this character."""
        if self.lent is not None and character and ord(character) in self.lent.advances:
            return self.lent.at(size)
        return ImageFont.truetype(BytesIO(self.data), size, layout_engine=ImageFont.Layout.BASIC)

    def width(self, text: str) -> float:
        """The sum of the advances of `text`, in em."""
        return sum(self.advances[ord(character)] for character in text)


def font_for(text: str) -> Font:
    """Inter, and with it the Chinese font where `text` needs that; its hash is then that of both hashes."""
    latin = bundled()
    if all(ord(character) in latin.advances for character in text):
        return latin
    chinese = read_font(CHINESE_NAME)
    if all(ord(character) not in chinese.advances for character in text if ord(character) not in latin.advances):
        return latin
    return joined(latin, chinese)


@cache
def joined(latin: Font, chinese: Font) -> Font:
    lent = {code: width for code, width in chinese.advances.items() if code not in latin.advances}
    return replace(
        latin,
        sha256=hashlib.sha256(f"{latin.sha256} {chinese.sha256}".encode()).hexdigest(),
        advances={**latin.advances, **lent},
        lent=replace(chinese, advances=lent),
    )


def bundled() -> Font:
    """The font that comes with labeler."""
    return read_font(FONT_NAME)


@cache
def read_font(name: str) -> Font:
    """A font of the package. Raises MachineLacks where its file is gone."""
    try:
        data = resources.files("labeler.layers.mention").joinpath("fonts", name).read_bytes()
    except OSError as error:
        raise MachineLacks(
            say(
                f"labeler's own font {name} is missing or cannot be read.",
                f"La police de labeler {name} est absente ou illisible.",
            )
        ) from error
    with TTFont(BytesIO(data)) as table:
        em = table["head"].unitsPerEm
        metrics = table["hmtx"]
        return Font(
            data=data,
            sha256=hashlib.sha256(data).hexdigest(),
            advances={code: metrics[name][0] / em for code, name in table.getBestCmap().items()},
            cap_height=table["OS/2"].sCapHeight / em,
            x_height=table["OS/2"].sxHeight / em,
        )


def require_glyphs(font: Font, text: str) -> None:
    """Raise PresetError naming every character of `text` that this font cannot show rightly; never tofu."""
    lacking = [character for character in dict.fromkeys(text) if not is_settable(font, character)]
    if lacking:
        names = ", ".join(f"«{character}» (U+{ord(character):04X})" for character in lacking)
        raise PresetError(
            say(
                f"labeler's fonts cannot show {names} of the mention «{text}».",
                f"Les polices de labeler ne savent pas afficher {names} de la mention « {text} ».",
            ),
            remedy=say("Change the preset's text.", "Changez le texte du préréglage."),
        )


def is_settable(font: Font, character: str) -> bool:
    """True for a character with a glyph of its own that needs no shaping: not combining, not right-to-left."""
    if ord(character) not in font.advances or unicodedata.combining(character):
        return False
    return unicodedata.category(character)[0] != "C" and unicodedata.bidirectional(character) not in ("R", "AL", "AN")
