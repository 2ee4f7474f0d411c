"""The lists of redemptions, disputes, batches, requests and deliveries."""

from types import MappingProxyType

from flask import request, url_for

from stoa.services.batches import Batch
from stoa.services.listings import records
from stoa.services.listings.records import OrderLine
from stoa.services.requests import Kept
from stoa.services.webhooks import Delivery
from stoa.values.identifiers import public_id
from stoa_admin import texts
from stoa_admin.language import gettext, ngettext, noted
from stoa_admin.lists.declaring import Column, Empty, Filter, Listing

__all__ = ["BATCHES", "BATCH_STATES", "DELIVERIES", "ORDERS", "ORDER_STATES", "REQUESTS"]

ORDER_STATES = MappingProxyType(
    {
        "held": noted("On hold"),
        "issued": noted("Given out"),
        "fulfilled": noted("Fulfilled"),
        "failed": noted("Failed"),
        "voided": noted("Let go"),
        "expired": noted("Expired"),
        "refunded": noted("Given back"),
    }
)
"""What orders may be, in the words of the page."""

BATCH_STATES = MappingProxyType(
    {
        "queued": noted("Waiting"),
        "running": noted("Running"),
        "done": noted("Done"),
        "cancelled": noted("Cancelled"),
    }
)
"""What batches may be, in the words of the page."""

_DELIVERY_STATES = MappingProxyType(
    {"queued": noted("Waiting"), "delivered": noted("Delivered"), "dead": noted("Given up")}
)
_TICKETS = MappingProxyType(
    {
        "open": noted("to be drawn"),
        "won": noted("won"),
        "lost": noted("not won"),
        "refunded": noted("taken back"),
    }
)
_CHANCES = MappingProxyType(_TICKETS | {"open": noted("not used yet"), "used": noted("used")})


def _came(each: OrderLine) -> list[str]:
    """Return what came with an order, a text each."""
    came, told = each.came, list[str]()
    if each.order.coupons:
        told.append(ngettext("%(num)d coupon", "%(num)d coupons", len(each.order.coupons)))
    told += [
        gettext(
            "Ticket %(number)d of %(draw)s: %(state)s",
            number=number, draw=came.draw, state=gettext(_TICKETS[state]),
        )
        for _, number, state in came.tickets
    ]  # fmt: skip
    told += [
        gettext("Chance %(chance)s: %(state)s", chance=came.chance, state=gettext(_CHANCES[state]))
        for _, state in came.chances
    ]
    if came.points:
        currency, points = came.points
        told.append(
            gettext(
                "%(points)s points of %(currency)s",
                points=texts.points(points), currency=currency,
            )
        )  # fmt: skip
    return told


def _buyer(each: OrderLine) -> str:
    return url_for("admin.members.page", member=public_id("mem", each.order.buyer_id))


def _offer(each: OrderLine) -> str:
    many = each.order.quantity
    return f"{each.order.offer} × {many}" if many > 1 else each.order.offer


ORDERS = Listing(
    name="redemptions",
    title=noted("Redemptions"),
    source=records.orders,
    key=lambda each: each.order.public_id,
    columns=(
        Column("offer", noted("Reward"), _offer),
        Column("points", noted("Points"), lambda each: each.order.points, "points"),
        Column(
            "state", noted("State"), lambda each: each.order.state, "state", words=ORDER_STATES
        ),
        Column("came", noted("What came with it"), _came, "chips"),
        Column(
            "member", noted("Member"), lambda _: gettext("Show the member"), link=_buyer,
            personal=True,
        ),
        Column(
            "placed", noted("When"), lambda each: each.order.placed_at, "ago", sort="placed"
        ),
        Column(
            "number", noted("Number"), lambda each: each.order.public_id, "code", shown=False
        ),
    ),
    filters=(
        Filter("state", noted("State"), options=ORDER_STATES),
        Filter("offer", noted("Reward"), "text", placeholder="grocery:mug"),
        Filter("since", noted("Since"), "day"),
    ),
    sort="-placed",
    none=Empty(
        "gift", noted("No orders"), noted("A reward that a member holds or has appears here.")
    ),
)  # fmt: skip
"""The rewards that members redeemed, the latest first."""


