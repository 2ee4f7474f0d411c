"""Figures for the operator: what was issued, redeemed, is outstanding and ends soon.

Every figure is one statement over the tables that prove it, so it can be checked by hand. Days are
business days: the day at the store where a purchase or redemption happened, the programme's day for
points that ended. A `glance` reads all of them from one instant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from functools import cached_property
from uuid import UUID

from stoa.services import positions
from stoa.values.amounts import Money, minor_exponent
from stoa.values.periods import Period
from stoa.work import Work

__all__ = [
    "Attention",
    "Flow",
    "Glance",
    "Headcount",
    "Outstanding",
    "PartnerName",
    "attention",
    "expiring",
    "flows",
    "flows_of",
    "glance",
    "headcount",
    "outstanding",
]

_AHEAD_DAYS = 365
_LONGEST_MS = 20_000


@dataclass(frozen=True, slots=True)
class PartnerName:
    """A partner as figures name it."""

    id: UUID
    code: str
    name: str
    status: str


@dataclass(frozen=True, slots=True)
class Flow:
    """What moved in points on one business day at one partner (``None``: the programme itself).

    Attributes:
        issued: Σ of postings above zero on account ``issued``: points given.
        taken_back: −Σ of postings below zero on ``issued``: points that returned goods had earned.
        redeemed: −Σ of postings on ``burned``: points that members spent there.
        expired: −Σ of postings on ``expired``: points whose last day was over.
        net: Σ of all postings: by how much the members' points grew.
    """

    day: date
    partner_id: UUID | None
    issued: int
    taken_back: int
    redeemed: int
    expired: int
    net: int


@dataclass(frozen=True, slots=True)
class Headcount:
    """How many members there are, and how many enrolled on each day of a span."""

    total: int
    by_day: tuple[tuple[date, int], ...]

    def enrolled(self, period: Period) -> int:
        """Return how many enrolled in a part of the span."""
        return sum(count for day, count in self.by_day if day in period)


@dataclass(frozen=True, slots=True)
class Outstanding:
    """What is owed to members: Σ of available, pending and held points of all wallets."""

    points: int
    held: int
    debt: int
    worth: Money


@dataclass(frozen=True, slots=True)
class Attention:
    """What someone of the staff should look at.

    Attributes:
        pending: purchases kept without points because a plugin failed.
        pending_since: when the oldest of them came in.
        pending_partner: whose it is; ``None`` when nothing is pending.
        holds: redemptions that wait for their capture.
        held_points: the points in them.
        overdue_holds: holds whose time is over and that nobody let go: is the worker running?
        events: events that wait to be told.
        events_since: since when the oldest of them waits.
        frozen: members who can neither earn nor redeem.
    """

    pending: int
    pending_since: datetime | None
    pending_partner: UUID | None
    holds: int
    held_points: int
    overdue_holds: int
    events: int
    events_since: datetime | None
    frozen: int


@dataclass(frozen=True)
class Glance:
    """The dashboard's figures at one instant: a period, and one of the same length before it."""

    at: datetime
    period: Period
    before: Period
    partners: tuple[PartnerName, ...]
    flows: tuple[Flow, ...]
    headcount: Headcount
    outstanding: Outstanding
    expiring: tuple[tuple[date, int], ...]
    attention: Attention

    def sum(self, figure: str, period: Period, *, partner_id: UUID | None = None) -> int:
        """Return one figure of the flows over a period, of one partner or of all."""
        return sum(
            getattr(flow, figure)
            for flow in self.flows
            if flow.day in period and partner_id in (None, flow.partner_id)
        )

    @cached_property
    def days(self) -> tuple[date, ...]:
        """The days of the period."""
        length = (self.period.end - self.period.start).days
        return tuple(self.period.start + timedelta(days=n) for n in range(length))

    def by_day(self, figure: str) -> list[int]:
        """Return one figure for each day of the period, 0 where nothing happened."""
        totals = dict.fromkeys(self.days, 0)
        for flow in self.flows:
            if flow.day in totals:
                totals[flow.day] += getattr(flow, figure)
        return list(totals.values())

    def outstanding_on(self, day: date) -> int:
        """Return what was outstanding when a day began: what is now, less what moved since."""
        moved = sum(flow.net for flow in self.flows if flow.day >= day)
        return self.outstanding.points - moved

    def expiring_within(self, days: int) -> int:
        """Return how many points end within so many days from today."""
        today = self.period.end - timedelta(days=1)
        return sum(points for day, points in self.expiring if (day - today).days < days)


