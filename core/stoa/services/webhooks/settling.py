"""Settling: what came of each request is written, and the stream's next one is made due.

2xx                         delivered; a challenge, when it was echoed
410                         the endpoint is disabled (WHK-04); the event waits, and the partner's
                            contact gets a letter
anything else, no answer    tried again by the schedule (WHK-03)
too old, or the last time   dead; a ``stream.gap`` comes in its place, and the stream goes on: what
                            is as old is tried in its turn. A gap that dies takes along all that is
                            as old. The first of a day is told to the contact
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from stoa.egress import Reply, SendingError
from stoa.models import NOBODY
from stoa.models.webhooks import WebhookAttempt, WebhookEndpoint
from stoa.services import identity
from stoa.services.webhooks import endpoints
from stoa.services.webhooks.claiming import Letter
from stoa.services.webhooks.endpoints import CHALLENGE, GAP
from stoa.services.webhooks.telling import tell_of_dead, tell_of_gone
from stoa.values.identifiers import new_uuid, public_id
from stoa.values.webhooks import GIVE_UP, body_of, retry_after
from stoa.work import Work

__all__ = ["KEPT_BYTES", "Heard", "settle"]

KEPT_BYTES = 1024
"""How much of an answer is kept (SSR-08)."""

_GONE = 410
_JITTER = Random()  # noqa: S311 - spreads repeats, guards nothing
_BUSY = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a letter: an answer, or why there was none.

    Attributes:
        at: when it was sent.
    """

    letter: Letter
    at: datetime
    took_ms: int
    reply: Reply | None
    wrong: SendingError | None

    @property
    def outcome(self) -> str:
        """``delivered``, ``refused`` by its status, ``unproven``, or the kind of `SendingError`."""
        if self.reply is None:
            return self.wrong.kind if self.wrong else "reset"
        if self.reply.status // 100 != 2:  # noqa: PLR2004 - the class of success
            return "refused"
        challenge = self.letter.challenge
        if challenge and not endpoints.echoes(challenge, self.reply.body):
            return "unproven"
        return "delivered"


_LOCK = """
SELECT s.endpoint_id, s.member_id FROM webhook_streams s
  JOIN unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS each (endpoint_id, member_id, asking)
    ON s.endpoint_id = each.endpoint_id AND s.member_id = each.member_id AND s.asking = each.asking
 ORDER BY s.endpoint_id, s.member_id FOR UPDATE OF s
"""
_LOCK_ENDPOINTS = """
SELECT 1 FROM webhook_endpoints WHERE id = ANY (%s::uuid[]) ORDER BY id FOR NO KEY UPDATE
"""
_MARK = """
UPDATE webhook_deliveries d
   SET state = each.state, attempts = d.attempts + 1, answer = each.answer,
       told_at = CASE each.state WHEN 'delivered' THEN %s ELSE d.told_at END
  FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[])
       AS each (endpoint_id, event_id, state, answer)
 WHERE d.endpoint_id = each.endpoint_id AND d.event_id = each.event_id AND d.state = 'queued'
RETURNING 1
"""
_LEAVE = """
UPDATE webhook_streams s
   SET asking = NULL, asking_until = NULL,
       next_at = CASE (SELECT d.event_id FROM webhook_deliveries d
                        WHERE d.endpoint_id = s.endpoint_id AND d.member_id = s.member_id
                          AND d.state = 'queued'
                        ORDER BY d.seq, d.event_id LIMIT 1)
                 WHEN each.event_id THEN each.next_at ELSE %s END
  FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::timestamptz[])
       AS each (endpoint_id, member_id, event_id, next_at)
 WHERE s.endpoint_id = each.endpoint_id AND s.member_id = each.member_id
RETURNING 1
"""
_END = """
DELETE FROM webhook_streams s USING unnest(%s::uuid[], %s::uuid[]) AS each (endpoint_id, member_id)
 WHERE s.endpoint_id = each.endpoint_id AND s.member_id = each.member_id
   AND NOT EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.endpoint_id = s.endpoint_id
                      AND d.member_id = s.member_id AND d.state = 'queued')
RETURNING 1
"""


def settle(work: Work, heard: Sequence[Heard]) -> int:
    """Write what came of letters; return how many counted: those whose lease was still theirs.

    What somebody else has claimed since is left alone: it is being sent again.
    """
    work.session.connection()
    _lock_endpoints(work, heard)
    by_stream = {(each.letter.endpoint_id, each.letter.member_id): each for each in heard}
    columns = zip(
        *((each.letter.endpoint_id, each.letter.member_id, each.letter.token) for each in heard),
        strict=True,
    )
    mine = [by_stream[tuple(row)] for row in work.rows(_LOCK, tuple(map(list, columns)))]
    if mine:
        _write(work, mine)
    return len(mine)


def _lock_endpoints(work: Work, heard: Sequence[Heard]) -> None:
    """Lock what may change besides the streams, before them, as those do who change an endpoint."""
    changing = {
        each.letter.endpoint_id
        for each in heard
        if each.letter.challenge or (each.reply is not None and each.reply.status == _GONE)
    }
    if changing:
        work.rows(_LOCK_ENDPOINTS, (sorted(changing),))


