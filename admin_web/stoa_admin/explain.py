"""A member's history in words: what happened, where, how it was reckoned, and who pays.

What a posting was and how its points came about is told by the core (`stoa.values.postings`), in
the page's language and with the names of its tiers and campaigns: as the API tells it to members.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from stoa.services import explaining, naming
from stoa.services.ledger import Entry
from stoa.services.provenance import Movement
from stoa.values.languages import closest
from stoa.values.postings import Deed, Posted, deed, headline, reckoned
from stoa.values.speech import Speech
from stoa.work import Work
from stoa_admin.language import gettext, language, noted

__all__ = ["REASONS", "Line", "Places", "explain", "speech"]

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

_ICONS = {
    Deed.PURCHASE: "receipt", Deed.LITRES: "receipt", Deed.TICKET: "sparkles",
    Deed.UPLIFT: "award", Deed.CAMPAIGN: "sparkles", Deed.ACTIVITY: "check",
    Deed.REFERRAL: "users", Deed.CHALLENGE: "award", Deed.BONUS: "sparkles",
    Deed.REDEEMED: "gift", Deed.REWARD: "gift", Deed.CHANCE: "award", Deed.EXPIRED: "hourglass",
    Deed.EXCHANGED: "coins", Deed.GIVEN: "gift", Deed.RECEIVED: "gift", Deed.POOL_IN: "users",
    Deed.POOL_BACK: "users", Deed.MERGED: "users", Deed.BROUGHT_OVER: "file-text",
    Deed.BY_HAND_GIVEN: "plus", Deed.BY_HAND_TAKEN: "arrow-down-right", Deed.OWED: "alert-circle",
    Deed.OWED_REPAID: "check", Deed.DRAWING: "ticket", Deed.PRIZE: "sparkles",
}  # fmt: skip
_GONE = "arrow-back-up"
_TOLD_ABOVE = (Deed.BY_HAND_GIVEN, Deed.BY_HAND_TAKEN, Deed.BROUGHT_OVER, Deed.GIVEN, Deed.RECEIVED,
               Deed.POOL_IN, Deed.POOL_BACK, Deed.MERGED)  # fmt: skip
"""Deeds whose headline says all that their arithmetic does."""

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


def speech(work: Work) -> Speech:
    """Return the speech of the page's language, with the names of the alliance's rules."""
    return naming.speech(work, closest(language()))


def explain(entry: Entry | Movement, places: Places, speech: Speech) -> Line:
    """Say what a posting was."""
    posted = explaining.posted_of(entry)
    what = deed(posted)
    details = (
        "" if what in _TOLD_ABOVE else reckoned(posted, speech), _rule(posted, speech),
        _payer(entry),
    )  # fmt: skip
    return Line(
        entry.seq, _ICONS.get(what, _GONE), headline(posted, speech, place=_place(entry, places)),
        tuple(detail for detail in details if detail), entry.points, entry.balance,
        entry.business_date, entry.recorded_at, entry.expires_on if entry.points > 0 else None,
        entry.reference,
    )  # fmt: skip


def _place(entry: Entry | Movement, places: Places) -> str:
    store, partner = places.get(entry.store_id, ("", "")) if entry.store_id else ("", "")
    if not partner and entry.partner_id:
        partner = places.get(entry.partner_id, ("", ""))[1]
    if not store or store == partner or store.startswith(partner):
        return store or partner
    return f"{partner}, {store}"


def _rule(posted: Posted, speech: Speech) -> str:
    if not posted.rule or not posted.rule_version:
        return ""
    name = explaining.rule_name(posted.rule, speech)
    return gettext("%(rule)s, version %(number)s", rule=name, number=posted.rule_version)


def _payer(entry: Entry | Movement) -> str:
    if entry.account != "issued" or entry.points < 0:
        return ""
    if entry.payer_id is None:
        return gettext("paid by the operator")
    return gettext("paid by the partner")
