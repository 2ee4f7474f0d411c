"""Sign-in of the staff, and sessions that can be revoked.

Failed sign-ins are counted for an e-mail address and for a network address (`doors`).
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from sqlalchemy import delete, select, update

from stoa.models.identity import Staff, StaffSession
from stoa.services import audit, identity
from stoa.services.staff.doors import closed_for_s
from stoa.services.staff.factors import has_factor, look_at_code
from stoa.services.staff.people import Person, person_of
from stoa.values.identifiers import new_uuid, public_id, read_email
from stoa.values.roles import role_of
from stoa.work import Work

__all__ = [
    "CONFIRMED_FOR",
    "IDLE",
    "LONGEST",
    "Session",
    "SignIn",
    "confirm",
    "confirmed_at",
    "end_sessions",
    "finish_sign_in",
    "session_of",
    "sessions_of",
    "sign_in",
    "sign_out",
]

CONFIRMED_FOR = timedelta(minutes=10)
"""How long a proof counts for dangerous deeds."""

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
        half: who has to show a second factor now; ``None`` where none is needed, or refused.
    """

    person: Person | None = None
    token: str = ""
    retry_after_s: int = 0
    half: Person | None = None


def sign_in(work: Work, email: str, password: str, *, address: str, agent: str = "") -> SignIn:
    """Open a session when e-mail and password belong together.

    A refusal is a value, not an exception, because its record has to be committed. Unknown, closed
    and wrong are one answer and take the same time.

    Args:
        address: the browser's network address.
        agent: what the browser calls itself.
    """
    canonical = _address(email) or email.strip().lower()[:254]
    doors = _doors(canonical, address)
    wait = closed_for_s(work, doors)
    if wait:
        return SignIn(retry_after_s=wait)
    row = work.session.scalar(select(Staff).where(Staff.email == canonical))
    fits = identity.secret_fits(row.password_hash if row else _nobodys_hash(), password)
    if row is None or not fits or not row.may_enter:
        for door in doors:
            audit.record(work, "staff.refuse", door)
        return SignIn()
    if has_factor(work, row.id):
        return SignIn(half=person_of(row))
    return _let_in(work, row, address=address, agent=agent)


def finish_sign_in(
    work: Work, staff_id: UUID, code: str, *, key: str, address: str, agent: str = ""
) -> SignIn:
    """Open a session for whoever gave the password before, when the second factor fits.

    Args:
        code: of the authenticator, or a recovery code.
        key: the installation's secret key.
    """
    row = work.session.get(Staff, staff_id)
    if row is None or not row.may_enter:
        return SignIn()
    looked = look_at_code(work, staff_id, code, key=key)
    if not looked.fits:
        return SignIn(retry_after_s=looked.retry_after_s)
    return _let_in(work, row, address=address, agent=agent)


def confirmed_at(work: Work, token: str) -> datetime | None:
    """Return when the person of a session last proved in it who they are."""
    row = work.session.get(StaffSession, identity.token_hash(token))
    return None if row is None else row.confirmed_at


def confirm(work: Work, token: str, given: str, *, key: str, address: str) -> SignIn:
    """Take a proof again in a session: the second factor where there is one, else the password.

    Returns:
        The person where it fits; else for how long no proof is looked at.
    """
    row = work.session.get(StaffSession, identity.token_hash(token))
    person = work.session.get(Staff, row.staff_id) if row is not None else None
    if row is None or person is None:
        return SignIn()
    if has_factor(work, person.id):
        looked = look_at_code(work, person.id, given, key=key)
        fits, wait = looked.fits, looked.retry_after_s
    else:
        doors = _doors(person.email, address)
        wait = closed_for_s(work, doors)
        fits = not wait and identity.secret_fits(person.password_hash, given)
        if not fits and not wait:
            for door in doors:
                audit.record(work, "staff.refuse", door)
    if not fits:
        return SignIn(retry_after_s=wait)
    row.confirmed_at = work.now()
    return SignIn(person_of(person), token)


def _let_in(work: Work, row: Staff, *, address: str, agent: str) -> SignIn:
    token = _opened(work, row, address=address, agent=agent)
    audit.record(
        work, "staff.sign_in", public_id("stf", row.id), after={"network_address": address}
    )
    return SignIn(person_of(row), token)


def _doors(email: str, address: str) -> list[str]:
    digest = hashlib.sha256(email.encode()).hexdigest()[:32]
    return [f"sign-in:address:{address}", f"sign-in:email:{digest}"]


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
SELECT x.created_at, x.expires_at, s.id, s.email, s.name, s.role, s.partner_id, s.language, s.zone,
       EXISTS (SELECT FROM staff_factors f WHERE f.staff_id = s.id AND f.proved_at IS NOT NULL),
       s.theme, s.page_rows, s.shortcuts
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
    created_at, expires_at, staff_id, email, name, role, partner_id, *reading = rows[0]
    until: datetime = min(now + IDLE, created_at + LONGEST)
    if until - expires_at >= _RENEW:
        mine = StaffSession.token_hash == hashed
        work.session.execute(update(StaffSession).where(mine).values(expires_at=until, seen_at=now))
    return Person(
        staff_id, email, name, role_of(role), active=True, partner_id=partner_id,
        language=reading[0], zone=reading[1], second_factor=reading[2], theme=reading[3],
        page_rows=reading[4], shortcuts=reading[5],
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


def _address(email: str) -> str | None:
    try:
        return read_email(email)
    except ValueError:
        return None


@cache
def _nobodys_hash() -> str:
    return identity.hash_secret(secrets.token_urlsafe(16))
