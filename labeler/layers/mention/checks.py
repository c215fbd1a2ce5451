"""What the reader of the mention says of one track: one check for each thing that a plan asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from labeler.language import decimal, say
from labeler.layers.mention import matching, measure, recogniser, second
from labeler.layers.mention.apart import shown_apart, told
from labeler.layers.mention.evidence import PRESENT, Look, Sample, exact, offset_of, runs, seconds_of, windows
from labeler.layers.mention.hdr import REFERENCE_WHITE, WHITE_TOLERANCE
from labeler.layers.mention.measure import LEAST_CONTRAST, Measured
from labeler.layers.mention.sampling import Span
from labeler.media.picture import PictureFormat
from labeler.rules.plan import Box, MentionPlan
from labeler.verdict import Check, Status

MICROSECOND = Fraction(1, 1_000_000)
"""To what the bounds of a programme are rounded in a plan."""
NAMES = ("presence", "timing", "wording", "second_reading", "size", "contrast", "placement", "reading_time")
DROP = 0.25
"""How far one frame's correlation may fall below the median of all before it counts as covered."""
GLYPH = 0.65
"""Least correlation of every letter on a temporal median: all of 63 clean labels of any style pass (measured)."""
STROKE_LOST = 0.40
"""Most that a stroke may differ on a median. Measured: at most 0.22 on clean clips up to CRF 35, 0.32 over hard
checkerboards, and 0.31 in a gap over 432 of such grounds; at least 0.45 with one letter or accent changed (but for I
and l, which look alike)."""
STROKE_LOST_BRIEFLY = 0.45
STROKE_RISE = 0.15
"""The same for a single frame, and by how much it must stand out from the others."""
OFF_PLACE = 2
"""Pixels that a mention may lie off its plan."""
OURS = "labeler: the text is set again and compared, letter by letter, with decoded pixels"
SECOND = "labeler: text recognition (PP-OCRv6) on decoded pixels, which fails closed"
SIZE_RULE = "the preset's size, on flat lower-case letters as ARPP measures; 12 px at least (choice of labeler)"
INK_RULE = "the preset's size, on the ink of the least tall letter, the strictest reading of GB 45438-2025"
CONTRAST_RULE = "WCAG 2.2 SC 1.4.3: 4.5:1, and no frame below 3:1"
WHITE_RULE = "ITU-R BT.2408: graphics white at 203 cd/m2; within 5 % (choice of labeler)"
PLACE_RULE = "the preset's margins"
TIME_RULE = "2 s (GB 45438-2025); 2 s + 0.2 s a word (BCAP); 15 characters a second (French subtitles)"
FRAME_RULE = "to one frame (choice of labeler)"


def names_for(format: PictureFormat) -> tuple[str, ...]:
    """The checks of a mention in pictures of this format."""
    return (*NAMES, *(["white"] if format.transfer != "sdr" else []), *(["opaque"] if format.has_alpha else []))


def check_of(plan: MentionPlan, name: str, status: Status, message: str, **facts: Any) -> Check:
    return Check(id=f"mention.{name}", layer="mention", status=status, message=message, track=plan.track, **facts)


def unread(plan: MentionPlan, name: str, why: str) -> Check:
    """What could not be looked at: never a pass."""
    return check_of(plan, name, Status.NOT_CHECKED, why)


