"""A partner's webhooks: its endpoints, how the last hours went, every delivery, and sending again.

Secrets are told to the partner alone, by the API or to its own people here, in the answer to the
deed that made them: no page of the operator shows one.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from flask import abort, flash, make_response, render_template, request
from werkzeug import Response

from stoa.errors import (
    DestinationNotAllowedError,
    StoaError,
    WebhookDisabledError,
    WebhookLimitError,
    WebhookUnknownError,
)
from stoa.services import rosters, webhooks
from stoa.services.webhooks import Endpoint, Hour, Keys
from stoa.values.identifiers import uuid_of
from stoa.work import Work
from stoa_admin.front import id_of, open_work, person, to
from stoa_admin.language import gettext
from stoa_admin.lists import read
from stoa_admin.lists.of_records import DELIVERIES
from stoa_admin.room import Room

__all__ = [
    "STATES",
    "challenge",
    "create",
    "disable",
    "doors",
    "page",
    "replay",
    "retry",
    "rotate",
    "show",
]

doors = Room("webhooks", __name__, reads="webhooks.read", changes="webhooks.change")

STATES = ("", "queued", "delivered", "dead")
"""The tabs of the delivery log, in their order."""

_HOURS = 48
_MAX_NAME = 80
_PAGE = 50
_DAYS = (1, 7, 30)


@doors.get("/partners/<partner>/webhooks")
def page(partner: str) -> str:
    """Show a partner's endpoints and how the last two days went."""
    return _page(partner)


@doors.post("/partners/<partner>/webhooks")
def create(partner: str) -> Response:
    """Register an endpoint; it is challenged, and events follow once it has echoed that."""
    partner_id = id_of("prt", partner)
    given = {name: " ".join(request.form.get(name, "").split()) for name in ("url", "name")}
    topics = [each for each in request.form.getlist("topics") if each in webhooks.TOPICS]
    errors = {}
    if not given["name"].isprintable() or len(given["name"]) > _MAX_NAME:
        errors["name"] = gettext("Write at most 80 characters.")
    try:
        with open_work() as work:
            work.egress.check(given["url"])
    except DestinationNotAllowedError:
        errors["url"] = gettext(
            "Write an https address of a public host, such as https://hooks.example.com/stoa."
        )
    if errors:
        return make_response(_page(partner, given=given, topics=topics, errors=errors), 422)
    try:
        with open_work() as work:
            rosters.partner(work, partner_id)
            made = webhooks.create(
                work, partner_id, given["url"], name=given["name"], topics=topics
            )
    except WebhookLimitError:
        flash(gettext("The partner has too many endpoints in use."), "danger")
        return to("webhooks.page", partner=partner)
    return _with_keys(partner, made)


def _page(
    partner: str,
    *,
    given: Mapping[str, str] | None = None,
    topics: Sequence[str] = (),
    errors: Mapping[str, str] | None = None,
    fresh: Endpoint | None = None,
    keys: Keys | None = None,
) -> str:
    partner_id = id_of("prt", partner)
    with open_work() as work:
        line = rosters.partner(work, partner_id)
        found = webhooks.of_partner(work, partner_id)
        standing = webhooks.standing(work, [each.id for each in found])
        hours = webhooks.hours(work, partner_id, count=_HOURS)
    return render_template(
        "admin/partner_webhooks.html", partner=line, endpoints=found, standing=standing,
        hours=hours, bars=_bars(hours), days=_DAYS, tab="webhooks", given=given or {},
        chosen=topics, topics=webhooks.TOPICS, errors=errors or {}, fresh=fresh, keys=keys,
    )  # fmt: skip


@doors.get("/partners/<partner>/webhooks/<webhook>")
def show(partner: str, webhook: str) -> str | Response:
    """Show the delivery log of an endpoint, or the attempts of one delivery."""
    partner_id, endpoint_id = id_of("prt", partner), id_of("whk", webhook)
    if request.args.get("state", "") not in STATES:
        abort(404)
    with open_work() as work:
        line = rosters.partner(work, partner_id)
        try:
            endpoint = webhooks.find(work, endpoint_id, partner_id=partner_id)
        except WebhookUnknownError:
            abort(404)
        topics = {each: each for each in webhooks.TOPICS}
        listed = read(work, DELIVERIES, options={"topic": topics}, endpoint_id=endpoint_id)
        event_id = uuid_of("evt", request.args.get("event", ""))
        tried = webhooks.attempts(work, endpoint_id, event_id) if event_id else None
    return listed.answer(
        "admin/partner_webhook.html", partner=line, endpoint=endpoint, tried=tried,
        event=request.args.get("event", ""), tab="webhooks",
    )  # fmt: skip


