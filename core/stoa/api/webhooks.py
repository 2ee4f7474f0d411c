"""Doors of webhooks and of the feed: where events are sent, and all of them to read.

A URL is checked, and its name looked up, before a transaction is opened; nothing is sent from here.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from marshmallow import ValidationError, fields, post_load

from stoa.api.answers import AnswerSchema, instant
from stoa.api.challenges import Nothing, NothingBody
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import Instant, Quick, Text, Word
from stoa.api.history import Digits
from stoa.api.schemas import StrictSchema
from stoa.errors import (
    DestinationNotAllowedError,
    PartnerSuspendedError,
    WebhookDisabledError,
    WebhookLimitError,
    WebhookUnknownError,
)
from stoa.models import NOBODY
from stoa.services import idempotency, webhooks
from stoa.services.webhooks import Delivery, Endpoint
from stoa.values.identifiers import public_id, uuid_of
from stoa.work import Work

__all__ = ["create_blueprint"]

_MANAGE = "webhooks:manage"
_STATES = ("queued", "delivered", "dead")
_MOST, _USUAL = 500, 100


class Topics(Quick, fields.List[str]):
    """Some of the topics that a partner may hear, each once."""

    def __init__(self, metadata: dict[str, Any]) -> None:
        topic = fields.String(metadata={"enum": list(webhooks.TOPICS)})
        bounds = {"maxItems": len(webhooks.TOPICS), "uniqueItems": True}
        super().__init__(topic, metadata=metadata | bounds)

    def read(self, value: Any) -> list[str]:  # noqa: ANN401 - parsed JSON
        """Return the topics, or refuse them."""
        known = type(value) is list and all(
            type(each) is str and each in webhooks.TOPICS for each in value
        )
        if not known or len(set(value)) < len(value):
            raise ValidationError("List topics that you can hear, each once.")
        return list(value)


@dataclass(frozen=True, slots=True)
class Wish:
    """An endpoint as it is asked for."""

    url: str
    name: str = ""
    topics: tuple[str, ...] = ()


class NewWebhookBody(StrictSchema):
    """Where events are to be sent, and which."""

    url = Text(1, 2048, required=True, metadata={"examples": ["https://hooks.example.com/stoa"]})
    name = Text(0, 64)
    topics = Topics(metadata={"description": "which to send; all of them by default"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Wish:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Wish(data["url"], data.get("name", ""), tuple(data.get("topics", ())))


@dataclass(frozen=True, slots=True)
class Range:
    """From when until when events are sent again."""

    start: datetime
    end: datetime


class ReplayBody(StrictSchema):
    """From when until when events are sent again; `to` itself is not in it."""

    start = Instant(required=True, data_key="from")
    to = Instant(required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Range:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Range(data["from"] if "from" in data else data["start"], data["to"])


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which deliveries to show."""

    state: str = ""
    topic: str = ""
    before: str = ""
    limit: int = _USUAL


class DeliveriesQuery(StrictSchema):
    """Which deliveries to show, newest first."""

    state = Word(_STATES)
    topic = Text(1, 64)
    before = Text(1, 64, metadata={"description": "`next_before` of the page before"})
    limit = Digits(_MOST)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Chosen:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Chosen(**data)


@dataclass(frozen=True, slots=True)
class Place:
    """From where on the feed is read."""

    cursor: int = 0
    topics: tuple[str, ...] = ()
    limit: int = _USUAL


class EventsQuery(StrictSchema):
    """From where on the feed is read."""

    cursor = Digits(10**15)
    topics = Text(1, 1024, metadata={"description": "only these, between commas"})
    limit = Digits(_MOST)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Place:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        topics = tuple(each for each in data.pop("topics", "").split(",") if each)
        return Place(topics=topics, **data)


class ListedWebhookAnswer(AnswerSchema):
    """An endpoint among others."""

    webhook_id = fields.String()
    url = fields.String()
    name = fields.String()
    topics = fields.List(fields.String(), metadata={"description": "all of them where empty"})
    state = fields.String(metadata={"enum": ["unproven", "active", "disabled"]})
    reason = fields.String(allow_none=True, metadata={"enum": ["asked", "operator", "gone", None]})
    made_at = fields.DateTime()
    changed_at = fields.DateTime()


