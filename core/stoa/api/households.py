"""Doors of households: found one, add members, put points in, leave; a pool has no id outside."""

from dataclasses import asdict, dataclass
from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields, post_load

from stoa.api import answers, spending
from stoa.api.answers import AnswerSchema, BalanceAnswer
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import Points, Text, Word
from stoa.api.schemas import MemberToken, Part, StrictSchema
from stoa.errors import (
    CodeExpiredError,
    CodeUsedError,
    HouseholdBusyError,
    HouseholdJoinedError,
    HouseholdRoleError,
    HouseholdUnknownError,
    InsufficientPointsError,
    MemberFrozenError,
    MemberMergedError,
    MemberUnknownError,
    StaticTokenError,
    StoreUnknownError,
    TransferLimitError,
    WalletBusyError,
)
from stoa.services import households, idempotency, members
from stoa.services.households import ROLES, Contributed, Left, Pool
from stoa.services.members import Token
from stoa.work import Work

__all__ = ["create_blueprint"]

_NOBODY = [MemberUnknownError, MemberMergedError]
_MEMBERS = [*_NOBODY, MemberFrozenError, CodeExpiredError]


@dataclass(frozen=True, slots=True)
class Founding:
    """Who founds a household of which name."""

    owner: Token
    name: str


@dataclass(frozen=True, slots=True)
class Joining:
    """Whom an owner takes in, and as what."""

    owner: Token
    member: Token
    role: str


@dataclass(frozen=True, slots=True)
class Contribution:
    """Who puts how many points into the pool, at which store."""

    member: Token
    points: int
    store: str


@dataclass(frozen=True, slots=True)
class Leaving:
    """Who leaves."""

    member: Token


class FoundingBody(StrictSchema):
    """A household to be; its founder is its first owner."""

    owner = Part(MemberToken, required=True)
    name = Text(1, 100, required=True, metadata={"examples": ["张家"]})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Founding:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Founding(**data)


