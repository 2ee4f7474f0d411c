"""Refusals about car parks: plates, gates, stays and what is due for them."""

from stoa.errors.kinds import ConflictError, NotFoundError

__all__ = [
    "GateEventTakenError",
    "ParkingQuoteChangedError",
    "ParkingQuoteClosedError",
    "ParkingQuoteExpiredError",
    "ParkingQuoteUnknownError",
    "PlateLimitError",
    "PlateTakenError",
    "PlateUnknownError",
    "StayHeldError",
    "StayOddError",
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


class StayOddError(ConflictError):
    """An event of the stay is missing, so nobody knows how long it took; `odd` says which."""

    slug = "stay-odd"
    title = "The length of the stay is not known"


class ParkingQuoteUnknownError(NotFoundError):
    """The partner has no such quote of a stay."""

    slug = "parking-quote-unknown"
    title = "No such parking quote"


class ParkingQuoteChangedError(ConflictError):
    """What is due is no longer what was quoted: a receipt came back, or hours were used."""

    slug = "parking-quote-changed"
    title = "What is due has changed since the quote"


class ParkingQuoteClosedError(ConflictError):
    """The quote is held, paid, released or has ended; `state` says which."""

    slug = "parking-quote-closed"
    title = "The quote is already resolved"


class ParkingQuoteExpiredError(ConflictError):
    """The quote was good until `leave_by`, which is over."""

    slug = "parking-quote-expired"
    title = "The quote has expired"


class StayHeldError(ConflictError):
    """Another quote of this stay is held: capture or release that one first."""

    slug = "stay-held"
    title = "Another quote of this stay is held"
