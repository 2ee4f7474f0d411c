"""What tokens may allow, and which of it a till gets unless said otherwise."""

from collections.abc import Iterable

from stoa.errors import InvalidBodyError

__all__ = ["MEMBER_SCOPES", "MOVES_POINTS", "SCOPES", "TILL_SCOPES", "fitting"]

SCOPES = {
    "members:read": "Find a member by card, phone, e-mail or reference.",
    "members:write": "Enrol members.",
    "balance:read": "Read a member's balance and history.",
    "earn:write": "Report purchases, returns and voids; ask for estimates.",
    "redeem:write": "Hold, capture and void points.",
    "redeem:refs": "Spend by a member_ref, without the code: for your own app or shop, signed in.",
    "exchange:write": "Exchange points of one currency for points of another.",
    "transfer:write": "Move points from one member to another.",
    "activities:write": "Report what members do, make the codes that prove it.",
    "households:write": "Found households, pool points in them and read their pools.",
    "rewards:read": "Read the rewards of all partners.",
    "benefits:read": "Read what benefits a member has.",
    "benefits:write": "Claim and release benefits.",
    "codes:write": "Show members' codes and set PINs: for the alliance's own app, never a till.",
    "coupons:read": "Look at coupons, tell whether they are taken.",
    "coupons:write": "Reserve, redeem, release and roll back coupons.",
    "coupons:issue": "Issue coupons of pools that name the partner.",
    "parking:read": "Read the stays in your car parks.",
    "parking:write": "Report what your gates see; quote stays and let cars go.",
    "events:read": "Read what happened, as webhooks tell it: for your servers, never a till.",
    "requests:read": "Read your own requests, masked: for whoever writes your software.",
    "webhooks:manage": "Say where events are sent: for your servers, never a till.",
    "statements:read": "Read your funding, positions and statements: for your office.",
    "disputes:write": "Dispute lines of your statements: for your office.",
}
"""What a token may allow: the scope, and what it is for."""

_NOT_TILLS = (
    "codes:write", "redeem:refs", "events:read", "requests:read", "webhooks:manage",
    "statements:read", "disputes:write",
)  # fmt: skip

TILL_SCOPES = tuple(scope for scope in SCOPES if scope not in _NOT_TILLS)
"""What a client may do unless said otherwise: all but what apps and servers do."""


MEMBER_SCOPES = {
    "openid": "Know the member again, by the partner's own name for the member.",
    "profile": "Read the member's name and language.",
    "email": "Read the member's e-mail address.",
    "wallet:read": "Read this member's balance and history.",
    "redeem:self": "Hold this member's points; step-up as for a member_ref.",
}
"""What a token of a member who signed in may allow, for that member alone."""

MOVES_POINTS = frozenset(
    {
        "earn:write", "redeem:write", "redeem:refs", "exchange:write", "transfer:write",
        "activities:write", "households:write", "benefits:write", "parking:write",
        "redeem:self",
    }
)  # fmt: skip
"""With these a token gives, spends or moves points; it may have to be bound to a key (RFC 9449)."""


def fitting(scopes: Iterable[str]) -> list[str]:
    """Return the scopes in the order of `SCOPES`, each once.

    Raises:
        InvalidBodyError: a scope is unknown, or there is none.
    """
    wanted = set(scopes)
    unknown = sorted(wanted - SCOPES.keys())
    if unknown or not wanted:
        raise InvalidBodyError(errors={"scopes": [f"Choose from {', '.join(SCOPES)}."]})
    return [scope for scope in SCOPES if scope in wanted]
