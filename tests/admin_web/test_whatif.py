"""The pages of what-if: ask, watch, cancel, read; an auditor only reads."""

import csv
import io

import pytest

from histories import Town, a_ladder, a_town
from stoa.services import earning, rulebook, tiers, whatif
from stoa.services.whatif import Run
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk
from stoa_admin.whatif_figures import figures
from visitor import Visitor, text_of
from world import Coalition, FixedClock, PlainPlugin, a_key


@pytest.fixture
def town(coalition: Coalition, clock: FixedClock, plain: PlainPlugin) -> Town:
    """Return a mixed history of 69 purchases."""
    return a_town(coalition, clock, plain)


def the_run(desk: Desk) -> Run:
    with desk.work(Actor("test")) as work:
        (run,) = whatif.listed(work)
    return run


def page_of(run: Run) -> str:
    return f"/admin/what-if/{public_id('wif', run.id)}"


def test_a_doubled_rate_is_asked_watched_and_read(
    town: Town, operator: Visitor, desk: Desk
) -> None:
    form = operator.get("/admin/what-if/new?partner=grocery").text
    assert 'name="s.points_per_unit"' in form
    answer = operator.post(
        "/admin/what-if", partner="grocery", since="", until="", rounding="",
        **{"s.points_per_unit": "2"},
    )  # fmt: skip
    assert answer.status_code == 303
    run = the_run(desk)
    assert answer.headers["Location"].endswith(page_of(run))
    waiting = operator.get(page_of(run))
    assert "Waiting for a worker" in text_of(waiting)
    assert 'hx-trigger="every 1s"' in waiting.text
    part = {"HX-Request": "true"}
    assert operator.get(page_of(run), headers=part).status_code == 200
    whatif.carry_on(desk)
    polled = operator.get(page_of(run), headers=part)
    assert (polled.status_code, polled.headers["HX-Refresh"]) == (204, "true")
    page = text_of(operator.get(page_of(run)))
    total = figures(the_run(desk)).total
    assert f"Points more or less +{total.change:,}" in page
    assert "The rules of now come to exactly what is stored" in page
    assert "Points per 1.00 1 2" in page
    assert "1 purchase is left out: still pending." in page
    listed = text_of(operator.get("/admin/what-if"))
    assert "Points for purchases: grocery all days Done 69 Grace Lam" in listed


def test_the_figures_are_exported_as_csv(town: Town, operator: Visitor, desk: Desk) -> None:
    operator.get("/admin/what-if/new")
    operator.post("/admin/what-if", partner="", since="", until="", rounding="up")
    whatif.carry_on(desk)
    run = the_run(desk)
    answer = operator.get(f"{page_of(run)}/figures.csv")
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    payers = [row for row in rows if row["section"] == "payer"]
    assert sum(int(row["draft_points"]) for row in payers) == figures(run).total.draft
    days = [row for row in rows if row["section"] == "day"]
    assert sum(int(row["draft_points"]) for row in days) == figures(run).total.draft


@pytest.fixture
def risen(coalition: Coalition, desk: Desk) -> Coalition:
    """Return a coalition with a gold, a golden and a silver member, all assessed."""
    with desk.work(Actor("cli")) as work:
        for factor in (1, 2):
            rulebook.save(work, "ladder", "main", a_ladder(factor))
            if factor == 1:
                rulebook.activate(work, "ladder", "main")
    for name, totals in (("Ada", ["900.00"]), ("Bo", ["4000.00"]), ("Cy", ["20.00"] * 3)):
        who = coalition.a_member(name)
        for total in totals:
            with desk.work(coalition.as_grocery()) as work:
                earning.earn(work, coalition.a_purchase(who, total), key=a_key())
    tiers.reassess_all(desk, Actor("cli"))
    return coalition