def glance(work: Work, *, days: int) -> Glance:
    """Return the dashboard's figures for the `days` days that end today, and as many before.

    Everything is read from one snapshot of the database.
    """
    connection = work.session.connection()
    connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    connection.exec_driver_sql(f"SET LOCAL statement_timeout = {_LONGEST_MS}")
    connection.exec_driver_sql("SET LOCAL jit = off")  # it compiles longer than it would read
    tomorrow = work.today() + timedelta(days=1)
    period = Period(tomorrow - timedelta(days=days), tomorrow)
    before = Period(period.start - timedelta(days=days), period.start)
    both = Period(before.start, period.end)
    return Glance(
        at=work.now(), period=period, before=before,
        partners=tuple(PartnerName(*row) for row in work.rows(_PARTNERS)),
        flows=tuple(flows(work, since=both.start)), headcount=headcount(work, both),
        outstanding=outstanding(work), expiring=tuple(expiring(work)), attention=attention(work),
    )  # fmt: skip


_PARTNERS = "SELECT id, code, name, status FROM partners ORDER BY name, id"


def flows(work: Work, *, since: date) -> Sequence[Flow]:
    """Return what moved on each business day at each partner, from a day on: one statement."""
    return [Flow(*row) for row in positions.flows(work, work.programme.currency, since=since)]


def flows_of(work: Work, partner_id: UUID, *, days: int, currency: str = "") -> list[Flow]:
    """Return what moved at one partner on each of the `days` business days that end today.

    Args:
        currency: of the points; the programme's where none is named.
    """
    last = work.today()
    since = last - timedelta(days=days - 1)
    found = positions.flows(work, currency or work.programme.currency, since=since)
    by_day = {row[0]: Flow(*row) for row in found if row[1] == partner_id}
    all_days = (since + timedelta(days=n) for n in range(days))
    return [by_day.get(day) or Flow(day, partner_id, 0, 0, 0, 0, 0) for day in all_days]


_HEADCOUNT = """
SELECT local.day, count(*),
       (SELECT count(*) FROM members WHERE status NOT IN ('closed', 'merged'))
  FROM (SELECT (enrolled_at AT TIME ZONE %(zone)s)::date AS day FROM members
         WHERE enrolled_at >= (%(start)s::timestamp AT TIME ZONE %(zone)s)
           AND enrolled_at < (%(end)s::timestamp AT TIME ZONE %(zone)s)
         UNION ALL SELECT NULL) AS local
 GROUP BY local.day ORDER BY local.day
"""


def headcount(work: Work, period: Period) -> Headcount:
    """Count the members whose membership is not closed, and the enrolments of each local day."""
    values = {"zone": work.programme.zone, "start": period.start, "end": period.end}
    rows = work.rows(_HEADCOUNT, values)
    return Headcount(rows[-1][2], tuple((row[0], row[1]) for row in rows[:-1]))


_OUTSTANDING = """
SELECT coalesce(sum(w.available + w.pending + w.held), 0)::bigint, coalesce(sum(w.held), 0)::bigint,
       coalesce(sum(w.debt), 0)::bigint, coalesce(max(c.face_value), 0)
  FROM currencies c LEFT JOIN wallets w ON w.currency = c.code WHERE c.code = %s
"""


def outstanding(work: Work) -> Outstanding:
    """Sum all wallets; `worth` is what members could have for it, rounded down."""
    points, held, debt, face_value = work.rows(_OUTSTANDING, (work.programme.currency,))[0]
    money = work.programme.money_currency
    minor = (Decimal(points) * face_value).scaleb(minor_exponent(money))
    worth = Money(int(minor.to_integral_value(ROUND_FLOOR)), money)
    return Outstanding(points, held, debt, worth)


_EXPIRING = """
SELECT expires_on, sum(remaining)::bigint FROM lots
 WHERE currency = %s AND expires_on >= %s AND expires_on < %s
 GROUP BY expires_on ORDER BY expires_on
"""


def expiring(work: Work) -> list[tuple[date, int]]:
    """Return what is left in lots by their last day, from today for a year."""
    today = work.today()
    values = (work.programme.currency, today, today + timedelta(days=_AHEAD_DAYS))
    return [(row[0], row[1]) for row in work.rows(_EXPIRING, values)]


_ATTENTION = """
SELECT p.n, p.since, p.partner_id, h.n, h.points, h.overdue, o.n, o.since, f.n
  FROM (SELECT count(*) AS n, min(received_at) AS since,
               (array_agg(partner_id ORDER BY received_at))[1] AS partner_id
          FROM purchases WHERE status = 'pending') AS p,
       (SELECT count(*) AS n, coalesce(sum(points), 0)::bigint AS points,
               count(*) FILTER (WHERE expires_at < %(late)s) AS overdue
          FROM holds WHERE state = 'held') AS h,
       (SELECT count(*) AS n, min(at) AS since FROM outbox WHERE state = 'new') AS o,
       (SELECT count(*) AS n FROM members WHERE status = 'frozen') AS f
"""


def attention(work: Work) -> Attention:
    """Count what waits: pending purchases, open holds, events, and members who are frozen.

    A hold counts as overdue when its time has been over for five minutes.
    """
    late = work.now() - timedelta(minutes=5)
    return Attention(*work.rows(_ATTENTION, {"late": late})[0])
