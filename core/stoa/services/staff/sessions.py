"""Sign-in of the staff, and sessions that can be revoked.

Failed sign-ins are counted in the audit trail, so that the limit holds over all servers and
outlives a restart: ten failures for one e-mail address, or from one network address, within five
minutes close that door until the oldest of them is five minutes old.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from sqlalchemy import delete, select, update

from stoa.models.identity import Staff, StaffSession
from stoa.services import audit, identity
from stoa.services.staff.people import Person, person_of
from stoa.values.identifiers import new_uuid, public_id, read_email
from stoa.values.roles import role_of
from stoa.work import Work

__all__ = [
    "FAILURES",
    "IDLE",
    "LONGEST",
    "WINDOW",
    "Session",
    "SignIn",
    "end_sessions",
    "session_of",
    "sessions_of",
    "sign_in",
    "sign_out",
]

FAILURES = 10
"""How many failed sign-ins close the door."""

WINDOW = timedelta(minutes=5)
"""How long a failed sign-in counts."""

IDLE = timedelta(hours=2)
"""A session ends when nothing was asked for this long."""

LONGEST = timedelta(hours=12)
"""A session ends at the latest after this."""

_RENEW = timedelta(minutes=5)
_MOST_ADDRESS = 64
_MOST_AGENT = 300


@dataclass(frozen=True, slots=True)
class SignIn:
    """What became of a sign-in.

    Attributes:
        person: who signed in; ``None`` when refused.
        token: the new session's token, to be kept by the browser only; empty when refused.
        retry_after_s: how long the door stays closed after too many failures, else 0.
    """

    person: Person | None = None
    token: str = ""
    retry_after_s: int = 0


def sign_in(work: Work, email: str, password: str, *, address: str, agent: str = "") -> SignIn:
    """Open a session when e-mail and password belong together.

    A refusal is a value, not an exception, because its record has to be committed. Unknown, closed
    and wrong are one answer and take the same time.

    Args:
        address: the browser's network address.
        agent: what the browser calls itself.
    """
    canonical = _address(email) or email.strip().lower()[:254]
    digest = hashlib.sha256(canonical.encode()).hexdigest()[:32]
    doors = [f"sign-in:address:{address}", f"sign-in:email:{digest}"]
    wait = _closed_for_s(work, doors)
    if wait:
        return SignIn(retry_after_s=wait)
    row = work.session.scalar(select(Staff).where(Staff.email == canonical))
    fits = identity.secret_fits(row.password_hash if row else _nobodys_hash(), password)
    if row is None or not fits or not row.may_enter:
        for door in doors:
            audit.record(work, "staff.refuse", door)
        return SignIn()
    token = _opened(work, row, address=address, agent=agent)
    audit.record(
        work, "staff.sign_in", public_id("stf", row.id), after={"network_address": address}
    )
    return SignIn(person_of(row), token)


def _opened(work: Work, row: Staff, *, address: str, agent: str) -> str:
    """Open a session and sweep those of the person that are over; return its token."""
    token = secrets.token_urlsafe(32)
    now = work.now()
    over = (StaffSession.staff_id == row.id) & (StaffSession.expires_at <= now)
    work.session.execute(delete(StaffSession).where(over))
    work.session.add(
        StaffSession(
            token_hash=identity.token_hash(token), staff_id=row.id, created_at=now,
            expires_at=now + IDLE, id=new_uuid(), address=address[:_MOST_ADDRESS],
            agent=agent[:_MOST_AGENT], seen_at=now, confirmed_at=now,
        )
    )  # fmt: skip
    return token


_SESSION = """
SELECT x.created_at, x.expires_at, s.id, s.email, s.name, s.role, s.partner_id, s.language, s.zone
  FROM staff_sessions x JOIN staff s ON s.id = x.staff_id
 WHERE x.token_hash = %s AND x.expires_at > %s AND s.dismissed_at IS NULL
   AND (s.active OR s.partner_id IS NOT NULL)
