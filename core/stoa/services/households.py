"""Households: members pool points in one wallet, and spend from it by their role.

The pool is a wallet whose `member_id` is the household's id. A contribution is a transfer, so every
point in the pool leads back to whoever gave it; when a member leaves, what is left of the member's
own points goes back with its last day, and when the last owner leaves, everything goes back.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from stoa.errors import (
    HouseholdBusyError,
    HouseholdJoinedError,
    HouseholdRoleError,
    HouseholdUnknownError,
    InvalidBodyError,
    MemberFrozenError,
    StoreUnknownError,
)
from stoa.models.households import Household, HouseholdMember
from stoa.services import ledger, member_codes, members, partners
from stoa.services.ledger import Balance
from stoa.services.members import Found, Token
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Work

__all__ = [
    "ROLES",
    "SPENDING",
    "Contributed",
    "Left",
    "Membership",
    "Pool",
    "add",
    "contribute",
    "find",
    "found",
    "hand_over",
    "leave",
    "of_member",
    "spender_of",
    "sweep",
]

ROLES = ("owner", "spender", "contributor")
"""What a member may be in a household; the first two may spend."""

SPENDING = ROLES[:2]

_MOST = 10**12


@dataclass(frozen=True, slots=True)
class Membership:
    """A member's place in a household."""

    household_id: UUID
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Pool:
    """A household as one of its members sees it."""

    name: str
    role: str
    members: int
    balance: Balance


@dataclass(frozen=True, slots=True)
class Contributed:
    """Points put into a pool, the pool and the member's own wallet afterwards."""

    points: int
    pool: Pool
    balance: Balance


@dataclass(frozen=True, slots=True)
class Left:
    """Points that came back to who left, whether the household closed, the wallet afterwards."""

    given_back: int
    closed: bool
    balance: Balance


_OF_MEMBER = """
SELECT h.id, h.name, m.role FROM household_members m JOIN households h ON h.id = m.household_id
 WHERE m.member_id = %s AND m.left_at IS NULL
"""


def of_member(work: Work, member_id: UUID) -> Membership:
    """Return a member's place in a household.

    Raises:
        HouseholdUnknownError: the member is in none.
    """
    rows = work.rows(_OF_MEMBER, (member_id,))
    if not rows:
        raise HouseholdUnknownError
    return Membership(*rows[0])


def spender_of(work: Work, member_id: UUID) -> Membership:
    """Return the household whose points a member may spend.

    Raises:
        HouseholdUnknownError: the member is in none.
        HouseholdRoleError: the member only contributes.
    """
    return _allowed(of_member(work, member_id), SPENDING)


def find(work: Work, token: Token) -> Pool:
    """Return the household of a member.

    Raises:
        MemberUnknownError: nobody has this token.
        HouseholdUnknownError: the member is in none.
    """
    return _pool(work, of_member(work, members.find(work, token).id))


def found(work: Work, owner: Token, name: str) -> Pool:
    """Found a household with its first owner and an empty pool.

    Raises:
        MemberUnknownError: nobody has this token.
        MemberFrozenError: the membership is frozen.
        HouseholdJoinedError: the member is in a household already.
    """
    owner_id = _active(work, owner)
    household = Household(id=new_uuid(), name=name, status="active", founded_at=work.now())
    work.session.add(household)
    work.session.flush()
    ledger.open_wallet(work, household.id, work.programme.currency)
    _join(work, household.id, owner_id, "owner")
    return _pool(work, Membership(household.id, name, "owner"))


def add(work: Work, owner: Token, member: Token, role: str) -> Pool:
    """Let an owner take a member into the household; answers as the new member sees it.

    Whoever is taken in may spend what all gave: it is the owner who has to be there for it.

    Raises:
        MemberUnknownError: nobody has one of the tokens.
        StaticTokenError: the owner's may earn and look up only.
        CodeExpiredError: the owner's code is no longer valid.
        CodeUsedError: the owner's code has paid for something before.
        MemberFrozenError: one of the memberships is frozen.
        HouseholdUnknownError: the owner is in no household.
        HouseholdRoleError: who asks is no owner.
        HouseholdJoinedError: the member is in a household already.
        InvalidBodyError: there is no such role.
    """
    if role not in ROLES:
        raise InvalidBodyError(errors={"role": [f"Write one of {', '.join(ROLES)}."]})
    who = _present(work, owner)
    held = of_member(work, who.id)
    _allowed(held, ROLES[:1])
    with member_codes.spending(work, who.id, who.shown):
        _lock(work, held.household_id)
        _join(work, held.household_id, _active(work, member), role)
    return _pool(work, Membership(held.household_id, held.name, role))


