"""Refusals about sandboxes."""

from stoa.errors.kinds import ConflictError, NotFoundError, UnavailableError

__all__ = [
    "SandboxBusyError",
    "SandboxOpenError",
    "SandboxUnavailableError",
    "SandboxUnknownError",
]


class SandboxUnknownError(NotFoundError):
    """The partner has no sandbox."""

    slug = "sandbox-unknown"
    title = "There is no such sandbox"


class SandboxOpenError(ConflictError):
    """The partner has a sandbox already: reset it, or close it first."""

    slug = "sandbox-open"
    title = "The sandbox is open already"


class SandboxBusyError(ConflictError):
    """The sandbox is being opened, reset or closed just now."""

    slug = "sandbox-busy"
    title = "The sandbox is being made anew"
    retryable = True
    retry_after_s = 2


class SandboxUnavailableError(UnavailableError):
    """No sandbox can be made here; the detail says what the operator has to do."""

    slug = "sandbox-unavailable"
    title = "No sandbox can be made here"
    retryable = False
