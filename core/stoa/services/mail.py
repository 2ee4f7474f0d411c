"""Letters to members: queued in the deed's transaction, sent by the worker, retried with back-off.

A letter that was handed over right before a crash is handed over again, under the same name.
What it says is wiped from the queue as soon as it is sent or given up.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from stoa.post import Office, Posted, RefusedForGoodError
from stoa.values.identifiers import new_uuid, public_id
from stoa.values.letters import Letter
from stoa.work import Actor, Desk, Work

__all__ = [
    "KEPT",
    "LEASE",
    "MOST_ATTEMPTS",
    "UNSENT",
    "Waiting",
    "carry_on",
    "forget",
    "queue",
    "waiting",
]

MOST_ATTEMPTS = 12
"""How often a letter is tried, over some ten hours, unless its `ends_at` comes first."""

LEASE = timedelta(minutes=3)
"""When a letter may be taken again that a worker took and told nothing of."""

KEPT = timedelta(days=7)
"""How long it stays known that a letter was sent or given up."""

UNSENT = timedelta(days=30)
"""How long a letter waits where nothing is there to send it."""

_FIRST_S = 2
_LONGEST = timedelta(hours=2)
_MOST_ERROR = 300

_log = structlog.get_logger(__name__)


_QUEUE = """
INSERT INTO mails (id, address, subject, body, state, attempts, made_at, next_at, ends_at, error)
VALUES (%(id)s, %(address)s, %(subject)s, %(body)s, %(state)s, 0, %(now)s, %(now)s, %(ends)s, '')
RETURNING 1
"""


def queue(
    work: Work,
    address: str,
    letter: Letter,
    *,
    ends_at: datetime | None = None,
    anybody: bool = True,
) -> None:
    """Put a letter into the queue.

    Args:
        ends_at: after that it is of no use any more, and given up.
        anybody: the address is somebody's; a letter to nobody's is dropped, and costs the same.
    """
    values = {
        "id": new_uuid(),
        "address": address if anybody else "",
        "subject": letter.subject,
        "body": letter.body if anybody else "",
        "state": "queued" if anybody else "dropped",
        "now": work.now(),
        "ends": ends_at,
    }
    work.rows(_QUEUE, values)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A letter that nobody has sent."""

    made_at: datetime
    address: str
    subject: str
    body: str


_WAITING = """
SELECT made_at, address, subject, body FROM mails WHERE state = 'queued'
 ORDER BY made_at DESC, id DESC LIMIT %s
"""


def waiting(work: Work, *, limit: int = 20) -> list[Waiting]:
    """Return the last letters that nobody has sent: in a sandbox all there are."""
    return [Waiting(*row) for row in work.rows(_WAITING, (limit,))]


@dataclass(frozen=True, slots=True)
class _Claimed:
    id: UUID
    address: str
    subject: str
    body: str
    attempts: int
    ends_at: datetime | None


_CLAIM = """
UPDATE mails SET attempts = attempts + 1, next_at = %(now)s + %(lease)s
 WHERE id = (SELECT id FROM mails WHERE state = 'queued' AND next_at <= %(now)s
              ORDER BY next_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, address, subject, body, attempts, ends_at
"""
_SETTLE = """
UPDATE mails SET state = %(state)s, next_at = %(next)s, error = %(error)s,
       body = CASE WHEN %(state)s = 'queued' THEN body ELSE '' END
 WHERE id = %(id)s AND state = 'queued'
RETURNING 1
"""


def carry_on(
    desk: Desk, actor: Actor, office: Office, *, stopping: Callable[[], bool] = lambda: False
) -> int:
    """Send every letter that is due; return how many went. No transaction is open meanwhile.

    After a letter that can't go now the rest waits for the next call: the server may be down.
    """
    done = 0
    while not stopping():
        with desk.work(actor) as work:
            rows = work.rows(_CLAIM, {"now": work.now(), "lease": LEASE})
        if not rows:
            break
        claimed = _Claimed(*rows[0])
        verdict = _sent(desk.clock(), claimed, office)
        with desk.work(actor) as work:
            _settle(work, claimed, verdict)
        done += verdict.sent
        if not verdict.final:
            break
    return done


def forget(work: Work) -> int:
    """Drop letters that were sent or given up more than `KEPT` ago; return how many.

    One that still waits after `UNSENT` goes too: nobody wants it any more, and where no mail server
    is set the queue would grow for ever. How many these were is an error in the log.
    """
    old = "DELETE FROM mails WHERE state <> 'queued' AND made_at < %s RETURNING 1"
    unsent = "DELETE FROM mails WHERE state = 'queued' AND made_at < %s RETURNING 1"
    dropped = len(work.rows(unsent, (work.now() - UNSENT,)))
    if dropped:
        _log.error("mail.unsent_dropped", letters=dropped)
    return dropped + len(work.rows(old, (work.now() - KEPT,)))


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What became of a letter: sent, or not, for good or for now; `error` is for operators."""

    sent: bool
    final: bool = True
    error: str = ""


def _sent(now: datetime, claimed: _Claimed, office: Office) -> _Verdict:
    if claimed.ends_at is not None and claimed.ends_at <= now:
        return _Verdict(sent=False, error="its time is over")
    name = public_id("eml", claimed.id)
    try:
        office.send(Posted(name, claimed.address, claimed.subject, claimed.body))
    except (RefusedForGoodError, ValueError) as refused:  # ValueError: no address, no header
        return _Verdict(sent=False, error=str(refused))
    except Exception as wrong:  # noqa: BLE001 - whatever the server did, the next time may go well
        final = claimed.attempts >= MOST_ATTEMPTS
        return _Verdict(sent=False, final=final, error=f"{type(wrong).__name__}: {wrong}")
    return _Verdict(sent=True)


def _settle(work: Work, claimed: _Claimed, verdict: _Verdict) -> None:
    state = "sent" if verdict.sent else "failed" if verdict.final else "queued"
    pause = min(timedelta(seconds=_FIRST_S * 2**claimed.attempts), _LONGEST)
    error = verdict.error.replace(claimed.address, "…")[:_MOST_ERROR]
    values = {"id": claimed.id, "state": state, "next": work.now() + pause, "error": error}
    work.rows(_SETTLE, values)
    facts = {"mail": public_id("eml", claimed.id), "attempts": claimed.attempts}
    if state == "failed":
        _log.error("mail.failed", error=error, **facts)
    elif state == "queued":
        _log.warning("mail.waits", error=error, **facts)
