"""The demo's story is the same for the same seed, plausible, and the ledger proves it once sown."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from types import SimpleNamespace
from typing import Any

import click
import pytest
from rich.console import Console
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from stoa.cli import demo as cli_demo
from stoa.cli.desk import open_desk
from stoa.config import Settings
from stoa.demo import Story, sow, tell_story
from stoa.demo.shops import SHOPS
from stoa.demo.sowing import OPEN_TTL_S, PastClock
from stoa.demo.story import Enrol, GiveBack, Park, Purchase, Redeem
from stoa.services import agreements, clearing, disputes, invariants, journal, partners, payments
from stoa.services.earning import ReportLine
from stoa.values.facts import TenderKind
from stoa.values.identifiers import is_card_number
from stoa.values.periods import ExpiryRule, local_day
from stoa.values.plates import read_plate
from stoa.work import Actor, Work

REASONS = """
SELECT split_part(reason, ':', 1), count(*) FROM postings WHERE account = 'issued' GROUP BY 1
"""
UNTIL = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def story() -> Story:
    return tell_story(seed=7, until=UNTIL)


class TestTheStory:
    def test_the_same_seed_tells_the_same_story(self, story: Story) -> None:
        assert tell_story(seed=7, until=UNTIL) == story

    def test_another_seed_tells_another(self, story: Story) -> None:
        assert tell_story(seed=8, until=UNTIL).happenings != story.happenings

    def test_it_is_of_the_size_asked_for(self, story: Story) -> None:
        assert len(story.people) == 300
        assert 4000 <= len(story.purchases) <= 4200

    def test_it_goes_in_the_order_of_time_and_ends_when_told(self, story: Story) -> None:
        moments = [each.at for each in story.happenings]
        assert moments == sorted(moments)
        assert story.since <= moments[0]
        assert moments[-1] <= UNTIL

    def test_nobody_does_anything_before_becoming_a_member(self, story: Story) -> None:
        enrolled: set[int] = set()
        for each in story.happenings:
            if isinstance(each, Enrol):
                enrolled.add(each.who)
            assert each.who in enrolled

    def test_goods_come_back_after_they_were_bought(self, story: Story) -> None:
        bought: set[int] = set()
        for each in story.happenings:
            if isinstance(each, Purchase):
                bought.add(each.number)
            if isinstance(each, GiveBack):
                assert each.number in bought
        assert any(isinstance(each, GiveBack) for each in story.happenings)

    def test_every_shop_sells_and_only_where_it_has_a_store(self, story: Story) -> None:
        sites = {shop.code: shop.sites for shop in SHOPS}
        assert {each.shop for each in story.purchases} == set(sites)
        assert all(each.site in sites[each.shop] for each in story.purchases)

    def test_a_saturday_is_fuller_than_a_tuesday(self, story: Story) -> None:
        days = Counter(local_day(each.at, "Asia/Shanghai").weekday() for each in story.purchases)
        assert days[5] > 1.3 * days[1]

    def test_old_purchases_are_there_so_that_points_have_ended(self, story: Story) -> None:
        year_ago = UNTIL - timedelta(days=366)
        assert sum(each.at < year_ago for each in story.purchases) > 100

    def test_members_have_right_cards_and_numbers_that_reach_nobody(self, story: Story) -> None:
        assert all(is_card_number(person.card) for person in story.people)
        assert len({person.card for person in story.people}) == 300
        phones = [person.phone for person in story.people if person.phone]
        assert all(phone.startswith(("+86100", "+8520")) for phone in phones)
        emails = [person.email for person in story.people if person.email]
        assert all(email.endswith("@example.com") for email in emails)

    def test_names_are_as_mixed_as_the_towns(self, story: Story) -> None:
        locales = Counter(person.locale for person in story.people)
        assert min(locales[locale] for locale in ("en", "zh-Hans", "zh-Hant")) > 20
        assert all(person.name and "  " not in person.name for person in story.people)

    def test_some_members_were_invited_by_those_who_were_there(self, story: Story) -> None:
        invited = [each for each in story.happenings if isinstance(each, Enrol) and each.friend]
        assert len(invited) > 20
        assert all(each.friend is not None and each.friend < each.who for each in invited)

    def test_most_members_told_their_birthday(self, story: Story) -> None:
        told = [person.born_on for person in story.people if person.born_on]
        assert 230 < len(told) < 300
        assert all(17 < UNTIL.year - day.year < 78 for day in told)


class TestSowing:
    def test_the_ledger_proves_what_was_sown(self, database: str, settings: Settings) -> None:
        story = tell_story(seed=7, until=UNTIL, members=40, purchases=600)
        clock = PastClock(UNTIL)
        with open_desk(settings, url=database, clock=clock, hold_ttl_s=OPEN_TTL_S) as desk:
            told: list[object] = []
            sown = sow(desk, clock, story, told=told.append)
            with desk.work(Actor("test")) as work:
                assert invariants.check_invariants(work) == []
            with desk.work(Actor("test")) as work:
                points = dict(work.rows("SELECT account, sum(points) FROM postings GROUP BY 1"))
                kinds = dict(work.rows("SELECT kind, count(*) FROM transactions GROUP BY 1"))
                holds = dict(work.rows("SELECT state, count(*) FROM holds GROUP BY 1"))
                tiers = dict(work.rows("SELECT tier, count(path) FROM standings GROUP BY 1"))
                reasons = dict(work.rows(REASONS))
                tickets = dict(work.rows("SELECT draw, count(*) FROM tickets GROUP BY 1"))
                cars = dict(work.rows("SELECT state, count(*) FROM stays GROUP BY 1"))
                paid = work.rows("SELECT 1 FROM parking_quotes WHERE pay = 'points'")
                uses = dict(work.rows("SELECT state, count(*) FROM coupon_uses GROUP BY 1"))
                had = dict(work.rows("SELECT kind, count(*) FROM orders GROUP BY 1"))
                claimed = dict(work.rows("SELECT benefit, count(*) FROM claims GROUP BY 1"))
                room = clearing_room(work)
                late = work.rows("SELECT 1 FROM transactions WHERE recorded_at > %s", (UNTIL,))
        assert told == list(story.happenings)
        assert set(sown.clients) == set(sown.partners) == {shop.code for shop in SHOPS}
        assert points["issued"] > 0 > points["burned"]
        assert {"silver", "gold"} <= set(tiers)
        assert set(reasons) >= {"campaign", "challenge", "referral", "activity", "tier_uplift"}
        assert points["expired"] < 0
        assert kinds["earn"] >= len(story.purchases) * 0.9
        assert kinds["expire"] > 0
        assert kinds["return"] > 0
        assert holds["captured"] > 0
        assert holds["held"] > 0
        assert tickets["harbour-wheel"] > 10 < 2 * tickets["turn-of-the-decade"]
        assert min(cars[state] for state in ("inside", "left", "odd")) > 0
        assert paid
        assert uses["redeemed"] > 0
        assert {"voucher", "gift"} <= set(had)
        assert {"free_parking", "fuel_discount"} <= set(claimed)
        assert late == []
        assert room["closed"][0] == "2025-03"
        assert room["closed"][-1] == "2026-03"  # April is over and waits, May goes on
        assert len(room["closed"]) == 13
        assert {"settled", "proposed", "sent"} <= room["payments"]
        assert room["disputes"] == {"open", "credited"}
        assert room["notes"] == 1
        assert room["proposed"] == 1
        assert room["packs"] == {"cinema"}
        assert room["moneys"] == {"CNY", "HKD"}
        assert room["differences"] == []

    def test_a_redemption_ends_in_each_of_its_ways(self, database: str, settings: Settings) -> None:
        ada = next(
            person
            for person in tell_story(seed=7, until=UNTIL).people
            if person.home.code == "bund" and person.plate
        )
        hour = timedelta(hours=1)
        start = ada.enrolled_at
        beans = (ReportLine(1, "BEANS", "beans", 1000, "ea", 100_000),)
        outcomes = ("captured", "part", "voided", "left", "open")
        story = Story(
            start - hour,
            start + 10 * hour,
            (ada,),
            (
                Enrol(start, 0),
                Purchase(start + hour, 0, 1, "coffee", "bund", "t1", "R-1", beans, TenderKind.CARD),
                *(
                    Redeem(start + n * hour, 0, "coffee", "bund", 0.1, reward=False, outcome=each)
                    for n, each in enumerate(outcomes, 2)
                ),
                Redeem(start + 7 * hour, 0, "coffee", "bund", 0.1, reward=True, outcome="captured"),
                Redeem(start + 8 * hour, 0, "coffee", "bund", 0.1, reward=True, outcome="captured"),
                Park(start + 9 * hour, 0, "bund", 90),
                Park(start + 9 * hour, 0, "bund", 600_000),
            ),
        )
        clock = PastClock(UNTIL)
        with open_desk(settings, url=database, clock=clock, hold_ttl_s=OPEN_TTL_S) as desk:
            sow(desk, clock, story)
            with desk.work(Actor("test")) as work:
                holds = work.rows(
                    "SELECT state, points, captured FROM holds ORDER BY created_at, id"
                )
                claims = work.rows("SELECT subject FROM claims")
                assert invariants.check_invariants(work) == []
        assert holds == [
            ("captured", 300, 300),
            ("captured", 300, 150),
            ("voided", 300, 0),
            ("expired", 300, 0),
            ("held", 300, 0),
            ("captured", 2600, 2600),
        ]
        assert claims == [(read_plate(ada.plate),)]

    def test_a_happening_nobody_knows_is_a_mistake(self, database: str, settings: Settings) -> None:
        story = Story(UNTIL, UNTIL, (), (SimpleNamespace(at=UNTIL),))  # type: ignore[arg-type]
        clock = PastClock(UNTIL)
        desk = open_desk(settings, url=database, clock=clock)
        with desk as opened, pytest.raises(NotImplementedError):
            sow(opened, clock, story)


def clearing_room(work: Work) -> dict[str, Any]:
    """Return what somebody finds in the clearing room on the first look."""
    packs = work.rows(
        "SELECT DISTINCT p.code FROM funding_packs k JOIN partners p ON p.id = k.partner_id"
    )
    kept = clearing.statements_of(work, limit=1000)
    return {
        "closed": [each.period for each in clearing.periods(work, "STAR") if each.closed],
        "payments": {each.state for each in payments.listed(work, limit=1000)},
        "disputes": {each.state for each in disputes.listed(work)},
        "proposed": len(agreements.waiting(work)),
        "notes": work.rows("SELECT count(*) FROM credit_notes")[0][0],
        "packs": {row[0] for row in packs},
        "moneys": {each.statement.settlement_currency for each in kept},
        "differences": list(journal.replay(work)),
    }


class TestTheDemosData:
    @pytest.fixture
    def prepare(
        self, database: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> Callable[..., dict[str, Any]]:
        """Return the demo's preparation, on this test's server and with a short story."""
        url = make_url(database).set(drivername="postgresql")

        def embedded(_: object, name: str = "") -> str:
            chosen = url.set(database=name or url.database)
            return chosen.render_as_string(hide_password=False)

        monkeypatch.setattr(cli_demo, "embedded_url", embedded)
        monkeypatch.setattr(cli_demo, "tell_story", partial(tell_story, members=5, purchases=20))
        monkeypatch.setattr(cli_demo, "_sandbox", lambda _: [])
        monkeypatch.setattr(cli_demo, "sow", partial(sow, settles=False))
        screen = Console(quiet=True)
        return lambda reset=False: cli_demo.prepare(settings, screen, reset=reset)

    def test_the_second_run_finds_the_first_ones_data_and_sign_ins(
        self, prepare: Callable[..., dict[str, Any]], database: str, settings: Settings
    ) -> None:
        first = prepare()
        members = _count(database, "members")
        assert prepare() == first
        assert _count(database, "members") == members == 5
        assert (settings.data_dir / "demo.json").stat().st_mode & 0o777 == 0o600
        assert set(first["clients"]) == {"grocery", "fuel"}
        roles = {role for _, role in first["people"]}
        assert roles == {"admin", "finance", "auditor", "partner_admin"}

    def test_haste_ends_with_the_sowing(
        self, prepare: Callable[..., dict[str, Any]], database: str
    ) -> None:
        prepare()
        assert _one(database, "SHOW synchronous_commit") == "on"

    def test_reset_starts_over(self, prepare: Callable[..., dict[str, Any]], database: str) -> None:
        first = prepare()
        _run(database, "UPDATE members SET display_name = 'Somebody'")
        second = prepare(reset=True)
        assert second["password"] != first["password"]
        assert _count(database, "members WHERE display_name = 'Somebody'") == 0
        assert _count(database, "members") == 5

    def test_a_run_that_was_interrupted_is_begun_anew(
        self, prepare: Callable[..., dict[str, Any]], database: str
    ) -> None:
        prepare()
        _run(database, "DELETE FROM audit_records WHERE deed = 'demo.end'")
        _run(database, "UPDATE members SET display_name = 'Half'")
        prepare()
        assert _count(database, "members WHERE display_name = 'Half'") == 0

    def test_lost_sign_ins_are_made_anew(
        self, prepare: Callable[..., dict[str, Any]], settings: Settings
    ) -> None:
        first = prepare()
        (settings.data_dir / "demo.json").unlink()
        second = prepare()
        assert second["email"] == first["email"]
        assert second["password"] != first["password"]
        assert json.loads((settings.data_dir / "demo.json").read_text()) == second

    @pytest.mark.parametrize("reset", [False, True])
    def test_an_alliance_that_is_not_the_demos_is_left_alone(
        self, prepare: Callable[..., dict[str, Any]], database: str, *, reset: bool
    ) -> None:
        prepare()
        _run(database, "DELETE FROM audit_records WHERE subject = 'demo'")
        with pytest.raises(click.ClickException, match="not the demo's"):
            prepare(reset=reset)
        assert _count(database, "members") == 5


def test_a_shop_has_a_sandbox_which_a_reset_drops(
    database: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = make_url(database).set(drivername="postgresql", database="postgres")
    place = server.render_as_string(hide_password=False)
    monkeypatch.setattr(cli_demo, "embedded_url", lambda *_: place)
    stem = f"{make_url(database).database}_sandbox_"
    question = f"SELECT count(*) FROM pg_database WHERE starts_with(datname, '{stem}')"
    with open_desk(settings) as desk, desk.work(Actor("cli")) as work:
        partners.found_currency(
            work, "Star", rule=ExpiryRule.MONTH_END, months=12, face_value=Decimal("0.01")
        )
        partners.onboard(
            work, "grocery", "Grocery", trade="grocery", plugin="standard", settings={}
        )
    first, second = cli_demo._sandbox(settings), cli_demo._sandbox(settings)
    assert [each[0] for each in first] == ["grocery", "sandbox-grocery"]
    assert [each[1] for each in first] == [each[1] for each in second]
    assert first[0][2] != second[0][2]  # the first ones were lost
    assert _one(database, question) == 1
    cli_demo._drop(settings, database)
    assert _one(database, question) == 0


def _run(database: str, statement: str) -> None:
    engine = create_engine(database, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(statement))


def _one(database: str, question: str) -> Any:
    engine = create_engine(database, poolclass=NullPool)
    with engine.connect() as connection:
        return connection.scalar(text(question))


def _count(database: str, what: str) -> int:
    return int(_one(database, f"SELECT count(*) FROM {what}"))
