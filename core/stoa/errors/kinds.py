"""What every refusal is, and the kinds of refusals: one class a status."""

from typing import Any, ClassVar

__all__ = [
    "BadRequestError",
    "ConflictError",
    "ForbiddenError",
    "GoneError",
    "InvalidError",
    "LockedError",
    "MediaTypeUnsupportedError",
    "MethodNotAllowedError",
    "MisdirectedError",
    "NotFoundError",
    "StoaError",
    "TooLargeError",
    "TooManyError",
    "UnauthorizedError",
    "UnavailableError",
    "UnpaidError",
    "refusals",
]


class StoaError(Exception):
    """A deed was refused and had no effect.

    Attributes:
        slug: names the reason and its page.
        title: the reason in a few words.
        status: the HTTP status.
        retryable: whether the same request may succeed later, after `retry_after_s` if known.
        members: machine-readable facts, with units in their names.
    """

    slug: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Something went wrong on our side"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False
    retry_after_s: int | None = None

    def __init__(self, detail: str = "", **members: Any) -> None:  # noqa: ANN401 - any JSON
        super().__init__(detail or self.title)
        self.members = members

    @property
    def code(self) -> str:
        """The stable code, such as ``INSUFFICIENT_POINTS``."""
        return self.slug.upper().replace("-", "_")


def refusals() -> list[type[StoaError]]:
    """Return every concrete refusal: by status, then by name."""
    return [
        refusal
        for group in StoaError.__subclasses__()
        for refusal in sorted(group.__subclasses__(), key=lambda each: each.__name__)
    ]


class BadRequestError(StoaError):
    """The request can't be read."""

    status = 400


class UnauthorizedError(StoaError):
    """The caller is not known."""

    status = 401


class UnpaidError(StoaError):
    """Nobody has paid for what is asked (RFC 9110 §15.5.3)."""

    status = 402


class ForbiddenError(StoaError):
    """The caller may not do this."""

    status = 403


class NotFoundError(StoaError):
    """The thing is not there, or not the caller's: both answer alike."""

    status = 404


class MethodNotAllowedError(StoaError):
    """The path is right, the method is not."""

    status = 405


class ConflictError(StoaError):
    """The deed does not fit the present state."""

    status = 409


class GoneError(StoaError):
    """The thing was there, and is no more; the answer may name what took its place."""

    status = 410


class TooLargeError(StoaError):
    """The request is too large."""

    status = 413


class MediaTypeUnsupportedError(StoaError):
    """The body is of a kind that is not read here."""

    status = 415


class MisdirectedError(StoaError):
    """The request came to a server that does not answer for its host (RFC 9110 §15.5.20)."""

    status = 421


class InvalidError(StoaError):
    """The request was read and makes no sense."""

    status = 422


class LockedError(StoaError):
    """The thing is locked."""

    status = 423


class TooManyError(StoaError):
    """The caller tries too often (RFC 6585 §4)."""

    status = 429


class UnavailableError(StoaError):
    """Something that is needed is not there just now."""

    status = 503
    retryable = True
    retry_after_s = 1
