"""Replay: what was earned comes out again, to the last byte, whatever became of the rules."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from sales import a_file, a_mapping, some_sales
from stoa.errors import PurchaseUnknownError
from stoa.models.base import NOBODY
from stoa.plugins import Plugins
from stoa.services import earning, imports, partners, replay, returns, tiers
from stoa.services.earning import ReportLine
from stoa.services.tiers import TierTerms
from stoa.values.facts import Tender, TenderKind
from stoa.values.periods import ExpiryRule
from stoa.values.replays import Outcome, Replayed, Suspect, Totals, Why
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, PlainPlugin, Someone, a_key, minor

CLI = Actor("cli")
Sql = Callable[[str], None]


@pytest.fixture
def sql(database: str) -> Sql:
    """Return what writes past the ledger's functions, as only the owner can."""

    def run(statement: str) -> None:
        engine = create_engine(database, poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(text(statement))
        engine.dispose()

    return run


@pytest.fixture
def bought(desk: Desk, coalition: Coalition) -> tuple[UUID, UUID]:
    """Return the member and the id of a purchase of 100.00 by a gold member."""
    ada = coalition.a_member()
    with desk.work(CLI) as work:
        tiers.assign(work, ada.id, "gold", reason="test")
    with desk.work(coalition.as_grocery()) as work:
        return ada.id, earning.earn(work, coalition.a_purchase(ada), key=a_key()).purchase_id


def again(desk: Desk, bought: tuple[UUID, UUID]) -> Replayed:
    with desk.work(CLI) as work:
        return replay.replay(work, *bought)


def all_again(desk: Desk, **which: Any) -> Totals:
    with desk.work(CLI) as work:
        return replay.replay_all(work, **which)


def change_every_rule(desk: Desk, coalition: Coalition, *others: UUID) -> None:
    """Change settings, agreements, tiers and the terms of the points."""
    with desk.work(CLI) as work:
        for partner in (coalition.grocery, coalition.cinema, *others):
            partners.configure(work, partner, "plain", {"points_per_unit": 77})
            partners.agree(
                work, partner, effective_from=date(2020, 1, 1), issue_price=Decimal("0.5"),
                reimbursement_rate=Decimal("0.4"), backdate_days=1, return_days=1,
            )  # fmt: skip
        partners.found_currency(
            work, "Moon points", rule=ExpiryRule.NEVER, months=1, face_value=Decimal("0.77")
        )
        tiers.define(work, [TierTerms("none", "None", 0, 7), TierTerms("gold", "Gold", 5, 3)])


def test_a_purchase_is_recomputed_after_every_rule_has_changed(
    desk: Desk, coalition: Coalition, bought: tuple[UUID, UUID]
) -> None:
    before = again(desk, bought)
    change_every_rule(desk, coalition)
    after = again(desk, bought)
    assert before == after
    assert (after.outcome, after.why, after.missing) == (Outcome.EQUAL, (), ())
    assert (after.plugin, after.partner_version, after.currency_version) == ("plain", 2, 1)
    assert after.recomputed is not None
    assert [(line.reason, line.points) for line in after.recomputed] == [
        ("base", 100),
        ("tier_uplift:gold", 100),
    ]


def test_nobody_else_has_the_purchase(desk: Desk, bought: tuple[UUID, UUID]) -> None:
    with desk.work(CLI) as work:
        assert replay.owner_of(work, bought[1]) == bought[0]
        for wrong in ((NOBODY, bought[1]), (bought[0], NOBODY)):
            with pytest.raises(PurchaseUnknownError):
                replay.replay(work, *wrong)
        with pytest.raises(PurchaseUnknownError):
            replay.owner_of(work, NOBODY)


BEFORE_FIGURES = """
UPDATE transactions SET explanation = jsonb_set(explanation, '{lines}', (
    SELECT jsonb_agg(line - '{rule,rule_version,says}'::text[] ORDER BY place)
      FROM jsonb_array_elements(explanation -> 'lines') WITH ORDINALITY AS l (line, place)))
"""


def test_an_explanation_from_before_rules_were_named_comes_out_again(
    desk: Desk, sql: Sql, bought: tuple[UUID, UUID]
) -> None:
    sql(BEFORE_FIGURES)
    replayed = again(desk, bought)
    assert "says" not in replayed.stored[0]
    assert (replayed.outcome, replayed.why) == (Outcome.EQUAL, ())
    sql("UPDATE transactions SET explanation = jsonb_set(explanation, '{lines,0,points}', '99')")
    assert again(desk, bought).outcome is Outcome.DIFFERENT


SABOTEURS = {
    "another rule in the explanation": (
        ("UPDATE transactions SET explanation ="
        " jsonb_set(explanation, '{lines,0,rule}', '\"partner:cinema\"')"),
        Suspect.EXPLANATION, (1, "rule", "partner:cinema", "partner:grocery"),
    ),
    "another version in the explanation": (
        ("UPDATE transactions SET explanation ="
        " jsonb_set(explanation, '{lines,0,rule_version}', '7')"),
        Suspect.EXPLANATION, (1, "rule_version", 7, 2),
    ),
    "other figures in the explanation": (
        ("UPDATE transactions SET explanation ="
        " jsonb_set(explanation, '{lines,1,says,0,figures,percent}', '20')"),
        Suspect.EXPLANATION, (
            2, "says",
            [{"kind": "percent", "figures": {"points": 100, "percent": 20, "tier": "gold"}}],
            [{"kind": "percent", "figures": {"points": 100, "percent": 100, "tier": "gold"}}],
        ),
    ),
    "figures that are gone from one line": (
        "UPDATE transactions SET explanation = explanation #- '{lines,0,says}'",
        Suspect.EXPLANATION, (1, "says", None, []),
    ),
    "a point more in the explanation": (
        "UPDATE transactions SET explanation = jsonb_set(explanation, '{lines,0,points}', '101')",
        Suspect.EXPLANATION, (1, "points", 101, 100),
    ),
    "other words in the explanation": (
        "UPDATE transactions SET explanation = jsonb_set(explanation, '{lines,1,arithmetic}', '1')",
        Suspect.EXPLANATION, (2, "arithmetic", 1, "100 points and 100 % for gold"),
    ),
    "a line more in the explanation": (
        "UPDATE transactions SET explanation = jsonb_set(explanation, '{lines,2}', '7')",
        Suspect.EXPLANATION, (3, "", 7, {}),
    ),
    "a point more in a posting": (
        "UPDATE postings SET points = 101 WHERE seq = 1",
        Suspect.POSTINGS, (1, "points", 101, 100),
    ),
    "another payer": (
        "UPDATE postings SET payer_id = partner_id WHERE seq = 2",
        Suspect.POSTINGS, (2, "payer_id", "{partner}", None),
    ),
    "another price": (
        "UPDATE postings SET price = 0.5 WHERE seq = 1",
        Suspect.POSTINGS, (1, "price", "0.500000", "0.012000"),
    ),
    "another last day": (
        "UPDATE postings SET expires_on = '2030-01-01' WHERE seq = 1",
        Suspect.POSTINGS, (1, "expires_on", "2030-01-01", "2027-05-31"),
    ),
    "other settings kept": (
        "UPDATE partner_versions SET settings = '{\"points_per_unit\": 2}' WHERE version = 2",
        Suspect.RULES, (1, "points", 100, 200),
    ),
    "other terms kept": (
        "UPDATE currency_versions SET terms = terms || '{\"expiry_months\": 1}'",
        Suspect.RULES, (1, "expires_on", "2027-05-31", "2026-06-30"),
    ),
    "another standing": (
        "UPDATE transactions SET explanation = explanation || '{\"uplift_percent\": 50}'",
        Suspect.RULES, (2, "points", 100, 50),
    ),
    "another amount of the purchase": (
        "UPDATE purchases SET lines = jsonb_set(lines, '{0,earning_minor}', '20000')",
        Suspect.RULES, (1, "points", 100, 200),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SABOTEURS)
def test_a_change_past_the_ledger_is_found_and_named(
    desk: Desk, coalition: Coalition, name: str, sql: Sql
) -> None:
    ada = coalition.a_member()
    with desk.work(CLI) as work:
        tiers.assign(work, ada.id, "gold", reason="test")
    with desk.work(coalition.as_grocery()) as work:
        purchase = earning.earn(work, coalition.a_purchase(ada), key=a_key()).purchase_id
    statement, suspect, (line, field, stored, recomputed) = SABOTEURS[name]
    sql("CREATE TABLE kept AS TABLE postings")
    sql(statement)
    found = again(desk, (ada.id, purchase))
    assert (found.outcome, found.suspect) == (Outcome.DIFFERENT, suspect)
    assert found.why == (Why.LINES_DIFFER,)
    named = [(each.line, each.field, each.stored, each.recomputed) for each in found.differences]
    if stored == "{partner}":
        stored = str(coalition.grocery)
    assert (line, field, stored, recomputed) in named
    totals = all_again(desk)
    assert totals.findings == [found]
    assert totals.versions[coalition.grocery, 2] == (1, 1)
    sql(
        "UPDATE postings p SET points = k.points, expires_on = k.expires_on FROM kept k"
        " WHERE p.member_id = k.member_id AND p.seq = k.seq"
    )


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("DELETE FROM partner_versions", Why.RULES_GONE),
        ("DELETE FROM currency_versions", Why.RULES_GONE),
        ("UPDATE partner_versions SET plugin = 'magic'", Why.PLUGIN_GONE),
        ("UPDATE partner_versions SET settings = '{}'", Why.PLUGIN_FAILED),
        ("UPDATE purchases SET lines = '[{}]'", Why.UNREADABLE),
        ("UPDATE purchases SET status = 'pending'", Why.PENDING),
    ],
)
def test_what_can_not_be_replayed_says_why(
    desk: Desk, bought: tuple[UUID, UUID], sql: Sql, statement: str, why: Why
) -> None:
    sql(statement)
    found = again(desk, bought)
    assert (found.outcome, found.why) == (Outcome.NOT_REPLAYABLE, (why,))
    sql("UPDATE purchases SET status = 'posted'")  # the check at the end looks at it too


