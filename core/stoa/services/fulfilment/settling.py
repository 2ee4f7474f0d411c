"""What an answer does to its order: it is fulfilled, asked about again, or refunded as a whole."""

import hashlib
import json
from typing import Any
from uuid import UUID

import structlog

from stoa.errors import OrderUsedError, StoaError
from stoa.services import refunds, stock
from stoa.services.fulfilment.asking import Asked
from stoa.services.fulfilment.claiming import Errand, next_at
from stoa.values.facts import Fulfilment
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk, Key, Work

__all__ = ["TakenError", "refund", "settle"]

_log = structlog.get_logger(__name__)
_UNKNOWN = Fulfilment("refused", detail="The partner's plugin knows no such reward.")
_NOTHING = Fulfilment("done")


class TakenError(Exception):
    """Another worker has the errand by now."""


def settle(desk: Desk, actor: Actor, asked: Asked) -> None:
    """Write what was heard, where the errand is still the worker's own; all or nothing.

    Args:
        actor: who stands in what is written.
    """
    errand, answer = asked.errand, asked.answer
    if not asked.wrong and answer is None:
        answer = _UNKNOWN if errand.kind == "queued" else _NOTHING
    over = desk.clock() >= errand.until
    if answer is not None and answer.state == "done":
        _done(desk, actor, errand, answer)
    elif answer is not None and answer.state == "refused":
        _over(desk, actor, errand, answer, asked.wrong)
    elif over:
        _over(desk, actor, errand, None, asked.wrong)
    else:
        _again(desk, actor, errand, answer, asked.wrong)
    if answer is not None and answer.stock_left is not None:
        _tell_stock(desk, actor, errand, answer.stock_left)


# What was refunded while its partner was asked is to be undone, whatever the partner said.
_DONE = """
UPDATE orders o
   SET asking = NULL, asking_until = NULL, answer = %(answer)s::text::jsonb,
       reference = CASE WHEN %(reference)s <> '' THEN %(reference)s ELSE o.reference END,
       errand = CASE WHEN o.errand <> %(kind)s THEN o.errand
                WHEN o.errand = 'queued' THEN 'done' ELSE 'cancelled' END,
       state = CASE WHEN o.errand = %(kind)s AND o.errand = 'queued' THEN 'fulfilled'
               ELSE o.state END,
       next_at = CASE WHEN o.errand <> %(kind)s THEN o.next_at END, errand_until = NULL
 WHERE o.id = %(id)s AND o.asking = %(token)s
RETURNING o.errand
"""
_AGAIN = """
UPDATE orders o
   SET asking = NULL, asking_until = NULL, answer = %(answer)s::text::jsonb,
       next_at = CASE WHEN o.errand = %(kind)s THEN %(next_at)s ELSE o.next_at END
 WHERE o.id = %(id)s AND o.asking = %(token)s
RETURNING o.errand
"""
_STUCK = """
UPDATE orders o
   SET asking = NULL, asking_until = NULL, answer = %(answer)s::text::jsonb,
       errand = CASE WHEN o.errand = %(kind)s THEN 'failed' ELSE o.errand END,
       next_at = CASE WHEN o.errand = %(kind)s THEN NULL ELSE o.next_at END
 WHERE o.id = %(id)s AND o.asking = %(token)s
RETURNING o.errand
"""
_FAILED = """
UPDATE orders o
   SET state = 'failed', errand_until = NULL,
       asking = CASE WHEN %(token)s::uuid IS NULL THEN o.asking END,
       asking_until = CASE WHEN %(token)s::uuid IS NULL THEN o.asking_until END,
       answer = %(answer)s::text::jsonb,
       errand = CASE WHEN %(undo)s THEN 'cancelling' ELSE 'failed' END,
       next_at = CASE WHEN %(undo)s THEN coalesce(o.next_at, %(now)s) END
 WHERE o.id = %(id)s AND o.state = 'refunded'
   AND (%(token)s::uuid IS NULL OR o.asking = %(token)s)
RETURNING o.errand
"""


