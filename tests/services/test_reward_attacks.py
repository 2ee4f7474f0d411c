"""Attacks across doors and servers: refunds, coupons and prices hold whoever comes in between."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from structlog.testing import capture_logs

from coupons import OPERATOR, a_pool, issued, redeemed, reserved, rolled_back, why_not
from errands import Kiosk, a_kiosk, a_reward, order_of, rich, run
from orders import available, capture, take
from orders import rich as several
from sales import open_plain_desk
from shelves import put
from stoa.config import Settings
from stoa.errors import (
    InvalidBodyError,
    MemberFrozenError,
    PartnerSuspendedError,
)
from stoa.plugins import Plugins
from stoa.services import coupons, fulfilment, members, orders, partners, redemption
from stoa.services.redemption import Ask
from stoa.values.facts import Fulfilment, Order
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, PlainPlugin, a_key, met


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with capture_logs():
        yield


@pytest.fixture
def kiosk() -> Kiosk:
    return Kiosk()


@pytest.fixture
def plugins(plain: PlainPlugin, kiosk: Kiosk) -> Plugins:
    return Plugins.installed_and({"plain": plain, "kiosk": kiosk})


@pytest.fixture
def elsewhere(database: str, settings: Settings, clock: FixedClock) -> Iterator[Desk]:
    """Return the desk of another server on the same database."""
    other = open_plain_desk(database, settings)
    other.clock = clock
    yield other
    other.close()


def test_a_worker_refunds_though_till_and_provider_are_suspended(
    desk: Desk, coalition: Coalition, kiosk: Kiosk
) -> None:
    client, ada = a_kiosk(coalition), rich(coalition)
    before = available(coalition, ada)
    bought = a_reward(desk, client, ada).redemption
    assert client.partner_id is not None
    with desk.work(OPERATOR) as work:
        partners.suspend(work, client.partner_id)
    kiosk.says = lambda _: Fulfilment("refused", detail="sold out")
    run(desk)
    assert order_of(desk, bought.id).state == "failed"
    assert available(coalition, ada) == before


def test_no_till_can_use_up_the_key_of_a_workers_refund(
    desk: Desk, coalition: Coalition, kiosk: Kiosk
) -> None:
    client, ada = a_kiosk(coalition), rich(coalition)
    before = available(coalition, ada)
    bought = a_reward(desk, client, ada).redemption
    with desk.work(client) as work:
        ask = Ask(met(work, ada), "main", points=100)
        key = a_key(f"errand:{public_id('hld', bought.id)}")
        held = redemption.hold(work, ask, key=key).redemption
    with desk.work(client) as work:
        redemption.void(work, held.id, key=a_key())
    kiosk.says = lambda _: Fulfilment("refused", detail="sold out")
    run(desk)
    assert order_of(desk, bought.id).state == "failed"
    assert available(coalition, ada) == before


def test_a_burn_is_priced_by_the_agreement_of_its_provider_as_it_is_now(
    coalition: Coalition, elsewhere: Desk
) -> None:
    desk = coalition.desk
    put(desk, "pie", provider="cinema")
    (ada,) = several(coalition, 1)
    till = coalition.as_grocery()
    with desk.work(till) as work:
        partners.terms(work, coalition.cinema)  # and remembered, as servers do
    with elsewhere.work(OPERATOR) as work:
        partners.agree(
            work, coalition.cinema, effective_from=elsewhere.clock().date(),
            issue_price=Decimal("0.02"), reimbursement_rate=Decimal("0.0042"), backdate_days=7,
            return_days=30,
        )  # fmt: skip
    held = take(coalition, ada, "cinema:pie", till=till)
    capture(coalition, held, till=till)
    with desk.work(OPERATOR) as work:
        rows = work.rows("SELECT price FROM postings WHERE reason = 'reward'")
    assert [row[0] for row in rows] == [Decimal("0.0042")]


def test_a_partner_suspended_on_another_server_issues_no_coupons(
    coalition: Coalition, elsewhere: Desk
) -> None:
    desk = coalition.desk
    a_pool(desk, issuers=["grocery"])
    with desk.work(coalition.as_grocery()) as work:
        assert coupons.issue_by_partner(work, "twenty", member_id=None)
    with elsewhere.work(OPERATOR) as work:
        partners.suspend(work, coalition.grocery)
    with desk.work(coalition.as_grocery()) as work, pytest.raises(PartnerSuspendedError):
        coupons.issue_by_partner(work, "twenty", member_id=None)


def test_a_frozen_members_coupon_is_taken_from_nobody(coalition: Coalition) -> None:
    desk, till = coalition.desk, coalition.as_cinema()
    a_pool(desk)
    ada = coalition.a_member()
    one, other = (each.code for each in issued(desk, member_id=ada.id, count=2))
    held = reserved(desk, till, other)
    with desk.work(OPERATOR) as work:
        members.freeze(work, ada.id, reason="stolen")
    for deed in (redeemed, reserved, why_not):
        with pytest.raises(MemberFrozenError):
            deed(desk, till, one)
    assert redeemed(desk, till, other, use_id=held.id).state == "redeemed"
    with desk.work(OPERATOR) as work:
        members.thaw(work, ada.id, reason="found")
    assert redeemed(desk, till, one).state == "redeemed"


def test_a_rollback_by_receipt_never_takes_another_stores_use(coalition: Coalition) -> None:
    desk, till = coalition.desk, coalition.as_cinema()
    a_pool(desk, uses=3)
    with desk.work(Actor("cli")) as work:
        partners.add_store(
            work, coalition.cinema, coalition.site, "second", "Second", currency="CNY"
        )
    (coupon,) = issued(desk)
    first = redeemed(desk, till, coupon.code, receipt_no="R-1")
    with desk.work(till) as work:
        shown = coupons.show(work, coupon.code, store="second")
        coupons.redeem(work, shown, coupons.Ticket(10_000, receipt_no="R-1"))
    with desk.work(till) as work, pytest.raises(InvalidBodyError):
        coupons.roll_back(work, coupons.show(work, coupon.code), receipt_no="R-1")
    with desk.work(till) as work:
        coupons.roll_back(work, coupons.show(work, coupon.code), use_id=first.id)
    with desk.work(till) as work:
        done = coupons.roll_back(work, coupons.show(work, coupon.code), receipt_no="R-1")
    assert done.id != first.id


def test_what_a_person_gives_up_after_a_lost_answer_is_undone_at_the_partner(
    desk: Desk, coalition: Coalition, kiosk: Kiosk, clock: FixedClock
) -> None:
    client, ada = a_kiosk(coalition), rich(coalition)
    before = available(coalition, ada)
    a_pool(desk)
    put(desk, "tea", provider="kiosk", kind="voucher", coupon="twenty", fulfil="plugin")
    bought = a_reward(desk, client, ada).redemption
    with desk.work(OPERATOR) as work:
        (coupon,) = orders.codes(work, order_of(desk, bought.id))
    held = redeemed(desk, client, coupon.code)

    def lost(_: Order) -> Fulfilment:
        raise OSError("done, and the answer was lost")

    kiosk.says = lost
    clock.move(hours=25)
    run(desk)
    assert (order_of(desk, bought.id).state, order_of(desk, bought.id).errand) == (
        "issued", "failed",
    )  # fmt: skip
    rolled_back(desk, client, coupon.code, held.id)
    with desk.work(OPERATOR) as work:
        fulfilment.give_up(work, bought.id)
    run(desk)
    assert kiosk.undone == [public_id("hld", bought.id)]
    assert available(coalition, ada) == before
