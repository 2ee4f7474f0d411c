"""Let a challenge hold, with its budget: a large one only by two people."""

from stoa.services import rulebook
from stoa.services.challenges import rewards
from stoa.services.challenges.documents import KIND, version
from stoa.services.rulebook import Book
from stoa.work import Work

__all__ = ["activate"]


def activate(work: Work, code: str, number: int | None = None) -> Book:
    """Let a version hold, the latest by default, with its budget; return the book.

    What was paid of the challenge before counts on the budget.

    Raises:
        RuleUnknownError: there is no such challenge or version.
        RuleStateError: the challenge has ended.
        FourEyesError: as `rulebook.check_eyes`.
    """
    chosen = number or rulebook.find(work, KIND, code).latest
    one = version(work, code, chosen)
    rulebook.check_eyes(work, KIND, code, chosen)
    book = rulebook.activate(work, KIND, code, chosen)
    if one.challenge.reward is not None:
        rewards.fund(work, one)
    return book
