"""A rate tried: each purchase is reckoned again with the settings of now and with the draft's.

A purchase is shown to the plugin as it was stored, with the standing that its explanation keeps.
"""

from dataclasses import replace
from typing import Any
from uuid import UUID

from stoa.services import replay
from stoa.services.replay import Sale
from stoa.services.whatif.drafts import Question, RateDraft, read_rate
from stoa.services.whatif.reckoning import (
    LeftOutError,
    Reckoner,
    add_legs,
    check,
    count_members,
    points_of,
)
from stoa.values import whatif
from stoa.work import Work

__all__ = ["count_part"]

_UNREADABLE = (KeyError, TypeError, ValueError)


def count_part(
    work: Work, question: Question, after: UUID, last: UUID
) -> tuple[dict[str, Any], list[Any]]:
    """Return the tally of the members after one up to another; no member moves."""
    draft = read_rate(work, question.draft)
    sales = replay.sales_of(
        work, after, last, currency=draft.currency, since=question.since, until=question.until,
        partner=draft.partner_id,
    )  # fmt: skip
    reckoner, tally = Reckoner.of(work), whatif.empty()
    changes: dict[UUID, int] = {}
    for sale in sales:
        whatif.add(tally, "counts", "purchases", n=1)
        try:
            change = _count(reckoner, draft, sale, tally)
        except LeftOutError as wrong:
            whatif.add(tally, "why", str(wrong), n=1)
            continue
        except _UNREADABLE:
            whatif.add(tally, "why", "unreadable", n=1)
            continue
        changes[sale.member_id] = changes.get(sale.member_id, 0) + change
    count_members(tally, changes)
    return tally, []


def _count(reckoner: Reckoner, draft: RateDraft, sale: Sale, tally: dict[str, Any]) -> int:
    """Add a purchase to the tally; return by how many points the draft changes it."""
    then = reckoner.then(sale)
    now = reckoner.now(sale, then)
    purchase = replay.purchase_of(sale)
    stored, current = reckoner.stored(sale), reckoner.legs(sale, purchase, now)
    tried = replace(now, **draft.over(now))
    try:
        drafted = reckoner.legs(sale, purchase, tried)
    except LeftOutError as wrong:
        if str(wrong) != "refused":
            raise
        drafted = []
        whatif.add(tally, "counts", "refused", n=1)
    check(reckoner, sale, purchase, stored, current, then, tally)
    if drafted != current:
        whatif.add(tally, "counts", "changed", n=1)
    add_legs(reckoner, sale, tally, stored=stored, current=current, draft=drafted)
    return points_of(drafted) - points_of(current)
