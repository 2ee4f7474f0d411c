"""Refusals of the transparency log."""

from stoa.errors.kinds import ConflictError, InvalidError, NotFoundError

__all__ = [
    "CheckpointUnknownError",
    "CosignatureRefusedError",
    "ProofNotReadyError",
]


class CheckpointUnknownError(NotFoundError):
    """The log has signed no checkpoint of this size, or none at all yet."""

    slug = "checkpoint-unknown"
    title = "No such checkpoint"


class ProofNotReadyError(ConflictError):
    """The entry is not in a signed checkpoint yet; it will be in a minute or two."""

    slug = "proof-not-ready"
    title = "The proof is not ready"
    retryable = True
    retry_after_s = 60


class CosignatureRefusedError(InvalidError):
    """A cosignature has to be a good one, of a known witness, under a checkpoint of this log."""

    slug = "cosignature-refused"
    title = "The cosignature is refused"
