"""Lists of payments, and one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from stoa.errors import PaymentUnknownError
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["Payment", "find", "listed", "lock"]


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment; see `stoa.models.settling.Payment` for its amounts, in minor units.

    Attributes:
        direction: ``in`` from the partner, ``out`` to it.
        held_minor: signed as on statements: what open disputes held back when it was cut.
    """

    id: UUID
    points_currency: str
    period: str
    statement_id: UUID
    partner_id: UUID
    partner_code: str
    partner_name: str
    direction: str
    currency: str
    minor: int
    money_currency: str
    owed_minor: int
    held_minor: int
    due_on: date
    state: str
    reference: str
    file_id: UUID | None
    bank_date: date | None
    bank_minor: int | None
    bank_rate: Decimal | None
    bank_rate_id: int | None
    cleared_minor: int | None
    cash_minor: int | None
    proposed_at: datetime
    proposed_by: str
    recorded_at: datetime | None
    recorded_by: str
    note: str

    @property
    def public_id(self) -> str:
        """The id that the world sees: ``pay_…``."""
        return public_id("pay", self.id)

    @property
    def exchange_minor(self) -> int:
        """What the exchange gained (above zero) or lost on it, in `money_currency`."""
        if self.cash_minor is None or self.cleared_minor is None:
            return 0
        more = self.cash_minor - self.cleared_minor
        return more if self.direction == "in" else -more


_LOCK = "SELECT pg_advisory_xact_lock(5761) IS NULL"


def lock(work: Work) -> None:
    """Let nobody else settle until the end of this transaction: always before any other lock."""
    work.session.connection()
    work.rows(_LOCK)


_LISTED = """
SELECT p.id, p.points_currency, p.period, p.statement_id, p.partner_id, r.code, r.name,
       p.direction, p.currency, p.minor, p.money_currency, p.owed_minor, p.held_minor, p.due_on,
       p.state, p.reference, p.file_id, p.bank_date, p.bank_minor, p.bank_rate, p.bank_rate_id,
       p.cleared_minor, p.cash_minor, p.proposed_at, p.proposed_by, p.recorded_at, p.recorded_by,
       p.note
  FROM payments p JOIN partners r ON r.id = p.partner_id
 WHERE (%(id)s::uuid IS NULL OR p.id = %(id)s)
   AND (%(points_currency)s = '' OR p.points_currency = %(points_currency)s)
   AND (%(period)s = '' OR p.period = %(period)s)
   AND (%(partner)s::uuid IS NULL OR p.partner_id = %(partner)s)
   AND (%(state)s = '' OR p.state = %(state)s)
   AND (%(direction)s = '' OR p.direction = %(direction)s)
   AND (%(reference)s = '' OR p.reference = %(reference)s)
   AND (%(file)s::uuid IS NULL OR p.file_id = %(file)s)
   AND (%(before)s::uuid IS NULL OR p.id < %(before)s)
 ORDER BY p.id DESC LIMIT %(limit)s
"""


def listed(
    work: Work,
    *,
    points_currency: str = "",
    period: str = "",
    partner_id: UUID | None = None,
    state: str = "",
    direction: str = "",
    reference: str = "",
    file_id: UUID | None = None,
    before: UUID | None = None,
    limit: int = 100,
) -> Sequence[Payment]:
    """Return payments, the newest first; all by default, of a partner's actor its own.

    Args:
        before: the last payment of the page before.
    """
    values = {
        "id": None, "points_currency": points_currency, "period": period, "partner": partner_id,
        "state": state, "direction": direction, "reference": reference, "file": file_id,
        "before": before, "limit": limit,
    }  # fmt: skip
    return [Payment(*row) for row in work.rows(_LISTED, values)]


def find(work: Work, payment_id: UUID) -> Payment:
    """Return a payment.

    Raises:
        PaymentUnknownError: there is none of this id, or it is another partner's.
    """
    values = {
        "id": payment_id, "points_currency": "", "period": "", "partner": None, "state": "",
        "direction": "", "reference": "", "file": None, "before": None, "limit": 1,
    }  # fmt: skip
    rows = work.rows(_LISTED, values)
    if not rows:
        raise PaymentUnknownError
    return Payment(*rows[0])
