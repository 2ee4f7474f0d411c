"""Refusals about car parks: plates, gates, stays and what is due for them."""

from stoa.errors.kinds import ConflictError, NotFoundError

__all__ = [
    "GateEventTakenError",
    "PlateLimitError",
    "PlateTakenError",
    "PlateUnknownError",
    "StayUnknownError",
]


class PlateUnknownError(NotFoundError):
    """The caller bound no such plate to this member."""

    slug = "plate-unknown"
    title = "No such plate"


class StayUnknownError(NotFoundError):
    """The partner's car parks know of no such stay."""

    slug = "stay-unknown"
    title = "No such stay"


class PlateLimitError(ConflictError):
    """The member has as many plates as one may have: `most`."""

    slug = "plate-limit"
    title = "The member has enough plates"


class PlateTakenError(ConflictError):
    """Other members have this plate."""

    slug = "plate-taken"
    title = "Other members have this plate"


class GateEventTakenError(ConflictError):
    """The car park used this event id for something else that a gate saw; `event_id` names it."""

    slug = "gate-event-taken"
    title = "Another event has this id"
