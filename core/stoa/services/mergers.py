"""Mergers: two memberships of one person become one, and the old one leads to it for ever.

Points, debt, open holds, identifiers, claims of benefits and the better tier go to the member who
goes on. What was bought and redeemed stays with the old member, whose history stays readable: when
such a purchase comes back or such a redemption is refunded, the old wallet is posted, and what is
in it then goes on at once, in the same transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update

from stoa.errors import MemberFrozenError, MemberMergedError, MemberUnknownError, SameWalletError
from stoa.models.benefits import ClaimRow
from stoa.models.members import Identifier, Member
from stoa.services import (
    activities,
    audit,
    campaigns,
    challenges,
    devices,
    households,
    invitations,
    ledger,
    plates,
    segments,
    tiers,
)
from stoa.services.ledger import Balance, Moved
from stoa.values.identifiers import public_id
from stoa.work import Key, Work

__all__ = ["Merger", "Prospect", "heir", "merge", "passed_on", "prospect", "sweep"]


@dataclass(frozen=True, slots=True)
class Merger:
    """What a merger did."""

    old_id: UUID
    new_id: UUID
    moved: tuple[Moved, ...]


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a merger would move: the figures of each wallet, holds, identifiers, and the tier."""

    old_name: str
    new_name: str
    balances: tuple[Balance, ...]
    holds: int
    identifiers: int
    tier: str


_BALANCES = """
SELECT currency, available, pending, held, debt, seq FROM wallets WHERE member_id = %s
   AND available + pending + held + debt > 0 ORDER BY currency
"""
_COUNTS = """
SELECT (SELECT count(*) FROM holds WHERE member_id = %(old)s AND state = 'held'),
       (SELECT count(*) FROM identifiers WHERE member_id = %(old)s)
"""


def prospect(work: Work, old_id: UUID, new_id: UUID) -> Prospect:
    """Return what `merge` would move; raises as it does, and writes nothing."""
    old, new = _both(work, old_id, new_id, lock=False)
    balances = tuple(Balance(*row) for row in work.rows(_BALANCES, (old_id,)))
    holds, identifiers = work.rows(_COUNTS, {"old": old_id})[0]
    tier = tiers.better_name(work, old_id, new_id)
    return Prospect(old.display_name, new.display_name, balances, holds, identifiers, tier)


def merge(work: Work, old_id: UUID, new_id: UUID, *, reason: str) -> Merger:
    """Make one member of two: everything goes to `new_id`; debt goes too, and is repaid.

    Raises:
        SameWalletError: both are one member.
        MemberUnknownError: there is no such member.
        MemberMergedError: one of them was merged before.
        MemberFrozenError: one of them is frozen: what is suspected is looked into first.
        HouseholdBusyError: they are in two households, and points of the old one's are held.
        BalanceLimitError: a wallet would pass 9 × 10^15 points.
        WalletBusyError: a wallet stayed locked for too long.
    """
    old, new = _both(work, old_id, new_id, lock=True)
    work.session.execute(
        update(Identifier).where(Identifier.member_id == old_id).values(member_id=new_id)
    )
    work.session.execute(
        update(ClaimRow).where(ClaimRow.member_id == old_id).values(member_id=new_id)
    )
    work.session.execute(
        update(Member).where(Member.merged_into == old_id).values(merged_into=new_id)
    )
    households.hand_over(work, old_id, new_id)
    activities.hand_over(work, old_id, new_id)
    devices.hand_over(work, old_id, new_id)
    plates.hand_over(work, old_id, new_id)
    invitations.hand_over(work, old_id, new_id)
    segments.hand_over(work, old_id, new_id)
    challenges.hand_over(work, old_id, new_id)
    new.born_on = new.born_on or old.born_on
    tiers.hand_over(work, old_id, new_id)
    old.status, old.merged_into = "merged", new.id
    work.session.flush()
    moved = ledger.merge(work, old_id, new_id)
    campaigns.hand_over(work, old_id, new_id)
    facts = {"member": public_id("mem", old_id), "into": public_id("mem", new_id)}
    work.record("member.merged", facts, member_id=new_id, partner_id=None)
    told = {"reason": reason, "moved": {each.currency: each.points for each in moved}}
    for subject in (old_id, new_id):
        audit.record(work, "member.merge", public_id("mem", subject), after=facts | told)
    return Merger(old_id, new_id, moved)


_HEIR = "SELECT merged_into FROM members WHERE id = %s AND merged_into IS NOT NULL"


def heir(work: Work, member_id: UUID) -> UUID | None:
    """Return the member who goes on for a merged one; ``None`` for all others."""
    rows = work.rows(_HEIR, (member_id,))
    return rows[0][0] if rows else None


def passed_on(
    work: Work, member_id: UUID, deed: Callable[[], Balance], *, key: Key | None = None
) -> Balance:
    """Do a deed on a member's wallet; where the member was merged, pass on what it leaves there.

    Args:
        key: of the deed; its answer then shows the wallet of the member who goes on.

    Returns:
        The wallet after the deed: of the member, or of the one who goes on.
    """
    heir_id = heir(work, member_id)
    if heir_id is None:
        return deed()
    with work.session.begin_nested():
        ledger.merge(work, member_id, heir_id)  # locks both wallets, in the order of all deeds
        currency = deed().currency
        ledger.merge(work, member_id, heir_id, partner_id=work.actor.partner_id, key=key)
    return ledger.balance_of(work, heir_id, currency).balance


_LEFT = """
SELECT DISTINCT m.id, m.merged_into FROM members m JOIN wallets w ON w.member_id = m.id
 WHERE m.merged_into IS NOT NULL AND (w.available > 0 OR w.pending > 0 OR w.held > 0 OR w.debt > 0)
 ORDER BY m.id LIMIT %s
"""


def sweep(work: Work, *, limit: int = 500, stopping: Callable[[], bool] = lambda: False) -> int:
    """Pass on what deeds that had begun before a merger left in old wallets; return how many.

    Args:
        limit: the most members of one call.
        stopping: asked before each; the rest waits when it says so.
    """
    done = 0
    for old_id, new_id in work.rows(_LEFT, (limit,)):
        if stopping():
            break
        done += bool(ledger.merge(work, old_id, new_id))
    return done


def _both(work: Work, old_id: UUID, new_id: UUID, *, lock: bool) -> tuple[Member, Member]:
    if old_id == new_id:
        raise SameWalletError
    wanted = select(Member).where(Member.id.in_([old_id, new_id])).order_by(Member.id)
    rows = work.session.scalars(wanted.with_for_update() if lock else wanted)
    found = {member.id: member for member in rows}
    if len(found) < len((old_id, new_id)):
        raise MemberUnknownError
    for member in found.values():
        if member.merged_into is not None:
            raise MemberMergedError(member=public_id("mem", member.merged_into))
        if member.status != "active":
            raise MemberFrozenError
    return found[old_id], found[new_id]
