"""Raffles by the clock: selling ends, the list is published, the seed is told, the winners follow.

Each step is one transaction under the draw's lock, and every worker may take it: one that is killed
between two of them leaves the next one to whoever comes.
"""

import structlog

from stoa.services.draws.lists import Draw, find
from stoa.values.draws import entry, root, winners
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["close_due", "reveal_due"]

_MOST = 20
_CLOSING = """
SELECT code, salt FROM draws WHERE state = 'open' AND closes_at <= %s
 ORDER BY closes_at LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_CLOSED = "UPDATE draws SET state = 'closed', closed_at = %s, root = %s WHERE code = %s RETURNING 1"
_REVEALING = """
SELECT code, seed FROM draws
 WHERE mode = 'raffle' AND state = 'closed' AND draws_at <= %s
 ORDER BY draws_at LIMIT %s FOR UPDATE SKIP LOCKED
"""
_REVEALED = "UPDATE draws SET state = 'revealed', resolved_at = %s WHERE code = %s RETURNING 1"
_LIST = "SELECT number, id, holder FROM tickets WHERE draw = %s ORDER BY number"

_log = structlog.get_logger(__name__)


def close_due(work: Work) -> int:
    """End the selling of the draw that is due longest; publish a raffle's list and its root.

    Returns:
        1, or 0 where none is due, or others are at it.
    """
    work.session.connection()
    rows = work.rows(_CLOSING, (work.now(),))
    if not rows:
        return 0
    code, salt = rows[0]
    found = find(work, code)
    list_root = None
    if found.mode == "raffle":
        work.rows("SELECT stoa_name_holders(%s, %s::bytea)", (code, bytes(salt)))
        list_root = _root(work, code)
    work.rows(_CLOSED, (work.now(), list_root, code))
    facts = {"draw": code, "sold": found.sold, "root": list_root.hex() if list_root else None}
    work.record("draw.closed", facts, member_id=None, partner_id=None)
    return 1


def reveal_due(work: Work) -> int:
    """Draw the raffle that is due longest, from the list as it was published; tell its seed.

    A list that is no longer the one that was published draws nobody: an operator has to look.

    Returns:
        1, or 0 where none is due, or others are at it.
    """
    work.session.connection()
    for code, seed in work.rows(_REVEALING, (work.now(), _MOST)):
        found = find(work, code)
        if found.root is None or _root(work, code) != found.root:
            _log.error("draw.list_differs", draw=code)
            continue
        _reveal(work, found, bytes(seed))
        return 1
    return 0


def _reveal(work: Work, found: Draw, seed: bytes) -> None:
    tickets = work.rows(_LIST, (found.code,))
    units = [prize["code"] for prize in found.terms["prizes"] for _ in range(prize["stock"])]
    holders = [row[2] for row in tickets]
    places = winners(seed, found.root or b"", holders, len(units), once=found.terms["once"])
    numbers = [tickets[place][0] for place in places]
    work.rows(
        "SELECT stoa_reveal_draw(%s, %s::bigint[], %s::text[], %s, %s::date)",
        (found.code, numbers, units[: len(numbers)], work.now(), work.today()),
    )
    work.rows(_REVEALED, (work.now(), found.code))
    facts = {"draw": found.code, "winners": len(numbers), "seed": seed.hex()}
    work.record("draw.revealed", facts, member_id=None, partner_id=None)


def _root(work: Work, code: str) -> bytes:
    return root(
        entry(number, public_id("tkt", ticket_id), holder)
        for number, ticket_id, holder in work.rows(_LIST, (code,))
    )
