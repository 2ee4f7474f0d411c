"""Reading: a period's figures out of the rollups alone, in a fixed number of statements.

None of them looks at postings, wallets, lots or members: a page costs the same whatever their
number. Figures are as of the marks, which the worker moves about each second.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Any
from uuid import UUID

from stoa.models import NOBODY
from stoa.services.rollups.folding import Behind, behind
from stoa.values.amounts import Money, minor_exponent
from stoa.values.periods import Period, add_months
from stoa.values.spans import Span
from stoa.work import Work

__all__ = [
    "Crossing",
    "DayFigures",
    "Figures",
    "Movement",
    "Overview",
    "PartnerFigures",
    "Shared",
    "overview",
]

_MONTHS_BACK = 12
_MONTHS_AHEAD = 6
_TRAILING = (7, 30, 90)


@dataclass(frozen=True, slots=True)
class Figures:
    """Points of a period: given, taken back with returns, redeemed, ended unused, and their net."""

    issued: int = 0
    taken_back: int = 0
    redeemed: int = 0
    expired: int = 0
    net: int = 0

    @property
    def kept(self) -> int:
        """What was issued and not taken back: what the burn rate is a rate of."""
        return self.issued - self.taken_back


@dataclass(frozen=True, slots=True)
class DayFigures:
    """The figures of one business day."""

    day: date
    figures: Figures


@dataclass(frozen=True, slots=True)
class PartnerFigures:
    """A partner's figures of the period and the one before; `active` are members."""

    id: UUID
    code: str
    name: str
    status: str
    now: Figures
    before: Figures
    active: int
    active_before: int


@dataclass(frozen=True, slots=True)
class Crossing:
    """Points of an issuer's lots redeemed at a partner; ``None`` is the operator or programme.

    `amount` is the money for it, exact, in the journal's money.
    """

    issuer_id: UUID | None
    partner_id: UUID | None
    points: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Shared:
    """How many members were active at both partners in the month of the period's last day."""

    partner_id: UUID
    other_id: UUID
    members: int


@dataclass(frozen=True, slots=True)
class Movement:
    """How many members moved from a tier of a ladder to another one in the period."""

    ladder: str
    from_tier: str
    to_tier: str
    moves: int


@dataclass(frozen=True, slots=True)
class Overview:
    """A period's figures, of the alliance or of one partner.

    Attributes:
        days: each day of the period, also where nothing happened.
        outstanding: points owed to members at the end of the period, and `outstanding_before` at
            its start; 0 for one partner.
        worth: what members could have for `outstanding`, rounded down.
        active: members who earned or redeemed in the period; `active_before` in the one before.
        trailing: members active in the 7, 30 and 90 days that end today.
        months: members active in each of twelve months, the last one that of the period's end.
        expiring: points left that end in each of six months from today's on.
        members: who is a member now; `joined` in the period, `joined_before` in the one before.
    """

    span: Span
    currency: str
    now: Figures
    before: Figures
    days: tuple[DayFigures, ...]
    partners: tuple[PartnerFigures, ...]
    outstanding: int
    outstanding_before: int
    worth: Money
    active: int
    active_before: int
    trailing: tuple[tuple[int, int], ...]
    months: tuple[tuple[date, int], ...]
    crossing: tuple[Crossing, ...]
    shared: tuple[Shared, ...]
    expiring: tuple[tuple[date, int], ...]
    movements: tuple[Movement, ...]
    members: int
    joined: int
    joined_before: int
    behind: Behind

    @property
    def is_empty(self) -> bool:
        """Whether no points ever moved."""
        return not (self.outstanding or self.outstanding_before) and not any(
            (self.now.issued, self.now.redeemed, self.now.expired, self.before.issued)
        )


