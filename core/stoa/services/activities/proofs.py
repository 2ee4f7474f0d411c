"""Proofs: whether what was shown proves an activity, and what it is about.

A wrong code is counted (`guesses`). All wrong codes answer alike, whether they never were, are
over, used up, or another's.
"""

import hashlib
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from stoa.errors import InvalidBodyError, ProofRefusedError
from stoa.services import guesses
from stoa.services.members import Found
from stoa.values.activities import Activity
from stoa.values.codes import code_digest, fits, read_code
from stoa.values.identifiers import uuid_of
from stoa.work import Work

__all__ = ["Evidence", "Shown", "check", "claim"]

_MOST_LETTERS = 64


@dataclass(frozen=True, slots=True)
class Shown:
    """What a report shows: the proof's text, where it was shown, and the device if it was told."""

    activity: str
    partner_id: UUID
    store_id: UUID | None
    proof: str
    device: bytes | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a proof is about.

    Attributes:
        claims: digests of what nobody may use twice.
        code_id: of the code that was shown.
    """

    about: str
    claims: tuple[bytes, ...] = ()
    code_id: UUID | None = None


def check(work: Work, rule: Activity, found: Found, shown: Shown) -> Evidence:
    """Return what a proof is about.

    Raises:
        ProofRefusedError: it proves nothing.
        TooManyGuessesError: too many wrong codes came before.
        InvalidBodyError: a proof or a device is missing that the activity needs.
    """
    match rule.proof:
        case "code" | "invitation":
            return _by_code(work, rule, found, shown)
        case "link":
            return _by_link(work, rule, found, shown)
        case "purchase":
            return _by_purchase(work, found, shown)
        case "reference":
            return _by_reference(shown)
        case "profile":
            return _by_profile(work, rule, found)
    return Evidence("")


def claim(*parts: str) -> bytes:
    """Return the digest of what may be used once."""
    return hashlib.sha256("\n".join(parts).encode()).digest()


class _Code(NamedTuple):
    id: UUID
    activity: str
    kind: str
    member_id: UUID | None
    partner_id: UUID | None
    store_id: UUID | None
    device: bytes | None
    secret: bytes | None
    step_s: int | None
    valid: bool


_CODE = """
SELECT id, activity, kind, member_id, partner_id, store_id, device, secret, step_s,
       valid_from <= %(now)s AND coalesce(valid_until > %(now)s, true)
       AND coalesce(uses < most_uses, true)
  FROM activity_codes WHERE digest = %(digest)s
"""


def _by_code(work: Work, rule: Activity, found: Found, shown: Shown) -> Evidence:
    guesses.refuse(work, shown.partner_id, found.id)
    code = _known(work, rule, found, shown)
    if code is None:
        guesses.count(work, shown.partner_id, found.id)
        raise ProofRefusedError
    return Evidence(str(code.id), (), code.id)


def _by_link(work: Work, rule: Activity, found: Found, shown: Shown) -> Evidence:
    if shown.device is None:
        raise InvalidBodyError(errors={"device": ["Tell on which device the link was opened."]})
    guesses.refuse(work, shown.partner_id, found.id)
    code = _known(work, rule, found, shown)
    if code is None:
        guesses.count(work, shown.partner_id, found.id)
        raise ProofRefusedError
    own = code.device is None or bytes(code.device) == shown.device
    if own or work.rows(_OWNED, (shown.device, found.id)):
        raise ProofRefusedError("The link was opened on a device of whoever shared it.")
    return Evidence(shown.device.hex(), (claim("opened", shown.device.hex()),), code.id)


_OWNED = "SELECT 1 FROM member_devices WHERE device = %s AND member_id = %s"


def _known(work: Work, rule: Activity, found: Found, shown: Shown) -> _Code | None:
    text = read_code(shown.proof)
    if text is None:
        return None
    rows = work.rows(_CODE, {"digest": code_digest(text), "now": work.now()})
    code = _Code(*rows[0]) if rows else None
    if code is None or not code.valid or code.kind != rule.proof:
        return None
    strange = code.activity != shown.activity or code.member_id not in (None, found.id)
    elsewhere = code.partner_id not in (None, shown.partner_id) or code.store_id not in (
        None, shown.store_id,
    )  # fmt: skip
    if strange or elsewhere:
        return None
    if code.secret is None or code.step_s is None:
        return code
    fresh = fits(text, bytes(code.secret), work.now(), step_s=code.step_s)
    return code if fresh else None


_PURCHASE = """
SELECT 1 FROM purchases WHERE member_id = %s AND id = %s AND partner_id = %s
   AND status = 'posted' AND returned = '{}' AND given_back = '{}'
"""


def _by_purchase(work: Work, found: Found, shown: Shown) -> Evidence:
    purchase_id = uuid_of("pur", shown.proof)
    values = (found.id, purchase_id, shown.partner_id)
    if purchase_id is None or not work.rows(_PURCHASE, values):
        raise ProofRefusedError
    return Evidence(str(purchase_id), (claim("purchase", str(purchase_id)),))


def _by_reference(shown: Shown) -> Evidence:
    if not 1 <= len(shown.proof) <= _MOST_LETTERS:
        text = f"Send your own number of it, of 1 to {_MOST_LETTERS} characters."
        raise InvalidBodyError(errors={"proof": [text]})
    about = f"{shown.partner_id}:{shown.proof}"
    return Evidence(about, (claim("reference", about),))


_PROFILE = """
SELECT array_agg(DISTINCT i.kind) FILTER (WHERE i.kind IS NOT NULL)
       || CASE WHEN m.born_on IS NULL THEN '{}'::text[] ELSE '{birthday}'::text[] END
  FROM members m LEFT JOIN identifiers i ON i.member_id = m.id
 WHERE m.id = %s GROUP BY m.id, m.born_on
"""


def _by_profile(work: Work, rule: Activity, found: Found) -> Evidence:
    there = set(work.rows(_PROFILE, (found.id,))[0][0] or ())
    missing = [field for field in rule.fields if field not in there]
    if missing:
        raise ProofRefusedError("The profile lacks something.", missing=missing)
    return Evidence("profile")
