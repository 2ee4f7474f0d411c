"""Step-up: what a large redemption needs besides the code, a PIN or a confirmation on the phone.

A PIN is four to eight digits, kept as its argon2id hash alone. Each guess is counted before it is
looked at, in a transaction of its own: of many guesses at once five are looked at, and then none
for a quarter of an hour (reliability, "coupon and PIN"). A right one forgets the wrong ones before.

A confirmation is what the member's app shows after the member agreed to so many points: it follows
from the secret of the member's code, the points and the half minute, and pays once.

A deed that is done in one transaction with its key looks at a PIN before, in a work of its own
(`checked`), and asks within only whether that was done (`shown`).
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

from stoa.errors import (
    InvalidBodyError,
    MemberUnknownError,
    PinLockedError,
    PinWrongError,
    StepUpRequiredError,
)
from stoa.services import audit, identity, member_codes
from stoa.services.member_codes import Shown
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Work

__all__ = [
    "LOCKED_FOR",
    "MOST_WRONG",
    "Owed",
    "Proof",
    "checked",
    "clear_pin",
    "has_pin",
    "prove",
    "set_pin",
    "shown",
]

MOST_WRONG = 5
LOCKED_FOR = timedelta(minutes=15)
"""After so many wrong PINs none is looked at for so long."""

_MIN_DIGITS, _MAX_DIGITS = 4, 8


@dataclass(frozen=True, slots=True)
class Proof:
    """What a member gave besides the code; neither stands in any log.

    Attributes:
        of: whose PIN it was found to be, by `checked`.
    """

    pin: str | None = field(default=None, repr=False)
    confirmation: str | None = field(default=None, repr=False)
    of: UUID | None = None


@dataclass(frozen=True, slots=True)
class Owed:
    """Points of a member's that need a proof, and of which currency."""

    member_id: UUID
    points: int
    currency: str


_SET = """
INSERT INTO member_pins (member_id, hash, set_at, tries, locked_until)
VALUES (%(member)s, %(hash)s, %(now)s, 0, NULL)
    ON CONFLICT (member_id) DO UPDATE
   SET hash = excluded.hash, set_at = excluded.set_at, tries = 0, locked_until = NULL
RETURNING 1
"""
_THERE = "SELECT 1 FROM members WHERE id = %s AND status IN ('active', 'frozen')"


def set_pin(work: Work, member_id: UUID, pin: str) -> None:
    """Give a member a PIN, or another one; that it was done is audited, never the PIN.

    Raises:
        MemberUnknownError: there is no such member, or it is another one now.
        InvalidBodyError: it is not four to eight digits, or anybody would guess it.
    """
    wrong = _refused(pin)
    if wrong:
        raise InvalidBodyError(errors={"pin": [wrong]})
    if not work.rows(_THERE, (member_id,)):
        raise MemberUnknownError
    values = {"member": member_id, "hash": identity.hash_secret(pin), "now": work.now()}
    had = has_pin(work, member_id)
    audit.record(
        work, "member.pin", public_id("mem", member_id), before={"set": had}, after={"set": True}
    )
    work.rows(_SET, values)


def clear_pin(work: Work, member_id: UUID) -> None:
    """Take a member's PIN away; audited. Without one a large redemption needs a confirmation."""
    if work.rows("DELETE FROM member_pins WHERE member_id = %s RETURNING 1", (member_id,)):
        name = public_id("mem", member_id)
        audit.record(work, "member.pin", name, before={"set": True}, after={"set": False})


def has_pin(work: Work, member_id: UUID) -> bool:
    """Tell whether a member has a PIN."""
    return bool(work.rows("SELECT 1 FROM member_pins WHERE member_id = %s", (member_id,)))