_SUMS = """
       coalesce(sum(r.given) FILTER (WHERE r.account = 'issued'), 0)::bigint,
       coalesce(sum(r.given - r.points) FILTER (WHERE r.account = 'issued'), 0)::bigint,
       coalesce(-sum(r.points) FILTER (WHERE r.account = 'burned'), 0)::bigint,
       coalesce(-sum(r.points) FILTER (WHERE r.account = 'expired'), 0)::bigint,
       coalesce(sum(r.points), 0)::bigint
"""
_DAYS = f"""
SELECT r.business_date, {_SUMS}
  FROM positions r
 WHERE r.currency = %(currency)s AND r.business_date >= %(start)s AND r.business_date < %(end)s
   AND (%(partner)s::uuid IS NULL OR r.partner_id = %(partner)s)
 GROUP BY r.business_date ORDER BY r.business_date
"""  # noqa: S608 - constants
_PARTNERS = f"""
SELECT p.id, p.code, p.name, p.status, r.latter, {_SUMS}
  FROM partners p
  LEFT JOIN (SELECT *, business_date >= %(start)s AND business_date < %(end)s AS latter
               FROM positions
              WHERE currency = %(currency)s
                AND (business_date >= %(start)s AND business_date < %(end)s
                     OR business_date >= %(start_before)s AND business_date < %(end_before)s)
             ) AS r ON r.partner_id = p.id
 WHERE %(partner)s::uuid IS NULL OR p.id = %(partner)s
 GROUP BY p.id, r.latter
"""  # noqa: S608
_OWED = """
SELECT coalesce(sum(r.points) FILTER (WHERE r.business_date < %(end)s), 0)::bigint,
       coalesce(sum(r.points) FILTER (WHERE r.business_date < %(start)s), 0)::bigint,
       (SELECT face_value FROM currencies WHERE code = %(currency)s)
  FROM positions r WHERE r.currency = %(currency)s
"""
_ACTIVE = """
SELECT w.n, w.since, coalesce(sum(a.members), 0)::bigint
  FROM unnest(%(ns)s::int[], %(starts)s::date[], %(ends)s::date[]) AS w (n, since, until)
  LEFT JOIN activity_days a
    ON a.partner_id = %(whose)s AND a.day >= w.since AND a.day < w.until AND a.before < w.since
 GROUP BY w.n, w.since ORDER BY w.n, w.since
"""
_ACTIVE_AT = """
SELECT a.partner_id,
       coalesce(sum(a.members) FILTER (
           WHERE a.day >= %(start)s AND a.day < %(end)s AND a.before < %(start)s), 0)::bigint,
       coalesce(sum(a.members) FILTER (
           WHERE a.day >= %(start_before)s AND a.day < %(end_before)s
             AND a.before < %(start_before)s), 0)::bigint
  FROM partners p JOIN activity_days a ON a.partner_id = p.id
 WHERE (%(partner)s::uuid IS NULL OR p.id = %(partner)s)
   AND (a.day >= %(start)s AND a.day < %(end)s
        OR a.day >= %(start_before)s AND a.day < %(end_before)s)
 GROUP BY a.partner_id
"""
_CROSSING = """
SELECT nullif(c.issuer_id, %(nobody)s), nullif(c.partner_id, %(nobody)s), sum(c.points)::bigint,
       sum(c.amount)
  FROM cross_days c
 WHERE c.points_currency = %(currency)s AND c.business_date >= %(start)s
   AND c.business_date < %(end)s
   AND (%(partner)s::uuid IS NULL OR %(partner)s IN (c.issuer_id, c.partner_id))
 GROUP BY 1, 2 HAVING sum(c.points) <> 0 ORDER BY 3 DESC, 1, 2
"""
_SHARED = """
SELECT s.partner_id, s.other_id, s.members FROM shared_months s
 WHERE s.month = %(month)s AND s.members > 0
   AND (%(partner)s::uuid IS NULL OR %(partner)s IN (s.partner_id, s.other_id))
 ORDER BY s.members DESC, s.partner_id, s.other_id
"""
_EXPIRING = """
SELECT date_trunc('month', e.expires_on)::date, sum(e.points)::bigint FROM expiring_days e
 WHERE e.currency = %(currency)s AND e.expires_on >= %(today)s AND e.expires_on < %(ahead)s
 GROUP BY 1 ORDER BY 1
"""
_MOVES = """
SELECT t.ladder, t.from_tier, t.to_tier, sum(t.moves)::bigint FROM tier_days t
 WHERE t.day >= %(start)s AND t.day < %(end)s
 GROUP BY 1, 2, 3 ORDER BY 1, 4 DESC, 2, 3
"""
_MEMBERS = """
SELECT coalesce(sum(d.members), 0)::bigint,
       coalesce(sum(d.enrolled) FILTER (
           WHERE d.day >= %(start)s AND d.day < %(end)s), 0)::bigint,
       coalesce(sum(d.enrolled) FILTER (
           WHERE d.day >= %(start_before)s AND d.day < %(end_before)s), 0)::bigint
  FROM enrolled_days d
"""


