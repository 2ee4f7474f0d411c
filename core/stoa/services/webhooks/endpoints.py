"""Endpoints: a partner names one, it proves that it listens, its secrets are changed, it ends."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func, select

from stoa.errors import (
    InvalidBodyError,
    WebhookDisabledError,
    WebhookLimitError,
    WebhookUnknownError,
)
from stoa.models.webhooks import WebhookDelivery, WebhookEndpoint, WebhookSecret
from stoa.services import audit
from stoa.services.webhooks import feed
from stoa.services.webhooks.signing import new_secret
from stoa.values.events import HEARD_BY
from stoa.values.identifiers import new_uuid, public_id
from stoa.values.webhooks import body_of
from stoa.work import Work

__all__ = [
    "CHALLENGE",
    "GAP",
    "MOST",
    "OVERLAP",
    "TEST",
    "TOPICS",
    "Endpoint",
    "Keys",
    "create",
    "disable",
    "echoes",
    "find",
    "keys_of",
    "of_partner",
    "prove",
    "rotate",
    "send_test",
]

TOPICS = tuple(topic for topic, hearing in HEARD_BY.items() if hearing.audience != "none")
"""The topics that an endpoint may choose from."""

CHALLENGE, TEST = "webhook.challenge", "webhook.test"
GAP = "stream.gap"
"""The topic of what is sent in the place of events that were given up."""
"""What is sent to an endpoint beside its partner's events."""

MOST = 10
"""How many endpoints of a partner may be in use."""

OVERLAP = timedelta(hours=24)
"""How long a secret signs on beside the one that replaced it."""

_REASONS = ("asked", "operator", "gone")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint as it stands; no topics are all of them.

    Attributes:
        state: ``unproven`` until it has echoed its challenge, ``active``, or ``disabled``.
        reason: why it is disabled: ``asked``, ``operator`` or ``gone`` (it answered 410).
    """

    id: UUID
    partner_id: UUID
    url: str
    name: str
    topics: tuple[str, ...]
    state: str
    reason: str
    made_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Keys:
    """What the partner verifies with: the newest secret, and until when the one before it signs."""

    secret: str
    public_key: str
    overlap_until: datetime | None


def create(work: Work, partner_id: UUID, url: str, *, name: str, topics: Sequence[str]) -> UUID:
    """Register an endpoint and send it a challenge; events follow once it has echoed that.

    The URL has been checked by `Egress.check`, before any transaction was opened.

    Args:
        url: as it was checked.
        name: what the partner's people call it.
        topics: of `TOPICS`; all where there are none.

    Raises:
        InvalidBodyError: a topic is unknown, or no partner is ever told of it.
        WebhookLimitError: the partner has `MOST` of them.
    """
    unknown = sorted(set(topics) - set(TOPICS))
    if unknown:
        raise InvalidBodyError(errors={"topics": [f"{unknown[0]} is none that you can hear."]})
    feed.open_feed(work, partner_id)
    work.rows("SELECT 1 FROM webhook_feeds WHERE partner_id = %s FOR UPDATE", (partner_id,))
    used = select(func.count()).where(
        WebhookEndpoint.partner_id == partner_id, WebhookEndpoint.state != "disabled"
    )
    if (work.session.scalar(used) or 0) >= MOST:
        raise WebhookLimitError(most=MOST)
    now, endpoint_id = work.now(), new_uuid()
    work.session.add(
        WebhookEndpoint(
            id=endpoint_id, partner_id=partner_id, url=url, name=name,
            topics=[topic for topic in TOPICS if topic in topics], state="unproven", reason="",
            challenge="", made_at=now, changed_at=now,
        )
    )  # fmt: skip
    work.session.flush()
    _add_secret(work, endpoint_id, partner_id)
    told = {"url": url, "topics": list(topics)}
    audit.record(work, "webhook.create", public_id("whk", endpoint_id), after=told)
    prove(work, endpoint_id, partner_id=partner_id)
    return endpoint_id


def prove(work: Work, endpoint_id: UUID, *, partner_id: UUID | None) -> None:
    """Challenge an endpoint anew, also one that was disabled; it is ``unproven`` until it echoes.

    Args:
        partner_id: whose it has to be; ``None`` for the operator.

    Raises:
        WebhookUnknownError: there is no such endpoint.
        WebhookLimitError: the partner has `MOST` others in use.
    """
    row = _row(work, endpoint_id, partner_id)
    if row.state == "disabled":
        in_use = [each for each in of_partner(work, row.partner_id) if each.state != "disabled"]
        if len(in_use) >= MOST:
            raise WebhookLimitError(most=MOST)
    row.state, row.reason, row.changed_at = "unproven", "", work.now()
    row.challenge = secrets.token_urlsafe(24)
    _send_own(work, row, CHALLENGE, {"challenge": row.challenge})


def send_test(work: Work, endpoint_id: UUID, *, partner_id: UUID | None) -> UUID:
    """Send an endpoint an event that means nothing; return its id.

    Raises:
        WebhookUnknownError: there is no such endpoint.
        WebhookDisabledError: it is not active.
    """
    row = _row(work, endpoint_id, partner_id)
    if row.state != "active":
        raise WebhookDisabledError(state=row.state)
    return _send_own(work, row, TEST, {"message": "This is a test."})


def rotate(
    work: Work, endpoint_id: UUID, *, partner_id: UUID | None, overlap: timedelta = OVERLAP
) -> None:
    """Give an endpoint a new secret and a new key; those before sign beside them for a while.

    Raises:
        WebhookUnknownError: there is no such endpoint.
    """
    row = _row(work, endpoint_id, partner_id)
    now = work.now()
    for old in work.session.scalars(_secrets(row.id)):
        old.ends_at = min(old.ends_at or now + overlap, now + overlap)
    _add_secret(work, row.id, row.partner_id)
    audit.record(work, "webhook.rotate", public_id("whk", row.id))


def disable(
    work: Work, endpoint_id: UUID, *, partner_id: UUID | None, reason: str = "asked"
) -> bool:
    """Send nothing more to an endpoint; what waits for it waits until it is proved anew.

    Returns whether it was not disabled before.

    Args:
        reason: ``asked`` by the partner, by the ``operator``, or the endpoint is ``gone``.

    Raises:
        WebhookUnknownError: there is no such endpoint.
    """
    row = _row(work, endpoint_id, partner_id)
    if reason not in _REASONS:
        raise ValueError(reason)
    if row.state == "disabled":
        return False
    row.state, row.reason, row.changed_at = "disabled", reason, work.now()
    audit.record(work, "webhook.disable", public_id("whk", row.id), after={"reason": reason})
    return True


def find(work: Work, endpoint_id: UUID, *, partner_id: UUID | None) -> Endpoint:
    """Return an endpoint.

    Raises:
        WebhookUnknownError: there is none, or it is another partner's.
    """
    return _endpoint(_row(work, endpoint_id, partner_id, lock=False))


def of_partner(work: Work, partner_id: UUID | None) -> list[Endpoint]:
    """Return a partner's endpoints, or everybody's, oldest first."""
    chosen = select(WebhookEndpoint).order_by(WebhookEndpoint.id)
    if partner_id is not None:
        chosen = chosen.where(WebhookEndpoint.partner_id == partner_id)
    return [_endpoint(row) for row in work.session.scalars(chosen)]


def keys_of(work: Work, endpoint_id: UUID) -> Keys:
    """Return what an endpoint's events are verified with now."""
    live = list(work.session.scalars(_secrets(endpoint_id)))
    ends = [each.ends_at for each in live if each.ends_at and each.ends_at > work.now()]
    return Keys(live[0].shared, live[0].public, max(ends, default=None))


