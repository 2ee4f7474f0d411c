"""Refusals of households and their pools of points."""

from stoa.errors.kinds import ConflictError, ForbiddenError, NotFoundError

__all__ = [
    "HouseholdBusyError",
    "HouseholdJoinedError",
    "HouseholdRoleError",
    "HouseholdUnknownError",
]


class HouseholdUnknownError(NotFoundError):
    """The member is in no household."""

    slug = "household-unknown"
    title = "No such household"


class HouseholdRoleError(ForbiddenError):
    """The member's part in the household does not allow this; `role` is that part."""

    slug = "household-role"
    title = "The household does not let this member do that"


class HouseholdJoinedError(ConflictError):
    """The member is in a household already: one at a time."""

    slug = "household-joined"
    title = "The member is in a household already"


class HouseholdBusyError(ConflictError):
    """Points of the household are held just now; when the hold has ended, members may leave."""

    slug = "household-busy"
    title = "Points of the household are held just now"
    retryable = True
    retry_after_s = 60