def overview(
    work: Work, span: Span, *, partner_id: UUID | None = None, currency: str = ""
) -> Overview:
    """Return the figures of a period, all by one snapshot of the database.

    Args:
        partner_id: of this partner alone: what it issued and what was redeemed at it.
        currency: of the points; the programme's where none is named.
    """
    connection = work.session.connection()
    connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    today, month = work.today(), span.last.replace(day=1)
    values: dict[str, Any] = {
        "currency": currency or work.programme.currency, "partner": partner_id, "nobody": NOBODY,
        "start": span.period.start, "end": span.period.end, "start_before": span.before.start,
        "end_before": span.before.end, "month": month, "today": today,
        "ahead": add_months(today.replace(day=1), _MONTHS_AHEAD),
    }  # fmt: skip
    now, days = _days(work, values, span.period)
    before, _ = _days(work, values, span.before)
    whole = partner_id is None
    owed, owed_before, face_value = work.rows(_OWED, values)[0] if whole else (0, 0, 0)
    active, active_before, months, trailing = _active(work, span, partner_id or NOBODY)
    counts = work.rows(_MEMBERS, values)[0] if whole else (0, 0, 0)
    return Overview(
        span, values["currency"], now, before, days, _partners(work, values), owed, owed_before,
        _worth(work, owed, face_value or 0), active, active_before, trailing, months,
        tuple(Crossing(*row) for row in work.rows(_CROSSING, values)),
        tuple(Shared(*row) for row in work.rows(_SHARED, values)),
        _ahead(work, values) if whole else (),
        tuple(Movement(*row) for row in work.rows(_MOVES, values)) if whole else (),
        counts[0], counts[1], counts[2], behind(work),
    )  # fmt: skip


def _days(
    work: Work, values: dict[str, Any], period: Period
) -> tuple[Figures, tuple[DayFigures, ...]]:
    rows = work.rows(_DAYS, values | {"start": period.start, "end": period.end})
    found = {row[0]: Figures(*row[1:]) for row in rows}
    length = (period.end - period.start).days
    all_days = (period.start + timedelta(days=n) for n in range(length))
    days = tuple(DayFigures(day, found.get(day, Figures())) for day in all_days)
    return _added(tuple(found.values())), days


def _added(all_of: Sequence[Figures]) -> Figures:
    return Figures(
        sum(each.issued for each in all_of), sum(each.taken_back for each in all_of),
        sum(each.redeemed for each in all_of), sum(each.expired for each in all_of),
        sum(each.net for each in all_of),
    )  # fmt: skip


def _partners(work: Work, values: dict[str, Any]) -> tuple[PartnerFigures, ...]:
    active = {row[0]: (row[1], row[2]) for row in work.rows(_ACTIVE_AT, values)}
    sums: dict[UUID, dict[bool, Figures]] = {}
    named: dict[UUID, tuple[str, str, str]] = {}
    for row in work.rows(_PARTNERS, values):
        named[row[0]] = (row[1], row[2], row[3])
        if row[4] is not None:
            sums.setdefault(row[0], {})[row[4]] = Figures(*row[5:])
    lines = [
        PartnerFigures(
            each, *names, sums.get(each, {}).get(True, Figures()),
            sums.get(each, {}).get(False, Figures()), *active.get(each, (0, 0)),
        )
        for each, names in named.items()
    ]  # fmt: skip
    return tuple(sorted(lines, key=lambda it: (-it.now.issued, -it.now.redeemed, it.name)))


def _active(
    work: Work, span: Span, whose: UUID
) -> tuple[int, int, tuple[tuple[date, int], ...], tuple[tuple[int, int], ...]]:
    """Count members active in the two periods, in twelve months, and in the days up to today."""
    tomorrow = work.today() + timedelta(days=1)
    last = span.last.replace(day=1)
    firsts = [add_months(last, n - _MONTHS_BACK + 1) for n in range(_MONTHS_BACK)]
    wanted = [(0, span.period.start, span.period.end), (1, span.before.start, span.before.end)]
    wanted += [(2, first, add_months(first, 1)) for first in firsts]
    wanted += [(100 + days, tomorrow - timedelta(days=days), tomorrow) for days in _TRAILING]
    ns, starts, ends = (list(each) for each in zip(*wanted, strict=True))
    rows = work.rows(_ACTIVE, {"ns": ns, "starts": starts, "ends": ends, "whose": whose})
    counts = {(row[0], row[1]): row[2] for row in rows}
    return (
        counts[0, span.period.start],
        counts[1, span.before.start],
        tuple((first, counts[2, first]) for first in firsts),
        tuple((n - 100, count) for (n, _), count in sorted(counts.items()) if n > _MONTHS_BACK),
    )


def _ahead(work: Work, values: dict[str, Any]) -> tuple[tuple[date, int], ...]:
    found = {row[0]: row[1] for row in work.rows(_EXPIRING, values)}
    this: date = values["today"].replace(day=1)
    firsts = [add_months(this, n) for n in range(_MONTHS_AHEAD)]
    return tuple((first, found.get(first, 0)) for first in firsts)


def _worth(work: Work, points: int, face_value: Decimal | int) -> Money:
    money = work.programme.money_currency
    minor = (Decimal(points) * face_value).scaleb(minor_exponent(money))
    return Money(int(minor.to_integral_value(ROUND_FLOOR)), money)
