"""Exits: how a partner leaves, so that nobody's points die with it (economics §3.11).

announce → stop_enrol → stop_earn → stop_burn → settle → archive, one after the other; members have
at least 60 days from the announcement until their points no longer pay there.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from stoa.values.clearing.reserves import deposit_left

__all__ = ["LEAST_NOTICE", "STAGES", "STATUS_AT", "Plan", "RunOff", "after"]

STAGES = ("announce", "stop_enrol", "stop_earn", "stop_burn", "settle", "archive")
"""The stages of an exit, in their order."""

LEAST_NOTICE = timedelta(days=60)
"""How long members are told before a partner takes no points any more."""

STATUS_AT = {
    "announce": "active",
    "stop_enrol": "no_enrol",
    "stop_earn": "no_earn",
    "stop_burn": "no_burn",
    "settle": "no_burn",
    "archive": "archived",
}
"""What a partner's status is at each stage."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The first days without enrolments, without points for purchases, without redemptions."""

    stop_enrol_on: date
    stop_earn_on: date
    stop_burn_on: date

    def faults(self, today: date) -> dict[str, list[str]]:
        """Return what is wrong with a plan that is announced today."""
        found: dict[str, list[str]] = {}
        earliest = today + LEAST_NOTICE
        if self.stop_burn_on < earliest:
            found["stop_burn_on"] = [f"Members have 60 days: {earliest.isoformat()} or later."]
        if not today <= self.stop_enrol_on <= self.stop_earn_on <= self.stop_burn_on:
            found["stop_earn_on"] = ["Enrolment stops first, then earning, then redemption."]
        return found

    def day_of(self, stage: str) -> date | None:
        """Return the first day of a stage; ``None`` of one that has no day of its own."""
        days = {
            "stop_enrol": self.stop_enrol_on,
            "stop_earn": self.stop_earn_on,
            "stop_burn": self.stop_burn_on,
        }
        return days.get(stage)


@dataclass(frozen=True, slots=True)
class RunOff:
    """How a deposit runs off: 6,500 points at 0.009, 4,000 redeemed, 22.50 go back at the end.

    Attributes:
        outstanding: points of the partner's lots that are left.
        rate: money for a point.
    """

    deposit: Decimal
    redeemed: int
    outstanding: int
    rate: Decimal

    @property
    def paid(self) -> Decimal:
        """What redemptions took of the deposit."""
        return min(self.redeemed * self.rate, self.deposit)

    @property
    def left(self) -> Decimal:
        """What is left of it; all of that goes back when no point is outstanding."""
        return deposit_left(self.deposit, redeemed=self.redeemed, rate=self.rate)


def after(stage: str) -> str | None:
    """Return the stage that follows one; ``None`` after the last."""
    place = STAGES.index(stage) + 1
    return STAGES[place] if place < len(STAGES) else None
