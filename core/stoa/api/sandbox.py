"""Doors that only sandboxes have: the clock, the members, one-click reset.

Live there are none of them: the paths are unknown (`app.create_app`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from apiflask import APIBlueprint
from flask import Flask, current_app
from marshmallow import fields, post_load

from stoa.api.answers import AnswerSchema, instant
from stoa.api.challenges import Nothing, NothingBody
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import Instant, Whole
from stoa.api.schemas import StrictSchema
from stoa.errors import SandboxBusyError, SandboxUnavailableError, SandboxUnknownError
from stoa.services import idempotency, sandboxes
from stoa.services.sandboxes import Box

__all__ = ["MOST_S", "Yard", "create_blueprint", "init_app"]

MOST_S = 3653 * 24 * 3600
"""The farthest that a clock may be ahead, in seconds: ten years."""

_YARD = "stoa.sandbox"


class Yard(Protocol):
    """What stands around one sandbox, in the process that serves it."""

    def box(self) -> Box:
        """Return the sandbox as it stands now."""
        ...

    def now(self) -> datetime:
        """Return the present instant by the sandbox's clock."""
        ...

    def move(self, *, to: datetime | None, by: timedelta | None) -> timedelta:
        """Move the clock; return by how much it is ahead."""
        ...

    def catch_up(self) -> tuple[Mapping[str, int], bool]:
        """Do what fell due; return how much by deed, and whether all of it is done."""
        ...

    def reset(self, actor: str, *, key: str) -> tuple[Box, bool]:
        """Make the sandbox anew; return it, and whether the key had done so before."""
        ...


@dataclass(frozen=True, slots=True)
class Move:
    """Where the clock shall be: at an instant, or so many seconds on."""

    to: datetime | None = None
    advance_s: int | None = None


class MoveBody(StrictSchema):
    """How the clock shall go forward: one of both."""

    to = Instant(metadata={"examples": ["2027-01-01T00:00:00+08:00"]})
    advance_s = Whole(0, MOST_S, metadata={"description": "seconds to go forward by"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Move:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Move(**data)


class ClockAnswer(AnswerSchema):
    """The sandbox's clock."""

    now = fields.DateTime(metadata={"description": "the sandbox's present instant"})
    ahead_s = fields.Integer(metadata={"description": "seconds ahead of the real time"})


class MovedAnswer(ClockAnswer):
    """The clock as it stands now, and what was done because it moved."""

    done = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        metadata={"description": "what fell due, by deed, and how often it was done"},
    )
    finished = fields.Boolean(metadata={"description": "`false`: the worker does the rest"})


class SeededAnswer(AnswerSchema):
    """A member that every new sandbox has."""

    card = fields.String(metadata={"examples": ["9900000000000010"]})
    name = fields.String()
    email = fields.String()
    situation = fields.String(metadata={"description": "what the member is for"})
    available = fields.Integer(metadata={"description": "points at the beginning"})
    pending = fields.Integer()
    held = fields.Integer()
    debt = fields.Integer()


class SandboxAnswer(AnswerSchema):
    """Your sandbox."""

    partner = fields.String(metadata={"description": "the code of its partner"})
    now = fields.DateTime()
    ahead_s = fields.Integer()
    opened_at = fields.DateTime()
    reset_at = fields.DateTime(metadata={"description": "when it was made anew last"})
    members = fields.List(fields.Nested(SeededAnswer))


def init_app(app: Flask, yard: Yard) -> None:
    """Let an app be the one of this sandbox."""
    app.extensions[_YARD] = yard


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the doors."""
    blueprint = APIBlueprint("sandbox", __name__, tag="Sandbox")

    @door(blueprint, "/sandbox", scope=None, gives=SandboxAnswer)
    def read_sandbox(call: Call) -> Answer:  # noqa: ARG001 - any caller of the sandbox may
        """Read your sandbox: its clock, when it was reset, the members it began with."""
        yard = _yard()
        return _told(yard, yard.box())

    @door(blueprint, "/sandbox/clock", scope=None, gives=ClockAnswer)
    def read_sandbox_clock(call: Call) -> Answer:  # noqa: ARG001
        """Read what time it is in the sandbox."""
        yard = _yard()
        return _clock(yard, yard.box().ahead)

    @door(
        blueprint,
        "/sandbox/clock",
        scope=None,
        takes=MoveBody(),
        gives=MovedAnswer,
        refuses=[SandboxUnknownError],
        example={"advance_s": 86400},
    )
    def move_sandbox_clock(call: Call) -> tuple[Answer, bool]:
        """Move the sandbox's clock forward, and let happen what falls due by then."""
        wish, yard = call.body(MoveBody(), Move), _yard()

        def move() -> Answer:
            by = None if wish.advance_s is None else timedelta(seconds=wish.advance_s)
            return _clock(yard, yard.move(to=wish.to, by=by))

        with call.work() as work:
            moved, repeated = idempotency.once(work, call.key, move)
        done, finished = yard.catch_up()
        return moved | {"done": dict(done), "finished": finished}, repeated

    @door(
        blueprint,
        "/sandbox/reset",
        scope=None,
        takes=NothingBody(),
        gives=SandboxAnswer,
        refuses=[SandboxUnknownError, SandboxBusyError, SandboxUnavailableError],
        example={},
    )
    def reset_sandbox(call: Call) -> tuple[Answer, bool]:
        """Make the sandbox anew: as it is seeded, at the real time; credentials stay good."""
        call.body(NothingBody(), Nothing)
        yard = _yard()
        box, repeated = yard.reset(call.actor.name, key=call.key.value)
        return _told(yard, box), repeated

    return blueprint


def _yard() -> Yard:
    yard: Yard = current_app.extensions[_YARD]
    return yard


def _clock(yard: Yard, ahead: timedelta) -> Answer:
    return {"now": instant(yard.now()), "ahead_s": int(ahead.total_seconds())}


def _told(yard: Yard, box: Box) -> Answer:
    return {
        "partner": box.code,
        **_clock(yard, box.ahead),
        "opened_at": instant(box.opened_at),
        "reset_at": instant(box.reset_at),
        "members": [
            {
                "card": who.card,
                "name": who.name,
                "email": who.email,
                "situation": who.situation,
                "available": who.available,
                "pending": who.pending,
                "held": who.held,
                "debt": who.debt,
            }
            for who in sandboxes.PEOPLE
        ],
    }
