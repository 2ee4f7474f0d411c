"""What was sent: deliveries with their attempts, what was given up, how each hour went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from stoa.values.identifiers import uuid_of
from stoa.work import Work

__all__ = ["Attempt", "Delivery", "Hour", "Standing", "attempts", "deliveries", "hours", "standing"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one endpoint: ``queued``, ``delivered`` or ``dead``.

    Attributes:
        next_at: when it is tried next, where it is the next of its stream.
        answer: the first KiB of what the receiver said last, or why there was no answer.
    """

    event_id: UUID
    topic: str
    seq: int
    state: str
    attempts: int
    queued_at: datetime
    told_at: datetime | None
    answer: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request: ``delivered``, or how it failed, with the status where there was an answer."""

    at: datetime
    outcome: str
    status: int | None
    took_ms: int
    answer: str


@dataclass(frozen=True, slots=True)
class Hour:
    """How many requests of an hour were answered with success, and how many were not."""

    start: datetime
    delivered: int
    failed: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How an endpoint stands: what waits, what was given up, when it last took something."""

    queued: int
    dead: int
    delivered_at: datetime | None


_DELIVERIES = """
SELECT d.event_id, d.topic, d.seq, d.state, d.attempts, d.queued_at, d.told_at, d.answer
  FROM webhook_deliveries d
 WHERE d.endpoint_id = %(endpoint)s AND (%(state)s = '' OR d.state = %(state)s)
   AND (%(topic)s = '' OR d.topic = %(topic)s)
   AND (%(before)s::uuid IS NULL OR (d.queued_at, d.event_id) < (
       SELECT b.queued_at, b.event_id FROM webhook_deliveries b
        WHERE b.endpoint_id = %(endpoint)s AND b.event_id = %(before)s::uuid))
 ORDER BY d.queued_at DESC, d.event_id DESC LIMIT %(limit)s
"""
_ATTEMPTS = """
SELECT at, outcome, status, took_ms, answer FROM webhook_attempts
 WHERE endpoint_id = %s AND event_id = %s ORDER BY at DESC LIMIT 100
"""
_HOURS = """
SELECT date_bin('1 hour', at, '2000-01-01+00'), count(*) FILTER (WHERE outcome = 'delivered'),
       count(*) FILTER (WHERE outcome <> 'delivered')
  FROM webhook_attempts WHERE partner_id = %s AND at >= %s GROUP BY 1 ORDER BY 1
"""
_STANDING = """
SELECT w.id,
       (SELECT count(*) FROM webhook_deliveries d WHERE d.endpoint_id = w.id
           AND d.state = 'queued'),
       (SELECT count(*) FROM webhook_deliveries d WHERE d.partner_id = w.partner_id
           AND d.endpoint_id = w.id AND d.state = 'dead'),
       (SELECT max(a.at) FROM webhook_attempts a WHERE a.endpoint_id = w.id
           AND a.outcome = 'delivered')
  FROM webhook_endpoints w WHERE w.id = ANY (%s::uuid[])
"""


def deliveries(
    work: Work, endpoint_id: UUID, *, state: str = "", topic: str = "", before: str = "",
    limit: int = 50,
) -> list[Delivery]:  # fmt: skip
    """Return what goes or went to an endpoint, newest first.

    Args:
        state: only these; all where it is empty.
        topic: only these; all where it is empty.
        before: an event's public id: only what stands after it in this list.
    """
    values = {
        "endpoint": endpoint_id, "state": state, "topic": topic,
        "before": uuid_of("evt", before), "limit": limit,
    }  # fmt: skip
    return [Delivery(*row) for row in work.rows(_DELIVERIES, values)]


def attempts(work: Work, endpoint_id: UUID, event_id: UUID) -> list[Attempt]:
    """Return the requests that were made for a delivery, newest first."""
    return [Attempt(*row) for row in work.rows(_ATTEMPTS, (endpoint_id, event_id))]


def hours(work: Work, partner_id: UUID, *, count: int = 48) -> list[Hour]:
    """Return how a partner's last hours went, oldest first, those without a request too."""
    last = work.now().replace(minute=0, second=0, microsecond=0)
    first = last - timedelta(hours=count - 1)
    found = {row[0]: (row[1], row[2]) for row in work.rows(_HOURS, (partner_id, first))}
    starts = (first + timedelta(hours=each) for each in range(count))
    return [Hour(start, *found.get(start, (0, 0))) for start in starts]


def standing(work: Work, endpoint_ids: Sequence[UUID]) -> dict[UUID, Standing]:
    """Return how endpoints stand."""
    return {row[0]: Standing(*row[1:]) for row in work.rows(_STANDING, (list(endpoint_ids),))}
