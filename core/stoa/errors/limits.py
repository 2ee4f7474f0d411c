"""Refusals of who asks for too much, or at the wrong address."""

from typing import Any

from stoa.errors.kinds import MisdirectedError, TooManyError, UnavailableError

__all__ = ["HostUnknownError", "OverloadedError", "RateLimitedError"]


class HostUnknownError(MisdirectedError):
    """The request names a host that is not this installation's."""

    slug = "host-unknown"
    title = "This is not the address of this alliance"


class RateLimitedError(TooManyError):
    """The partner asks for more than its share; wait `retry_after_s` seconds."""

    slug = "rate-limited"
    title = "Too many requests"
    retryable = True

    def __init__(self, detail: str = "", **members: Any) -> None:  # noqa: ANN401 - any JSON
        super().__init__(detail, **members)
        self.retry_after_s = members.get("retry_after_s", 1)


class OverloadedError(UnavailableError):
    """There is more to do than can be done just now; nothing was done."""

    slug = "overloaded"
    title = "There is too much to do just now"
