"""Refusals of batches: files of many rows."""

from stoa.errors.kinds import (
    ConflictError,
    InvalidError,
    MediaTypeUnsupportedError,
    NotFoundError,
    TooLargeError,
    TooManyError,
)

__all__ = [
    "BatchClosedError",
    "BatchTooLargeError",
    "BatchTooLongError",
    "BatchTypeRequiredError",
    "BatchUnknownError",
    "BatchesOpenError",
]


class BatchUnknownError(NotFoundError):
    """The partner has no batch of this id."""

    slug = "batch-unknown"
    title = "No such batch"


class BatchClosedError(ConflictError):
    """The batch is done, or was cancelled before."""

    slug = "batch-closed"
    title = "The batch can't be changed any more"


class BatchTooLargeError(TooLargeError):
    """The file of a batch may have at most 25 MB."""

    slug = "batch-too-large"
    title = "The file is too large"


class BatchTypeRequiredError(MediaTypeUnsupportedError):
    """A batch is a file of the type application/x-ndjson or text/csv, in UTF-8."""

    slug = "batch-type-required"
    title = "Send application/x-ndjson or text/csv"


class BatchTooLongError(InvalidError):
    """A batch has 1 to 50,000 rows."""

    slug = "batch-too-long"
    title = "The file has too many rows, or none"


class BatchesOpenError(TooManyError):
    """The partner has twenty batches that are not done yet."""

    slug = "batches-open"
    title = "Wait until a batch is done"
    retryable = True
    retry_after_s = 60
