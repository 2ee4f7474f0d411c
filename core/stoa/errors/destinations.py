"""The refusal of an address that we may send nothing to."""

from stoa.errors.kinds import InvalidError

__all__ = ["DestinationNotAllowedError"]


class DestinationNotAllowedError(InvalidError):
    """We send requests to public host names on port 443 only (reliability P10)."""

    slug = "destination-not-allowed"
    title = "We may not send anything to that address"
