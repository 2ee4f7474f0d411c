"""The catalogue: what members can have for points, of all partners and as one member sees it.

The docstrings here are those of the methods of `Client` and `AsyncClient`.
"""

from dataclasses import dataclass
from datetime import datetime

from stoa_sdk.calls import AsyncSender, Call, Sender, get, segment
from stoa_sdk.facts import Money
from stoa_sdk.inputs import points_count
from stoa_sdk.paging import async_pages, pages
from stoa_sdk.records import Record

__all__ = [
    "MemberReward",
    "MemberRewards",
    "Reward",
    "RewardLimits",
    "RewardPage",
    "every_reward",
    "every_reward_awaited",
    "member_rewards",
    "reward",
    "reward_page",
]

_MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardLimits(Record):
    """How often a reward may be had; `None` is no limit.

    Attributes:
        per_day: by all members together.
    """

    per_member: int | None
    per_member_day: int | None
    per_day: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward(Record):
    """Something that costs points, and who offers it.

    Attributes:
        partner: the provider's code; ``stoa`` for the operator.
        kind: ``voucher``, ``gift``, ``discount``, ``service``, ``currency``, ``ticket``,
            ``chance`` or ``donation``; `None` from an older server, as what follows.
        money: what is paid for one beside the points.
        closes_at: the first instant at which it can't be had any more.
        tiers: of which a member has to have one; empty for everybody.
        partners: the codes of those where it is good, `None` for all; `stores` as
            ``partner/store``.
    """

    reward_id: str
    partner: str
    partner_name: str
    title: str
    points: int
    worth: Money
    max_quantity: int | None
    kind: str | None = None
    about: str | None = None
    money: Money | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    tiers: tuple[str, ...] | None = None
    partners: tuple[str, ...] | None = None
    stores: tuple[str, ...] | None = None
    limits: RewardLimits | None = None
    picture_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberReward(Reward):
    """A reward as a member sees it.

    Attributes:
        short_by_points: missing for one; 0 where there are enough.
        against: ``points``, ``tier``, ``condition``, ``limit``, ``stock``: what is against it;
            empty where it can be had.
    """

    short_by_points: int
    against: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardPage(Record):
    """A page of rewards, cheapest first."""

    rewards: tuple[Reward, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRewards(Record):
    """A page of rewards as a member sees them, what the points suffice for first."""

    available: int
    rewards: tuple[MemberReward, ...]
    next_cursor: str | None


def reward_page(
    *,
    q: str | None = None,
    kind: str | None = None,
    partner: str | None = None,
    store: str | None = None,
    max_points: int | None = None,
    ends_soon: bool = False,
    language: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Call[RewardPage]:
    """Return a page of the rewards of all partners, cheapest first; needs ``rewards:read``.

    Args:
        q: words of titles and descriptions, in any language.
        kind: such as ``voucher``.
        partner: the code of who provides it; ``stoa`` for the operator.
        store: code or id of your store: what can be redeemed there.
        max_points: what one may cost.
        ends_soon: only what ends within 7 days.
        language: of the texts: ``en``, ``zh-Hans`` or ``zh-Hant``; English without one.
        cursor: the `next_cursor` of the page before.
        limit: rewards a page, 1 to 100.
    """
    query = _query(q, kind, partner, store, max_points, language, cursor, limit)
    query |= {"ends_soon": "true"} if ends_soon else {}
    return get("v1/rewards", RewardPage, query)


def reward(reward_id: str, *, language: str | None = None) -> Call[Reward]:
    """Return one reward as it is offered now; needs ``rewards:read``.

    Raises:
        NotFound: ``REWARD_UNKNOWN``, there is none of this id now.
    """
    query = {"language": language} if language else {}
    return get(f"v1/rewards/{segment(reward_id)}", Reward, query)


def member_rewards(
    member_ref: str,
    *,
    q: str | None = None,
    kind: str | None = None,
    partner: str | None = None,
    store: str | None = None,
    max_points: int | None = None,
    affordable: bool = False,
    language: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Call[MemberRewards]:
    """Return a page of rewards as a member sees them; needs ``balance:read``.

    Args:
        member_ref: your reference of the member.
        q: words of titles and descriptions, in any language.
        kind: such as ``voucher``.
        partner: the code of who provides it; ``stoa`` for the operator.
        store: code or id of your store: what can be redeemed there.
        max_points: what one may cost.
        affordable: only what the member's points suffice for.
        language: of the texts: ``en``, ``zh-Hans`` or ``zh-Hant``; English without one.
        cursor: the `next_cursor` of the page before.
        limit: rewards a page, 1 to 100.

    Raises:
        MemberUnknown: the reference leads to nobody.
    """
    query = _query(q, kind, partner, store, max_points, language, cursor, limit)
    query |= {"affordable": "true"} if affordable else {}
    return get(f"v1/members/{segment(member_ref)}/rewards", MemberRewards, query)


def every_reward(client: Sender, store: str | None = None) -> tuple[Reward, ...]:
    """Return all rewards of all partners, or those of a store, page after page."""
    every = pages(client, reward_page(store=store, limit=_MOST))
    return tuple(reward for page in every for reward in page.rewards)


async def every_reward_awaited(client: AsyncSender, store: str | None = None) -> tuple[Reward, ...]:
    """Return all rewards of all partners, or those of a store, page after page."""
    every = async_pages(client, reward_page(store=store, limit=_MOST))
    return tuple([reward async for page in every for reward in page.rewards])


def _query(  # noqa: PLR0917 - the parts of one query
    q: str | None,
    kind: str | None,
    partner: str | None,
    store: str | None,
    max_points: int | None,
    language: str | None,
    cursor: str | None,
    limit: int,
) -> dict[str, str]:
    given = {
        "q": q,
        "kind": kind,
        "partner": partner,
        "store": store,
        "max_points": None if max_points is None else str(points_count(max_points)),
        "language": language,
        "cursor": cursor,
        "limit": str(points_count(limit)),
    }
    return {name: value for name, value in given.items() if value}