def _secrets(endpoint_id: UUID) -> Select[WebhookSecret]:
    mine = select(WebhookSecret).where(WebhookSecret.endpoint_id == endpoint_id)
    return mine.order_by(WebhookSecret.ends_at.desc().nulls_first(), WebhookSecret.id.desc())


def _add_secret(work: Work, endpoint_id: UUID, partner_id: UUID) -> None:
    made = new_secret()
    work.session.add(
        WebhookSecret(
            endpoint_id=endpoint_id, id=new_uuid(), partner_id=partner_id, shared=made.shared,
            private=made.private, public=made.public, made_at=work.now(), ends_at=None,
        )
    )  # fmt: skip
    work.session.flush()


def _send_own(work: Work, row: WebhookEndpoint, topic: str, data: dict[str, str]) -> UUID:
    """Queue something that is only this endpoint's, in a stream of its own."""
    now, event_id = work.now(), new_uuid()
    body = body_of(
        event_id=public_id("evt", event_id), topic=topic, at=now, seq=0, stream=None, data=data
    )
    if topic == CHALLENGE:
        for old in work.session.scalars(
            select(WebhookDelivery).where(
                WebhookDelivery.endpoint_id == row.id, WebhookDelivery.member_id == row.id,
                WebhookDelivery.state == "queued",
            )
        ):  # fmt: skip
            old.state, old.answer = "dead", "superseded"
    work.session.add(
        WebhookDelivery(
            endpoint_id=row.id, event_id=event_id, partner_id=row.partner_id, member_id=row.id,
            seq=0, topic=topic, body=body, state="queued", attempts=0, queued_at=now,
            told_at=None, answer="",
        )
    )  # fmt: skip
    work.session.flush()
    feed.wake(work, row.partner_id, [(row.id, row.id)])
    return event_id


def _row(
    work: Work, endpoint_id: UUID, partner_id: UUID | None, *, lock: bool = True
) -> WebhookEndpoint:
    row = work.session.get(
        WebhookEndpoint, endpoint_id, with_for_update={"key_share": True} if lock else None
    )
    if row is None or partner_id not in (None, row.partner_id):
        raise WebhookUnknownError
    return row


def _endpoint(row: WebhookEndpoint) -> Endpoint:
    return Endpoint(
        row.id, row.partner_id, row.url, row.name, tuple(row.topics), row.state, row.reason,
        row.made_at, row.changed_at,
    )  # fmt: skip


def echoes(challenge: str, answer: bytes) -> bool:
    """Tell whether an answer gives a challenge back: the text itself, or JSON with it in it."""
    text = answer.strip()
    if secrets.compare_digest(text, challenge.encode()):
        return True
    try:
        told = json.loads(text)
    except ValueError:
        return False
    found = told.get("challenge") if isinstance(told, dict) else told
    return isinstance(found, str) and secrets.compare_digest(found.encode(), challenge.encode())
