"""Clockwork, what falls due by itself: holds end, points mature and end, plugins are asked again.

Each member's deed is a statement of its own, checked again under the wallet's lock: workers side by
side may find the same thing due, and one of them does it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from stoa.errors import (
    HoldClosedError,
    PluginFailedError,
    PurchaseUnknownError,
    StoaError,
    WalletBusyError,
)
from stoa.models import NOBODY
from stoa.services import earning, ledger, partners, redemption
from stoa.services.ledger import StaleError
from stoa.work import Work

__all__ = ["expire_holds", "expire_points", "mature_points", "settle_pending"]

_Resting = dict[UUID, tuple[datetime, timedelta]]

_log = structlog.get_logger(__name__)

_SOONEST = timedelta(seconds=30)
_LATEST = timedelta(hours=1)
_IN_A_ROW = 3
_MAX_RESTING = 10_000


def _never() -> bool:
    return False


_DUE_HOLDS = """
SELECT member_id, partner_id, id, points, currency FROM holds
 WHERE state = 'held' AND expires_at <= %s AND purpose <> 'benefit' ORDER BY expires_at LIMIT %s
"""


def expire_holds(work: Work, *, limit: int = 500, stopping: Callable[[], bool] = _never) -> int:
    """Let go of the holds whose time is over, oldest first; return how many.

    Args:
        limit: the most holds of one call.
        stopping: asked before each; the rest waits when it says so.
    """
    done = 0
    for member_id, partner_id, hold_id, points, currency in work.rows(
        _DUE_HOLDS, (work.now(), limit)
    ):
        if stopping():
            break
        try:
            redemption.expire(work, member_id, partner_id, hold_id, points, currency=currency)
        except (HoldClosedError, WalletBusyError):
            continue  # resolved meanwhile, or looked at again the next time
        done += 1
    return done


_ENDED_LOTS = """
SELECT DISTINCT member_id, currency FROM lots
 WHERE (member_id, currency) > (%s, %s) AND expires_on < %s AND remaining > held
 ORDER BY member_id, currency LIMIT %s
"""


def expire_points(work: Work, *, limit: int = 500, stopping: Callable[[], bool] = _never) -> int:
    """Post the end of all points whose last day, in the programme's zone, is over.

    The lots are walked once in the order of their key, `limit` wallets at a time.
    Points under a hold wait for it: when it ends, its release expires them (economics §3.8).

    Args:
        limit: how many wallets one reading finds.
        stopping: asked before each wallet; the rest waits when it says so.

    Returns:
        How many wallets lost points.
    """
    done, after = 0, (NOBODY, "")
    while True:
        rows = work.rows(_ENDED_LOTS, (*after, work.today(), limit))
        for member_id, currency in rows:
            if stopping():
                return done
            try:
                done += ledger.expire(work, member_id, currency) > 0
            except WalletBusyError:
                continue  # found again the next time
        if len(rows) < limit:
            return done
        after = (rows[-1][0], rows[-1][1])


_RIPE_LOTS = """
SELECT DISTINCT member_id, currency FROM lots
 WHERE pending AND available_on <= %s AND (member_id, currency) > (%s, %s)
 ORDER BY member_id, currency LIMIT %s
"""


def mature_points(work: Work, *, limit: int = 500, stopping: Callable[[], bool] = _never) -> int:
    """Count pending points as available whose day, in the programme's zone, has come.

    Points that nobody counted yet are spendable all the same: a hold and a balance look for them.

    Args:
        limit: how many wallets one reading finds.
        stopping: asked before each wallet; the rest waits when it says so.

    Returns:
        In how many wallets points have matured.
    """
    done, after = 0, (NOBODY, "")
    while True:
        rows = work.rows(_RIPE_LOTS, (work.today(), *after, limit))
        for member_id, currency in rows:
            if stopping():
                return done
            try:
                done += ledger.mature(work, member_id, currency) > 0
            except WalletBusyError:
                continue  # found again the next time
        if len(rows) < limit:
            return done
        after = (rows[-1][0], rows[-1][1])


_PENDING = """
SELECT p.member_id, p.id, p.partner_id, r.version
  FROM purchases p JOIN partners r ON r.id = p.partner_id
 WHERE p.status = 'pending' AND p.id <> ALL(%s::uuid[]) AND p.partner_id <> ALL(%s::uuid[])
 ORDER BY p.received_at LIMIT %s
"""


def settle_pending(work: Work, *, limit: int = 500, stopping: Callable[[], bool] = _never) -> int:
    """Ask plugins again about purchases they failed at; return how many could be posted.

    What fails again rests, each time twice as long, from half a minute to an hour. A partner whose
    plugin failed three times in a row rests as a whole, so that it keeps nobody else waiting.

    Args:
        limit: the most purchases of one call.
        stopping: asked before each; the rest waits when it says so.
    """
    resting: _Resting = work.memo.setdefault("resting", {})
    away = [each for each, (until, _) in resting.items() if until > work.now()]
    failed: dict[UUID, int] = {}
    done = 0
    for member_id, purchase_id, partner_id, version in work.rows(_PENDING, (away, away, limit)):
        if stopping():
            break
        if failed.get(partner_id, 0) >= _IN_A_ROW:
            continue
        partners.terms(work, partner_id, version=version)  # what is remembered may be old
        try:
            earning.settle(work, member_id, purchase_id)
        except (StaleError, PurchaseUnknownError):
            continue  # another worker came first
        except PluginFailedError as refused:
            failed[partner_id] = failed.get(partner_id, 0) + 1
            _rest(work, resting, purchase_id, refused)
            if failed[partner_id] == _IN_A_ROW:
                _rest(work, resting, partner_id, refused)
            continue
        except StoaError as refused:
            _rest(work, resting, purchase_id, refused)
            continue
        done += 1
        failed[partner_id] = 0
        for each in (purchase_id, partner_id):
            resting.pop(each, None)
    return done


def _rest(work: Work, resting: _Resting, each: UUID, why: StoaError) -> None:
    if len(resting) > _MAX_RESTING:
        resting.clear()
    _, last = resting.get(each, (None, _SOONEST / 2))
    span = min(last * 2, _LATEST)
    resting[each] = (work.now() + span, span)
    _log.warning(
        "purchase.still_pending", id=str(each), why=why.code, asked_again_in_s=span.total_seconds()
    )
