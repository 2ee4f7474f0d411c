"""The deeds that undo: returns, voids, refunds, more time, and what a receipt number finds.

As those of `stoa_sdk.resources`, each makes a call; the docstrings are those of the clients.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from stoa_sdk.backs import (
    FoundPurchases,
    FoundRedemptions,
    Refund,
    Return,
    ReturnByReceipt,
    WaitingReturn,
    WaitingReturns,
)
from stoa_sdk.calls import Call, get, post, segment
from stoa_sdk.facts import Held
from stoa_sdk.inputs import (
    Amount,
    Original,
    ReturnLine,
    Tender,
    amount_text,
    points_count,
    return_objects,
    tender_objects,
)

__all__ = [
    "drop_return",
    "extend",
    "find_purchases",
    "find_redemptions",
    "refund",
    "return_",
    "return_by_receipt",
    "void_purchase",
    "waiting_return",
    "waiting_returns",
]


def return_(
    purchase_id: str,
    *,
    receipt_no: str,
    lines: Sequence[ReturnLine] | None = None,
    amount: Amount | None = None,
    tenders: Sequence[Tender] | None = None,
    terminal: str | None = None,
    reason: str | None = None,
    idempotency_key: str | None = None,
) -> Call[Return]:
    """Take back a part of a purchase with its points, and restore the points that had paid.

    Needs ``earn:write``.

    Args:
        purchase_id: what `earn` answered.
        receipt_no: of the return.
        lines: what comes back; without them, an amount or tenders everything that is left.
        amount: money back of the whole purchase, shared over its lines.
        tenders: how the money goes back; by default as it was paid.
        terminal: the till.
        reason: for those who read the log.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        Conflict: ``ALREADY_RETURNED`` or ``PURCHASE_CLOSED``.
        Invalid: ``EXCEEDS_PURCHASE``, more comes back than is left; ``LINES_DO_NOT_SUM``.
    """
    body = _back(receipt_no, lines, amount, tenders, terminal, reason)
    return post(f"v1/purchases/{segment(purchase_id)}/returns", Return, body, idempotency_key)


def return_by_receipt(
    original: Original,
    *,
    receipt_no: str,
    lines: Sequence[ReturnLine] | None = None,
    amount: Amount | None = None,
    tenders: Sequence[Tender] | None = None,
    terminal: str | None = None,
    reason: str | None = None,
    idempotency_key: str | None = None,
) -> Call[ReturnByReceipt]:
    """Take back a part of the sale of a receipt, though that sale were still to be reported.

    Needs ``earn:write``. While `waits` is true, the return is kept and posted when the sale comes.

    Args:
        original: the receipt of the sale.
        receipt_no: of the return.
        lines: as for `return_`, and so are the others.
        amount: money back of the whole purchase, shared over its lines.
        tenders: how the money goes back; by default as it was paid.
        terminal: the till of the return.
        reason: for those who read the log.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        NotFound: ``STORE_UNKNOWN``.
        Conflict: ``PURCHASE_CLOSED``, the time to return it is over.
        Invalid: as for `return_`, where the sale is known.
    """
    sale = {
        "store": original.store,
        "receipt_no": original.receipt_no,
        "business_date": original.business_date.isoformat(),
    } | ({"terminal": original.terminal} if original.terminal else {})
    body = _back(receipt_no, lines, amount, tenders, terminal, reason) | {"original": sale}
    return post("v1/returns", ReturnByReceipt, body, idempotency_key)


def waiting_return(return_id: str) -> Call[WaitingReturn]:
    """Return what became of a return that came before its sale; needs ``earn:write``."""
    return get(f"v1/returns/{segment(return_id)}", WaitingReturn)


def waiting_returns(
    status: str = "awaiting", *, cursor: str | None = None, limit: int = 25
) -> Call[WaitingReturns]:
    """Return a page of the returns that came before their sale; needs ``earn:write``.

    Args:
        status: ``awaiting``, ``matched``, ``refused`` or ``dropped``.
        cursor: the `next_cursor` of the page before.
        limit: 1 to 100.
    """
    query = {"status": status, "cursor": cursor, "limit": str(limit)}
    return get("v1/returns", WaitingReturns, query)


def drop_return(
    return_id: str, *, reason: str | None = None, idempotency_key: str | None = None
) -> Call[WaitingReturn]:
    """Take a return out of the queue whose sale will not come; needs ``earn:write``.

    Raises:
        Conflict: ``RETURN_ALREADY_RESOLVED``, matched, refused or dropped before.
    """
    path = f"v1/returns/{segment(return_id)}/drop"
    return post(path, WaitingReturn, {"reason": reason}, idempotency_key)


def void_purchase(
    purchase_id: str, *, reason: str | None = None, idempotency_key: str | None = None
) -> Call[Return]:
    """Undo a purchase of the same business day as if it had not happened; needs ``earn:write``.

    Raises:
        Conflict: ``PURCHASE_CLOSED``, the day is over or something was returned already.
    """
    path = f"v1/purchases/{segment(purchase_id)}/void"
    return post(path, Return, {"reason": reason}, idempotency_key)


def refund(
    redemption_id: str,
    *,
    receipt_no: str,
    points: int | None = None,
    reason: str | None = None,
    idempotency_key: str | None = None,
) -> Call[Refund]:
    """Give captured points back to the lots they came from; needs ``redeem:write``.

    Args:
        redemption_id: what `hold` answered.
        receipt_no: of the refund.
        points: how many; by default all that are left.
        reason: for those who read the log.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        Conflict: ``HOLD_ALREADY_RESOLVED``, it was never captured.
        Invalid: ``EXCEEDS_REDEMPTION``, less is left of it.
    """
    body = {
        "receipt_no": receipt_no,
        "points": None if points is None else points_count(points),
        "reason": reason,
    }
    return post(f"v1/redemptions/{segment(redemption_id)}/refund", Refund, body, idempotency_key)


def extend(
    redemption_id: str, *, ttl_s: int = 300, idempotency_key: str | None = None
) -> Call[Held]:
    """Give a hold more time from now, once; needs ``redeem:write``.

    Args:
        redemption_id: what `hold` answered.
        ttl_s: seconds from now, 10 to 900, and never more than the alliance allows.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        HoldExpired: it was too late.
        Conflict: ``HOLD_ALREADY_EXTENDED`` or ``HOLD_ALREADY_RESOLVED``.
    """
    body = {"ttl_s": points_count(ttl_s)}
    return post(f"v1/redemptions/{segment(redemption_id)}/extend", Held, body, idempotency_key)


def find_purchases(
    *,
    store: str,
    receipt_no: str,
    terminal: str | None = None,
    business_date: date | None = None,
) -> Call[FoundPurchases]:
    """Find the purchase of a receipt, after a lost answer; needs ``earn:write``.

    Args:
        store: the code or id of your store.
        receipt_no: of the sale.
        terminal: as it was reported.
        business_date: by default today at the store.
    """
    day = None if business_date is None else business_date.isoformat()
    query = {"store": store, "receipt_no": receipt_no, "terminal": terminal, "business_date": day}
    return get("v1/purchases", FoundPurchases, query)


def find_redemptions(*, store: str, receipt_no: str) -> Call[FoundRedemptions]:
    """Find the redemptions of a receipt number or reference; needs ``redeem:write``."""
    query = {"store": store, "receipt_no": receipt_no}
    return get("v1/redemptions", FoundRedemptions, query)


def _back(  # noqa: PLR0917 - in the order of the deeds
    receipt_no: str,
    lines: Sequence[ReturnLine] | None,
    amount: Amount | None,
    tenders: Sequence[Tender] | None,
    terminal: str | None,
    reason: str | None,
) -> dict[str, Any]:
    return {
        "receipt_no": receipt_no,
        "lines": None if lines is None else return_objects(lines),
        "amount": None if amount is None else amount_text(amount),
        "tenders": None if tenders is None else tender_objects(tenders),
        "terminal": terminal,
        "reason": reason,
    }
