"""What conditions of benefits ask: of the member by the day, and when and where it is enjoyed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from stoa.services import diaries, members, segments
from stoa.services.members import Found
from stoa.services.partners import StoreTerms
from stoa.values.birthdays import is_birthday, is_birthday_month
from stoa.values.campaigns import hour_of
from stoa.values.conditions import WEEKDAYS, Ask, Facts
from stoa.values.diary import FACTS, Diary, answer
from stoa.values.periods import local_day
from stoa.work import Work

__all__ = ["Knowing", "of"]

T = TypeVar("T")

_MEMBER = f"SELECT {members.COLUMNS} FROM members m WHERE m.id = %(id)s"  # noqa: S608 - constants
_BORN = "SELECT born_on FROM members WHERE id = %s"
_BIRTHDAYS = {"birthday": is_birthday, "birthday_month": is_birthday_month}
_DIARY = frozenset(("days_since_purchase", *FACTS))


@dataclass(frozen=True, slots=True)
class Knowing:
    """What conditions may ask of a member: each thing is read when first asked for, and once."""

    work: Work
    member: Found
    _read: dict[str, Any] = field(default_factory=dict)

    def facts(
        self,
        asks: Iterable[Ask],
        *,
        partner: str,
        store: StoreTerms | None,
        at: datetime,
        day: date,
    ) -> Facts:
        """Return what conditions ask; of a place that is not known yet, nothing is.

        Args:
            asks: what the conditions ask.
            partner: the code of the partner where it is enjoyed.
            store: its store; ``None`` where no store is named yet.
            at: when it is enjoyed.
            day: the day of `at` in the store's zone.
        """
        work, member, asks = self.work, self.member, frozenset(asks)
        names = {ask.fact.name for ask in asks}
        zone = work.programme.zone
        known: dict[str, Any] = {
            "tier": member.tier,
            "member_days": max((day - local_day(member.enrolled_at, zone)).days, 0),
            "partner": partner,
            "store": f"{partner}/{store.code}" if store else None,
            "channel": store.channel if store else None,
            "hour": hour_of(at, store.zone if store else zone),
            "weekday": WEEKDAYS[day.weekday()],
            "day_of_month": day.day,
        }
        if "segments" in names:
            known["segments"] = self._once("segments", lambda: segments.of(work, member.id))
        if names & _BIRTHDAYS.keys():
            born_on = self._once("born_on", lambda: work.rows(_BORN, (member.id,))[0][0])
            known |= {name: tell(born_on, day) for name, tell in _BIRTHDAYS.items()}
        diary = Diary(day)
        if names & _DIARY:
            points = "qualifying_points" in names
            diary = self._once(
                f"diary {points}", lambda: diaries.of(work, member.id, points=points)
            )
            last = diary.last_day
            known["days_since_purchase"] = None if last is None else max((day - last).days, 0)
        return {ask.key: answer(diary, ask, day) if ask.over else known[ask.key] for ask in asks}

    def _once(self, name: str, read: Callable[[], T]) -> T:
        if name not in self._read:
            self._read[name] = read()
        found: T = self._read[name]
        return found


def of(work: Work, member_id: UUID) -> Knowing:
    """Return what is to be known of a member."""
    row = work.rows(_MEMBER, {"id": member_id, "now": work.now()})[0]
    return Knowing(work, members.found(work, row))
