"""The feed: what a partner hears, in the order in which it is told everywhere.

    enqueue  with everything else that follows an event, in that transaction: kept, not yet placed
    arrange  give what waits its place in the partner's feed, its number in the member's stream and
             its body, and queue it at every endpoint that listens

A place is given under the lock of the partner's feed, so places become visible in their order and
"what is after the cursor" misses nothing. Workers tell the outbox in any order: an event is placed
once no older one of the same wallet is still to be told for the first time.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from stoa.errors import InvalidBodyError, PartnerSuspendedError
from stoa.models import NOBODY
from stoa.services import identity
from stoa.services.outbox import Heard
from stoa.values.events import HEARD_BY
from stoa.values.identifiers import public_id, uuid_of
from stoa.values.webhooks import body_of
from stoa.work import Work

__all__ = ["AGREED", "KEPT", "Page", "Told", "arrange", "enqueue", "open_feed", "read", "wake"]

KEPT = timedelta(days=30)
"""How long a partner may read or replay what it heard."""

AGREED = [topic for topic, hearing in HEARD_BY.items() if hearing.audience == "agreed"]
"""The topics that a partner hears by the member's consent."""

_FEEDS = 20
_AT_ONCE = 500

_OPEN = """
INSERT INTO webhook_feeds (partner_id, position, opened_at) VALUES (%s, 0, %s)
    ON CONFLICT DO NOTHING RETURNING 1
"""

_KEEP = """
INSERT INTO webhook_events (partner_id, id, owner_id, member_id, topic, at, facts, body)
SELECT f.partner_id, e.id, e.owner_id, e.member_id, e.topic, e.at, e.facts::jsonb, ''
  FROM webhook_feeds f
 CROSS JOIN unnest(%s::text[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[],
                   %s::text[], %s::timestamptz[], %s::text[])
       AS e (audience, id, partner_id, owner_id, member_id, into_id, topic, at, facts)
 WHERE CASE e.audience
       WHEN 'all' THEN true
       WHEN 'own' THEN f.partner_id = e.partner_id
       WHEN 'agreed' THEN EXISTS (SELECT 1 FROM consents c WHERE c.partner_id = f.partner_id
                       AND c.member_id = e.member_id AND c.withdrawn_at IS NULL
                       AND 'wallet:read' = ANY (c.scopes))
       ELSE EXISTS (SELECT 1 FROM identifiers i WHERE i.partner_id = f.partner_id
                       AND i.member_id IN (e.member_id, e.into_id))
         OR EXISTS (SELECT 1 FROM purchases p WHERE p.partner_id = f.partner_id
                       AND p.member_id IN (e.member_id, e.into_id))
         OR EXISTS (SELECT 1 FROM holds h WHERE h.partner_id = f.partner_id
                       AND h.member_id IN (e.member_id, e.into_id)) END
    ON CONFLICT DO NOTHING
RETURNING 1
"""


def open_feed(work: Work, partner_id: UUID) -> None:
    """Let a partner hear events from now on; one that does already, does."""
    work.rows(_OPEN, (partner_id, work.now()))


def enqueue(work: Work, heard: Sequence[Heard]) -> None:
    """Keep events for every partner that is told of them, as `HEARD_BY` says: one statement."""
    rows = [row for each in heard if (row := _row(each)) is not None]
    if rows:
        work.rows(_KEEP, tuple(map(list, zip(*rows, strict=True))))


def _row(heard: Heard) -> tuple[Any, ...] | None:
    event, hearing = heard.event, HEARD_BY[heard.event.topic]
    facts = {name: event.facts[name] for name in hearing.facts if name in event.facts}
    member, into = (_member(facts.get(name)) for name in ("member", "into"))
    member = member or heard.member_id
    nobody = {"related": member is None, "agreed": member is None}
    aside = nobody | {"none": True, "own": heard.partner_id is None}
    if aside.get(hearing.audience, False):
        return None
    return (
        hearing.audience, uuid_of("evt", event.id), heard.partner_id, heard.member_id or NOBODY,
        member or NOBODY, into, event.topic, event.at, json.dumps(facts),
    )  # fmt: skip


def _member(named: object) -> UUID | None:
    return uuid_of("mem", named) if isinstance(named, str) else None


