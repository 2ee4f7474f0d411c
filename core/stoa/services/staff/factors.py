"""The second factor: codes of an authenticator (TOTP, RFC 6238), and recovery codes.

A code is taken once, in its half minute or the one beside it. Wrong ones are counted in the audit
trail, as wrong passwords are; ten within five minutes close the door for a while.
"""

import hashlib
import secrets
from dataclasses import dataclass
from hmac import compare_digest
from uuid import UUID

import pyotp
from pyotp.totp import TOTP
from sqlalchemy import delete, func, select

from stoa.models.identity import StaffFactor, StaffRecoveryCode
from stoa.services import audit
from stoa.services.staff.doors import closed_for_s
from stoa.services.staff.people import Person
from stoa.services.staff.sealing import seal, unseal
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = [
    "RECOVERY_CODES",
    "Fresh",
    "Looked",
    "begin_factor",
    "codes_left",
    "end_factor",
    "has_factor",
    "look_at_code",
    "prove_factor",
    "renew_codes",
]

RECOVERY_CODES = 10
"""How many recovery codes a person has."""

_STEP_S = 30
_BESIDE = (0, -1, 1)
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUP = 5


@dataclass(frozen=True, slots=True)
class Fresh:
    """A secret that is told this once, as text and as the address that authenticators read."""

    secret: str
    uri: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What became of a code: whether it fits, and how long the door stays closed where it does."""

    fits: bool = False
    retry_after_s: int = 0


def begin_factor(work: Work, person: Person, *, key: str, issuer: str) -> Fresh:
    """Make a new secret; it counts once a code of it was shown. The one before counts until then.

    Args:
        key: the installation's secret key.
        issuer: under what name the authenticator keeps it.
    """
    row = work.session.get(StaffFactor, person.id, with_for_update=True)
    if row is not None and row.proved_at is not None:
        raise ValueError("end the factor that counts first")
    if row is not None:
        work.session.delete(row)
        work.session.flush()
    secret = pyotp.random_base32()
    sealed = seal(key, secret, purpose=_purpose(person.id))
    work.session.add(
        StaffFactor(
            staff_id=person.id, sealed=sealed, made_at=work.now(), proved_at=None, last_step=0
        )
    )
    uri = TOTP(secret).provisioning_uri(name=person.email, issuer_name=issuer)
    return Fresh(secret, uri)


def prove_factor(work: Work, staff_id: UUID, code: str, *, key: str) -> list[str]:
    """Let the new secret count, where a code of it is shown; return the recovery codes, once.

    Returns:
        The codes; none where the code does not fit.
    """
    row = work.session.get(StaffFactor, staff_id, with_for_update=True)
    if row is None or row.proved_at is not None or not _takes(work, row, code, key):
        return []
    row.proved_at = work.now()
    audit.record(work, "staff.begin_factor", public_id("stf", staff_id))
    return _codes(work, staff_id)


def has_factor(work: Work, staff_id: UUID) -> bool:
    """Tell whether a person shows a second factor."""
    row = work.session.get(StaffFactor, staff_id)
    return row is not None and row.proved_at is not None


def renew_codes(work: Work, staff_id: UUID) -> list[str]:
    """Return new recovery codes; those before are no good any more."""
    audit.record(work, "staff.renew_codes", public_id("stf", staff_id))
    return _codes(work, staff_id)


def codes_left(work: Work, staff_id: UUID) -> int:
    """Return how many recovery codes were not used."""
    mine = StaffRecoveryCode.staff_id == staff_id
    return work.session.scalar(select(func.count()).select_from(StaffRecoveryCode).where(mine)) or 0


def end_factor(work: Work, staff_id: UUID) -> None:
    """Let the password alone let in again."""
    ended = work.session.scalars(
        delete(StaffFactor).where(StaffFactor.staff_id == staff_id).returning(StaffFactor.staff_id)
    ).all()
    work.session.execute(delete(StaffRecoveryCode).where(StaffRecoveryCode.staff_id == staff_id))
    if ended:
        audit.record(work, "staff.end_factor", public_id("stf", staff_id))


def look_at_code(work: Work, staff_id: UUID, code: str, *, key: str) -> Looked:
    """Tell whether a code is the authenticator's now, or a recovery code; either is taken once."""
    door = f"second-factor:{public_id('stf', staff_id)}"
    wait = closed_for_s(work, [door])
    if wait:
        return Looked(retry_after_s=wait)
    row = work.session.get(StaffFactor, staff_id, with_for_update=True)
    if row is not None and row.proved_at is not None and _takes(work, row, code, key):
        return Looked(fits=True)
    if _takes_recovery(work, staff_id, code):
        return Looked(fits=True)
    audit.record(work, "staff.refuse", door)
    return Looked()


def _takes(work: Work, row: StaffFactor, code: str, key: str) -> bool:
    secret = unseal(key, row.sealed, purpose=_purpose(row.staff_id))
    given = "".join(code.split())
    if secret is None or not given.isascii():
        return False
    now = int(work.now().timestamp()) // _STEP_S
    totp = TOTP(secret)
    for step in (now + beside for beside in _BESIDE):
        if step > row.last_step and compare_digest(totp.at(step * _STEP_S), given):
            row.last_step = step
            return True
    return False


def _takes_recovery(work: Work, staff_id: UUID, code: str) -> bool:
    used = work.session.scalars(
        delete(StaffRecoveryCode)
        .where(StaffRecoveryCode.staff_id == staff_id)
        .where(StaffRecoveryCode.code_hash == _hash(staff_id, code))
        .returning(StaffRecoveryCode.staff_id)
    ).all()
    if used:
        audit.record(work, "staff.use_recovery_code", public_id("stf", staff_id))
    return bool(used)


def _codes(work: Work, staff_id: UUID) -> list[str]:
    work.session.execute(delete(StaffRecoveryCode).where(StaffRecoveryCode.staff_id == staff_id))
    codes = [
        "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(2))
        for _ in range(RECOVERY_CODES)
    ]
    work.session.add_all(
        StaffRecoveryCode(staff_id=staff_id, code_hash=_hash(staff_id, code)) for code in codes
    )
    return codes


def _hash(staff_id: UUID, code: str) -> bytes:
    plain = "".join(letter for letter in code.casefold() if letter.isalnum())
    return hashlib.sha256(staff_id.bytes + plain.encode()).digest()


def _purpose(staff_id: UUID) -> str:
    return f"totp:{staff_id}"
