"""The grammar of mentions: what a line of text that was read in a picture discloses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from labeler.errors import MachineLacks
from labeler.layers.mention import lexicon
from labeler.layers.mention.lexicon import Tools, Words, folded, lexicons, read, spelt
from labeler.layers.mention.wording import Line, Wording, best_of, classify, texts_in, unread_scripts
from labeler.rules.presets import list_presets

DATA = Path(__file__).parent / "wordings"
KINDS = {"phrase", "icon", "mention", "negated", "none"}
SEEN = ("first", "second", "third", "fourth", "fifth")


def rows(name: str) -> list[tuple[str, str]]:
    lines = (DATA / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    found = [(before, text) for before, text in (line.split("\t") for line in lines)]
    assert len(found) > 40
    return found


def without_accents(text: str) -> str:
    apart = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in apart if not unicodedata.combining(c) or ord(c) > 0x3000))


def with_twins(text: str) -> str:
    """As readers of pictures give the capital I: `lA`, `Al`, `Kl`."""
    return re.sub(r"\b(IA|AI|KI)\b", lambda found: found.group().replace("I", "l"), text)


Damage = Callable[[str], str]
DAMAGES: dict[str, tuple[Damage, float]] = {
    "as written": (str, 0.97),
    "in capitals": (str.upper, 0.97),
    "without accents": (without_accents, 0.97),
    "an i read as l": (lambda text: text.replace("i", "l", 1), 0.95),
    "the acronym read with l": (with_twins, 0.92),
    "the first space lost": (lambda text: text.replace(" ", "", 1), 0.92),
    "all spaces lost": (lambda text: text.replace(" ", ""), 0.9),
    "the last letter lost": (lambda text: text[:-1], 0.75),
}


def recall(texts: list[str]) -> float:
    return sum(classify(text).kind == "phrase" for text in texts) / len(texts)


@pytest.mark.parametrize("damage", DAMAGES)
def test_wordings_are_known_as_readers_of_pictures_give_them(damage: str) -> None:
    change, bar = DAMAGES[damage]
    texts = [change(text) for name in SEEN for _, text in rows(name)]
    assert recall(texts) >= bar


def test_wordings_that_the_grammar_was_never_changed_for_are_known() -> None:
    assert recall([text for _, text in rows("unseen")]) >= 0.8


def test_official_wordings_are_known() -> None:
    for change in (str, str.upper, without_accents, with_twins):
        assert recall([change(text) for _, text in rows("listed")]) >= 0.97


def test_the_text_of_every_preset_is_a_disclosure() -> None:
    texts = {text for loaded in list_presets() for text in loaded.preset.mention.text.values()}
    assert len(texts) >= 5
    assert {text for text in texts if classify(text).kind != "phrase"} == set()


def test_the_language_of_a_wording_is_told() -> None:
    right = [classify(text).language == language for name in ("listed", *SEEN) for language, text in rows(name)]
    assert sum(right) / len(right) >= 0.95


@pytest.mark.parametrize("name", ["negatives", *(f"negatives_{name}" for name in (*SEEN[1:], "unseen"))])
def test_what_is_no_disclosure_is_never_taken_for_one(name: str) -> None:
    changes: tuple[Damage, ...] = (str, str.upper, without_accents, with_twins, lambda text: text.replace(" ", ""))
    for kind, text in rows(name):
        for change in changes:
            assert classify(change(text)).kind not in ("phrase", "icon"), change(text)
        if kind == "negated":
            assert classify(text).kind == "negated", text


@pytest.mark.parametrize("text", ["AI", "IA", "KI", "lA", "Al", "A.I.", "[AI]", " AI ", "A1"])
def test_a_bare_acronym_is_an_icon(text: str) -> None:
    assert classify(text) == Wording("icon", None, 60.0, text)


@pytest.mark.parametrize("text", ["ai", "Ai", "SI", "MI", "UI", "Kia", "AIR", "RAI", "", " ", "I", "A", "1"])
def test_what_looks_like_an_acronym_is_no_icon(text: str) -> None:
    assert classify(text).kind == "none"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Images générées par IA. Aucune personne réelle n'y figure.", "phrase"),
        ("Publicité | Images virtuelles", "phrase"),
        ("Contenu généré par IA - Agence Lumière", "phrase"),
        ("Contenu généré par IA afin de préserver l'anonymat", "phrase"),
        ("Chorégraphie générée par IA", "phrase"),
        ("Le scandale des images générées par IA", "mention"),
        ("Une image générée par IA ?", "mention"),
        ("Meta to label AI-generated content", "mention"),
        ("Image IA", "phrase"),
        ("L'image de l'IA", "mention"),
        ("KI-Bild", "phrase"),
        ("Content AI", "mention"),
        ("AI content", "phrase"),
        ("Image retouchée", "mention"),
        ("These people are not real: images made with AI", "phrase"),
        ("These images are not made with AI", "negated"),
        ("AIを使用していません", "negated"),
    ],
)
def test_what_stands_beside_decides(text: str, kind: str) -> None:
    assert classify(text).kind == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("O AI-generated images O", "phrase"),
        ("OO O O O O This video contains Al-generated images O O O", "phrase"),
        ("e o AI-generated images", "phrase"),
        ("0 % AI-generated images", "negated"),
        ("Images générées à 0% par IA", "negated"),
        ("0 % KI-generierte Inhalte", "negated"),
        ("本视频0%AI生成", "negated"),
        ("100 % AI-generated images", "phrase"),
        ("Images générées à 5,0 % par IA", "phrase"),
        ("O No AI-generated images O", "negated"),
    ],
)
def test_holes_and_rings_beside_a_text_are_no_words(text: str, kind: str) -> None:
    assert classify(text).kind == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("AI生成内容须标注", "mention"),
        ("AI生成内容需要标注", "mention"),
        ("本视频由AI生成，需要注意甄别", "phrase"),
        ("用AI生成你的视频", "mention"),
        ("AI生成画像にご注意", "mention"),
        ("AI生成画像です。ご注意ください", "phrase"),
    ],
)
def test_a_duty_to_label_and_a_warning_are_no_labels(text: str, kind: str) -> None:
    assert classify(text).kind == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Mit künstlicher Intelligenzerstellt", "phrase"),
        ("Kein mit künstlicher Intelligenzerstellter Film", "negated"),
    ],
)
def test_a_name_of_two_words_is_known_where_the_next_is_glued_to_it(text: str, kind: str) -> None:
    assert classify(text).kind == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Made without Al", "negated"),
        ("Al-free", "negated"),
        ("Gemaakt zonder Al", "negated"),
        ("100% human, no Al", "negated"),
        ("Without Al Pacino", "none"),
        ("Life without Al", "none"),
        ("senza Al Bano", "none"),
        ("No al razzismo", "none"),
    ],
)
def test_a_denial_of_what_may_be_a_name(text: str, kind: str) -> None:
    """Most faces without serifs draw `AI` as `Al`."""
    assert classify(text).kind == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Ni dung do Al to ra", "phrase"),
        ("Hình nh đưc to bi trí tu nhân to", "phrase"),
        ("Ging nói đưc to băng AI", "phrase"),
        ("Không s dng AI", "negated"),
        ("Chính ph s qun lý ni dung do AI to ra", "mention"),
        ("Text to video AI", "mention"),
        ("Go do AI to win", "mention"),
    ],
)
def test_words_are_known_without_the_letters_that_readers_of_pictures_leave_out(text: str, kind: str) -> None:
    assert classify(text).kind == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("KI-generierte", "mention"),
        ("KI -generierte", "mention"),
        ("KI-generier", "mention"),
        ("AI-gegenereerde", "mention"),
        ("KI-genererte", "mention"),
        ("KI-generiert", "phrase"),
        ("KI-genriert", "phrase"),
        ("KI-generierte Bilder", "phrase"),
        ("AI-gegenereerd", "phrase"),
        ("Bildene er KI-genererte", "phrase"),
        ("AI-generate", "phrase"),
        ("Mit KI erstell", "phrase"),
        ("Luotu tekoälyll", "phrase"),
    ],
)
def test_a_participle_that_a_noun_belongs_to_says_nothing_without_one(text: str, kind: str) -> None:
    """The rest of a line may not be seen: `KI-generierte Bilder: was ist erlaubt?` in white, half over white."""
    assert classify(text).kind == kind


def test_doubt_lowers_the_score() -> None:
    plain, twin, one_unknown, cut, label = (
        classify(text).score
        for text in (
            "Video generated by AI",
            "Video generated by Al",
            "Choreography generated by AI",
            "Video generated by A",
            "AI video",
        )
    )
    assert plain == 100
    assert plain > twin > label >= one_unknown > cut > 0
    assert classify("Video generated by AI", confidence=0.5).score == 50


def stacked(*texts: str, height: int = 30, gap: int = 5) -> list[Line]:
    return [Line(text, 0.9, (10, at * (height + gap), 15 * len(text), height)) for at, text in enumerate(texts)]


def kind_of(lines: list[Line]) -> str:
    found = best_of(lines)
    return found[0].kind if found else "none"


def test_lines_under_each_other_are_one_wording() -> None:
    found = best_of(stacked("Contenu généré ou assisté", "par intelligence artificielle"))
    assert found is not None
    wording, box = found
    assert wording.kind == "phrase"
    assert wording.text == "Contenu généré ou assisté par intelligence artificielle"
    assert box == (10, 0, 15 * 29, 65)


def test_lines_on_one_row_are_one_wording() -> None:
    lines = [Line("with AI", 0.9, (120, 11, 100, 30)), Line("Made", 0.8, (10, 10, 100, 32))]
    found = best_of(lines)
    assert found == (Wording("phrase", "en", 80.0, "Made with AI"), (10, 10, 210, 32))


def test_an_icon_may_be_larger_than_the_words_beside_it() -> None:
    assert kind_of([Line("AI", 0.9, (10, 10, 60, 60)), Line("GENERATED", 0.9, (10, 75, 70, 14))]) == "phrase"


def test_lines_far_from_each_other_are_not_joined() -> None:
    lines = [Line("Contenu généré", 0.9, (10, 10, 200, 30)), Line("par les abonnés", 0.9, (10, 300, 80, 30))]
    assert best_of(lines) is None
    assert kind_of([Line("Made", 0.9, (10, 10, 60, 30)), Line("with AI", 0.9, (900, 10, 80, 30))]) == "mention"


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (("Bruxelles veut étiqueter", "les contenus générés par IA"), "mention"),
        (("BRUXELLES VEUT ÉTIQUETER", "LES CONTENUS GÉNÉRÉS PAR IA"), "mention"),
        (("Les images générées par IA", "inondent les réseaux sociaux"), "mention"),
        (("Ce film n'a pas été", "généré par IA"), "negated"),
        (("Musique : Jean Dupont", "Images générées par IA", "Montage : Paul Martin"), "phrase"),
        (("PUBLICITÉ", "IMAGES GÉNÉRÉES PAR IA"), "phrase"),
    ],
)
def test_a_line_is_not_believed_against_its_paragraph(texts: tuple[str, ...], kind: str) -> None:
    assert kind_of(stacked(*texts)) == kind


def test_a_label_stays_one_beside_a_headline_of_another_size() -> None:
    headline = Line("BRUXELLES VEUT ÉTIQUETER", 0.9, (10, 10, 700, 60))
    assert kind_of([headline, Line("Images générées par IA", 0.9, (10, 90, 300, 25))]) == "phrase"


def test_letters_that_reach_up_and_down_do_not_part_a_sentence() -> None:
    """As a detector draws the boxes around one text of one size; a line of another sense beside it changes nothing."""
    lower = Line("fait avec l'IA", 0.98, (171, 211, 746, 90))
    assert kind_of([Line("Ce film n'est pas", 0.99, (84, 114, 906, 116)), lower]) == "negated"
    assert kind_of([Line("Jean Dupont, Paris", 0.99, (84, 114, 906, 116)), lower]) == "phrase"


def test_a_box_that_holds_another_text_too_does_not_part_a_sentence() -> None:
    """A time code beside the upper line, which a detector took for a part of it."""
    lines = [
        Line("00:00:01.00 L'Europe veut étiqueter", 0.96, (39, 34, 862, 81)),
        Line("lesimagesgénérées par IA", 0.97, (352, 88, 575, 43)),
        Line("00:00:01;00", 1.0, (43, 126, 330, 54)),
    ]
    assert {text.wording.kind for text in texts_in(lines)} == {"mention"}


def test_what_a_paragraph_takes_back_discloses_nothing_with_another_line_either() -> None:
    lines = [
        Line("R1", 0.98, (0, 59, 108, 82)),
        Line("How to spot", 0.99, (237, 117, 560, 110)),
        Line("AI-generated video", 0.99, (87, 206, 854, 106)),
    ]
    assert {text.wording.kind for text in texts_in(lines)} == {"mention"}
    assert kind_of([lines[0], lines[2]]) == "phrase"


def test_a_line_without_letters_beside_a_text_is_no_matter() -> None:
    nothing = [Line("", 0.0, (0, 0, 0, 0))] * 4
    assert {text.wording.kind for text in texts_in([*nothing, Line("AI AI", 0.5, (0, 0, 0, 1))])} == {"mention"}


def test_nothing_read_is_nothing_found() -> None:
    assert best_of([]) is None
    assert best_of(stacked("Bonjour", "à tous")) is None


@pytest.mark.parametrize(
    ("text", "scripts"),
    [
        ("Сгенерировано ИИ", ("Cyrillic",)),
        ("AI تم إنشاؤه بواسطة", ("Arabic",)),
        ("Δημιουργήθηκε με AI, ИИ", ("Cyrillic", "Greek")),
        ("สร้างโดย AI", ("Thai",)),
        ("נוצר על ידי", ("Hebrew",)),
        ("एआई द्वारा निर्मित", ("Devanagari",)),
        ("Contenu généré par IA, 10 Ω, 5 µm", ()),
        ("本视频由AI生成 AIで生成 AI로 생성", ()),
        ("Ｍａｄｅ ｗｉｔｈ ＡＩ ʼ 123 ½", ()),
        ("", ()),
    ],
)
def test_scripts_without_a_lexicon_are_told(text: str, scripts: tuple[str, ...]) -> None:
    assert unread_scripts(text) == scripts


LETTERS = st.text(st.characters(exclude_categories=("Cs",)), max_size=80)
NEAR = st.lists(st.sampled_from(["AI", "IA", "par", "généré", "生成", "sans", "?", ".", "lA", "-", "images", "xq"]))


@settings(max_examples=200, deadline=None)
@given(LETTERS | NEAR.map(" ".join) | NEAR.map("".join) | st.text(max_size=60), st.floats(0, 1))
def test_any_text_has_a_class(text: str, confidence: float) -> None:
    wording = classify(text, confidence=confidence)
    assert wording.kind in KINDS
    assert wording.text == text
    assert 0 <= wording.score <= 100 * confidence
    assert classify(text, confidence=confidence) == wording
    assert all(script.isalpha() or "-" in script for script in unread_scripts(text))


BOXES = st.tuples(st.integers(0, 500), st.integers(0, 500), st.integers(0, 300), st.integers(0, 90))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.builds(Line, NEAR.map(" ".join), st.floats(0, 1), BOXES), max_size=8))
def test_any_lines_have_a_best_wording_inside_them(lines: list[Line]) -> None:
    found = best_of(lines)
    assert best_of(lines) == found
    if found is not None:
        x, y, width, height = found[1]
        assert x >= min(line.box[0] for line in lines) and y >= min(line.box[1] for line in lines)
        assert x + width <= max(line.box[0] + line.box[2] for line in lines)
        assert y + height <= max(line.box[1] + line.box[3] for line in lines)


@pytest.mark.parametrize("part", ["généré par IA ", "AI", "a", "生成AI", "intelligenceartificielle", "()", "AI. ", "é"])
def test_a_line_of_ten_thousand_letters_is_no_disclosure(part: str) -> None:
    text = (part * 10_000)[:10_000]
    assert classify(text).kind in ("mention", "none")


def test_every_language_is_a_file_of_its_name_that_says_something() -> None:
    folder = Path(lexicon.__file__).parent / "wordings"
    files = {path.stem for path in folder.glob("*.toml")} - {"tools"}
    assert {one.language for one in lexicons()} == files
    assert {"fr", "en", "de", "es", "it", "pt", "nl", "pl", "sv", "ca", "zh", "ja", "ko"} <= files


def test_endings_are_written_out() -> None:
    assert list(spelt("cré{é,ée}")) == ["créé", "créée"]
    assert list(spelt("{h,k}unst")) == ["hunst", "kunst"]
    assert list(spelt("plain")) == ["plain"]


def test_what_readers_mix_up_is_one_letter() -> None:
    assert folded("IntelIigence") == folded("1NTELLIGENCE") == folded("intelligence")
    assert folded("généré") == folded("GENERE")
    assert folded("が") != folded("か")


@pytest.mark.parametrize(
    "text",
    ["Vidéo réalisée avec I'IA", "Vidéo réalisée avec |'IA", "Images créées par I’IA", "Vidéo réalisée avec IIA"],
)
def test_an_elision_that_was_read_as_a_capital(text: str) -> None:
    assert classify(text).kind == "phrase"


LEAST: dict[str, object] = {
    "language": "xx",
    "names": ("machine thought",),
    "generated": ("generated",),
    "made": ("made",),
    "labels": ("image",),
    "not": ("no",),
}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"labells": ("image",)}, "labells"),
        ({"labels": "image"}, "labels"),
        ({"works": ("made",)}, "among made and among works"),
        ({"works": ("...",)}, "no letters"),
        ({"acronyms": ("ai",)}, "acronyms"),
        ({"acronyms": ("AI",), "labels": ("AI image",)}, "hide"),
        ({"not": ()}, "not"),
        ({"spaced": "no"}, "spaced"),
    ],
)
def test_wrong_data_is_refused(change: dict[str, object], told: str) -> None:
    assert Words.model_validate(LEAST).language == "xx"
    with pytest.raises(ValidationError, match=told):
        Words.model_validate(LEAST | change)


def test_damaged_data_is_told_by_the_name_of_its_file(tmp_path: Path) -> None:
    for content in ("tools = [", "tool = []", "tools = [1]"):
        path = tmp_path / "tools.toml"
        path.write_text(content, encoding="utf-8")
        with pytest.raises(MachineLacks, match=r"tools\.toml"):
            read(path, Tools)


def test_a_line_that_runs_down_the_picture_is_no_mark_beside_a_text() -> None:
    lines = [Line("Made with AI", 0.9, (360, 110, 300, 30)), Line("100000", 0.9, (700, 115, 30, 1500))]
    assert [text.wording.text for text in texts_in(lines)] == ["Made with AI"]


def test_a_text_that_ends_in_a_colon_goes_on_and_is_no_disclosure() -> None:
    assert classify("KI-generierte Bilder").kind == "phrase"
    for text in ("KI-generierte Bilder:", "KI-generierte Bilder：", "Les images générées par IA :"):
        assert classify(text).kind == "mention"
    assert classify("Image : IA").kind == "phrase"


def test_lines_whose_boxes_reach_into_each_other_are_one_paragraph() -> None:
    """As a detector draws them around letters of 95 px."""
    asked = Line("Was ist erlaubt?", 0.9, (490, 494, 924, 186))
    assert [
        text.wording.kind for text in texts_in((Line("KI-generierte Bilder", 0.94, (365, 405, 1169, 188)), asked))
    ] == [
        "mention",
        "mention",
    ]
