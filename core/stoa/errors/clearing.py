"""Refusals of agreements, rates and what is cleared by them."""

from stoa.errors.kinds import ConflictError, MediaTypeUnsupportedError, NotFoundError

__all__ = [
    "ClosingRunningError",
    "CreditNoteUnknownError",
    "DisputeClosedError",
    "DisputeUnknownError",
    "DisputeWindowError",
    "EvidenceTypeRequiredError",
    "ExitBlockedError",
    "ExitUnknownError",
    "FxRateMissingError",
    "PaymentClosedError",
    "PaymentFileUnknownError",
    "PaymentUnknownError",
    "PeriodNotNextError",
    "PeriodNotOverError",
    "PeriodOpenError",
    "ProposalClosedError",
    "ProposalUnknownError",
    "StatementUnknownError",
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


class PeriodOpenError(ConflictError):
    """The period is not closed, so that nothing of it is settled yet; `period` names it."""

    slug = "period-open"
    title = "The period is not closed"


class PaymentUnknownError(NotFoundError):
    """There is no such payment, or it is another partner's."""

    slug = "payment-unknown"
    title = "No such payment"


class PaymentFileUnknownError(NotFoundError):
    """There is no such file."""

    slug = "payment-file-unknown"
    title = "No such payment file"


class PaymentClosedError(ConflictError):
    """The payment is not where this step begins: `state` says where it is."""

    slug = "payment-closed"
    title = "The payment is closed"


class StatementUnknownError(NotFoundError):
    """There is no statement of this id, or it is another partner's."""

    slug = "statement-unknown"
    title = "No such statement"


class DisputeUnknownError(NotFoundError):
    """There is no such dispute, or it is another partner's."""

    slug = "dispute-unknown"
    title = "No such dispute"


class DisputeClosedError(ConflictError):
    """The dispute was decided, withdrawn or lapsed before; `state` says which."""

    slug = "dispute-closed"
    title = "The dispute is closed"


class DisputeWindowError(ConflictError):
    """The statement was accepted: its window for disputes ended with the day `disputes_until`."""

    slug = "dispute-window"
    title = "The window for disputes is over"


class EvidenceTypeRequiredError(MediaTypeUnsupportedError):
    """Evidence is a PDF, PNG, JPEG, CSV or text in UTF-8."""

    slug = "evidence-type-required"
    title = "Send a PDF, PNG, JPEG, CSV or text"


class CreditNoteUnknownError(NotFoundError):
    """There is no such credit note, or it is another partner's."""

    slug = "credit-note-unknown"
    title = "No such credit note"


class PeriodNotOverError(ConflictError):
    """The last business day of a period is not over yet; `last_day` is that day."""

    slug = "period-not-over"
    title = "The period is not over"


class PeriodNotNextError(ConflictError):
    """An earlier period is open; `next_period` is the one to close first."""

    slug = "period-not-next"
    title = "An earlier period is open"


class ClosingRunningError(ConflictError):
    """Another process closes a period just now; nothing was done."""

    slug = "closing-running"
    title = "A close is already running"
    retryable = True


class ExitUnknownError(NotFoundError):
    """The partner's exit is not announced."""

    slug = "exit-unknown"
    title = "No such exit"


class ExitBlockedError(ConflictError):
    """The exit can't move on yet; `by` names what stands in its way."""

    slug = "exit-blocked"
    title = "The exit can't move on"
