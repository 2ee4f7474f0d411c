"""What a stay in a car park costs: steps, free minutes and a day's cap, in whole minutes.

A car park charges for started units of time: at 10.00 per started hour, 4 h 10 min are five hours,
50.00. Steps change the price as the stay grows longer, such as 10.00 for each of the first two
hours and 20.00 for each one after them. A day is 24 hours from the entry; it never costs more than
its cap, and the steps begin anew with each.

Free time shortens the stay: what is left of it is charged as if the car had left earlier.
So 3 free hours leave 1 h 10 min of the stay above, which is 20.00, and are worth 30.00.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from stoa.values.amounts import Rounding, divide

__all__ = ["DAY_MIN", "FreeMinutes", "Step", "Tariff", "read_tariff"]

DAY_MIN = 24 * 60
"""The minutes of a charged day."""


class FreeMinutes(StrEnum):
    """What the tariff's free minutes mean."""

    SHORT_STAYS = "short_stays"
    """A stay within them is free; a longer one is charged from its first minute."""
    EVERY_STAY = "every_stay"
    """They are taken off every stay."""


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of the day and its price.

    Attributes:
        up_to_min: the minute of the day at which it ends; 0 for the end of the day.
        per_min: how many minutes one charged unit has.
        price_minor: what each started unit costs.
    """

    up_to_min: int
    per_min: int
    price_minor: int


@dataclass(frozen=True, slots=True)
class Tariff:
    """A car park's prices.

    Attributes:
        steps: in the order of a stay; the last one holds to the end of the day.
        free_min: minutes that cost nothing.
        free_for: for which stays.
        day_cap_minor: the most a day costs; 0 for no cap.
    """

    steps: tuple[Step, ...]
    free_min: int = 0
    free_for: FreeMinutes = FreeMinutes.SHORT_STAYS
    day_cap_minor: int = 0

    def charged_min(self, stay_min: int) -> int:
        """Return how many minutes of a stay are charged for."""
        if self.free_for is FreeMinutes.EVERY_STAY:
            return max(0, stay_min - self.free_min)
        return 0 if stay_min <= self.free_min else stay_min

    def fee_minor(self, stay_min: int, *, off_min: int = 0) -> int:
        """Return what a stay costs, shortened by free time.

        Args:
            stay_min: from entry to exit, a started minute counted whole.
            off_min: free time that the driver has besides the tariff's own.
        """
        days, rest = divmod(max(0, self.charged_min(stay_min) - off_min), DAY_MIN)
        return days * self._day_fee_minor(DAY_MIN) + self._day_fee_minor(rest)

    def _day_fee_minor(self, minutes: int) -> int:
        fee = start = 0
        for place, step in enumerate(self.steps):
            last = place == len(self.steps) - 1
            end = minutes if last else min(minutes, step.up_to_min)
            if end > start:
                fee += step.price_minor * divide(end - start, step.per_min, Rounding.UP)
                start = end
        return min(fee, self.day_cap_minor) if self.day_cap_minor else fee


def read_tariff(settings: Mapping[str, Any]) -> Tariff:
    """Return the tariff of the plugin's settings; the rows may stand in any order."""
    steps = [
        Step(row["up_to_min"], row["per_min"], row["price_minor"]) for row in settings["steps"]
    ]
    return Tariff(
        steps=tuple(sorted(steps, key=lambda step: step.up_to_min or DAY_MIN)),
        free_min=settings["free_min"],
        free_for=FreeMinutes(settings["free_for"]),
        day_cap_minor=settings["day_cap_minor"],
    )