class WebhookAnswer(ListedWebhookAnswer):
    """An endpoint as it stands."""


class WebhookKeysAnswer(ListedWebhookAnswer):
    """An endpoint, and what its events are verified with: told to whoever asked for it."""

    secret = fields.String(metadata={"description": "verifies `v1`; keep it secret"})
    public_key = fields.String(metadata={"description": "verifies `v1a`"})
    overlap_until = fields.DateTime(
        allow_none=True, metadata={"description": "until when the secret before it signs too"}
    )


class WebhooksAnswer(AnswerSchema):
    """A partner's endpoints, oldest first."""

    webhooks = fields.List(fields.Nested(ListedWebhookAnswer))


class SentTestAnswer(AnswerSchema):
    """The test event that is on its way."""

    webhook_id = fields.String()
    event_id = fields.String()


class ReplayedAnswer(AnswerSchema):
    """How many events are sent again; at most 10,000 at once, the oldest first."""

    webhook_id = fields.String()
    events = fields.Integer()


class DeliveryAnswer(AnswerSchema):
    """One event for one endpoint."""

    event_id = fields.String()
    topic = fields.String()
    seq = fields.Integer(metadata={"description": "its number in its stream"})
    state = fields.String(metadata={"enum": list(_STATES)})
    attempts = fields.Integer()
    queued_at = fields.DateTime()
    delivered_at = fields.DateTime(allow_none=True)
    answer = fields.String(
        metadata={"description": "the first KiB of what your server said last, or what went wrong"}
    )


class DeliveriesAnswer(AnswerSchema):
    """A page of deliveries, newest first."""

    deliveries = fields.List(fields.Nested(DeliveryAnswer))
    next_before = fields.String(allow_none=True)


class EventAnswer(AnswerSchema):
    """An event, just as webhooks send it."""

    id = fields.String()
    type = fields.String()
    timestamp = fields.DateTime()
    seq = fields.Integer(metadata={"description": "its number in its stream; it only grows"})
    stream = fields.String(
        allow_none=True,
        metadata={"description": "the member_ref whose stream it is; null for none"},
    )
    data = fields.Dict(keys=fields.String(), metadata={"description": "by topic: see webhooks"})


class EventsAnswer(AnswerSchema):
    """A page of the feed, oldest first; `cursor` leads on, also where this is all for now."""

    events = fields.List(fields.Nested(EventAnswer))
    cursor = fields.String()
    more = fields.Boolean(metadata={"description": "whether the next page has events already"})


_WEBHOOK, _NOTHING, _REPLAY = NewWebhookBody(), NothingBody(), ReplayBody()
_DELIVERIES, _EVENTS = DeliveriesQuery(), EventsQuery()


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the doors."""
    blueprint = APIBlueprint("webhooks", __name__, tag="Webhooks")
    _hang_endpoints(blueprint)
    _hang_deeds(blueprint)
    _hang_reading(blueprint)
    return blueprint


def _hang_endpoints(blueprint: APIBlueprint) -> None:
    @door(
        blueprint, "/webhooks", scope=_MANAGE, takes=_WEBHOOK, gives=WebhookKeysAnswer,
        status=201, refuses=[DestinationNotAllowedError, WebhookLimitError],
        example={"url": "https://hooks.example.com/stoa", "topics": ["points.earned"]},
    )  # fmt: skip
    def create_webhook(call: Call) -> tuple[Answer, bool]:
        """Register an endpoint; it is sent a challenge, and events once it has echoed that."""
        wish = call.body(_WEBHOOK, Wish)
        with call.work() as work:
            work.egress.check(wish.url)
            made = idempotency.once(work, call.key, lambda: _create(work, wish))
            return _keys(work, made[0]["webhook_id"]), made[1]

    @door(blueprint, "/webhooks", scope=_MANAGE, gives=WebhooksAnswer)
    def list_webhooks(call: Call) -> Answer:
        """List your endpoints."""
        with call.work() as work:
            found = webhooks.of_partner(work, _partner(work))
            return {"webhooks": [_endpoint(each) for each in found]}

    @door(
        blueprint, "/webhooks/<webhook_id>", scope=_MANAGE, gives=WebhookAnswer,
        refuses=[WebhookUnknownError],
    )  # fmt: skip
    def read_webhook(call: Call, webhook_id: str) -> Answer:
        """Read an endpoint."""
        with call.work() as work:
            return _found(work, webhook_id)

    @door(
        blueprint, "/webhooks/<webhook_id>/rotate", scope=_MANAGE, takes=_NOTHING,
        gives=WebhookKeysAnswer, refuses=[WebhookUnknownError], example={},
    )  # fmt: skip
    def rotate_webhook(call: Call, webhook_id: str) -> tuple[Answer, bool]:
        """Change an endpoint's secret and key; those before sign beside them for 24 hours."""
        call.body(_NOTHING, Nothing)
        with call.work() as work:
            _, repeated = _once(call, work, webhook_id, webhooks.rotate)
            return _keys(work, webhook_id), repeated


