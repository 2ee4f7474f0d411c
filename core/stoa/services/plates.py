"""Number plates of members: bind one, unbind it, tell whose car it is.

A plate may be bound to two members of a family, and what a vehicle is given once is given once all
the same: the engine of benefits counts it by its plate. What one partner bound no other sees.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from stoa.errors import (
    InvalidBodyError,
    MemberFrozenError,
    MemberUnknownError,
    PlateLimitError,
    PlateTakenError,
    PlateUnknownError,
)
from stoa.models import NOBODY
from stoa.services import audit, member_codes, members
from stoa.services.members import Token
from stoa.values.identifiers import public_id
from stoa.values.plates import masked_plate, read_plate
from stoa.work import Work

__all__ = [
    "MOST_MEMBERS",
    "MOST_PLATES",
    "Bound",
    "all_of",
    "bind",
    "hand_over",
    "members_of",
    "of",
    "release",
    "unbind",
]

MOST_PLATES = 5
"""The most plates of one member."""

MOST_MEMBERS = 2
"""The most members of one plate."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A plate of a member, since when, and who bound it: `NOBODY` for the operator."""

    plate: str
    since: datetime
    partner_id: UUID = NOBODY


_LOCK = "SELECT pg_advisory_xact_lock(5741, hashtext(%s))::text"
_STATUS = "SELECT status FROM members WHERE id = %s FOR UPDATE"
_MEMBERS = """
SELECT member_id FROM plates WHERE plate = %s AND until IS NULL
 GROUP BY member_id ORDER BY min(since), member_id
"""
_OF = """
SELECT plate, since, partner_id FROM plates
 WHERE member_id = %(member)s AND until IS NULL
   AND (%(partner)s::uuid IS NULL OR partner_id = %(partner)s)
 ORDER BY since, plate
"""
_BIND = """
INSERT INTO plates (plate, member_id, partner_id, since) VALUES (%s, %s, %s, %s)
    ON CONFLICT DO NOTHING RETURNING since
"""
_UNBIND = """
UPDATE plates SET until = greatest(since, %(now)s)
 WHERE plate = %(plate)s AND member_id = %(member)s AND until IS NULL
   AND (%(partner)s::uuid IS NULL OR partner_id = %(partner)s)
RETURNING since
"""


def bind(work: Work, token: Token, plate: str, *, by: Token | None = None) -> Bound:
    """Let a plate lead to a member; a plate that the caller bound before stays as it is.

    A plate frees hours that are the member's: whoever binds it has met the member.

    Args:
        by: the code that the member showed; it is used up.

    Raises:
        InvalidBodyError: it is no number plate.
        MemberUnknownError: nobody has this token, or the code is another member's.
        CodeExpiredError: the member code is no longer valid.
        CodeUsedError: the member code has paid for something before.
        MemberMergedError: the member is another one now.
        MemberFrozenError: the membership is frozen.
        PlateLimitError: the member has as many plates as may be.
        PlateTakenError: other members have the plate.
    """
    known = _read(plate)
    found = members.find(work, token)
    if by is None:
        return _bind(work, found.id, known)
    met = members.find(work, by)
    if met.id != found.id:
        raise MemberUnknownError
    with member_codes.spending(work, met.id, met.shown):
        return _bind(work, found.id, known)


def unbind(work: Work, token: Token, plate: str) -> None:
    """Let a plate that the caller bound lead to the member no longer.

    Raises:
        MemberUnknownError: nobody has this token.
        PlateUnknownError: the caller bound no such plate to the member.
    """
    found = members.find(work, token)
    try:
        known = _read(plate)
    except InvalidBodyError:
        raise PlateUnknownError from None
    _unbind(work, found.id, known, work.actor.partner_id)


def of(work: Work, token: Token) -> list[Bound]:
    """Return the plates of a member that the caller's partner bound, the oldest first.

    Raises:
        MemberUnknownError: nobody has this token.
    """
    found = members.find(work, token)
    values = {"member": found.id, "partner": work.actor.partner_id}
    return [Bound(*row) for row in work.rows(_OF, values)]


def all_of(work: Work, member_id: UUID) -> list[Bound]:
    """Return every plate of a member, whoever bound it; for the operator's people."""
    return [Bound(*row) for row in work.rows(_OF, {"member": member_id, "partner": None})]


def release(work: Work, member_id: UUID, plate: str, *, reason: str) -> None:
    """Unbind a plate of a member whoever bound it; for the operator's people, with an audit.

    Raises:
        PlateUnknownError: the member has no such plate.
    """
    _unbind(work, member_id, plate, None)
    audit.record(
        work, "plate.release", public_id("mem", member_id),
        before={"plate": masked_plate(plate)}, after={"reason": reason},
    )  # fmt: skip


def members_of(work: Work, plate: str) -> list[UUID]:
    """Return the members whose plate it is, the one who has had it longest first."""
    return [row[0] for row in work.rows(_MEMBERS, (plate,))]


_SAME = """
DELETE FROM plates o USING plates n
 WHERE o.member_id = %(old)s AND n.member_id = %(new)s AND o.plate = n.plate
   AND o.partner_id = n.partner_id
   AND (o.since = n.since OR (o.until IS NULL AND n.until IS NULL)) RETURNING 1
"""
_HAND_OVER = "UPDATE plates SET member_id = %(new)s WHERE member_id = %(old)s RETURNING 1"


def hand_over(work: Work, old_id: UUID, new_id: UUID) -> None:
    """Give a merged member's plates to the one who goes on."""
    for statement in (_SAME, _HAND_OVER):
        work.rows(statement, {"old": old_id, "new": new_id})


def _read(plate: str) -> str:
    try:
        return read_plate(plate)
    except ValueError as wrong:
        raise InvalidBodyError(errors={"plate": [str(wrong)]}) from None


def _bind(work: Work, member_id: UUID, plate: str) -> Bound:
    partner_id = work.actor.partner_id or NOBODY
    status = work.session.connection().exec_driver_sql(_STATUS, (member_id,)).scalar_one()
    if status != "active":
        raise MemberFrozenError
    work.rows(_LOCK, (plate,))
    others = set(members_of(work, plate))
    mine = all_of(work, member_id)
    if member_id not in others:
        if len({each.plate for each in mine}) >= MOST_PLATES:
            raise PlateLimitError(most=MOST_PLATES)
        if len(others) >= MOST_MEMBERS:
            raise PlateTakenError
    work.rows(_BIND, (plate, member_id, partner_id, work.now()))
    bound = {(each.plate, each.partner_id): each for each in all_of(work, member_id)}
    return bound[plate, partner_id]


def _unbind(work: Work, member_id: UUID, plate: str, partner_id: UUID | None) -> None:
    values = {"plate": plate, "member": member_id, "partner": partner_id, "now": work.now()}
    if not work.rows(_UNBIND, values):
        raise PlateUnknownError
