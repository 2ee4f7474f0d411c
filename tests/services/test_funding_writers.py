"""Funding at every door by which points are born: none goes around it, and none mints it."""

import re
from pathlib import Path

import pytest

import openings
import sales
from campaigns import hold
from funds import STAFF, adjust, bring_back, fund, pack, sale, stands
from stoa.errors import PartnerFundingExhaustedError
from stoa.models import functions
from stoa.services import clockwork, earning, funding, imports, ledger
from stoa.services.ledger import Leg
from stoa.values.identifiers import new_uuid
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, PlainPlugin, Someone, a_key

WORKER = Actor("worker")
BEARS = re.compile(r"INSERT INTO public\.postings.*?;", re.DOTALL)


@pytest.fixture
def ada(coalition: Coalition) -> Someone:
    return coalition.a_member(email="ada@stoa.example")


@pytest.fixture
def limited(desk: Desk, coalition: Coalition, clock: FixedClock) -> Coalition:
    """Limit the grocery to a pack of 1,000 and the cinema to one of 100 points."""
    for partner_id, points in ((coalition.grocery, 1_000), (coalition.cinema, 100)):
        fund(desk, partner_id, "prepaid")
        pack(desk, partner_id, points)
    clock.move(minutes=5)
    return coalition


def test_every_function_that_moves_issued_points_asks_what_is_funded() -> None:
    text = functions()
    blocks = re.split(r"(?=CREATE OR REPLACE FUNCTION public\.)", text)
    moving = {
        block.split("(")[0].rsplit(".", 1)[1]: block
        for block in blocks
        if any(
            re.search(r"'(issued|adjusted)'", each) and "payer" in each
            for each in BEARS.findall(block)
        )
    }
    assert moving.keys() >= {"stoa_earn", "stoa_grant", "stoa_adjust", "stoa_open_lots"}
    assert moving.keys() >= {"stoa_import", "stoa_reverse", "stoa_ungrant"}
    asks = re.compile(r"stoa_(draw|take|give_back|import)_funds")
    assert [name for name, block in moving.items() if not asks.search(block)] == []


def test_bonuses_of_every_kind_draw_on_their_payer_and_give_back(
    desk: Desk, limited: Coalition, ada: Someone
) -> None:
    def give(points: int) -> None:
        legs = [Leg(points, "activity:walk", limited.cinema), Leg(7, "activity:walk", None)]
        with desk.work(WORKER) as work:
            ledger.grant(
                work, ada.id, "STAR", transaction_id=bonus, reason_code="test", legs=legs,
                expires_on=None, explanation={"lines": [{"arithmetic": ""}] * 2}, facts={},
            )  # fmt: skip

    bonus = new_uuid()
    with pytest.raises(PartnerFundingExhaustedError):
        give(101)
    give(60)
    give(60)  # the same bonus once
    assert stands(desk, limited.cinema).left_points == 40
    with desk.work(WORKER) as work:
        ledger.ungrant(
            work, ada.id, "STAR", transaction_id=bonus, reason_code="undone",
            explanation={"lines": [{"arithmetic": ""}] * 2}, facts={},
        )  # fmt: skip
    assert stands(desk, limited.cinema).left_points == 100


def test_points_by_hand_draw_on_their_payer_and_a_reversal_gives_back(
    desk: Desk, limited: Coalition, ada: Someone
) -> None:
    with desk.work(STAFF) as work:
        ledger.open_wallet(work, ada.id, "STAR")
    with pytest.raises(PartnerFundingExhaustedError) as refused, desk.work(STAFF) as work:
        adjust(work, ada, 101, limited.cinema)
    assert refused.value.members["left_points"] == 100
    with desk.work(STAFF) as work:
        first = adjust(work, ada, 30, limited.cinema)
    assert stands(desk, limited.cinema).left_points == 70
    back = new_uuid()
    with desk.work(STAFF) as work:
        ledger.propose(
            work, ada.id, "STAR", adjustment_id=back, points=-30, reason_code="correction",
            note="", payer_id=limited.cinema, price=None, expires_on=None, reverses=first,
        )  # fmt: skip
    with desk.work(Actor("staff:other")) as work:
        ledger.adjust(
            work, ada.id, "STAR", adjustment_id=back, points=-30, limit=0, expires_on=None,
            decision="", explanation={"lines": [{"arithmetic": ""}]}, facts={},
        )  # fmt: skip
    assert stands(desk, limited.cinema).left_points == 100


def test_opening_balances_draw_on_the_partner_who_issued_them(
    desk: Desk, limited: Coalition, ada: Someone, tmp_path: Path
) -> None:
    assert ada
    path = openings.a_file(tmp_path, openings.a_line(points=60, partner="cinema"))
    imports.open_balances(desk, path, "STAR")
    imports.open_balances(desk, path, "STAR")
    assert stands(desk, limited.cinema).left_points == 40
    more = openings.a_file(tmp_path, openings.a_line(points=41, partner="cinema"), name="b.csv")
    with pytest.raises(PartnerFundingExhaustedError):
        imports.open_balances(desk, more, "STAR")
    assert stands(desk, limited.cinema).left_points == 40


def test_an_import_draws_and_gives_back_as_tills_would(
    desk: Desk, limited: Coalition, tmp_path: Path
) -> None:
    path = sales.a_file(
        tmp_path, *sales.some_sales(members=4, receipts=3), sales.a_sale("X1", "m99", price="45.00")
    )
    imports.run_import(desk, path, sales.a_mapping(), part_lines=9)
    with desk.work(STAFF) as work:
        issued = work.rows("SELECT coalesce(sum(points), 0)::bigint FROM postings")[0][0]
    assert 0 < issued < 1_000
    assert stands(desk, limited.grocery).left_points == 1_000 - issued