@dataclass(frozen=True)
class Judge:
    """One check for each thing that the plan asks for. samples: all frames looked at; shown: those inside the intervals
    that show it; apart: numbers of those outside of the programme."""

    plan: MentionPlan
    look: Look
    spans: tuple[Span, ...]
    samples: tuple[Sample, ...]
    shown: tuple[Sample, ...]
    apart: tuple[int, ...] = ()

    def check(self, name: str, status: Status, message: str, **facts: Any) -> Check:
        return check_of(self.plan, name, status, message, **facts)

    @cached_property
    def asked(self) -> set[int]:
        """The frames inside the intervals that were asked for, decoded or not."""
        return {index for span in self.spans for index in span.inside}

    def presence(self) -> Check:
        """Every frame looked at inside the intervals shows the mention, none much worse than the others."""
        inside = [sample for sample in self.samples if sample.index in self.asked]
        worse = self.not_whole(inside)
        lost = len(self.asked) - len(inside)
        least = round(min(sample.score for sample in inside), 2) if inside else None
        facts = {"measured": least, "expected": f">= {PRESENT}", "source": OURS}
        if worse:
            first = f"{decimal(float(min(sample.seconds for sample in worse)), 2)} s"
            message = say(
                f"{len(worse)} of {len(inside)} frames looked at do not show the whole mention, from {first} on.",
                f"{len(worse)} des {len(inside)} images vues ne montrent pas toute la mention, dès {first}.",
            )
            return self.check("presence", Status.FAIL, message, **facts)
        if lost or not inside:
            message = say(
                f"{lost} of {len(self.asked)} frames to look at did not decode.",
                f"{lost} des {len(self.asked)} images à voir ne se décodent pas.",
            )
            return self.check("presence", Status.NOT_CHECKED, message, **facts)
        gap = f"{decimal(float(self.longest_gap(inside)), 1)} s"
        message = say(
            f"All {len(inside)} frames looked at show the mention (at most {gap} apart).",
            f"Les {len(inside)} images vues montrent toutes la mention (à {gap} d'écart au plus).",
        )
        return self.check("presence", Status.PASS, message, **facts)

    def longest_gap(self, inside: Sequence[Sample]) -> Fraction:
        """The longest time, in seconds, between two frames of one interval that were looked at one after the other."""
        seconds = {sample.index: sample.seconds for sample in inside}
        looked = [[seconds[index] for index in span.inside if index in seconds] for span in self.spans]
        gaps = [later - earlier for times in looked for earlier, later in pairwise(sorted(times))]
        return max(gaps, default=Fraction(0))

    def not_whole(self, inside: Sequence[Sample]) -> list[Sample]:
        """The frames without the mention, and those in which it is worse than it usually is: covered for a while."""
        if not self.shown:
            return list(inside)
        usual = float(np.median([sample.score for sample in self.shown]))
        lost = {sample.index: max(self.differences(sample.luma)) for sample in self.shown}
        bar = max(STROKE_LOST_BRIEFLY, float(np.median(list(lost.values()))) + STROKE_RISE)
        return [s for s in inside if not s.shows or s.score < usual - DROP or lost.get(s.index, 0) > bar]

    def differences(self, luma: np.ndarray) -> list[float]:
        """By how much each part of the mention differs in one picture of its region."""
        return self.letter_differences(luma)

    def letter_differences(self, luma: np.ndarray) -> list[float]:
        return matching.glyph_differences(luma, self.look.template, self.look.margin, offset_of(self.shown))

    def timing(self) -> Check:
        """The mention begins and ends with its intervals, to one frame; it is not shown just outside them, nor anywhere
        outside of the programme."""
        shows = {sample.index: sample.shows for sample in self.samples}
        wrong: list[tuple[int, str]] = []
        unread = sum(index not in shows for index in self.apart)
        for span in self.spans:
            for inner, step in ((span.first, 1), (span.last, -1)):
                unread += inner not in shows
                if shows.get(inner) is False and not self.look.shows(inner + step):
                    wrong.append((inner, say("absent", "absente")))
            for outer, step in ((span.before, -1), (span.after, 1)):
                unread += outer is not None and outer not in shows
                if outer is not None and shows.get(outer) and self.look.shows(outer + step):
                    wrong.append((outer, say("still or already shown", "encore ou déjà montrée")))
        outside = say("shown outside of the programme", "montrée hors du programme")
        wrong += [(index, outside) for index in shown_apart(self.look, self.samples, self.plan, self.apart)]
        stated = told(self.plan, self.look.frames.duration)
        facts = {
            "measured": [[round(float(start), 3), round(float(end), 3)] for start, end in self.times],
            "expected": [[float(span.interval.start), float(span.interval.end)] for span in self.spans],
            "unit": "s",
            "source": FRAME_RULE,
        }
        missing = len(self.plan.intervals) - len(self.spans)
        if missing:
            message = say(
                f"{missing} of {len(self.plan.intervals)} planned intervals lie past the end of the video.",
                f"{missing} des {len(self.plan.intervals)} intervalles prévus sont au-delà de la fin de la vidéo.",
            )
            return self.check("timing", Status.FAIL, message, **facts)
        if wrong:
            at = float(self.look.frames.time_of(wrong[0][0]))
            message = say(
                f"The mention is {wrong[0][1]} at {decimal(at, 2)} s.",
                f"La mention est {wrong[0][1]} à {decimal(at, 2)} s.",
            )
            return self.check("timing", Status.FAIL, message + stated, **facts)
        if unread:
            message = say(
                f"{unread} frames at the ends or outside did not decode.",
                f"{unread} images aux bords ou dehors ne se décodent pas.",
            )
            return self.check("timing", Status.NOT_CHECKED, message, **facts)
        message = say(
            f"Begins and ends as planned, to one frame ({len(self.spans)} intervals).",
            f"Commence et finit comme prévu, à une image près ({len(self.spans)} intervalles).",
        )
        return self.check("timing", Status.WARN if self.apart else Status.PASS, message + stated, **facts)

    @cached_property
    def times(self) -> list[tuple[Fraction, Fraction]]:
        """From when to when it is shown without a break, to the frame, inside the intervals."""
        stretches = []
        for span in self.spans:
            inside = [sample for sample in self.samples if span.first <= sample.index <= span.last]
            stretches += [seconds_of(self.look.frames, exact(self.look, run)) for run in runs(inside)]
        return stretches

    def wording(self, measured: Measured | None) -> Check:
        """Every letter of the text is there and is itself, in each of several windows of time."""
        weakest, letter, lost, stroke = self.letters()
        wanted = -(-measure.expected_shapes("".join(self.plan.lines)) // 2)
        facts = {
            "measured": {"correlation": round(weakest, 2), "stroke": round(lost, 2)},
            "expected": {"correlation": f">= {GLYPH}", "stroke": f"<= {STROKE_LOST}"},
            "source": OURS,
        }
        seen = len(self.shown)
        if weakest < GLYPH or lost > STROKE_LOST:
            bad = letter if weakest < GLYPH else stroke
            message = say(
                f"The {bad} does not read as planned: covered, altered or another text ({seen} frames).",
                f"{bad} ne se lit pas comme prévu : texte masqué, altéré ou autre ({seen} images).",
            )
            return self.check("wording", Status.FAIL, message, **facts)
        if measured is None:
            message = say("The letters could not be told apart.", "Les lettres n'ont pas pu être distinguées.")
            return self.check("wording", Status.NOT_CHECKED, message, **facts)
        if measured.shapes < wanted:
            message = say(
                f"The letters have only {measured.shapes} shapes, of at least {wanted}: boxes instead of letters?",
                f"Les lettres n'ont que {measured.shapes} formes, sur {wanted} au moins : des carrés ?",
            )
            return self.check("wording", Status.FAIL, message, **facts)
        message = say(
            f"Every letter of «{self.plan.text}» reads as planned ({seen} frames).",
            f"Chaque lettre de « {self.plan.text} » se lit comme prévu ({seen} images).",
        )
        return self.check("wording", Status.PASS, message, **facts)

    def second_reading(self) -> Check:
        """A recogniser that knows nothing of the plan reads the planned text there."""
        facts = {"expected": f">= {second.AGREES:g}", "unit": "%", "source": SECOND}
        if not second.is_read(self.plan.text):
            message = say(
                "The text is in a script that only one of the two readers can read.",
                "Le texte est dans une écriture qu'un seul des deux lecteurs sait lire.",
            )
            return self.check("second_reading", Status.WARN, message, **facts)
        ratio, text = self.read_again
        agrees = ratio >= second.AGREES
        message = say(
            f"A second reader, which knows nothing of the plan, reads «{text}».",
            f"Un second lecteur, qui ignore le plan, lit « {text} ».",
        )
        status = Status.PASS if agrees else Status.FAIL
        return self.check("second_reading", status, message, measured=round(ratio, 1), **facts)

    @cached_property
    def read_again(self) -> tuple[float, str]:
        """How far the recogniser agrees (0 to 100), and what it reads. Only where something is shown."""
        return second.second_reading(self.look, self.shown, self.plan.lines, recogniser.quick())

    def is_another_text(self) -> bool:
        """Whether what was found, anywhere but where it was planned, reads as another text: letters of one mention look
        enough like those of another to be found in its stead."""
        is_at_its_place = (self.look.location.x, self.look.location.y) == self.plan.box[:2]
        return not is_at_its_place and second.is_read(self.plan.text) and self.read_again[0] < second.AGREES

    def letters(self) -> tuple[float, str, float, str]:
        """The least correlation of a letter and the largest difference of a stroke over all windows, and of which."""
        template, offset = self.look.template, offset_of(self.shown)
        characters = [say(f"letter «{cell[0]}»", f"La lettre « {cell[0]} »") for cell in template.cells]
        places = characters + [say(f"gap at «{gap[0]}»", f"Le blanc à « {gap[0]} »") for gap in template.gaps]
        scores: list[tuple[float, str]] = []
        strokes: list[tuple[float, str]] = []
        for window in windows(self.shown):
            still = self.look.median(window)
            scores += zip(matching.glyph_scores(still, template, self.look.margin, offset), characters, strict=True)
            strokes += zip(self.letter_differences(still), places, strict=True)
        return *min(scores), *max(strokes)

    def size(self, measured: Measured | None) -> Check:
        """The flat lower-case letters, or the least tall of all, stand at least as tall as asked, in real pixels."""
        tall = measured.x_height if measured else None
        by_ink = self.plan.size_of == "ink"
        rule = INK_RULE if by_ink else SIZE_RULE
        facts = {"expected": f">= {self.plan.x_height:g}", "unit": f"px, {self.plan.size_of}", "source": rule}
        if tall is None:
            message = say("The letters could not be measured.", "Les lettres n'ont pas pu être mesurées.")
            return self.check("size", Status.NOT_CHECKED, message, **facts)
        status = Status.PASS if tall >= self.plan.x_height else Status.FAIL
        message = say(
            f"The {'least tall letter is' if by_ink else 'lower-case letters are'} {decimal(tall, 1)} px tall; "
            f"{decimal(self.plan.x_height, 1)} px are asked.",
            f"{'La lettre la moins haute fait' if by_ink else 'Les minuscules font'} {decimal(tall, 1)} px de haut ; "
            f"{decimal(self.plan.x_height, 1)} px sont demandés.",
        )
        return self.check("size", status, message, measured=round(tall, 1), **facts)

    def contrast(self, measured: Measured | None) -> Check:
        """The weakest part of the text against its ground: the median of all frames, and the worst."""
        facts = {"expected": f">= {self.plan.contrast:g}", "unit": "ratio", "source": CONTRAST_RULE}
        ratios = measured.contrasts if measured else ()
        if len(ratios) < len(self.shown):
            message = say("The contrast could not be measured.", "Le contraste n'a pas pu être mesuré.")
            return self.check("contrast", Status.NOT_CHECKED, message, **facts)
        usual, worst = float(np.median(ratios)), min(ratios)
        good = usual >= self.plan.contrast and worst >= min(LEAST_CONTRAST, self.plan.contrast)
        median, least = f"{decimal(usual, 1)}:1", f"{decimal(worst, 1)}:1"
        message = say(
            f"The contrast is {median} (median of {len(ratios)} frames), {least} at worst.",
            f"Le contraste est de {median} (médiane de {len(ratios)} images), {least} au pire.",
        )
        return self.check("contrast", Status.PASS if good else Status.FAIL, message, measured=round(usual, 1), **facts)

    def white(self, measured: Measured | None) -> Check:
        """In HDR: the letters shine as bright as graphics should, no dimmer and no more blinding."""
        low, high = (round(REFERENCE_WHITE * (1 + side * WHITE_TOLERANCE), 1) for side in (-1, 1))
        facts = {"expected": [low, high], "unit": "cd/m2", "source": WHITE_RULE}
        if measured is None or measured.white is None:
            message = say("The white could not be measured.", "Le blanc n'a pas pu être mesuré.")
            return self.check("white", Status.NOT_CHECKED, message, **facts)
        shone = measured.white * REFERENCE_WHITE
        status = Status.PASS if abs(measured.white - 1) <= WHITE_TOLERANCE else Status.FAIL
        message = say(
            f"The letters shine at {shone:.0f} cd/m2; {REFERENCE_WHITE:.0f} are asked in HDR.",
            f"Les lettres brillent à {shone:.0f} cd/m2 ; {REFERENCE_WHITE:.0f} sont demandés en HDR.",
        )
        return self.check("white", status, message, measured=round(shone, 1), **facts)

    def placement(self, measured: Measured | None) -> Check:
        """The box lies where the plan says, inside the safe area, and holds all the ink that was measured."""
        found = self.box_found()
        facts = {"measured": found, "expected": self.plan.box, "unit": "px", "source": PLACE_RULE}
        if measured is None:
            message = say("The text's extent could not be measured.", "L'étendue du texte n'a pas pu être mesurée.")
            return self.check("placement", Status.NOT_CHECKED, message, **facts)
        off = max(abs(found[0] - self.plan.box[0]), abs(found[1] - self.plan.box[1]))
        shown = self.look.frames.format.shown_area
        is_safe = holds(self.plan.safe_area, measured.box) and holds(self.plan.safe_area, self.plan.box)
        if not holds(shown, measured.box):
            message = say(
                f"The mention lies at {list(measured.box)}, and some players crop the picture to {list(shown)}.",
                f"La mention est en {list(measured.box)}, et des lecteurs rognent l'image à {list(shown)}.",
            )
            return self.check("placement", Status.FAIL, message, **facts)
        if off > OFF_PLACE or not is_safe:
            message = say(
                f"The mention lies at {list(measured.box)}, {off} px off its place; "
                f"its safe area is {list(self.plan.safe_area)}.",
                f"La mention est en {list(measured.box)}, à {off} px de sa place ; "
                f"sa zone sûre est {list(self.plan.safe_area)}.",
            )
            return self.check("placement", Status.FAIL, message, **facts)
        message = say(
            "The mention lies where it was planned, inside the safe area.",
            "La mention est à sa place, dans la zone sûre.",
        )
        return self.check("placement", Status.PASS, message, **facts)

    def box_found(self) -> Box:
        x, y = offset_of(self.shown)
        height, width = self.look.template.luma.shape
        return self.look.location.x + x, self.look.location.y + y, width, height

    def reading_time(self) -> Check:
        """Shown without a break for as long as it takes to read, or for the whole of a shorter clip."""
        longest = max((end - start for start, end in self.times), default=Fraction(0))
        needed = self.plan.reading_time
        facts = {
            "measured": round(float(longest), 3),
            "expected": f">= {float(needed):g}",
            "unit": "s",
            "source": TIME_RULE,
        }
        shown, asked = f"{decimal(float(longest), 2)} s", f"{decimal(float(needed), 2)} s"
        if longest >= needed:
            message = say(
                f"Shown for {shown} without a break; {asked} are needed to read it.",
                f"Montrée {shown} d'affilée ; il faut {asked} pour la lire.",
            )
            return self.check("reading_time", Status.PASS, message, **facts)
        message = say(
            f"Shown for {shown}; {asked} are needed to read it.", f"Montrée {shown} ; il faut {asked} pour la lire."
        )
        status = Status.WARN if longest + MICROSECOND >= self.whole else Status.FAIL
        return self.check("reading_time", status, message, **facts)

    @property
    def whole(self) -> Fraction:
        """Seconds of all that is to be labelled."""
        programme = self.plan.programme
        if programme is None or not self.plan.is_programme_respected:
            return self.look.frames.duration
        return programme.end - programme.start


def holds(outer: Box, inner: Box) -> bool:
    return (
        outer[0] <= inner[0]
        and outer[1] <= inner[1]
        and inner[0] + inner[2] <= outer[0] + outer[2]
        and inner[1] + inner[3] <= outer[1] + outer[3]
    )