def contribute(work: Work, member: Token, points: int, store: str) -> Contributed:
    """Move points of a member into the pool of the member's household.

    Raises:
        MemberUnknownError: nobody has this token.
        StaticTokenError: it may earn and look up only.
        CodeExpiredError: the member code is no longer valid.
        CodeUsedError: the member code has paid for something before.
        MemberFrozenError: the membership is frozen.
        StoreUnknownError: the caller has no such store.
        HouseholdUnknownError: the member is in none.
        InsufficientPointsError: fewer points are free.
        TransferLimitError: more than may be given in a day.
    """
    found = _present(work, member)
    partner_id = work.actor.partner_id
    place = partners.terms(work, partner_id).store(store) if partner_id else None
    if place is None:
        raise StoreUnknownError
    held = of_member(work, found.id)
    with member_codes.spending(work, found.id, found.shown):
        _lock(work, held.household_id)
        own, _, _ = ledger.transfer(
            work, found.id, held.household_id, work.programme.currency, transfer_id=new_uuid(),
            points=points, partner_id=partner_id, store_id=place.id, key=None,
            daily_points=work.programme.transfer_daily_points, reason="contribution", reference="",
            facts={"member": public_id("mem", found.id)}, facts_to={},
        )  # fmt: skip
    return Contributed(points, _pool(work, held), own)


def leave(work: Work, member: Token) -> Left:
    """Leave the household; what is left of the member's own points comes back with its last day.

    When the last owner leaves, the household closes, and everybody gets back what is left.

    Raises:
        MemberUnknownError: nobody has this token.
        StaticTokenError: it may earn and look up only.
        CodeExpiredError: the member code is no longer valid.
        CodeUsedError: the member code has paid for something before.
        MemberFrozenError: the membership is frozen.
        HouseholdUnknownError: the member is in none.
        HouseholdBusyError: points of the pool are held just now.
    """
    who = _present(work, member)
    with member_codes.spending(work, who.id, who.shown):
        return _leave(work, who.id)


def hand_over(work: Work, old_id: UUID, new_id: UUID) -> None:
    """Let a member who goes on take the place of a merged one in the household.

    Where both are in households that differ, the old one leaves first; in the same, the greater
    role stays.

    Raises:
        HouseholdBusyError: one has to leave, and points of the pool are held just now.
    """
    rows = work.rows(_OF_MEMBER, (old_id,)), work.rows(_OF_MEMBER, (new_id,))
    old, new = (Membership(*found[0]) if found else None for found in rows)
    if old is None:
        return
    if new is None:
        _change(work, old.household_id, old_id, {"member_id": new_id})
    elif new.household_id == old.household_id:
        _change(work, old.household_id, old_id, {"left_at": work.now()})
        role = min(old.role, new.role, key=ROLES.index)
        _change(work, new.household_id, new_id, {"role": role})
    else:
        _leave(work, old_id)


_CLOSED = """
SELECT h.id FROM households h JOIN wallets w ON w.member_id = h.id
 WHERE h.status = 'closed' AND w.available > 0 AND w.held = 0 LIMIT %s
"""


def sweep(work: Work, *, limit: int = 500, stopping: Callable[[], bool] = lambda: False) -> int:
    """Give back what came into the pools of closed households since, by a refund; return how many.

    Args:
        limit: the most households of one call.
        stopping: asked before each; the rest waits when it says so.
    """
    done = 0
    for (household_id,) in work.rows(_CLOSED, (limit,)):
        if stopping():
            break
        done += _give_all_back(work, household_id) > 0
    return done


