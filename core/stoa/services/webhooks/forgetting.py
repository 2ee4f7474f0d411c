"""Forgetting: what was told 30 days ago is kept no longer, nor a secret that signs no more."""

from collections.abc import Callable

from stoa.services.webhooks.feed import KEPT
from stoa.work import Work

__all__ = ["forget"]

_OLD = (
    """DELETE FROM webhook_attempts WHERE ctid IN (
           SELECT ctid FROM webhook_attempts WHERE at < %s LIMIT %s) RETURNING 1""",
    """DELETE FROM webhook_deliveries WHERE ctid IN (
           SELECT ctid FROM webhook_deliveries WHERE queued_at < %s LIMIT %s) RETURNING 1""",
    """DELETE FROM webhook_events WHERE ctid IN (
           SELECT ctid FROM webhook_events WHERE at < %s AND position IS NOT NULL LIMIT %s)
       RETURNING 1""",
    """DELETE FROM webhook_secrets WHERE ctid IN (
           SELECT ctid FROM webhook_secrets WHERE ends_at < %s LIMIT %s) RETURNING 1""",
)


def forget(work: Work, *, limit: int = 10_000, stopping: Callable[[], bool] = lambda: False) -> int:
    """Drop what is older than 30 days; return how many rows went.

    Args:
        limit: how many one statement drops.
        stopping: asked before each statement; the rest waits when it says so.
    """
    done = 0
    for statement in _OLD:
        while not stopping():
            dropped = len(work.rows(statement, (work.now() - KEPT, limit)))
            done += dropped
            if dropped < limit:
                break
    return done
