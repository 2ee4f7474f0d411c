"""Orders, disputes, batches, requests and deliveries as rows of a list."""

from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

from stoa.services import deliveries as handed_out
from stoa.services import disputes as cases
from stoa.services import orders as placed
from stoa.services import requests as log
from stoa.services import tables
from stoa.services.batches import Batch
from stoa.services.deliveries import Delivered
from stoa.services.disputes import Dispute
from stoa.services.requests import Kept
from stoa.services.tables import Order, Table
from stoa.services.webhooks import Delivery
from stoa.values.listing import Page, Wish
from stoa.work import Work

__all__ = ["OrderLine", "batches", "deliveries", "disputes", "orders", "requests"]

_SINCE: LiteralString = "(%(since)s::date)::timestamp AT TIME ZONE %(zone)s"


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An order and what came with it."""

    order: placed.Order
    came: Delivered


_ORDERS = Table(
    columns=placed.COLUMNS,
    source=placed.JOINED,
    key="o.id",
    orders={"placed": Order("o.placed_at", "timestamptz")},
    usual="-placed",
    filters={
        "state": "o.state = %(state)s",
        "offer": "o.offer = %(offer)s",
        "since": f"o.placed_at >= {_SINCE}",
    },
)
_DISPUTES = Table(
    columns=cases.COLUMNS,
    source=cases.JOINED,
    key="d.id",
    orders={"opened": Order("d.opened_at", "timestamptz"), "minor": Order("d.minor", "bigint")},
    usual="-opened",
    filters={
        "state": "d.state = %(state)s",
        "reason": "d.reason = %(reason)s",
        "partner": "p.code = %(partner)s",
    },
)
_BATCHES = Table(
    columns="""b.id, b.partner_id, b.actor, b.dry_run, b.state, b.total, b.done, b.repeated,
        b.failed, b.attempts, b.made_at, b.started_at, b.ended_at""",
    source="batches b",
    key="b.id",
    orders={"sent": Order("b.made_at", "timestamptz")},
    usual="-sent",
    filters={"state": "b.state = %(state)s"},
    always="b.partner_id = %(partner)s",
)
_REQUESTS = Table(
    columns=log.COLUMNS,
    source="request_log",
    key="id",
    orders={"at": Order("at", "timestamptz")},
    usual="-at",
    filters={
        "status": "(status::text = %(status)s OR left(status::text, 1) || 'xx' = %(status)s)",
        "method": "method = %(method)s",
        "path": "starts_with(path, %(path)s)",
        "since": "at >= (%(since)s::date)::timestamp AT TIME ZONE 'UTC'",
    },
    always="partner_id = %(partner)s",
)
_DELIVERIES = Table(
    columns="d.event_id, d.topic, d.seq, d.state, d.attempts, d.queued_at, d.told_at, d.answer",
    source="webhook_deliveries d",
    key="d.event_id",
    orders={"queued": Order("d.queued_at", "timestamptz")},
    usual="-queued",
    filters={"state": "d.state = %(state)s", "topic": "d.topic = %(topic)s"},
    always="d.endpoint_id = %(endpoint)s",
)


def orders(work: Work, wish: Wish, /) -> Page[OrderLine]:
    """Return a page of orders of all members, the latest first, with what came with each.

    Raises:
        InvalidBodyError: the mark is none of this list.
    """

    def made(*row: Any) -> placed.Order:  # noqa: ANN401 - as read
        return placed.order_of(work, row)

    found = tables.page(work, _ORDERS, wish, made, {"zone": work.programme.zone})
    came = handed_out.delivered_with(work, found.rows)
    lines = tuple(OrderLine(each, came[each.id]) for each in found.rows)
    return Page(lines, found.before, found.after)


def disputes(work: Work, wish: Wish, /) -> Page[Dispute]:
    """Return a page of disputes, the newest first; of a partner's actor those it is a party of.

    Raises:
        InvalidBodyError: the mark is none of this list.
    """
    return tables.page(work, _DISPUTES, wish, Dispute)


def batches(work: Work, wish: Wish, /, *, partner_id: UUID) -> Page[Batch]:
    """Return a page of a partner's batches, the latest first.

    Raises:
        InvalidBodyError: the mark is none of this list.
    """
    return tables.page(work, _BATCHES, wish, Batch, {"partner": partner_id})


def requests(work: Work, wish: Wish, /, *, partner_id: UUID) -> Page[Kept]:
    """Return a page of what a partner's software asked, the latest first.

    Raises:
        InvalidBodyError: the mark is none of this list.
    """
    return tables.page(work, _REQUESTS, wish, Kept, {"partner": partner_id})


def deliveries(work: Work, wish: Wish, /, *, endpoint_id: UUID) -> Page[Delivery]:
    """Return a page of what goes or went to an endpoint, newest first.

    Raises:
        InvalidBodyError: the mark is none of this list.
    """
    return tables.page(work, _DELIVERIES, wish, Delivery, {"endpoint": endpoint_id})
