"""Facts of a purchase as campaigns ask for them: when and where it was, and what was bought."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from stoa.values.campaigns.records import Campaign
from stoa.values.conditions import WEEKDAYS
from stoa.values.facts import Purchase

__all__ = ["BOUGHT", "bought", "holds_on", "hour_of", "local_facts"]

BOUGHT = frozenset(("purchase_total", "categories", "skus"))
"""What the receipt says, so that no explanation has to repeat it."""

Known = dict[str, int | str | bool | tuple[str, ...] | None]


def local_facts(
    *, partner: str, store: str, channel: str, day: date, holidays: tuple[str, ...]
) -> Known:
    """Return what is the same for all purchases of a store on a day.

    Args:
        partner: the partner's code; the fact ``store`` is ``partner/store``.
        day: the business day, local to the store.
    """
    return {
        "partner": partner,
        "store": f"{partner}/{store}",
        "channel": channel,
        "weekday": WEEKDAYS[day.weekday()],
        "day_of_month": day.day,
        "holidays": holidays,
    }


def hour_of(at: datetime, zone: str) -> int:
    """Return the hour of an instant in a zone, 0 to 23."""
    return at.astimezone(ZoneInfo(zone)).hour


def bought(purchase: Purchase, keys: Iterable[str], money: str) -> Known:
    """Return those of the facts `BOUGHT` that are asked for.

    Args:
        money: the programme's money; the total of another one is not known.
    """
    facts: Known = {}
    for key in keys:
        if key == "purchase_total":
            ours = purchase.currency == money
            facts[key] = sum(line.net_minor for line in purchase.lines) if ours else None
        elif key == "categories":
            facts[key] = tuple(sorted({line.category for line in purchase.lines}))
        elif key == "skus":
            facts[key] = tuple(sorted({line.sku for line in purchase.lines}))
    return facts


def holds_on(campaign: Campaign, day: date, facts: Mapping[str, object] = {}) -> bool:
    """Tell whether a campaign may hold on a day, of what is known so far."""
    if not campaign.first <= day <= campaign.last:
        return False
    return campaign.condition is None or campaign.condition.possible(facts)  # type: ignore[arg-type]
