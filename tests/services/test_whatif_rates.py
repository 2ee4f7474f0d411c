"""What-if of rates: the rules of now come to nothing, a draft to exactly what it says."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from histories import SHOPS, Town, a_town
from stoa.errors import (
    InvalidBodyError,
    InvalidSettingsError,
    PluginUnknownError,
    WhatIfUnknownError,
)
from stoa.services import partners, whatif
from stoa.services.whatif import Run
from stoa.values.whatif import payers
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, PlainPlugin

CLI = Actor("cli")


@pytest.fixture
def town(coalition: Coalition, clock: FixedClock, plain: PlainPlugin) -> Town:
    """Return a mixed history of 69 purchases, one of them pending."""
    return a_town(coalition, clock, plain)


@pytest.fixture
def sql(database: str) -> Callable[[str], None]:
    """Return what writes past the ledger's functions, as only the owner can."""

    def run(statement: str) -> None:
        engine = create_engine(database, poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(text(statement))
        engine.dispose()

    return run


def tried(desk: Desk, draft: dict[str, Any], **more: Any) -> Run:
    size = more.pop("size", 4000)
    with desk.work(CLI) as work:
        run_id = whatif.ask(work, "rate", draft, **more)
    assert whatif.carry_on(desk, size=size) == 1
    with desk.work(CLI) as work:
        return whatif.find(work, run_id)


def ledger_sums(desk: Desk) -> dict[str, int]:
    """Return points earned by partner and payer, as the postings of earnings say."""
    with desk.work(CLI) as work:
        rows = work.rows("""
            SELECT p.code, coalesce(y.code, 'operator'), sum(e.points)::bigint
              FROM transactions t
              JOIN postings e ON e.transaction_id = t.id AND e.member_id = t.member_id
              JOIN partners p ON p.id = t.partner_id LEFT JOIN partners y ON y.id = e.payer_id
             WHERE t.kind = 'earn' AND e.account = 'issued' GROUP BY 1, 2
        """)
    return {f"{partner}|{payer}": points for partner, payer, points in rows}


@pytest.mark.parametrize("size", [1, 7, 4000])
def test_the_rules_of_now_come_to_a_difference_of_zero(town: Town, size: int) -> None:
    desk = town.coalition.desk
    run = tried(desk, {"rounding": "down"}, size=size)
    tally = run.tally
    assert (run.state, run.percent, run.fault) == ("done", 100, "")
    assert tally["counts"] == {
        "purchases": {"n": 69}, "members": {"n": 4}
    }  # fmt: skip
    assert tally["why"] == {"pending": {"n": 1}}
    assert tally["spread"] == {"0": {"n": 4}}
    assert tally["largest"] == tally["findings"] == []
    sums = ledger_sums(desk)
    assert {key: row["stored"] for key, row in tally["sums"].items()} == sums
    for line in payers(tally):
        assert line.stored == line.current == line.draft == sums[f"{line.partner}|{line.payer}"]
        assert line.stored_micros == line.current_micros == line.draft_micros
        assert line.stored_micros == line.stored * 12_000
    assert sum(row["draft"] for row in tally["days"].values()) == sum(sums.values())


def test_each_partners_own_settings_come_to_zero_too(town: Town) -> None:
    for code in town.partners:
        run = tried(town.coalition.desk, {"partner": code, "settings": {}})
        assert "changed" not in run.tally["counts"]
        assert {key.partition("|")[0] for key in run.tally["sums"]} == {code}


def test_a_doubled_rate_doubles_exactly_what_it_should(town: Town) -> None:
    desk = town.coalition.desk
    run = tried(desk, {"partner": "grocery", "settings": {"points_per_unit": 2}})
    lines = {line.payer: line for line in payers(run.tally)}
    with desk.work(CLI) as work:
        rows = work.rows("""
            SELECT u.id, u.lines -> 0 ->> 'earning_minor', t.explanation ->> 'uplift_percent'
              FROM purchases u JOIN partners p ON p.id = u.partner_id
              JOIN transactions t ON t.id = u.id AND t.member_id = u.member_id
             WHERE p.code = 'grocery'
        """)
    naive = {"grocery": [0, 0], "operator": [0, 0]}
    for _, minor, percent in rows:
        for place, rate in enumerate((1, 2)):
            base = int(minor) * rate // 100
            naive["grocery"][place] += base
            naive["operator"][place] += base * int(percent) // 100
    for payer, (current, draft) in naive.items():
        assert (lines[payer].current, lines[payer].draft) == (current, draft)
        assert lines[payer].stored == current
        assert lines[payer].change_micros == (draft - current) * 12_000
    assert run.tally["counts"]["changed"] == {"n": 16}
    assert run.tally["counts"]["members_changed"] == {"n": 4}
    changes = sum(row["change"] for row in run.tally["largest"])
    assert changes == sum(line.change for line in lines.values())


def test_a_span_counts_its_days_only(town: Town) -> None:
    day = town.first_day
    run = tried(town.coalition.desk, {"rounding": "down"}, since=day, until=day)
    assert run.total == run.passed == run.tally["counts"]["purchases"]["n"] == 17
    assert list(run.tally["days"]) == [day.isoformat()]


def test_another_rounding_changes_the_uplift_alone(town: Town) -> None:
    run = tried(town.coalition.desk, {"rounding": "up"})
    for line in payers(run.tally):
        assert (line.change > 0) == (line.payer == "operator" and line.partner != "cinema")
    assert run.tally["counts"]["changed"]["n"] > 0


def test_another_plugin_may_be_tried(town: Town) -> None:
    run = tried(town.coalition.desk, {"partner": "grocery", "plugin": "standard"})
    (own,) = (line for line in payers(run.tally) if line.payer == "grocery")
    assert own.current == own.draft > 0  # both give one point for 1.00
    run = tried(town.coalition.desk, {"partner": "grocery", "plugin": "fuel"})
    (own,) = (line for line in payers(run.tally) if line.payer == "grocery")
    assert own.draft == 0  # nothing was sold by the litre
    assert run.tally["counts"]["changed"]["n"] == 16


def test_what_older_rules_gave_is_told_apart(town: Town) -> None:
    desk = town.coalition.desk
    with desk.work(CLI) as work:
        partners.configure(work, town.partners["grocery"], "plain", {"points_per_unit": 3})
    run = tried(desk, {"partner": "grocery", "settings": {}})
    counts = run.tally["counts"]
    lines = payers(run.tally)
    assert counts["drift"]["n"] == 16
    assert "unexplained" not in counts
    assert "changed" not in counts
    assert counts["drift"]["points"] == sum(line.current - line.stored for line in lines)
    assert all(line.change == 0 for line in lines)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE postings SET points = points + 1 WHERE member_id = '{member}' AND seq = 1",
        (
            "UPDATE transactions SET explanation = jsonb_set(explanation, '{{lines,0,points}}',"
            " '9') WHERE member_id = '{member}' AND kind = 'earn' AND first_seq = 1"
        ),
    ],
)
def test_a_stored_line_that_was_changed_is_found(
    town: Town, sql: Callable[[str], None], statement: str
) -> None:
    member = town.people[2].id
    sql("CREATE TABLE kept AS TABLE postings")
    sql(statement.format(member=member))
    run = tried(town.coalition.desk, {"rounding": "down"})
    counts, (finding,) = run.tally["counts"], run.tally["findings"]
    assert counts["unexplained"]["n"] == 1
    assert "drift" not in counts
    assert "changed" not in counts
    assert {finding["stored"] - finding["current"], finding["told"] - finding["current"]} != {0}
    sql(
        "UPDATE postings p SET points = k.points FROM kept k"
        " WHERE p.member_id = k.member_id AND p.seq = k.seq AND p.currency = k.currency"
    )