"""


def session_of(work: Work, token: str) -> Person | None:
    """Return who a session's token belongs to, and keep the session from idling out."""
    hashed, now = identity.token_hash(token), work.now()
    rows = work.rows(_SESSION, (hashed, now))
    if not rows:
        return None
    created_at, expires_at, staff_id, email, name, role, partner_id, language, zone = rows[0]
    until: datetime = min(now + IDLE, created_at + LONGEST)
    if until - expires_at >= _RENEW:
        mine = StaffSession.token_hash == hashed
        work.session.execute(update(StaffSession).where(mine).values(expires_at=until, seen_at=now))
    return Person(
        staff_id, email, name, role_of(role), active=True, partner_id=partner_id, language=language,
        zone=zone,
    )  # fmt: skip


def sign_out(work: Work, token: str) -> None:
    """End a session for good; a token that is none is ignored."""
    mine = StaffSession.token_hash == identity.token_hash(token)
    staff_id = work.session.scalar(
        delete(StaffSession).where(mine).returning(StaffSession.staff_id)
    )
    if staff_id is not None:
        audit.record(work, "staff.sign_out", public_id("stf", staff_id))


@dataclass(frozen=True, slots=True)
class Session:
    """A browser in which somebody is signed in.

    Attributes:
        seen_at: when it last asked for something, to five minutes; ``None`` where an older release
            opened it.
        address: the network address from which it was opened.
        agent: what the browser calls itself.
        here: it is the one that asks.
    """

    id: UUID
    made_at: datetime
    seen_at: datetime | None
    address: str
    agent: str
    here: bool


def sessions_of(work: Work, staff_id: UUID, *, token: str = "") -> list[Session]:
    """Return in which browsers a person is signed in, the latest first.

    Args:
        token: of the session that asks, if it is one of theirs.
    """
    mine = (StaffSession.staff_id == staff_id) & (StaffSession.expires_at > work.now())
    rows = work.session.scalars(
        select(StaffSession).where(mine).order_by(StaffSession.created_at.desc(), StaffSession.id)
    )
    here = identity.token_hash(token)
    return [
        Session(row.id, row.created_at, row.seen_at, row.address, row.agent, row.token_hash == here)
        for row in rows
    ]


def end_sessions(
    work: Work, staff_id: UUID, session_id: UUID | None = None, *, but: str = ""
) -> int:
    """End one session of a person, or all of them; return how many ended.

    Args:
        session_id: the one; ``None`` for all.
        but: the token of the session that goes on.
    """
    mine = (StaffSession.staff_id == staff_id) & (
        StaffSession.token_hash != identity.token_hash(but)
    )
    if session_id is not None:
        mine &= StaffSession.id == session_id
    ended = work.session.scalars(delete(StaffSession).where(mine).returning(StaffSession.id)).all()
    if ended:
        told = {"sessions": len(ended)}
        audit.record(work, "staff.end_sessions", public_id("stf", staff_id), after=told)
    return len(ended)


_LOCK = "SELECT pg_advisory_xact_lock(5703, hashtext(%s))"
_REFUSED = """
SELECT max(n), min(oldest) FROM (
       SELECT count(*) AS n, min(at) AS oldest FROM audit_records
        WHERE subject = ANY(%(doors)s) AND at > %(since)s AND deed = 'staff.refuse'
        GROUP BY subject HAVING count(*) >= %(failures)s) AS full_doors
"""


def _closed_for_s(work: Work, doors: Sequence[str]) -> int:
    # The locks make attempts at one door queue, so that many at once can't pass the count.
    connection = work.session.connection()
    for door in sorted(doors):
        connection.exec_driver_sql(_LOCK, (door,))
    values = {"doors": list(doors), "since": work.now() - WINDOW, "failures": FAILURES}
    failures, oldest = connection.exec_driver_sql(_REFUSED, values).one()
    if failures is None:
        return 0
    return max(1, int((oldest + WINDOW - work.now()).total_seconds()))


def _address(email: str) -> str | None:
    try:
        return read_email(email)
    except ValueError:
        return None


@cache
def _nobodys_hash() -> str:
    return identity.hash_secret(secrets.token_urlsafe(16))
