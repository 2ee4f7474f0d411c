"""Returns that come before their sale: parked, matched by the worker when the sale arrives.

A till that was offline may tell of a return first. It names the sale by its receipt; as long as
that is not known, or its points are still pending, the return waits. The worker posts it in the
name of the till that told of it, as of when that was, and so it ends as a return told in order
would have. One that the sale refuses stays in the queue with the refusal's code.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError

from stoa.errors import (
    PurchaseClosedError,
    PurchaseUnknownError,
    ReturnResolvedError,
    ReturnUnknownError,
    StoaError,
    StoreUnknownError,
)
from stoa.models.earning import ParkedReturn
from stoa.services import audit, idempotency, partners, purchases, returns
from stoa.services.backs import Back
from stoa.services.purchases import Place
from stoa.services.returns import Returned
from stoa.values.identifiers import new_uuid, public_id, uuid_of
from stoa.values.periods import local_day
from stoa.values.wire import as_json, from_json
from stoa.work import Actor, Key, Work

__all__ = ["STATES", "Original", "Parked", "drop", "find", "match", "queue", "sold_at", "take_back"]

STATES = ("awaiting", "matched", "refused", "dropped")
"""What may have become of a parked return."""


@dataclass(frozen=True, slots=True)
class Original:
    """The receipt of the sale; without a terminal, one that was reported without."""

    store: str
    receipt_no: str
    business_date: date
    terminal: str = ""


@dataclass(frozen=True, slots=True)
class Parked:
    """A return that came before its sale.

    Attributes:
        state: one of `STATES`.
        refusal: the code of what the sale refused it with; else empty.
        transaction_id: of the return that was posted; ``None`` before.
    """

    id: UUID
    partner_id: UUID
    store_id: UUID
    terminal: str
    receipt_no: str
    business_date: date
    back: Back
    state: str
    received_at: datetime
    resolved_at: datetime | None
    refusal: str
    transaction_id: UUID | None


def sold_at(work: Work, original: Original) -> purchases.Sold:
    """Return the caller's sale of a receipt.

    Raises:
        StoreUnknownError: the caller has no such store.
        PurchaseUnknownError: no sale of this receipt was reported.
    """
    if work.actor.partner_id is None:
        raise PurchaseUnknownError("Purchases are reported by partners.")
    store = partners.terms(work, work.actor.partner_id).store(original.store)
    if store is None:
        raise StoreUnknownError
    place = Place(store.id, original.terminal, original.receipt_no, original.business_date)
    sold = purchases.find_by_receipt(work, place)
    if sold is None:
        raise PurchaseUnknownError
    return sold


def take_back(
    work: Work, original: Original, back: Back, *, key: Key
) -> tuple[Returned | Parked, bool]:
    """Take goods or money back of the sale of a receipt; park the return where that is not known.

    Returns:
        What it came to, and whether the key had done it before.

    Raises:
        StoreUnknownError: the caller has no such store.
        PurchaseClosedError: the return window is over.
        StoaError: as `returns.take_back` does, where the sale is known.
    """
    partner_id = work.actor.partner_id
    if partner_id is None:
        raise PurchaseUnknownError("Returns are reported by partners.")
    used = idempotency.find(work, partner_id, key)
    if used is not None and used.subject_id is not None:
        done = returns.again(work, used)
        return done, True
    terms = partners.terms(work, partner_id)
    store = terms.store(original.store)
    if store is None:
        raise StoreUnknownError
    place = Place(store.id, original.terminal, original.receipt_no, original.business_date)
    sold = None if used else purchases.find_by_receipt(work, place)
    if sold is not None and sold.status != "pending":
        done = returns.take_back(work, sold.id, back, key=key)
        return done, done.replayed
    today = local_day(work.now(), store.zone)
    days = terms.agreement_on(today).return_days
    if used is None and today - original.business_date > timedelta(days=days):
        raise PurchaseClosedError("The time to return this purchase is over.", return_days=days)
    answer, repeated = idempotency.once(work, key, lambda: _park(work, partner_id, place, back))
    return replace(_read(work, answer["return"]), **_AS_PARKED), repeated


_AS_PARKED: dict[str, Any] = {
    "state": "awaiting",
    "resolved_at": None,
    "refusal": "",
    "transaction_id": None,
}
_COLUMNS = """
SELECT k.id, k.partner_id, k.store_id, k.terminal, k.receipt_no, k.business_date, k.ask, k.state,
       k.received_at, k.resolved_at, k.refusal, done.subject_id
  FROM parked_returns k
  LEFT JOIN keys done ON done.partner_id = k.partner_id AND done.key = 'parked:' || k.id
"""
_FIND = f"{_COLUMNS} WHERE k.partner_id = %s AND k.id = %s"
_QUEUE = f"""
{_COLUMNS} WHERE k.partner_id = %s AND k.state = %s AND k.id > %s ORDER BY k.id LIMIT %s
"""
_DROP = """
UPDATE parked_returns SET state = 'dropped', resolved_at = %s
 WHERE partner_id = %s AND id = %s AND state = 'awaiting' RETURNING 1
