"""The deeds by which members share points, each as the call it makes; see `stoa_sdk.resources`."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from stoa_sdk.calls import AnswerT, Call, read_key
from stoa_sdk.inputs import Member, as_member, points_count
from stoa_sdk.pools import Contribution, Departure, Household, Transfer

__all__ = [
    "add_to_household",
    "contribute",
    "found_household",
    "household",
    "leave_household",
    "transfer",
]


def transfer(
    *,
    giver: Member,
    to: Member,
    points: int,
    store: str,
    reference: str | None = None,
    idempotency_key: str | None = None,
) -> Call[Transfer]:
    """Give points of one member to another; they keep their last day; needs ``transfer:write``.

    Args:
        giver: who gives.
        to: who receives.
        points: how many; those that end first go first.
        store: the code or id of your store.
        reference: your own text.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        InsufficientPoints: the giver has fewer points that may be given.
        Conflict: ``TRANSFER_LIMIT``, more than may be given in a day.
        Invalid: ``SAME_WALLET``.
        Locked: one of the members is frozen.
    """
    body = {
        "from": as_member(giver).as_object(),
        "to": as_member(to).as_object(),
        "points": points_count(points),
        "store": store,
        "reference": reference,
    }
    return _post("v1/transfers", Transfer, body, idempotency_key)


def found_household(
    *, owner: Member, name: str, idempotency_key: str | None = None
) -> Call[Household]:
    """Found a household with its first owner; needs ``households:write``.

    Raises:
        Conflict: ``HOUSEHOLD_JOINED``, the member is in one already.
    """
    body = {"owner": as_member(owner).as_object(), "name": name}
    return _post("v1/households", Household, body, idempotency_key)


def add_to_household(
    *, owner: Member, member: Member, role: str, idempotency_key: str | None = None
) -> Call[Household]:
    """Let an owner take a member into the household; needs ``households:write``.

    Args:
        owner: who asks.
        member: who joins.
        role: ``owner``, ``spender`` or ``contributor``.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        Forbidden: ``HOUSEHOLD_ROLE``, who asks is no owner.
        Conflict: ``HOUSEHOLD_JOINED``, the member is in one already.
    """
    body = {
        "owner": as_member(owner).as_object(),
        "member": as_member(member).as_object(),
        "role": str(role),
    }
    return _post("v1/households/members", Household, body, idempotency_key)


def contribute(
    *, member: Member, points: int, store: str, idempotency_key: str | None = None
) -> Call[Contribution]:
    """Put points of a member into the pool of the household; needs ``households:write``.

    Raises:
        InsufficientPoints: the member has fewer points that may be given.
        NotFound: ``HOUSEHOLD_UNKNOWN``, the member is in none.
    """
    body = {
        "member": as_member(member).as_object(),
        "points": points_count(points),
        "store": store,
    }
    return _post("v1/households/contributions", Contribution, body, idempotency_key)


def leave_household(*, member: Member, idempotency_key: str | None = None) -> Call[Departure]:
    """Leave; the member's own points that are left come back; needs ``households:write``.

    Raises:
        Conflict: ``HOUSEHOLD_BUSY``, points of the pool are held; try again later.
    """
    body = {"member": as_member(member).as_object()}
    return _post("v1/households/leave", Departure, body, idempotency_key)


def household(member_ref: str) -> Call[Household]:
    """Return the household of a member; needs ``households:write``.

    Raises:
        NotFound: ``HOUSEHOLD_UNKNOWN``, the member is in none.
    """
    path = f"v1/members/{quote(member_ref, safe='')}/household"
    return Call(method="GET", path=path, answer=Household)


def _post(
    path: str, answer: type[AnswerT], body: Mapping[str, Any], key: str | None
) -> Call[AnswerT]:
    given = {name: value for name, value in body.items() if value is not None}
    return Call(method="POST", path=path, answer=answer, key=read_key(key), body=given)
