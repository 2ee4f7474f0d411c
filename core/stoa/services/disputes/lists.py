"""Lists of disputes, one of them, and what was handed in with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString
from uuid import UUID

from stoa.errors import DisputeUnknownError
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["COLUMNS", "JOINED", "Dispute", "Given", "accepted", "find", "given", "listed"]


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute; see `stoa.models.disputes.Dispute`. Amounts are minor units above zero.

    Attributes:
        owes: whether the partner owes the line, so that less is collected from it for now.
        opened_for: the partner for whom it was opened, ``None`` for the operator.
    """

    id: UUID
    statement_id: UUID
    statement_no: str
    points_currency: str
    money_currency: str
    period: str
    partner_id: UUID
    partner_code: str
    partner_name: str
    other_id: UUID | None
    line: str
    counterparty: str
    place: int
    owes: bool
    points: int
    minor: int
    tax_minor: int
    reason: str
    text: str
    reference: str
    state: str
    window_ends: date
    opened_at: datetime
    opened_by: str
    opened_for: UUID | None
    decided_at: datetime | None
    decided_by: str
    decision: str

    @property
    def public_id(self) -> str:
        """The id that the world sees: ``dsp_…``."""
        return public_id("dsp", self.id)

    @property
    def held_minor(self) -> int:
        """What is held back now, with its tax."""
        return self.minor + self.tax_minor if self.state == "open" else 0


@dataclass(frozen=True, slots=True)
class Given:
    """A file that was handed in, without its bytes."""

    n: int
    name: str
    media_type: str
    size: int
    sha256: str
    given_at: datetime
    given_by: str


COLUMNS: LiteralString = """
       d.id, d.statement_id, coalesce(s.no, ''), d.points_currency, d.money_currency, d.period,
       d.partner_id, p.code, p.name, d.other_id, d.line, d.counterparty, d.place, d.owes, d.points,
       d.minor, d.tax_minor, d.reason, d.text, d.reference, d.state, d.window_ends, d.opened_at,
       d.opened_by, d.opened_for, d.decided_at, d.decided_by, d.decision
"""
"""What is read of a dispute, in the order of `Dispute`."""

JOINED: LiteralString = """
disputes d JOIN partners p ON p.id = d.partner_id
  LEFT JOIN statements s ON s.id = d.statement_id
"""
"""Where it is read from."""

_LISTED = f"""
SELECT {COLUMNS} FROM {JOINED}
 WHERE (%(id)s::uuid IS NULL OR d.id = %(id)s)
   AND (%(points_currency)s = '' OR d.points_currency = %(points_currency)s)
   AND (%(period)s = '' OR d.period = %(period)s)
   AND (%(partner)s::uuid IS NULL OR %(partner)s IN (d.partner_id, d.other_id))
   AND (%(statement)s::uuid IS NULL OR d.statement_id = %(statement)s)
   AND (%(state)s = '' OR d.state = %(state)s)
   AND (%(before)s::uuid IS NULL OR d.id < %(before)s)
 ORDER BY d.id DESC LIMIT %(limit)s
"""  # noqa: S608 - constants


def listed(
    work: Work,
    *,
    points_currency: str = "",
    period: str = "",
    partner_id: UUID | None = None,
    statement_id: UUID | None = None,
    state: str = "",
    before: UUID | None = None,
    limit: int = 100,
) -> Sequence[Dispute]:
    """Return disputes, the newest first; of a partner's actor those that it is a party of.

    Args:
        before: the last dispute of the page before.
    """
    values = {
        "id": None, "points_currency": points_currency, "period": period, "partner": partner_id,
        "statement": statement_id, "state": state, "before": before, "limit": limit,
    }  # fmt: skip
    return [Dispute(*row) for row in work.rows(_LISTED, values)]


def find(work: Work, dispute_id: UUID) -> Dispute:
    """Return a dispute.

    Raises:
        DisputeUnknownError: there is none of this id, or it is another partner's.
    """
    values = {
        "id": dispute_id, "points_currency": "", "period": "", "partner": None,
        "statement": None, "state": "", "before": None, "limit": 1,
    }  # fmt: skip
    rows = work.rows(_LISTED, values)
    if not rows:
        raise DisputeUnknownError
    return Dispute(*rows[0])


_GIVEN = """
SELECT n, name, media_type, length(content), sha256, given_at, given_by FROM dispute_evidence
 WHERE dispute_id = %s ORDER BY n
"""


def given(work: Work, dispute_id: UUID) -> Sequence[Given]:
    """Return what was handed in with a dispute; of a partner's actor what it handed in itself."""
    return [Given(*row) for row in work.rows(_GIVEN, (dispute_id,))]


def accepted(work: Work, statement_id: UUID, disputes_until: date) -> bool:
    """Tell whether a statement is accepted: its window is over, and nothing of it is disputed."""
    if work.today() <= disputes_until:
        return False
    return not listed(work, statement_id=statement_id, state="open", limit=1)
