"""What a campaign is once its document was read: frozen records of whole numbers and words."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import md5

from stoa.values.conditions import Condition
from stoa.values.facts import Line
from stoa.values.texts import Texts

__all__ = [
    "EVERY",
    "FOREVER",
    "Campaign",
    "Cap",
    "Chosen",
    "Fixed",
    "Multiplier",
    "Payer",
    "Step",
    "Tiered",
    "held_out",
    "period_of",
]

EVERY = ("day", "week", "month", "campaign")
"""The periods of a cap: local days, weeks from Monday, months, and the whole campaign."""

FOREVER = date.min
"""The first day of the period that holds a whole campaign."""

_HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Multiplier:
    """So many percent of the base points of the counted lines, base included: 300 is triple."""

    times_percent: int


@dataclass(frozen=True, slots=True)
class Fixed:
    """So many points, however much was bought."""

    points: int


@dataclass(frozen=True, slots=True)
class Step:
    """So many points for every full `every_minor` of counted money; at most `most` points."""

    every_minor: int
    points: int
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Tiered:
    """Points by the counted money: those of the highest step that it reaches.

    Attributes:
        steps: minor units and points, both rising.
    """

    steps: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The receipt lines that count: those of one of the categories, or with one of the articles."""

    categories: frozenset[str]
    skus: frozenset[str]

    def holds(self, line: Line) -> bool:
        """Tell whether a line counts."""
        return line.category in self.categories or line.sku in self.skus


@dataclass(frozen=True, slots=True)
class Cap:
    """The most that a member gets in a period: points, purchases, or both; ``None`` is no limit."""

    every: str
    points: int | None = None
    uses: int | None = None


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays a share in percent: ``operator``, ``partner`` (who sells) or ``prt:<code>``."""

    payer: str
    share: int


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as its document says.

    Attributes:
        version: of the document; 0 of one that is only being read.
        first: the first day, `last` the last one, in the store's zone.
        condition: when it holds besides; ``None`` for always.
        lines: which receipt lines count; ``None`` for all.
        stacks: ``adds`` to the others, ``highest`` of its `group` only, or ``alone``.
        priority: the higher goes first.
        holdout_percent: of the members, who get nothing so that its effect can be measured.
        trigger: ``purchase``; what else earns has points of its own.
    """

    code: str
    name: Texts
    first: date
    last: date
    condition: Condition | None
    lines: Chosen | None
    bonus: Multiplier | Fixed | Step | Tiered
    caps: tuple[Cap, ...]
    budget_points: int
    group: str
    priority: int
    stacks: str
    payers: tuple[Payer, ...]
    holdout_percent: int
    trigger: str
    version: int = 0
    limits: tuple[Cap, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Think out the limits."""
        object.__setattr__(self, "limits", _limits(self.caps, self.condition))

    @property
    def reason(self) -> str:
        """The reason of its points in the ledger."""
        return f"campaign:{self.code}"


_AGAIN = {"first_purchase": False, "days_since_purchase": 0}
"""What holds of every purchase but the first one of a member, or of a day."""


def _limits(caps: tuple[Cap, ...], condition: Condition | None) -> tuple[Cap, ...]:
    if condition is None or condition.possible(_AGAIN):
        return caps
    once = ["day"]
    if not condition.possible({"first_purchase": False}):
        once.append("campaign")
    named = {cap.every: cap for cap in caps}
    for every in once:
        named[every] = Cap(every, named.get(every, Cap(every)).points, 1)
    return tuple(named[every] for every in EVERY if every in named)


def period_of(every: str, day: date) -> date:
    """Return the first day of a cap's period that holds a day."""
    if every == "day":
        return day
    if every == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if every == "month" else FOREVER


def held_out(code: str, member: str, percent: int) -> bool:
    """Tell whether a campaign leaves a member out: always the same ones, each campaign others.

    PostgreSQL says the same by
    ``('x' || left(md5(code || ':' || member), 8))::bit(32)::bigint % 100 < percent``.

    Args:
        member: the id as text.
    """
    if not percent:
        return False
    digest = md5(f"{code}:{member}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) % _HUNDRED < percent
