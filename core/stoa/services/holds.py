"""Redemptions as they stand: found by id, by receipt, or with the key of a deed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from stoa.errors import RedemptionUnknownError, StoreUnknownError
from stoa.services import idempotency, partners
from stoa.services.partners import Terms
from stoa.values.amounts import Money, Rounding, divide
from stoa.work import Key, Work

__all__ = ["Redemption", "find", "find_by_receipt", "partner_of", "read"]


@dataclass(frozen=True, slots=True)
class Redemption:
    """A redemption as it stands; `spender_id` spends where a household's wallet pays."""

    id: UUID
    member_id: UUID
    store_id: UUID
    state: str
    points: int
    captured: int
    worth: Money
    purpose: str
    reward_id: str | None
    reference: str
    created_at: datetime
    expires_at: datetime
    resolved_at: datetime | None
    currency: str
    refunded: int = 0
    extended: bool = False
    spender_id: UUID | None = None

    @property
    def status(self) -> str:
        """The state, or ``refunded`` once all that was captured has come back."""
        all_back = self.state == "captured" and self.refunded == self.captured
        return "refunded" if all_back else self.state

    @property
    def left(self) -> int:
        """The captured points that can still be refunded."""
        return self.captured - self.refunded

    @property
    def taken_worth(self) -> Money:
        """What the points taken, or held still, are worth; a reward is worth its all."""
        if self.state == "held" or (self.purpose == "reward" and self.state == "captured"):
            return self.worth
        minor = divide(self.worth.minor * self.captured, self.points, Rounding.DOWN)
        return Money(minor, self.worth.currency)

    @property
    def released(self) -> int:
        """The points that went back to the member."""
        return 0 if self.state == "held" else self.points - self.captured


_COLUMNS = """
       h.id, h.member_id, h.store_id, h.state, h.points, h.captured, h.worth_minor, h.purpose,
       h.reward, h.reference, h.created_at, h.expires_at, h.resolved_at, h.currency,
       h.refunded, h.extended, h.spender_id
"""
_OWN = "h.purpose <> 'benefit'"  # those of benefit claims begin and end with their claim
_FIND = f"SELECT {_COLUMNS} FROM holds h WHERE h.id = %s AND h.partner_id = %s AND {_OWN}"  # noqa: S608 - constants
_BY_RECEIPT = f"""
SELECT {_COLUMNS} FROM holds h
 WHERE h.partner_id = %s AND h.reference = %s AND h.reference <> '' AND h.store_id = %s
   AND {_OWN}
 ORDER BY h.created_at DESC, h.id DESC LIMIT %s
"""  # noqa: S608 - constants
_READ_HOLD = f"""
SELECT k.fingerprint, k.created_at, k.member_id, k.subject_id, k.available, k.pending, k.held,
       k.debt, p.version, {_COLUMNS}
  FROM partners p
  LEFT JOIN keys k ON k.partner_id = p.id AND k.key = %s
  LEFT JOIN holds h ON h.id = %s AND h.partner_id = p.id AND {_OWN}
 WHERE p.id = %s
"""  # noqa: S608 - constants


def find(work: Work, redemption_id: UUID) -> Redemption:
    """Return one of the caller's redemptions.

    Raises:
        RedemptionUnknownError: the caller has no such redemption.
    """
    rows = work.rows(_FIND, (redemption_id, partner_of(work)))
    if not rows:
        raise RedemptionUnknownError
    return _redemption(work, rows[0])


def find_by_receipt(
    work: Work, store: str, receipt_no: str, *, limit: int = 100
) -> list[Redemption]:
    """Return the caller's redemptions at a store with this receipt number, the latest first.

    Raises:
        StoreUnknownError: the caller has no such store.
    """
    partner_id = partner_of(work)
    site = partners.terms(work, partner_id).store(store)
    if site is None:
        raise StoreUnknownError
    rows = work.rows(_BY_RECEIPT, (partner_id, receipt_no, site.id, limit))
    return [_redemption(work, row) for row in rows]


def partner_of(work: Work) -> UUID:
    """Return the caller's partner.

    Raises:
        RedemptionUnknownError: the caller acts for none.
    """
    if work.actor.partner_id is None:
        raise RedemptionUnknownError("Redemptions are made by partners.")
    return work.actor.partner_id


def read(
    work: Work, redemption_id: UUID, key: Key
) -> tuple[Terms, Redemption, idempotency.Used | None]:
    """Return the caller's terms, a redemption, and what the key did before: one statement.

    Raises:
        RedemptionUnknownError: the caller has no such redemption.
        IdempotencyMismatchError: the key belongs to another request.
    """
    partner_id = partner_of(work)
    row = work.rows(_READ_HOLD, (key.value, redemption_id, partner_id))[0]
    used = idempotency.used(work, key, row)
    terms = partners.terms(work, partner_id, version=row[8])
    if row[9] is None:
        raise RedemptionUnknownError
    return terms, _redemption(work, row[9:]), used


def _redemption(work: Work, row: Any) -> Redemption:  # noqa: ANN401 - a row of holds
    worth = Money(row[6], work.programme.money_currency)
    facts: list[Any] = [*row[:6], worth, row[7], row[8] or None, *row[9:17]]
    return Redemption(*facts)
