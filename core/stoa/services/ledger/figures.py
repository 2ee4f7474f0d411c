"""What the ledger is given and what it answers: legs, balances, and the signs to look again."""

from dataclasses import dataclass, replace
from uuid import UUID

__all__ = ["Balance", "KeyUsedError", "Leg", "LimitReachedError", "StaleError"]


class KeyUsedError(Exception):
    """The key had its effect before; the first answer has to be given again."""


class StaleError(Exception):
    """The purchase changed between reading and writing; read it again."""


class LimitReachedError(Exception):
    """A campaign can't pay so much; reckon again with what is left.

    Attributes:
        campaign: its code.
        left: points that it may still pay the member, 0 for none.
        by: what says so: ``budget``, or the period of a cap.
    """

    def __init__(self, campaign: str, left: int, by: str) -> None:
        super().__init__(f"{campaign} has {left} points left by its {by}")
        self.campaign = campaign
        self.left = left
        self.by = by


@dataclass(frozen=True, slots=True)
class Balance:
    """A wallet's figures after a deed, in whole points."""

    currency: str
    available: int
    pending: int
    held: int
    debt: int
    seq: int = 0

    def served(self, debt_policy: str) -> "Balance":
        """Return the figures as members see them: with ``negative``, a debt is off the balance."""
        if debt_policy != "negative" or not self.debt:
            return self
        return replace(self, available=self.available - self.debt, debt=0)


@dataclass(frozen=True, slots=True)
class Leg:
    """One posting to be: points above zero, why, and who pays (``None`` is the operator).

    `lot` names the posting whose lot a clawback takes from first.
    """

    points: int
    reason: str
    payer_id: UUID | None
    lot: int = 0