def prove(
    work: Work, member_id: UUID, points: int, currency: str, proof: Proof | None
) -> Shown | None:
    """Check what a member gave for a redemption that needs more than a code.

    Asked before the work opens its transaction: a wrong PIN counts though the deed is refused.

    Returns:
        A confirmation, which `member_codes.spending` uses up; ``None`` for a PIN.

    Raises:
        StepUpRequiredError: nothing was given, or a confirmation of something else.
        PinWrongError: `left_tries` are left.
        PinLockedError: too many were wrong; `retry_after_s` says for how long.
    """
    if proof is not None and proof.confirmation:
        shown = member_codes.confirmed(work, member_id, proof.confirmation, points, currency)
        if shown is not None:
            return shown
    elif proof is not None and proof.pin is not None and has_pin(work, member_id):
        _try(work, member_id, proof.pin)
        return None
    ways = ["confirmation", "pin"] if has_pin(work, member_id) else ["confirmation"]
    raise StepUpRequiredError(points=points, ways=ways)


def checked(work: Work, owed: Owed, proof: Proof) -> Proof:
    """Look at a PIN in a work of its own, whatever becomes of the deed; a confirmation may wait.

    Raises:
        StepUpRequiredError: the member has no PIN.
        PinWrongError: `left_tries` are left.
        PinLockedError: too many were wrong.
    """
    if proof.pin is None:
        return proof
    prove(work, owed.member_id, owed.points, owed.currency, Proof(pin=proof.pin))
    return replace(proof, of=owed.member_id)


def shown(work: Work, owed: Owed, proof: Proof | None) -> Shown | None:
    """Tell within a deed what proves its points, to be used up; ``None`` for a PIN `checked`.

    Raises:
        StepUpRequiredError: nothing was given, or of something else, or a PIN nobody looked at.
    """
    if proof is not None and proof.of == owed.member_id:
        return None
    confirmation = Proof(confirmation=proof.confirmation) if proof is not None else None
    return prove(work, owed.member_id, owed.points, owed.currency, confirmation)


_TRY = """
UPDATE member_pins
   SET tries = CASE WHEN locked_until IS NULL THEN tries ELSE 0 END + 1,
       locked_until = CASE
           WHEN CASE WHEN locked_until IS NULL THEN tries ELSE 0 END + 1 >= %(most)s
           THEN %(until)s::timestamptz END
 WHERE member_id = %(member)s AND (locked_until IS NULL OR locked_until <= %(now)s)
RETURNING hash, tries
"""
_LOCKED = "SELECT locked_until FROM member_pins WHERE member_id = %s"
_RIGHT = """
UPDATE member_pins SET tries = 0, locked_until = NULL WHERE member_id = %s AND hash = %s RETURNING 1
"""
_TELL = """
INSERT INTO outbox (member_id, id, topic, partner_id, at, facts, state, attempts)
VALUES (%s, %s, 'member.pin_locked', NULL, %s, jsonb_build_object('member', %s::text), 'new', 0)
RETURNING 1
"""


def _try(work: Work, member_id: UUID, pin: str) -> None:
    now = work.now()
    values = {"member": member_id, "most": MOST_WRONG, "until": now + LOCKED_FOR, "now": now}
    rows = work.rows(_TRY, values)
    if not rows:
        until = work.rows(_LOCKED, (member_id,))[0][0]
        left = until - now if until is not None else timedelta()
        raise PinLockedError(retry_after_s=max(1, left // timedelta(seconds=1)))
    hashed, tries = rows[0]
    if identity.secret_fits(hashed, pin):
        work.rows(_RIGHT, (member_id, hashed))
        return
    if tries >= MOST_WRONG:
        work.rows(_TELL, (member_id, new_uuid(), now, public_id("mem", member_id)))
    raise PinWrongError(left_tries=MOST_WRONG - tries)


def _refused(pin: str) -> str | None:
    if not (_MIN_DIGITS <= len(pin) <= _MAX_DIGITS and pin.isascii() and pin.isdigit()):
        return f"Choose {_MIN_DIGITS} to {_MAX_DIGITS} digits."
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if steps in ({0}, {1}, {9}):
        return "Choose digits that don't repeat one and don't count up or down."
    return None
