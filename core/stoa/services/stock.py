"""Stock: how many units of an offer are left, put in by a rule, a person or the partner itself.

Units are taken and given back with orders, inside the functions that hold, release and refund. What
the rule of an offer says is put in when it is let hold; an order that sees another figure follows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Literal, LiteralString
from uuid import UUID

from stoa.services import audit
from stoa.services.ledger.calls import send
from stoa.values.identifiers import public_id
from stoa.values.periods import zone
from stoa.work import Work

__all__ = ["Item", "Move", "add", "count", "forget", "fund", "items", "left", "moves", "told"]

_KEPT = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Item:
    """An offer that is counted.

    Attributes:
        put_in: units in all: by the rule, by people and by the partner.
        left: units that can be ordered still.
        taken_today: units of orders placed on this day, in the programme's zone, less those back.
    """

    item: str
    put_in: int
    left: int
    taken_today: int
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Move:
    """A change of what is left: ``set``, ``restock``, ``live``, ``taken`` or ``given_back``.

    Attributes:
        order: the public id of the order that took or gave back.
        by: the actor, or ``rule``.
    """

    id: UUID
    kind: str
    change: int
    at: datetime
    by: str
    reason: str
    order: str | None


_LEFT = """
SELECT s.item, sum(s.remaining)::bigint FROM stock s WHERE s.item = ANY(%s) GROUP BY s.item
"""
_ITEMS = """
SELECT i.item,
       coalesce((SELECT sum(m.change) FROM stock_moves m
                  WHERE m.item = i.item AND m.order_id IS NULL), 0)::bigint,
       coalesce((SELECT sum(s.remaining) FROM stock s WHERE s.item = i.item), 0)::bigint,
       coalesce((SELECT -sum(m.change) FROM stock_moves m
                  WHERE m.item = i.item AND m.order_id IS NOT NULL
                    AND m.at >= %(midnight)s), 0)::bigint,
       (SELECT max(m.at) FROM stock_moves m WHERE m.item = i.item)
  FROM stock_items i
 WHERE i.kind = 'stock' AND i.item > %(after)s
   AND (%(q)s = '' OR strpos(lower(i.item), lower(%(q)s)) > 0)
   AND (%(items)s::text[] IS NULL OR i.item = ANY(%(items)s))
 ORDER BY i.item LIMIT %(limit)s
"""
_MOVES = """
SELECT m.id, m.kind, m.change, m.at, m.by, m.reason, m.order_id FROM stock_moves m
 WHERE m.item = %s ORDER BY m.at DESC, m.id DESC LIMIT %s
"""


def left(work: Work, offers: Sequence[str]) -> dict[str, int]:
    """Return how many units are left of each of these offers that is counted already."""
    return dict(tuple(row) for row in work.rows(_LEFT, (list(offers),)))


def items(
    work: Work,
    *,
    q: str = "",
    only: Sequence[str] | None = None,
    after: str = "",
    limit: int = 100,
) -> list[Item]:
    """Return the offers that are counted, by their ids, from the one after `after`."""
    midnight = datetime.combine(work.today(), time.min, zone(work.programme.zone))
    values = {
        "q": q, "items": None if only is None else list(only), "after": after, "limit": limit,
        "midnight": midnight,
    }  # fmt: skip
    return [Item(*row) for row in work.rows(_ITEMS, values)]


def moves(work: Work, offer: str, *, limit: int = 100) -> list[Move]:
    """Return the changes of an offer's stock, the latest first."""
    found = work.rows(_MOVES, (offer, limit))
    return [_move(row) for row in found]


def fund(work: Work, offer: str, figure: int, *, version: int) -> int:
    """Put in what a version of an offer's rule says there is in all; return what is left.

    A later version's figure counts from the former one; what was taken or restocked stays so.

    Raises:
        StockFigureError: the figure is below zero.
    """
    return _sent(
        work, "SELECT stoa_fund_stock(%s, %s, %s, %s, NULL, %s, %s)",
        (offer, "stock", figure, version, work.now(), "rule"),
    )  # fmt: skip


def add(work: Work, offer: str, change: int, *, reason: str) -> int:
    """Add units that came in, or take away those that went; return what is left.

    Raises:
        StockFigureError: more would go than is left.
    """
    _ = work.session  # the audit trail tells of it in the same transaction
    rest = _sent(
        work, "SELECT stoa_restock(%s, %s, %s, %s, %s)",
        (offer, change, work.now(), work.actor.name, reason),
    )  # fmt: skip
    audit.record(work, "stock.add", offer, after={"change": change, "left": rest, "reason": reason})
    return rest


def count(work: Work, offer: str, figure: int, *, reason: str) -> int:
    """Set what is left to what a person counted; return it.

    Raises:
        StockFigureError: the figure is below zero.
    """
    _ = work.session  # the audit trail tells of it in the same transaction
    rest = _set(work, offer, "restock", figure, reason=reason)
    audit.record(work, "stock.set", offer, after={"left": rest, "reason": reason})
    return rest


def told(work: Work, offer: str, figure: int) -> int:
    """Set what is left to what the partner says it has, as an answer to an order tells.

    Units that are set aside, and those the partner was not asked for yet, come off: write down that
    an order was fulfilled before telling this.

    Returns:
        What can be ordered still.

    Raises:
        StockFigureError: the figure is below zero.
    """
    return _set(work, offer, "live", figure, reason="")


def forget(work: Work, *, limit: int = 1000) -> int:
    """Forget the units and places of days long over; return how many items."""
    before = work.today() - _KEPT
    return int(work.rows("SELECT stoa_forget_stock(%s, %s)", (before, limit))[0][0])


def _set(
    work: Work, offer: str, kind: Literal["restock", "live"], figure: int, *, reason: str
) -> int:
    return _sent(
        work, "SELECT stoa_set_stock(%s, %s, %s, %s, %s, %s)",
        (offer, kind, figure, work.now(), work.actor.name, reason),
    )  # fmt: skip


def _sent(work: Work, statement: LiteralString, values: tuple[object, ...]) -> int:
    return int(send(work, statement, values)[0])


def _move(row: Any) -> Move:  # noqa: ANN401 - a row of moves
    facts: list[Any] = [*row[:6], public_id("hld", row[6]) if row[6] else None]
    return Move(*facts)
