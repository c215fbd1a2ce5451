"""Verdicts for people, on standard error: one file in full; of many, those that need somebody first, then a summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from labeler.batch.verifying import Unjudged
from labeler.cli.printing import report_error, tell
from labeler.language import decimal, say
from labeler.verdict import Disclosure, FoundMention, Outcome, Status, Verdict
from labeler.words import (
    PLANS,
    coverage_told,
    disclosure_name,
    field,
    integrity_name,
    layer_name,
    mark,
    mention_kind,
    no_proof,
    outcome_name,
    state_name,
    trust_name,
    unmeasured_told,
)

Answer = Verdict | Unjudged
MOST_MENTIONS = 20
"""Texts of one file that are told; a film of subtitles about AI has hundreds."""


def tell_answer(answer: Answer) -> None:
    if isinstance(answer, Unjudged):
        report_error(answer.error)
    else:
        tell_verdict(answer)


def tell_verdict(verdict: Verdict) -> None:
    """The three answers, each layer, what was found and how much was read, and every check that is not a pass."""
    tell(f"{outcome_name(verdict.outcome)}  {verdict.file}{judged_by(verdict)}")
    tell("  " + field(say("disclosure", "déclaration"), disclosure_name(verdict.disclosure)))
    tell("  " + field(say("integrity", "intégrité"), integrity_name(verdict.integrity)))
    tell("  " + field(say("signer", "signataire"), trust_name(verdict.trust)))
    tell("  " + " · ".join(f"{layer_name(layer)} {state_name(state)}" for layer, state in verdict.layers.items()))
    for mention in verdict.found.mention[:MOST_MENTIONS]:
        tell("  " + mention_line(mention))
    if verdict.found.coverage is not None:
        tell("  " + coverage_told(verdict.found.coverage))
    for check in verdict.checks:
        if check.status is not Status.PASS:
            tell(f"  {mark(check.status)} {check.id}: {check.message}")
    for layer in verdict.unmeasured:
        tell(f"  {mark(Status.NOT_CHECKED)} {layer}: {unmeasured_told()}")
    if verdict.judged_by is None:
        tell_presets(verdict)
    if verdict.disclosure in (Disclosure.UNDECLARED, Disclosure.UNDETERMINED):
        tell("  " + no_proof())


def mention_line(mention: FoundMention) -> str:
    """A text that was found: what it is, in which words, when."""
    times = say(
        f"from {decimal(mention.start, 1)} to {decimal(mention.end, 1)} s",
        f"de {decimal(mention.start, 1)} à {decimal(mention.end, 1)} s",
    )
    text = say(f"“{mention.text}”", f"« {mention.text} »")
    return field(mention_kind(mention.kind), f"{text}, {times}")


def tell_presets(verdict: Verdict) -> None:
    """Which presets the file meets, and what stands in the way of the others: those for the same reasons together."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for preset, reasons in verdict.meets.items():
        alike.setdefault(reasons, []).append(preset)
    for reasons, presets in sorted(alike.items(), key=lambda pair: len(pair[0])):
        names = ", ".join(presets)
        if not reasons:
            tell("  " + field(say("meets", "satisfait à"), names))
        elif verdict.is_judged_in_part(presets[0]):
            told = say(f"not judged in full by {names}", f"pas jugé en entier selon {names}")
            tell("  " + field(told, ", ".join(reasons)))
        else:
            tell("  " + field(say(f"fails {names}", f"ne satisfait pas à {names}"), ", ".join(reasons)))


def judged_by(verdict: Verdict) -> str:
    judge = verdict.judged_by
    if judge is None:
        return ""
    by = say(*PLANS[judge.plan])
    return say(f" · {judge.preset} v{judge.version}, by {by}", f" · {judge.preset} v{judge.version}, d'après {by}")


def tell_line(answer: Answer) -> None:
    """One file of many, as soon as it was read."""
    if isinstance(answer, Unjudged):
        tell(f"{outcome_name(Outcome.ERROR)}  {answer.path}")
        return
    preset = f" · {answer.judged_by.preset}" if answer.judged_by else ""
    tell(f"{outcome_name(answer.outcome)}  {answer.file}{preset}: {disclosure_name(answer.disclosure)}")


def tell_many(answers: Sequence[tuple[Answer, bool]], *, everything: bool) -> None:
    """The end of a run over many files: those that fail in full, with `everything` then the others, then the counts.

    answers: each with whether it counts as a failure.
    """
    for answer, failed in answers:
        if failed:
            tell_answer(answer)
    for answer, failed in answers:
        if everything and not failed:
            tell_answer(answer)
    tell(summary_line(answers))


def summary_line(answers: Sequence[tuple[Answer, bool]]) -> str:
    """«12 verdicts: 9 declared, 2 partial, 1 could not be opened; 3 fail.»"""
    counts = Counter(answer.disclosure for answer, _ in answers if isinstance(answer, Verdict))
    parts = [f"{counts[kind]} {short_name(kind)}" for kind in Disclosure if counts[kind]]
    unopened = len(answers) - counts.total()
    if unopened:
        parts.append(say(f"{unopened} could not be opened", f"{unopened} impossibles à ouvrir"))
    failed = sum(is_failed for _, is_failed in answers)
    told = field(f"{len(answers)} verdicts", ", ".join(parts))
    return say(
        f"{told}; {failed} fail." if failed else f"{told}; none fails.",
        f"{told} ; {failed} non conformes." if failed else f"{told} ; tous conformes.",
    )


def short_name(kind: Disclosure) -> str:
    return {
        Disclosure.DECLARED: say("declared", "déclarés"),
        Disclosure.PARTIAL: say("partial", "partiels"),
        Disclosure.CONTRADICTORY: say("contradictory", "contradictoires"),
        Disclosure.UNDECLARED: say("with none found", "sans marque trouvée"),
        Disclosure.UNDETERMINED: say("undetermined", "indéterminés"),
    }[kind]


def is_failure(answer: Answer, fail_on: Sequence[str]) -> bool:
    """fail_on: the disclosures that count where no preset judged; empty: whatever does not pass."""
    if isinstance(answer, Unjudged):
        return True
    if fail_on and answer.judged_by is None:
        return answer.disclosure in fail_on
    return answer.outcome is not Outcome.PASS
