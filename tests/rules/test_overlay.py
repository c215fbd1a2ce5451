"""The overlay of a preset: found beside the preset's own file, hashed with it, refused where it is no good image."""

from __future__ import annotations

import base64
import hashlib
import os
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from labeler.errors import PresetError
from labeler.rules.overlay import MOST_BYTES, image_in
from labeler.rules.presets import built_in_folder, check_preset, load_preset
from tests.overlays import icon, other_icon, png
from tests.rules.test_presets import CHECKED

RULE = 'source = "a test", checked_at = 2026-11-23, confidence = "choice"'
SIZE = f'overlay_size = {{value = 6, unit = "% of short side", {RULE}}}'
BESIDE = f'overlay = "icon.png"\n{SIZE}'
ALONE = f'{BESIDE}\noverlay_text = {{fr = "Généré par IA", en = "AI-generated"}}'


def preset_with(keys: str, folder: Path, *, alone: bool = False) -> Path:
    """eu-standard with an overlay in place of its mark; alone: its text is gone too."""
    text = (built_in_folder() / "eu-standard.toml").read_text(encoding="utf-8")
    text = text.replace('mark = "AI"\n', keys + "\n")
    if alone:
        lines = text.splitlines(keepends=True)
        text = "".join(line for line in lines if not line.startswith(("text = ", "size = ")))
    path = folder / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


def line_of(path: Path, beginning: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.startswith(beginning))


def test_image_is_found_beside_its_preset_wherever_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "icon.png").write_bytes(png(icon()))
    path = preset_with(ALONE, tmp_path, alone=True)
    monkeypatch.chdir("/")
    rules = load_preset(str(path)).preset.mention
    assert rules.overlay is not None and rules.overlay.data == (tmp_path / "icon.png").read_bytes()
    assert rules.words == {"fr": "Généré par IA", "en": "AI-generated"} and rules.text == {}


def test_another_image_is_another_preset(tmp_path: Path) -> None:
    path = preset_with(BESIDE, tmp_path)
    hashes = set()
    for image in (icon(), other_icon()):
        (tmp_path / "icon.png").write_bytes(png(image))
        hashes.add(load_preset(str(path)).sha256)
    assert len(hashes) == 2


def test_shown_preset_holds_the_hash_and_not_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "icon.png").write_bytes(png(icon()))
    loaded = load_preset(str(preset_with(BESIDE, tmp_path)))
    shown = loaded.preset.model_dump(mode="json", by_alias=True)["mention"]["overlay"]
    assert shown["file"] == "icon.png" and len(shown["sha256"]) == 64 and len(shown) == 2


def truncated() -> bytes:
    return png(icon())[:2000]


def of_mode(mode: str) -> Callable[[], bytes]:
    return lambda: png(icon().convert(mode))


def sixteen_bits() -> bytes:
    """A PNG of 16 bits a channel with alpha, written by hand: Pillow has no such mode."""
    rows = b"".join(b"\0" + struct.pack(">4H", 65535, 0, 0, 65535) * 32 for _ in range(32))
    return chunks((b"IHDR", struct.pack(">IIBBBBB", 32, 32, 16, 6, 0, 0, 0)), (b"IDAT", zlib.compress(rows)))


def bomb() -> bytes:
    """A few kilobytes that unpack to 30000 x 30000 pixels."""
    head = struct.pack(">IIBBBBB", 30000, 30000, 8, 6, 0, 0, 0)
    return chunks((b"IHDR", head), (b"IDAT", zlib.compress(bytes(1_000_000))))


def chunks(*parts: tuple[bytes, bytes]) -> bytes:
    data = b"\x89PNG\r\n\x1a\n"
    for name, body in (*parts, (b"IEND", b"")):
        data += struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    return data


def animated() -> bytes:
    written = BytesIO()
    icon().save(written, "PNG", save_all=True, append_images=[other_icon()], duration=500)
    return written.getvalue()


def noise() -> bytes:
    return png(Image.fromarray(np.random.default_rng(1).integers(0, 256, (300, 300, 4), dtype=np.uint8)))


