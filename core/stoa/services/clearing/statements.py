"""Frozen statements, as they were written when their period closed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from stoa.errors import StatementUnknownError
from stoa.values.clearing.statements import Statement
from stoa.values.identifiers import public_id, uuid_of
from stoa.work import Work

__all__ = ["Frozen", "statement", "statements_of"]


@dataclass(frozen=True, slots=True)
class Frozen:
    """A statement as it is kept; `document` is what `sha256` is over, byte for byte."""

    id: UUID
    points_currency: str
    period: str
    partner_id: UUID | None
    no: str
    document: str
    sha256: str
    opening_minor: int
    closing_minor: int
    money_currency: str
    issued_at: datetime

    @property
    def statement(self) -> Statement:
        """The statement, read from its document."""
        return Statement.read(public_id("stm", self.id), json.loads(self.document))


_COLUMNS = """id, points_currency, period, partner_id, no, document, sha256, opening_minor,
       closing_minor, money_currency, issued_at"""
_LIST = f"""
SELECT {_COLUMNS} FROM statements
 WHERE (%(currency)s = '' OR points_currency = %(currency)s)
   AND (%(period)s = '' OR period = %(period)s)
   AND (%(partner)s::uuid IS NULL OR partner_id = %(partner)s)
   AND (%(before)s = '' OR period < %(before)s)
 ORDER BY period DESC, no LIMIT %(limit)s
"""  # noqa: S608 - constants
_ONE = f"SELECT {_COLUMNS} FROM statements WHERE id = %s"  # noqa: S608 - constants


def statements_of(
    work: Work,
    *,
    currency: str = "",
    period: str = "",
    partner_id: UUID | None = None,
    before: str = "",
    limit: int = 1000,
) -> Sequence[Frozen]:
    """Return frozen statements, the newest period first, those of one by their numbers.

    A partner's actor is shown its own.

    Args:
        before: of periods before this one.
    """
    values = {
        "currency": currency, "period": period, "partner": partner_id, "before": before,
        "limit": limit,
    }  # fmt: skip
    return [Frozen(*row) for row in work.rows(_LIST, values)]


def statement(work: Work, statement_id: str) -> Frozen:
    """Return a statement by its public id.

    Raises:
        StatementUnknownError: there is none, or it is another partner's.
    """
    found = uuid_of("stm", statement_id)
    rows = work.rows(_ONE, (found,)) if found is not None else ()
    if not rows:
        raise StatementUnknownError
    return Frozen(*rows[0])
