"""The first page: how points flow, what is owed, what ends soon, and what needs someone's eye."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from uuid import UUID

from flask import render_template, request
from werkzeug import Response

from stoa.services import analytics
from stoa.services.analytics import Glance, PartnerName
from stoa.values.identifiers import public_id
from stoa.values.periods import add_months
from stoa_admin import sparkline
from stoa_admin.front import front, open_work, person, to
from stoa_admin.language import gettext
from stoa_admin.room import SIGNED_IN, Room, asks

__all__ = ["PERIODS", "doors", "page"]

PERIODS = (7, 30, 90)
"""The spans of days one can look at; the middle one comes first."""

doors = Room("dashboard", __name__, reads="dashboard.read")

_SOON_DAYS = 30
_MONTHS_AHEAD = 6
_KEPT_TIMES = 20


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure with its course and how it compares to the period before.

    Attributes:
        now: this period's figure that `before` is compared with; not always the one shown.
        line: the course, as paths of a line and of the area below it.
        bars: what lies ahead, in place of a course.
    """

    name: str
    icon: str
    label: str
    value: int
    now: int
    before: int
    line: tuple[str, str] | None = None
    bars: Sequence[tuple[float, float, float, float]] = ()


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """A partner's figures of the period; `share` is its part of all points issued, in percent."""

    partner: PartnerName
    issued: int
    taken_back: int
    redeemed: int
    net: int
    before: int
    share: float


@dataclass(frozen=True, slots=True)
class Kept:
    """Figures that may be shown again until a time of the machine's monotonic clock."""

    seen: Glance
    until: float


@dataclass(frozen=True, slots=True)
class Month:
    """The points that end in one month; `share` is their part of the fullest month, in percent."""

    first: date
    points: int
    share: float


@doors.get("/")
@asks(SIGNED_IN)
def page() -> str | Response:
    """Show the period in the address, 30 days where it names none that is offered.

    A partner's people are led to the first page of their partner.
    """
    mine = person().partner_id
    if mine is not None:
        return to("home.page", partner=public_id("prt", mine))
    days = request.args.get("days", type=int)
    seen = _glance(days if days in PERIODS else PERIODS[1])
    return render_template(
        "admin/dashboard.html",
        periods=PERIODS,
        length=len(seen.days),
        seen=seen,
        last=seen.period.end - timedelta(days=1),
        tiles=list(_tiles(seen)),
        chart=list(zip(seen.days, seen.by_day("issued"), seen.by_day("redeemed"), strict=True)),
        rows=_partner_rows(seen),
        months=_months(seen),
        names={partner.id: partner for partner in seen.partners},
        waits=seen.attention.events_since is not None
        and seen.at - seen.attention.events_since > timedelta(minutes=10),
    )


def _glance(days: int) -> Glance:
    # Reading a large ledger takes a while: what took long is shown again for twenty times as long,
    # so that open dashboards together never take more than a twentieth of one core.
    kept: dict[int, Kept] = front().kept
    start = time.monotonic()
    known = kept.get(days)
    if known is not None and start < known.until:
        return known.seen
    with open_work() as work:
        seen = analytics.glance(work, days=days)
    end = time.monotonic()
    kept[days] = Kept(seen, end + (end - start) * _KEPT_TIMES)
    return seen


def _tiles(seen: Glance) -> Iterator[Tile]:
    count = seen.headcount
    joined, before = count.enrolled(seen.period), count.enrolled(seen.before)
    by_day = dict(count.by_day)
    course = accumulate((by_day.get(day, 0) for day in seen.days), initial=count.total - joined)
    yield Tile(
        "members", "users", gettext("Members"), count.total, joined, before,
        line=sparkline.line(list(course)),
    )  # fmt: skip
    for name, icon, label in (
        ("issued", "coins", gettext("Points issued")),
        ("redeemed", "gift", gettext("Points redeemed")),
    ):
        now, then = seen.sum(name, seen.period), seen.sum(name, seen.before)
        yield Tile(name, icon, label, now, now, then, line=sparkline.line(seen.by_day(name)))
    starting = seen.outstanding_on(seen.period.start)
    nets = accumulate(seen.by_day("net"), initial=starting)
    yield Tile(
        "outstanding", "scale", gettext("Outstanding"), seen.outstanding.points,
        seen.outstanding.points, starting, line=sparkline.line(list(nets)),
    )  # fmt: skip
    today = seen.period.end - timedelta(days=1)
    ahead = dict(seen.expiring)
    coming = [ahead.get(today + timedelta(days=n), 0) for n in range(_SOON_DAYS)]
    yield Tile(
        "expiring", "hourglass", gettext("Expiring in 30 days"), sum(coming),
        sum(coming), seen.outstanding.points, bars=sparkline.bars(coming),
    )  # fmt: skip


def _partner_rows(seen: Glance) -> list[PartnerRow]:
    totals: Counter[tuple[UUID | None, str]] = Counter()
    for flow in seen.flows:
        if flow.day in seen.before:
            totals[flow.partner_id, "before"] += flow.issued
        elif flow.day in seen.period:
            totals[flow.partner_id, "issued"] += flow.issued
            totals[flow.partner_id, "taken_back"] += flow.taken_back
            totals[flow.partner_id, "redeemed"] += flow.redeemed
    all_issued = sum(count for (_, figure), count in totals.items() if figure == "issued")

    def row(partner: PartnerName) -> PartnerRow:
        issued, taken_back, redeemed, before = (
            totals[partner.id, figure] for figure in ("issued", "taken_back", "redeemed", "before")
        )
        share = round(100 * issued / all_issued, 1) if all_issued else 0.0
        net = issued - taken_back - redeemed
        return PartnerRow(partner, issued, taken_back, redeemed, net, before, share)

    rows = [row(partner) for partner in seen.partners]
    return sorted(rows, key=lambda row: (-row.issued, -row.redeemed, row.partner.name))


def _months(seen: Glance) -> list[Month]:
    today = seen.period.end - timedelta(days=1)
    firsts = [add_months(today.replace(day=1), n) for n in range(_MONTHS_AHEAD)]
    points = [
        sum(count for day, count in seen.expiring if day.replace(day=1) == first)
        for first in firsts
    ]
    fullest = max(points)
    return [
        Month(first, count, round(100 * count / fullest, 1) if fullest else 0.0)
        for first, count in zip(firsts, points, strict=True)
    ]
