"""The deeds of challenges and of chances, each as the call it makes; see `stoa_sdk.resources`."""

from stoa_sdk.calls import Call, get, post, segment
from stoa_sdk.challenges import (
    Challenges,
    ChallengesOfMember,
    Chances,
    JoinedChallenge,
    Promotion,
)

__all__ = [
    "buy_chance",
    "challenges",
    "chances",
    "draw_chance",
    "join_challenge",
    "member_challenges",
    "undo_chance",
]


def challenges() -> Call[Challenges]:
    """Return the challenges that are on today; needs ``rewards:read``."""
    return get("v1/challenges", Challenges)


def member_challenges(member_ref: str) -> Call[ChallengesOfMember]:
    """Return how far a member is in each challenge; needs ``balance:read``.

    Raises:
        MemberUnknown: the reference leads to nobody.
    """
    return get(f"v1/members/{segment(member_ref)}/challenges", ChallengesOfMember)


def join_challenge(
    member_ref: str, challenge: str, *, idempotency_key: str | None = None
) -> Call[JoinedChallenge]:
    """Let a member take part in a challenge from today on; needs ``members:write``.

    Raises:
        NotFound: ``CHALLENGE_UNKNOWN``, none of this code is on.
        Conflict: ``CHALLENGE_CLOSED``, nobody has to join it, or it is not on today.
    """
    path = f"v1/members/{segment(member_ref)}/challenges/{segment(challenge)}/join"
    return post(path, JoinedChallenge, {}, idempotency_key)


def chances(member_ref: str) -> Call[Chances]:
    """Return the chances on offer and those a member has bought; needs ``balance:read``.

    Raises:
        MemberUnknown: the reference leads to nobody.
    """
    return get(f"v1/members/{segment(member_ref)}/chances", Chances)


def buy_chance(
    member_ref: str, chance: str, *, code: str | None = None, idempotency_key: str | None = None
) -> Call[Promotion]:
    """Let a member buy a chance; a direct one raises a tier at once; needs ``redeem:write``.

    Args:
        code: the member code shown at the till; without it the scope ``redeem:refs`` is needed.

    Raises:
        InsufficientPoints: fewer points are free than it costs.
        NotFound: ``CHANCE_UNKNOWN``, none of this code is on offer.
        Conflict: ``CHANCE_LIMIT`` or ``CHANCE_TOP_TIER``; no points were taken.
        StaticToken: the client may not spend without the member's code.
        Locked: the member is frozen.
    """
    path = f"v1/members/{segment(member_ref)}/chances"
    body = {"chance": chance} | ({} if code is None else {"code": code})
    return post(path, Promotion, body, idempotency_key)


def draw_chance(
    member_ref: str, chance_id: str, *, nonce: str, idempotency_key: str | None = None
) -> Call[Promotion]:
    """Draw a chance, once; needs ``redeem:write``.

    Args:
        member_ref: of the member who bought it.
        chance_id: of the chance.
        nonce: a text of the member's or yours: without it nobody can foresee the draw.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        NotFound: ``CHANCE_UNKNOWN``, the member has no such chance to draw.
        Conflict: ``CHANCE_CLOSED``, it was drawn or given back before.
    """
    path = f"v1/members/{segment(member_ref)}/chances/{segment(chance_id)}/draw"
    return post(path, Promotion, {"nonce": nonce}, idempotency_key)


def undo_chance(
    member_ref: str, chance_id: str, *, idempotency_key: str | None = None
) -> Call[Promotion]:
    """Give an unused chance back within its time; needs ``redeem:write``.

    Raises:
        NotFound: ``CHANCE_UNKNOWN``, the member has no such chance.
        Conflict: ``CHANCE_CLOSED``, it is used or drawn, or its time to be given back is over.
    """
    path = f"v1/members/{segment(member_ref)}/chances/{segment(chance_id)}/undo"
    return post(path, Promotion, {}, idempotency_key)
