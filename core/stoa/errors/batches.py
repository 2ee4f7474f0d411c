"""Refusals of batches: files of many rows."""

from stoa.errors.kinds import MediaTypeUnsupportedError, NotFoundError, TooManyError

__all__ = [
    "BatchTypeRequiredError",
    "BatchUnknownError",
    "BatchesOpenError",
]


class BatchUnknownError(NotFoundError):
    """The partner has no batch of this id."""

    slug = "batch-unknown"
    title = "No such batch"


class BatchTypeRequiredError(MediaTypeUnsupportedError):
    """A batch is a file of the type application/x-ndjson or text/csv, in UTF-8."""

    slug = "batch-type-required"
    title = "Send application/x-ndjson or text/csv"


class BatchesOpenError(TooManyError):
    """The partner has twenty batches that are not done yet."""

    slug = "batches-open"
    title = "Wait until a batch is done"
    retryable = True
    retry_after_s = 60