def test_a_purchase_that_is_refused_now_is_another_than_it_was(
    desk: Desk, bought: tuple[UUID, UUID], sql: Sql
) -> None:
    sql("UPDATE purchases SET lines = jsonb_set(lines, '{0,sku}', '\"forbidden\"')")
    found = again(desk, bought)
    assert (found.outcome, found.why) == (Outcome.DIFFERENT, (Why.REFUSED,))
    assert found.suspect is Suspect.RULES


def test_new_code_of_a_plugin_is_told_and_is_the_suspect_when_lines_differ(
    desk: Desk, bought: tuple[UUID, UUID], sql: Sql, plain: PlainPlugin
) -> None:
    sql("UPDATE partner_versions SET plugin_version = '0.0.9'")
    found = again(desk, bought)
    assert (found.outcome, found.plugin_then, found.plugin_now) == (Outcome.EQUAL, "0.0.9", None)
    plain.wrong = []
    found = again(desk, bought)
    assert found.why == (Why.LINES_DIFFER, Why.PLUGIN_CHANGED)
    assert (found.outcome, found.suspect) == (Outcome.DIFFERENT, Suspect.PLUGIN)


def test_the_plugins_version_is_kept_with_the_partners_and_with_purchases_after_an_upgrade(
    desk: Desk, coalition: Coalition, sql: Sql
) -> None:
    with desk.work(CLI) as work:
        partners.configure(work, coalition.grocery, "standard", {})
        now = work.plugins.version("standard")
        assert now
        assert work.plugins.version("plain") is None
        assert work.plugins.version("magic") is None
    ada = coalition.a_member()

    def buy() -> Replayed:
        with desk.work(coalition.as_grocery()) as work:
            purchase = earning.earn(work, coalition.a_purchase(ada), key=a_key()).purchase_id
        return again(desk, (ada.id, purchase))

    assert (buy().plugin_then, buy().plugin_now) == (now, now)
    sql("UPDATE partner_versions SET plugin_version = '0.0.1'")
    desk._memo.clear()  # as a server that starts with the new code
    after = buy()
    assert (after.plugin_then, after.plugin_now, after.why) == (now, now, ())


