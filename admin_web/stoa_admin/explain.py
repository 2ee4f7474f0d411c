"""A member's history in words: what happened, where, how it was reckoned, and who pays.

The arithmetic is stored with each posting in English, as the plugin wrote it. The sentences that
our own plugins and the core write are told again in the page's language; others are shown as they
are.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from stoa.services.ledger import Entry
from stoa_admin.language import gettext, noted

__all__ = ["REASONS", "Line", "Places", "arithmetic", "explain"]

REASONS = {
    "goodwill": noted("Goodwill"),
    "correction": noted("Correction"),
    "service_failure": noted("Service failure"),
    "fraud": noted("Fraud"),
    "migration": noted("Migration"),
    "campaign": noted("Campaign"),
    "other": noted("Something else"),
}
"""Why points are adjusted by hand, in words."""

_BONUSES = {"activity": "check", "challenge": "award", "referral": "users"}
_BONUS_TEXTS = {
    "activity": noted("Bonus for an activity"),
    "challenge": noted("Bonus for a challenge"),
    "referral": noted("Bonus for an invitation"),
    "": noted("Bonus"),
}

Places = Mapping[UUID, tuple[str, str]]
"""The store's and the partner's name by the id of either."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a history as it is read.

    Attributes:
        icon: the name of its picture.
        headline: what happened, and where.
        details: how it was reckoned and who pays, in the order in which they are read.
    """

    seq: int
    icon: str
    headline: str
    details: tuple[str, ...]
    points: int
    balance: int
    business_date: date
    recorded_at: datetime
    expires_on: date | None
    reference: str


def explain(entry: Entry, places: Places) -> Line:
    """Say what a posting was."""
    told = _by_hand(entry) or _bonus(entry)
    icon, headline = told or _headline(entry, _place(entry, places))
    details = [arithmetic(entry.arithmetic) if entry.arithmetic else "", _payer(entry)]
    return Line(
        entry.seq, icon, headline, tuple(detail for detail in details if detail), entry.points,
        entry.balance, entry.business_date, entry.recorded_at,
        entry.expires_on if entry.points > 0 else None, entry.reference,
    )  # fmt: skip


def arithmetic(text: str) -> str:
    """Tell a stored reckoning in the page's language where its shape is known."""
    for pattern, tell in _SHAPES:
        found = pattern.fullmatch(text)
        if found:
            return tell(*found.groups(default=""))
    return text


def _place(entry: Entry, places: Places) -> str:
    store, partner = places.get(entry.store_id, ("", "")) if entry.store_id else ("", "")
    if not partner and entry.partner_id:
        partner = places.get(entry.partner_id, ("", ""))[1]
    if not store or store == partner or store.startswith(partner):
        return store or partner
    return f"{partner}, {store}"


def _headline(entry: Entry, place: str) -> tuple[str, str]:
    if entry.account in ("transferred", "merged") or entry.reason == "merge_debt":
        return _shared(entry.reason, entry.points)
    if entry.account == "debt":
        return _debt(entry.points, place)
    if entry.account in ("exchanged", "expired"):
        return _moved_on(entry.account, place)
    if entry.account == "burned":
        return _redeemed(entry, place)
    if entry.points > 0:
        return _earned(entry.reason, place)
    return "arrow-back-up", _undone(entry.kind, place)


def _undone(kind: str, place: str) -> str:
    if kind == "void":
        return gettext("Purchase voided at %(place)s", place=place)
    return gettext("Goods returned to %(place)s", place=place)


def _moved_on(account: str, place: str) -> tuple[str, str]:
    if account == "exchanged":
        return "coins", gettext("Points exchanged at %(place)s", place=place)
    return "hourglass", gettext("Points expired: their last day was over")


def _by_hand(entry: Entry) -> tuple[str, str] | None:
    if entry.kind == "open":
        return "file-text", gettext("Points brought over from before")
    if entry.account != "adjusted":
        return None
    reason = gettext(REASONS[entry.reason]) if entry.reason in REASONS else entry.reason
    if entry.points > 0:
        return "plus", gettext("Given by the operator: %(reason)s", reason=reason)
    return "arrow-down-right", gettext("Taken by the operator: %(reason)s", reason=reason)


def _bonus(entry: Entry) -> tuple[str, str] | None:
    kind = entry.reason.partition(":")[0]
    if entry.account != "issued" or (entry.kind != "bonus" and kind not in _BONUSES):
        return None
    if entry.points < 0:
        return "arrow-back-up", gettext("Bonus taken back")
    return _BONUSES.get(kind, "sparkles"), gettext(_BONUS_TEXTS.get(kind, _BONUS_TEXTS[""]))


def _debt(points: int, place: str) -> tuple[str, str]:
    if points < 0:
        return "check", gettext("Paid back points that were owed")
    if not place:
        return "alert-circle", gettext("Owed: these points were spent before they were taken back")
    text = gettext(
        "Owed: these points were spent before the goods came back to %(place)s", place=place
    )
    return "alert-circle", text