def _write(work: Work, heard: Sequence[Heard]) -> None:
    now = work.now()
    marks: list[tuple[UUID, UUID, str, str]] = []
    leave: list[tuple[UUID, UUID, UUID, datetime]] = []
    for each in heard:
        letter, outcome = each.letter, each.outcome
        stream = (letter.endpoint_id, letter.member_id)
        due = now
        if outcome == "busy":  # nothing was sent: it does not count
            leave.append((*stream, letter.event_id, now + _BUSY))
            continue
        _note(work, each, outcome)
        state = "delivered" if outcome == "delivered" else "queued"
        if each.reply is not None and each.reply.status == _GONE:
            if endpoints.disable(work, letter.endpoint_id, partner_id=None, reason="gone"):
                tell_of_gone(work, letter.endpoint_id)
        elif state == "queued":
            after = retry_after(letter.attempts + 1, _JITTER)
            if after is None or now - letter.queued_at >= GIVE_UP:
                state = "dead"
            else:
                due = now + after
        if letter.topic == CHALLENGE and state == "delivered":
            _activate(work, letter)
        marks.append((letter.endpoint_id, letter.event_id, state, _told(each)))
        leave.append((*stream, letter.event_id, due))
    if marks:
        work.session.flush()
        work.rows(_MARK, (now, *map(list, zip(*marks, strict=True))))
    dead = {mark[:2] for mark in marks if mark[2] == "dead"}
    given_up = [
        each.letter for each in heard
        if (each.letter.endpoint_id, each.letter.event_id) in dead
        and each.letter.member_id != each.letter.endpoint_id
    ]  # fmt: skip
    tell_of_dead(work, (letter.endpoint_id for letter in given_up))
    for letter in given_up:
        _give_up(work, letter)
    work.rows(_LEAVE, (now, *map(list, zip(*leave, strict=True))))
    work.rows(_END, tuple(map(list, zip(*(each[:2] for each in leave), strict=True))))


def _note(work: Work, heard: Heard, outcome: str) -> None:
    letter = heard.letter
    work.session.add(
        WebhookAttempt(
            endpoint_id=letter.endpoint_id, id=new_uuid(), event_id=letter.event_id,
            partner_id=letter.partner_id, at=heard.at, outcome=outcome,
            status=heard.reply.status if heard.reply else None, took_ms=heard.took_ms,
            answer=_told(heard),
        )
    )  # fmt: skip


def _told(heard: Heard) -> str:
    """Return the first KiB of what came back, as text that a table can hold."""
    if heard.reply is None:
        return str(heard.wrong)
    text = heard.reply.body[:KEPT_BYTES].decode("utf-8", "replace")
    return "".join(
        letter if letter.isprintable() or letter in "\n\t" else "\ufffd" for letter in text
    )


def _activate(work: Work, letter: Letter) -> None:
    row = work.session.get(WebhookEndpoint, letter.endpoint_id)
    if row is not None and row.state == "unproven" and row.challenge == letter.challenge:
        row.state, row.changed_at = "active", work.now()
        work.session.flush()


_OLD = """
UPDATE webhook_deliveries d SET state = 'dead', answer = 'given up: as old as what was before it'
 WHERE d.endpoint_id = %s AND d.member_id = %s AND d.state = 'queued' AND d.queued_at <= %s
RETURNING d.seq, d.topic, d.event_id
"""
_FIRST = """
SELECT (d.body::jsonb #>> '{data,from_seq}')::bigint FROM webhook_deliveries d
 WHERE d.endpoint_id = %s AND d.event_id = %s
"""
_SEND_GAP = """
INSERT INTO webhook_deliveries (endpoint_id, event_id, partner_id, member_id, seq, topic, body,
                                state, attempts, queued_at, answer)
VALUES (%s, %s, %s, %s, %s, %s, %s, 'queued', 0, %s, '') RETURNING 1
"""
_REF_KEY = "SELECT ref_key FROM partners WHERE id = %s"


def _give_up(work: Work, letter: Letter) -> None:
    """Tell the endpoint what it will not hear; a challenge or a test is given up in silence."""
    where = (letter.endpoint_id, letter.member_id)
    now = work.now()
    gone = [(letter.seq, letter.topic, letter.event_id)]
    if letter.topic == GAP:  # not even that was taken: the endpoint is down, not one event odd
        gone += [tuple(row) for row in work.rows(_OLD, (*where, now - GIVE_UP))]
    last = max(seq for seq, _, _ in gone)
    first = min(_first(work, letter.endpoint_id, each) for each in gone)
    event_id = new_uuid()
    stream = None
    if letter.member_id != NOBODY:
        ref_key = work.rows(_REF_KEY, (letter.partner_id,))[0][0]
        stream = identity.member_ref(ref_key, letter.member_id)
    body = body_of(
        event_id=public_id("evt", event_id), topic=GAP, at=now, seq=last, stream=stream,
        data={"from_seq": first, "to_seq": last},
    )  # fmt: skip
    values = (
        letter.endpoint_id,
        event_id,
        letter.partner_id,
        letter.member_id,
        last,
        GAP,
        body,
        now,
    )
    work.rows(_SEND_GAP, values)


def _first(work: Work, endpoint_id: UUID, gone: tuple[int, str, UUID]) -> int:
    """Return the first number that something stood for: a gap stands for all that it told of."""
    seq, topic, event_id = gone
    if topic != GAP:
        return seq
    return int(work.rows(_FIRST, (endpoint_id, event_id))[0][0])
