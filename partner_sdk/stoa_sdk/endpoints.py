"""Endpoints of webhooks, and the feed: `client.webhooks` and `client.events`.

    made = client.webhooks.create("https://hooks.example.com/stoa")
    for event in client.events.iter(cursor=kept):
        ...

Everything that writes takes `idempotency_key`; without one, a new key is made.
"""

import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Concatenate, ParamSpec

from stoa_sdk.calls import AnswerT, AsyncSender, Call, Sender, get, post, segment
from stoa_sdk.inputs import instant_text
from stoa_sdk.paging import async_group_pages, async_pages, group_pages, pages
from stoa_sdk.records import Record

__all__ = [
    "AsyncEvents",
    "AsyncWebhooks",
    "Delivery",
    "DeliveryPage",
    "DeliveryState",
    "Event",
    "EventPage",
    "Events",
    "Replayed",
    "SentTest",
    "Webhook",
    "WebhookKeys",
    "WebhookState",
    "Webhooks",
]

P = ParamSpec("P")


class WebhookState(StrEnum):
    """How an endpoint stands."""

    UNPROVEN = "unproven"
    ACTIVE = "active"
    DISABLED = "disabled"


class DeliveryState(StrEnum):
    """What became of an event for an endpoint."""

    QUEUED = "queued"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook(Record):
    """An endpoint; without topics it is sent all of them.

    Attributes:
        reason: why it is disabled: ``asked``, ``operator`` or ``gone`` (it answered 410).
    """

    webhook_id: str
    url: str
    name: str
    topics: tuple[str, ...]
    state: WebhookState | str
    reason: str | None
    made_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookKeys(Webhook):
    """An endpoint and what verifies its events; keep `secret` where secrets are kept.

    Attributes:
        secret: ``whsec_…``, of ``v1``.
        public_key: ``whpk_…``, of ``v1a``.
        overlap_until: until when the secret before it signs too.
    """

    secret: str
    public_key: str
    overlap_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookList(Record):
    """Your endpoints, oldest first."""

    webhooks: tuple[Webhook, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SentTest(Record):
    """The test event that is on its way."""

    webhook_id: str
    event_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed(Record):
    """How many events are sent again."""

    webhook_id: str
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery(Record):
    """One event for one endpoint; `answer` is the first KiB of what your server said last."""

    event_id: str
    topic: str
    seq: int
    state: DeliveryState | str
    attempts: int
    queued_at: datetime
    delivered_at: datetime | None
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPage(Record):
    """Deliveries, newest first; `next_before` leads to the next page."""

    deliveries: tuple[Delivery, ...]
    next_before: str | None

    @property
    def next_cursor(self) -> str | None:
        """Where the next page begins; `None` on the last."""
        return self.next_before


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Record):
    """Something that happened, as webhooks tell it too.

    Attributes:
        seq: its number in its stream; it only grows.
        stream: the `member_ref` whose stream it is; `None` for what is of no member.
        data: by topic.
    """

    id: str
    type: str
    timestamp: datetime
    seq: int
    stream: str | None
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPage(Record):
    """Events, oldest first; keep `cursor`: it leads on from here, today or tomorrow."""

    events: tuple[Event, ...]
    cursor: str
    more: bool

    @property
    def next_cursor(self) -> str | None:
        """Where the next page begins; `None` where nothing more has happened yet."""
        return self.cursor if self.more else None


def create(
    url: str,
    *,
    topics: Sequence[str] = (),
    name: str | None = None,
    idempotency_key: str | None = None,
) -> Call[WebhookKeys]:
    """Register an endpoint; it is sent a challenge, and events once it has echoed that.

    Raises:
        Invalid: ``DESTINATION_NOT_ALLOWED``, it is no public host over HTTPS.
        Conflict: ``WEBHOOK_LIMIT``, there are ten.
    """
    body = {"url": url, "name": name, "topics": list(topics) or None}
    return post("v1/webhooks", WebhookKeys, body, idempotency_key)


def every() -> Call[WebhookList]:
    """Return your endpoints."""
    return get("v1/webhooks", WebhookList)


def find(webhook_id: str) -> Call[Webhook]:
    """Return an endpoint."""
    return get(f"v1/webhooks/{segment(webhook_id)}", Webhook)


def rotate(webhook_id: str, *, idempotency_key: str | None = None) -> Call[WebhookKeys]:
    """Change an endpoint's secret and key; those before sign beside them for 24 hours."""
    return post(_path(webhook_id, "rotate"), WebhookKeys, {}, idempotency_key)


def challenge(webhook_id: str, *, idempotency_key: str | None = None) -> Call[Webhook]:
    """Challenge an endpoint anew, also one that is disabled."""
    return post(_path(webhook_id, "challenge"), Webhook, {}, idempotency_key)


def disable(webhook_id: str, *, idempotency_key: str | None = None) -> Call[Webhook]:
    """Send nothing more to an endpoint, until it is challenged anew."""
    return post(_path(webhook_id, "disable"), Webhook, {}, idempotency_key)


def send_test(webhook_id: str, *, idempotency_key: str | None = None) -> Call[SentTest]:
    """Send an endpoint an event that means nothing."""
    return post(_path(webhook_id, "test"), SentTest, {}, idempotency_key)


