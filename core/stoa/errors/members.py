"""Refusals about members and the identifiers that lead to them."""

from stoa.errors.kinds import ConflictError, LockedError, NotFoundError

__all__ = [
    "IdentifierTakenError",
    "MemberFrozenError",
    "MemberUnknownError",
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
