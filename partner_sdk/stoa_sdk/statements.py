"""Statements and positions: what you owe the alliance for points, month by month and by now.

    for found in client.statements.all():
        statement = client.statements.get(found.statement_id)
        for line in statement.document.lines:
            print(line.line, line.points, line.rounded)
    print(client.positions.now().net)

Amounts above zero are what you owe, those below zero what you are owed. The scope is
``statements:read``.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from stoa_sdk.calls import AsyncSender, Call, Sender, get
from stoa_sdk.paging import async_pages, pages
from stoa_sdk.records import Record

__all__ = [
    "AsyncPositions",
    "AsyncStatements",
    "LegalEntity",
    "MoneyEntry",
    "MoneyEntryPage",
    "MoneyRate",
    "PointsAccount",
    "Position",
    "Positions",
    "RatedPart",
    "Statement",
    "StatementDocument",
    "StatementLine",
    "StatementPage",
    "StatementSummary",
    "Statements",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedPart(Record):
    """The part of a line at one rate, money per point; `None` of what is not by the point."""

    rate: Decimal | None
    points: int
    amount: Decimal
    entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine(Record):
    """One line of a statement.

    Attributes:
        line: ``issued``, ``clawback``, ``burned``, ``benefits``, ``coupons``, ``adjustments``,
            ``fees``, ``packs``, ``disputes``, ``tax`` or ``payments``.
        counterparty: the other partner's code; empty for the operator.
        amount: exact; `rounded` is what counts.
        entries: of the journal, behind the line: `Statements.entries`.
        late: days of what came after their month was closed.
        memo: you owe it to yourself; it moves nothing.
    """

    line: str
    counterparty: str
    points: int
    amount: Decimal
    rounded: Decimal
    rates: tuple[RatedPart, ...]
    tax_code: str
    tax_rate: Decimal | None
    tax: Decimal
    entries: int
    first_place: int | None
    last_place: int | None
    late: tuple[date, ...]
    memo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsAccount(Record):
    """The points of your lots, signed as in wallets; `closing` is what is left in them."""

    opening: int
    issued: int
    clawback: int
    burned: int
    expired: int
    adjusted: int
    closing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalEntity(Record):
    """A party as it stood when the month was closed; the operator has no code."""

    name: str
    code: str
    address: tuple[str, ...]
    tax_number: str
    account: str
    bic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyRate(Record):
    """What one unit of `base` was worth in `quote`, with the number under which it is kept."""

    id: int
    base: str
    quote: str
    rate: Decimal
    business_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementDocument(Record):
    """A statement as it was frozen.

    Attributes:
        opening: what the one before came to.
        closing: what you owe at the end of the month.
        settlement: the closing in the money you settle in, at `fx`.
    """

    shape: int
    no: str
    period: str
    partner: LegalEntity
    operator: LegalEntity
    points_currency: str
    money_currency: str
    mode: str
    opening: Decimal
    lines: tuple[StatementLine, ...]
    closing: Decimal
    points: PointsAccount
    settlement_currency: str
    settlement: Decimal
    fx: MoneyRate | None
    issued_on: date | None
    due: date | None
    disputes_until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementSummary(Record):
    """A statement of a closed month; `sha256` is over its frozen document."""

    statement_id: str
    no: str
    period: str
    points_currency: str
    money_currency: str
    opening: Decimal
    closing: Decimal
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(StatementSummary):
    """A statement with all that was frozen."""

    document: StatementDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementPage(Record):
    """A page of your statements, the newest month first."""

    statements: tuple[StatementSummary, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyEntry(Record):
    """What one posting, claim or document came to for you.

    Attributes:
        place: in the transparency log; `None` of what is no posting.
        subject: your own purchase, redemption, claim, coupon use or pack that it came from.
    """

    entry_no: int
    line: str
    business_date: date
    counterparty: str
    points: int
    rate: Decimal | None
    amount: Decimal
    source: str
    place: int | None
    subject: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyEntryPage(Record):
    """A page of entries, in the order of their booking."""

    entries: tuple[MoneyEntry, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Position(Record):
    """What you owe (above zero) or are owed by now, exact.

    Attributes:
        opening: what your last statement came to; `lines` are what was booked since.
        place: of the transparency log, up to which it is reckoned; `behind` postings are not yet.
    """

    points_currency: str
    money_currency: str
    period: str
    mode: str
    opening: Decimal
    lines: tuple[StatementLine, ...]
    net: Decimal
    points: PointsAccount
    place: int
    behind: int


def statements(
    *, period: str | None = None, cursor: str | None = None, limit: int = 50
) -> Call[StatementPage]:
    """Return your statements, the newest month first; needs ``statements:read``.

    Args:
        period: ``YYYY-MM``.
        cursor: of the page before.
        limit: of a page, 1 to 200.
    """
    query = {"period": period, "cursor": cursor, "limit": str(limit)}
    return get("v1/statements", StatementPage, query)


def statement(statement_id: str) -> Call[Statement]:
    """Return a statement as it was frozen; needs ``statements:read``."""
    return get(f"v1/statements/{statement_id}", Statement)


def statement_entries(
    statement_id: str,
    *,
    line: str | None = None,
    counterparty: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Call[MoneyEntryPage]:
    """Return the entries behind a statement, or one of its lines; needs ``statements:read``.

    Args:
        counterparty: a partner's code; empty for the operator.
        cursor: of the page before.
        limit: of a page, 1 to 200.
    """
    query = {"line": line, "counterparty": counterparty, "cursor": cursor, "limit": str(limit)}
    return get(f"v1/statements/{statement_id}/entries", MoneyEntryPage, query)


def position() -> Call[Position]:
    """Return what you owe or are owed by now; needs ``statements:read``."""
    return get("v1/positions", Position)


@dataclass(frozen=True, slots=True)
class Statements:
    """What a `Client` knows of closed months."""

    sender: Sender

    def list(
        self, *, period: str | None = None, cursor: str | None = None, limit: int = 50
    ) -> StatementPage:
        """Return a page of your statements, the newest month first."""
        return self.sender.send(statements(period=period, cursor=cursor, limit=limit))

    def all(self, *, period: str | None = None) -> Iterator[StatementSummary]:
        """Yield your statements, the newest month first, page after page as they are needed."""
        for found in pages(self.sender, statements(period=period, limit=200)):
            yield from found.statements

    def get(self, statement_id: str) -> Statement:
        """Return a statement as it was frozen."""
        return self.sender.send(statement(statement_id))

    def entries(
        self, statement_id: str, *, line: str | None = None, counterparty: str | None = None
    ) -> Iterator[MoneyEntry]:
        """Yield the entries behind a statement or one of its lines, in their order."""
        first = statement_entries(statement_id, line=line, counterparty=counterparty, limit=200)
        for found in pages(self.sender, first):
            yield from found.entries


@dataclass(frozen=True, slots=True)
class AsyncStatements:
    """What an `AsyncClient` knows of closed months."""

    sender: AsyncSender

    async def list(
        self, *, period: str | None = None, cursor: str | None = None, limit: int = 50
    ) -> StatementPage:
        """Return a page of your statements, the newest month first."""
        return await self.sender.send(statements(period=period, cursor=cursor, limit=limit))

    async def all(self, *, period: str | None = None) -> AsyncIterator[StatementSummary]:
        """Yield your statements, the newest month first, page after page as they are needed."""
        async for found in async_pages(self.sender, statements(period=period, limit=200)):
            for each in found.statements:
                yield each

    async def get(self, statement_id: str) -> Statement:
        """Return a statement as it was frozen."""
        return await self.sender.send(statement(statement_id))

    async def entries(
        self, statement_id: str, *, line: str | None = None, counterparty: str | None = None
    ) -> AsyncIterator[MoneyEntry]:
        """Yield the entries behind a statement or one of its lines, in their order."""
        first = statement_entries(statement_id, line=line, counterparty=counterparty, limit=200)
        async for found in async_pages(self.sender, first):
            for each in found.entries:
                yield each


@dataclass(frozen=True, slots=True)
class Positions:
    """What a `Client` knows of what it owes by now."""

    sender: Sender

    def now(self) -> Position:
        """Return what you owe (above zero) or are owed by now."""
        return self.sender.send(position())


@dataclass(frozen=True, slots=True)
class AsyncPositions:
    """What an `AsyncClient` knows of what it owes by now."""

    sender: AsyncSender

    async def now(self) -> Position:
        """Return what you owe (above zero) or are owed by now."""
        return await self.sender.send(position())
