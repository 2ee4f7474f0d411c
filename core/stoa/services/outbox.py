"""The outbox: claim a batch of events by their state, tell each, mark it told; forget the old ones.

Rows are claimed with ``SKIP LOCKED``, never by position: of events polled with ``id > last``, those
of a transaction that committed later than a younger one are lost (reliability, fact 11).
A batch is told and marked in one transaction: what was told before a crash is told again, so every
event is told at least once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any
from uuid import UUID

import structlog

from stoa.models import NOBODY
from stoa.values.events import Event
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["KEPT", "MAX_ATTEMPTS", "Heard", "forget", "tell"]

MAX_ATTEMPTS = 8
"""How often an event that can't be told is tried before it is ``failed``: over some four hours."""

KEPT = timedelta(days=30)
"""How long events are kept once they were told."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Heard:
    """An event on its way to those who follow it.

    Attributes:
        event: what plugins may be shown.
        member_id: whose event it is; ``None`` when it is nobody's.
        partner_id: the partner it concerns; ``None`` for the operator's own.
        partner_version: of that partner's terms as they stand now.
    """

    event: Event
    member_id: UUID | None
    partner_id: UUID | None
    partner_version: int | None


_CLAIM = """
SELECT o.member_id, o.id, o.topic, o.partner_id, p.version, o.at, o.facts, o.attempts
  FROM outbox o LEFT JOIN partners p ON p.id = o.partner_id
 WHERE o.state = 'new'
   AND (o.attempts = 0 OR o.at + interval '1 second' * 4 ^ o.attempts <= %(now)s)
 ORDER BY o.id LIMIT %(limit)s
   FOR UPDATE OF o SKIP LOCKED
"""


def tell(
    work: Work, follow: Callable[[Work, Heard], None], *, limit: int = 100, within_s: float = 5.0
) -> int:
    """Claim the oldest events that wait and let `follow` act on each; return how many it did.

    What `follow` did for an event it raised at is undone; the event is tried again, each time four
    times later, and is ``failed`` for good at the `MAX_ATTEMPTS`-th time.

    Args:
        limit: the most events of one batch.
        within_s: no further event is begun after that; the rest of the batch waits.
    """
    work.session.connection()
    rows = work.rows(_CLAIM, {"now": work.now(), "limit": limit})
    until = monotonic() + within_s
    told: list[tuple[UUID, UUID, str]] = []
    for member_id, event_id, topic, partner_id, version, at, facts, attempts in rows:
        public = public_id("prt", partner_id) if partner_id else None
        event = Event(public_id("evt", event_id), topic, public, at.isoformat(), facts)
        whose = None if member_id == NOBODY else member_id
        state = _follow(work, follow, Heard(event, whose, partner_id, version), attempts)
        told.append((member_id, event_id, state))
        if monotonic() > until:
            break
    if told:
        work.rows(_MARK, tuple(list(column) for column in zip(*told, strict=True)))
    return len(told)


_MARK = """
UPDATE outbox o SET state = each.state, attempts = o.attempts + 1
  FROM unnest(%s::uuid[], %s::uuid[], %s::text[]) AS each (member_id, id, state)
 WHERE o.member_id = each.member_id AND o.id = each.id
RETURNING 1
"""

_FORGET = """
DELETE FROM outbox WHERE (member_id, id) IN (
    SELECT member_id, id FROM outbox WHERE state = 'told' AND at < %s LIMIT %s)
RETURNING 1
"""


def forget(work: Work, *, limit: int = 10_000, stopping: Callable[[], bool] = lambda: False) -> int:
    """Drop events told more than `KEPT` ago; return how many. Failed ones stay, for people.

    Args:
        limit: how many one statement drops.
        stopping: asked before each statement; the rest waits when it says so.
    """
    done = 0
    while not stopping():
        dropped = len(work.rows(_FORGET, (work.now() - KEPT, limit)))
        done += dropped
        if dropped < limit:
            break
    return done


def _follow(work: Work, follow: Callable[[Work, Heard], None], heard: Heard, attempts: int) -> str:
    facts: dict[str, Any] = {"event_id": heard.event.id, "topic": heard.event.topic}
    try:
        with work.session.begin_nested():
            follow(work, heard)
    except Exception:  # noqa: BLE001 - whatever went wrong, the other events are told
        if attempts + 1 < MAX_ATTEMPTS:
            _log.warning("event.not_told", attempts=attempts + 1, exc_info=True, **facts)
            return "new"
        _log.exception("event.failed", attempts=attempts + 1, **facts)
        return "failed"
    return "told"