def test_a_doubled_gold_threshold_shows_who_would_fall_and_what_it_saves(
    risen: Coalition, operator: Visitor, desk: Desk
) -> None:
    form = operator.get("/admin/what-if/new?kind=ladder&code=main&version=3")
    assert 'value="main@3" selected' in form.text
    answer = operator.post("/admin/what-if", kind="ladder", rule="main@3", day="")
    assert answer.status_code == 303
    whatif.carry_on(desk)
    run = the_run(desk)
    answer = operator.get(page_of(run))
    page = text_of(answer)
    assert "Members, version 3" in page
    assert "1 member would move" in page
    assert "Ada Gold Basic -810" in page
    assert "700.00 more" in page
    assert "-CN¥9.72" in page
    assert answer.text.count("heat-fall") == 1
    falls = text_of(operator.get(f"{page_of(run)}?way=falls"))
    rises = text_of(operator.get(f"{page_of(run)}?way=rises"))
    assert "Ada Gold" in falls
    assert "Ada Gold" not in rises
    rows = list(csv.DictReader(io.StringIO(operator.get(f"{page_of(run)}/members.csv").text)))
    assert [(row["name"], row["from"], row["to"], row["points"]) for row in rows] == [
        ("Ada", "gold", "basic", "-810")
    ]
    assert operator.get(f"{page_of(run)}?after=x.y").status_code == 404


@pytest.mark.parametrize("rule", ["", "main", "main@99", "nobody@1"])
def test_a_rule_that_is_none_is_shown_at_its_field(
    risen: Coalition, operator: Visitor, rule: str
) -> None:
    operator.get("/admin/what-if/new?kind=ladder")
    wrong = operator.post("/admin/what-if", kind="ladder", rule=rule)
    assert wrong.status_code == 422
    assert 'aria-invalid="true"' in wrong.text


def test_a_wrong_setting_or_day_is_shown_at_its_field(
    town: Town, operator: Visitor, desk: Desk
) -> None:
    operator.get("/admin/what-if/new?partner=shelf")
    values = {
        "partner": "shelf", "rounding": "", "since": "", "until": "", "s.base_rate": "much",
        "s.minimum_ticket_minor": "0", "s.rounding": "down", "s.bundle_size": "0",
        "s.bundle_discount_percent": "0",
    }  # fmt: skip
    wrong = operator.post("/admin/what-if", **values)
    assert wrong.status_code == 422
    assert "Write a number from 0 to 1000 with at most three decimals." in text_of(wrong)
    wrong = operator.post("/admin/what-if", **values | {"s.base_rate": "1", "since": "soon"})
    assert wrong.status_code == 422
    assert "Write a day such as 2026-05-01." in text_of(wrong)
    more = operator.post("/admin/what-if", **values, add="category_rates")
    assert 'name="s.category_rates.category"' in more.text
    with desk.work(Actor("test")) as work:
        assert whatif.listed(work) == []


def test_a_run_is_cancelled(town: Town, operator: Visitor, desk: Desk) -> None:
    operator.get("/admin/what-if/new")
    operator.post("/admin/what-if", partner="", rounding="down")
    run = the_run(desk)
    operator.post(f"{page_of(run)}/cancel")
    assert the_run(desk).state == "cancelled"
    assert "The run was cancelled" in text_of(operator.get(page_of(run)))


def test_an_auditor_reads_and_asks_nothing(town: Town, auditor: Visitor, desk: Desk) -> None:
    with desk.work(Actor("cli")) as work:
        whatif.ask(work, "rate", {"rounding": "down"})
    whatif.carry_on(desk)
    assert "exactly what is stored" in text_of(auditor.get(page_of(the_run(desk))))
    assert auditor.post("/admin/what-if", partner="", rounding="up").status_code == 403
    assert auditor.post(f"{page_of(the_run(desk))}/cancel").status_code == 403


@pytest.mark.parametrize("run", ["wif_00000000000000000000000007", "wif_x", "mem_1"])
def test_a_run_that_is_none_is_not_found(operator: Visitor, run: str) -> None:
    assert operator.get(f"/admin/what-if/{run}").status_code == 404