class JoiningBody(StrictSchema):
    """A member whom an owner takes in."""

    owner = Part(MemberToken, required=True)
    member = Part(MemberToken, required=True)
    role = Word(ROLES, required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Joining:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Joining(**data)


class ContributionBody(StrictSchema):
    """Points that a member puts into the pool."""

    member = Part(MemberToken, required=True)
    points = Points(required=True)
    store = Text(1, 64, required=True, metadata={"description": "code or id of your store"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Contribution:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Contribution(**data)


class LeavingBody(StrictSchema):
    """A member who leaves."""

    member = Part(MemberToken, required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Leaving:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Leaving(**data)


class HouseholdAnswer(AnswerSchema):
    """A household as one of its members sees it; who else is in it is not told."""

    display = fields.String(metadata={"description": "its name, masked", "examples": ["张*"]})
    role = fields.String(metadata={"enum": list(ROLES), "description": "of the member named"})
    members = fields.Integer(metadata={"description": "how many are in it"})
    balance = fields.Nested(BalanceAnswer, metadata={"description": "the pool's"})


class ContributedAnswer(HouseholdAnswer):
    """What was put into the pool, and the member's own wallet afterwards."""

    points = fields.Integer()
    own_balance = fields.Nested(BalanceAnswer)


class LeftAnswer(AnswerSchema):
    """What came back to the member who left."""

    given_back = fields.Integer()
    closed = fields.Boolean(
        metadata={"description": "the last owner left: everybody was paid back"}
    )
    balance = fields.Nested(BalanceAnswer, metadata={"description": "the member's own"})


_FOUND = FoundingBody()
_JOIN = JoiningBody()
_CONTRIBUTE = ContributionBody()
_LEAVE = LeavingBody()
_CARD = {"type": "card", "value": "9900000000000002"}
_CODE = {"type": "qr", "value": "7KQ2W9MR3XTE0A5CVB1DZ"}
_PHONE = {"type": "phone", "value": "+8613800138000"}


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the doors."""
    blueprint = APIBlueprint("households", __name__, tag="Households")

    @door(
        blueprint, "/households", scope="households:write", takes=_FOUND, gives=HouseholdAnswer,
        status=201, refuses=[*_MEMBERS, HouseholdJoinedError],
        example={"owner": _CARD, "name": "张家"},
    )  # fmt: skip
    def found_household(call: Call) -> tuple[Answer, bool]:
        """Found a household with its first owner and an empty pool of points."""
        ask = call.body(_FOUND, Founding)
        with call.work() as work:
            return idempotency.once(
                work, call.key, lambda: _pool(work, households.found(work, ask.owner, ask.name))
            )

    @door(
        blueprint, "/households/members", scope="households:write", takes=_JOIN,
        gives=HouseholdAnswer, status=201,
        refuses=[
            *_MEMBERS, HouseholdUnknownError, HouseholdRoleError, HouseholdJoinedError,
            WalletBusyError, StaticTokenError, CodeUsedError,
        ],
        example={"owner": _CODE, "member": _PHONE, "role": "spender"},
    )  # fmt: skip
    def add_to_household(call: Call) -> tuple[Answer, bool]:
        """Let an owner take a member into the household."""
        ask = call.body(_JOIN, Joining)
        spending.refuse(call.actor, ask.owner)
        with call.work() as work:
            return idempotency.once(
                work,
                call.key,
                lambda: _pool(work, households.add(work, ask.owner, ask.member, ask.role)),
            )

    @door(
        blueprint, "/households/contributions", scope="households:write", takes=_CONTRIBUTE,
        gives=ContributedAnswer, status=201,
        refuses=[
            *_MEMBERS, StoreUnknownError, HouseholdUnknownError, InsufficientPointsError,
            TransferLimitError, WalletBusyError, StaticTokenError, CodeUsedError,
        ],
        example={"member": _CODE, "points": 500, "store": "main"},
    )  # fmt: skip
    def contribute_points(call: Call) -> tuple[Answer, bool]:
        """Put points of a member into the pool of the member's household."""
        ask = call.body(_CONTRIBUTE, Contribution)
        spending.refuse(call.actor, ask.member)
        with call.work() as work:
            return idempotency.once(
                work,
                call.key,
                lambda: _contributed(
                    work, households.contribute(work, ask.member, ask.points, ask.store)
                ),
            )

    @door(
        blueprint, "/households/leave", scope="households:write", takes=_LEAVE, gives=LeftAnswer,
        status=201,
        refuses=[
            *_MEMBERS, HouseholdUnknownError, HouseholdBusyError, WalletBusyError, StaticTokenError,
            CodeUsedError,
        ],
        example={"member": _CODE},
    )  # fmt: skip
    def leave_household(call: Call) -> tuple[Answer, bool]:
        """Leave; what is left of the member's own points comes back."""
        ask = call.body(_LEAVE, Leaving)
        spending.refuse(call.actor, ask.member)
        with call.work() as work:
            return idempotency.once(
                work, call.key, lambda: _left(work, households.leave(work, ask.member))
            )

    @door(
        blueprint, "/members/<member_ref>/household", scope="households:write",
        gives=HouseholdAnswer, refuses=[*_NOBODY, HouseholdUnknownError],
    )  # fmt: skip
    def read_household(call: Call, member_ref: str) -> Answer:
        """Read the household of a member: the member's role and the pool's balance."""
        with call.work() as work:
            return _read(work, member_ref)

    return blueprint


def _read(work: Work, member_ref: str) -> Answer:
    return _pool(work, households.find(work, Token("member_ref", member_ref)))


def _pool(work: Work, pool: Pool) -> Answer:
    return {
        "display": members.masked(pool.name),
        "role": pool.role,
        "members": pool.members,
        "balance": answers.balance(work, pool.balance),
    }


def _contributed(work: Work, done: Contributed) -> Answer:
    return _pool(work, done.pool) | {
        "points": done.points,
        "own_balance": answers.balance(work, done.balance),
    }


def _left(work: Work, done: Left) -> Answer:
    return asdict(done) | {"balance": answers.balance(work, done.balance)}
