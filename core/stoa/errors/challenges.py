"""Refusals of challenges and of chances to be promoted."""

from stoa.errors.kinds import ConflictError, NotFoundError

__all__ = [
    "ChallengeClosedError",
    "ChallengeUnknownError",
    "ChanceClosedError",
    "ChanceLimitError",
    "ChanceTopTierError",
    "ChanceUnknownError",
]


class ChallengeUnknownError(NotFoundError):
    """No challenge of this code is on."""

    slug = "challenge-unknown"
    title = "No such challenge"


class ChallengeClosedError(ConflictError):
    """The challenge is not on today, or everybody takes part in it without joining."""

    slug = "challenge-closed"
    title = "This challenge can't be joined"


class ChanceUnknownError(NotFoundError):
    """The member has no such chance, or none of this code is on offer."""

    slug = "chance-unknown"
    title = "No such chance"


class ChanceClosedError(ConflictError):
    """The chance was used, drawn or given back before, or its time to do so is over.

    `state` is what became of it.
    """

    slug = "chance-closed"
    title = "The chance is closed"


class ChanceLimitError(ConflictError):
    """A member buys only so many chances in a calendar year; `most_per_year` tells how many."""

    slug = "chance-limit"
    title = "No more chances this year"


class ChanceTopTierError(ConflictError):
    """There is no tier above the member's: a chance would be worth nothing; `tier` tells it."""

    slug = "chance-top-tier"
    title = "There is no higher tier"