_WAITING_FEEDS = """
SELECT f.partner_id, f.position, p.ref_key
  FROM webhook_feeds f JOIN partners p ON p.id = f.partner_id
 WHERE EXISTS (SELECT 1 FROM webhook_events e
                WHERE e.partner_id = f.partner_id AND e.position IS NULL)
 ORDER BY f.partner_id LIMIT %s FOR UPDATE OF f SKIP LOCKED
"""
# A consent may have been taken back since: locked, so that `withhold` comes before or after.
_WAITING = """
SELECT e.id, e.member_id, e.topic, e.at, e.facts,
       e.topic = ANY (%s::text[]) AND NOT EXISTS (
           SELECT 1 FROM consents c WHERE c.partner_id = e.partner_id
              AND c.member_id = e.member_id AND c.withdrawn_at IS NULL
              AND 'wallet:read' = ANY (c.scopes))
  FROM webhook_events e
 WHERE e.partner_id = %s AND e.position IS NULL
   AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.member_id = e.owner_id AND o.id < e.id
                      AND o.state = 'new' AND o.attempts = 0)
 ORDER BY e.id LIMIT %s FOR UPDATE OF e
"""
_NUMBERS = """
INSERT INTO webhook_seqs AS s (partner_id, member_id, seq)
SELECT %s, each.member_id, each.n
  FROM unnest(%s::uuid[], %s::bigint[]) AS each (member_id, n)
    ON CONFLICT (partner_id, member_id) DO UPDATE SET seq = s.seq + excluded.seq
RETURNING s.member_id, s.seq
"""
_PLACE = """
UPDATE webhook_events e SET position = each.position, seq = each.seq, body = each.body
  FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::text[])
       AS each (id, position, seq, body)
 WHERE e.partner_id = %s AND e.id = each.id
RETURNING 1
"""
_MOVE = "UPDATE webhook_feeds SET position = %s WHERE partner_id = %s RETURNING 1"
_QUEUE = """
INSERT INTO webhook_deliveries (endpoint_id, event_id, partner_id, member_id, seq, topic, body,
                                state, attempts, queued_at, answer)
SELECT w.id, e.id, e.partner_id, e.member_id, e.seq, e.topic, '', 'queued', 0, %(now)s, ''
  FROM webhook_endpoints w JOIN webhook_events e ON e.partner_id = w.partner_id
 WHERE w.partner_id = %(partner)s AND w.state = 'active' AND e.id = ANY (%(ids)s::uuid[])
   AND (w.topics = '{}' OR e.topic = ANY (w.topics))
    ON CONFLICT DO NOTHING
RETURNING endpoint_id, member_id
"""
_WAKE = """
INSERT INTO webhook_streams AS s (endpoint_id, member_id, partner_id, next_at)
SELECT each.endpoint_id, each.member_id, %s, %s
  FROM (SELECT DISTINCT * FROM unnest(%s::uuid[], %s::uuid[]) AS e (endpoint_id, member_id)) AS each
 ORDER BY each.endpoint_id, each.member_id
    ON CONFLICT (endpoint_id, member_id) DO UPDATE
   SET next_at = CASE WHEN %s THEN least(s.next_at, excluded.next_at) ELSE s.next_at END
RETURNING 1
"""


def arrange(work: Work) -> int:
    """Place what waits, of every partner that nobody else is at; return how much."""
    work.session.connection()
    done = 0
    for partner_id, position, ref_key in work.rows(_WAITING_FEEDS, (_FEEDS,)):
        waiting = work.rows(_WAITING, (AGREED, partner_id, _AT_ONCE))
        if waiting:
            _place(work, partner_id, waiting, position=position, ref_key=ref_key)
        done += len(waiting)
    return done