def _failed(each: Batch) -> str | None:
    if not each.failed:
        return None
    partner = public_id("prt", each.partner_id)
    return url_for("admin.batches.failed_rows", partner=partner, batch=each.public_id)


BATCHES = Listing(
    name="batches",
    title=noted("Batches"),
    source=records.batches,
    key=lambda each: each.public_id,
    columns=(
        Column("batch", noted("Batch"), lambda each: each.public_id, "code"),
        Column("sent", noted("Sent"), lambda each: each.made_at, "ago", sort="sent"),
        Column("state", noted("State"), lambda each: each.state, "state", words=BATCH_STATES),
        Column(
            "far", noted("How far"), lambda each: (each.total - each.waiting, each.total),
            "progress",
        ),
        Column("rows", noted("Rows"), lambda each: each.total, "points"),
        Column("repeated", noted("Repeated"), lambda each: each.repeated, "points"),
        Column("failed", noted("Failed"), lambda each: each.failed, "points", link=_failed),
        Column(
            "kind", noted("Kind"),
            lambda each: [gettext("without effect")] if each.dry_run else [], "chips",
        ),
    ),
    filters=(Filter("state", noted("State"), options=BATCH_STATES),),
    sort="-sent",
    none=Empty(
        "run", noted("No batches yet"),
        noted("Files of purchases, returns and voids that the partner sends appear here."),
    ),
)  # fmt: skip
"""A partner's batches, the latest first."""


def _request(each: Kept) -> str:
    partner = public_id("prt", each.partner_id)
    return url_for("admin.requests.show", partner=partner, request_id=each.request_id)


REQUESTS = Listing(
    name="requests",
    title=noted("Requests"),
    source=records.requests,
    key=lambda each: each.public_id,
    columns=(
        Column(
            "request", noted("Request"), lambda each: f"{each.method} {each.path[:80]}", "code",
            link=_request,
        ),
        Column("status", noted("Status"), lambda each: str(each.status), "figure"),
        Column("code", noted("Code"), lambda each: each.code, "code"),
        Column("took", noted("Took"), lambda each: f"{each.duration_us / 1000:.1f} ms", "figure"),
        Column("at", noted("When"), lambda each: each.at, "ago", sort="at"),
        Column("number", noted("Number"), lambda each: each.request_id, "code", shown=False),
        Column("client", noted("Credentials"), lambda each: each.client, "code", shown=False),
    ),
    filters=(
        Filter("status", noted("Status")),
        Filter("method", noted("Method")),
        Filter("path", noted("Path begins with"), "text", placeholder="/v1/purchases"),
        Filter("since", noted("Since"), "day"),
    ),
    sort="-at",
    none=Empty(
        "history", noted("No requests here"),
        noted("What the partner's software asks appears here within a second."),
    ),
)  # fmt: skip
"""What a partner's software asked, the latest first."""


def _event(each: Delivery) -> str:
    place = dict(request.view_args or {})
    return url_for("admin.webhooks.show", **place, event=public_id("evt", each.event_id))


DELIVERIES = Listing(
    name="deliveries",
    title=noted("Deliveries"),
    source=records.deliveries,
    key=lambda each: public_id("evt", each.event_id),
    columns=(
        Column(
            "event", noted("Event"), lambda each: each.topic, link=_event,
            under=lambda each: public_id("evt", each.event_id),
        ),
        Column("state", noted("State"), lambda each: each.state, "state", words=_DELIVERY_STATES),
        Column("number", noted("Number"), lambda each: each.seq, "points"),
        Column("tries", noted("Tries"), lambda each: each.attempts, "points"),
        Column("queued", noted("When"), lambda each: each.queued_at, "ago", sort="queued"),
        Column("answer", noted("What came back"), lambda each: (each.answer or "")[:80], "code"),
    ),
    filters=(
        Filter("state", noted("State"), options=_DELIVERY_STATES),
        Filter("topic", noted("Topic")),
    ),
    sort="-queued",
    none=Empty(
        "speakerphone", noted("Nothing here"),
        noted("What happens to the partner's members will be listed here as it is sent."),
    ),
)  # fmt: skip
"""What goes or went to an endpoint, newest first."""