def _leave(work: Work, member_id: UUID) -> Left:
    held = of_member(work, member_id)
    _lock(work, held.household_id)
    _change(work, held.household_id, member_id, {"left_at": work.now()})
    given = _give_back(work, held.household_id, member_id)
    if ledger.balance_of(work, held.household_id, work.programme.currency).balance.held:
        raise HouseholdBusyError  # asked when the pool is locked; all of this is undone
    owners = select(HouseholdMember.member_id).where(
        HouseholdMember.household_id == held.household_id,
        HouseholdMember.left_at.is_(None),
        HouseholdMember.role == "owner",
    )
    closed = work.session.scalars(owners).first() is None
    if closed:
        work.session.execute(
            update(Household).where(Household.id == held.household_id).values(status="closed")
        )
        present = (HouseholdMember.household_id == held.household_id) & (
            HouseholdMember.left_at.is_(None)
        )
        work.session.execute(update(HouseholdMember).where(present).values(left_at=work.now()))
        _give_all_back(work, held.household_id)
    own = ledger.balance_of(work, member_id, work.programme.currency).balance
    return Left(given, closed, own)


_MERGED_HERE = "SELECT id FROM members WHERE merged_into = %s"
_GIVERS = """
SELECT DISTINCT coalesce(m.merged_into, m.id)
  FROM lots l JOIN members m ON m.id = stoa_giver(l.member_id, l.currency, l.seq)
 WHERE l.member_id = %s AND l.currency = %s ORDER BY 1
"""


def _give_all_back(work: Work, household_id: UUID) -> int:
    givers = work.rows(_GIVERS, (household_id, work.programme.currency))
    return sum(_give_back(work, household_id, row[0]) for row in givers)


def _give_back(work: Work, household_id: UUID, member_id: UUID) -> int:
    """Move what is left of a member's points, those given under merged memberships included."""
    origins = [member_id, *(row[0] for row in work.rows(_MERGED_HERE, (member_id,)))]
    given, moved = 0, _MOST
    while moved == _MOST:
        *_, moved = ledger.transfer(
            work, household_id, member_id, work.programme.currency, transfer_id=new_uuid(),
            points=None, partner_id=work.actor.partner_id, store_id=None, key=None,
            daily_points=None, reason="household_left", reference="", facts={},
            facts_to={"member": public_id("mem", member_id)}, origins=origins,
        )  # fmt: skip
        given += moved
    return given


_COUNT: LiteralString = (
    "SELECT count(*) FROM household_members WHERE household_id = %s AND left_at IS NULL"
)


def _pool(work: Work, held: Membership) -> Pool:
    count = work.rows(_COUNT, (held.household_id,))[0][0]
    balance = ledger.balance_of(work, held.household_id, work.programme.currency).balance
    return Pool(held.name, held.role, count, balance)


def _present(work: Work, token: Token) -> Found:
    """Return who is there: named by what may spend."""
    members.refuse_static(token)
    found = members.find(work, token)
    if found.status != "active":
        raise MemberFrozenError
    return found


def _active(work: Work, token: Token) -> UUID:
    found = members.find(work, token)
    if found.status != "active":
        raise MemberFrozenError
    return found.id


def _allowed(held: Membership, roles: tuple[str, ...]) -> Membership:
    if held.role not in roles:
        raise HouseholdRoleError(role=held.role)
    return held


def _lock(work: Work, household_id: UUID) -> None:
    """Let one at a time join, give or leave; a household that closed meanwhile is none."""
    wanted = select(Household.status).where(Household.id == household_id).with_for_update()
    if work.session.scalars(wanted).one() != "active":
        raise HouseholdUnknownError


def _join(work: Work, household_id: UUID, member_id: UUID, role: str) -> None:
    row = insert(HouseholdMember).values(
        household_id=household_id, member_id=member_id, role=role, joined_at=work.now()
    )
    joined = row.on_conflict_do_nothing().returning(HouseholdMember.member_id)
    if work.session.execute(joined).first() is None:
        raise HouseholdJoinedError


def _change(work: Work, household_id: UUID, member_id: UUID, values: dict[str, Any]) -> None:
    present = (HouseholdMember.household_id == household_id) & (
        HouseholdMember.member_id == member_id
    )
    work.session.execute(
        update(HouseholdMember).where(present & HouseholdMember.left_at.is_(None)).values(values)
    )
