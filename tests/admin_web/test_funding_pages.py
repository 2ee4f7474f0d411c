"""The tab Funding of a partner: what is left, packs sold and paid back; each partner its own."""

import pytest

from funds import fund, pack, sale
from stoa.services import funding, log, positions
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk
from visitor import Visitor, text_of
from world import Coalition, FixedClock


@pytest.fixture
def path(coalition: Coalition) -> str:
    return f"/admin/partners/{public_id('prt', coalition.grocery)}/funding"


def test_the_office_sells_a_pack_and_pays_back_what_is_unused(
    operator: Visitor,
    auditor: Visitor,
    desk: Desk,
    coalition: Coalition,
    path: str,
) -> None:
    assert "billed afterwards" in text_of(operator.get(path))
    fund(desk, coalition.grocery, "prepaid", alert_points=3_000)
    wrong = operator.post(f"{path}/packs", points="0", price="much")
    assert wrong.status_code == 422
    assert "Write a price such as 0.011." in text_of(wrong)
    assert operator.post(f"{path}/packs", points="15000", price="0.011").status_code == 303
    assert "Bill 165.00 CNY" in text_of(operator.get(path))
    told = text_of(auditor.get(path))
    assert "15,000" in told
    assert "Sell the pack" not in told
    with desk.work(Actor("test")) as work:
        pack_id = public_id("pck", funding.packs_of(work, coalition.grocery)[0].id)
    refund = f"{path}/packs/{pack_id}/refund"
    assert auditor.post(refund).status_code == 403
    assert operator.post(refund).status_code == 303
    assert "Pay the partner 165.00 CNY" in text_of(operator.get(path))
    assert operator.post(refund).status_code == 303
    assert "No point of this pack is unused" in text_of(operator.get(path))


def test_a_pack_of_another_partner_is_not_paid_back_here(
    operator: Visitor, desk: Desk, coalition: Coalition, path: str
) -> None:
    other = public_id("pck", pack(desk, coalition.cinema, 100))
    assert operator.post(f"{path}/packs/{other}/refund").status_code == 404
    with desk.work(Actor("test")) as work:
        assert funding.packs_of(work, coalition.cinema)[0].left == 100


def test_a_page_tells_what_is_owed_and_how_long_it_lasts(
    operator: Visitor, desk: Desk, coalition: Coalition, path: str, clock: FixedClock
) -> None:
    fund(desk, coalition.grocery, "credit", credit_limit="200.00", alert_amount="100.00")
    clock.move(minutes=5)
    sale(desk, coalition, coalition.a_member(), 10_000)
    with desk.work(Actor("worker")) as work:
        log.append(work)
        positions.fold(work)
        funding.note(work)
    told = text_of(operator.get(path))
    assert "120.00 CNY" in told
    assert "80.00 CNY" in told
    assert "Low" in told
    assert "9 days at the rate of the last 14" in told
