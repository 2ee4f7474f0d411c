"""Staff of the operator: accounts with a role, sign-in, and sessions that can be revoked.

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

from stoa.errors import IdentifierTakenError, InvalidBodyError
from stoa.models.identity import Staff, StaffSession
from stoa.services import audit, identity
from stoa.values.identifiers import new_uuid, public_id, read_email
from stoa.work import Actor, Work

__all__ = [
    "FAILURES",
    "IDLE",
    "LONGEST",
    "MIN_PASSWORD",
    "ROLES",
    "WINDOW",
    "Person",
    "SignIn",
    "dismiss",
    "everyone",
    "hire",
    "session_of",
    "set_password",
    "set_role",
    "sign_in",
    "sign_out",
]

ROLES = ("operator", "auditor")
"""An operator reads and changes; an auditor only reads."""

FAILURES = 10
"""How many failed sign-ins close the door."""

WINDOW = timedelta(minutes=5)
"""How long a failed sign-in counts."""

IDLE = timedelta(hours=2)
"""A session ends when nothing was asked for this long."""

LONGEST = timedelta(hours=12)
"""A session ends at the latest after this."""

MIN_PASSWORD = 12
"""The least number of characters of a password."""

_RENEW = timedelta(minutes=5)
_COMMON = ("password", "changeme", "welcome", "letmein", "qwerty", "123456", "stoa")
_LEAST_DIFFERENT = 5


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who works for the operator."""

    id: UUID
    email: str
    name: str
    role: str
    active: bool = True

    @property
    def may_change(self) -> bool:
        """Whether the role may do more than read."""
        return self.role == "operator"

    @property
    def actor(self) -> Actor:
        """Who stands in the audit trail: ``staff:stf_…``."""
        return Actor(f"staff:{public_id('stf', self.id)}")


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


def hire(work: Work, email: str, name: str, *, role: str, password: str) -> UUID:
    """Give a person an account; return its id.

    Raises:
        InvalidBodyError: the address, role or password can't be used; `errors` names each.
        IdentifierTakenError: the address has an account already.
    """
    errors = {} if role in ROLES else {"role": [f"Choose one of {', '.join(ROLES)}."]}
    address = _address(email)
    if address is None:
        errors["email"] = ["Write an e-mail address such as name@example.org."]
    weak = _weakness(password, email)
    if weak:
        errors["password"] = [weak]
    if errors or address is None:
        raise InvalidBodyError(errors=errors)
    if work.session.scalar(select(Staff.id).where(Staff.email == address)):
        raise IdentifierTakenError(identifier="email")
    person = Staff(
        id=new_uuid(), email=address, name=name, password_hash=identity.hash_secret(password),
        role=role, active=True, created_at=work.now(),
    )  # fmt: skip
    work.session.add(person)
    work.session.flush()
    audit.record(work, "staff.hire", public_id("stf", person.id), after={"role": role})
    return person.id


def everyone(work: Work) -> list[Person]:
    """Return all accounts, by name."""
    rows = work.session.scalars(select(Staff).order_by(Staff.name, Staff.id))
    return [_person(row) for row in rows]


def set_password(work: Work, staff_id: UUID, password: str) -> None:
    """Change a password; every session of the person ends.

    Raises:
        InvalidBodyError: there is no such account, or the password is too weak.
    """
    row = _row(work, staff_id)
    weak = _weakness(password, row.email)
    if weak:
        raise InvalidBodyError(errors={"password": [weak]})
    row.password_hash = identity.hash_secret(password)
    _end_sessions(work, staff_id)
    audit.record(work, "staff.set_password", public_id("stf", staff_id))


def set_role(work: Work, staff_id: UUID, role: str) -> None:
    """Give a person another role; every session of the person ends.

    Raises:
        InvalidBodyError: there is no such account or role.
    """
    if role not in ROLES:
        raise InvalidBodyError(errors={"role": [f"Choose one of {', '.join(ROLES)}."]})
    row = _row(work, staff_id)
    before = {"role": row.role}
    row.role = role
    _end_sessions(work, staff_id)
    audit.record(
        work, "staff.set_role", public_id("stf", staff_id), before=before, after={"role": role}
    )


