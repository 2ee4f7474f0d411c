"""Evidence: files of a few kinds, checked by their bytes, and only ever sent back as they came."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

from stoa.errors import DisputeClosedError, DisputeUnknownError, InvalidBodyError
from stoa.models.disputes import DisputeEvidence
from stoa.services import audit
from stoa.services.disputes.lists import find, given
from stoa.values.clearing.disputing import EVIDENCE_BYTES, evidence_type
from stoa.work import Work, alliance_wide

__all__ = ["MOST_FILES", "Evidence", "add_evidence", "evidence_of"]

MOST_FILES = 10
"""The most files of one dispute."""

_MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file as it came; never sent but as a download."""

    name: str
    media_type: str
    content: bytes


def add_evidence(work: Work, dispute_id: UUID, name: str, data: bytes) -> int:
    """Keep a file with an open dispute; return its number, the same for the same file.

    Raises:
        DisputeUnknownError: there is no such dispute.
        DisputeClosedError: it is not open.
        InvalidBodyError: it is no PDF, PNG, JPEG, CSV or text, too large, or one too many.
    """
    work.session.connection()
    work.rows("SELECT pg_advisory_xact_lock(5763, hashtext(%s)) IS NULL", (str(dispute_id),))
    dispute = find(work, dispute_id)
    if dispute.state != "open":
        raise DisputeClosedError(state=dispute.state)
    digest = hashlib.sha256(data).hexdigest()
    known = _numbered(work, dispute_id)
    if digest in known:
        return known[digest]
    media_type = evidence_type(data, name)
    if media_type is None:
        text = f"Hand in a PDF, PNG, JPEG, CSV or text of at most {EVIDENCE_BYTES // 1_000_000} MB."
        raise InvalidBodyError(errors={"evidence": [text]})
    if len(known) >= MOST_FILES:
        raise InvalidBodyError(errors={"evidence": [f"At most {MOST_FILES} files are kept."]})
    shown = "".join(each for each in name if each.isprintable() and each not in '/\\"')
    number = len(known) + 1
    work.session.add(
        DisputeEvidence(
            dispute_id=dispute_id, n=number, name=shown.strip()[-_MAX_NAME:] or "evidence",
            media_type=media_type, content=data, sha256=digest, partner_id=work.actor.partner_id,
            given_at=work.now(), given_by=work.actor.name,
        )
    )  # fmt: skip
    work.session.flush()
    audit.record(
        work, "dispute.evidence", dispute.public_id,
        after={"n": number, "media_type": media_type, "sha256": digest},
    )  # fmt: skip
    return number


def evidence_of(work: Work, dispute_id: UUID, n: int) -> Evidence:
    """Return a file that was handed in; of a partner's actor what it handed in itself.

    Raises:
        DisputeUnknownError: there is no such dispute or file.
    """
    find(work, dispute_id)
    rows = work.rows(
        "SELECT name, media_type, content FROM dispute_evidence WHERE dispute_id = %s AND n = %s",
        (dispute_id, n),
    )
    if not rows:
        raise DisputeUnknownError
    return Evidence(rows[0][0], rows[0][1], bytes(rows[0][2]))


@alliance_wide  # numbers run over what both sides handed in
def _numbered(work: Work, dispute_id: UUID) -> dict[str, int]:
    return {each.sha256: each.n for each in given(work, dispute_id)}
