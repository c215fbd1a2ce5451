"""Items of a plan that are done already, told without the process that would carry them out: going over a finished plan
costs little more than reading what stands there, and loads nothing that opens a video."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from labeler.batch.asked import Steps, frames_of
from labeler.batch.listener import Listener
from labeler.batch.results import DONE, read_result, write_outcome
from labeler.batch.standing import already_done, check_sound
from labeler.layers.credentials import identity as identities
from labeler.layers.credentials.identity import Identity
from labeler.layers.credentials.trust import load_trust
from labeler.rules.plan import PlanItem
from labeler.rules.record import Result

Teller = Callable[[int, PlanItem, Listener], bool]


def teller(steps: Steps) -> Teller:
    """What tells of a planned item that it is done, writes its result down, and returns whether it did.

    It tells exactly what `batch.steps` would have told; whatever else there is to tell of an item, be it what is wrong
    with it, is left to that. Raises IdentityError where whom to trust cannot be read; what it returns raises
    OutputRefused, DiskFull.
    """
    plan, asked, home = steps.plan, steps.asked, identities.home()
    load_trust(None, home)

    @cache
    def signer(name: str) -> Identity:
        return identities.load(name, home=home, now=asked.when)

    def standing(number: int, planned: PlanItem, item: PlanItem) -> Result | None:
        if asked.stage == "seal" and has_failed(number, planned):
            return None
        check_sound(planned)
        name = asked.signer_of(item)
        if name is not None:
            signer(name)
        return already_done(item)

    def has_failed(number: int, planned: PlanItem) -> bool:
        last = read_result(plan, number, planned)
        return last is not None and last.status not in DONE

    def tell(number: int, planned: PlanItem, heard: Listener) -> bool:
        item = asked.mapped(planned)
        try:
            result = standing(number, planned, item)
        except Exception:  # it is told by who carries the item out, and who meets it too
            return False
        if result is None:
            return False
        told = steps.told(number, item)
        heard.started(told)
        heard.surveyed(told, frames_of(item))
        heard.finished(told, write_outcome(plan, number, item, result))
        return True

    return tell
