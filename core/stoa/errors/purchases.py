"""Refusals of purchases and of what comes back of them."""

from stoa.errors.kinds import ConflictError, InvalidError, NotFoundError

__all__ = [
    "AlreadyReturnedError",
    "BackdateTooOldError",
    "ExceedsPurchaseError",
    "LinesDoNotSumError",
    "OccursInFutureError",
    "PurchaseClosedError",
    "PurchaseRefusedError",
    "PurchaseUnknownError",
    "ReceiptClaimedError",
    "ReturnResolvedError",
    "ReturnUnknownError",
]


class PurchaseUnknownError(NotFoundError):
    """The partner has no purchase of this id."""

    slug = "purchase-unknown"
    title = "No such purchase"


class AlreadyReturnedError(ConflictError):
    """The purchase, or all of this line, was returned before."""

    slug = "already-returned"
    title = "Already returned"


class PurchaseClosedError(ConflictError):
    """The purchase is void, or its business day is over."""

    slug = "purchase-closed"
    title = "The purchase can't be changed any more"


class ReceiptClaimedError(ConflictError):
    """A purchase with this store, terminal, receipt number and business date exists."""

    slug = "receipt-already-claimed"
    title = "This receipt was already reported"


class LinesDoNotSumError(InvalidError):
    """The tenders of a purchase must add up to its lines, those of a return to what comes back."""

    slug = "lines-do-not-sum"
    title = "Lines and tenders differ"


class BackdateTooOldError(InvalidError):
    """The partner's agreement limits how far back a purchase may lie."""

    slug = "backdate-too-old"
    title = "The purchase is too old"


class OccursInFutureError(InvalidError):
    """A purchase may lie at most five minutes ahead of the server's clock."""

    slug = "occurs-in-future"
    title = "The purchase lies in the future"


class ExceedsPurchaseError(InvalidError):
    """All returns together may not exceed what was bought, of a line, a tender or in all.

    What is left stands in `left_milli` or `left_minor`, with the `line_no` or `tender` it is of.
    """

    slug = "exceeds-purchase"
    title = "More returned than bought"


class PurchaseRefusedError(InvalidError):
    """The partner's plugin refused the purchase; `reason` says why."""

    slug = "purchase-refused"
    title = "The partner's rules refuse the purchase"


class ReturnUnknownError(NotFoundError):
    """The partner has no waiting return of this id."""

    slug = "return-unknown"
    title = "No such return"


class ReturnResolvedError(ConflictError):
    """The return does not wait any more: it was matched, refused or dropped."""

    slug = "return-already-resolved"
    title = "The return is already resolved"
