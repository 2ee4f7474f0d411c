"""Disputes: `client.disputes` contests a part of a statement, and tells what became of it.

    opened = client.disputes.open(statement_id, line="burned", points=500, reason="points",
                                  text="Not at our tills.", reference="ticket 4711")
    client.disputes.add_evidence(opened.dispute_id, "receipts.pdf", data)
    client.disputes.withdraw(opened.dispute_id)
    for note in client.disputes.credit_notes().credit_notes: ...

What is disputed is held back from what is paid; nothing else moves. Opening and taking back need
``disputes:write``, reading ``statements:read``.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from stoa_sdk.calls import AsyncSender, Call, Sender, get, post, segment
from stoa_sdk.evidence import Evidence, handed_in
from stoa_sdk.inputs import Amount, amount_text
from stoa_sdk.paging import async_pages, pages
from stoa_sdk.records import Record

__all__ = [
    "AsyncDisputes",
    "CreditNote",
    "CreditNotePage",
    "Dispute",
    "DisputePage",
    "Disputes",
    "credited",
    "disputed",
    "found",
    "opened",
    "withdrawn",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute(Record):
    """A dispute as it stands; amounts are in `money_currency`.

    Attributes:
        counterparty: the other partner's code, empty for the operator.
        points: 0 where only money is disputed.
        amount: disputed, without `tax`; `held` is what is held back now, with it.
        state: ``open``, ``upheld`` (the line stands), ``credited``, ``withdrawn`` or ``lapsed``.
        opened_by: ``partner`` or ``operator``.
        decision: why it was decided so.
    """

    dispute_id: str
    statement_id: str
    statement_no: str
    period: str
    points_currency: str
    line: str
    counterparty: str
    points: int
    amount: Decimal
    tax: Decimal
    held: Decimal
    money_currency: str
    reason: str
    text: str
    reference: str
    state: str
    window_ends: date
    opened_at: datetime
    opened_by: str
    decided_at: datetime | None
    decision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputePage(Record):
    """A page of disputes, the latest first."""

    disputes: tuple[Dispute, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNote(Record):
    """A credit note; `amount` is below zero, `sha256` is of the canonical JSON of `document`."""

    credit_note_id: str
    no: str
    dispute_id: str
    period: str
    amount: Decimal
    money_currency: str
    issued_at: datetime
    sha256: str
    document: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNotePage(Record):
    """A page of credit notes, the latest first."""

    credit_notes: tuple[CreditNote, ...]
    next_cursor: str | None = None


def opened(
    statement_id: str,
    *,
    line: str,
    reason: str,
    text: str,
    points: int | None = None,
    amount: Amount | None = None,
    counterparty: str = "",
    reference: str = "",
    idempotency_key: str | None = None,
) -> Call[Dispute]:
    """Dispute a part of a statement's line: it is held back until it is decided.

    Args:
        line: as on the statement, such as ``burned``.
        points: disputed points, at the line's rate; or
        amount: disputed money, without tax.
        counterparty: the other partner's code, empty for the operator.
        reason: ``points``, ``rate``, ``duplicate``, ``not_ours``, ``returned``, ``fraud`` or
            ``other``.
        reference: where your evidence is; without any it lapses at the end of the window.
    """
    body: dict[str, Any] = {
        "line": line, "reason": reason, "text": text, "points": points,
        "amount": None if amount is None else amount_text(amount),
        "counterparty": counterparty or None, "reference": reference or None,
    }  # fmt: skip
    path = f"v1/statements/{segment(statement_id)}/disputes"
    told = {name: each for name, each in body.items() if each is not None}
    return post(path, Dispute, told, idempotency_key)


def withdrawn(dispute: str, *, idempotency_key: str | None = None) -> Call[Dispute]:
    """Take back a dispute that you opened."""
    return post(f"v1/disputes/{segment(dispute)}/withdraw", Dispute, {}, idempotency_key)


def found(dispute: str) -> Call[Dispute]:
    """Return a dispute."""
    return get(f"v1/disputes/{segment(dispute)}", Dispute)


def disputed(
    *,
    state: str | None = None,
    period: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Call[DisputePage]:
    """Return the disputes that you are a party of, the latest first.

    Args:
        state: ``open`` and so on; all by default.
        period: ``2026-05``.
        cursor: of the page before.
        limit: of a page, 1 to 200.
    """
    query = {"state": state, "period": period, "cursor": cursor, "limit": str(limit)}
    return get("v1/disputes", DisputePage, query)


def credited(
    *, period: str | None = None, cursor: str | None = None, limit: int = 50
) -> Call[CreditNotePage]:
    """Return your credit notes, the latest first; arguments as of `disputed`."""
    return get(
        "v1/credit-notes", CreditNotePage,
        {"period": period, "cursor": cursor, "limit": str(limit)},
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Disputes:
    """What a `Client` disputes: what `client.disputes` is."""

    sender: Sender

    def open(
        self,
        statement_id: str,
        *,
        line: str,
        reason: str,
        text: str,
        points: int | None = None,
        amount: Amount | None = None,
        counterparty: str = "",
        reference: str = "",
        idempotency_key: str | None = None,
    ) -> Dispute:
        """Dispute a part of a statement's line: it is held back until it is decided."""
        return self.sender.send(
            opened(
                statement_id, line=line, reason=reason, text=text, points=points, amount=amount,
                counterparty=counterparty, reference=reference, idempotency_key=idempotency_key,
            )
        )  # fmt: skip

    def withdraw(self, dispute: str, *, idempotency_key: str | None = None) -> Dispute:
        """Take back a dispute that you opened."""
        return self.sender.send(withdrawn(dispute, idempotency_key=idempotency_key))

    def add_evidence(
        self,
        dispute: str,
        name: str,
        data: bytes,
        *,
        media_type: str | None = None,
        idempotency_key: str | None = None,
    ) -> Evidence:
        """Hand in a file with an open dispute; see `stoa_sdk.evidence.handed_in`."""
        return self.sender.send(
            handed_in(dispute, name, data, media_type=media_type, idempotency_key=idempotency_key)
        )

    def find(self, dispute: str) -> Dispute:
        """Return a dispute."""
        return self.sender.send(found(dispute))

    def list(
        self,
        *,
        state: str | None = None,
        period: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> DisputePage:
        """Return a page of the disputes that you are a party of, the latest first."""
        return self.sender.send(disputed(state=state, period=period, cursor=cursor, limit=limit))

    def all(self, *, state: str | None = None, period: str | None = None) -> Iterator[Dispute]:
        """Yield the disputes that you are a party of, the latest first."""
        for page in pages(self.sender, disputed(state=state, period=period, limit=200)):
            yield from page.disputes

    def credit_notes(
        self, *, period: str | None = None, cursor: str | None = None, limit: int = 50
    ) -> CreditNotePage:
        """Return a page of your credit notes, the latest first."""
        return self.sender.send(credited(period=period, cursor=cursor, limit=limit))

    def credit_notes_all(self, *, period: str | None = None) -> Iterator[CreditNote]:
        """Yield your credit notes, the latest first."""
        for page in pages(self.sender, credited(period=period, limit=200)):
            yield from page.credit_notes


@dataclass(frozen=True, slots=True)
class AsyncDisputes:
    """What an `AsyncClient` disputes."""

    sender: AsyncSender

    async def open(
        self,
        statement_id: str,
        *,
        line: str,
        reason: str,
        text: str,
        points: int | None = None,
        amount: Amount | None = None,
        counterparty: str = "",
        reference: str = "",
        idempotency_key: str | None = None,
    ) -> Dispute:
        """Dispute a part of a statement's line: it is held back until it is decided."""
        return await self.sender.send(
            opened(
                statement_id, line=line, reason=reason, text=text, points=points, amount=amount,
                counterparty=counterparty, reference=reference, idempotency_key=idempotency_key,
            )
        )  # fmt: skip

    async def withdraw(self, dispute: str, *, idempotency_key: str | None = None) -> Dispute:
        """Take back a dispute that you opened."""
        return await self.sender.send(withdrawn(dispute, idempotency_key=idempotency_key))

    async def add_evidence(
        self,
        dispute: str,
        name: str,
        data: bytes,
        *,
        media_type: str | None = None,
        idempotency_key: str | None = None,
    ) -> Evidence:
        """Hand in a file with an open dispute; see `stoa_sdk.evidence.handed_in`."""
        return await self.sender.send(
            handed_in(dispute, name, data, media_type=media_type, idempotency_key=idempotency_key)
        )

    async def find(self, dispute: str) -> Dispute:
        """Return a dispute."""
        return await self.sender.send(found(dispute))

    async def list(
        self,
        *,
        state: str | None = None,
        period: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> DisputePage:
        """Return a page of the disputes that you are a party of, the latest first."""
        return await self.sender.send(
            disputed(state=state, period=period, cursor=cursor, limit=limit)
        )

    async def all(
        self, *, state: str | None = None, period: str | None = None
    ) -> AsyncIterator[Dispute]:
        """Yield the disputes that you are a party of, the latest first."""
        first = disputed(state=state, period=period, limit=200)
        async for page in async_pages(self.sender, first):
            for each in page.disputes:
                yield each

    async def credit_notes(
        self, *, period: str | None = None, cursor: str | None = None, limit: int = 50
    ) -> CreditNotePage:
        """Return a page of your credit notes, the latest first."""
        return await self.sender.send(credited(period=period, cursor=cursor, limit=limit))

    async def credit_notes_all(self, *, period: str | None = None) -> AsyncIterator[CreditNote]:
        """Yield your credit notes, the latest first."""
        async for page in async_pages(self.sender, credited(period=period, limit=200)):
            for each in page.credit_notes:
                yield each
