"""Referrals: what a member gets for inviting one who buys (#13, #55 to #57).

    {"name": {"en": "Bring a friend"}, "reward": {"inviter_points": 200, "invitee_points": 100},
     "budget_points": 1000000, "settle_days": 30, "min_spend_minor": 5000, "within_days": 90}

Rewards by head count, by the spending of others or in money are what the law calls a pyramid
(requirements 1d-5, 《禁止传销条例》 art. 7): no document can say them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stoa.values.documents import Reading
from stoa.values.limits import Limit, read_limits
from stoa.values.payers import PayerShare, read_payers
from stoa.values.texts import Texts

__all__ = ["Referral", "read_referral"]

MOST_POINTS = 1_000_000
MOST_BUDGET = 10**12
_MOST_DAYS = 3650
_MOST_MINOR = 10**12
_CASH = (
    "cash", "money", "currency", "cash_back", "commission", "payout", "inviter_cash",
    "invitee_cash", "inviter_minor", "invitee_minor", "amount_minor",
)  # fmt: skip
_SHARES = (
    "percent", "share_percent", "basis_points", "spend_percent", "points_percent",
    "percent_of_spend", "share_of_spend", "inviter_percent", "per_minor",
)  # fmt: skip
_DEPTH = (
    "depth", "levels", "level", "upline", "downline", "generations", "team", "tree",
    "second_level_points", "grand_inviter_points", "head_count",
)  # fmt: skip
_FEES = ("fee", "joining_fee", "fee_minor", "entry_fee", "deposit", "min_purchase_to_join")
_LAW = "the law forbids it (《禁止传销条例》 art. 7)."
_WHY: Mapping[str, str] = {
    **dict.fromkeys(_CASH, f"Whoever invites gets points, never money: {_LAW}"),
    **dict.fromkeys(_SHARES, f"Nobody gets a share of what others spend: {_LAW}"),
    **dict.fromkeys(_DEPTH, f"Only who invites directly is rewarded: {_LAW}"),
    **dict.fromkeys(_FEES, f"Joining costs nothing: {_LAW}"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Referral:
    """A rule document of the kind ``referral``, read.

    Attributes:
        inviter_points: what the member gets who invited; `invitee_points` the one who came.
        caps: of the inviter.
        settle_days: how long the first purchase has to stand before the reward; 0 for at once.
        min_spend_minor: what a purchase has to cost, net of what came back; 0 for any.
        within_days: how long after the invitation the first purchase counts; ``None`` for ever.
    """

    name: Texts
    inviter_points: int
    invitee_points: int
    payers: tuple[PayerShare, ...]
    caps: tuple[Limit, ...]
    budget_points: int
    settle_days: int
    min_spend_minor: int
    within_days: int | None


def read_referral(document: Mapping[str, Any]) -> Referral:
    """Read a referral's document.

    Raises:
        WrongRuleError: it can't be read, or says what the law forbids; every mistake is named
            with its place.
    """
    reading = Reading(document)
    _refuse_forbidden(reading)
    reward = Reading(reading.raw("reward"), "reward", reading.errors)
    _refuse_forbidden(reward)
    inviter = reward.whole("inviter_points", 0, MOST_POINTS, 0)
    invitee = reward.whole("invitee_points", 0, MOST_POINTS, 0)
    payers = read_payers(reward, "payers", reported=False)
    reward.close()
    budget = reading.whole("budget_points", 1, MOST_BUDGET)
    if not inviter + invitee:
        reading.wrong("reward", "Write inviter_points, invitee_points or both.")
    if budget < inviter + invitee:
        reading.wrong("budget_points", "This does not pay one reward.")
    within = reading.whole("within_days", 1, _MOST_DAYS) if reading.has("within_days") else None
    referral = Referral(
        reading.texts("name"), inviter, invitee, payers, read_limits(reading, "caps"), budget,
        reading.whole("settle_days", 0, _MOST_DAYS, 0),
        reading.whole("min_spend_minor", 0, _MOST_MINOR, 0), within,
    )  # fmt: skip
    reading.done()
    return referral


def _refuse_forbidden(reading: Reading) -> None:
    for name, why in _WHY.items():
        if reading.has(name):
            reading.wrong(name, why)
