"""Random histories clear to the minor unit in both modes, and leave the same points."""

from collections.abc import Callable

import pytest
from sqlalchemy.exc import DBAPIError

from clearings import Alliance
from ledgers import written
from sales import open_plain_desk
from stoa.config import Settings
from stoa.models import functions
from stoa.values.clearing.clauses import Mode
from trials.clearing import begin
from world import Coalition, FixedClock, a_coalition

SABOTEURS = {
    "clawbacks without their price": (
        "coalesce(part.price, x.price, o.price)", "coalesce(part.price, x.price)", Mode.POOL,
    ),
    "rates of the day in place of the lot's": (
        "ELSE x.rate_of_lot END AS rate", "ELSE x.rate_of_day END AS rate", Mode.ISSUER_PAYS,
    ),
    "refunds paid like redemptions": (
        "(x.points > 0) = (x.account = 'burned') AS back",
        "(x.account <> 'burned' AND x.points < 0) AS back", Mode.POOL,
    ),
    "an empty log skipped": ("coalesce(max(e.place) + 1, 0)", "max(e.place) + 1", Mode.POOL),
}  # fmt: skip


@pytest.mark.parametrize("mode", list(Mode))
def test_every_month_of_a_history_clears(
    coalition: Coalition, database: str, clock: FixedClock, mode: Mode
) -> None:
    lived = begin(coalition, database, clock, mode, f"suite/{mode}")
    lived.live_on(months=4, deeds=16)


def test_both_modes_leave_the_same_points(
    coalition: Coalition,
    database: str,
    clock: FixedClock,
    new_database: Callable[[], str],
    settings: Settings,
) -> None:
    url = new_database()
    other = open_plain_desk(url, settings)
    other.clock = FixedClock(clock.now)
    here = begin(coalition, database, clock, Mode.POOL, "both")
    there = begin(a_coalition(other), url, other.clock, Mode.ISSUER_PAYS, "both")
    here.live_on(months=2, deeds=12)
    there.live_on(months=2, deeds=12)
    assert written(coalition.desk) == written(other)
    assert here.closings != there.closings
    other.close()


@pytest.mark.parametrize("saboteur", list(SABOTEURS))
def test_a_saboteur_of_the_journal_is_found(
    coalition: Coalition, database: str, clock: FixedClock, saboteur: str
) -> None:
    right, wrong, mode = SABOTEURS[saboteur]
    text, owner = functions("journal").replace("%", "%%"), Alliance(coalition, database)
    assert right in text
    owner.tamper(text.replace(right, wrong))
    lived = begin(coalition, database, clock, mode, "sabotaged")
    with pytest.raises((AssertionError, DBAPIError)):
        lived.live_on(months=8, deeds=16)
    owner.tamper(text)
    owner.forget_money()
