"""Where outputs go: the rules of -o, templates, and names that some file system would take for one."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest

from labeler.batch.names import check_folder, output_path, prepare_folder, refuse_collisions
from labeler.batch.sources import Named
from labeler.errors import OutputCollision, OutputRefused, UsageError

DAY = date(2026, 11, 26)
SPOT = Named(Path("in/sub/Spot.MOV"), Path("sub"))


def place(
    output: str | None = None,
    template: str | None = None,
    *,
    several: bool = False,
    source: Named = SPOT,
    item_id: str | None = None,
) -> Path:
    asked = {"output": output, "template": template, "several": several}
    return output_path(source, "eu-standard", **asked, language="fr", day=DAY, item_id=item_id, sha8="0a1b2c3d")  # type: ignore[arg-type]


def test_beside_the_source() -> None:
    assert place() == Path("in/sub/Spot.eu-standard.MOV")


def test_a_folder_keeps_the_place_below(tmp_path: Path) -> None:
    assert place(str(tmp_path)) == tmp_path / "sub" / "Spot.eu-standard.MOV"
    assert place("new/") == Path("new/sub/Spot.eu-standard.MOV")
    assert place("new", several=True) == Path("new/sub/Spot.eu-standard.MOV")


def test_a_file() -> None:
    assert place("new.mov") == Path("new.mov")


@pytest.mark.parametrize("name", ["new", "new.mp4", "new.mkv", "new.txt"])
def test_a_file_of_another_container(name: str) -> None:
    with pytest.raises(UsageError, match=r"Spot\.MOV must end in \.MOV") as refused:
        place(name)
    assert f"-o {name}/" in refused.value.remedy


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{stem}_{lang}_{preset}{ext}", "sub/Spot_fr_eu-standard.MOV"),
        ("{reldir}-{stem}{ext}", "sub-Spot.MOV"),
        ("{preset}/{stem}", "sub/eu-standard/Spot.MOV"),
        ("{date}_{sha8}_{stem}", "sub/2026-11-26_0a1b2c3d_Spot.MOV"),
        ("{stem}.v2", "sub/Spot.v2.MOV"),
        ("final.mov", "sub/final.mov"),
    ],
)
def test_templates(template: str, name: str) -> None:
    assert place("out/", template) == Path("out") / name


@pytest.mark.parametrize(
    "template",
    [
        *("{title}", "{stem", "{0}", "{}", "{stem.nothing}", "{stem:>9}", "{stem!r}", "{id}", "{Stem}"),
        *("../{stem}", "/{stem}", "a/../../b", "", "..", "a\0", "x" * 300, "{stem}" + "y" * 250, "z" * 300 + "/{stem}"),
    ],
)
def test_bad_templates(template: str) -> None:
    if template == "":
        assert place("out/", template) == place("out/")
        return
    with pytest.raises(UsageError, match="--name") as refused:
        place("out/", template)
    assert refused.value.exit_code == 2 and refused.value.remedy


@pytest.mark.parametrize(
    ("name", "output"),
    [
        ('a<b>c:d"e|f?g*h\\i.mp4', "a_b_c_d_e_f_g_h_i.eu-standard.mp4"),
        ("line\nbreak\x7f.mp4", "line_break_.eu-standard.mp4"),
        ("CON.mp4", "CON_.eu-standard.mp4"),
        ("com1.master.mp4", "com1_.master.eu-standard.mp4"),
        ("lpt\u00b2.mp4", "lpt\u00b2_.eu-standard.mp4"),
        ("CONTRACT.mp4", "CONTRACT.eu-standard.mp4"),
        (" two . .mp4", " two . .eu-standard.mp4"),
        ("{stem}{0}.mp4", "{stem}{0}.eu-standard.mp4"),
        ("%00.mp4", "%00.eu-standard.mp4"),
    ],
)
def test_names_are_safe_on_windows(name: str, output: str) -> None:
    named = Named(Path("in") / name)
    assert place(template="{stem}.{preset}", source=named) == Path("in") / output
    assert place(source=named).name == named.path.stem + ".eu-standard.mp4", "without a template: its own letters"


def test_folders_are_safe_on_windows() -> None:
    source = Named(Path("in/aux/a. /x.mp4"), Path("aux/a. "))
    assert place("out/", source=source) == Path("out/aux/a. /x.eu-standard.mp4")
    assert place("out/", "{stem}.{preset}", source=source) == Path("out/aux_/a._/x.eu-standard.mp4")
    assert place("out/", "{reldir}/{stem}", source=source) == Path("out/aux_/a._/x.mp4")
    assert place("out/", "{preset}./{stem}:{id}", source=source, item_id="7/8") == Path(
        "out/aux_/a._/eu-standard_/x_7_8.mp4"
    )


@pytest.mark.parametrize("letter", ["a", "\u00e9", "\U0001f3ac"])
def test_a_long_name_is_shortened_and_stays_itself(letter: str) -> None:
    names = [letter * (251 // len(letter.encode())) + end for end in ("", "x", "y")]
    made = [place(source=Named(Path(f"{name}.mp4"))).name for name in names]
    for name, output in zip(names, made, strict=True):
        assert 238 <= len((output + ".labeler.json").encode()) <= 255
        assert output.endswith(f"~{hashlib.sha256(name.encode()).hexdigest()[:4]}.eu-standard.mp4")
    assert len(set(made)) == 3


def collide(*outputs: str | Path, sources: tuple[Path, ...] = (), records: Path | None = None) -> None:
    refuse_collisions([Path(output) for output in outputs], sources, records)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("out/a.mp4", "out/a.mp4"),
        ("out/a.mp4", "out/A.MP4"),
        ("out/caf\u00e9.mp4", "out/cafe\u0301.mp4"),
        ("out/STRASSE.mp4", "out/straße.mp4"),
        ("out/a.mp4", "out/../out/a.mp4"),
        ("out/a.mkv", "out/A.mkv"),
        ("out/a.mp4", "out/a.mp4.labeler.json"),
        ("out/a.mkv", "out/a.c2pa"),
    ],
)
def test_collisions(one: str, other: str) -> None:
    with pytest.raises(OutputCollision):
        collide(one, other)


def test_no_collision() -> None:
    collide("out/a.mp4", "out/a.mov", "out/b.mkv", "out2/a.mp4")


def test_records_in_one_folder_collide(tmp_path: Path) -> None:
    collide("x/a.mp4", "y/a.mp4")
    with pytest.raises(OutputCollision, match=r"labeler\.json"):
        collide("x/a.mp4", "y/a.mp4", records=tmp_path)


def test_no_output_is_a_source(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    source = tmp_path / "in" / "a.mp4"
    source.write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "in")
    (tmp_path / "named.mp4").symlink_to(source)
    for output in (
        source,
        tmp_path / "in" / "A.mp4",
        tmp_path / "link" / "a.mp4",
        tmp_path / "in" / ".." / "in" / "a.mp4",
    ):
        with pytest.raises(OutputCollision, match="replace a source"):
            collide(output, sources=(source,))
    with pytest.raises(OutputCollision, match="replace a source"):
        collide(source, sources=(tmp_path / "named.mp4",))


def test_folders_are_made_only_where_asked(tmp_path: Path) -> None:
    prepare_folder(tmp_path / "new" / "sub" / "a.mp4", root=f"{tmp_path}/new/")
    assert (tmp_path / "new" / "sub").is_dir()
    for output, root in (
        (tmp_path / "x" / "y" / "a.mp4", f"{tmp_path}/x/y/"),
        (tmp_path / "x" / "a.mp4", str(tmp_path / "x" / "a.mp4")),
        (tmp_path / "x" / "a.mp4", None),
    ):
        with pytest.raises(OutputRefused, match=str(output.parent)):
            check_folder(output, root=root)
        assert not (tmp_path / "x").exists()


def test_a_file_in_the_way_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"x")
    with pytest.raises(OutputRefused):
        prepare_folder(tmp_path / "out" / "a.mp4", root=str(tmp_path / "out"))
