"""The diary of a member: what was bought, one entry a purchase, and what windows make of it.

A rolling window ends on a day, so there is one for each day; a rule that asks for "2,000.00 within
30 days" means any of them. `best` looks at all that end in a span of days and tells the most and
the day it was reached on: only the first day and the days of purchases can be it, since between
them a window only loses.

    diary = diaries.of(work, member_id)                                 # stoa.services.diaries
    answer(diary, ask, today)                                           # what holds of a day
    best(diary, "spend", read_window("30 days"), Period(since, tomorrow))   # the best moment

A visit is dated by its first receipt: receipts of the same store within `visit_gap_minutes` of it
are the same visit (#2). Days are the stores' local days.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import accumulate
from types import MappingProxyType
from uuid import UUID

from stoa.values.conditions import Ask, Window
from stoa.values.periods import Period

__all__ = [
    "BASE_ONLY",
    "FACTS",
    "NO_POINTS",
    "Best",
    "Diary",
    "Entry",
    "Way",
    "answer",
    "best",
    "of_days",
]

NO_POINTS: Mapping[str, int] = MappingProxyType({})
_NO_PLACE = UUID(int=0)
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """A purchase that was not voided, and of which something is left.

    Attributes:
        at: when it happened, aware.
        day: its business day, local to the store.
        store: the store's code, which is the partner's own; `partner` the partner's code.
        spend_minor: what it cost without what is back and without what points paid, in the
            programme's money; 0 in other money.
        points: what it earned without what was clawed back, by kind: ``base``, ``uplift``,
            ``campaign``; empty unless they were asked for.
    """

    purchase_id: UUID
    at: datetime
    day: date
    store_id: UUID
    store: str
    partner_id: UUID
    partner: str
    spend_minor: int
    points: Mapping[str, int] = field(default_factory=lambda: NO_POINTS)


@dataclass(frozen=True, slots=True)
class Way:
    """How a diary is read.

    Attributes:
        visit_gap_minutes: receipts of one store within so many minutes are one visit.
        qualifying: the kinds of points that `qualifying_points` counts.
    """

    visit_gap_minutes: int = 30
    qualifying: frozenset[str] = frozenset(("base",))


BASE_ONLY = Way()


@dataclass(frozen=True, slots=True)
class Best:
    """The most that a window came to, and the day on which it did; no day where it is 0."""

    value: int
    day: date | None


@dataclass(frozen=True)
class Diary:
    """A member's entries, by day and then by time; immutable.

    Attributes:
        enrolled_on: in the programme's zone; membership years begin with it.
    """

    enrolled_on: date
    entries: tuple[Entry, ...] = ()
    _sums: dict[object, Sequence[int]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @classmethod
    def of(cls, enrolled_on: date, entries: Iterable[Entry]) -> "Diary":
        """Return the diary of entries in any order."""
        return cls(enrolled_on, tuple(sorted(entries, key=_by_day)))

    @cached_property
    def days(self) -> tuple[date, ...]:
        """The day of each entry."""
        return tuple(entry.day for entry in self.entries)

    @property
    def first_day(self) -> date | None:
        """The day of the first purchase."""
        return self.days[0] if self.entries else None

    @property
    def last_day(self) -> date | None:
        """The day of the last purchase."""
        return self.days[-1] if self.entries else None

    def within(self, period: Period) -> tuple[Entry, ...]:
        """Return the entries of a span of days."""
        return self.entries[self.before(period.start) : self.before(period.end)]

    def before(self, day: date) -> int:
        """Return how many entries lie before a day."""
        return bisect_left(self.days, day)

    def spend(self, period: Period) -> int:
        """Return what was spent, in minor units of the programme's money."""
        return self.count("spend", period)

    def purchases(self, period: Period) -> int:
        """Return how many purchases there were."""
        return self.count("purchases", period)

    def visits(self, period: Period, way: Way = BASE_ONLY) -> int:
        """Return how many visits there were, split receipts counted once."""
        return self.count("visits", period, way)

    def qualifying_points(self, period: Period, way: Way = BASE_ONLY) -> int:
        """Return the points of the kinds that qualify; redeeming does not lessen them (#4)."""
        return self.count("qualifying_points", period, way)

    def partners_visited(self, period: Period) -> int:
        """Return at how many partners something was bought."""
        return self.count("partners_visited", period)

    def stores_visited(self, period: Period) -> int:
        """Return in how many stores something was bought."""
        return self.count("stores_visited", period)

    def count(self, fact: str, period: Period, way: Way = BASE_ONLY) -> int:
        """Return one of `FACTS` over a span of days.

        Raises:
            KeyError: it is none of them.
        """
        low, high = self.before(period.start), self.before(period.end)
        if fact in _PLACES:
            return len(set(map(_PLACES[fact], self.entries[low:high])))
        sums = self.sums(fact, way)
        return sums[high] - sums[low]

    def sums(self, fact: str, way: Way) -> Sequence[int]:
        """Return the running sums of a fact that adds up: one more than there are entries."""
        key = (fact, way)
        found = self._sums.get(key)
        if found is None:
            found = self._sums[key] = list(accumulate(_PARTS[fact](self.entries, way), initial=0))
        return found


def answer(diary: Diary, ask: Ask, day: date, way: Way = BASE_ONLY) -> int | None:
    """Return what a condition asks, over the window of a day; ``None`` where no diary tells it."""
    if ask.fact.name not in FACTS or ask.over is None:
        return None
    return diary.count(ask.fact.name, ask.over.around(day, diary.enrolled_on), way)


