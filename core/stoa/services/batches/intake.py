"""A file is taken in: its lines are kept as they came, and read by the worker alone.

Reading fifty thousand rows takes seconds of one processor; a server that did so would let tills
wait. So a door keeps lines and answers at once.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update

from stoa.errors import (
    BatchesOpenError,
    InvalidBodyError,
    PartnerSuspendedError,
)
from stoa.models.batches import Batch as BatchTable
from stoa.services import idempotency
from stoa.services.batches.records import Batch, find
from stoa.values.identifiers import new_uuid
from stoa.work import Key, Work

__all__ = ["MAX_OPEN", "MAX_ROWS", "cancel", "take_in"]

MAX_ROWS = 50_000
"""The most rows of a batch."""

MAX_OPEN = 20
"""The most batches of a partner that wait or run."""

_SLICE = 5_000
_OPEN = ("queued", "running")
_ROWS = """
INSERT INTO batch_rows (batch_id, row_no, state, line, kind, key)
SELECT %(batch)s, n, 'waiting', line, '', '' FROM unnest(%(numbers)s::int[], %(lines)s::text[])
    AS given (n, line)
"""


def take_in(
    work: Work, lines: Sequence[tuple[int, str]], *, key: Key, dry_run: bool
) -> tuple[Batch, bool]:
    """Take a file in, whole or not at all; return the batch, and whether the key had made it.

    Args:
        lines: of the file, each with its number; one JSON object each, not read yet.
        dry_run: its rows shall be tried without effect.

    Raises:
        PartnerSuspendedError: the caller is no partner.
        InvalidBodyError: there are no rows, or more than `MAX_ROWS`.
        BatchesOpenError: the partner has `MAX_OPEN` batches that are not done.
        IdempotencyMismatchError: the key belongs to another request.
    """
    partner_id = work.actor.partner_id
    if partner_id is None:
        raise PartnerSuspendedError("Batches are sent by partners.")
    if not 1 <= len(lines) <= MAX_ROWS:
        wrong = f"A batch has 1 to {MAX_ROWS} rows; this one has {len(lines)}."
        raise InvalidBodyError(wrong, errors={"": [wrong]})

    def deed() -> dict[str, Any]:
        mine = (BatchTable.partner_id == partner_id) & BatchTable.state.in_(_OPEN)
        if (work.session.scalar(select(func.count()).where(mine)) or 0) >= MAX_OPEN:
            raise BatchesOpenError(most_open=MAX_OPEN)
        batch_id = new_uuid()
        work.session.execute(
            insert(BatchTable).values(
                id=batch_id, partner_id=partner_id, actor=work.actor.name, dry_run=dry_run,
                state="queued", total=len(lines), done=0, repeated=0, failed=0, attempts=0,
                made_at=work.now(), next_at=func.clock_timestamp(),
            )
        )  # fmt: skip
        for start in range(0, len(lines), _SLICE):
            part = lines[start : start + _SLICE]
            values = {
                "batch": batch_id, "numbers": [no for no, _ in part],
                "lines": [line for _, line in part],
            }  # fmt: skip
            work.session.connection().exec_driver_sql(_ROWS, values)
        return {"batch": str(batch_id)}

    told, repeated = idempotency.once(work, key, deed)
    return find(work, UUID(told["batch"])), repeated


def cancel(work: Work, batch_id: UUID, *, key: Key) -> tuple[Batch, bool]:
    """Leave the rows that wait undone; what was done stays, and a batch that is done is as it is.

    Raises:
        BatchUnknownError: the caller has no such batch.
        IdempotencyMismatchError: the key belongs to another request.
    """

    def deed() -> dict[str, Any]:
        find(work, batch_id)
        mine = (BatchTable.id == batch_id) & BatchTable.state.in_(_OPEN)
        change = update(BatchTable).where(mine).values(state="cancelled", ended_at=work.now())
        work.session.execute(change)
        return {"batch": str(batch_id)}

    told, repeated = idempotency.once(work, key, deed)
    return find(work, UUID(told["batch"])), repeated
