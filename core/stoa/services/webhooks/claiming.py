"""Which streams have something to send: claimed for a while under a token, of every endpoint some.

The lease is the stream's, not the event's: as long as it holds, nobody sends anything else of that
stream, whatever is replayed or queued meanwhile (reliability P9, WHK-08).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from stoa.services.webhooks.endpoints import CHALLENGE
from stoa.services.webhooks.signing import Secret
from stoa.work import Work

__all__ = ["LEASE", "Letter", "claim"]

LEASE = timedelta(seconds=60)
"""How long a claimed stream is nobody else's; longer than any receiver is waited for."""


@dataclass(frozen=True, slots=True)
class Letter:
    """The head of a stream, on its way to an endpoint.

    Attributes:
        token: whose the stream is; what was heard counts while it is the same.
        attempts: how many were made before this one.
        challenge: what has to be echoed, where that is what is sent.
        secrets: those that sign, the newest first.
    """

    endpoint_id: UUID
    partner_id: UUID
    member_id: UUID
    token: UUID
    url: str
    event_id: UUID
    seq: int
    topic: str
    body: str
    attempts: int
    queued_at: datetime
    challenge: str
    secrets: tuple[Secret, ...]


_CLAIM = """
WITH due AS (
    SELECT d.endpoint_id, d.member_id, w.url, w.challenge
      FROM webhook_endpoints w JOIN partners p ON p.id = w.partner_id
     CROSS JOIN LATERAL (
           SELECT s.endpoint_id, s.member_id FROM webhook_streams s
            WHERE s.endpoint_id = w.id AND s.next_at <= %(now)s
              AND (s.asking IS NULL OR s.asking_until <= %(now)s)
              AND (w.state = 'active' OR s.member_id = w.id)
            ORDER BY s.next_at LIMIT %(each)s FOR UPDATE SKIP LOCKED) AS d
     WHERE w.state <> 'disabled' AND p.status = 'active' AND w.id <> ALL (%(away)s::uuid[])
     ORDER BY w.id = ANY (%(late)s::uuid[]), random() LIMIT %(limit)s
)
UPDATE webhook_streams s
   SET asking = gen_random_uuid(), asking_until = %(now)s + %(lease)s::interval
  FROM due WHERE s.endpoint_id = due.endpoint_id AND s.member_id = due.member_id
RETURNING s.endpoint_id, s.member_id, s.asking, due.url, due.challenge
"""
# A statement of its own sees what was settled while the claim waited for its rows.
_HEADS = """
SELECT mine.endpoint_id, head.partner_id, mine.member_id, mine.asking, head.event_id, head.seq,
       head.topic, coalesce(e.body, head.body), head.attempts, head.queued_at
  FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS mine (endpoint_id, member_id, asking)
  LEFT JOIN LATERAL (
       SELECT d.* FROM webhook_deliveries d
        WHERE d.endpoint_id = mine.endpoint_id AND d.member_id = mine.member_id
          AND d.state = 'queued'
        ORDER BY d.seq, d.event_id LIMIT 1) AS head ON true
  LEFT JOIN webhook_events e ON e.partner_id = head.partner_id AND e.id = head.event_id
"""
_EMPTY = """
DELETE FROM webhook_streams s USING unnest(%s::uuid[], %s::uuid[], %s::uuid[])
    AS each (endpoint_id, member_id, asking)
 WHERE s.endpoint_id = each.endpoint_id AND s.member_id = each.member_id
   AND s.asking = each.asking
   AND NOT EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.endpoint_id = s.endpoint_id
                      AND d.member_id = s.member_id AND d.state = 'queued')
RETURNING 1
"""
_SECRETS = """
SELECT endpoint_id, shared, private, public FROM webhook_secrets
 WHERE endpoint_id = ANY (%s::uuid[]) AND (ends_at IS NULL OR ends_at > %s)
 ORDER BY ends_at DESC NULLS FIRST, id DESC
"""


def claim(
    work: Work, *, limit: int, each: int, away: Sequence[UUID] = (), late: Sequence[UUID] = ()
) -> list[Letter]:
    """Take the heads of streams that are due, for `LEASE`; it waits for nobody.

    Args:
        limit: the most in all.
        each: the most of one endpoint.
        away: endpoints to be left alone for now.
        late: endpoints that come after the others.
    """
    work.session.connection()
    values = {
        "now": work.now(), "limit": limit, "each": each, "away": list(away), "late": list(late),
        "lease": LEASE,
    }  # fmt: skip
    claimed = work.rows(_CLAIM, values)
    if not claimed:
        return []
    heads = work.rows(_HEADS, tuple([row[at] for row in claimed] for at in range(3)))
    empty = [row for row in heads if row[4] is None]
    if empty:
        work.rows(_EMPTY, tuple([row[at] for row in empty] for at in (0, 2, 3)))
    live: dict[UUID, list[Secret]] = {}
    for endpoint_id, *secret in work.rows(_SECRETS, ([row[0] for row in claimed], work.now())):
        live.setdefault(endpoint_id, []).append(Secret(*secret))
    urls = {row[0]: (row[3], row[4]) for row in claimed}
    return [
        _letter(row, *urls[row[0]], secrets=tuple(live[row[0]]))
        for row in heads
        if row[4] is not None
    ]


def _letter(row: Sequence[Any], url: str, challenge: str, *, secrets: tuple[Secret, ...]) -> Letter:
    endpoint_id, partner_id, member_id, token, event_id, seq, topic, body, attempts, queued_at = row
    return Letter(
        endpoint_id, partner_id, member_id, token, url, event_id, seq, topic, body, attempts,
        queued_at, challenge if topic == CHALLENGE else "", secrets,
    )  # fmt: skip
