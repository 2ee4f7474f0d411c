"""Members sign in: a code of six digits is sent to their e-mail address, and opens a session.

Whether an address is a member's is never told: for one that is nobody's the same is written and
the same is answered, but no letter goes out. A code lives ten minutes, works once, in the browser
that asked for it alone, and is looked at five times; each look is counted before it is taken.
Wrong codes are counted besides by address and by network address (`guesses`), and so are requests.
"""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from uuid import UUID

from stoa.errors import InvalidBodyError, TooManyGuessesError
from stoa.models import NOBODY
from stoa.services import guesses, identity, mail
from stoa.values.identifiers import new_uuid, read_email
from stoa.values.letters import Letter
from stoa.work import Work

__all__ = [
    "CODE_LIFE",
    "MOST_ASKED",
    "MOST_TRIES",
    "SESSION_LIFE",
    "Outcome",
    "Session",
    "ask",
    "end",
    "forget",
    "prove",
    "session_of",
    "sessions",
    "sign_out",
]

CODE_LIFE = timedelta(minutes=10)
MOST_TRIES = 5
"""How often a code is looked at."""

MOST_ASKED = 5
"""How many codes an address is sent within `ASKED_WITHIN`."""

ASKED_WITHIN = timedelta(minutes=15)
SESSION_LIFE = timedelta(days=30)

_DIGITS = 6
_SEEN_AGAIN = timedelta(minutes=5)
_MOST_AGENT = 200


@dataclass(frozen=True, slots=True)
class Session:
    """A browser in which a member is signed in; `made_at` is when the member proved it."""

    id: UUID
    member_id: UUID
    address: str
    agent: str
    made_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a code: the new session's `token`, or how often another may be tried."""

    token: str = ""
    left_tries: int = 0


_LOCK = "SELECT pg_advisory_xact_lock(5735, hashtext(%s))"
_ASKED = """
SELECT count(*), min(made_at) FROM sign_in_codes WHERE address_hash = %s AND made_at > %s
"""
_MAKE = """
INSERT INTO sign_in_codes (id, browser_hash, address_hash, address, member_id, code_hash, tries,
                           made_at, ends_at, used_at)
SELECT %(id)s, %(browser)s, %(hash)s, CASE WHEN m.id IS NULL THEN '' ELSE %(address)s END, m.id,
       %(code)s, 0, %(now)s, %(ends)s, NULL
  FROM (SELECT 1) AS one LEFT JOIN (
       SELECT m.id FROM identifiers i JOIN members m ON m.id = i.member_id
        WHERE i.kind = 'email' AND i.partner_id = %(all)s AND i.value = %(address)s
          AND m.status IN ('active', 'frozen')) AS m ON true
RETURNING member_id IS NOT NULL
"""


