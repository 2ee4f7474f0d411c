"""What the worker does for draws by the clock, one step a call."""

from collections.abc import Callable

from stoa.services.draws import cancelling, prizes, raffles
from stoa.work import Work

__all__ = ["attend"]


def attend(work: Work, *, stopping: Callable[[], bool] = lambda: False) -> int:
    """Do the next thing that is due: close, reveal, give back, give, let lapse.

    Returns:
        1 where something was due, else 0.
    """
    steps: tuple[Callable[[Work], int], ...] = (
        cancelling.refund_due, raffles.close_due, raffles.reveal_due, prizes.give_due,
        prizes.lapse,
    )  # fmt: skip
    for step in steps:
        if stopping():
            return 0
        if step(work):
            return 1
    return 0