def _shared(reason: str, points: int) -> tuple[str, str]:
    if reason in ("merge", "merge_debt"):
        return "users", gettext("Two memberships of one person became one")
    if reason == "contribution":
        return "users", gettext("Put into the pool of the household")
    if reason == "household_left":
        return "users", gettext("Back from the pool of the household")
    if points < 0:
        return "gift", gettext("Given to another member")
    return "gift", gettext("Received from another member")


def _redeemed(entry: Entry, place: str) -> tuple[str, str]:
    if entry.partner_id is None and entry.points > 0:
        return "arrow-back-up", gettext("A chance of promotion given back")
    if entry.partner_id is None:
        return "award", gettext("Spent on a chance of promotion")
    if entry.points > 0:
        return "arrow-back-up", gettext("Redeemed points came back from %(place)s", place=place)
    if entry.reason == "reward":
        return "gift", gettext("Redeemed for a reward at %(place)s", place=place)
    return "gift", gettext("Redeemed at %(place)s", place=place)


def _earned(reason: str, place: str) -> tuple[str, str]:
    kind, _, which = reason.partition(":")
    if kind == "tier_uplift":
        tier = which.capitalize()
        text = gettext("%(tier)s bonus for a purchase at %(place)s", tier=tier, place=place)
        return "award", text
    if kind == "ticket_bonus":
        return "sparkles", gettext("Bonus for a large purchase at %(place)s", place=place)
    if kind == "litres":
        return "receipt", gettext("Filled up at %(place)s", place=place)
    return "receipt", gettext("Purchase at %(place)s", place=place)


def _payer(entry: Entry) -> str:
    if entry.account != "issued" or entry.points < 0:
        return ""
    if entry.payer_id is None:
        return gettext("paid by the operator")
    return gettext("paid by the partner")


def _rounded(rest: str) -> str:
    return {
        "": "",
        ", rounded down": gettext(", rounded down"),
        ", rounded up": gettext(", rounded up"),
        ", rounded to the nearest": gettext(", rounded to the nearest"),
    }[rest]


def _at_rate(amount: str, rate: str, per: str, rest: str) -> str:
    told = gettext("%(amount)s at %(rate)s per %(per)s", amount=amount, rate=_rate(rate), per=per)
    return told + _rounded(rest)


def _whole_litres(litres: str, reckoned: str) -> str:
    return gettext(
        "whole litres of %(litres)s L: %(reckoned)s",
        litres=litres,
        reckoned=arithmetic(reckoned),
    )


def _rate(rate: str) -> str:
    if rate == "1":
        return gettext("1 point")
    return gettext("%(count)s points", count=rate)


def _uplift(points: str, percent: str, tier: str) -> str:
    return gettext(
        "%(percent)s%% more on %(points)s points, as %(tier)s member",
        percent=percent, points=points, tier=tier.capitalize(),
    )  # fmt: skip


def _large_ticket(points: str, floor: str) -> str:
    return gettext(
        "%(points)s points for a ticket of %(floor)s or more", points=points, floor=floor
    )


def _worth(points: str, worth: str, reward: str) -> str:
    if reward:
        return gettext(
            "%(points)s points worth %(worth)s for %(reward)s",
            points=points, worth=worth, reward=reward,
        )  # fmt: skip
    return gettext("%(points)s points worth %(worth)s", points=points, worth=worth)


def _back(receipt: str, points: str) -> str:
    return gettext(
        "receipt %(receipt)s: %(points)s points taken back", receipt=receipt, points=points
    )


def _restored(receipt: str, points: str) -> str:
    return gettext(
        "receipt %(receipt)s: %(points)s points that paid", receipt=receipt, points=points
    )


def _refunded(points: str, receipt: str) -> str:
    return gettext(
        "%(points)s points of receipt %(receipt)s come back", points=points, receipt=receipt
    )


_NUMBER = r"([\d.]+)"
_TOLD_ABOVE = rf"[+-]{_NUMBER} points by hand: \w+|{_NUMBER} points brought over"
_SHAPES: tuple[tuple[re.Pattern[str], Callable[..., str]], ...] = (
    (re.compile(rf"whole litres of {_NUMBER} L: (.+)"), _whole_litres),
    (
        re.compile(
            rf"({_NUMBER[1:-1]}(?: \S+)?) at {_NUMBER} points? per (\S+?)"
            r"(, rounded (?:down|up|to the nearest))?"
        ),
        _at_rate,
    ),
    (re.compile(rf"{_NUMBER} points and {_NUMBER} % for (\S+)"), _uplift),
    (re.compile(rf"{_NUMBER} points for a ticket of {_NUMBER} or more"), _large_ticket),
    (re.compile(rf"{_NUMBER} points worth (\S+ \S+?)(?: for (\S+))?"), _worth),
    (re.compile(_TOLD_ABOVE), lambda *_: ""),
    (re.compile(rf"(?:return|void) of receipt (.+): {_NUMBER} points back"), _back),
    (re.compile(rf"(?:return|void) of receipt (.+): {_NUMBER} points that paid"), _restored),
    (re.compile(rf"{_NUMBER} points of receipt (.+) come back"), _refunded),
)
