"""Jobs: the queue of the worker, the outbox and the letters, as people look at them.

Reads tell numbers, names of tasks and times; what a job or an event carries is never shown but for
the names of its fields. Retrying and cancelling stand in the audit trail.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from stoa.errors import InvalidBodyError
from stoa.services import audit
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = [
    "Backlog",
    "Job",
    "Letter",
    "Stuck",
    "Workers",
    "backlog",
    "cancel",
    "letters",
    "queue",
    "retry",
    "stuck",
    "tell_again",
    "workers",
]

_ALIVE_S = 60


@dataclass(frozen=True, slots=True)
class Workers:
    """How many workers beat within the last minute, and when the last one did."""

    alive: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Job:
    """A job of the queue; `fields` are the names of what it is given, never the values.

    `state` is ``todo``, ``doing``, ``failed``, ``cancelled``, ``aborted`` or ``succeeded``.
    """

    id: int
    task: str
    state: str
    attempts: int
    scheduled_at: datetime | None
    at: datetime | None
    fields: Sequence[str]


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits: events of the outbox, letters, deliveries of webhooks given up.

    Attributes:
        events: those not told yet; `oldest_at` is when the oldest of them happened.
        retried: those of them that were tried before.
        failed: those given up.
        mails: letters that wait; `mails_failed` were given up.
        dead: by partner, its id, its name and how many deliveries were given up.
    """

    events: int
    oldest_at: datetime | None
    retried: int
    failed: int
    mails: int
    mails_failed: int
    dead: tuple[tuple[UUID, str, int], ...]


@dataclass(frozen=True, slots=True)
class Stuck:
    """An event that was given up, or is tried again; what it says is not shown."""

    id: UUID
    topic: str
    partner_id: UUID | None
    at: datetime
    attempts: int
    state: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter on its way or given up: to whom is not told, nor what it says.

    `error` is the first word of what the mail server answered: a code of three digits mostly.
    """

    id: UUID
    state: str
    attempts: int
    made_at: datetime
    next_at: datetime
    error: str


_WORKERS = """
SELECT count(*) FILTER (WHERE last_heartbeat > now() - make_interval(secs => %s)),
       max(last_heartbeat) FROM procrastinate_workers
"""


def workers(work: Work) -> Workers:
    """Return whether any worker is at work."""
    return Workers(*work.rows(_WORKERS, (_ALIVE_S,))[0])


_QUEUE = """
SELECT j.id, j.task_name, j.status::text, j.attempts, j.scheduled_at, e.at,
       ARRAY(SELECT key FROM jsonb_object_keys(j.args) AS key ORDER BY key)
  FROM procrastinate_jobs j
  LEFT JOIN LATERAL (SELECT max(at) AS at FROM procrastinate_events WHERE job_id = j.id) e ON true
 WHERE (%(state)s::text = '' AND j.status <> 'succeeded') OR j.status::text = %(state)s
 ORDER BY j.status NOT IN ('failed', 'aborted'), j.status <> 'doing', j.id DESC LIMIT %(limit)s
"""


def queue(work: Work, state: str = "", *, limit: int = 100) -> list[Job]:
    """Return the jobs of a state, or all that are not done well; failed ones first.

    Args:
        limit: the most jobs.
    """
    rows = work.rows(_QUEUE, {"state": state, "limit": limit})
    return [Job(*row) for row in rows]


_BACKLOG = """
SELECT count(*) FILTER (WHERE state = 'new'), min(at) FILTER (WHERE state = 'new'),
       count(*) FILTER (WHERE state = 'new' AND attempts > 0),
       count(*) FILTER (WHERE state = 'failed')
  FROM outbox WHERE state IN ('new', 'failed')
"""
_MAILS = """
SELECT count(*) FILTER (WHERE state = 'queued'), count(*) FILTER (WHERE state = 'failed')
  FROM mails WHERE state IN ('queued', 'failed')
