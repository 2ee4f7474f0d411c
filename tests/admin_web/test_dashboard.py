"""The overview: figures of any period, tables and files of each, what needs attention."""

import re

import pytest

from overviews import add_up
from stoa.services import earning, members, partners, redemption
from stoa.services.redemption import Ask
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk
from visitor import Visitor, text_of
from world import Coalition, FixedClock, PlainPlugin, a_key, met


@pytest.fixture
def busy(desk: Desk, coalition: Coalition, clock: FixedClock) -> Coalition:
    """Return a coalition with 300 points issued last week, 1234 and 100 redeemed this week."""
    ada = coalition.a_member("Ada")
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada, "300.00"), key=a_key())
    clock.move(days=8)
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada, "1234.00"), key=a_key())
    with desk.work(coalition.as_cinema()) as work:
        held = redemption.hold(work, Ask(met(work, ada), "main", 100), key=a_key())
        redemption.capture(work, held.redemption.id, points=None, key=a_key())
    return coalition


@pytest.fixture
def folded(desk: Desk, busy: Coalition, database: str) -> Coalition:
    """Return the busy coalition when the worker has added everything up."""
    add_up(desk, database)
    return busy


def tile(page: str, name: str) -> str:
    """Return what a tile says."""
    found = re.search(rf'<article class="tile tile-{name}">(.*?)</article>', page, re.DOTALL)
    assert found is not None
    plain = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", found[1], flags=re.DOTALL)
    return " ".join(plain.split())


@pytest.mark.usefixtures("folded")
def test_tiles_tell_figures_and_change(operator: Visitor) -> None:
    operator.sign_in()
    page = operator.get("/admin/?span=7").text
    assert tile(page, "active") == "Active members 1 +0.0% 1 members in all, 0 joined"
    assert tile(page, "issued") == "Points issued 1,234 +311.3% 300 before"
    assert tile(page, "redeemed") == "Points redeemed 100 burn rate 8.1%, 0.0% before"
    assert tile(page, "expired") == "Breakage 0 0 before"
    assert tile(page, "outstanding") == "Outstanding 1,434 +378.0% worth CN¥14.34"
    assert tile(page, "liability") == "Liability CN¥14.34 at face value; no month is closed yet"


@pytest.mark.usefixtures("folded")
def test_the_period_stays_in_the_address(operator: Visitor) -> None:
    operator.sign_in()
    for days, asked in ((7, "?span=7"), (30, ""), (90, "?span=90"), (30, "?span=8")):
        page = operator.get(f"/admin/{asked}").text
        assert f'href="/admin/?span={days}&amp;against=before" aria-current="true"' in page
        assert page.count('<th scope="row" data-day=') == days
    page = operator.get("/admin/?span=custom&from=2026-05-08&to=2026-05-09&against=year").text
    assert page.count('<th scope="row" data-day=') == 2
    assert 'value="2026-05-08"' in page
    assert '<option value="year" selected>' in page
    assert "/admin/overview/days.csv?span=custom&amp;against=year&amp;from=2026-05-08" in page


@pytest.mark.usefixtures("folded")
def test_the_table_behind_the_chart_holds_each_day(operator: Visitor) -> None:
    operator.sign_in()
    page = operator.get("/admin/?span=7").text
    table = page[page.index('id="days-table"') :]
    assert 'data-day="2026-05-09">May 9, 2026</th>' in table
    assert 'data-value="1234">1,234' in table
    assert 'data-value="100">100' in table
    assert "echarts" in page
    assert "echarts" not in operator.get("/admin/members").text
    crossing = text_of(operator.get("/admin/?span=7"))
    assert "Harbour Grocery Star Cinema 100" in crossing


@pytest.mark.usefixtures("folded")
def test_each_table_is_handed_over_as_a_file(operator: Visitor) -> None:
    operator.sign_in()
    days = operator.get("/admin/overview/days.csv?span=7")
    assert days.mimetype == "text/csv"
    assert "2026-05-09,1234,100" in days.text
    for name in ("months", "partners", "crossing", "tiers", "campaigns", "expiring"):
        assert operator.get(f"/admin/overview/{name}.csv").status_code == 200
        assert operator.client.get(f"/admin/overview/{name}.xlsx").data.startswith(b"PK")
    assert operator.get("/admin/overview/members.csv").status_code == 404
    assert operator.get("/admin/overview/days.exe").status_code == 404


def test_partners_stand_in_the_order_of_what_they_issued(
    operator: Visitor, folded: Coalition
) -> None:
    operator.sign_in()
    page = text_of(operator.get("/admin/?span=7"))
    assert page.index("Harbour Grocery 1,234 100.0% +311.3% – – 1,234 1") < page.index(
        "Star Cinema 0"
    )
    assert "All partners 1,234 0 100 1,134 1" in page
    assert folded


def test_a_partners_people_see_their_own_alone(operator: Visitor, folded: Coalition) -> None:
    operator.sign_in()
    home = f"/admin/partners/{public_id('prt', folded.cinema)}/home"
    page = text_of(operator.get(f"{home}?span=7"))
    assert "Points of others, redeemed with you 100" in page
    assert "Your points, redeemed at others 0" in page
    assert "Grocery" not in page.partition("Where points come from")[2]
    assert operator.get(f"{home}/crossing.csv").status_code == 200
    assert operator.get(f"{home}/partners.csv").status_code == 404


def test_what_needs_attention_is_told(
    operator: Visitor, desk: Desk, busy: Coalition, plain: PlainPlugin, clock: FixedClock
) -> None:
    ben = busy.a_member("Ben")
    with desk.work(busy.as_cinema()) as work:
        ada = members.find(work, Ask(met(work, ben), "main").member)
        earning.earn(work, busy.a_purchase(ben, "90.00"), key=a_key())
        redemption.hold(work, Ask(met(work, ben), "main", 60, ttl_s=300), key=a_key())
    plain.wrong = [None]
    with desk.work(busy.as_grocery()) as work:
        earning.earn(work, busy.a_purchase(ben), key=a_key())
    with desk.work(Actor("cli")) as work:
        partners.suspend(work, busy.cinema)
        members.freeze(work, ada.id, reason="x")
    operator.sign_in()
    page = text_of(operator.get("/admin/"))
    assert "1 purchase waits for its points" in page
    assert "at Harbour Grocery" in page
    assert "1 open hold 60 points are set aside" in page
    assert "Star Cinema is suspended" in page
    assert "1 member is frozen" in page
    clock.move(minutes=11)
    page = text_of(operator.get("/admin/"))
    assert "1 is past its time: is the worker running?" in page
    assert "have not been told" in page


def test_empty_rooms_teach(operator: Visitor) -> None:
    page = text_of(operator.get("/admin/"))
    assert "No points have moved yet" in page
    assert "Add the first partner" in page
    assert "No purchase waits for its points" in page


def test_months_ahead_are_told(operator: Visitor, folded: Coalition, clock: FixedClock) -> None:
    clock.move(days=340)
    operator.sign_in()
    page = text_of(operator.get("/admin/"))
    assert "Expiring ahead CSV XLSX Apr 2027 0 May 2027 1,434 Jun 2027 0" in page
    assert folded