def test_purchases_of_before_are_replayed_as_far_as_their_facts_go(
    desk: Desk, coalition: Coalition, bought: tuple[UUID, UUID], sql: Sql
) -> None:
    sql("UPDATE transactions SET explanation = explanation - '{rank,uplift_percent}'::text[]")
    found = again(desk, bought)
    assert (found.outcome, found.missing) == (Outcome.EQUAL, ("rank", "uplift_percent"))
    with desk.work(CLI) as work:
        tiers.define(work, [TierTerms("gold", "Gold", 0, 3)])
    found = again(desk, bought)
    assert found.outcome is Outcome.NOT_REPLAYABLE
    assert found.why == (Why.LINES_DIFFER, Why.FACTS_MISSING)
    assert found.suspect is None
    with desk.work(CLI) as work:
        tiers.define(work, [])
    assert again(desk, bought).outcome is Outcome.NOT_REPLAYABLE
    sql("UPDATE transactions SET explanation = '{\"lines\": 7}'")
    found = again(desk, bought)
    assert found.missing == ("partner_version", "currency_version", "rank", "uplift_percent")
    assert (found.partner_version, found.stored) == (2, ())


def test_a_purchase_that_earned_nothing_is_replayed_by_the_rules_of_its_time(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    ada = coalition.a_member()
    tenders = (Tender(TenderKind.POINTS, minor("20.00")),)
    with desk.work(coalition.as_grocery()) as work:
        report = coalition.a_purchase(ada, "20.00", tenders=tenders)
        purchase = earning.earn(work, report, key=a_key()).purchase_id
    clock.move(days=1)
    change_every_rule(desk, coalition)
    found = again(desk, (ada.id, purchase))
    assert (found.outcome, found.partner_version, found.stored) == (Outcome.EQUAL, 2, ())
    assert "partner_version" in found.missing


def test_a_purchase_that_waited_for_its_plugin_is_replayed_by_the_rules_it_was_settled_by(
    desk: Desk, coalition: Coalition, plain: PlainPlugin
) -> None:
    ada = coalition.a_member()
    plain.wrong = "nonsense"
    with desk.work(coalition.as_grocery()) as work:
        purchase = earning.earn(work, coalition.a_purchase(ada), key=a_key()).purchase_id
    assert again(desk, (ada.id, purchase)).why == (Why.PENDING,)
    plain.wrong = None
    with desk.work(CLI) as work:
        partners.configure(work, coalition.grocery, "plain", {"points_per_unit": 3})
    with desk.work(Actor("worker")) as work:
        earning.settle(work, ada.id, purchase)
    change_every_rule(desk, coalition)
    found = again(desk, (ada.id, purchase))
    assert (found.outcome, found.stored[0]["points"]) == (Outcome.EQUAL, 300)


def test_returns_leave_the_purchase_replayable(
    desk: Desk, coalition: Coalition, bought: tuple[UUID, UUID]
) -> None:
    with desk.work(coalition.as_grocery()) as work:
        returns.return_lines(work, bought[1], None, key=a_key())
    assert again(desk, bought).outcome is Outcome.EQUAL


def test_all_purchases_are_passed_batch_by_batch(
    desk: Desk, coalition: Coalition, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "_BATCH", 3)
    ada, ben = coalition.a_member(), coalition.a_member("Ben")
    with desk.work(coalition.as_grocery()) as work:
        for who in (ada, ben, ada, ben, ada):
            earning.earn(work, coalition.a_purchase(who), key=a_key())
    clock.move(days=10)
    with desk.work(coalition.as_cinema()) as work:
        earning.earn(work, coalition.a_purchase(ada), key=a_key())
    told: list[int] = []
    assert all_again(desk, told=told.append).counts == {Outcome.EQUAL: 6}
    assert told == [3, 6, 6]
    assert all_again(desk, partner=coalition.cinema).done == 1
    assert all_again(desk, since=date(2026, 5, 2)).done == 1
    assert all_again(desk, since=date(2026, 5, 1), partner=coalition.grocery).done == 5
    assert all_again(desk, limit=4).done == 4
    with desk.work(CLI) as work:
        assert replay.expected(work) == 6


def test_a_replay_writes_nothing_and_locks_nothing(
    desk: Desk, coalition: Coalition, bought: tuple[UUID, UUID]
) -> None:
    report = coalition.a_purchase(coalition.a_member())
    with desk.work(CLI) as work, desk.work(coalition.as_grocery()) as till:
        work.session.connection().exec_driver_sql("SET TRANSACTION READ ONLY")
        assert replay.replay_all(work).counts == {Outcome.EQUAL: 1}
        earning.earn(till, report, key=a_key())
        returns.return_lines(till, bought[1], None, key=a_key())


FUEL = {"fuel_categories": [{"category": "95"}]}


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_every_purchase_of_a_random_history_comes_out_again_when_all_rules_have_changed(
    desk: Desk, coalition: Coalition, clock: FixedClock, plugins: Plugins, seed: int
) -> None:
    _live(desk, coalition, clock, Random(seed))  # noqa: S311 - a seed, not a secret
    others = [each for each in _partners(desk) if each not in (coalition.grocery, coalition.cinema)]
    clock.move(hours=1)  # what earned nothing kept no version: it is known by the time alone
    change_every_rule(desk, coalition, *others)
    totals = all_again(desk)
    assert totals.findings == []
    assert totals.counts == {Outcome.EQUAL: totals.done}
    assert totals.done > 0


def _partners(desk: Desk) -> list[UUID]:
    with desk.work(CLI) as work:
        return [row[0] for row in work.rows("SELECT id FROM partners ORDER BY code")]


def _live(desk: Desk, coalition: Coalition, clock: FixedClock, chance: Random) -> None:
    """Buy at four kinds of partners while settings, tiers and the terms of points change."""
    people = [coalition.a_member(f"P{number}") for number in range(3)]
    with desk.work(CLI) as work:
        shops = {"plain": coalition.grocery}
        for plugin in ("standard", "fuel", "parking"):
            code = f"{plugin}-{chance.randrange(10**9)}"
            shops[plugin] = partners.onboard(
                work, code, code, trade="x", plugin=plugin, settings=_settings(chance, plugin)
            )
            partners.add_store(work, shops[plugin], coalition.site, "main", "Main", currency="CNY")
        tiers.define(work, [TierTerms("basic", "B", 0, 0), TierTerms("gold", "G", 1, 50)])
    for _ in range(25):
        clock.move(hours=chance.randrange(1, 200))
        plugin = chance.choice(list(shops))
        deed = chance.randrange(6)
        with desk.work(CLI) as work:
            if deed == 0:
                partners.configure(work, shops[plugin], plugin, _settings(chance, plugin))
            elif deed == 1:
                ladder = [TierTerms("basic", "B", 0, chance.randrange(9))]
                tiers.define(work, [*ladder, TierTerms("gold", "G", 1, chance.randrange(200))])
                tiers.assign(work, chance.choice(people).id, "gold", reason="test")
            elif deed == 2:
                rule = chance.choice(list(ExpiryRule))
                months = chance.randrange(1, 30)
                partners.found_currency(
                    work, "Star", rule=rule, months=months, face_value=Decimal("0.01")
                )
                desk._memo.clear()
        if deed > 2:
            _buy(desk, coalition, chance.choice(people), shops[plugin], chance)


def _settings(chance: Random, plugin: str) -> dict[str, Any]:
    if plugin == "plain":
        return {"points_per_unit": chance.randrange(1, 9)}
    if plugin == "fuel":
        return FUEL | {"points_per_litre": f"{chance.randrange(1, 90) / 10}"}
    if plugin == "parking":
        return {"fee_rate": f"{chance.randrange(1, 90) / 10}"}
    return {
        "base_rate": f"{chance.randrange(1, 9000) / 1000}",
        "rounding": chance.choice(["down", "up", "half_up"]),
    }


def _buy(desk: Desk, coalition: Coalition, who: Someone, partner: UUID, chance: Random) -> None:
    lines = [
        ReportLine(
            number, f"a{number}", chance.choice(["95", "food", "parking", ""]),
            chance.randrange(1, 90_000), chance.choice(["ea", "L", "h"]),
            chance.randrange(0, 90_000),
            chance.random() < 0.9,
        )
        for number in range(1, chance.randrange(2, 6))
    ]  # fmt: skip
    total = sum(line.net_minor for line in lines)
    paid = chance.randrange(total + 1)
    tenders = (Tender(TenderKind.POINTS, paid), Tender(TenderKind.CASH, total - paid))
    with desk.work(Actor("client:x", partner)) as work:
        report = coalition.a_purchase(
            who, lines=lines, tenders=chance.choice([(), tenders]),
            occurred_at=work.now() - timedelta(hours=chance.randrange(30)),
        )  # fmt: skip
        earning.earn(work, report, key=a_key())


def test_imported_purchases_are_replayed_like_others(
    desk: Desk, coalition: Coalition, tmp_path: Path
) -> None:
    file = a_file(tmp_path, *some_sales(members=5))
    report = imports.run_import(desk, file, a_mapping())
    assert report.counts["purchases"] > 10
    change_every_rule(desk, coalition)
    totals = all_again(desk)
    assert totals.counts == {Outcome.EQUAL: report.counts["purchases"]}
    assert totals.missing == {}
