"""Which deed a posting was of, as members tell deeds apart."""

from dataclasses import dataclass
from enum import StrEnum

from stoa.values.arithmetic import Says

__all__ = ["Deed", "Posted", "deed"]


class Deed(StrEnum):
    """What happened to the points of a wallet."""

    PURCHASE = "purchase"
    LITRES = "litres"
    TICKET = "ticket"
    UPLIFT = "uplift"
    CAMPAIGN = "campaign"
    ACTIVITY = "activity"
    REFERRAL = "referral"
    CHALLENGE = "challenge"
    BONUS = "bonus"
    BONUS_BACK = "bonus_back"
    VOIDED = "voided"
    RETURNED = "returned"
    REDEEMED = "redeemed"
    REWARD = "reward"
    REDEEMED_BACK = "redeemed_back"
    CHANCE = "chance"
    CHANCE_BACK = "chance_back"
    DRAWING = "drawing"
    DRAWING_BACK = "drawing_back"
    PRIZE = "prize"
    EXPIRED = "expired"
    EXCHANGED = "exchanged"
    GIVEN = "given"
    RECEIVED = "received"
    POOL_IN = "pool_in"
    POOL_BACK = "pool_back"
    MERGED = "merged"
    BROUGHT_OVER = "brought_over"
    BY_HAND_GIVEN = "by_hand_given"
    BY_HAND_TAKEN = "by_hand_taken"
    OWED = "owed"
    OWED_REPAID = "owed_repaid"


@dataclass(frozen=True, slots=True)
class Posted:
    """A posting as far as words need it.

    Attributes:
        kind: of the transaction; `account` is the other side's.
        arithmetic: the text that is stored, in English; `says` its figures where they are kept.
        operated: whether the operator did it, and no partner.
        rule: what it was earned by, ``campaign:double11``, with its version; empty for the rest.
    """

    kind: str
    account: str
    reason: str
    points: int
    arithmetic: str = ""
    says: Says = ()
    rule: str = ""
    rule_version: int = 0
    operated: bool = False


_BONUSES = {
    "activity": Deed.ACTIVITY,
    "referral": Deed.REFERRAL,
    "challenge": Deed.CHALLENGE,
    "draw": Deed.PRIZE,
}
_EARNED = {
    "tier_uplift": Deed.UPLIFT, "campaign": Deed.CAMPAIGN, "ticket_bonus": Deed.TICKET,
    "litres": Deed.LITRES,
}  # fmt: skip
_MOVED = {"contribution": Deed.POOL_IN, "household_left": Deed.POOL_BACK}


def deed(posted: Posted) -> Deed:  # noqa: PLR0911 - a table of accounts
    """Return what a posting was."""
    gained = posted.points > 0
    kind = posted.reason.partition(":")[0]
    if posted.kind == "open":
        return Deed.BROUGHT_OVER
    if posted.account == "adjusted":
        return Deed.BY_HAND_GIVEN if gained else Deed.BY_HAND_TAKEN
    if posted.account == "merged" or posted.reason in ("merge", "merge_debt"):
        return Deed.MERGED
    if posted.account == "transferred":
        return _MOVED.get(posted.reason, Deed.RECEIVED if gained else Deed.GIVEN)
    if posted.account == "debt":
        return Deed.OWED if gained else Deed.OWED_REPAID
    if posted.account == "exchanged":
        return Deed.EXCHANGED
    if posted.account == "expired":
        return Deed.EXPIRED
    if posted.account == "burned":
        return _burned(posted, gained=gained)
    return _issued(posted, kind, gained=gained)


def _burned(posted: Posted, *, gained: bool) -> Deed:
    if posted.kind == "ticket" or posted.rule.startswith("draw:"):
        return Deed.DRAWING_BACK if gained else Deed.DRAWING
    if posted.operated or posted.kind == "chance":
        return Deed.CHANCE_BACK if gained else Deed.CHANCE
    if gained:
        return Deed.REDEEMED_BACK
    return Deed.REWARD if posted.reason == "reward" else Deed.REDEEMED


def _issued(posted: Posted, kind: str, *, gained: bool) -> Deed:
    if posted.kind == "bonus" or kind in _BONUSES:
        named = ":" in posted.reason or kind == "referral"
        return _BONUSES.get(kind if named else "", Deed.BONUS) if gained else Deed.BONUS_BACK
    if gained:
        return _EARNED.get(kind, Deed.PURCHASE)
    return Deed.VOIDED if posted.kind == "void" else Deed.RETURNED
