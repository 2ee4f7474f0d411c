"""What a token may spend by: the code shown always, a `member_ref` for clients trusted with it.

A card resolves to a `member_ref`, so that a till which may spend by one needs nothing but a card
number (FRD-07). Only a client with the scope `REFS` may: a partner's app or shop in which the
member is signed in.
"""

from stoa.errors import StaticTokenError
from stoa.services.members import Token
from stoa.work import Actor

__all__ = ["REFS", "refuse", "ways"]

REFS = "redeem:refs"
"""The scope without which a `member_ref` finds a member and earns, and spends nothing."""


def ways(actor: Actor) -> list[str]:
    """Return the kinds of tokens by which a caller may spend."""
    return ["qr", "member_ref"] if REFS in actor.scopes else ["qr"]


def refuse(actor: Actor, token: Token) -> None:
    """Refuse to spend by what the caller may not spend by, before anything is looked up.

    Raises:
        StaticTokenError: the member has to show the code, or the client needs the scope `REFS`.
    """
    allowed = ways(actor)
    if token.kind not in allowed:
        raise StaticTokenError(
            f"A {token.kind} finds a member and earns; to spend, the member shows the code.",
            token_type=token.kind, ways=allowed, scope=REFS,
        )  # fmt: skip