def jpeg() -> bytes:
    written = BytesIO()
    icon().convert("RGB").save(written, "JPEG")
    return written.getvalue()


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (bytes, "not a PNG"),
    "text": (lambda: b"icon", "not a PNG"),
    "JPEG": (jpeg, "not a PNG"),
    "truncated": (truncated, "damaged"),
    "bit flipped": (lambda: png(icon())[:300] + b"\xff" + png(icon())[301:], "damaged"),
    "no alpha": (of_mode("RGB"), "alpha"),
    "grey": (of_mode("L"), "alpha"),
    "palette": (of_mode("P"), "palette"),
    "sixteen bits": (sixteen_bits, "8 bits"),
    "bomb": (bomb, "30000x30000"),
    "tiny": (lambda: png(icon().resize((8, 8))), "8x8"),
    "too big": (noise, "64 KiB"),
    "animated": (animated, "animated"),
    "transparent": (lambda: png(Image.new("RGBA", (64, 64))), "wholly transparent"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_image_is_told_at_its_place_in_the_preset(name: str, tmp_path: Path) -> None:
    make, words = BAD[name]
    (tmp_path / "icon.png").write_bytes(make())
    path = preset_with(BESIDE, tmp_path)
    with pytest.raises(PresetError, match=words) as caught:
        load_preset(str(path))
    assert f"{path}:{line_of(path, 'overlay =')}:1 mention.overlay: the image" in caught.value.message
    assert caught.value.exit_code == 2
    assert words in "\n".join(check_preset(path, CHECKED).problems)


@pytest.mark.parametrize("name", ["missing.png", "", "a\\u0000b", "../../no/such.png", ".", "pipe"])
def test_image_that_cannot_be_read(name: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # opening it would wait for ever
    path = preset_with(BESIDE.replace("icon.png", name), tmp_path)
    with pytest.raises(PresetError, match=r"mention\.overlay"):
        load_preset(str(path))


def test_largest_image_is_taken(tmp_path: Path) -> None:
    data = png(icon())
    text = b"tEXtComment\0" + b"x" * (MOST_BYTES - len(data) - 12 - len("Comment\0"))
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    (tmp_path / "icon.png").write_bytes(data[:33] + chunk + data[33:])
    assert (tmp_path / "icon.png").stat().st_size == MOST_BYTES
    overlay = load_preset(str(preset_with(BESIDE, tmp_path))).preset.mention.overlay
    assert overlay is not None and len(overlay.data) == MOST_BYTES


def test_what_a_plan_carries_has_the_pixels_and_no_remarks(tmp_path: Path) -> None:
    info = PngInfo()
    info.add_text("Author", "A. Person")
    written = BytesIO()
    icon().save(written, "PNG", pnginfo=info, dpi=(72, 72))
    (tmp_path / "icon.png").write_bytes(written.getvalue())
    overlay = load_preset(str(preset_with(BESIDE, tmp_path))).preset.mention.overlay
    assert overlay is not None and overlay.sha256 == hashlib.sha256(written.getvalue()).hexdigest()
    encoded = base64.b64encode(overlay.bare).decode()
    assert image_in(encoded, hashlib.sha256(overlay.bare).hexdigest()) == overlay.bare
    assert b"Person" in overlay.data and b"Person" not in overlay.bare
    with Image.open(BytesIO(overlay.bare)) as bare:
        assert np.array_equal(np.array(bare), np.array(icon()))


TOGETHER: dict[str, tuple[str, bool, str]] = {
    "no size": ('overlay = "icon.png"', False, "missing: overlay_size"),
    "no words": (BESIDE, True, "missing: overlay_text"),
    "no image": (SIZE, False, "missing: overlay"),
    "words twice": (ALONE, False, "overlay_text is for an overlay without text"),
    "mark too": (BESIDE + '\nmark = "AI"', False, "a mark stands beside a text, in place of an overlay"),
    "nothing": ("", True, "missing: text"),
}


@pytest.mark.parametrize("name", TOGETHER)
def test_keys_that_do_not_belong_together(name: str, tmp_path: Path) -> None:
    keys, alone, words = TOGETHER[name]
    (tmp_path / "icon.png").write_bytes(png(icon()))
    with pytest.raises(PresetError, match=words) as caught:
        load_preset(str(preset_with(keys, tmp_path, alone=alone)))
    assert " mention: " in caught.value.message


def test_text_needs_a_size(tmp_path: Path) -> None:
    path = preset_with('mark = "AI"', tmp_path)
    text = path.read_text(encoding="utf-8")
    path.write_text("".join(line for line in text.splitlines(keepends=True) if not line.startswith("size =")))
    with pytest.raises(PresetError, match="missing: size"):
        load_preset(str(path))


def test_mistakes_of_the_image_and_of_other_keys_are_told_together(tmp_path: Path) -> None:
    path = preset_with(BESIDE.replace("value = 6", "value = 60"), tmp_path)
    (told,) = [caught for caught in [check_preset(path, CHECKED).problems] if caught]
    assert any("mention.overlay:" in one for one in told) and any("at most 50" in one for one in told)
