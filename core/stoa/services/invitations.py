"""Invitations: members' own codes, who came by whose, and what makes a relation void (#13, #55).

A relation that can't be is kept with its reason, and the enrolment goes through all the same: the
answer tells nobody whether a code is somebody's (WEB-05). Only who invites directly counts; rings
are refused, and so are second memberships of one person, as far as a device tells (FRD-04, FRD-12).
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from stoa.services import devices
from stoa.values.codes import new_code, read_code
from stoa.work import Work, alliance_wide

__all__ = [
    "Invited",
    "code_of",
    "counts",
    "hand_over",
    "invited",
    "join",
]

_LOCK = 5731

_OWN = "SELECT code FROM referral_codes WHERE member_id = %s"
_NEW = """
INSERT INTO referral_codes (code, member_id, made_at) VALUES (%s, %s, %s)
    ON CONFLICT DO NOTHING RETURNING code
"""


@dataclass(frozen=True, slots=True)
class Invited:
    """One relation as the inviter may see it: without who came."""

    state: str
    reason: str
    invited_at: datetime
    purchased_on: date | None
    rewarded_at: datetime | None


def code_of(work: Work, member_id: UUID) -> str:
    """Return a member's own code, a new one when it is first asked for."""
    rows = work.rows(_OWN, (member_id,))
    while not rows:
        rows = work.rows(_NEW, (new_code(), member_id, work.now())) or work.rows(_OWN, (member_id,))
    code: str = rows[0][0]
    return code


_WHOSE = """
SELECT o.id, o.status FROM referral_codes c JOIN members m ON m.id = c.member_id
  JOIN members o ON o.id = coalesce(m.merged_into, m.id) WHERE c.code = %s
"""
_KEEP = """
INSERT INTO referrals (invitee_id, inviter_id, code, state, reason, device, invited_at)
VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING 1
"""


def join(work: Work, invitee_id: UUID, code: str, *, device: str = "") -> None:
    """Keep that a member came by a code; a code that is nobody's leaves no trace.

    A relation that can't be is kept as ``refused``; the first relation of a member stays.

    Args:
        device: what the app calls the phone; empty where it is not told.
    """
    phone = devices.hashed(work, device) if device else None
    text = read_code(code) if code else None
    rows = work.rows(_WHOSE, (text,)) if text else ()
    if rows:
        inviter_id, status = rows[0]
        reason = _wrong(work, invitee_id, inviter_id, status, phone)
        state = "refused" if reason else "waiting"
        values = (invitee_id, inviter_id, text, state, reason, phone, work.now())
        work.rows(_KEEP, values)
    if phone is not None:
        devices.note(work, invitee_id, phone)


_OWNS_CODE = "SELECT 1 FROM referral_codes WHERE member_id = %s"
_RING = """
WITH RECURSIVE above AS (
    SELECT inviter_id FROM referrals WHERE invitee_id = %(inviter)s AND state <> 'refused'
     UNION
    SELECT r.inviter_id FROM above a
      JOIN referrals r ON r.invitee_id = a.inviter_id AND r.state <> 'refused'
)
SELECT 1 FROM above WHERE inviter_id = %(invitee)s
"""
_BOUGHT = """
SELECT 1 FROM purchases WHERE member_id = %(member)s OR member_id IN (
       SELECT id FROM members WHERE merged_into = %(member)s) LIMIT 1
"""
_CAME_BY = "SELECT 1 FROM referrals WHERE device = %s AND state <> 'refused' AND invitee_id <> %s"


@alliance_wide
def _wrong(
    work: Work, invitee_id: UUID, inviter_id: UUID, status: str, device: bytes | None
) -> str:
    """Return why a relation can't be; empty where it can."""
    if inviter_id == invitee_id:
        return "self"
    if status != "active":
        return "inviter_inactive"
    told = _wrong_device(work, invitee_id, inviter_id, device) if device else ""
    if told:
        return told
    if work.rows(_BOUGHT, {"member": invitee_id}):
        return "bought_before"
    if work.rows(_OWNS_CODE, (invitee_id,)):  # only who has a code can have invited anybody
        work.rows("SELECT pg_advisory_xact_lock(%s)::text", (_LOCK,))
        if work.rows(_RING, {"inviter": inviter_id, "invitee": invitee_id}):
            return "ring"
    return ""


def _wrong_device(work: Work, invitee_id: UUID, inviter_id: UUID, device: bytes) -> str:
    if inviter_id in devices.owners(work, device):
        return "inviters_device"
    return "shared_device" if work.rows(_CAME_BY, (device, invitee_id)) else ""


_INVITED = """
SELECT state, reason, invited_at, purchased_on, rewarded_at FROM referrals
 WHERE inviter_id = %s ORDER BY invited_at DESC, invitee_id LIMIT %s
"""


def invited(work: Work, inviter_id: UUID, *, limit: int = 100) -> list[Invited]:
    """Return a member's invitations, newest first, without who came by them."""
    return [Invited(*row) for row in work.rows(_INVITED, (inviter_id, limit))]


_COUNTS = "SELECT state, count(*) FROM referrals WHERE inviter_id = %s GROUP BY state"


def counts(work: Work, inviter_id: UUID) -> dict[str, int]:
    """Return how many of a member's invitations are in each state."""
    none = dict.fromkeys(("waiting", "purchased", "rewarded", "undone", "refused"), 0)
    return none | dict(map(tuple, work.rows(_COUNTS, (inviter_id,))))


_VOID = """
UPDATE referrals SET state = 'refused', reason = 'merged', first_purchase_id = NULL, due_on = NULL
 WHERE state <> 'refused' AND (
       (inviter_id, invitee_id) IN ((%(old)s, %(new)s), (%(new)s, %(old)s))
       OR invitee_id = %(old)s AND (
          EXISTS (SELECT 1 FROM referrals n WHERE n.invitee_id = %(new)s)
          OR (SELECT n.enrolled_at < o.enrolled_at FROM members n, members o
               WHERE n.id = %(new)s AND o.id = %(old)s)))
RETURNING inviter_id
"""
_INVITEE = """
UPDATE referrals SET invitee_id = %(new)s WHERE invitee_id = %(old)s AND state <> 'refused'
RETURNING 1
"""
_INVITERS = """
UPDATE referrals SET inviter_id = %(new)s
 WHERE inviter_id = %(old)s AND invitee_id <> %(new)s RETURNING 1
"""
_IN_A_RING = """
UPDATE referrals SET state = 'refused', reason = 'ring', first_purchase_id = NULL, due_on = NULL
 WHERE invitee_id = %(new)s AND state <> 'refused' AND EXISTS (
       WITH RECURSIVE above AS (
           SELECT inviter_id FROM referrals WHERE invitee_id = %(new)s AND state <> 'refused'
            UNION
           SELECT r.inviter_id FROM above a
             JOIN referrals r ON r.invitee_id = a.inviter_id AND r.state <> 'refused'
       )
       SELECT 1 FROM above WHERE inviter_id = %(new)s)
RETURNING inviter_id
"""


def hand_over(work: Work, old_id: UUID, new_id: UUID) -> None:
    """Make a merged member's relations those of the one who goes on, where they still can be.

    Whoever invited himself is found out now. A membership that came by a code counts for nothing
    where the person was a member before (FRD-13); a ring that the merger closes is cut.
    """
    values = {"old": old_id, "new": new_id}
    work.rows(_VOID, values)
    work.rows(_INVITEE, values)
    work.rows(_INVITERS, values)
    work.rows(_IN_A_RING, values)
