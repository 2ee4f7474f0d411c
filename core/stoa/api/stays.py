"""Doors of car parks: what a gate saw, the stays that it tells, and who is inside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from marshmallow import fields, post_load

from stoa.api import answers
from stoa.api.answers import AnswerSchema, MoneyAnswer
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import Instant, Switch, Text, Whole, Word
from stoa.api.history import Digits
from stoa.api.schemas import Items, StrictSchema
from stoa.errors import GateEventTakenError, StayUnknownError, StoaError, StoreUnknownError
from stoa.services import idempotency, stays
from stoa.services.stays import Asked, Noted, Sighting, Stay
from stoa.values.amounts import Money
from stoa.values.identifiers import public_id, uuid_of
from stoa.values.stays import Side
from stoa.work import Work

__all__ = ["StayAnswer", "create_blueprint", "stay_answer", "stay_id_of"]

_MOST = 100
_MAX_MINUTES = 366 * 24 * 60


@dataclass(frozen=True, slots=True)
class Batch:
    """What gates saw, in any order."""

    events: Sequence[Sighting]


@dataclass(frozen=True, slots=True)
class Which:
    """Which stays to list."""

    state: str | None = None
    carpark: str | None = None
    plate: str | None = None
    cursor: str | None = None
    limit: int = 25


class EventBody(StrictSchema):
    """What a gate saw of a car."""

    plate = Text(2, 32, required=True, metadata={"examples": ["沪A12345"]})
    state = Word(("IN", "OUT"), required=True)
    at = Instant(required=True, metadata={"description": "by the gate's own clock"})
    carpark = Text(1, 64, required=True, metadata={"description": "code or id of your store"})
    gate = Text(0, 64, metadata={"examples": ["G1"]})
    event_id = Text(1, 64, metadata={"description": "the gate's own id, unique in the car park"})
    offline = Switch(metadata={"description": "seen while the gate had no line"})
    let_go_minutes = Whole(
        0, _MAX_MINUTES, metadata={"description": "that the gate gave away by itself at an OUT"}
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Sighting:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        at: datetime = data["at"]
        return Sighting(
            data["carpark"], data["plate"], Side(data["state"]), at, data.get("gate", ""),
            data.get("event_id", ""), data.get("let_go_minutes"), data.get("offline", False),
        )  # fmt: skip


class EventsBody(StrictSchema):
    """What gates saw while there was no line, in any order."""

    events = Items(EventBody, required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Batch:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Batch(data["events"])


class StaysQuery(StrictSchema):
    """Which stays to list."""

    state = Word(stays.STATES)
    carpark = Text(1, 64, metadata={"description": "code or id of your store"})
    plate = Text(2, 32)
    cursor = Text(1, 64, metadata={"description": "`next_cursor` of the page before"})
    limit = Digits(_MOST)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Which:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Which(**data)


class StayAnswer(AnswerSchema):
    """A stay, as the gates' events tell it up to now."""

    stay_id = fields.String(metadata={"examples": ["sty_01m81530xbevn90dmr8rb2pw0w"]})
    carpark = fields.String(metadata={"description": "the store's code"})
    plate = fields.String(metadata={"examples": ["沪A12345"]})
    state = fields.String(metadata={"enum": list(stays.STATES)})
    odd = fields.String(
        allow_none=True,
        metadata={
            "enum": ["no_in", "no_out", "clocks", None],
            "description": "what is odd: an event is missing, or clocks differ",
        },
    )
    in_at = fields.DateTime(allow_none=True)
    out_at = fields.DateTime(allow_none=True)
    stay_minutes = fields.Integer(
        allow_none=True, metadata={"description": "started ones, up to now while inside"}
    )
    let_go_minutes = fields.Integer(allow_none=True)
    own_cost = fields.Nested(
        MoneyAnswer, metadata={"description": "what an offline gate gave beyond what is due"}
    )


class FoundStayAnswer(StayAnswer):
    """One stay, as it stands."""


class NotedAnswer(AnswerSchema):
    """What became of an event."""

    status = fields.String(metadata={"enum": ["noted", "repeated"]})
    stay = fields.Nested(StayAnswer)


class RowAnswer(AnswerSchema):
    """What became of one event of a batch; a refused one has a code and no stay."""

    status = fields.String(metadata={"enum": ["noted", "repeated", "refused"]})
    code = fields.String(allow_none=True)
    detail = fields.String(allow_none=True)
    stay = fields.Nested(StayAnswer, allow_none=True)


class RowsAnswer(AnswerSchema):
    """What became of each event, in the order of the batch."""

    events = fields.List(fields.Nested(RowAnswer))