def _place(
    work: Work, partner_id: UUID, waiting: Sequence[Any], *, position: int, ref_key: bytes
) -> None:
    counts: dict[UUID, int] = {}
    for row in waiting:
        counts[row[1]] = counts.get(row[1], 0) + 1
    members = sorted(counts)
    last = dict(
        tuple(row)
        for row in work.rows(_NUMBERS, (partner_id, members, [counts[each] for each in members]))
    )
    number = {member: last[member] - counts[member] for member in members}
    places, numbers, bodies = [], [], []
    for place, row in enumerate(waiting, position + 1):
        event_id, member_id, topic, at, facts, withheld = row
        number[member_id] += 1
        places.append(place)
        numbers.append(number[member_id])
        bodies.append(
            body_of(
                event_id=public_id("evt", event_id), topic=topic, at=at, seq=number[member_id],
                stream=_ref(ref_key, member_id),
                data=None if withheld else _told(ref_key, facts),
            )
        )  # fmt: skip
    ids = [row[0] for row in waiting]
    work.rows(_PLACE, (ids, places, numbers, bodies, partner_id))
    work.rows(_MOVE, (position + len(ids), partner_id))
    queued = work.rows(_QUEUE, {"partner": partner_id, "now": work.now(), "ids": ids})
    wake(work, partner_id, queued, at_once=False)


def wake(work: Work, partner_id: UUID, streams: Sequence[Any], *, at_once: bool = True) -> None:
    """Let streams of endpoints be looked at; whoever is at one of them finishes first.

    It updates what is there, for the row's lock: a stream that is about to end sees what came.

    Args:
        streams: endpoint and member of each.
        at_once: also those whose head waits for its next attempt.
    """
    if streams:
        endpoints, members = zip(*streams, strict=True)
        values = (partner_id, work.now(), list(endpoints), list(members), at_once)
        work.rows(_WAKE, values)


def _told(ref_key: bytes, facts: dict[str, Any]) -> dict[str, Any]:
    """Return what a partner reads: members by its own references, never by ours (1d-7)."""
    told: dict[str, Any] = {}
    for name, value in facts.items():
        member_id = uuid_of("mem", value) if isinstance(value, str) else None
        if member_id is None:
            told[name] = value
        else:
            told[f"{name}_ref"] = identity.member_ref(ref_key, member_id)
    return told


def _ref(ref_key: bytes, member_id: UUID) -> str | None:
    return None if member_id == NOBODY else identity.member_ref(ref_key, member_id)


@dataclass(frozen=True, slots=True)
class Told:
    """An event of a partner's feed: its body is what webhooks send, byte for byte."""

    id: str
    topic: str
    at: datetime
    seq: int
    body: str


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a feed; `cursor` leads on from it, also where it is the end for now."""

    events: tuple[Told, ...]
    cursor: int
    more: bool


_READ = """
SELECT e.position, e.id, e.topic, e.at, e.seq, e.body FROM webhook_events e
 WHERE e.partner_id = %s AND e.position > %s AND e.at > %s
   AND (%s::text[] = '{}' OR e.topic = ANY (%s::text[]))
 ORDER BY e.position LIMIT %s
"""
_STANDS = """
SELECT f.position, p.status FROM webhook_feeds f JOIN partners p ON p.id = f.partner_id
 WHERE f.partner_id = %s
"""


def read(
    work: Work, partner_id: UUID, *, cursor: int = 0, topics: Sequence[str] = (), limit: int = 100
) -> Page:
    """Return what a partner heard after a cursor, oldest first; the first reading opens its feed.

    Args:
        cursor: of the page before; 0 for the oldest that is kept.
        topics: only these; all where there are none.
        limit: events of a page, at most 500.

    Raises:
        InvalidBodyError: we never gave that cursor.
        PartnerSuspendedError: the partner hears nothing for now.
    """
    rows = work.rows(_STANDS, (partner_id,))
    if not rows:
        open_feed(work, partner_id)
        rows = work.rows(_STANDS, (partner_id,))
    last, status = rows[0]
    if status != "active":
        raise PartnerSuspendedError
    if cursor > last:
        raise InvalidBodyError(errors={"cursor": ["We never gave you that cursor."]})
    wanted = list(topics)
    values = (partner_id, cursor, work.now() - KEPT, wanted, wanted, limit + 1)
    found = work.rows(_READ, values)
    page, more = found[:limit], len(found) > limit
    events = tuple(Told(public_id("evt", row[1]), *row[2:]) for row in page)
    # What other topics filled is passed over, but nothing that was placed after this was read.
    end = page[-1][0] if more else max(last, page[-1][0] if page else 0)
    return Page(events, end, more)
