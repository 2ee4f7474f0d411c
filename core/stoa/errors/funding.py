"""Refusals of what partners fund: their packs and their credit."""

from typing import Any
from uuid import UUID

from stoa.errors.kinds import ConflictError, NotFoundError, UnpaidError

__all__ = ["PackUnknownError", "PackUsedError", "PartnerFundingExhaustedError"]


class PartnerFundingExhaustedError(UnpaidError):
    """The partner who pays the points has not funded so many, and none of them was issued.

    `funding` says which limit it was: ``packs`` with `wanted_points` and `left_points`, or
    ``credit`` with `wanted_amount` and `left_amount`, decimal texts in `money_currency`. The caller
    is told these of itself alone; `payer_id` is not told to anybody.
    """

    slug = "partner-funding-exhausted"
    title = "The partner's funding is exhausted"
    retryable = True

    def __init__(
        self,
        detail: str = "",
        *,
        payer_id: UUID | None = None,
        **members: Any,  # noqa: ANN401 - any JSON
    ) -> None:
        super().__init__(detail, **members)
        self.payer_id = payer_id


class PackUnknownError(NotFoundError):
    """There is no pack of this id."""

    slug = "pack-unknown"
    title = "No such pack"


class PackUsedError(ConflictError):
    """Only unused points of a pack are refunded; `unused_points` says how many these are."""

    slug = "pack-used"
    title = "So many points of the pack are not unused"