def test_an_import_that_is_not_funded_stops_whole_and_goes_on_later(
    desk: Desk, limited: Coalition, tmp_path: Path
) -> None:
    path = sales.a_file(tmp_path, sales.a_sale("1", price="1001.00"))
    with pytest.raises(PartnerFundingExhaustedError):
        imports.run_import(desk, path, sales.a_mapping())
    assert stands(desk, limited.grocery).left_points == 1_000
    pack(desk, limited.grocery, 1)
    imports.run_import(desk, path, sales.a_mapping())
    assert stands(desk, limited.grocery).left_points == 0


def test_a_pending_purchase_waits_until_it_is_funded(
    desk: Desk, limited: Coalition, ada: Someone, plain: PlainPlugin, clock: FixedClock
) -> None:
    plain.wrong = RuntimeError("not now")
    assert sale(desk, limited, ada, 1_500).status == "pending"
    assert stands(desk, limited.grocery).left_points == 1_000
    plain.wrong = None
    with desk.work(WORKER) as work:
        assert clockwork.settle_pending(work) == 0
    pack(desk, limited.grocery, 600)
    clock.move(minutes=5)
    with desk.work(WORKER) as work:
        assert clockwork.settle_pending(work) == 1
    assert stands(desk, limited.grocery).left_points == 100


def test_a_sale_goes_on_without_the_bonus_that_another_partner_has_not_funded(
    desk: Desk, limited: Coalition, ada: Someone, clock: FixedClock
) -> None:
    payers = [{"payer": "operator", "share": 50}, {"payer": "prt:cinema", "share": 50}]
    hold(desk, bonus={"kind": "fixed", "points": 120}, payers=payers)
    hold(desk, "april", bonus={"kind": "fixed", "points": 5})
    clock.move(minutes=20)
    first = sale(desk, limited, ada, 10)
    assert first.points == 135
    assert stands(desk, limited.cinema).left_points == 40
    second = sale(desk, limited, ada, 10)
    assert second.points == 15
    assert stands(desk, limited.cinema).left_points == 40
    with desk.work(limited.as_grocery()) as work:
        rows = work.rows(
            "SELECT explanation -> 'limits' FROM transactions WHERE id = %s", (second.purchase_id,)
        )
    assert rows == [({"may": {"points": 0, "by": "funding"}},)]
    assert stands(desk, limited.grocery).left_points == 980
    bring_back(desk, limited, first, first.points)
    assert stands(desk, limited.cinema).left_points == 100


def test_what_the_selling_partner_pays_itself_is_refused_whole(
    desk: Desk, limited: Coalition, ada: Someone, clock: FixedClock
) -> None:
    payers = [{"payer": "prt:grocery", "share": 100}]
    hold(desk, bonus={"kind": "fixed", "points": 995}, payers=payers)
    clock.move(minutes=20)
    with pytest.raises(PartnerFundingExhaustedError) as refused:
        sale(desk, limited, ada, 10)
    assert refused.value.members["wanted_points"] == 1_005
    assert stands(desk, limited.grocery).left_points == 1_000


def test_nobody_is_told_another_partners_figures(
    desk: Desk, limited: Coalition, ada: Someone
) -> None:
    def give(actor: Actor) -> PartnerFundingExhaustedError:
        with pytest.raises(PartnerFundingExhaustedError) as refused, desk.work(actor) as work:
            ledger.grant(
                work, ada.id, "STAR", transaction_id=new_uuid(), reason_code="test",
                legs=[Leg(500, "activity:walk", limited.cinema)], expires_on=None,
                explanation={"lines": [{"arithmetic": ""}]}, facts={},
            )  # fmt: skip
        return refused.value

    assert give(limited.as_grocery()).members == {}
    assert str(give(limited.as_grocery())) == "A partner who pays for this has not funded it."
    assert give(limited.as_cinema()).members["left_points"] == 100
    assert give(WORKER).members.keys() == {"funding", "wanted_points", "left_points", "partner"}
    with desk.work(limited.as_grocery()) as work:
        assert work.rows("SELECT count(*) FROM funding_packs")[0][0] == 1
        assert work.rows("SELECT DISTINCT partner_id FROM partner_funds") == [(limited.grocery,)]


def test_one_that_is_open_again_draws_no_more(desk: Desk, limited: Coalition, ada: Someone) -> None:
    sold = sale(desk, limited, ada, 400)
    fund(desk, limited.grocery, "open")
    sale(desk, limited, ada, 5_000)
    bring_back(desk, limited, sold, 100)
    with desk.work(STAFF) as work:
        assert [each.left for each in funding.packs_of(work, limited.grocery)] == [700]


def test_an_estimate_takes_nothing(desk: Desk, limited: Coalition, ada: Someone) -> None:
    with desk.work(limited.as_grocery()) as work:
        earning.estimate(work, limited.a_purchase(ada, "500.00"))
    assert stands(desk, limited.grocery).left_points == 1_000
    with desk.work(limited.as_grocery()) as work:
        report, key = limited.a_purchase(ada, "500.00"), a_key()
        earning.earn(work, report, key=key)
        assert earning.earn(work, report, key=key).replayed
    assert stands(desk, limited.grocery).left_points == 500