def _hang_deeds(blueprint: APIBlueprint) -> None:
    @door(
        blueprint, "/webhooks/<webhook_id>/challenge", scope=_MANAGE, takes=_NOTHING,
        gives=WebhookAnswer, refuses=[WebhookUnknownError, WebhookLimitError], example={},
    )  # fmt: skip
    def challenge_webhook(call: Call, webhook_id: str) -> tuple[Answer, bool]:
        """Challenge an endpoint anew, also one that is disabled; it is active once it echoes."""
        call.body(_NOTHING, Nothing)
        with call.work() as work:
            return _once(call, work, webhook_id, webhooks.prove)

    @door(
        blueprint, "/webhooks/<webhook_id>/disable", scope=_MANAGE, takes=_NOTHING,
        gives=WebhookAnswer, refuses=[WebhookUnknownError], example={},
    )  # fmt: skip
    def disable_webhook(call: Call, webhook_id: str) -> tuple[Answer, bool]:
        """Send nothing more to an endpoint, until it is challenged anew."""
        call.body(_NOTHING, Nothing)
        with call.work() as work:
            return _once(call, work, webhook_id, webhooks.disable)

    @door(
        blueprint, "/webhooks/<webhook_id>/test", scope=_MANAGE, takes=_NOTHING,
        gives=SentTestAnswer, refuses=[WebhookUnknownError, WebhookDisabledError], example={},
    )  # fmt: skip
    def test_webhook(call: Call, webhook_id: str) -> tuple[Answer, bool]:
        """Send an endpoint an event that means nothing."""
        call.body(_NOTHING, Nothing)
        with call.work() as work:

            def deed() -> Answer:
                sent = webhooks.send_test(work, _id(webhook_id), partner_id=_partner(work))
                return {"webhook_id": webhook_id, "event_id": public_id("evt", sent)}

            return idempotency.once(work, call.key, deed)

    @door(
        blueprint, "/webhooks/<webhook_id>/replay", scope=_MANAGE, takes=_REPLAY,
        gives=ReplayedAnswer, refuses=[WebhookUnknownError, WebhookDisabledError],
        example={"from": "2026-05-01T00:00:00+08:00", "to": "2026-05-02T00:00:00+08:00"},
    )  # fmt: skip
    def replay_webhook(call: Call, webhook_id: str) -> tuple[Answer, bool]:
        """Send what happened in a time again, under the same ids and numbers."""
        wanted = call.body(_REPLAY, Range)
        with call.work() as work:

            def deed() -> Answer:
                sent = webhooks.replay(
                    work, _id(webhook_id), partner_id=_partner(work), start=wanted.start,
                    end=wanted.end,
                )  # fmt: skip
                return {"webhook_id": webhook_id, "events": sent}

            return idempotency.once(work, call.key, deed)

    @door(
        blueprint, "/webhooks/<webhook_id>/retry", scope=_MANAGE, takes=_NOTHING,
        gives=ReplayedAnswer, refuses=[WebhookUnknownError, WebhookDisabledError], example={},
    )  # fmt: skip
    def retry_webhook(call: Call, webhook_id: str) -> tuple[Answer, bool]:
        """Send again what was given up after 75 hours."""
        call.body(_NOTHING, Nothing)
        with call.work() as work:

            def deed() -> Answer:
                sent = webhooks.retry(work, _id(webhook_id), partner_id=_partner(work))
                return {"webhook_id": webhook_id, "events": sent}

            return idempotency.once(work, call.key, deed)