def dismiss(work: Work, staff_id: UUID) -> None:
    """Close an account; every session of the person ends at once.

    Raises:
        InvalidBodyError: there is no such account.
    """
    _row(work, staff_id).active = False
    _end_sessions(work, staff_id)
    audit.record(work, "staff.dismiss", public_id("stf", staff_id))


def sign_in(work: Work, email: str, password: str, *, address: str) -> SignIn:
    """Open a session when e-mail and password belong together.

    A refusal is a value, not an exception, because its record has to be committed. Unknown, closed
    and wrong are one answer and take the same time.

    Args:
        address: the browser's network address.
    """
    canonical = _address(email) or email.strip().lower()[:254]
    digest = hashlib.sha256(canonical.encode()).hexdigest()[:32]
    doors = [f"sign-in:address:{address}", f"sign-in:email:{digest}"]
    wait = _closed_for_s(work, doors)
    if wait:
        return SignIn(retry_after_s=wait)
    row = work.session.scalar(select(Staff).where(Staff.email == canonical))
    fits = identity.secret_fits(row.password_hash if row else _nobodys_hash(), password)
    if row is None or not fits or not row.active:
        for door in doors:
            audit.record(work, "staff.refuse", door)
        return SignIn()
    token = secrets.token_urlsafe(32)
    now = work.now()
    work.session.execute(
        delete(StaffSession).where(
            (StaffSession.staff_id == row.id) & (StaffSession.expires_at <= now)
        )
    )
    work.session.add(
        StaffSession(
            token_hash=identity.token_hash(token), staff_id=row.id, created_at=now,
            expires_at=now + IDLE,
        )
    )  # fmt: skip
    audit.record(
        work, "staff.sign_in", public_id("stf", row.id), after={"network_address": address}
    )
    return SignIn(_person(row), token)


_SESSION = """
SELECT s.id, s.email, s.name, s.role, s.active, x.created_at, x.expires_at
  FROM staff_sessions x JOIN staff s ON s.id = x.staff_id
 WHERE x.token_hash = %s AND x.expires_at > %s AND s.active
"""


def session_of(work: Work, token: str) -> Person | None:
    """Return who a session's token belongs to, and keep the session from idling out."""
    hashed, now = identity.token_hash(token), work.now()
    rows = work.rows(_SESSION, (hashed, now))
    if not rows:
        return None
    *person, created_at, expires_at = rows[0]
    until: datetime = min(now + IDLE, created_at + LONGEST)
    if until - expires_at >= _RENEW:
        mine = StaffSession.token_hash == hashed
        work.session.execute(update(StaffSession).where(mine).values(expires_at=until))
    return Person(*person)


def sign_out(work: Work, token: str) -> None:
    """End a session for good; a token that is none is ignored."""
    mine = StaffSession.token_hash == identity.token_hash(token)
    staff_id = work.session.scalar(
        delete(StaffSession).where(mine).returning(StaffSession.staff_id)
    )
    if staff_id is not None:
        audit.record(work, "staff.sign_out", public_id("stf", staff_id))


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


def _row(work: Work, staff_id: UUID) -> Staff:
    row = work.session.get(Staff, staff_id, with_for_update=True)
    if row is None:
        raise InvalidBodyError(errors={"staff": ["There is no such account."]})
    return row


def _end_sessions(work: Work, staff_id: UUID) -> None:
    work.session.execute(delete(StaffSession).where(StaffSession.staff_id == staff_id))


def _person(row: Staff) -> Person:
    return Person(row.id, row.email, row.name, row.role, row.active)


def _address(email: str) -> str | None:
    try:
        return read_email(email)
    except ValueError:
        return None


def _weakness(password: str, email: str) -> str | None:
    if len(password) < MIN_PASSWORD:
        return f"Use at least {MIN_PASSWORD} characters."
    plain = password.casefold()
    local = email.partition("@")[0].casefold()
    guessable = any(word in plain and len(plain) <= len(word) + 6 for word in (*_COMMON, local))
    if guessable or len(set(plain)) < _LEAST_DIFFERENT:
        return "This is easy to guess; use several words that do not belong together."
    return None


@cache
def _nobodys_hash() -> str:
    return identity.hash_secret(secrets.token_urlsafe(16))
