"""The deeds of draws for points, each as the call it makes; see `stoa_sdk.resources`."""

from stoa_sdk.calls import Call, get, post, segment
from stoa_sdk.draws import BoughtTicket, ClaimedPrize, Draw, DrawProof, Draws, Tickets
from stoa_sdk.inputs import Member, as_member

__all__ = [
    "buy_ticket",
    "claim_prize",
    "draw",
    "draw_result",
    "draw_ticket",
    "draws",
    "member_tickets",
]


def draws() -> Call[Draws]:
    """Return the draws that are not over, with odds and prizes; needs ``rewards:read``."""
    return get("v1/draws", Draws)


def draw(draw: str) -> Call[Draw]:
    """Return a draw as it stands; needs ``rewards:read``.

    Raises:
        NotFound: ``DRAW_UNKNOWN``, there is none of this code.
    """
    return get(f"v1/draws/{segment(draw)}", Draw)


def buy_ticket(
    member: Member | str, draw: str, *, idempotency_key: str | None = None
) -> Call[BoughtTicket]:
    """Let a member buy a ticket with points; needs ``redeem:write``.

    Keep what is answered: it holds the hashes that the draw is checked by.

    Raises:
        InsufficientPoints: fewer points are free than it costs.
        NotFound: ``DRAW_UNKNOWN``, there is no draw of this code.
        Conflict: ``DRAW_CLOSED`` or ``TICKET_LIMIT``; no points were taken.
        Forbidden: ``DRAW_TIER``, it is for members of other tiers.
        Locked: the member is frozen.
    """
    path = f"v1/draws/{segment(draw)}/tickets"
    return post(path, BoughtTicket, {"member": as_member(member).as_object()}, idempotency_key)


def draw_ticket(
    ticket_id: str, *, nonce: str, idempotency_key: str | None = None
) -> Call[BoughtTicket]:
    """Draw a ticket of an instant draw, once; needs ``redeem:write``.

    Args:
        ticket_id: of the ticket.
        nonce: a text of the member's or yours: without it nobody can foresee the draw.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        NotFound: ``TICKET_UNKNOWN``, there is no such ticket to draw.
        Conflict: ``TICKET_CLOSED``, it was drawn or given back before.
    """
    path = f"v1/draws/tickets/{segment(ticket_id)}/draw"
    return post(path, BoughtTicket, {"nonce": nonce}, idempotency_key)


def claim_prize(
    ticket_id: str, *, store: str, idempotency_key: str | None = None
) -> Call[ClaimedPrize]:
    """Hand a prize over in a store of yours, once; needs ``redeem:write``.

    Args:
        ticket_id: of the ticket that won it.
        store: code or id of your store.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        NotFound: ``TICKET_UNKNOWN`` or ``STORE_UNKNOWN``.
        Conflict: ``PRIZE_CLOSED``, there is nothing to hand over here, or no longer.
    """
    path = f"v1/draws/tickets/{segment(ticket_id)}/claim"
    return post(path, ClaimedPrize, {"store": store}, idempotency_key)


def draw_result(draw: str) -> Call[DrawProof]:
    """Return all that is published of a draw; `raw` is what `verify_draw` reads; any token.

    Raises:
        NotFound: ``DRAW_UNKNOWN``, there is none of this code.
    """
    return get(f"v1/draws/{segment(draw)}/result", DrawProof)


def member_tickets(member_ref: str) -> Call[Tickets]:
    """Return the tickets that a member has bought, the newest first; needs ``balance:read``.

    Raises:
        MemberUnknown: the reference leads to nobody.
    """
    return get(f"v1/members/{segment(member_ref)}/tickets", Tickets)
