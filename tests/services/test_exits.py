"""Exits: a partner leaves stage by stage, members keep what they have."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from clearings import Alliance, an_alliance
from stoa.errors import (
    ExitBlockedError,
    ExitUnknownError,
    InvalidBodyError,
    PartnerSuspendedError,
    StoaError,
)
from stoa.services import exits, funding, members, partners
from stoa.values.clearing.clauses import Mode
from stoa.values.clearing.exits import Plan
from stoa.work import Actor, Work
from world import Coalition, FixedClock, Someone

STAFF = Actor("staff:ann")


@pytest.fixture
def alliance(coalition: Coalition, database: str) -> Alliance:
    return an_alliance(coalition, database)


def plan(work: Work, enrol: int = 1, earn: int = 30, burn: int = 60) -> Plan:
    return Plan(*(work.today() + timedelta(days=each) for each in (enrol, earn, burn)))


def announce(alliance: Alliance, partner: str = "B") -> None:
    with alliance.desk.work(STAFF) as work:
        exits.announce(work, alliance.partners[partner], plan(work))


def advance(alliance: Alliance, partner: str = "B") -> exits.Exit:
    with alliance.desk.work(STAFF) as work:
        return exits.advance(work, alliance.partners[partner])


def refused(deed: Callable[[], object]) -> type[StoaError] | None:
    try:
        deed()
    except StoaError as error:
        return type(error)
    return None


def test_each_stage_stops_one_thing_more(alliance: Alliance, clock: FixedClock) -> None:
    ada = alliance.coalition.a_member()
    alliance.issue("A", ada, 100)

    def stopped() -> list[str]:
        def enrol() -> Someone | None:
            with alliance.desk.work(alliance.at("B")) as work:
                members.enrol(work, "Bo")
            return None

        deeds = {
            "enrol": enrol,
            "earn": lambda: alliance.issue("B", ada, 10),
            "burn": lambda: alliance.burn("B", ada, 1),
        }
        return [name for name, deed in deeds.items() if refused(deed) is PartnerSuspendedError]

    announce(alliance)
    assert stopped() == []
    seen = []
    for days in (1, 29, 30):
        clock.move(days=days)
        with alliance.desk.work(STAFF) as work:
            assert exits.due(work) == 1
            assert exits.due(work) == 0
        seen.append(stopped())
    assert seen == [["enrol"], ["enrol", "earn"], ["enrol", "earn", "burn"]]
    alliance.burn("C", ada, 50)  # elsewhere they pay as before


def test_members_have_sixty_days_notice(alliance: Alliance) -> None:
    with alliance.desk.work(STAFF) as work, pytest.raises(InvalidBodyError):
        exits.announce(work, alliance.partners["B"], plan(work, burn=59))


def test_a_stage_does_not_begin_before_its_day(alliance: Alliance, clock: FixedClock) -> None:
    announce(alliance)
    with pytest.raises(ExitBlockedError):
        advance(alliance)
    clock.move(days=1)
    assert advance(alliance).stage == "stop_enrol"
    with pytest.raises(ExitBlockedError):
        announce(alliance)


def test_a_partner_may_stay_after_all(alliance: Alliance, clock: FixedClock) -> None:
    ada = alliance.coalition.a_member()
    announce(alliance)
    clock.move(days=1)
    advance(alliance)
    with alliance.desk.work(STAFF) as work:
        exits.call_off(work, alliance.partners["B"])
        assert exits.of(work, alliance.partners["B"]) is None
    alliance.issue("B", ada, 10)
    with pytest.raises(ExitUnknownError):
        advance(alliance)


def leave(alliance: Alliance, clock: FixedClock) -> exits.Exit:
    """Walk partner B to its settlement."""
    announce(alliance)
    for days in (1, 29, 30):
        clock.move(days=days)
        advance(alliance)
    return advance(alliance)


def test_issuers_pay_a_deposit_that_runs_off(alliance: Alliance, clock: FixedClock) -> None:
    alliance.clear_by(Mode.ISSUER_PAYS)
    ada = alliance.coalition.a_member()
    alliance.issue("B", ada, 6_500)
    alliance.book()
    settled = leave(alliance, clock)
    assert settled.deposit == Decimal("58.50")
    alliance.burn("C", ada, 4_000)
    alliance.book()
    with alliance.desk.work(STAFF) as work:
        found = exits.run_off(work, alliance.partners["B"])
    assert (found.paid, found.left) == (Decimal("36.00"), Decimal("22.50"))
    with pytest.raises(ExitBlockedError) as blocked:
        advance(alliance)
    assert blocked.value.members["by"] == ["2500 points outstanding"]
    alliance.burn("A", ada, 2_500)
    alliance.book()
    assert advance(alliance).stage == "archive"
    with alliance.desk.work(STAFF) as work:
        assert partners.terms_now(work, alliance.partners["B"]).status == "archived"


def test_where_the_pool_pays_unused_packs_are_given_back(
    alliance: Alliance, clock: FixedClock
) -> None:
    with alliance.desk.work(STAFF) as work:
        funding.buy(work, alliance.partners["B"], 5_000, price=Decimal("0.011"))
    assert leave(alliance, clock).deposit is None
    with alliance.desk.work(STAFF) as work:
        (pack,) = funding.packs_of(work, alliance.partners["B"])
        assert (pack.left, pack.refunded * pack.price) == (0, Decimal("55.000000"))
    assert advance(alliance).stage == "archive"


def test_members_who_bought_there_are_told_once(alliance: Alliance) -> None:
    told = alliance.coalition.a_member("Ada", email="ada@example.org")
    alliance.coalition.a_member("Bo", email="bo@example.org")
    alliance.issue("B", told, 10)
    announce(alliance)
    with alliance.desk.work(STAFF) as work:
        assert exits.notify(work) == 1
        assert exits.notify(work) == 0
        letters = work.rows("SELECT address, subject, body FROM mails")
    assert [(row[0], row[1]) for row in letters] == [("ada@example.org", "Partner B is leaving")]
    assert "2026-06-30" in letters[0][2]


def test_a_suspension_and_an_exit_add_up(alliance: Alliance, clock: FixedClock) -> None:
    b = alliance.partners["B"]

    def now(deed: Callable[[Work], object]) -> str:
        with alliance.desk.work(STAFF) as work:
            deed(work)
        with alliance.desk.work(STAFF) as work:
            return partners.terms_now(work, b).status

    announce(alliance)
    assert now(lambda work: partners.suspend(work, b)) == "suspended"
    clock.move(days=1)
    assert now(exits.due) == "no_earn"
    assert now(lambda work: partners.reinstate(work, b)) == "no_enrol"
    assert now(lambda work: partners.suspend(work, b)) == "no_earn"
    assert now(lambda work: exits.call_off(work, b)) == "suspended"
    assert now(lambda work: partners.reinstate(work, b)) == "active"


def test_neither_suspending_nor_reinstating_gives_back_what_an_exit_stopped(
    alliance: Alliance, clock: FixedClock
) -> None:
    b = alliance.partners["B"]
    announce(alliance)
    clock.move(days=1)
    advance(alliance)
    for days, status in ((29, "no_earn"), (30, "no_burn")):
        clock.move(days=days)
        advance(alliance)
        for deed in (partners.suspend, partners.reinstate):
            with pytest.raises(ExitBlockedError), alliance.desk.work(STAFF) as work:
                deed(work, b)
        with alliance.desk.work(STAFF) as work:
            assert partners.terms_now(work, b).status == status
