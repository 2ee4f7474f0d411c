"""The sandbox of a client whose `base_url` is one: `client.sandbox`.

    client = Client("https://loyalty.example.org/sandbox/fuel", "cli_…", "stoa_sk_test_…")
    client.sandbox.advance(days=30)  # points mature and end, tiers are reviewed
    client.sandbox.reset()

Live these calls are refused: `NotFound`, ``DOOR_UNKNOWN``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from stoa_sdk.calls import AsyncSender, Call, Sender, get, post
from stoa_sdk.inputs import instant_text
from stoa_sdk.records import Record

__all__ = ["AsyncSandbox", "Moved", "Sandbox", "SandboxClock", "SandboxFacts", "SeededMember"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxClock(Record):
    """What time it is in the sandbox, and how many seconds ahead of the real time."""

    now: datetime
    ahead_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved(SandboxClock):
    """The clock after it was moved.

    Attributes:
        done: how often each deed was done that fell due by it.
        finished: whether all is done; otherwise the server goes on.
    """

    done: Mapping[str, object]
    finished: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeededMember(Record):
    """A member that every new sandbox has, with the points it begins with."""

    card: str
    name: str
    email: str
    situation: str
    available: int
    pending: int
    held: int
    debt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxFacts(Record):
    """Your sandbox; `partner` is your partner's code."""

    partner: str
    now: datetime
    ahead_s: int
    opened_at: datetime
    reset_at: datetime
    members: tuple[SeededMember, ...]


def show() -> Call[SandboxFacts]:
    """Return the sandbox: its clock, when it was reset, the members it began with."""
    return get("v1/sandbox", SandboxFacts)


def clock() -> Call[SandboxClock]:
    """Return what time it is in the sandbox."""
    return get("v1/sandbox/clock", SandboxClock)


def advance(
    *,
    days: int = 0,
    hours: int = 0,
    minutes: int = 0,
    seconds: int = 0,
    idempotency_key: str | None = None,
) -> Call[Moved]:
    """Move the sandbox's clock forward by a span, and let happen what falls due.

    Raises:
        ValueError: it would go back.
        Invalid: it would be more than ten years ahead.
    """
    span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if span < timedelta(0):
        raise ValueError("the clock only goes forward")
    body = {"advance_s": int(span.total_seconds())}
    return post("v1/sandbox/clock", Moved, body, idempotency_key)


def move_to(at: datetime, *, idempotency_key: str | None = None) -> Call[Moved]:
    """Move the sandbox's clock forward to an instant, and let happen what falls due.

    Raises:
        Invalid: it is over in the sandbox, or more than ten years ahead.
    """
    return post("v1/sandbox/clock", Moved, {"to": instant_text(at)}, idempotency_key)


def reset(*, idempotency_key: str | None = None) -> Call[SandboxFacts]:
    """Make the sandbox anew; the client goes on with the same credentials."""
    return post("v1/sandbox/reset", SandboxFacts, {}, idempotency_key)


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The sandbox of a `Client`: what `client.sandbox` is."""

    sender: Sender

    def show(self) -> SandboxFacts:
        """Return the sandbox: its clock, when it was reset, the members it began with."""
        return self.sender.send(show())

    def clock(self) -> SandboxClock:
        """Return what time it is in the sandbox."""
        return self.sender.send(clock())

    def advance(
        self,
        *,
        days: int = 0,
        hours: int = 0,
        minutes: int = 0,
        seconds: int = 0,
        idempotency_key: str | None = None,
    ) -> Moved:
        """Move the clock forward by a span, and let happen what falls due."""
        return self.sender.send(
            advance(
                days=days, hours=hours, minutes=minutes, seconds=seconds,
                idempotency_key=idempotency_key,
            )
        )  # fmt: skip

    def move_to(self, at: datetime, *, idempotency_key: str | None = None) -> Moved:
        """Move the clock forward to an instant, and let happen what falls due."""
        return self.sender.send(move_to(at, idempotency_key=idempotency_key))

    def reset(self, *, idempotency_key: str | None = None) -> SandboxFacts:
        """Make the sandbox anew; the client goes on with the same credentials."""
        return self.sender.send(reset(idempotency_key=idempotency_key))


@dataclass(frozen=True, slots=True)
class AsyncSandbox:
    """The sandbox of an `AsyncClient`; each deed is awaited."""

    sender: AsyncSender

    async def show(self) -> SandboxFacts:
        """Return the sandbox: its clock, when it was reset, the members it began with."""
        return await self.sender.send(show())

    async def clock(self) -> SandboxClock:
        """Return what time it is in the sandbox."""
        return await self.sender.send(clock())

    async def advance(
        self,
        *,
        days: int = 0,
        hours: int = 0,
        minutes: int = 0,
        seconds: int = 0,
        idempotency_key: str | None = None,
    ) -> Moved:
        """Move the clock forward by a span, and let happen what falls due."""
        return await self.sender.send(
            advance(
                days=days, hours=hours, minutes=minutes, seconds=seconds,
                idempotency_key=idempotency_key,
            )
        )  # fmt: skip

    async def move_to(self, at: datetime, *, idempotency_key: str | None = None) -> Moved:
        """Move the clock forward to an instant, and let happen what falls due."""
        return await self.sender.send(move_to(at, idempotency_key=idempotency_key))

    async def reset(self, *, idempotency_key: str | None = None) -> SandboxFacts:
        """Make the sandbox anew; the client goes on with the same credentials."""
        return await self.sender.send(reset(idempotency_key=idempotency_key))
