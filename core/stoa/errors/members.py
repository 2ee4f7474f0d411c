"""Refusals about members and the identifiers that lead to them."""

from stoa.errors.kinds import ConflictError, GoneError, LockedError, NotFoundError

__all__ = [
    "IdentifierTakenError",
    "MemberFrozenError",
    "MemberMergedError",
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


class MemberMergedError(GoneError):
    """The member proved to be another one, and the two were merged.

    `member_ref` names the member who goes on, as the caller's partner does.
    """

    slug = "member-merged"
    title = "The member was merged into another one"