def _hang_reading(blueprint: APIBlueprint) -> None:
    @door(
        blueprint, "/webhooks/<webhook_id>/deliveries", scope=_MANAGE, gives=DeliveriesAnswer,
        query=_DELIVERIES, refuses=[WebhookUnknownError],
    )  # fmt: skip
    def list_deliveries(call: Call, webhook_id: str) -> Answer:
        """List what goes or went to an endpoint in the last 30 days."""
        chosen = call.query(_DELIVERIES, Chosen)
        with call.work() as work:
            endpoint = webhooks.find(work, _id(webhook_id), partner_id=_partner(work))
            found = webhooks.deliveries(
                work, endpoint.id, state=chosen.state, topic=chosen.topic, before=chosen.before,
                limit=chosen.limit + 1,
            )  # fmt: skip
        page = [_delivery(each) for each in found[: chosen.limit]]
        more = len(found) > chosen.limit
        return {"deliveries": page, "next_before": page[-1]["event_id"] if more else None}

    @door(
        blueprint, "/events", scope="events:read", gives=EventsAnswer, query=_EVENTS,
        refuses=[PartnerSuspendedError],
    )  # fmt: skip
    def read_events(call: Call) -> Answer:
        """Read what you hear, of the last 30 days: what webhooks send, with the same ids.

        The first call opens your feed: it has what happens from then on.
        """
        place = call.query(_EVENTS, Place)
        with call.work() as work:
            page = webhooks.read(
                work, _partner(work), cursor=place.cursor, topics=place.topics, limit=place.limit
            )
        return {
            "events": [json.loads(each.body) for each in page.events],
            "cursor": str(page.cursor),
            "more": page.more,
        }


def _create(work: Work, wish: Wish) -> Answer:
    made = webhooks.create(work, _partner(work), wish.url, name=wish.name, topics=wish.topics)
    return {"webhook_id": public_id("whk", made)}


def _once(
    call: Call, work: Work, webhook_id: str, deed: Callable[..., object]
) -> tuple[Answer, bool]:
    """Do a deed on an endpoint once, and tell how that stood afterwards."""

    def do() -> Answer:
        deed(work, _id(webhook_id), partner_id=_partner(work))
        work.session.flush()
        return _found(work, webhook_id)

    return idempotency.once(work, call.key, do)


def _partner(work: Work) -> UUID:
    return work.actor.partner_id or NOBODY


def _id(webhook_id: str) -> UUID:
    return uuid_of("whk", webhook_id) or NOBODY


def _found(work: Work, webhook_id: str) -> Answer:
    return _endpoint(webhooks.find(work, _id(webhook_id), partner_id=_partner(work)))


def _endpoint(each: Endpoint) -> Answer:
    return {
        "webhook_id": public_id("whk", each.id),
        "url": each.url,
        "name": each.name,
        "topics": list(each.topics),
        "state": each.state,
        "reason": each.reason or None,
        "made_at": instant(each.made_at),
        "changed_at": instant(each.changed_at),
    }


def _keys(work: Work, webhook_id: str) -> Answer:
    """Return an endpoint with its secrets; no answer with them is kept with a key."""
    told = _found(work, webhook_id)
    keys = webhooks.keys_of(work, _id(webhook_id))
    overlap = instant(keys.overlap_until) if keys.overlap_until else None
    return told | {
        "secret": keys.secret, "public_key": keys.public_key, "overlap_until": overlap,
    }  # fmt: skip


def _delivery(each: Delivery) -> Answer:
    return {
        "event_id": public_id("evt", each.event_id),
        "topic": each.topic,
        "seq": each.seq,
        "state": each.state,
        "attempts": each.attempts,
        "queued_at": instant(each.queued_at),
        "delivered_at": instant(each.told_at) if each.told_at else None,
        "answer": each.answer,
    }
