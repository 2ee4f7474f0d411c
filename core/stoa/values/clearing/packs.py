"""Prepaid packs and credit: which pack pays which point, what is unused, how long it lasts.

Packs are used in the order in which they were bought (economics §3.7):

    packs = (Pack("a", 15_000, Decimal("0.011")), Pack("b", 10_000, Decimal("0.010")))
    draw(packs, 16_000)     15,000 of a at 0.011 and 1,000 of b at 0.010

What a return takes back goes back the other way: to the pack that was drawn last.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

__all__ = ["Drawn", "Pack", "draw", "lasts_days", "unused"]


@dataclass(frozen=True, slots=True)
class Pack:
    """Points that were bought, at `price` each, money per point; `used` of them are issued.

    `points` are those that were not refunded.
    """

    id: str
    points: int
    price: Decimal
    used: int = 0

    @property
    def left(self) -> int:
        """Points that are not used."""
        return self.points - self.used


@dataclass(frozen=True, slots=True)
class Drawn:
    """Points that one pack pays, at its price; below zero they go back to it."""

    pack: str
    points: int
    price: Decimal

    @property
    def amount(self) -> Decimal:
        """What these points cost, exact."""
        return self.points * self.price


def draw(packs: Sequence[Pack], points: int) -> tuple[tuple[Drawn, ...], tuple[Pack, ...]]:
    """Return which packs pay so many points, and the packs after that.

    What goes back (below zero) goes to the pack that was drawn last. Issues and returns may reach
    this in another order than the one in which they were checked: what the packs then lack for a
    moment is of the last one, and what is too much of the first.

    Args:
        packs: in the order in which they were bought.

    Raises:
        ValueError: there is no pack.
    """
    if not packs:
        raise ValueError("there is no pack to draw from")
    after = list(packs)
    drawn: dict[int, int] = {}
    rest = points
    order: Iterable[int] = range(len(after)) if points > 0 else reversed(range(len(after)))
    last = len(after) - 1 if points > 0 else 0
    for place in order:
        pack = after[place]
        part = min(rest, max(pack.left, 0)) if points > 0 else max(rest, -max(pack.used, 0))
        if place == last:
            part = rest
        if part:
            drawn[place] = part
            after[place] = replace(pack, used=pack.used + part)
        rest -= part
        if not rest:
            break
    return (
        tuple(Drawn(packs[place].id, part, packs[place].price) for place, part in drawn.items()),
        tuple(after),
    )


def unused(packs: Sequence[Pack], left: int) -> dict[str, int]:
    """Return how many points are unused of each pack, of `left` in all: those of the last packs.

    Args:
        packs: in the order in which they were bought; their `used` is not asked.
    """
    found: dict[str, int] = {}
    for pack in reversed(packs):
        found[pack.id] = max(min(left, pack.points), 0)
        left -= found[pack.id]
    return {pack.id: found[pack.id] for pack in packs}


def lasts_days(left: int, used: int, days: int) -> int | None:
    """Return for how many whole days what is left lasts at the rate of the last `days`.

    Args:
        used: in these days, returns taken off.

    Returns:
        ``None`` where nothing was used, so that it lasts for ever.
    """
    return None if used <= 0 else max(left, 0) * days // used
