"""The documents of draws: read, checked against what there is, saved in versions."""

from collections.abc import Mapping
from typing import Any

from stoa.errors import InvalidRuleError
from stoa.services import rulebook, tiers
from stoa.values.conditions import WrongRuleError
from stoa.values.lotteries import Lottery, read_lottery
from stoa.work import Work

__all__ = ["KIND", "held", "read", "save", "version"]

KIND = "draw"
_MOST_KEPT = 500
_POOL = "SELECT 1 FROM rules WHERE kind = 'coupon' AND code = %s AND state <> 'ended'"
_PARTNER = "SELECT 1 FROM partners WHERE code = %s"


def read(document: Mapping[str, Any]) -> Lottery:
    """Read a draw's document.

    Raises:
        InvalidRuleError: it can't be; `errors` names each place.
    """
    try:
        return read_lottery(document)
    except WrongRuleError as wrong:
        raise InvalidRuleError(errors=wrong.errors) from None


def save(work: Work, code: str, document: Mapping[str, Any], *, note: str = "") -> int:
    """Save a draw's document as its next version; return the version.

    Raises:
        InvalidRuleError: it can't be, or names a coupon, a partner or a tier that is not there.
    """
    lottery = read(document)
    errors: dict[str, list[str]] = {}
    named = [(f"prizes.{place}", each) for place, each in enumerate(lottery.prizes)]
    if lottery.consolation:
        named.append(("consolation", lottery.consolation))
    for path, prize in named:
        if prize.coupon and not work.rows(_POOL, (prize.coupon,)):
            errors[f"{path}.coupon"] = [f"There is no coupon {prize.coupon}."]
        if prize.partner and not work.rows(_PARTNER, (prize.partner,)):
            errors[f"{path}.partner"] = [f"There is no partner {prize.partner}."]
    for place, payer in enumerate(lottery.payers):
        if payer.partner and not work.rows(_PARTNER, (payer.partner,)):
            errors[f"payers.{place}.payer"] = [f"There is no partner {payer.partner}."]
    main = tiers.current(work).main
    known = {tier.code for tier in main.tiers} if main else set()
    missing = [each for each in lottery.tiers if each not in known]
    if missing:
        errors["tiers"] = [f"There is no tier {each}." for each in missing]
    if errors:
        raise InvalidRuleError(errors=errors)
    return rulebook.save(work, KIND, code, document, note=note)


def held(work: Work) -> dict[str, tuple[int, Lottery]]:
    """Return the draws that hold now with their versions, by their codes."""
    kept = rulebook.current(work).of(KIND)
    return {code: (each.version, version(work, code, each.version)) for code, each in kept.items()}


def version(work: Work, code: str, number: int) -> Lottery:
    """Return a version of a draw; they never change, so they are remembered.

    Raises:
        RuleUnknownError: there is no such draw or version.
    """
    known: dict[tuple[str, int], Lottery] = work.memo.setdefault("draws", {})
    if (code, number) not in known:
        if len(known) >= _MOST_KEPT:
            known.clear()
        known[code, number] = read(rulebook.document(work, KIND, code, number))
    return known[code, number]