def replay(
    webhook_id: str, *, start: datetime, end: datetime, idempotency_key: str | None = None
) -> Call[Replayed]:
    """Send what happened from `start` on and before `end` again: same ids, same numbers."""
    body = {"from": instant_text(start), "to": instant_text(end)}
    return post(_path(webhook_id, "replay"), Replayed, body, idempotency_key)


def retry(webhook_id: str, *, idempotency_key: str | None = None) -> Call[Replayed]:
    """Send again what was given up after 75 hours."""
    return post(_path(webhook_id, "retry"), Replayed, {}, idempotency_key)


def deliveries(
    webhook_id: str,
    *,
    state: str | None = None,
    topic: str | None = None,
    before: str | None = None,
    limit: int | None = None,
) -> Call[DeliveryPage]:
    """Return what goes or went to an endpoint in the last 30 days, newest first."""
    query = {"state": state, "topic": topic, "before": before}
    return get(_path(webhook_id, "deliveries"), DeliveryPage, query | {"limit": _text(limit)})


def page(
    *, cursor: str | None = None, topics: Sequence[str] = (), limit: int | None = None
) -> Call[EventPage]:
    """Return what you heard after a cursor, oldest first; needs ``events:read``.

    Args:
        cursor: of the page before; `None` for the oldest that is kept.
        topics: only these; all where there are none.
        limit: events of a page, 1 to 500.
    """
    told = cursor if cursor != "0" else None
    query = {"cursor": told, "topics": ",".join(topics) or None, "limit": _text(limit)}
    return get("v1/events", EventPage, query)


def _deliveries_on(page: DeliveryPage) -> tuple[Delivery, ...]:
    return page.deliveries


def _deed(make: Callable[P, Call[AnswerT]]) -> Callable[Concatenate["Webhooks", P], AnswerT]:
    @functools.wraps(make)
    def deed(self: "Webhooks", /, *args: P.args, **kwargs: P.kwargs) -> AnswerT:
        return self.sender.send(make(*args, **kwargs))

    return deed


def _async_deed(
    make: Callable[P, Call[AnswerT]],
) -> Callable[Concatenate["AsyncWebhooks", P], Awaitable[AnswerT]]:
    @functools.wraps(make)
    async def deed(self: "AsyncWebhooks", /, *args: P.args, **kwargs: P.kwargs) -> AnswerT:
        return await self.sender.send(make(*args, **kwargs))

    return deed


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The endpoints of a `Client`: what `client.webhooks` is."""

    sender: Sender

    create = _deed(create)
    find = _deed(find)
    rotate = _deed(rotate)
    challenge = _deed(challenge)
    disable = _deed(disable)
    send_test = _deed(send_test)
    replay = _deed(replay)
    retry = _deed(retry)
    deliveries_all = group_pages(deliveries, _deliveries_on, by="before")
    deliveries = _deed(deliveries)

    def list(self) -> tuple[Webhook, ...]:
        """Return your endpoints, oldest first."""
        return self.sender.send(every()).webhooks


@dataclass(frozen=True, slots=True)
class AsyncWebhooks:
    """The endpoints of an `AsyncClient`; each deed is awaited."""

    sender: AsyncSender

    create = _async_deed(create)
    find = _async_deed(find)
    rotate = _async_deed(rotate)
    challenge = _async_deed(challenge)
    disable = _async_deed(disable)
    send_test = _async_deed(send_test)
    replay = _async_deed(replay)
    retry = _async_deed(retry)
    deliveries_all = async_group_pages(deliveries, _deliveries_on, by="before")
    deliveries = _async_deed(deliveries)

    async def list(self) -> tuple[Webhook, ...]:
        """Return your endpoints, oldest first."""
        return (await self.sender.send(every())).webhooks


@dataclass(frozen=True, slots=True)
class Events:
    """The feed of a `Client`: what `client.events` is."""

    sender: Sender

    def page(
        self, *, cursor: str | None = None, topics: Sequence[str] = (), limit: int | None = None
    ) -> EventPage:
        """Return what you heard after a cursor, oldest first; needs ``events:read``."""
        return self.sender.send(page(cursor=cursor, topics=topics, limit=limit))

    def iter(
        self, *, cursor: str | None = None, topics: Sequence[str] = (), page_size: int = 100
    ) -> Iterator[Event]:
        """Give every event after a cursor until there is none; pages are asked for as needed."""
        for found in pages(self.sender, page(cursor=cursor, topics=topics, limit=page_size)):
            yield from found.events


@dataclass(frozen=True, slots=True)
class AsyncEvents:
    """The feed of an `AsyncClient`."""

    sender: AsyncSender

    async def page(
        self, *, cursor: str | None = None, topics: Sequence[str] = (), limit: int | None = None
    ) -> EventPage:
        """Return what you heard after a cursor, oldest first; needs ``events:read``."""
        return await self.sender.send(page(cursor=cursor, topics=topics, limit=limit))

    async def iter(
        self, *, cursor: str | None = None, topics: Sequence[str] = (), page_size: int = 100
    ) -> AsyncIterator[Event]:
        """Give every event after a cursor until there is none; pages are asked for as needed."""
        first = page(cursor=cursor, topics=topics, limit=page_size)
        async for found in async_pages(self.sender, first):
            for event in found.events:
                yield event


def _path(webhook_id: str, deed: str) -> str:
    return f"v1/webhooks/{segment(webhook_id)}/{deed}"


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
