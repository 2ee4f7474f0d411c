"""The outbox: claim a batch of events by their state, tell each, mark it told; forget the old ones.

Rows are claimed with ``SKIP LOCKED``, never by position: of events polled with ``id > last``, those
of a transaction that committed later than a younger one are lost (reliability, fact 11).
A batch is told and marked in one transaction: what was told before a crash is told again, so every
event is told at least once. What looks at all that a member did need not follow each event: it asks
to be called at the batch's end, once, with all members of whom the batch told anything (`at_end`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Any
from uuid import UUID

import structlog

from stoa.models import NOBODY
from stoa.values.events import Event
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["KEPT", "MAX_ATTEMPTS", "AtEnd", "Heard", "forget", "tell"]

AtEnd = Callable[[Work, Sequence[UUID]], None]
"""A deed for the end of a batch: it is given the members in the order of their ids, each once."""

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
    _ends: list[AtEnd] = field(default_factory=list, repr=False)

    def at_end(self, deed: AtEnd) -> None:
        """Let a deed look at the event's member once all events of the batch are followed.

        Where it raises, the events of that member that asked for it are tried again.
        """
        self._ends.append(deed)

    @property
    def ends(self) -> Sequence[AtEnd]:
        """What was asked for with `at_end`."""
        return self._ends


_CLAIM = """
SELECT o.member_id, o.id, o.topic, o.partner_id, p.version, o.at, o.facts, o.attempts
  FROM outbox o LEFT JOIN partners p ON p.id = o.partner_id
 WHERE o.state = 'new'
   AND (o.attempts = 0 OR o.at + interval '1 second' * 4 ^ o.attempts <= %(now)s)
 ORDER BY o.id LIMIT %(limit)s
   FOR UPDATE OF o SKIP LOCKED
"""


def tell(
    work: Work,
    follow: Callable[[Work, Heard], None],
    *,
    keep: Callable[[Work, Sequence[Heard]], None] | None = None,
    limit: int = 100,
    within_s: float = 5.0,
) -> int:
    """Claim the oldest events that wait and let `follow` act on each; return how many it did.

    What `follow` did for an event it raised at is undone; the event is tried again, each time four
    times later, and is ``failed`` for good at the `MAX_ATTEMPTS`-th time.

    Args:
        keep: is given all events of the batch that were followed, once, in the same transaction.
        limit: the most events of one batch.
        within_s: no further event is begun after that; the rest of the batch waits.
    """
    work.session.connection()
    rows = work.rows(_CLAIM, {"now": work.now(), "limit": limit})
    until = monotonic() + within_s
    told: list[_Told] = []
    for member_id, event_id, topic, partner_id, version, at, facts, attempts in rows:
        public = public_id("prt", partner_id) if partner_id else None
        event = Event(public_id("evt", event_id), topic, public, at.isoformat(), facts)
        whose = None if member_id == NOBODY else member_id
        heard = Heard(event, whose, partner_id, version)
        state = _follow(work, follow, heard, attempts)
        told.append(_Told(member_id, event_id, attempts, heard, state))
        if monotonic() > until:
            break
    if told:
        _end(work, told)
        if keep is not None:
            _keep(work, keep, [each for each in told if each.state == "told"])
        marks = [(each.member_id, each.event_id, each.state) for each in told]
        work.rows(_MARK, tuple(list(column) for column in zip(*marks, strict=True)))
    return len(told)


@dataclass(slots=True)
class _Told:
    member_id: UUID
    event_id: UUID
    attempts: int
    heard: Heard
    state: str


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
    try:
        with work.session.begin_nested():
            follow(work, heard)
    except Exception:  # noqa: BLE001 - whatever went wrong, the other events are told
        return _failed(heard, attempts)
    return "told"


def _keep(work: Work, keep: Callable[[Work, Sequence[Heard]], None], told: Sequence[_Told]) -> None:
    try:
        with work.session.begin_nested():
            keep(work, [each.heard for each in told])
    except Exception:  # noqa: BLE001 - whatever went wrong, the events are tried again
        for each in told:
            each.state = _failed(each.heard, each.attempts)


def _end(work: Work, told: Sequence[_Told]) -> None:
    """Do what the events that were followed asked for, each deed once for all their members."""
    asked: dict[AtEnd, dict[UUID, list[_Told]]] = {}
    for each in told:
        if each.state == "told":
            for deed in each.heard.ends:
                asked.setdefault(deed, {}).setdefault(each.member_id, []).append(each)
    for deed, by_member in asked.items():
        _end_for(work, deed, {member: by_member[member] for member in sorted(by_member)})


def _end_for(work: Work, deed: AtEnd, by_member: dict[UUID, list[_Told]]) -> None:
    try:
        with work.session.begin_nested():
            deed(work, list(by_member))
    except Exception:  # noqa: BLE001 - whatever went wrong, the other members' events are told
        if len(by_member) > 1:
            for member_id, theirs in by_member.items():
                _end_for(work, deed, {member_id: theirs})
            return
        for each in (each for theirs in by_member.values() for each in theirs):
            each.state = _failed(each.heard, each.attempts)


def _failed(heard: Heard, attempts: int) -> str:
    """Log the exception at hand; return the state of an event that could not be told."""
    facts: dict[str, Any] = {"event_id": heard.event.id, "topic": heard.event.topic}
    if attempts + 1 < MAX_ATTEMPTS:
        _log.warning("event.not_told", attempts=attempts + 1, exc_info=True, **facts)
        return "new"
    _log.exception("event.failed", attempts=attempts + 1, **facts)
    return "failed"
