"""Refusals of activities: unknown, closed, done before, too soon, unproven, beyond a limit."""

from typing import Any

from stoa.errors.kinds import (
    ConflictError,
    InvalidError,
    NotFoundError,
    TooManyError,
)

__all__ = [
    "ActivityClosedError",
    "ActivityDoneError",
    "ActivityLimitError",
    "ActivityTooSoonError",
    "ActivityUnknownError",
    "CodeUnknownError",
    "ProofRefusedError",
    "TooManyGuessesError",
]


class ActivityUnknownError(NotFoundError):
    """No activity of this code holds, or not at this partner or store."""

    slug = "activity-unknown"
    title = "No such activity"


class CodeUnknownError(NotFoundError):
    """There is no such code of an activity, or it is another partner's."""

    slug = "code-unknown"
    title = "No such code"


class ActivityClosedError(ConflictError):
    """The activity has not begun, or is over; `since` and `until` name its days."""

    slug = "activity-closed"
    title = "The activity is not open now"


class ActivityDoneError(ConflictError):
    """The member did it for this before, or somebody did it with the same device or proof."""

    slug = "activity-done"
    title = "This earned before"


class ActivityLimitError(ConflictError):
    """The activity's budget is spent, or the member's limit is reached; `by` says which."""

    slug = "activity-limit"
    title = "The activity gives no more points"


class ActivityTooSoonError(ConflictError):
    """The member did it a moment ago; it earns again after `retry_after_s` seconds."""

    slug = "activity-too-soon"
    title = "This was done a moment ago"
    retryable = True

    def __init__(self, detail: str = "", **members: Any) -> None:  # noqa: ANN401 - any JSON
        super().__init__(detail, **members)
        self.retry_after_s = members.get("retry_after_s", 60)


class ProofRefusedError(InvalidError):
    """The proof is none: a code that is wrong, over or used up, another member's purchase.

    Which of these it was is not told; of a profile, `missing` names what it lacks.
    """

    slug = "proof-refused"
    title = "The proof is not valid"


class TooManyGuessesError(TooManyError):
    """Too many wrong codes came from the member or the partner; wait `retry_after_s` seconds."""

    slug = "too-many-guesses"
    title = "Too many wrong codes"
    retryable = True

    def __init__(self, detail: str = "", **members: Any) -> None:  # noqa: ANN401 - any JSON
        super().__init__(detail, **members)
        self.retry_after_s = members.get("retry_after_s", 300)