"""


def find(work: Work, return_id: UUID) -> Parked:
    """Return one of the caller's parked returns.

    Raises:
        ReturnUnknownError: the caller has no such return.
    """
    rows = work.rows(_FIND, (work.actor.partner_id, return_id))
    if not rows:
        raise ReturnUnknownError
    return _parked(rows[0])


def queue(
    work: Work,
    state: str = "awaiting",
    *,
    after: UUID | None = None,
    limit: int = 25,
    partner_id: UUID | None = None,
) -> list[Parked]:
    """Return a page of the parked returns of a state, those that came first first.

    Args:
        partner_id: whose, where that is not the caller.
    """
    values = (partner_id or work.actor.partner_id, state, after or UUID(int=0), limit)
    return [_parked(row) for row in work.rows(_QUEUE, values)]


def drop(work: Work, return_id: UUID, *, key: Key, reason: str = "") -> tuple[Parked, bool]:
    """Take a parked return out of the queue: its sale will not come.

    Args:
        reason: kept in the audit trail.

    Returns:
        The return, and whether the key had dropped it before.

    Raises:
        ReturnUnknownError: the caller has no such return.
        ReturnResolvedError: it was matched, refused or dropped before.
        IdempotencyMismatchError: the key belongs to another request.
    """

    def let_go() -> dict[str, Any]:
        known = find(work, return_id)
        if not work.rows(_DROP, (work.now(), known.partner_id, known.id)):
            raise ReturnResolvedError(state=find(work, return_id).state)
        audit.record(work, "return.drop", public_id("ret", return_id), after={"reason": reason})
        return {"return": public_id("ret", return_id)}

    _, repeated = idempotency.once(work, key, let_go)
    return find(work, return_id), repeated


_DUE = """
SELECT k.partner_id, k.id, k.ask, k.actor, k.received_at, r.subject_id, p.version
  FROM parked_returns k
  JOIN partners p ON p.id = k.partner_id
  JOIN receipts r ON r.business_date = k.business_date AND r.store_id = k.store_id
   AND r.terminal = k.terminal AND r.receipt_no = k.receipt_no AND r.kind = 'sale'
  JOIN purchases s ON s.id = r.subject_id AND s.status <> 'pending'
 WHERE k.state = 'awaiting' ORDER BY k.received_at, k.id LIMIT %s
   FOR UPDATE OF k SKIP LOCKED
"""
_RESOLVE = """
UPDATE parked_returns SET state = %s, resolved_at = %s, refusal = %s
 WHERE partner_id = %s AND id = %s RETURNING 1
"""


def match(work: Work, *, limit: int = 20, stopping: Callable[[], bool] = lambda: False) -> int:
    """Post the parked returns whose sale has come; return how many were posted or refused.

    Each is posted and marked in one transaction; what can't be done just now waits for the next
    call.

    Args:
        limit: the most returns of one call.
        stopping: asked before each; the rest waits when it says so.
    """
    work.session.connection()
    done = 0
    for partner_id, return_id, ask, actor, received_at, purchase_id, version in work.rows(
        _DUE, (limit,)
    ):
        if stopping():
            break
        partners.terms(work, partner_id, version=version)  # what is remembered may be old
        state, refusal = "matched", ""
        try:
            with work.on_behalf(Actor(actor, partner_id)), work.session.begin_nested():
                back = from_json(Back, ask)
                returns.take_back(work, purchase_id, back, key=_key(return_id), at=received_at)
        except StoaError as refused:
            if refused.retryable:
                continue
            state, refusal = "refused", refused.code
        except DBAPIError:
            continue  # what was read has changed meanwhile
        work.rows(_RESOLVE, (state, work.now(), refusal, partner_id, return_id))
        done += 1
    return done


def _park(work: Work, partner_id: UUID, place: Place, back: Back) -> dict[str, Any]:
    return_id = new_uuid()
    row = {
        "partner_id": partner_id, "id": return_id, "store_id": place.store_id,
        "terminal": place.terminal, "receipt_no": place.receipt_no,
        "business_date": place.business_date, "ask": as_json(back), "state": "awaiting",
        "actor": work.actor.name, "received_at": work.now(), "refusal": "",
    }  # fmt: skip
    work.session.execute(insert(ParkedReturn), [row])
    return {"return": public_id("ret", return_id)}


def _read(work: Work, name: str) -> Parked:
    return_id = uuid_of("ret", name)
    if return_id is None:
        raise ReturnUnknownError
    return find(work, return_id)


def _key(return_id: UUID) -> Key:
    return Key(f"parked:{return_id}", return_id.bytes)


def _parked(row: Any) -> Parked:  # noqa: ANN401 - a row of parked_returns
    facts: list[Any] = [*row[:6], from_json(Back, row[6]), *row[7:]]
    return Parked(*facts)
