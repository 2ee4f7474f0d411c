"""The dashboard: figures of a period, what needs attention, empty rooms that teach."""

import re

import pytest

from stoa.services import analytics, earning, members, partners, redemption
from stoa.services.redemption import Ask
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


def tile(page: str, name: str) -> str:
    """Return what a tile says."""
    found = re.search(rf'<article class="tile tile-{name}">(.*?)</article>', page, re.DOTALL)
    assert found is not None
    plain = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", found[1], flags=re.DOTALL)
    return " ".join(plain.split())


@pytest.mark.usefixtures("busy")
def test_tiles_tell_figures_and_change(operator: Visitor) -> None:
    operator.sign_in()
    page = operator.get("/admin/?days=7").text
    assert tile(page, "members") == "Members 1 -100.0% 0 joined, 1 before"
    assert tile(page, "issued") == "Points issued 1,234 +311.3% 300 in the 7 days before"
    assert tile(page, "redeemed") == "Points redeemed 100 0 in the 7 days before"
    assert tile(page, "outstanding") == "Outstanding 1,434 +378.0% worth CN¥14.34"
    assert tile(page, "expiring") == "Expiring in 30 days 0 0.0% of what is outstanding"


@pytest.mark.usefixtures("busy")
def test_the_period_stays_in_the_address(operator: Visitor) -> None:
    operator.sign_in()
    for days, asked in (
        (7, "?days=7"),
        (30, ""),
        (90, "?days=90"),
        (30, "?days=8"),
        (30, "?days=x"),
    ):
        page = operator.get(f"/admin/{asked}").text
        assert f'href="/admin/?days={days}" aria-current="true"' in page
        assert page.count('<th scope="row" data-day=') == days


@pytest.mark.usefixtures("busy")
def test_the_table_behind_the_chart_holds_each_day(operator: Visitor) -> None:
    operator.sign_in()
    page = operator.get("/admin/?days=7").text
    table = page[page.index('id="flow-table"') :]
    assert 'data-day="2026-05-09">May 9, 2026</th>' in table
    assert 'data-value="1234">1,234' in table
    assert 'data-value="100">100' in table
    assert "echarts" in page
    assert "echarts" not in operator.get("/admin/members").text


def test_partners_stand_in_the_order_of_what_they_issued(
    operator: Visitor, busy: Coalition
) -> None:
    operator.sign_in()
    page = text_of(operator.get("/admin/?days=7"))
    assert page.index("Harbour Grocery 1,234 100.0% +311.3% – – 1,234") < page.index(
        "Star Cinema 0"
    )
    assert "All partners 1,234 0 100 1,134" in page
    assert busy


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
    operator.client.application.extensions["stoa_admin"].kept.clear()
    page = text_of(operator.get("/admin/"))
    assert "1 is past its time: is the worker running?" in page
    assert "have not been told" in page


def test_empty_rooms_teach(operator: Visitor) -> None:
    page = text_of(operator.get("/admin/"))
    assert "No points have moved yet" in page
    assert "Add the first partner" in page
    assert "No purchase waits for its points" in page


def test_what_took_long_is_shown_again_for_a_moment(
    operator: Visitor, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([0.0, 2.0, 41.0, 42.1, 42.1])
    monkeypatch.setattr("stoa_admin.dashboard.time.monotonic", lambda: next(times))
    real, taken = analytics.glance, []

    def glance(*args: object, **options: object) -> object:
        taken.append(1)
        return real(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("stoa_admin.dashboard.analytics.glance", glance)
    for _ in range(3):
        assert operator.get("/admin/").status_code == 200
    assert len(taken) == 2  # after 2 s of work the figures hold for 40 s
    assert desk


def test_months_ahead_are_told(operator: Visitor, busy: Coalition, clock: FixedClock) -> None:
    clock.move(days=340)
    operator.sign_in()
    page = text_of(operator.get("/admin/"))
    assert "Expiring ahead Apr 2027 0 May 2027 1,434 Jun 2027 0" in page
    assert busy