def test_a_plugin_that_fails_leaves_purchases_out_and_says_so(
    town: Town, plain: PlainPlugin
) -> None:
    plain.wrong = lambda: 1 // 0
    day = town.first_day
    draft: dict[str, Any] = {"partner": "grocery", "settings": {}}
    run = tried(town.coalition.desk, draft, since=day, until=day)
    assert run.tally["why"] == {"plugin_failed": {"n": 4}}
    assert run.tally["sums"] == {}


@pytest.mark.parametrize(
    ("draft", "error"),
    [
        ({"partner": "nobody"}, InvalidBodyError),
        ({"rounding": "sideways"}, InvalidBodyError),
        ({"rate": 2}, InvalidBodyError),
        ({"settings": {"base_rate": "2"}}, InvalidBodyError),
        ({"partner": "shelf", "settings": [1]}, InvalidBodyError),
        ({"partner": "shelf", "settings": {"base_rate": "much"}}, InvalidSettingsError),
        ({"partner": "shelf", "plugin": "magic"}, PluginUnknownError),
    ],
)
def test_a_draft_that_does_not_fit_is_refused(
    town: Town, draft: dict[str, Any], error: type[Exception]
) -> None:
    with town.coalition.desk.work(CLI) as work, pytest.raises(error):
        whatif.ask(work, "rate", draft)
    assert whatif.carry_on(town.coalition.desk) == 0


def test_settings_that_are_not_given_stay_the_partners(town: Town) -> None:
    with town.coalition.desk.work(CLI) as work:
        run_id = whatif.ask(work, "rate", {"partner": "shelf", "settings": {"base_rate": "2"}})
        settings = whatif.find(work, run_id).draft["settings"]
    assert settings["base_rate"] == 2000
    assert settings["category_rates"] == [{"category": "fresh", "rate": 2000}]
    assert SHOPS["shelf"][1]["base_rate"] == "1.5"


def test_the_run_of_nobody_is_unknown(desk: Desk) -> None:
    with desk.work(CLI) as work, pytest.raises(WhatIfUnknownError):
        whatif.find(work, UUID(int=7))