def ask(
    work: Work,
    email: str,
    *,
    browser: str,
    network: str,
    letter: Callable[[str], Letter],
) -> None:
    """Send a code to an address; nothing tells whether it is a member's.

    Args:
        browser: the random token that the browser keeps meanwhile.
        network: the network address that asks.
        letter: makes the letter that carries a code.

    Raises:
        InvalidBodyError: it is no e-mail address.
        TooManyGuessesError: too many codes were asked for; `retry_after_s` says when to come back.
    """
    try:
        address = read_email(email)
    except ValueError as wrong:
        raise InvalidBodyError(errors={"email": [str(wrong)]}) from None
    where = _name("asks", network)
    guesses.refuse(work, where)
    guesses.count(work, where)
    code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
    hashed, now = _hash(address), work.now()
    work.session.connection()
    work.rows(_LOCK, (address,))  # many at once can't pass the count
    asked, since = work.rows(_ASKED, (hashed, now - ASKED_WITHIN))[0]
    if asked >= MOST_ASKED:
        wait = since + ASKED_WITHIN - now
        raise TooManyGuessesError(retry_after_s=max(1, wait // timedelta(seconds=1)))
    values = {
        "id": new_uuid(), "browser": _hash(browser), "hash": hashed, "address": address,
        "code": _salted(browser, code), "now": now, "ends": now + CODE_LIFE, "all": NOBODY,
    }  # fmt: skip
    known = work.rows(_MAKE, values)[0][0]
    mail.queue(work, address, letter(code), ends_at=now + CODE_LIFE, anybody=known)


_LATEST = """
SELECT id, address_hash FROM sign_in_codes
 WHERE browser_hash = %s AND used_at IS NULL AND ends_at > %s ORDER BY made_at DESC LIMIT 1
"""
_TRY = """
UPDATE sign_in_codes SET tries = tries + 1
 WHERE id = %s AND used_at IS NULL AND ends_at > %s AND tries < %s
RETURNING code_hash, tries, member_id IS NOT NULL
"""


def prove(
    work: Work, code: str, *, browser: str, network: str, agent: str = "", old: str = ""
) -> Outcome:
    """Open a session for a right code; a wrong one is counted.

    Asked before the work opens its transaction: a wrong code counts though nothing else is done.

    Args:
        agent: what the browser calls itself, for the member's list.
        old: the token of the session that the browser has now; it ends.

    Raises:
        TooManyGuessesError: too many were wrong; `retry_after_s` says when to come back.
    """
    here, now = _name("codes", network), work.now()
    guesses.refuse(work, here)
    rows = work.rows(_LATEST, (_hash(browser), now))
    if not rows:
        guesses.count(work, here)
        return Outcome()
    code_id, hashed = rows[0]
    whose = UUID(bytes=bytes(hashed)[:16])
    guesses.refuse(work, whose, whose)
    rows = work.rows(_TRY, (code_id, now, MOST_TRIES))
    if not rows:
        return Outcome()
    right, tries, known = rows[0]
    given = _salted(browser, "".join(code.split()))
    if not compare_digest(bytes(right), given) or not known:
        guesses.count(work, here)
        guesses.count(work, whose, whose)
        return Outcome(left_tries=MOST_TRIES - tries)
    return _opened(work, code_id, agent=agent, old=old)


_USE = """
UPDATE sign_in_codes c SET used_at = %(now)s
  FROM members m
 WHERE c.id = %(id)s AND c.used_at IS NULL AND m.id = c.member_id
   AND m.status IN ('active', 'frozen')
RETURNING c.member_id, c.address
"""
_OPEN = """
INSERT INTO member_sessions (token_hash, id, member_id, address, agent, made_at, seen_at, ends_at)
VALUES (%(hash)s, %(id)s, %(member)s, %(address)s, %(agent)s, %(now)s, %(now)s, %(ends)s)
RETURNING 1
"""


def _opened(work: Work, code_id: UUID, *, agent: str, old: str) -> Outcome:
    now = work.now()
    work.session.connection()
    rows = work.rows(_USE, {"id": code_id, "now": now})
    if not rows:
        return Outcome()
    token = secrets.token_urlsafe(32)
    values = {
        "hash": _hash(token), "id": new_uuid(), "member": rows[0][0], "address": rows[0][1],
        "agent": agent[:_MOST_AGENT], "now": now, "ends": now + SESSION_LIFE,
    }  # fmt: skip
    work.rows(_OPEN, values)
    sign_out(work, old)
    return Outcome(token)


_SESSION = """
SELECT s.id, s.member_id, s.address, s.agent, s.made_at, s.seen_at
  FROM member_sessions s JOIN members m ON m.id = s.member_id
 WHERE s.token_hash = %s AND s.ends_at > %s AND m.status IN ('active', 'frozen')
"""
_SEEN = "UPDATE member_sessions SET seen_at = %s WHERE id = %s RETURNING 1"


def session_of(work: Work, token: str) -> Session | None:
    """Return the session of a token; ``None`` for a token that is none, or is over."""
    if not token:
        return None
    now = work.now()
    rows = work.rows(_SESSION, (_hash(token), now))
    if not rows:
        return None
    found = Session(*rows[0])
    if now - found.seen_at >= _SEEN_AGAIN:
        work.rows(_SEEN, (now, found.id))
    return found


_SESSIONS = """
SELECT id, member_id, address, agent, made_at, seen_at FROM member_sessions
 WHERE member_id = %s AND ends_at > %s ORDER BY seen_at DESC, id
"""
_END = "DELETE FROM member_sessions WHERE member_id = %s AND id = %s RETURNING 1"
_SIGN_OUT = "DELETE FROM member_sessions WHERE token_hash = %s RETURNING 1"


def sessions(work: Work, member_id: UUID) -> Sequence[Session]:
    """Return where a member is signed in, the browser used last first."""
    return [Session(*row) for row in work.rows(_SESSIONS, (member_id, work.now()))]


def end(work: Work, member_id: UUID, session_id: UUID) -> bool:
    """End one of a member's sessions; tell whether there was such a one."""
    return bool(work.rows(_END, (member_id, session_id)))


def sign_out(work: Work, token: str) -> None:
    """End the session of a token; one that is none is ignored."""
    if token:
        work.rows(_SIGN_OUT, (_hash(token),))


def forget(work: Work) -> int:
    """Drop codes and sessions that are over; return how many."""
    now = work.now()
    codes = "DELETE FROM sign_in_codes WHERE ends_at < %s RETURNING 1"
    gone = len(work.rows(codes, (now - ASKED_WITHIN,)))
    return gone + len(
        work.rows("DELETE FROM member_sessions WHERE ends_at < %s RETURNING 1", (now,))
    )


def _hash(text: str) -> bytes:
    return identity.token_hash(text)


def _salted(browser: str, code: str) -> bytes:
    return _hash(f"{browser}\n{code}")


def _name(what: str, network: str) -> UUID:
    """Return the name under which what a network address does is counted."""
    return UUID(bytes=hashlib.sha256(f"sign-in\n{what}\n{network}".encode()).digest()[:16])
