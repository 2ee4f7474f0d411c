"""Rates between points currencies, and the search for a cycle of them that gains value.

A rate turns whole points of one currency into whole points of another: 10 STAR for 3 CINE is 3/10.
Whoever could go round a cycle of rates and come home with more would mint points (economics §3.6),
so a set of rates is sound only when

- no cycle's product is above one: what is left after each step is at most its exact value, and so
  it is at the end, in whatever order and however often a member exchanges; and
- a rate on a cycle rounds down: rounded up, one point could become one too many, time and again.

A cycle is sought with exact fractions, by the method of Bellman and Ford on products: the best way
to each currency is improved edge by edge, and what still improves after as many rounds as there are
currencies stands on a way that goes in a circle.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from stoa.values.amounts import Rounding, divide

__all__ = ["MAX_RATE_TERM", "Cycle", "Rate", "gaining_cycle"]

MAX_RATE_TERM = 10**9
"""The largest numerator or denominator of a rate."""

_ROUNDED = {
    Rounding.DOWN: "rounded down",
    Rounding.UP: "rounded up",
    Rounding.HALF_UP: "rounded to the nearest",
    Rounding.HALF_EVEN: "rounded to the nearest, halves to even",
}


@dataclass(frozen=True, slots=True)
class Rate:
    """So many points (`numerator`) of `target` for so many (`denominator`) of `source`."""

    source: str
    target: str
    numerator: int
    denominator: int
    rounding: Rounding = Rounding.DOWN

    @property
    def value(self) -> Fraction:
        """The exact rate."""
        return Fraction(self.numerator, self.denominator)

    @property
    def least(self) -> int:
        """The fewest points of `source` that bring a point of `target`."""
        up = {
            Rounding.DOWN: divide(self.denominator, self.numerator, Rounding.UP),
            Rounding.UP: 1,
            Rounding.HALF_UP: divide(self.denominator, 2 * self.numerator, Rounding.UP),
            Rounding.HALF_EVEN: divide(self.denominator, 2 * self.numerator, Rounding.DOWN) + 1,
        }
        return max(up[self.rounding], 1)

    def convert(self, points: int) -> int:
        """Return what points of `source` bring, rounded as the rate says."""
        return divide(points * self.numerator, self.denominator, self.rounding)

    def arithmetic(self, points: int) -> str:
        """Return how that comes: ``"1000 STAR at 3/10, rounded down = 300 CINE"``."""
        rate = f"{self.numerator}/{self.denominator}, {_ROUNDED[self.rounding]}"
        return f"{points} {self.source} at {rate} = {self.convert(points)} {self.target}"


@dataclass(frozen=True, slots=True)
class Cycle:
    """A way of exchange that ends where it begins, and may end with more.

    Attributes:
        rates: each begins where the one before it ends.
        rounded: the rate whose rounding gains, where it is not the product that does.
    """

    rates: tuple[Rate, ...]
    rounded: Rate | None = None

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies in their order, the first one at the end again."""
        return (self.rates[0].source, *(rate.target for rate in self.rates))

    @property
    def product(self) -> Fraction:
        """What one point becomes by going round once, before rounding."""
        whole = Fraction(1)
        for rate in self.rates:
            whole *= rate.value
        return whole

    @property
    def gain(self) -> Fraction:
        """What one point gains by going round once, before rounding; it may be negative."""
        return self.product - 1


def gaining_cycle(rates: Iterable[Rate]) -> Cycle | None:
    """Return a cycle by which somebody could gain, or ``None`` when the rates are sound.

    A cycle whose product is above one is told first, then one with a rate that does not round down.
    """
    edges = sorted(rates, key=lambda rate: (rate.source, rate.target))
    return _growing(edges) or _rounding(edges)


def _growing(edges: Sequence[Rate]) -> Cycle | None:
    places = {each for rate in edges for each in (rate.source, rate.target)}
    best = dict.fromkeys(places, Fraction(1))
    came_by: dict[str, Rate] = {}
    improved = ""
    for _ in range(len(places) + 1):
        improved = ""
        for rate in edges:
            value = best[rate.source] * rate.value
            if value > best[rate.target]:
                best[rate.target] = value
                came_by[rate.target] = rate
                improved = rate.target
        if not improved:
            return None
    at = improved
    for _ in places:  # however long the way to the circle is, so many steps back stand on it
        at = came_by[at].source
    way = [came_by[at]]
    while way[-1].source != at:
        way.append(came_by[way[-1].source])
    return _turned(tuple(reversed(way)))


def _rounding(edges: Sequence[Rate]) -> Cycle | None:
    for rate in edges:
        if rate.rounding is Rounding.DOWN:
            continue
        back = _shortest(edges, rate.target, rate.source)
        if back is not None:
            return Cycle((rate, *back), rate)
    return None


def _shortest(edges: Sequence[Rate], start: str, end: str) -> tuple[Rate, ...] | None:
    ways: dict[str, tuple[Rate, ...]] = {start: ()}
    ahead = [start]
    for at in ahead:
        for rate in edges:
            if rate.source == at and rate.target not in ways:
                ways[rate.target] = (*ways[at], rate)
                ahead.append(rate.target)
    return ways.get(end)


def _turned(way: tuple[Rate, ...]) -> Cycle:
    """Return the cycle from its first currency in the order of their codes on."""
    first = min(range(len(way)), key=lambda place: way[place].source)
    return Cycle(way[first:] + way[:first])
