"""Webhooks: the feed of each partner, its endpoints with their secrets, and what goes to each.

webhook_feeds       a partner that hears events, and the last place in its feed
webhook_events      what it hears: the body that every endpoint and every puller gets
webhook_seqs        the last number of each member's stream at a partner
webhook_endpoints   where it is sent, and which topics
webhook_secrets     what it is signed with
webhook_deliveries  one event for one endpoint
webhook_streams     the streams of an endpoint that have something to send: one row, one lease
webhook_attempts    every request that was made, with the beginning of its answer
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, OptionalId, Word

__all__ = [
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
    "WebhookFeed",
    "WebhookSecret",
    "WebhookSeq",
    "WebhookStream",
]


class WebhookFeed(Base):
    """A partner that hears events; whoever arranges its feed holds this row."""

    __tablename__ = "webhook_feeds"

    partner_id: Mapped[Id] = mapped_column(ForeignKey("partners.id"), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)
    opened_at: Mapped[Instant]


class WebhookEvent(Base):
    """An event that a partner hears; `position`, `seq` and `body` come when it is arranged.

    `owner_id` is whose event it is in the outbox, by which events of one wallet keep their order;
    `member_id` is whose stream it belongs to.
    """

    __tablename__ = "webhook_events"

    partner_id: Mapped[Id] = mapped_column(primary_key=True)
    id: Mapped[Id] = mapped_column(primary_key=True)
    owner_id: Mapped[Id]
    member_id: Mapped[Id]
    topic: Mapped[Word]
    at: Mapped[Instant]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    position: Mapped[int | None] = mapped_column(BigInteger)
    seq: Mapped[int | None] = mapped_column(BigInteger)
    body: Mapped[Word]

    __table_args__ = (
        CheckConstraint("(position IS NULL) = (seq IS NULL)", name="arranged"),
        Index(None, "partner_id", "position", unique=True),
        Index(
            "ix_webhook_events_waiting", "partner_id", "id", postgresql_where="position IS NULL"
        ),
        Index(None, "at"),
    )  # fmt: skip


class WebhookSeq(Base):
    """The last number given in a member's stream at a partner."""

    __tablename__ = "webhook_seqs"

    partner_id: Mapped[Id] = mapped_column(primary_key=True)
    member_id: Mapped[Id] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)


class WebhookEndpoint(Base):
    """Where a partner's events are sent; no topics are all topics.

    It is ``unproven`` until it has echoed its `challenge`; ``disabled`` for `reason`, which is
    ``asked`` by the partner, ``operator``, or ``gone`` (it answered 410).
    """

    __tablename__ = "webhook_endpoints"

    id: Mapped[Id] = mapped_column(primary_key=True)
    partner_id: Mapped[Id] = mapped_column(ForeignKey("partners.id"))
    url: Mapped[Word]
    name: Mapped[Word]
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text))
    state: Mapped[Word]
    reason: Mapped[Word]
    challenge: Mapped[Word]
    made_at: Mapped[Instant]
    changed_at: Mapped[Instant]

    __table_args__ = (
        CheckConstraint("state IN ('unproven', 'active', 'disabled')", name="state"),
        CheckConstraint("(state = 'disabled') = (reason <> '')", name="reason"),
        Index(None, "partner_id", "id"),
    )


class WebhookSecret(Base):
    """What an endpoint's events are signed with: a shared secret and a private key; both live."""

    __tablename__ = "webhook_secrets"

    endpoint_id: Mapped[Id] = mapped_column(ForeignKey("webhook_endpoints.id"), primary_key=True)
    id: Mapped[Id] = mapped_column(primary_key=True)
    partner_id: Mapped[Id]
    shared: Mapped[Word]
    private: Mapped[Word]
    public: Mapped[Word]
    made_at: Mapped[Instant]
    ends_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class WebhookDelivery(Base):
    """One event for one endpoint; challenges, tests and gaps have a `body` of their own.

    `queued_at` is from when its 75 hours count: a replay begins them anew.
    """

    __tablename__ = "webhook_deliveries"

    endpoint_id: Mapped[Id] = mapped_column(ForeignKey("webhook_endpoints.id"), primary_key=True)
    event_id: Mapped[Id] = mapped_column(primary_key=True)
    partner_id: Mapped[Id]
    member_id: Mapped[Id]
    seq: Mapped[int] = mapped_column(BigInteger)
    topic: Mapped[Word]
    body: Mapped[Word]
    state: Mapped[Word]
    attempts: Mapped[int] = mapped_column(Integer)
    queued_at: Mapped[Instant]
    told_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    answer: Mapped[Word]

    __table_args__ = (
        CheckConstraint("state IN ('queued', 'delivered', 'dead')", name="state"),
        Index(
            "ix_webhook_deliveries_queued", "endpoint_id", "member_id", "seq", "event_id",
            postgresql_where="state = 'queued'",
        ),
        Index("ix_webhook_deliveries_latest", "endpoint_id", "queued_at", "event_id"),
        Index("ix_webhook_deliveries_dead", "partner_id", postgresql_where="state = 'dead'"),
        Index(None, "queued_at"),
    )  # fmt: skip


class WebhookStream(Base):
    """A stream of an endpoint with something to send at `next_at`; there is no row without.

    Whoever sends its head has it under the token `asking` until `asking_until`, so that one
    request of a stream is under way at a time, whoever sends and whatever is queued meanwhile.
    """

    __tablename__ = "webhook_streams"

    endpoint_id: Mapped[Id] = mapped_column(ForeignKey("webhook_endpoints.id"), primary_key=True)
    member_id: Mapped[Id] = mapped_column(primary_key=True)
    partner_id: Mapped[Id]
    next_at: Mapped[Instant]
    asking: Mapped[OptionalId]
    asking_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        Index(None, "endpoint_id", "next_at"),
        {"postgresql_with": {"fillfactor": "70"}},
    )


class WebhookAttempt(Base):
    """One request: when, how it ended, how long it took, and the first KiB of what came back."""

    __tablename__ = "webhook_attempts"

    endpoint_id: Mapped[Id] = mapped_column(ForeignKey("webhook_endpoints.id"), primary_key=True)
    id: Mapped[Id] = mapped_column(primary_key=True)
    event_id: Mapped[Id]
    partner_id: Mapped[Id]
    at: Mapped[Instant]
    outcome: Mapped[Word]
    status: Mapped[int | None] = mapped_column(Integer)
    took_ms: Mapped[int] = mapped_column(Integer)
    answer: Mapped[Word]

    __table_args__ = (
        Index(None, "endpoint_id", "event_id", "at"),
        Index(None, "partner_id", "at"),
        Index(None, "at"),
    )