def _done(desk: Desk, actor: Actor, errand: Errand, answer: Fulfilment) -> None:
    with desk.work(actor) as work:
        work.session.connection()
        rows = work.rows(
            _DONE, _values(errand, _told(errand, answer, "")) | {"reference": answer.reference}
        )
        if rows and rows[0][0] == "done":
            _record(work, "reward.fulfilled", errand, {"reference": answer.reference})


def _again(desk: Desk, actor: Actor, errand: Errand, answer: Fulfilment | None, wrong: str) -> None:
    with desk.work(actor) as work:
        at = next_at(work.now(), errand.attempts)
        work.rows(_AGAIN, _values(errand, _told(errand, answer, wrong)) | {"next_at": at})
    if wrong:
        _log.warning(
            "errand.failed", order=public_id("hld", errand.id), kind=errand.kind, why=wrong,
            attempts=errand.attempts,
        )  # fmt: skip


def _over(desk: Desk, actor: Actor, errand: Errand, answer: Fulfilment | None, wrong: str) -> None:
    """End an errand that will never be done: refund its order, or leave it to people."""
    told = _told(errand, answer, wrong)
    if errand.kind == "queued":
        try:
            with desk.work(actor) as work:
                refund(work, errand, answer=told, token=errand.token, undo=answer is None)
        except TakenError:
            return
        except OrderUsedError as used:
            told = _told(errand, None, f"It will never be handed out, yet {used}")
        except StoaError as refused:
            _again(desk, actor, errand, answer, f"It could not be refunded: {refused.code}")
            return
        else:
            return
    with desk.work(actor) as work:
        work.rows(_STUCK, _values(errand, told))
    _log.error("errand.stuck", order=public_id("hld", errand.id), kind=errand.kind)


def refund(work: Work, errand: Errand, *, answer: str, token: UUID | None, undo: bool) -> None:
    """Give the points of an order back to their lots, cancel its coupons and put back its stock.

    Args:
        work: in a transaction of its own.
        answer: what the partner said last, as JSON.
        token: of the worker whose errand it is; ``None`` for a person.
        undo: whether the partner may have done it, and is to be asked to undo it.

    Raises:
        OrderUsedError: a coupon of it was spent.
        TakenError: another worker has the errand by now.
        StoaError: as `refunds.refund`.
    """
    public = public_id("hld", errand.id)
    # No till can send such a key, so none has used it before.
    key = Key(f"errand·{public}", hashlib.sha256(public.encode()).digest()[:16])
    work.session.connection()
    with work.on_behalf(Actor(work.actor.name, errand.partner_id)):
        refunds.refund(work, errand.id, points=None, key=key, reason="fulfilment failed")
    values = {"id": errand.id, "token": token, "answer": answer, "undo": undo, "now": work.now()}
    if not work.rows(_FAILED, values):
        raise TakenError
    _record(work, "reward.failed", errand, {"money_minor": errand.money_minor})


def _tell_stock(desk: Desk, actor: Actor, errand: Errand, left: int) -> None:
    try:
        with desk.work(actor) as work:
            stock.told(work, errand.offer, left)
    except StoaError as refused:  # what is left elsewhere stops no order
        _log.warning("errand.stock_not_told", offer=errand.offer, why=refused.code)


def _told(errand: Errand, answer: Fulfilment | None, wrong: str) -> str:
    told = {
        "state": answer.state if answer else "failed", "kind": errand.kind,
        "detail": answer.detail if answer else wrong, "codes": list(answer.codes) if answer else [],
    }  # fmt: skip
    return json.dumps(told)


def _values(errand: Errand, told: str) -> dict[str, Any]:
    return {"id": errand.id, "token": errand.token, "kind": errand.kind, "answer": told}


def _record(work: Work, topic: str, errand: Errand, more: dict[str, Any]) -> None:
    facts = {
        "redemption": public_id("hld", errand.id), "member": public_id("mem", errand.buyer_id),
        "reward": errand.offer, "quantity": errand.quantity, "points": errand.points,
    }  # fmt: skip
    work.record(topic, facts | more, member_id=errand.member_id, partner_id=errand.provider_id)
