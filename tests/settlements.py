"""Statements to settle: an alliance's period is closed with papers written by hand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from clearings import WORKER, Alliance
from stoa.services import journal
from stoa.values.clearing.statements import (
    Entity,
    FxRate,
    PointsAccount,
    Rated,
    Statement,
    StatementLine,
)
from stoa.values.identifiers import public_id

__all__ = ["PERIOD", "Settlement", "a_line", "a_statement", "statement_id"]

PERIOD = "2026-05"
OPERATOR = Entity("The Operator Ltd")
CLOSE = """
INSERT INTO clearing_periods (points_currency, period, mode, state, cut_place, cut_entry, closed_at)
VALUES ('STAR', %s, 'POOL', 'closed', (SELECT place FROM money_mark),
        (SELECT entry_no FROM money_mark), now())
ON CONFLICT (points_currency, period) DO UPDATE
   SET state = 'closed', cut_place = excluded.cut_place, cut_entry = excluded.cut_entry,
       closed_at = excluded.closed_at
"""
KEEP = """
INSERT INTO statements (id, points_currency, period, partner_id, no, document, sha256,
                        money_currency, opening_minor, closing_minor, settlement_currency,
                        settlement_minor, mode, issued_at)
VALUES (%s, 'STAR', %s, %s, %s, %s, %s, 'CNY', %s, %s, %s, %s, 'POOL', now())
"""


def a_line(line: str, points: int, rate: str, minor: int, **more: Any) -> StatementLine:
    """Return a line at one rate."""
    price, amount = Decimal(rate), Decimal(minor) / 100
    return StatementLine(
        line, more.pop("counterparty", ""), points, amount, minor, 1,
        (Rated(price, points, amount, 1),), **more,
    )  # fmt: skip


def statement_id(mark: str) -> UUID:
    """Return the id of the statement that `a_statement` keeps under a mark."""
    return uuid5(NAMESPACE_URL, mark)


def a_statement(url: str, partner_id: UUID, mark: str, *, until: date = date(2026, 6, 30)) -> str:
    """Keep a statement of April, of 1,000,000 points redeemed at 0.009; return its public id."""
    line = a_line("burned", -1_000_000, "0.009", -900_000)
    paper = Statement(
        "", f"STM-{mark}", "2026-04", Entity(mark, mark.lower()), OPERATOR, "STAR", "CNY", "POOL",
        0, (line,), -900_000, PointsAccount(), "CNY", -900_000, disputes_until=until,
    )  # fmt: skip
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            KEEP,
            (
                statement_id(mark), paper.period, partner_id, paper.no, paper.canonical.decode(),
                paper.sha256, 0, -900_000, "CNY", -900_000,
            ),
        )  # fmt: skip
        _keep_operators(connection, paper.period)
    engine.dispose()
    return public_id("stm", statement_id(mark))


def _keep_operators(connection: Connection, period: str) -> None:
    """Keep the operator's statement: what all the others owe or are owed, from its side."""
    connection.exec_driver_sql(
        "DELETE FROM statements WHERE period = %s AND partner_id IS NULL", (period,)
    )
    opening, closing = connection.exec_driver_sql(
        "SELECT -sum(opening_minor)::bigint, -sum(closing_minor)::bigint FROM statements"
        " WHERE period = %s",
        (period,),
    ).one()
    no = f"STM-{period}-O"
    paper = Statement(
        "", no, period, OPERATOR, OPERATOR, "STAR", "CNY", "POOL", opening,
        (a_line("corrections", 0, "1", closing - opening),), closing, PointsAccount(), "CNY",
        closing,
    )  # fmt: skip
    connection.exec_driver_sql(
        KEEP,
        (
            uuid4(), period, None, no, paper.canonical.decode(), paper.sha256, opening, closing,
            "CNY", closing,
        ),
    )  # fmt: skip


@dataclass
class Settlement:
    """An alliance with statements of May 2026, which are disputed until the end of June."""

    alliance: Alliance
    statements: dict[str, UUID] = field(default_factory=dict)

    def close(
        self,
        lines: Mapping[str, Iterable[StatementLine]],
        *,
        period: str = PERIOD,
        opening: Mapping[str, int] | None = None,
        settled: Mapping[str, tuple[str, FxRate, int]] | None = None,
    ) -> None:
        """Close a period with statements of these lines, by the partners' letters."""
        engine = create_engine(self.alliance.url, poolclass=NullPool)
        with engine.begin() as connection:
            connection.exec_driver_sql(CLOSE, (period,))
            for number, (letter, each) in enumerate(lines.items(), 1):
                begun = (opening or {}).get(letter, 0)
                owed = begun + sum(line.minor + line.tax_minor for line in each if not line.memo)
                currency, fx, minor = (settled or {}).get(letter, ("CNY", None, owed))
                paper = Statement(
                    "", f"STM-{period}-{number:04d}", period,
                    Entity(f"Partner {letter}", letter.lower()), OPERATOR, "STAR", "CNY", "POOL",
                    begun, tuple(each), owed, PointsAccount(), currency, minor, fx,
                    issued_on=date(2026, 6, 1), due=date(2026, 6, 30),
                    disputes_until=date(2026, 6, 30),
                )  # fmt: skip
                self.statements[letter] = uuid4()
                connection.exec_driver_sql(
                    KEEP,
                    (
                        self.statements[letter], period, self.alliance.partners[letter], paper.no,
                        paper.canonical.decode(), paper.sha256, begun, owed, currency, minor,
                    ),
                )  # fmt: skip
            _keep_operators(connection, period)
        engine.dispose()

    def balance(self) -> Decimal:
        """Return what all positions add up to; each entry has two sides, so it is nothing."""
        with self.alliance.desk.work(WORKER) as work:
            each = journal.trial_balance(work, "STAR")
            return sum((one.debit - one.credit for one in each), Decimal(0))

    def settling(self) -> list[str]:
        """Return the entries of payments and disputes in words, in their order."""
        return [
            each.removesuffix(".00")
            for each in self.alliance.booked()
            if each.split()[0] in ("payments", "disputes", "tax")
        ]
