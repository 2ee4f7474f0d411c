"""The stamp card in the real house: visits fill it, a claim empties it, a return takes back."""

import pytest

from stoa.errors import ClaimRefusedError
from stoa.services import benefits, earning, partners, returns
from stoa.services.benefits import Wish
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, Someone, a_key


@pytest.fixture
def diner(coalition: Coalition) -> Actor:
    """Return a restaurant's client; three visits are a dish."""
    with coalition.desk.work(Actor("cli")) as work:
        partner = partners.onboard(
            work, "diner", "Jade", trade="dining", plugin="dining",
            settings={"stamps": 3, "stamp_worth_minor": 42_00},
        )  # fmt: skip
        partners.add_store(work, partner, coalition.site, "main", "Main store", currency="CNY")
    return Actor("client:diner", partner)


def visit(coalition: Coalition, diner: Actor, who: Someone) -> earning.Earned:
    with coalition.desk.work(diner) as work:
        return earning.earn(work, coalition.a_purchase(who), key=a_key())


def test_three_days_fill_a_card_that_is_used_once(
    desk: Desk, clock: FixedClock, coalition: Coalition, diner: Actor
) -> None:
    ada = coalition.a_member()
    for day in range(3):
        with desk.work(diner) as work, pytest.raises(ClaimRefusedError) as refused:
            benefits.claim(work, Wish(ada.token, "main", "stamp_card"))
        assert refused.value.members == {"reason": "card_not_full"}
        visit(coalition, diner, ada)
        visit(coalition, diner, ada)  # twice on a day is one stamp
        with desk.work(diner) as work:
            (told,) = benefits.list_benefits(work, ada.token)
        assert told.reason.startswith(f"{(day + 1) % 3} of 3 stamps")
        clock.move(days=1)
    with desk.work(diner) as work:
        dish = benefits.claim(work, Wish(ada.token, "main", "stamp_card"))
    assert (dish.worth.amount, dish.due.amount) == ("42.00", "0.00")
    with desk.work(diner) as work, pytest.raises(ClaimRefusedError):
        benefits.claim(work, Wish(ada.token, "main", "stamp_card"))


def test_a_visit_whose_goods_all_came_back_is_no_stamp(
    desk: Desk, clock: FixedClock, coalition: Coalition, diner: Actor
) -> None:
    ada = coalition.a_member()
    for _ in range(2):
        visit(coalition, diner, ada)
        clock.move(days=1)
    last = visit(coalition, diner, ada)
    clock.move(days=1)
    with desk.work(diner) as work:
        returns.return_lines(work, last.purchase_id, None, receipt_no="B-1", key=a_key())
    with desk.work(diner) as work, pytest.raises(ClaimRefusedError):
        benefits.claim(work, Wish(ada.token, "main", "stamp_card"))
