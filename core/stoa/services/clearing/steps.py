"""What happens at a close, in order: each step reads the period's sums and enters what follows.

A step is a pure function of what is booked, of what was agreed, and of rates: nothing of its own
time or of chance may be in what it enters. Later steps see what earlier ones entered.
"""

from collections.abc import Callable, Iterable

from stoa.services import liability
from stoa.services.clearing import rounding, taxes
from stoa.services.clearing.parties import Closing
from stoa.services.journal import NewEntry
from stoa.values.clearing.sums import Sum
from stoa.work import Work

__all__ = ["STEPS", "Step"]

Step = Callable[[Work, Closing, list[Sum]], Iterable[NewEntry]]


def _revenue(work: Work, closing: Closing, _sums: list[Sum]) -> Iterable[NewEntry]:
    """Reckon the liability, which books the revenue of the period itself."""
    liability.close(work, closing.points_currency, closing.period)
    return ()


STEPS: tuple[tuple[str, Step], ...] = (
    ("revenue", _revenue),
    ("taxes", taxes.enter),
    ("rounding", rounding.enter),
)
"""The steps by their names; rounding is last, so that all positions are whole after it."""
