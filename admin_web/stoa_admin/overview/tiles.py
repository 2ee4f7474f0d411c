"""Key figures with their course, and in words why a partner needs somebody's eye."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from uuid import UUID

from stoa.services.rollups import Overview, Sign, Watched
from stoa.values.identifiers import public_id
from stoa_admin import sparkline, texts
from stoa_admin.language import gettext, ngettext

__all__ = ["Notice", "Tile", "noticed", "partner_tiles", "tiles"]


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure with its course and how it compares to the period before.

    Attributes:
        text: the figure as it is shown; `exact` in full.
        now: what `before` is compared with; not always what is shown.
        note: what is said beside the change.
        is_good: whether more of it is better; ``None`` where neither is.
    """

    name: str
    icon: str
    label: str
    text: str
    exact: str
    now: int
    before: int
    note: str
    line: tuple[str, str] | None = None
    is_good: bool | None = True
    bars: Sequence[tuple[float, float, float, float]] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that a partner needs an eye for, and the door where it is seen to."""

    partner: str
    name: str
    text: str
    door: str
    is_hot: bool


def tiles(seen: Overview, deferred: tuple[str, Decimal] | None) -> Iterator[Tile]:
    """Return the key figures of the alliance.

    Args:
        deferred: the last closed period and what of its billing is not revenue yet.
    """
    yield _active(seen, gettext("%(count)s members in all, %(joined)s joined", count=texts.points(
        seen.members), joined=texts.points(seen.joined)))  # fmt: skip
    yield from _flow(seen)
    starting = seen.outstanding - sum(each.figures.net for each in seen.days)
    course = list(accumulate((each.figures.net for each in seen.days), initial=starting))
    yield Tile(
        "outstanding", "scale", gettext("Outstanding"), texts.compact(seen.outstanding),
        texts.points(seen.outstanding), seen.outstanding, seen.outstanding_before,
        gettext("worth %(money)s", money=texts.money(seen.worth)), sparkline.line(course),
        is_good=None,
    )  # fmt: skip
    money = texts.exact(deferred[1], seen.worth.currency) if deferred else texts.money(seen.worth)
    note = gettext("at face value; no month is closed yet")
    if deferred:
        note = gettext("deferred when %(month)s was closed", month=texts.period(deferred[0]))
    yield Tile(
        "liability", "wallet", gettext("Liability"), money, money, 0, 0, note, is_good=None,
        bars=sparkline.bars([points for _, points in seen.expiring]),
    )  # fmt: skip


def partner_tiles(seen: Overview) -> Iterator[Tile]:
    """Return the key figures of one partner."""
    days = dict(seen.trailing)
    yield _active(seen, gettext("%(count)s in the last 90 days", count=texts.points(days[90])))
    yield from _flow(seen, taken_back=True)


def _active(seen: Overview, note: str) -> Tile:
    return Tile(
        "active", "users", gettext("Active members"), texts.compact(seen.active),
        texts.points(seen.active), seen.active, seen.active_before, note,
        sparkline.line([count for _, count in seen.months]),
    )  # fmt: skip


def _flow(seen: Overview, *, taken_back: bool = False) -> Iterator[Tile]:
    figures: list[tuple[str, str, str, bool | None]] = [
        ("issued", "coins", gettext("Points issued"), True),
        ("redeemed", "gift", gettext("Points redeemed"), True),
    ]
    if taken_back:
        figures.append(("taken_back", "arrow-back-up", gettext("Taken back"), False))
    else:
        figures.append(("expired", "hourglass", gettext("Breakage"), None))
    for name, icon, label, is_good in figures:
        now, before = getattr(seen.now, name), getattr(seen.before, name)
        note = gettext("%(count)s before", count=texts.compact(before))
        if name == "redeemed" and not taken_back:
            note = gettext(
                "burn rate %(now)s, %(before)s before",
                now=texts.ratio(seen.now.redeemed, seen.now.kept),
                before=texts.ratio(seen.before.redeemed, seen.before.kept),
            )
        course = [getattr(each.figures, name) for each in seen.days]
        yield Tile(
            name, icon, label, texts.compact(now), texts.points(now), now, before, note,
            sparkline.line(course), is_good,
        )  # fmt: skip


def noticed(found: Sequence[Watched]) -> list[Notice]:
    """Return in words what partners need an eye for, the urgent first."""
    notices = [_notice(each.id, each.name, sign) for each in found for sign in each.signs]
    return sorted(notices, key=lambda each: not each.is_hot)


def _notice(partner_id: UUID, name: str, sign: Sign) -> Notice:
    said, door = {
        "exhausted": (gettext("has no funding left"), "funding.page"),
        "low": (gettext("is low on funding"), "funding.page"),
        "plugin": (gettext("has a plugin that is not loaded"), "knobs.page"),
        "webhooks": (
            ngettext(
                "has %(num)d event that was given up", "has %(num)d events that were given up",
                sign.count,
            ),
            "webhooks.page",
        ),
        "disputes": (
            ngettext("has %(num)d open dispute", "has %(num)d open disputes", sign.count),
            "disputes.page",
        ),
        "leaving": (gettext("is leaving"), "partners.page"),
        "suspended": (gettext("is suspended; its purchases are refused"), "partners.page"),
        "silent": (
            gettext("no sale since %(day)s", day=texts.day(sign.since)) if sign.since else "",
            "partners.page",
        ),
        "never": (gettext("has had no sale yet"), "partners.page"),
    }[sign.name]  # fmt: skip
    return Notice(public_id("prt", partner_id), name, said, door, sign.is_urgent)