def best(diary: Diary, fact: str, window: Window, period: Period, way: Way = BASE_ONLY) -> Best:
    """Return the most that a fact comes to in the windows that touch a span of days.

    Rolling windows count when they end in the span; of the others those that hold one of its days.
    Nothing after the span counts. The day is the first on which so much was reached.

    Args:
        period: the span, to the end of today.

    Raises:
        KeyError: the fact is none of `FACTS`.
    """
    last = diary.before(period.end)
    if period.start >= period.end or not last:
        return Best(0, None)
    since = max(period.start, diary.days[0])  # windows of before hold nothing
    if window.rolling:
        ends = sorted({since, *diary.days[diary.before(since) : last]})
        spans = [(window.opens(end), end) for end in ends]
    else:
        spans = _holding(diary, window, since, period.end - timedelta(days=1))
    places = _places(diary.days[:last], spans)
    count = _distinct if fact in _PLACES else _summed
    values = count(diary, fact, places, way)
    top = max(values)
    if not top:
        return Best(0, None)
    place = values.index(top)
    return Best(
        top, spans[place][1] if window.rolling else _reached(diary, fact, places[place], way)
    )


def of_days(enrolled_on: date, days: Iterable[date]) -> Diary:
    """Return a diary in which something else than a purchase happened once on each of the days.

    Its ``purchases`` count how often that was.
    """
    return Diary.of(
        enrolled_on,
        (
            Entry(UUID(int=number), _NO_TIME, day, _NO_PLACE, "", _NO_PLACE, "", 0)
            for number, day in enumerate(days)
        ),
    )


def _holding(diary: Diary, window: Window, since: date, until: date) -> list[tuple[date, date]]:
    """Return first and last days of the calendar windows that hold a day of the span."""
    found: list[tuple[date, date]] = []
    day = since
    while day <= until:
        period = window.around(day, diary.enrolled_on)
        if period.end == date.max:
            return [*found, (period.start, until)]
        found.append((period.start, period.end - timedelta(days=1)))
        day = period.end
    return found


def _places(days: Sequence[date], spans: Sequence[tuple[date, date]]) -> list[tuple[int, int]]:
    """Return where the entries of windows begin and end; windows only ever move on."""
    low = high = 0
    last = len(days)
    found = []
    for start, end in spans:
        while low < last and days[low] < start:
            low += 1
        while high < last and days[high] <= end:
            high += 1
        found.append((low, high))
    return found


def _summed(diary: Diary, fact: str, places: Sequence[tuple[int, int]], way: Way) -> list[int]:
    sums = diary.sums(fact, way)
    return [sums[high] - sums[low] for low, high in places]


def _distinct(diary: Diary, fact: str, places: Sequence[tuple[int, int]], _: Way) -> list[int]:
    """Count different places in windows that only ever move on."""
    place_of = _PLACES[fact]
    met: Counter[UUID] = Counter()
    left = right = 0
    values = []
    for low, high in places:
        for entry in diary.entries[right:high]:
            met[place_of(entry)] += 1
        for entry in diary.entries[left:low]:
            met[place_of(entry)] -= 1
        left, right = low, high
        values.append(sum(1 for count in met.values() if count))
    return values


def _reached(diary: Diary, fact: str, place: tuple[int, int], way: Way) -> date:
    """Return the day of the entry with which a window came to what it is."""
    low, high = place
    if fact in _PLACES:
        first: dict[UUID, date] = {}
        for entry in diary.entries[low:high]:
            first.setdefault(_PLACES[fact](entry), entry.day)
        return max(first.values())
    sums = diary.sums(fact, way)
    return diary.days[bisect_left(sums, sums[high], low, high) - 1]


def _by_day(entry: Entry) -> tuple[date, datetime, UUID]:
    return entry.day, entry.at, entry.purchase_id


def _spends(entries: Sequence[Entry], _: Way) -> Iterable[int]:
    return (entry.spend_minor for entry in entries)


def _ones(entries: Sequence[Entry], _: Way) -> Iterable[int]:
    return (1 for _ in entries)


def _points(entries: Sequence[Entry], way: Way) -> Iterable[int]:
    return (
        sum(points for kind, points in entry.points.items() if kind in way.qualifying)
        for entry in entries
    )


def _visits(entries: Sequence[Entry], way: Way) -> Sequence[int]:
    """Return 1 for the first receipt of each visit, 0 for the others."""
    gap = timedelta(minutes=way.visit_gap_minutes)
    begun: dict[UUID, datetime] = {}
    marks = [0] * len(entries)
    for place, entry in sorted(enumerate(entries), key=lambda each: each[1].at):
        first = begun.get(entry.store_id)
        if first is None or entry.at - first > gap:
            begun[entry.store_id] = entry.at
            marks[place] = 1
    return marks


_PARTS: Mapping[str, Callable[[Sequence[Entry], Way], Iterable[int]]] = {
    "spend": _spends,
    "visits": _visits,
    "purchases": _ones,
    "qualifying_points": _points,
}
_PLACES: Mapping[str, Callable[[Entry], UUID]] = {
    "partners_visited": lambda entry: entry.partner_id,
    "stores_visited": lambda entry: entry.store_id,
}
FACTS = frozenset((*_PARTS, *_PLACES))
"""What a diary tells, by the names of the vocabulary of conditions."""
