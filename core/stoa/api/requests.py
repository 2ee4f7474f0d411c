"""The door to a partner's own requests of the last days, as the journal kept them."""

from dataclasses import dataclass
from typing import Any

from apiflask import APIBlueprint
from marshmallow import ValidationError, fields, post_load

from stoa.api.answers import AnswerSchema, instant
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import Instant, Quick, Text, Word
from stoa.api.history import Digits
from stoa.api.schemas import StrictSchema
from stoa.models import NOBODY
from stoa.services import requests
from stoa.services.requests import Kept, Wanted

__all__ = ["create_blueprint"]

_MOST, _USUAL = 200, 50


class Statuses(Quick, fields.String):
    """A status such as ``409``, or ``4xx`` for all that begin so."""

    def __init__(self) -> None:
        bounds = {"pattern": "^[1-5]([0-9][0-9]|xx)$", "minLength": 3, "maxLength": 3}
        super().__init__(metadata=bounds | {"description": "`409`, or `4xx` for all of them"})

    def read(self, value: Any) -> str:  # noqa: ANN401 - parsed JSON
        """Return the text, or refuse it."""
        known = type(value) is str and len(value) == 3 and value[0] in "12345"  # noqa: PLR2004
        if not known or not (value[1:] == "xx" or (value.isascii() and value.isdigit())):
            raise ValidationError("Write a status such as 409, or 4xx.")
        return str(value)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which requests to list."""

    wanted: Wanted
    limit: int


class RequestsQuery(StrictSchema):
    """Which requests to list; all by default."""

    status = Statuses()
    method = Word(("GET", "POST"))
    path = Text(1, 256, metadata={"description": "what the path begins with, as `/v1/purchases`"})
    since = Instant(metadata={"description": "not what came before"})
    cursor = Text(1, 64)
    limit = Digits(_MOST)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Asked:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        wanted = Wanted(
            data.get("status", ""), data.get("method", ""), data.get("path", ""),
            data.get("since"), data.get("cursor", ""),
        )  # fmt: skip
        return Asked(wanted, data.get("limit", _USUAL))


class LoggedRequestAnswer(AnswerSchema):
    """A request of yours; what is secret or of a person is masked (`•••`)."""

    request_id = fields.String(required=True, metadata={"description": "as the answer told"})
    at = fields.String(required=True, metadata={"format": "date-time"})
    method = fields.String(required=True)
    door = fields.String(required=True, metadata={"description": "the path with names for its ids"})
    path = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(
        required=True, allow_none=True, metadata={"description": "of the problem, if refused"}
    )
    duration_us = fields.Integer(
        required=True, metadata={"description": "microseconds within our server"}
    )
    idempotency_key = fields.String(required=True, allow_none=True)
    client_id = fields.String(required=True)
    body = fields.String(
        required=True, allow_none=True, metadata={"description": "the first 2,000 letters"}
    )
    answer = fields.String(
        required=True, allow_none=True, metadata={"description": "the first 2,000 letters"}
    )


class RequestsAnswer(AnswerSchema):
    """A page of your requests, the latest first."""

    requests = fields.List(fields.Nested(LoggedRequestAnswer), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


_REQUESTS = RequestsQuery()


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the door."""
    blueprint = APIBlueprint("requests", __name__, tag="Requests")

    @door(
        blueprint, "/requests", scope="requests:read", gives=RequestsAnswer, query=_REQUESTS
    )  # fmt: skip
    def list_requests(call: Call) -> Answer:
        """List your requests of the last days, the latest first."""
        asked = call.query(_REQUESTS, Asked)
        with call.work() as work:
            partner_id = work.actor.partner_id or NOBODY
            found = requests.page(work, partner_id, asked.wanted, limit=asked.limit + 1)
        shown = found[: asked.limit]
        more = shown[-1].public_id if len(found) > asked.limit else None
        return {"requests": [_told(each) for each in shown], "next_cursor": more}

    return blueprint


def _told(each: Kept) -> Answer:
    return {
        "request_id": each.request_id,
        "at": instant(each.at),
        "method": each.method,
        "door": each.route,
        "path": each.path,
        "status": each.status,
        "code": each.code or None,
        "duration_us": each.duration_us,
        "idempotency_key": each.idempotency_key or None,
        "client_id": each.client,
        "body": each.body or None,
        "answer": each.answer or None,
    }
