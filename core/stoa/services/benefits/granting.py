"""What a document grants: the parts a member is due, what the meters leave of them, who pays.

not_entitled    no part of it is for this member now
subject_needed  it is for a vehicle, a person or a ticket, and none is named
stay_needed     it is metered by the stay, and none is named
grouped         another benefit of its group was enjoyed in this period
used_up         the meter of the member, the subject or the stay is at its end
receipts        the receipts of the day that serve nothing else are too few or too small
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from stoa.errors import ClaimRefusedError
from stoa.models import NOBODY
from stoa.services.benefits import costs, knowing, meters, receipts
from stoa.services.benefits.answers import Answer, Asked
from stoa.services.benefits.documents import Held
from stoa.services.benefits.knowing import Knowing
from stoa.services.benefits.receipts import Sold
from stoa.services.partners import StoreTerms
from stoa.values.amounts import Money, Rounding, decimal_text, divide
from stoa.values.benefits import Benefit, Give
from stoa.values.languages import ENGLISH
from stoa.work import Work

__all__ = ["Due", "due", "grant"]

_ONE = 1000


@dataclass(frozen=True, slots=True)
class Due:
    """What a member is due of a benefit in a period, before anything was used of it."""

    milli: int
    gives: tuple[Give, ...]


def grant(work: Work, ask: Asked, held: Held, claim_id: UUID) -> Answer:
    """Decide a wish by a document.

    Raises:
        ClaimRefusedError: nothing is granted; `reason` says why.
    """
    benefit = held.benefit
    if benefit.subject != "none" and not ask.subject:
        raise ClaimRefusedError(
            f"Name the {benefit.subject} that it is for.", reason="subject_needed"
        )
    per_subject = benefit.per_subject.every if benefit.per_subject else ""
    if ask.wish.stay is None and "entry" in (benefit.meter.every, per_subject):
        raise ClaimRefusedError("It is given once a stay: name the stay.", reason="stay_needed")
    found = due(
        knowing.of(work, ask.member_id), benefit, partner=ask.terms.code, store=ask.store,
        at=ask.at, day=ask.day,
    )  # fmt: skip
    if not found.milli:
        raise ClaimRefusedError("The member is due nothing of it now.", reason="not_entitled")
    taken = _together(work, ask, held)
    if taken:
        raise ClaimRefusedError(f"{taken} was enjoyed instead.", reason="grouped")
    free = _left(work, ask, held, found, claim_id)
    if free <= 0:
        raise ClaimRefusedError("All of it is used up.", reason="used_up")
    used = _receipts(work, ask, held, claim_id)
    wanted = _wanted(ask, benefit, free)
    granted = min(wanted, free)
    worth, rest = _money(ask, benefit, wanted, granted)
    paid = costs.split(work, ask.terms, worth, shares=benefit.payers, used=used)
    saved = Money(worth, ask.store.currency)
    reason = f"{_named(found, benefit)}: {decimal_text(granted)} {benefit.unit} worth {saved}"
    return Answer(
        granted, benefit.unit, worth, rest, reason, None, (), used, paid, "document", NOBODY,
        held.version, benefit.group, benefit.booking.resource if benefit.booking else "",
    )  # fmt: skip


def due(
    known: Knowing,
    benefit: Benefit,
    *,
    partner: str,
    store: StoreTerms | None,
    at: datetime,
    day: date,
) -> Due:
    """Return what a member is due: the sum of the parts whose condition holds, or the highest."""
    asks = {ask for give in benefit.gives if give.when for ask in give.when.asks}
    told = known.facts(asks, partner=partner, store=store, at=at, day=day)
    gives = [give for give in benefit.gives if give.when is None or give.when.holds(told)]
    if not gives:
        return Due(0, ())
    if benefit.combine == "highest":
        gives = [max(gives, key=lambda give: give.amount_milli)]
    milli = sum(give.amount_milli for give in gives)
    if benefit.meter.most_milli is not None:
        milli = min(milli, benefit.meter.most_milli)
    return Due(milli, tuple(gives))


def _left(work: Work, ask: Asked, held: Held, found: Due, claim_id: UUID) -> int:
    """Return the thousandths that the meters leave of what a member is due; may be below zero."""
    benefit, day, stay = held.benefit, ask.day, ask.wish.stay
    free = found.milli - meters.of_member(
        work, ask.member_id, held.code, every=benefit.meter.every, day=day, stay=stay,
        claim_id=claim_id,
    )  # fmt: skip
    if benefit.per_subject is not None and benefit.per_subject.most_milli and ask.subject:
        used = meters.of_subject(
            work, ask.subject, held.code, every=benefit.per_subject.every, day=day, stay=stay,
            claim_id=claim_id,
        )  # fmt: skip
        free = min(free, benefit.per_subject.most_milli - used)
    return free


def _together(work: Work, ask: Asked, held: Held) -> str:
    benefit = held.benefit
    if not benefit.group:
        return ""
    return meters.of_group(
        work, ask.member_id, benefit.group, besides=held.code, subject=ask.subject,
        every=benefit.meter.every, day=ask.day, stay=ask.wish.stay,
    )  # fmt: skip


def _receipts(work: Work, ask: Asked, held: Held, claim_id: UUID) -> tuple[Sold, ...]:
    """Return the fewest receipts that bring what the benefit wants, the largest first."""
    wants = held.benefit.receipts
    if wants is None:
        return ()
    sold = receipts.free(
        work, ask.member_id, ask.store, day=ask.day, scope=NOBODY, benefit=held.code,
        claim_id=claim_id,
    )  # fmt: skip
    used: list[Sold] = []
    for each in sorted(sold, key=lambda one: -one.minor)[: wants.most]:
        used.append(each)
        if sum(one.minor for one in used) >= wants.min_minor:
            return tuple(used)
    least = Money(wants.min_minor, ask.store.currency)
    raise ClaimRefusedError(
        f"It takes receipts of {least} of the day, at most {wants.most}.", reason="receipts"
    )


def _wanted(ask: Asked, benefit: Benefit, free: int) -> int:
    wish = ask.wish
    if wish.quantity_milli is not None:
        return wish.quantity_milli
    if wish.since is not None and benefit.unit == "min":
        span = ask.at - wish.since
        return divide(span // timedelta(seconds=1), 60, Rounding.UP) * 1000
    return min(free, _ONE) if benefit.unit == "ea" else free


def _money(ask: Asked, benefit: Benefit, wanted: int, granted: int) -> tuple[int, int]:
    """Return what the grant is worth, and what is left to pay where the till sets the price."""
    price, unit = ask.wish.unit_price_minor, benefit.unit_minor
    if price is None:
        return divide((unit or 0) * granted, _ONE, Rounding.DOWN), 0
    full = divide(price * wanted, _ONE, Rounding.HALF_UP)
    worth = divide(min(price, price if unit is None else unit) * granted, _ONE, Rounding.DOWN)
    return worth, full - worth


def _named(found: Due, benefit: Benefit) -> str:
    names = [give.name.of(ENGLISH) for give in found.gives if give.name.written]
    return " and ".join(_first(names)) or benefit.name.of(ENGLISH)


def _first(names: Sequence[str]) -> Sequence[str]:
    return list(dict.fromkeys(names))[:4]
