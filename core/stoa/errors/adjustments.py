"""Refusals of adjustments by the operator's people."""

from stoa.errors.kinds import ConflictError, ForbiddenError, NotFoundError

__all__ = ["AdjustmentClosedError", "AdjustmentUnknownError", "FourEyesError"]


class FourEyesError(ForbiddenError):
    """A second person has to approve this: nobody approves what they proposed themselves."""

    slug = "four-eyes"
    title = "A second person has to approve this"


class AdjustmentUnknownError(NotFoundError):
    """There is no adjustment of this id."""

    slug = "adjustment-unknown"
    title = "No such adjustment"


class AdjustmentClosedError(ConflictError):
    """The adjustment was decided or reversed before; `state` says what it is now."""

    slug = "adjustment-closed"
    title = "The adjustment is already closed"
