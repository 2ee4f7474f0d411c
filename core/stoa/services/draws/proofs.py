"""What is published of a draw, so that anybody can reckon it again: one JSON object, no member.

`stoa_sdk.fairness` reads it and needs nothing else.
"""

from typing import Any

from stoa.services.draws.lists import Draw, find
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["VERSION", "proof"]

VERSION = "stoa-draw/1"

_LIST = "SELECT number, id, holder FROM tickets WHERE draw = %s ORDER BY number"
_WINNERS = """
SELECT w.prize, w.unit, t.number, t.id
  FROM draw_wins w
  JOIN tickets t ON t.member_id = w.member_id AND t.id = w.ticket_id
  JOIN draw_prizes p ON p.draw = w.draw AND p.prize = w.prize
 WHERE w.draw = %s ORDER BY p.place, w.unit
"""
_ROLLS = """
SELECT t.number, t.id, t.state, t.commitment, CASE WHEN t.roll IS NOT NULL THEN t.seed END, t.nonce,
       t.roll, t.turn, t.stock, t.prize
  FROM tickets t WHERE t.draw = %s ORDER BY t.number
"""


def proof(work: Work, code: str) -> dict[str, Any]:
    """Return what is published of a draw now; it grows until the draw is over.

    Of a raffle: the hash of the seed; from its close on the list of tickets and its root; once it
    is drawn the seed and the winners. Of an instant draw: the hash of every ticket's seed, and of
    those drawn all that decided them.

    Raises:
        DrawUnknownError: there is no draw of this code.
    """
    found = find(work, code)
    told: dict[str, Any] = {
        "v": VERSION,
        "draw": found.code,
        "mode": found.mode,
        "state": found.state,
        "terms": dict(found.terms),
        "terms_hash": found.terms_hash.hex(),
        "sold": found.sold,
    }
    return told | (_raffle(work, found) if found.mode == "raffle" else _instant(work, found))


def _raffle(work: Work, found: Draw) -> dict[str, Any]:
    listed = found.root is not None
    drawn = found.state == "revealed"
    return {
        "commitment": (found.commitment or b"").hex(),
        "root": found.root.hex() if found.root is not None else None,
        "tickets": [
            [number, public_id("tkt", ticket_id), holder]
            for number, ticket_id, holder in (work.rows(_LIST, (found.code,)) if listed else ())
        ],
        "seed": found.seed.hex() if found.seed else None,
        "winners": [
            {"prize": prize, "unit": unit, "number": number, "ticket": public_id("tkt", ticket_id)}
            for prize, unit, number, ticket_id in (
                work.rows(_WINNERS, (found.code,)) if drawn else ()
            )
        ],
    }


def _instant(work: Work, found: Draw) -> dict[str, Any]:
    return {
        "tickets": [
            {
                "number": number,
                "ticket": public_id("tkt", ticket_id),
                "state": state,
                "commitment": bytes(commitment).hex(),
                "seed": bytes(seed).hex() if seed else None,
                "nonce": nonce,
                "roll": roll,
                "turn": turn,
                "stock": stock,
                "prize": prize,
            }
            for number, ticket_id, state, commitment, seed, nonce, roll, turn, stock, prize in (
                work.rows(_ROLLS, (found.code,))
            )
        ]
    }
