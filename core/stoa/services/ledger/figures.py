"""What the ledger is given and what it answers: legs, balances, and the two signs to look again."""

from dataclasses import dataclass
from uuid import UUID

__all__ = ["Balance", "KeyUsedError", "Leg", "StaleError"]


class KeyUsedError(Exception):
    """The key had its effect before; the first answer has to be given again."""


class StaleError(Exception):
    """The purchase changed between reading and writing; read it again."""


@dataclass(frozen=True, slots=True)
class Balance:
    """A wallet's figures after a deed, in whole points."""

    currency: str
    available: int
    pending: int
    held: int
    debt: int
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Leg:
    """One posting to be: points above zero, why, and who pays (``None`` is the operator).

    `lot` names the posting whose lot a clawback takes from first.
    """

    points: int
    reason: str
    payer_id: UUID | None
    lot: int = 0
