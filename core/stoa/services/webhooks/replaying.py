"""Sending again: a range of the feed, or what was given up; the same ids and the same numbers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from stoa.errors import WebhookDisabledError
from stoa.services import audit
from stoa.services.webhooks import endpoints, feed
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["MOST", "replay", "retry"]

MOST = 10_000
"""How many events one replay sends again, the oldest of the range."""

_REPLAY = """
INSERT INTO webhook_deliveries AS d (endpoint_id, event_id, partner_id, member_id, seq, topic, body,
                                     state, attempts, queued_at, answer)
SELECT w.id, e.id, e.partner_id, e.member_id, e.seq, e.topic, '', 'queued', 0, %(now)s, ''
  FROM webhook_endpoints w JOIN webhook_events e ON e.partner_id = w.partner_id
 WHERE w.id = %(endpoint)s AND e.position IS NOT NULL AND e.at >= %(start)s AND e.at < %(end)s
   AND e.at > %(kept)s AND (w.topics = '{}' OR e.topic = ANY (w.topics))
 ORDER BY e.position LIMIT %(most)s
    ON CONFLICT (endpoint_id, event_id) DO UPDATE
   SET state = 'queued', attempts = 0, queued_at = excluded.queued_at, answer = ''
 WHERE d.state <> 'queued'
RETURNING d.endpoint_id, d.member_id
"""
_RETRY = """
UPDATE webhook_deliveries d SET state = 'queued', attempts = 0, queued_at = %s, answer = ''
 WHERE d.endpoint_id = %s AND d.state = 'dead' AND d.topic <> ALL (%s::text[])
   AND (%s::uuid IS NULL OR d.event_id = %s)
   AND EXISTS (SELECT 1 FROM webhook_events e
                WHERE e.partner_id = d.partner_id AND e.id = d.event_id)
RETURNING d.endpoint_id, d.member_id
"""


def replay(
    work: Work, endpoint_id: UUID, *, partner_id: UUID | None, start: datetime, end: datetime
) -> int:
    """Send the events of a time again that the endpoint listens to; return how many.

    Args:
        partner_id: whose the endpoint has to be; ``None`` for the operator.
        start: the first instant of what happened.
        end: the first instant after it.

    Raises:
        WebhookUnknownError: there is no such endpoint.
        WebhookDisabledError: it is not active.
    """
    found = _active(work, endpoint_id, partner_id)
    values = {
        "endpoint": found.id, "now": work.now(), "start": start, "end": end,
        "kept": work.now() - feed.KEPT, "most": MOST,
    }  # fmt: skip
    work.session.connection()
    told: dict[str, Any] = {"from": start.isoformat(), "to": end.isoformat()}
    return _again(work, found, "webhook.replay", work.rows(_REPLAY, values), told)


def retry(
    work: Work, endpoint_id: UUID, *, partner_id: UUID | None, event_id: UUID | None = None
) -> int:
    """Send what was given up again, all of it or one event; return how many.

    Raises:
        WebhookUnknownError: there is no such endpoint.
        WebhookDisabledError: it is not active.
    """
    found = _active(work, endpoint_id, partner_id)
    own = [endpoints.CHALLENGE, endpoints.TEST]
    work.session.connection()
    rows = work.rows(_RETRY, (work.now(), found.id, own, event_id, event_id))
    return _again(work, found, "webhook.retry", rows, {})


def _active(work: Work, endpoint_id: UUID, partner_id: UUID | None) -> endpoints.Endpoint:
    found = endpoints.find(work, endpoint_id, partner_id=partner_id)
    if found.state != "active":
        raise WebhookDisabledError(state=found.state)
    return found


def _again(
    work: Work,
    found: endpoints.Endpoint,
    deed: str,
    rows: Sequence[Any],
    told: dict[str, Any],
) -> int:
    feed.wake(work, found.partner_id, rows)
    after = told | {"events": len(rows)}
    audit.record(work, deed, public_id("whk", found.id), after=after)
    return len(rows)
