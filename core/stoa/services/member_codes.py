"""Member codes: what a member shows to spend points, changing twice a minute.

A code is 21 letters: a name of 8, by which the member is found, and 13 that follow from a secret
and the time step. Each is good for its own step and the next one, and pays once: a photograph of
it is worth nothing after a minute, and the same picture at ten tills pays at one (FRD-06, RAC-08).
Whoever only earns or looks up uses none up.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from stoa.errors import CodeUsedError, MemberFrozenError, MemberUnknownError, WalletBusyError
from stoa.services import audit
from stoa.values.codes import (
    changing_code,
    confirmation_code,
    confirmation_step,
    is_changing,
    name_of,
    new_name,
    read_code,
    step_at,
)
from stoa.values.codes import step_of as fitting_step
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = [
    "STEP_S",
    "Code",
    "Shown",
    "confirm",
    "confirmed",
    "forget",
    "present",
    "read",
    "renew",
    "show",
    "spending",
]

STEP_S = 30
"""For how many seconds a code is shown; it is good for as long again."""

_SECRET_BYTES = 32
_KEPT = timedelta(days=1)
_PRESENTING = timedelta(minutes=5)
_LIVING = "SELECT name, secret FROM member_codes WHERE member_id = %s AND ended_at IS NULL"
_NEW = """
INSERT INTO member_codes (name, member_id, secret, made_at) VALUES (%s, %s, %s, %s)
    ON CONFLICT DO NOTHING RETURNING 1
"""
_STATUS = "SELECT status FROM members WHERE id = %s"


@dataclass(frozen=True, slots=True)
class Code:
    """A member's code as it is to be shown now.

    Attributes:
        renews_at: when the next one is to be shown.
        expires_at: when this one stops being good.
    """

    text: str
    renews_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """A code that a till has read; `step` is ``None`` where it is no longer valid."""

    name: str
    step: int | None


def show(work: Work, member_id: UUID) -> Code:
    """Return the code that a member shows now; the first time it is made.

    Raises:
        MemberUnknownError: there is no such member, or it is another one now.
        MemberFrozenError: the membership is frozen, and shows none.
    """
    status = work.rows(_STATUS, (member_id,))
    if not status or status[0][0] == "merged":
        raise MemberUnknownError
    if status[0][0] != "active":
        raise MemberFrozenError
    rows = work.rows(_LIVING, (member_id,))
    if not rows:
        _make(work, member_id)
        rows = work.rows(_LIVING, (member_id,))
    name, secret = rows[0]
    now = work.now()
    over = datetime.fromtimestamp((step_at(now, step_s=STEP_S) + 1) * STEP_S, UTC)
    text = changing_code(name, bytes(secret), now, step_s=STEP_S)
    return Code(text, over, over + timedelta(seconds=STEP_S))


_PRESENTED = """
SELECT 1 FROM audit_records
 WHERE subject = %s AND at > %s AND deed = 'member.code_shown' AND actor = %s LIMIT 1
"""


def present(work: Work, member_id: UUID) -> Code:
    """Return the code for the screen of a service desk; audited, once in five minutes a person.

    Raises:
        MemberUnknownError: there is no such member, or it is another one now.
        MemberFrozenError: the membership is frozen, and shows none.
    """
    code, name = show(work, member_id), public_id("mem", member_id)
    if not work.rows(_PRESENTED, (name, work.now() - _PRESENTING, work.actor.name)):
        audit.record(work, "member.code_shown", name)
    return code


_END = """
UPDATE member_codes SET ended_at = %s WHERE member_id = %s AND ended_at IS NULL RETURNING 1
"""


def renew(work: Work, member_id: UUID, *, reason: str) -> Code:
    """Give a member another name and secret, such as after a phone was lost; audited.

    Raises:
        MemberUnknownError: there is no such member, or it is another one now.
        MemberFrozenError: the membership is frozen.
    """
    show(work, member_id)
    audit.record(work, "member.code", public_id("mem", member_id), after={"reason": reason})
    work.rows(_END, (work.now(), member_id))
    return show(work, member_id)


def confirm(work: Work, member_id: UUID, points: int, currency: str) -> str:
    """Return what a member's app shows once the member agreed to spend so many points.

    Raises:
        MemberUnknownError: there is no such member, or it is another one now.
        MemberFrozenError: the membership is frozen.
    """
    show(work, member_id)
    name, secret = work.rows(_LIVING, (member_id,))[0]
    about = f"{points} {currency}"
    return confirmation_code(name, bytes(secret), about, work.now(), step_s=STEP_S)


def confirmed(work: Work, member_id: UUID, text: str, points: int, currency: str) -> Shown | None:
    """Return a confirmation of so many points, to be used up; ``None`` where it is none."""
    code = read_code(text)
    rows = work.rows(_LIVING, (member_id,))
    if code is None or is_changing(code) or not rows:
        return None
    name, secret = rows[0]
    about = f"{points} {currency}"
    step = confirmation_step(code, name, bytes(secret), about, work.now(), step_s=STEP_S)
    return None if step is None else Shown(f"{name}!{about}", step)


_READ = "SELECT member_id, secret FROM member_codes WHERE name = %s AND ended_at IS NULL"


def read(work: Work, text: str) -> tuple[UUID, Shown] | None:
    """Return whose code a text is and what was shown; ``None`` where it is nobody's."""
    code = read_code(text)
    if code is None or not is_changing(code):
        return None
    name = name_of(code)
    rows = work.rows(_READ, (name,))
    if not rows:
        return None
    member_id, secret = rows[0]
    step = fitting_step(code, bytes(secret), work.now(), step_s=STEP_S)
    return member_id, Shown(name, step)


_SPEND = """
INSERT INTO code_uses (member_id, name, step, at) VALUES (%s, %s, %s, %s)
    ON CONFLICT DO NOTHING RETURNING 1
"""


@contextmanager
def spending(work: Work, member_id: UUID, shown: Shown | None) -> Iterator[None]:
    """Let the deed within use up the code that was shown: with it, or not at all.

    A deed that is refused leaves the code as it was. Enter before a wallet is locked: whoever comes
    second waits here for the first one's end. Without a code this does nothing.

    Raises:
        CodeUsedError: the code has paid for something; the deed is not done.
        WalletBusyError: somebody else was using it for too long.
    """
    if shown is None:
        yield
        return
    with work.session.begin_nested():
        try:
            with work.session.begin_nested():
                new = work.rows(_SPEND, (member_id, shown.name, shown.step, work.now()))
        except DBAPIError as wrong:
            if getattr(wrong.orig, "sqlstate", None) in ("55P03", "40P01"):
                raise WalletBusyError from None
            raise
        if not new:
            raise CodeUsedError
        yield


_FORGET = "DELETE FROM code_uses WHERE at <= %s RETURNING 1"


def forget(work: Work) -> int:
    """Forget uses of codes that are long past; return how many rows went."""
    return len(work.rows(_FORGET, (work.now() - _KEPT,)))


def _make(work: Work, member_id: UUID) -> None:
    work.rows(_NEW, (new_name(), member_id, secrets.token_bytes(_SECRET_BYTES), work.now()))