"""
_DEAD = """
SELECT p.id, p.name, count(*) FROM webhook_deliveries d JOIN partners p ON p.id = d.partner_id
 WHERE d.state = 'dead' GROUP BY 1, 2 ORDER BY 3 DESC, 2 LIMIT 50
"""


def backlog(work: Work) -> Backlog:
    """Return what waits and what was given up."""
    events, oldest_at, retried, failed = work.rows(_BACKLOG)[0]
    mails, mails_failed = work.rows(_MAILS)[0]
    dead = tuple((row[0], row[1], row[2]) for row in work.rows(_DEAD))
    return Backlog(events, oldest_at, retried, failed, mails, mails_failed, dead)


_STUCK = """
SELECT id, topic, partner_id, at, attempts, state FROM outbox
 WHERE state = 'failed' OR (state = 'new' AND attempts > 0) ORDER BY state, id LIMIT %s
"""


def stuck(work: Work, *, limit: int = 50) -> list[Stuck]:
    """Return events that were given up or are tried again, those given up first."""
    return [Stuck(*row) for row in work.rows(_STUCK, (limit,))]


_LETTERS = """
SELECT id, state, attempts, made_at, next_at,
       coalesce(substring(error from '^(?:[0-9]{3}|[A-Za-z]+)'), '')
  FROM mails
 WHERE state IN ('queued', 'failed') ORDER BY state, made_at LIMIT %s
"""


def letters(work: Work, *, limit: int = 50) -> list[Letter]:
    """Return letters that wait or were given up, the latter first."""
    return [Letter(*row) for row in work.rows(_LETTERS, (limit,))]


_RETRY = "SELECT procrastinate_retry_job_v2(%s, %s, NULL, NULL, NULL)"
_CANCEL = "SELECT procrastinate_cancel_job_v1(%s, false, false)"
_LOCKED = "SELECT task_name, status::text FROM procrastinate_jobs WHERE id = %s FOR UPDATE"
_DOUBLE = "23505"


def retry(work: Work, job: int) -> None:
    """Put a failed job back into the queue.

    Raises:
        InvalidBodyError: it has not failed, or the same one waits already.
    """
    task = _task(work, job, ("failed", "aborted"))
    try:
        with work.session.begin_nested():
            work.rows(_RETRY, (job, work.now()))
    except DBAPIError as wrong:
        if getattr(wrong.orig, "sqlstate", None) != _DOUBLE:
            raise
        text = "The same job waits already; this one need not be done again."
        raise InvalidBodyError(errors={"job": [text]}) from None
    audit.record(work, "job.retry", f"job_{job}", after={"task": task})


def cancel(work: Work, job: int) -> None:
    """Take a job that waits out of the queue.

    Raises:
        InvalidBodyError: it does not wait.
    """
    task = _task(work, job, ("todo",))
    work.rows(_CANCEL, (job,))
    audit.record(work, "job.cancel", f"job_{job}", after={"task": task})


def _task(work: Work, job: int, states: Sequence[str]) -> str:
    work.session.connection()
    found = work.rows(_LOCKED, (job,))
    if not found or found[0][1] not in states:
        text = "There is no such job, or it is in another state by now."
        raise InvalidBodyError(errors={"job": [text]})
    return str(found[0][0])


_AGAIN = """
UPDATE outbox SET state = 'new', attempts = 0 WHERE id = %s AND state = 'failed' RETURNING topic
"""


def tell_again(work: Work, event_id: UUID) -> None:
    """Let an event that was given up be told from the beginning.

    Raises:
        InvalidBodyError: it was not given up.
    """
    work.session.connection()
    found = work.rows(_AGAIN, (event_id,))
    if not found:
        raise InvalidBodyError(errors={"event": ["This event was not given up."]})
    audit.record(work, "event.tell_again", public_id("evt", event_id), after={"topic": found[0][0]})
