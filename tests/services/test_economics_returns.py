"""The vectors of economics §3.8 on returns, digit for digit, and what holds for any of them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stoa.errors import (
    AlreadyReturnedError,
    ExceedsPurchaseError,
    InvalidBodyError,
    LinesDoNotSumError,
    PurchaseClosedError,
    RedemptionUnknownError,
    StoaError,
)
from stoa.services import backs, earning, ledger, partners, purchases, redemption, returns
from stoa.services.backs import Back, BackLine, BackTender
from stoa.services.earning import Earned, ReportLine
from stoa.services.redemption import Ask
from stoa.services.returns import Returned
from stoa.values.amounts import Money
from stoa.values.facts import EarnLine, Tender, TenderKind
from stoa.values.identifiers import public_id
from stoa.values.periods import ExpiryRule
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, PlainPlugin, Someone, a_key, met, minor

CASH, POINTS = TenderKind.CASH, TenderKind.POINTS


@dataclass
class Shop:
    """The grocery, with deeds in a few words."""

    coalition: Coalition
    who: Someone

    @property
    def desk(self) -> Desk:
        return self.coalition.desk

    def earn(self, *lines: ReportLine, **changes: Any) -> Earned:
        with self.desk.work(self.coalition.as_grocery()) as work:
            report = self.coalition.a_purchase(self.who, lines=list(lines), **changes)
            return earning.earn(work, report, key=a_key())

    def pay(self, points: int, receipt_no: str = "", *, captured: int | None = None) -> UUID:
        with self.desk.work(self.coalition.as_grocery()) as work:
            held = redemption.hold(work, Ask(met(work, self.who), "main", points), key=a_key())
            redemption.capture(
                work, held.redemption.id, points=captured, key=a_key(), reference=receipt_no
            )
        return held.redemption.id

    def back(self, bought: Earned, **what: Any) -> Returned:
        with self.desk.work(self.coalition.as_grocery()) as work:
            return returns.take_back(work, bought.purchase_id, Back(**what), key=a_key())

    def state(self) -> tuple[Any, Any]:
        """Return the wallet without its counter, and every row of its lots."""
        with self.desk.work(Actor("test")) as work:
            wallet = "SELECT available, pending, held, debt FROM wallets WHERE member_id = %s"
            lots = "SELECT * FROM lots WHERE member_id = %s ORDER BY expires_on, seq"
            found = [tuple(row) for row in work.rows(wallet, (self.who.id,))]
            return found, [tuple(row) for row in work.rows(lots, (self.who.id,))]

    def policy(self, name: str, *, grace_days: int = 30) -> None:
        """Set what becomes of spent points; the terms of the partner are read anew."""
        with self.desk.work(Actor("cli")) as work:
            partners.found_currency(
                work, "Star points", rule=ExpiryRule.MONTH_END, months=12,
                face_value=Decimal("0.01"), debt_policy=name, grace_days=grace_days,
            )  # fmt: skip
            work.memo.clear()


@pytest.fixture
def shop(coalition: Coalition) -> Shop:
    """Return the grocery with a member."""
    return Shop(coalition, coalition.a_member())


def a_line(number: int, total: str, pieces: int = 1) -> ReportLine:
    return ReportLine(number, f"sku-{number}", "", pieces * 1000, "ea", minor(total))


def cash(amount: str) -> Tender:
    return Tender(CASH, minor(amount))


def points(amount: str, redemption_id: UUID | None = None) -> Tender:
    return Tender(POINTS, minor(amount), public_id("hld", redemption_id) if redemption_id else "")


def test_the_bonus_of_other_lines_stays_when_one_comes_back(shop: Shop, plain: PlainPlugin) -> None:
    """A 10 → 10 and B 10 → 20 of bonus, C 20, base 40: of 70 points C takes back 20, not 35."""
    plain.wrong = [
        EarnLine(40, "base", "40.00 at 1 per 1.00", (1, 2, 3)),
        EarnLine(10, "bonus_a", "10", (1,)),
        EarnLine(20, "bonus_b", "20", (2,)),
    ]
    bought = shop.earn(a_line(1, "10.00"), a_line(2, "10.00"), a_line(3, "20.00"))
    back = shop.back(bought, lines=(BackLine(3, 1000),))
    assert (bought.points, back.clawed_back, back.balance.available) == (70, 20, 50)


def test_a_mixed_tender_goes_back_as_it_came(shop: Shop, clock: FixedClock) -> None:
    """300.00 paid 250.00 cash and 5,000 points: of 60.00, 50.00 and 1,000 points come back."""
    shop.earn(a_line(1, "3000.00"))
    clock.move(days=40)
    shop.earn(a_line(1, "4000.00"))
    before = shop.state()
    hold = shop.pay(5000, "M-1")
    sale = shop.earn(
        a_line(1, "60.00"), a_line(2, "240.00"), receipt_no="M-1",
        tenders=(cash("250.00"), points("50.00")),
    )  # fmt: skip
    assert sale.points == 250
    back = shop.back(sale, lines=(BackLine(1, 1000),))
    assert (back.clawed_back, back.restored, back.unmatched_minor) == (50, 1000, 0)
    assert back.tenders == (("cash", 50_00), ("points", 10_00))
    with shop.desk.work(Actor("test")) as work:
        posted = "SELECT points, price FROM postings WHERE account = 'burned' AND points > 0"
        assert [tuple(row) for row in work.rows(posted)] == [(1000, Decimal("0.009000"))]
        assert -1000 * Decimal("0.009") == -Decimal("9.00")
        open_lots = "SELECT expires_on, seq, remaining FROM lots WHERE seq = 2"
        assert tuple(work.rows(open_lots)[0]) == (date(2027, 6, 30), 2, 3000)
    rest = shop.back(sale)
    assert (rest.clawed_back, rest.restored, rest.status) == (200, 4000, "returned")
    assert rest.tenders == (("cash", 200_00), ("points", 40_00))
    assert shop.state() == before
    with shop.desk.work(shop.coalition.as_grocery()) as work:
        assert work.rows("SELECT captured, refunded FROM holds WHERE id = %s", (hold,))[0] == (
            5000, 5000,
        )  # fmt: skip


def spent(shop: Shop, earned: str, left: int) -> Earned:
    """Return a purchase of 50.00 whose points are spent but for those left."""
    bought = shop.earn(a_line(1, earned))
    shop.pay(bought.points - left)
    return bought


def test_debt_is_owed_and_offset_by_what_is_earned_next(shop: Shop) -> None:
    back = shop.back(spent(shop, "50.00", 30))
    assert (back.clawed_back, back.debt_booked, back.uncollected) == (50, 20, 0)
    assert (back.balance.available, back.balance.debt) == (0, 20)
    later = shop.earn(a_line(1, "100.00")).balance
    assert (later.available, later.debt) == (80, 0)


def test_negative_shows_what_is_owed_below_zero(shop: Shop) -> None:
    shop.policy("negative")
    shop.back(spent(shop, "50.00", 30))
    with shop.desk.work(shop.coalition.as_grocery()) as work:
        statement = ledger.balance_of(work, shop.who.id, "STAR")
        assert (statement.balance.available, statement.balance.debt) == (-20, 0)
    later = shop.earn(a_line(1, "100.00")).balance
    assert (later.available, later.debt) == (80, 0)


def test_floor_takes_what_there_is_and_lets_the_rest_go(shop: Shop) -> None:
    shop.policy("floor")
    back = shop.back(spent(shop, "50.00", 30))
    assert (back.clawed_back, back.debt_booked, back.uncollected) == (30, 0, 20)
    assert (back.balance.available, back.balance.debt) == (0, 0)
    with shop.desk.work(Actor("test")) as work:
        issued = "SELECT -sum(points) FROM postings WHERE account = 'issued' AND points < 0"
        credited = work.rows(issued)[0][0]
        told = "SELECT facts ->> 'points' FROM outbox WHERE topic = 'points.clawed_back'"
        assert work.rows(told)[0][0] == "30"
    assert credited * Decimal("0.012") == Decimal("0.36")
    assert 20 * Decimal("0.012") == Decimal("0.24")
    assert shop.earn(a_line(1, "100.00")).balance.available == 100


def test_pending_points_are_clawed_first(shop: Shop, clock: FixedClock) -> None:
    old = shop.earn(a_line(1, "50.00"))
    with shop.desk.work(Actor("cli")) as work:
        partners.agree(
            work, shop.coalition.grocery, effective_from=work.today(),
            issue_price=Decimal("0.012"), reimbursement_rate=Decimal("0.009"), backdate_days=30,
            return_days=30, pending_days=14,
        )  # fmt: skip
    shop.earn(a_line(1, "40.00"))
    shop.pay(30)
    back = shop.back(old)
    assert (back.clawed_back, back.balance.available, back.balance.pending) == (50, 0, 10)


def test_sixty_and_sixty_leave_a_hundred_and_eighty_of_three_hundred(shop: Shop) -> None:
    bought = shop.earn(a_line(1, "100.00"), a_line(2, "200.00"))
    assert [shop.back(bought, amount="60.00").clawed_back for _ in range(2)] == [60, 60]
    with pytest.raises(ExceedsPurchaseError) as refused:
        shop.back(bought, amount="200.00")
    assert refused.value.members == {"left_minor": 180_00}
    last = shop.back(bought, amount="180.00")
    assert (last.clawed_back, last.status, last.balance.available) == (180, "returned", 0)


def test_a_void_gives_the_points_that_paid_back_too(shop: Shop) -> None:
    shop.earn(a_line(1, "1000.00"))
    before = shop.state()
    hold = shop.pay(500, captured=400)
    sale = shop.earn(a_line(1, "10.00"), tenders=(cash("6.00"), points("4.00", hold)))
    with shop.desk.work(shop.coalition.as_grocery()) as work:
        done = returns.void(work, sale.purchase_id, key=a_key())
    assert (done.status, done.clawed_back, done.restored) == ("voided", 6, 400)
    assert shop.state() == before


def test_a_price_correction_takes_back_its_share_and_the_goods_the_rest(shop: Shop) -> None:
    bought = shop.earn(a_line(1, "90.00", 3), a_line(2, "10.00"))
    corrected = shop.back(bought, lines=(BackLine(1, amount="30.00"),))
    assert (corrected.clawed_back, corrected.tenders) == (30, (("other", 30_00),))
    one = shop.back(bought, lines=(BackLine(1, 1000),))
    assert (one.clawed_back, one.tenders) == (30, (("other", 30_00),))
    with pytest.raises(ExceedsPurchaseError) as refused:
        shop.back(bought, lines=(BackLine(1, amount="30.01"),))
    assert refused.value.members == {"line_no": 1, "left_minor": 30_00}
    assert shop.back(bought, lines=(BackLine(1, 2000),)).tenders == (("other", 30_00),)
    with pytest.raises(AlreadyReturnedError):
        shop.back(bought, lines=(BackLine(1, amount="0.01"),))
    with shop.desk.work(shop.coalition.as_grocery()) as work:
        sold = purchases.find(work, bought.purchase_id)
    assert (sold.returned, sold.given_back) == ({"1": 3000}, {"lines": {"1": 30_00}})


def test_tenders_of_a_return_are_checked_and_capped(shop: Shop) -> None:
    shop.earn(a_line(1, "1000.00"))
    hold = shop.pay(1000)
    sale = shop.earn(
        a_line(1, "100.00", 2), tenders=(cash("70.00"), points("10.00", hold), cash("20.00"))
    )
    cases: list[tuple[dict[str, Any], type[StoaError], dict[str, Any]]] = [
        ({"tenders": (BackTender(CASH, "49.00"),), "lines": (BackLine(1, 1000),)},
         LinesDoNotSumError, {"lines_minor": 50_00, "tenders_minor": 49_00}),
        ({"tenders": (BackTender(POINTS, "10.01"),)},
         ExceedsPurchaseError, {"tender": "points", "left_minor": 10_00}),
        ({"tenders": (BackTender(TenderKind.CARD, "5.00"),)},
         ExceedsPurchaseError, {"tender": "card", "left_minor": 0}),
        ({"amount": "100.01"}, ExceedsPurchaseError, {"left_minor": 100_00}),
        ({"amount": "0.00"}, InvalidBodyError,
         {"errors": {"amount": ["Write an amount above zero."]}}),
        ({"amount": "1.001"}, InvalidBodyError, {"errors": {"amount": ["CNY has 2 decimals."]}}),
    ]  # fmt: skip
    before = shop.state()
    for what, refusal, members in cases:
        with pytest.raises(refusal) as refused:
            shop.back(sale, **what)
        assert refused.value.members == members
    assert shop.state() == before
    card_alone = shop.back(sale, tenders=(BackTender(CASH, "80.00"),))
    assert (card_alone.restored, card_alone.clawed_back) == (0, 72)
    rest = shop.back(sale)
    assert rest.tenders == (("points", 10_00), ("cash", 10_00))
    assert (rest.restored, rest.clawed_back, rest.status) == (1000, 18, "returned")


def test_cash_goes_back_where_a_sale_does_not_tell_how_it_was_paid(shop: Shop) -> None:
    bought = shop.earn(a_line(1, "10.00"))
    back = shop.back(bought, tenders=(BackTender(CASH, "4.00"),))
    assert back.tenders == (("other", 4_00),)


def test_points_of_an_unknown_redemption_are_told_not_guessed(shop: Shop) -> None:
    shop.earn(a_line(1, "1000.00"))
    shop.pay(100, "another")
    sale = shop.earn(a_line(1, "10.00"), tenders=(cash("9.00"), points("1.00")))
    back = shop.back(sale)
    assert (back.restored, back.unmatched_minor, back.clawed_back) == (0, 1_00, 9)


def test_a_tender_names_an_own_captured_redemption_or_none(
    shop: Shop, coalition: Coalition
) -> None:
    shop.earn(a_line(1, "1000.00"))
    with shop.desk.work(coalition.as_cinema()) as work:
        foreign = redemption.hold(work, Ask(met(work, shop.who), "main", 100), key=a_key())
        redemption.capture(work, foreign.redemption.id, points=None, key=a_key())
    with shop.desk.work(coalition.as_grocery()) as work:
        mine = redemption.hold(work, Ask(met(work, shop.who), "main", 100), key=a_key())
    names = [public_id("hld", each.redemption.id) for each in (foreign, mine)] + ["hld_x"]
    for name in names:
        with pytest.raises(RedemptionUnknownError):
            shop.earn(a_line(1, "1.00"), tenders=(Tender(POINTS, 100, name),))


def test_a_redemption_refunded_by_itself_is_not_refunded_twice(shop: Shop) -> None:
    shop.earn(a_line(1, "1000.00"))
    before = shop.state()
    hold = shop.pay(1000)
    sale = shop.earn(a_line(1, "10.00", 2), tenders=(points("10.00", hold),))
    with shop.desk.work(shop.coalition.as_grocery()) as work:
        ledger.refund(
            work, shop.who.id, "STAR", partner_id=shop.coalition.grocery, key=None, hold_id=hold,
            points=700, transaction_id=UUID(int=7), reference="", grace_days=30, explanation={},
            facts={},
        )  # fmt: skip
    halves = [shop.back(sale, lines=(BackLine(1, 1000),)).restored for _ in range(2)]
    assert halves == [300, 0]
    assert shop.state() == before


def test_restored_points_repay_what_is_owed(shop: Shop) -> None:
    shop.earn(a_line(1, "10.00"))
    hold = shop.pay(1000 // 100)
    sale = shop.earn(a_line(1, "50.00", 2), tenders=(cash("49.90"), points("0.10", hold)))
    shop.pay(49)
    first = shop.back(sale, tenders=(BackTender(CASH, "49.90"),))
    assert (first.debt_booked, first.balance.available, first.balance.debt) == (48, 0, 48)
    rest = shop.back(sale)
    assert (rest.restored, rest.balance.available, rest.balance.debt) == (10, 0, 39)


@pytest.mark.parametrize(("grace_days", "available", "gone"), [(30, 100, 0), (0, 0, 100)])
def test_restored_points_past_their_day_live_on_or_end_where_all_can_see(
    shop: Shop, clock: FixedClock, grace_days: int, available: int, gone: int
) -> None:
    shop.policy("debt", grace_days=grace_days)
    shop.earn(a_line(1, "1.00", 1), a_line(2, "99.00"))
    clock.now = clock.now.replace(year=2027, day=30)
    hold = shop.pay(100)
    sale = shop.earn(a_line(1, "1.00"), tenders=(points("1.00", hold),))
    clock.move(days=5)
    back = shop.back(sale)
    assert (back.restored, back.balance.available) == (100, available)
    with shop.desk.work(Actor("test")) as work:
        statement = ledger.balance_of(work, shop.who.id, "STAR")
        entries = ledger.history(work, shop.who.id, "STAR")
    days = [(date(2027, 7, 4), 100)] if grace_days else []
    assert list(statement.expiring) == days
    assert sum(-entry.points for entry in entries if entry.account == "expired") == gone


def test_a_return_answers_again_with_all_its_figures(shop: Shop) -> None:
    shop.earn(a_line(1, "1000.00"))
    hold = shop.pay(500)
    sale = shop.earn(a_line(1, "10.00", 2), tenders=(cash("5.00"), points("5.00", hold)))
    key, half = a_key(), Back(lines=(BackLine(1, 1000),))
    with shop.desk.work(shop.coalition.as_grocery()) as work:
        first = returns.take_back(work, sale.purchase_id, half, key=key)
        returns.take_back(work, sale.purchase_id, Back(), key=a_key())
        again = returns.take_back(work, sale.purchase_id, half, key=key)
    assert again.replayed
    for name in ("return_id", "restored", "clawed_back", "tenders", "status"):
        assert getattr(again, name) == getattr(first, name)
    assert (again.balance.available, first.restored) == (first.balance.available, 250)


def test_a_purchase_of_which_money_came_back_is_void_no_more(shop: Shop) -> None:
    bought = shop.earn(a_line(1, "10.00"))
    shop.back(bought, amount="1.00")
    with (
        shop.desk.work(shop.coalition.as_grocery()) as work,
        pytest.raises(PurchaseClosedError),
    ):
        returns.void(work, bought.purchase_id, key=a_key())


def test_money_back_of_a_whole_purchase_counts_free_goods_as_back(shop: Shop) -> None:
    bought = shop.earn(a_line(1, "0.00", 2), a_line(2, "10.00"))
    with pytest.raises(ExceedsPurchaseError):
        shop.back(bought, lines=(BackLine(1, amount="1.00"),))
    assert shop.back(bought, amount="10.00").status == "returned"


LINE = st.tuples(st.integers(0, 20_000), st.integers(1, 5))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(lines=st.lists(LINE, min_size=1, max_size=4), share=st.integers(0, 100), data=st.data())
def test_a_sale_returned_to_zero_never_happened(
    coalition: Coalition, lines: list[tuple[int, int]], share: int, data: st.DataObject
) -> None:
    """Whatever the split, by goods, money or tenders, with points or without."""
    shop = Shop(coalition, coalition.a_member())
    for amount in ("700.00", "600.00"):
        shop.earn(a_line(1, amount))
    before = shop.state()
    total = sum(net for net, _ in lines)
    tenders: tuple[Tender, ...] = ()
    paid = total * share // 100
    hold = None
    if paid:
        hold = shop.pay(data.draw(st.integers(1, 1300)))
        tenders = (Tender(CASH, total - paid), points(Money(paid, "CNY").amount, hold))
    sale = shop.earn(
        *(ReportLine(no, "a", "", 1000 * n, "ea", net) for no, (net, n) in enumerate(lines, 1)),
        tenders=tenders,
    )
    status, restored, clawed = "posted", 0, 0
    for turn in range(12):
        with shop.desk.work(coalition.as_grocery()) as work:
            sold = purchases.find(work, sale.purchase_id)
        back = Back() if turn == 11 else _some(data, sold)
        done = shop.back(sale, **{name: getattr(back, name) for name in ("lines", "amount")})
        restored, clawed = restored + done.restored, clawed + done.clawed_back
        status = done.status
        if status == "returned":
            break
    assert status == "returned"
    assert (clawed, shop.state()) == (sale.points, before)
    if hold:
        with shop.desk.work(Actor("test")) as work:
            row = work.rows("SELECT captured, refunded FROM holds WHERE id = %s", (hold,))[0]
        assert row[0] == row[1] == restored


def _some(data: st.DataObject, sold: purchases.Sold) -> Back:
    """Draw something that may come back of what is left."""
    left = sum(line.net_minor for line in sold.lines) - sum(backs.tenders_back(sold))
    kind = data.draw(st.sampled_from(["goods", "money", "line"]))
    if kind == "money" and left:
        return Back(amount=Money(data.draw(st.integers(1, left)), "CNY").amount)
    amounts = sold.given_back.get("lines", {})
    for line in sold.lines:
        no = str(line.line_no)
        milli, gone = sold.returned.get(no, 0), amounts.get(no, 0)
        goods = line.net_minor * milli // line.quantity_milli
        rest = line.net_minor - min(line.net_minor, goods + gone)
        if milli == line.quantity_milli or (line.net_minor and not rest):
            continue
        if kind == "line" and rest:
            amount = Money(data.draw(st.integers(1, rest)), "CNY").amount
            return Back(lines=(BackLine(line.line_no, amount=amount),))
        return Back(
            lines=(BackLine(line.line_no, data.draw(st.integers(1, line.quantity_milli - milli))),)
        )
    return Back()
