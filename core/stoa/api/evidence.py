"""The door of evidence: files that a partner hands in with a dispute."""

from dataclasses import dataclass
from typing import Any, Final

from apiflask import APIBlueprint
from marshmallow import fields, post_load

from stoa.api.answers import AnswerSchema
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import Text
from stoa.api.schemas import StrictSchema
from stoa.errors import (
    DisputeClosedError,
    DisputeUnknownError,
    EvidenceTypeRequiredError,
)
from stoa.services import disputes, idempotency
from stoa.values.clearing.disputing import EVIDENCE_BYTES
from stoa.values.identifiers import public_id, uuid_of

__all__ = ["create_blueprint"]

_KINDS: Final = {
    "application/pdf": "%PDF-1.7",
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "text/csv": "receipt_no,points\nR-1002,500\n",
    "text/plain": "These redemptions were not at our tills.",
}


@dataclass(frozen=True, slots=True)
class Named:
    """What the file is called."""

    name: str


class EvidenceQuery(StrictSchema):
    """The name of the file: it is kept with it, and a text is a table where it ends in ``.csv``."""

    name = Text(1, 100, required=True, metadata={"examples": ["receipts.pdf"]})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Named:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Named(**data)


class EvidenceAnswer(AnswerSchema):
    """A file that is kept with a dispute; its type is told by its bytes."""

    dispute_id = fields.String(metadata={"examples": ["dsp_01hq3v9w8m5k2r7t4x6z0b1c2d"]})
    n = fields.Integer(metadata={"description": "its number; the same file has the same"})
    name = fields.String()
    media_type = fields.String(metadata={"enum": list(_KINDS)})
    size = fields.Integer(metadata={"description": "bytes"})
    sha256 = fields.String()


_QUERY = EvidenceQuery()


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the door."""
    blueprint = APIBlueprint("evidence", __name__, tag="Clearing")

    @door(
        blueprint, "/disputes/<dispute_id>/evidence", scope="disputes:write", file=_KINDS,
        query=_QUERY, gives=EvidenceAnswer, status=201,
        refuses=[DisputeUnknownError, DisputeClosedError, EvidenceTypeRequiredError],
    )  # fmt: skip
    def add_evidence(call: Call, dispute_id: str) -> tuple[Answer, bool]:
        """Hand in a file with an open dispute; it is kept as it came."""
        named, found = call.query(_QUERY, Named), uuid_of("dsp", dispute_id)
        if found is None:
            raise DisputeUnknownError
        with call.work() as work:
            disputes.find(work, found)  # before a large file is read
        _, raw = call.file(_KINDS, EVIDENCE_BYTES, EvidenceTypeRequiredError)
        with call.work() as work:

            def deed() -> Answer:
                n = disputes.add_evidence(work, found, named.name, raw)
                kept = next(each for each in disputes.given(work, found) if each.n == n)
                return {
                    "dispute_id": public_id("dsp", found), "n": n, "name": kept.name,
                    "media_type": kept.media_type, "size": kept.size, "sha256": kept.sha256,
                }  # fmt: skip

            return idempotency.once(work, call.key, deed)

    return blueprint
