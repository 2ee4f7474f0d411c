"""Parking: `client.parking` tells what gates saw, quotes stays, holds what is free and takes it.

    client.parking.tell(GateEvent(plate="沪A12345", state="IN", at=now, carpark="garage"))
    quote = client.parking.quote(plate="沪A12345")
    held = client.parking.apply(quote.quote_id, pay="money")
    client.parking.capture(held.quote_id)

Everything that writes takes `idempotency_key`; without one, a new key is made.
"""

import functools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Concatenate, ParamSpec

from stoa_sdk.calls import AnswerT, AsyncSender, Call, Sender, get, post, segment
from stoa_sdk.facts import Money
from stoa_sdk.inputs import Member, as_member, instant_text, step_up
from stoa_sdk.paging import async_group_pages, group_pages
from stoa_sdk.records import Record

__all__ = [
    "AsyncParking",
    "Entitlement",
    "GateCar",
    "GateEvent",
    "GateList",
    "NotedEvent",
    "NotedEvents",
    "NotedRow",
    "Parking",
    "ParkingQuote",
    "ParkingQuoteStatus",
    "Plate",
    "Plates",
    "Stay",
    "StayState",
    "Stays",
]

P = ParamSpec("P")


class StayState(StrEnum):
    """Whether a car is inside, left, or an event of its stay is missing."""

    INSIDE = "inside"
    LEFT = "left"
    ODD = "odd"


