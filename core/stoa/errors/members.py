"""Refusals about members and the identifiers that lead to them."""

from typing import Any

from stoa.errors.kinds import (
    ConflictError,
    ForbiddenError,
    GoneError,
    LockedError,
    NotFoundError,
    UnauthorizedError,
)

__all__ = [
    "CodeExpiredError",
    "CodeUsedError",
    "IdentifierTakenError",
    "MemberFrozenError",
    "MemberMergedError",
    "MemberUnknownError",
    "PinLockedError",
    "PinWrongError",
    "StaticTokenError",
    "StepUpRequiredError",
]


class MemberUnknownError(NotFoundError):
    """No member has this token or reference."""

    slug = "member-unknown"
    title = "No such member"


class IdentifierTakenError(ConflictError):
    """The card, phone, e-mail or partner reference belongs to another member."""

    slug = "identifier-taken"
    title = "Another member has this identifier"


class MemberFrozenError(LockedError):
    """The membership is frozen: points neither come nor go."""

    slug = "member-frozen"
    title = "The member is frozen"


class MemberMergedError(GoneError):
    """The member proved to be another one, and the two were merged.

    `member_ref` names the member who goes on, as the caller's partner does.
    """

    slug = "member-merged"
    title = "The member was merged into another one"


class CodeExpiredError(GoneError):
    """The member code was shown too long ago, or was never one."""

    slug = "code-expired"
    title = "The member code is no longer valid"


class CodeUsedError(ConflictError):
    """The member code has paid for something already: each one does so once (RAC-08)."""

    slug = "code-used"
    title = "The member code was used before"


class StaticTokenError(ForbiddenError):
    """What never changes can be copied: it may earn and look up, never spend (FRD-07).

    `token_type` is what was shown, `ways` are those that may spend; `scope` is what the client
    would need to spend by a `member_ref`, where that was shown.
    """

    slug = "static-token"
    title = "This way of naming a member may not spend"


class StepUpRequiredError(UnauthorizedError):
    """So many points need the member's PIN or confirmation; `ways` says which the member has."""

    slug = "step-up-required"
    title = "The member has to confirm"


class PinWrongError(ForbiddenError):
    """The member's PIN is another one; after `left_tries` more it is locked."""

    slug = "pin-wrong"
    title = "The PIN is wrong"


class PinLockedError(LockedError):
    """Too many PINs were wrong; none is looked at for `retry_after_s` seconds."""

    slug = "pin-locked"
    title = "The PIN is locked"
    retryable = True

    def __init__(self, detail: str = "", **members: Any) -> None:  # noqa: ANN401 - any JSON
        super().__init__(detail, **members)
        self.retry_after_s = members.get("retry_after_s", 900)
