"""What a partner asks of the transparency log, each as the call it makes, as in `resources`.

What comes is verified by `stoa_sdk.verify`, which asks nobody.
"""

from urllib.parse import quote

from stoa_sdk.calls import Call
from stoa_sdk.inputs import points_count
from stoa_sdk.proofs import LogKeys, LogText, Receipt

__all__ = ["checkpoint", "consistency", "log_keys", "receipt"]


def receipt(member_ref: str, entry: int, *, currency: str | None = None) -> Call[Receipt]:
    """Return the receipt of an entry that names your partner; needs ``balance:read``.

    Raises:
        NotFound: ``ENTRY_UNKNOWN``, there is no such entry of yours.
        Conflict: ``PROOF_NOT_READY``, no signed checkpoint covers it yet: ask in a minute.
    """
    path = f"v1/members/{quote(member_ref, safe='')}/entries/{points_count(entry)}/proof"
    query = {} if currency is None else {"currency": currency}
    return Call(method="GET", path=path, answer=Receipt, query=query)


def checkpoint(size: int | None = None) -> Call[LogText]:
    """Return the log's newest signed checkpoint, or that of a size, with its cosignatures.

    Raises:
        NotFound: ``CHECKPOINT_UNKNOWN``.
    """
    return Call(
        method="GET",
        path="v1/log/checkpoint" + ("" if size is None else f"/{points_count(size)}"),
        answer=LogText,
    )


def consistency(old: int, new: int) -> Call[LogText]:
    """Return the proof that the log of `old` entries is the beginning of that of `new` entries.

    Raises:
        NotFound: ``CHECKPOINT_UNKNOWN``, the log has not signed as many.
    """
    sizes = {"from": str(points_count(old)), "to": str(points_count(new))}
    return Call(method="GET", path="v1/log/consistency", answer=LogText, query=sizes)


def log_keys() -> Call[LogKeys]:
    """Return every key that ever signed the log, and its witnesses."""
    return Call(method="GET", path="v1/log/keys", answer=LogKeys)
