"""What a token may spend by: the code shown always, a `member_ref` for clients trusted with it.

A card resolves to a `member_ref`, so that a till which may spend by one needs nothing but a card
number (FRD-07). Only a client with the scope `REFS` may: a partner's app or shop in which the
member is signed in.
"""

from collections.abc import Callable
from typing import Any

from marshmallow import ValidationError, post_load

from stoa.api.doors import Call
from stoa.api.fields import Text
from stoa.api.schemas import StrictSchema
from stoa.errors import StaticTokenError
from stoa.services import idempotency, step_up
from stoa.services.members import Token
from stoa.services.step_up import Owed, Proof
from stoa.work import Actor, Work

__all__ = ["REFS", "SELF", "StepUpBody", "proved", "refuse", "ways"]

REFS = "redeem:refs"
"""The scope without which a `member_ref` finds a member and earns, and spends nothing."""


SELF = "redeem:self"
"""The scope by which a member who signed in at a partner spends there, and nobody else's points."""


def ways(actor: Actor) -> list[str]:
    """Return the kinds of tokens by which a caller may spend."""
    if actor.member_id is not None:
        return ["member_ref"] if SELF in actor.scopes else []
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


class StepUpBody(StrictSchema):
    """What the member gave besides the code: a PIN, or a confirmation by the alliance's app."""

    pin = Text(1, 8, metadata={"description": "as the member typed it"})
    confirmation = Text(1, 32, metadata={"description": "as the member's app shows it"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Proof:  # noqa: ANN401 - marshmallow's
        """Return the proof of the deeds."""
        if len(data) != 1:
            raise ValidationError({"pin": ["Give either a pin or a confirmation."]})
        return Proof(**data)


def proved(call: Call, proof: Proof | None, owed: Callable[[Work], Owed | None]) -> Proof | None:
    """Look at a PIN in a work of its own: it counts, whatever becomes of the deed.

    A request that is repeated is answered as before, so that none is looked at again.

    Args:
        call: the request, its body read.
        proof: what the member gave.
        owed: which points need it, asked only where there is a PIN.

    Raises:
        PinWrongError: the PIN is another one.
        PinLockedError: too many were wrong.
        StaticTokenError: the member is named by what may not spend.
    """
    if proof is None or proof.pin is None:
        return proof
    with call.work() as work:
        due = owed(work) if idempotency.is_new(work, call.key) else None
    if due is None:
        return proof
    with call.work() as work:
        return step_up.checked(work, due, proof)