class ParkingQuoteStatus(StrEnum):
    """What has become of a quote."""

    QUOTED = "quoted"
    HELD = "held"
    PAID = "paid"
    RELEASED = "released"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateEvent:
    """What a gate saw: ``IN`` or ``OUT``, by its own clock; `event_id` is its own id of it."""

    plate: str
    state: str
    at: datetime
    carpark: str
    gate: str | None = None
    event_id: str | None = None
    offline: bool | None = None
    let_go_minutes: int | None = None

    def as_object(self) -> dict[str, Any]:
        """Return it as the body has it."""
        told = {
            "plate": self.plate,
            "state": self.state,
            "at": instant_text(self.at),
            "carpark": self.carpark,
            "gate": self.gate,
            "event_id": self.event_id,
            "offline": self.offline,
            "let_go_minutes": self.let_go_minutes,
        }
        return {name: value for name, value in told.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay(Record):
    """A stay as the gates' events tell it; `odd` says which event is missing."""

    stay_id: str
    carpark: str
    plate: str
    state: StayState | str
    odd: str | None
    in_at: datetime | None
    out_at: datetime | None
    stay_minutes: int | None
    let_go_minutes: int | None
    own_cost: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedEvent(Record):
    """What became of an event: ``noted``, or ``repeated`` where it was known."""

    status: str
    stay: Stay


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedRow(Record):
    """What became of one event of a batch; a ``refused`` one has a code and no stay."""

    status: str
    code: str | None
    detail: str | None
    stay: Stay | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedEvents(Record):
    """What became of each event of a batch, in its order."""

    events: tuple[NotedRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stays(Record):
    """Stays, the latest first; `next_cursor` leads to the next page."""

    stays: tuple[Stay, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement(Record):
    """Free minutes, why they are free, and who pays them."""

    source: str
    minutes: int
    payer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkingQuote(Record):
    """What a stay costs until `leave_by`, what is free of it, and what is left to pay."""

    quote_id: str
    status: ParkingQuoteStatus | str
    stay_id: str
    member_ref: str | None
    stay_minutes: int
    fee: Money
    entitlements: tuple[Entitlement, ...]
    worth: Money
    paid: Money
    due: Money
    points_option: int | None
    pay: str | None
    at: datetime
    leave_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GateCar(Record):
    """A car inside that a gate without a line may let go for so many minutes free."""

    stay: Stay
    free_minutes: int
    paid: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GateList(Record):
    """What a gate without a line may go by until `valid_until`."""

    valid_until: datetime
    cars: tuple[GateCar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plate(Record):
    """A plate that leads to a member, in its one spelling."""

    plate: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Plates(Record):
    """The plates of a member that your partner bound."""

    plates: tuple[Plate, ...]


def tell(event: GateEvent, *, idempotency_key: str | None = None) -> Call[NotedEvent]:
    """Tell what a gate saw, any number of times, late, in any order; needs ``parking:write``.

    Raises:
        NotFound: ``STORE_UNKNOWN``.
        Conflict: ``GATE_EVENT_TAKEN``, the event id is of another event.
    """
    return post("v1/parking/events", NotedEvent, event.as_object(), idempotency_key)


def tell_all(
    events: Sequence[GateEvent], *, idempotency_key: str | None = None
) -> Call[NotedEvents]:
    """Tell up to 500 events; each is kept or refused by itself; needs ``parking:write``."""
    body = {"events": [each.as_object() for each in events]}
    return post("v1/parking/events/batch", NotedEvents, body, idempotency_key)


def stays(
    *,
    state: str | None = None,
    carpark: str | None = None,
    plate: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Call[Stays]:
    """Return stays in your car parks, the latest first; needs ``parking:read``."""
    asked = {"state": state, "carpark": carpark, "plate": plate, "cursor": cursor}
    return get("v1/parking/stays", Stays, asked | {"limit": None if limit is None else str(limit)})


def stay(stay_id: str) -> Call[Stay]:
    """Return a stay as it stands; needs ``parking:read``."""
    return get(f"v1/parking/stays/{segment(stay_id)}", Stay)


def offline(carpark: str) -> Call[GateList]:
    """Return what a gate may go by while it has no line; needs ``parking:read``."""
    return get("v1/parking/offline", GateList, {"carpark": carpark})


def quote(
    *,
    stay: str | None = None,
    plate: str | None = None,
    member: Member | None = None,
    idempotency_key: str | None = None,
) -> Call[ParkingQuote]:
    """Return what a stay costs now and what is free of it, holding nothing; ``parking:write``.

    Args:
        stay: the id of a stay; or the `plate` of a car that is inside.
        plate: of a car that is inside.
        member: who parks; by default who has had the plate longest.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        NotFound: ``STAY_UNKNOWN``.
        Conflict: ``STAY_ODD``, the stay's length is not known.
    """
    named = as_member(member).as_object() if member is not None else None
    body = {"stay": stay, "plate": plate, "member": named}
    return post("v1/parking/quotes", ParkingQuote, body, idempotency_key)


def find(quote_id: str) -> Call[ParkingQuote]:
    """Return a quote as it stands; needs ``parking:write``."""
    return get(f"v1/parking/quotes/{segment(quote_id)}", ParkingQuote)


def apply(
    quote_id: str,
    *,
    pay: str,
    member: Member | None = None,
    pin: str | None = None,
    confirmation: str | None = None,
    idempotency_key: str | None = None,
) -> Call[ParkingQuote]:
    """Hold what is free, and with ``pay="points"`` the points of `member`; ``parking:write``.

    Args:
        quote_id: of the quote.
        pay: ``money`` or ``points``.
        member: who pays with points.
        pin: as the member typed it, where `StepUpRequired` was raised.
        confirmation: as the member's app shows it, instead of a PIN.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        Conflict: ``PARKING_QUOTE_CHANGED``, ``PARKING_QUOTE_EXPIRED``, ``STAY_HELD``,
            ``INSUFFICIENT_POINTS``.
        StepUpRequired: so many points need a `pin` or a `confirmation`.
        PinWrong: the PIN is another one.
        PinLocked: too many PINs were wrong.
        Forbidden: ``STATIC_TOKEN``, a plate or a card never spends.
    """
    named = as_member(member).as_object() if member is not None else None
    body = {"pay": pay, "member": named, "step_up": step_up(pin, confirmation)}
    return post(_path(quote_id, "apply"), ParkingQuote, body, idempotency_key)


def capture(quote_id: str, *, idempotency_key: str | None = None) -> Call[ParkingQuote]:
    """Take what is held, for the rest is paid; the car's OUT does the same; ``parking:write``.

    Raises:
        Conflict: ``PARKING_QUOTE_CLOSED`` or ``PARKING_QUOTE_EXPIRED``.
    """
    return post(_path(quote_id, "capture"), ParkingQuote, {}, idempotency_key)


def release(quote_id: str, *, idempotency_key: str | None = None) -> Call[ParkingQuote]:
    """Give back what is held or was taken: hours, receipts, points; needs ``parking:write``.

    Raises:
        Conflict: ``PARKING_QUOTE_CLOSED``, given back or ended before.
    """
    return post(_path(quote_id, "release"), ParkingQuote, {}, idempotency_key)


def plates(member_ref: str) -> Call[Plates]:
    """Return the plates of a member that your partner bound; needs ``members:read``."""
    return get(f"v1/members/{segment(member_ref)}/plates", Plates)


def bind(
    member_ref: str, plate: str, *, code: str | None = None, idempotency_key: str | None = None
) -> Call[Plates]:
    """Bind a plate to a member, who is then found by it; needs ``members:write``.

    Args:
        member_ref: of the member.
        plate: however it is written.
        code: the member code shown; not needed with the scope ``redeem:refs``.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        Conflict: ``PLATE_LIMIT`` or ``PLATE_TAKEN``; ``CODE_USED``, ask for the next code.
        Forbidden: ``STATIC_TOKEN``, the member has to show the code.
    """
    path = f"v1/members/{segment(member_ref)}/plates"
    return post(path, Plates, {"plate": plate, "code": code}, idempotency_key)


def unbind(member_ref: str, plate: str, *, idempotency_key: str | None = None) -> Call[Plates]:
    """Unbind a plate that your partner bound; needs ``members:write``.

    Raises:
        NotFound: ``PLATE_UNKNOWN``.
    """
    path = f"v1/members/{segment(member_ref)}/plates/unbind"
    return post(path, Plates, {"plate": plate}, idempotency_key)


def _stays_on(page: Stays) -> tuple[Stay, ...]:
    return page.stays


def _deed(make: Callable[P, Call[AnswerT]]) -> Callable[Concatenate["Parking", P], AnswerT]:
    @functools.wraps(make)
    def deed(self: "Parking", /, *args: P.args, **kwargs: P.kwargs) -> AnswerT:
        return self.sender.send(make(*args, **kwargs))

    return deed


def _async_deed(
    make: Callable[P, Call[AnswerT]],
) -> Callable[Concatenate["AsyncParking", P], Awaitable[AnswerT]]:
    @functools.wraps(make)
    async def deed(self: "AsyncParking", /, *args: P.args, **kwargs: P.kwargs) -> AnswerT:
        return await self.sender.send(make(*args, **kwargs))

    return deed


@dataclass(frozen=True, slots=True)
class Parking:
    """The car parks of a `Client`: what `client.parking` is."""

    sender: Sender

    tell_all = _deed(tell_all)
    tell = _deed(tell)
    stays_all = group_pages(stays, _stays_on)
    stays = _deed(stays)
    stay = _deed(stay)
    offline = _deed(offline)
    quote = _deed(quote)
    find = _deed(find)
    apply = _deed(apply)
    capture = _deed(capture)
    release = _deed(release)
    plates = _deed(plates)
    bind = _deed(bind)
    unbind = _deed(unbind)


@dataclass(frozen=True, slots=True)
class AsyncParking:
    """The car parks of an `AsyncClient`; each deed is awaited."""

    sender: AsyncSender

    tell_all = _async_deed(tell_all)
    tell = _async_deed(tell)
    stays_all = async_group_pages(stays, _stays_on)
    stays = _async_deed(stays)
    stay = _async_deed(stay)
    offline = _async_deed(offline)
    quote = _async_deed(quote)
    find = _async_deed(find)
    apply = _async_deed(apply)
    capture = _async_deed(capture)
    release = _async_deed(release)
    plates = _async_deed(plates)
    bind = _async_deed(bind)
    unbind = _async_deed(unbind)


def _path(quote_id: str, deed: str) -> str:
    return f"v1/parking/quotes/{segment(quote_id)}/{deed}"