class StaysAnswer(AnswerSchema):
    """Stays, the latest first."""

    stays = fields.List(fields.Nested(StayAnswer))
    next_cursor = fields.String(allow_none=True)


_EVENT = EventBody()
_EVENTS = EventsBody()
_WHICH = StaysQuery()
_EXAMPLE = {
    "plate": "沪A12345", "state": "IN", "at": "2026-05-01T11:20:00+08:00", "gate": "G1",
    "carpark": "garage",
}  # fmt: skip


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the doors."""
    blueprint = APIBlueprint("parking", __name__, tag="Parking")

    @door(
        blueprint, "/parking/events", scope="parking:write", takes=_EVENT, gives=NotedAnswer,
        status=201, refuses=[StoreUnknownError, GateEventTakenError], example=_EXAMPLE,
    )  # fmt: skip
    def note_event(call: Call) -> tuple[Answer, bool]:
        """Tell what a gate saw; an event that was told before changes nothing."""
        seen = call.body(_EVENT, Sighting)
        with call.work() as work:
            return idempotency.once(work, call.key, lambda: _noted(work, stays.note(work, seen)))

    @door(
        blueprint, "/parking/events/batch", scope="parking:write", takes=_EVENTS,
        gives=RowsAnswer, status=201,
        example={"events": [_EXAMPLE | {"offline": True, "event_id": "G1-0042"}]},
    )  # fmt: skip
    def note_events(call: Call) -> tuple[Answer, bool]:
        """Tell what gates saw; each event is kept or refused by itself."""
        batch = call.body(_EVENTS, Batch)

        def noted(work: Work) -> Answer:
            return {"events": [_row(work, each) for each in stays.note_each(work, batch.events)]}

        with call.work() as work:
            return idempotency.once(work, call.key, lambda: noted(work))

    @door(
        blueprint, "/parking/stays", scope="parking:read", gives=StaysAnswer, query=_WHICH,
        refuses=[StoreUnknownError, StayUnknownError],
    )  # fmt: skip
    def list_stays(call: Call) -> Answer:
        """List stays in your car parks, the latest first: who is inside, who left, what is odd."""
        which = call.query(_WHICH, Which)
        before = stay_id_of(which.cursor) if which.cursor else None
        with call.work() as work:
            asked = Asked(which.state, which.carpark, which.plate, before, which.limit + 1)
            found = stays.listed(work, asked)
            shown = found[: which.limit]
            more = len(found) > which.limit
            return {
                "stays": [stay_answer(work, each) for each in shown],
                "next_cursor": public_id("sty", shown[-1].id) if more else None,
            }

    @door(
        blueprint, "/parking/stays/<stay_id>", scope="parking:read", gives=FoundStayAnswer,
        refuses=[StayUnknownError],
    )  # fmt: skip
    def read_stay(call: Call, stay_id: str) -> Answer:
        """Read a stay as it stands."""
        with call.work() as work:
            return stay_answer(work, stays.find(work, stay_id_of(stay_id)))

    return blueprint


def stay_id_of(text: str) -> UUID:
    """Read the public id of a stay.

    Raises:
        StayUnknownError: it is none.
    """
    known = uuid_of("sty", text)
    if known is None:
        raise StayUnknownError
    return known


def stay_answer(work: Work, stay: Stay) -> Answer:
    """Return a stay as its partner sees it."""
    store = answers.store_of(work, stay.store_id)
    return {
        "stay_id": public_id("sty", stay.id),
        "carpark": store.code,
        "plate": stay.plate,
        "state": stay.state,
        "odd": stay.why or None,
        "in_at": answers.instant(stay.in_at) if stay.in_at else None,
        "out_at": answers.instant(stay.out_at) if stay.out_at else None,
        "stay_minutes": stay.minutes(work.now()),
        "let_go_minutes": stay.let_go_min,
        "own_cost": answers.money(Money(stay.own_minor, store.currency)),
    }


def _noted(work: Work, noted: Noted) -> Answer:
    status = "repeated" if noted.repeated else "noted"
    return {"status": status, "stay": stay_answer(work, noted.stay)}


def _row(work: Work, noted: Noted | StoaError) -> Answer:
    if isinstance(noted, StoaError):
        return {"status": "refused", "code": noted.code, "detail": _why(noted), "stay": None}
    return {"code": None, "detail": None} | _noted(work, noted)


def _why(refusal: StoaError) -> str:
    errors: dict[str, list[str]] = refusal.members.get("errors", {})
    return next((f"{name}: {texts[0]}" for name, texts in errors.items()), str(refusal))
