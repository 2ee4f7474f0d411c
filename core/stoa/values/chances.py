"""Chances to be promoted, bought with points (#11): what one costs, and what it is good for.

    {"name": {"en": "Step up"}, "ladder": "main", "points": 100, "mode": "direct", "needed": 1,
     "most_per_year": 3, "undo_minutes": 60}

``direct``: `needed` chances raise the member one tier at once. ``attempt``: open chances are the
fact ``chances`` that a ladder may ask for beside others. ``draw``: a chance is won or lost by a
draw, which comes near a paid lottery (requirements 1d-4) and has to be allowed by name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stoa.values.documents import Reading
from stoa.values.texts import Texts

__all__ = ["MILLION", "MODES", "Chance", "read_chance"]

MODES = ("direct", "attempt", "draw")
MILLION = 1_000_000

_MOST_POINTS = 10**9
_MOST_CHANCES = 1000
_MOST_NEEDED = 100
_HOUR, _DAY = 60, 1440


@dataclass(frozen=True, slots=True)
class Chance:
    """A rule document of the kind ``chance``, read.

    Attributes:
        ladder: in which it raises.
        points: what one costs.
        mode: one of `MODES`.
        needed: how many raise one tier; 1 but for ``direct``.
        most_per_year: how many a member buys in a calendar year.
        odds_per_million: of a draw to be won; 0 without one.
        undo_minutes: how long an unused one may be given back; 0 for never.
    """

    name: Texts
    ladder: str
    points: int
    mode: str
    needed: int
    most_per_year: int
    odds_per_million: int
    undo_minutes: int


def read_chance(document: Mapping[str, Any]) -> Chance:
    """Read a chance's document.

    Raises:
        WrongRuleError: it can't be read; every mistake is named with its place.
    """
    reading = Reading(document)
    name, ladder = reading.texts("name"), reading.word("ladder")
    points = reading.whole("points", 1, _MOST_POINTS)
    mode = reading.choice("mode", MODES, "direct")
    most = reading.whole("most_per_year", 1, _MOST_CHANCES)
    undo = reading.whole("undo_minutes", 0, _DAY, _HOUR)
    needed, odds = 1, 0
    if mode == "direct":
        needed = reading.whole("needed", 1, _MOST_NEEDED, 1)
        if needed > most:
            reading.wrong("needed", "Nobody may buy so many in a year.")
    if mode == "draw":
        odds = reading.whole("odds_per_million", 1, MILLION - 1)
        if reading.raw("allowed_draw") is not True:
            text = "A draw for points comes near a lottery: write true where it is allowed."
            reading.wrong("allowed_draw", text)
    reading.done()
    return Chance(name, ladder, points, mode, needed, most, odds, undo)