@doors.post("/partners/<partner>/webhooks/<webhook>/challenge")
def challenge(partner: str, webhook: str) -> Response:
    """Challenge an endpoint anew."""
    done = gettext("The endpoint is challenged; it is active once it has echoed that.")
    return _do(partner, webhook, webhooks.prove, done)


@doors.post("/partners/<partner>/webhooks/<webhook>/disable")
def disable(partner: str, webhook: str) -> Response:
    """Send nothing more to an endpoint."""

    def deed(work: Work, endpoint_id: UUID, *, partner_id: UUID) -> None:
        reason = "operator" if person().partner_id is None else "asked"
        webhooks.disable(work, endpoint_id, partner_id=partner_id, reason=reason)

    return _do(partner, webhook, deed, gettext("Nothing more is sent to this endpoint."))


@doors.post("/partners/<partner>/webhooks/<webhook>/rotate")
def rotate(partner: str, webhook: str) -> Response:
    """Sign with a new secret, which the partner's own people are shown this once."""
    if person().partner_id is not None:
        endpoint_id = id_of("whk", webhook)
        try:
            with open_work() as work:
                webhooks.rotate(work, endpoint_id, partner_id=id_of("prt", partner))
        except WebhookUnknownError:
            abort(404)
        return _with_keys(partner, endpoint_id)
    done = gettext("New secrets sign; those before sign beside them for 24 hours.")
    return _do(partner, webhook, webhooks.rotate, done)


@doors.post("/partners/<partner>/webhooks/<webhook>/test")
def test(partner: str, webhook: str) -> Response:
    """Send an event that means nothing."""
    return _do(partner, webhook, webhooks.send_test, gettext("A test event is on its way."))


@doors.post("/partners/<partner>/webhooks/<webhook>/retry")
def retry(partner: str, webhook: str) -> Response:
    """Send again what was given up."""
    return _do(partner, webhook, webhooks.retry, gettext("What was given up is sent again."))


@doors.post("/partners/<partner>/webhooks/<webhook>/replay")
def replay(partner: str, webhook: str) -> Response:
    """Send the last days again."""
    days = request.form.get("days", "")

    def deed(work: Work, endpoint_id: UUID, *, partner_id: UUID) -> None:
        if days not in {str(each) for each in _DAYS}:
            abort(400)
        end = work.now()
        start = end - timedelta(days=int(days))
        webhooks.replay(work, endpoint_id, partner_id=partner_id, start=start, end=end)

    return _do(partner, webhook, deed, gettext("What happened then is sent again."))


def _with_keys(partner: str, endpoint_id: UUID) -> Response:
    """Answer with what an endpoint's events are verified with, where the partner's people ask."""
    if person().partner_id is None:
        flash(gettext("The partner reads the secrets by the API."), "success")
        return to("webhooks.page", partner=partner)
    with open_work() as work:
        fresh = webhooks.find(work, endpoint_id, partner_id=id_of("prt", partner))
        keys = webhooks.keys_of(work, endpoint_id)
    return make_response(_page(partner, fresh=fresh, keys=keys), 201)


def _do(partner: str, webhook: str, deed: Callable[..., object], done: str) -> Response:
    partner_id, endpoint_id = id_of("prt", partner), id_of("whk", webhook)
    try:
        with open_work() as work:
            deed(work, endpoint_id, partner_id=partner_id)
    except WebhookUnknownError:
        abort(404)
    except WebhookDisabledError:
        flash(gettext("The endpoint is not active: challenge it first."), "danger")
    except WebhookLimitError:
        flash(gettext("The partner has too many endpoints in use."), "danger")
    except StoaError as refused:
        flash(gettext("Nothing was changed: %(why)s", why=refused.code), "danger")
    else:
        flash(done, "success")
    return to("webhooks.page", partner=partner)


Bar = tuple[float, float, float, float]


def _bars(hours: list[Hour]) -> tuple[list[Bar], list[Bar]]:
    """Return the bars of requests by hour, on one scale: all of them, and the failed ones."""
    everything = [each.delivered + each.failed for each in hours]
    highest = max(everything, default=0)
    failed = [each.failed for each in hours]
    return _drawn(everything, highest), _drawn(failed, highest)


def _drawn(values: list[int], highest: int) -> list[Bar]:
    """Return x, y, width and height of one bar a value, in a box of 120 × 32."""
    wide = 120 / max(len(values), 1)
    tall = [max(1.0, value / highest * 31) if value else 0.0 for value in values]
    return [
        (round(n * wide, 2), round(32 - each, 2), round(wide - 0.5, 2), round(each, 2))
        for n, each in enumerate(tall)
        if each
    ]
