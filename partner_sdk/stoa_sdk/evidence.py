"""Evidence: files that are handed in with a dispute, by `client.disputes.add_evidence`."""

import mimetypes
from dataclasses import dataclass

from stoa_sdk.calls import Call, read_key, segment
from stoa_sdk.records import Record

__all__ = ["Evidence", "handed_in"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence(Record):
    """A file that is kept with a dispute.

    Attributes:
        n: its number; the same file again has the same.
        media_type: told by its bytes.
        size: bytes.
    """

    dispute_id: str
    n: int
    name: str
    media_type: str
    size: int
    sha256: str


def handed_in(
    dispute: str,
    name: str,
    data: bytes,
    *,
    media_type: str | None = None,
    idempotency_key: str | None = None,
) -> Call[Evidence]:
    """Hand in a file with an open dispute; needs ``disputes:write``.

    Args:
        name: of the file, such as ``receipts.pdf``.
        data: its bytes, at most 5 MB: a PDF, PNG, JPEG, CSV or text in UTF-8.
        media_type: by default what the name says.
    """
    kind = media_type or mimetypes.guess_type(name)[0] or "text/plain"
    return Call(
        method="POST", path=f"v1/disputes/{segment(dispute)}/evidence", answer=Evidence,
        key=read_key(idempotency_key), query={"name": name}, content=data, content_type=kind,
    )  # fmt: skip
