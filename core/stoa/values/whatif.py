"""What-if: the tally of a replay against a draft, as whole numbers that add up part by part.

A run is cut into parts by member; each part answers a tally, and tallies are added in any order. A
tally is plain JSON, so that it is kept with the run as it grows and a killed run goes on from it:

    counts  whole numbers by name
    sums    points and cost by ``partner|payer``
    days    points by business day
    spread  members by the size of their change
    moves   members by ``tier|tier``, from and to
    largest, findings   rows, the most telling ones

Costs are whole millionths of the programme's money: points times the price of the agreement.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = [
    "FIGURES",
    "MOST_FINDINGS",
    "MOST_LARGEST",
    "Money",
    "PayerLine",
    "add",
    "bucket",
    "empty",
    "largest",
    "merged",
    "money_text",
    "payers",
    "spending",
]

FIGURES = ("stored", "current", "draft")
"""What stands in the ledger, what the rules of now give, what the draft gives."""

MOST_FINDINGS = 50
"""Findings that a tally keeps; `counts` has them all."""

MOST_LARGEST = 50
"""Members with the largest changes that a tally keeps."""

Money = int
"""Millionths of a whole unit of the programme's money."""

_CENTS = 10_000


def empty() -> dict[str, Any]:
    """Return a tally of nothing."""
    return {
        "counts": {}, "sums": {}, "days": {}, "spread": {}, "moves": {}, "why": {},
        "largest": [], "findings": [],
    }  # fmt: skip


def add(tally: dict[str, Any], section: str, key: str, **numbers: int) -> None:
    """Add whole numbers by their names to one row of a section."""
    row = tally[section].setdefault(key, {})
    for name, number in numbers.items():
        row[name] = row.get(name, 0) + number


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sum of two tallies; neither is changed."""
    result: dict[str, Any] = _sum(one, other)
    result["findings"] = result["findings"][:MOST_FINDINGS]
    result["largest"] = largest(result["largest"])
    return result


def largest(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the rows of members with the largest changes, the largest first."""
    return sorted(rows, key=lambda row: (-abs(row["change"]), row["member"]))[:MOST_LARGEST]


def bucket(change: int) -> int:
    """Return the power of ten that a member's change falls below: 37 is 100, -5 is -10, 0 is 0."""
    if change == 0:
        return 0
    size: int = 10 ** len(str(abs(change)))
    return size if change > 0 else -size


def money_text(micros: Money) -> str:
    """Return an amount with two decimals, rounded half to even: 1_234_567 is ``"1.23"``."""
    cents, rest = divmod(abs(micros), _CENTS)
    up = rest * 2 > _CENTS or (rest * 2 == _CENTS and cents % 2)
    cents += bool(up)
    sign = "-" if micros < 0 and cents else ""
    return f"{sign}{cents // 100:,}.{cents % 100:02}"


@dataclass(frozen=True, slots=True)
class PayerLine:
    """What one payer gives at one partner: points and cost, stored, by the rules of now, drafted.

    Attributes:
        partner: the code of the partner of the purchases.
        payer: the code of the partner who pays, or ``operator``.
    """

    partner: str
    payer: str
    stored: int = 0
    current: int = 0
    draft: int = 0
    stored_micros: Money = 0
    current_micros: Money = 0
    draft_micros: Money = 0

    @property
    def change(self) -> int:
        """The points that the draft gives more than the rules of now."""
        return self.draft - self.current

    @property
    def change_micros(self) -> Money:
        """What the draft costs more than the rules of now."""
        return self.draft_micros - self.current_micros


def payers(tally: Mapping[str, Any]) -> list[PayerLine]:
    """Return the figures of each partner and payer, the largest by the rules of now first."""
    lines = [PayerLine(*key.split("|"), **row) for key, row in tally["sums"].items()]
    return sorted(lines, key=lambda line: (-line.current, -line.draft, line.partner, line.payer))


def spending(tally: Mapping[str, Any], budget: int) -> tuple[int, int, str | None]:
    """Return what a campaign would have paid of its budget, what it would have wanted, and the end.

    Days are taken in their order; on the day on which the budget ends, what is left of it is paid.

    Returns:
        Points paid, points wanted, and the day on which nothing was left; ``None`` if it lasts.
    """
    wanted = 0
    ended = None
    for day, row in sorted(tally["days"].items()):
        wanted += row.get("paid", 0)
        if wanted >= budget and ended is None:
            ended = day
    return min(wanted, budget), wanted, ended


def _sum(one: Any, other: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(one, Mapping):
        return {
            name: _sum(one[name], other[name]) if name in one and name in other
            else one.get(name, other.get(name))
            for name in [*one, *(each for each in other if each not in one)]
        }  # fmt: skip
    return [*one, *other] if isinstance(one, list) else one + other
