"""Refusals of agreements, rates and what is cleared by them."""

from stoa.errors.kinds import ConflictError, NotFoundError

__all__ = [
    "ExitBlockedError",
    "ExitUnknownError",
    "FxRateMissingError",
    "ProposalClosedError",
    "ProposalUnknownError",
    "TaxCodeUnknownError",
]


class FxRateMissingError(ConflictError):
    """No rate from `base` to `quote` money was entered for the business day or one before."""

    slug = "fx-rate-missing"
    title = "No rate of exchange"


class TaxCodeUnknownError(ConflictError):
    """An agreement names a tax that nobody has entered for that day."""

    slug = "tax-code-unknown"
    title = "No such tax"


class ProposalUnknownError(NotFoundError):
    """There is no such proposal."""

    slug = "proposal-unknown"
    title = "No such proposal"


class ProposalClosedError(ConflictError):
    """The proposal was approved, declined or withdrawn before; `state` says which."""

    slug = "proposal-closed"
    title = "The proposal is closed"


class ExitUnknownError(NotFoundError):
    """The partner's exit is not announced."""

    slug = "exit-unknown"
    title = "No such exit"


class ExitBlockedError(ConflictError):
    """The exit can't move on yet; `by` names what stands in its way."""

    slug = "exit-blocked"
    title = "The exit can't move on"
