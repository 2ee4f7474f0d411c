"""Currencies beside the programme's: who founds, sees, issues and redeems them."""

from decimal import Decimal
from uuid import uuid4

import pytest

from currencies import STAFF, a_market, found, issue_in
from stoa.errors import (
    CodeTakenError,
    CurrencyUnknownError,
    InvalidBodyError,
    MemberUnknownError,
    PartnerUnknownError,
)
from stoa.services import clockwork, currencies, earning, ledger, redemption, returns, tiers
from stoa.services.earning import Earned
from stoa.services.redemption import Ask
from stoa.values.amounts import Rounding
from stoa.values.periods import ExpiryRule
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, Someone, a_key, met

WORKER = Actor("worker")


@pytest.fixture
def market(coalition: Coalition) -> Coalition:
    """Return the coalition with CINE of the cinema and MART of the grocery."""
    return a_market(coalition)


def _earn(market: Coalition, who: Someone, total: str = "100.00") -> Earned:
    with market.desk.work(market.as_cinema()) as work:
        return earning.earn(work, market.a_purchase(who, total), key=a_key())


def _figures(market: Coalition, who: Someone, code: str) -> tuple[int, int]:
    with market.desk.work(STAFF) as work:
        balance = currencies.statement(work, who.id, code).balance
    return balance.available, balance.held


def test_the_first_points_of_a_currency_open_its_wallet(market: Coalition) -> None:
    ada = market.a_member()
    issue_in(market.desk, market.cinema, "CINE")
    earned = _earn(market, ada)
    assert (earned.balance.currency, earned.balance.available) == ("CINE", 100)
    assert _earn(market, ada).balance.available == 200
    assert _figures(market, ada, "CINE") == (200, 0)
    assert _figures(market, ada, "STAR") == (0, 0)


def test_an_estimate_shows_the_wallet_that_would_grow(market: Coalition) -> None:
    ada = market.a_member()
    issue_in(market.desk, market.cinema, "CINE")
    with market.desk.work(market.as_cinema()) as work:
        before = earning.estimate(work, market.a_purchase(ada)).balance
    assert (before.currency, before.available) == ("CINE", 0)
    assert _earn(market, ada).balance.available == 100


def test_points_live_and_round_as_their_currency_says(
    market: Coalition, desk: Desk, clock: FixedClock
) -> None:
    found(desk, "REEL", market.cinema, rounding=Rounding.UP, months=1)
    ada = market.a_member()
    issue_in(desk, market.cinema, "REEL")
    with desk.work(STAFF) as work:
        tiers.assign(work, ada.id, "silver", reason="test")
    earned = _earn(market, ada, "33.00")
    assert [line.points for line in earned.lines] == [33, 7]
    clock.move(days=40)
    with desk.work(WORKER) as work:
        assert clockwork.expire_points(work) == 1
    assert _figures(market, ada, "REEL") == (0, 0)


def test_a_purchase_gives_back_what_it_earned_though_its_partner_issues_another(
    market: Coalition,
) -> None:
    ada = market.a_member()
    bought = _earn(market, ada)
    issue_in(market.desk, market.cinema, "CINE")
    second = _earn(market, ada, "50.00")
    with market.desk.work(market.as_cinema()) as work:
        key = a_key()
        back = returns.return_lines(work, bought.purchase_id, None, key=key)
        assert (back.balance.currency, back.balance.available) == ("STAR", 0)
        again = returns.return_lines(work, bought.purchase_id, None, key=key)
        assert again.replayed
        assert again.balance == _plain(back.balance)
        other = returns.return_lines(work, second.purchase_id, None, key=a_key())
        assert (other.balance.currency, other.balance.available) == ("CINE", 0)


def test_a_purchase_that_earned_nothing_comes_back_too(market: Coalition) -> None:
    ada = market.a_member()
    nothing = _earn(market, ada, "0.50")
    assert nothing.points == 0
    issue_in(market.desk, market.cinema, "CINE")
    with market.desk.work(market.as_cinema()) as work:
        back = returns.return_lines(work, nothing.purchase_id, None, key=a_key())
    assert back.status == "returned"


def test_a_partners_own_points_are_held_captured_and_voided(market: Coalition) -> None:
    ada = market.a_member()
    issue_in(market.desk, market.cinema, "CINE")
    _earn(market, ada)
    with market.desk.work(market.as_cinema()) as work:
        ask, key = Ask(met(work, ada), "main", 40, currency="CINE"), a_key()
        held = redemption.hold(work, ask, key=key)
        assert (held.balance.currency, held.balance.available) == ("CINE", 60)
        assert held.redemption.worth.minor == 2_00
        again = redemption.hold(work, ask, key=key)
        assert (again.replayed, again.balance) == (True, _plain(held.balance))
        key = a_key()
        done = redemption.capture(work, held.redemption.id, points=30, key=key)
        assert (done.balance.currency, done.balance.available) == ("CINE", 70)
        repeat = redemption.capture(work, held.redemption.id, points=30, key=key)
        assert repeat.balance == _plain(done.balance)
        other = redemption.hold(work, ask, key=a_key())
        gone = redemption.void(work, other.redemption.id, key=a_key())
        assert (gone.balance.currency, gone.balance.available) == ("CINE", 70)


def _plain(balance: ledger.Balance) -> ledger.Balance:
    """A repeated answer tells the figures, not the place in the history."""
    return ledger.Balance(
        balance.currency, balance.available, balance.pending, balance.held, balance.debt
    )


def test_a_hold_of_another_currency_ends_with_its_time(
    market: Coalition, clock: FixedClock
) -> None:
    ada = market.a_member()
    issue_in(market.desk, market.cinema, "CINE")
    _earn(market, ada)
    with market.desk.work(market.as_cinema()) as work:
        redemption.hold(
            work, Ask(met(work, ada), "main", 40, ttl_s=60, currency="CINE"), key=a_key()
        )
    assert _figures(market, ada, "CINE") == (60, 40)
    clock.move(seconds=61)
    with market.desk.work(WORKER) as work:
        assert clockwork.expire_holds(work) == 1
    assert _figures(market, ada, "CINE") == (100, 0)


def test_a_hold_without_a_currency_is_of_the_alliances_points(market: Coalition) -> None:
    ada = market.a_member()
    _earn(market, ada)
    issue_in(market.desk, market.cinema, "CINE")
    with market.desk.work(market.as_cinema()) as work:
        held = redemption.hold(work, Ask(met(work, ada), "main", 40), key=a_key())
    assert held.balance.currency == "STAR"
    assert held.redemption.worth.minor == 40


def test_another_partners_currency_is_as_one_that_is_not_there(market: Coalition) -> None:
    ada = market.a_member()
    with market.desk.work(market.as_grocery()) as work:
        told = []
        for code in ("CINE", "NONE", "star", ""):
            for deed in (
                lambda code=code: redemption.hold(
                    work, Ask(met(work, ada), "main", 1, currency=code or "-"), key=a_key()
                ),
                lambda code=code: currencies.statement(work, ada.id, code or "-"),
            ):
                with pytest.raises(CurrencyUnknownError) as refused:
                    deed()
                told.append((str(refused.value), refused.value.members))
        assert len(set(map(str, told))) == 1


def test_a_partner_sees_the_wallets_of_the_alliance_and_its_own(market: Coalition) -> None:
    ada = market.a_member()
    _earn(market, ada)
    issue_in(market.desk, market.cinema, "CINE")
    _earn(market, ada, "70.00")
    seen = {}
    for name, actor in (
        ("cinema", market.as_cinema()),
        ("grocery", market.as_grocery()),
        ("staff", STAFF),
    ):
        with market.desk.work(actor) as work:
            seen[name] = {
                each.balance.currency: each.balance.available
                for each in currencies.wallets(work, ada.id)
            }
    assert seen == {
        "cinema": {"STAR": 100, "CINE": 70},
        "grocery": {"STAR": 100},
        "staff": {"STAR": 100, "CINE": 70},
    }
    with market.desk.work(STAFF) as work, pytest.raises(MemberUnknownError):
        currencies.wallets(work, uuid4())
    with market.desk.work(STAFF) as work, pytest.raises(MemberUnknownError):
        currencies.statement(work, uuid4(), "CINE")
    with market.desk.work(STAFF) as work, pytest.raises(CurrencyUnknownError):
        currencies.find(work, "NONE")


def test_a_partner_issues_the_alliances_currency_or_its_own(market: Coalition) -> None:
    with market.desk.work(STAFF) as work:
        assert currencies.issuers(work) == {"cinema": "STAR", "grocery": "STAR"}
        for code in ("CINE", "NONE"):
            with pytest.raises(CurrencyUnknownError):
                currencies.issue_in(work, market.grocery, code)
        with pytest.raises(PartnerUnknownError):
            currencies.issue_in(work, uuid4(), "STAR")
        currencies.issue_in(work, market.cinema, "CINE")
        assert currencies.issuers(work) == {"cinema": "CINE", "grocery": "STAR"}
    ada = market.a_member()
    assert _earn(market, ada).balance.currency == "CINE"
    issue_in(market.desk, market.cinema, "STAR")
    assert _earn(market, ada).balance.currency == "STAR"


def test_a_currency_is_founded_once_and_as_it_should_be(market: Coalition) -> None:
    with market.desk.work(STAFF) as work:
        terms = {"rule": ExpiryRule.NEVER, "months": 1, "face_value": Decimal(1)}
        for code in ("STAR", "CINE"):
            with pytest.raises(CodeTakenError):
                currencies.found(work, code, "Again", **terms)  # type: ignore[arg-type]
        with pytest.raises(PartnerUnknownError):
            currencies.found(work, "MOON", "Moon", issuer_id=uuid4(), **terms)  # type: ignore[arg-type]
        with pytest.raises(InvalidBodyError) as refused:
            currencies.found(
                work, "moon", "", rule=ExpiryRule.NEVER, months=0, face_value=Decimal("NaN"),
                debt_policy="forget", grace_days=-1,
            )  # fmt: skip
        assert set(refused.value.members["errors"]) == {
            "code", "name", "months", "face_value", "debt_policy", "grace_days",
        }  # fmt: skip


def test_changed_terms_hold_for_points_to_come_at_every_server(
    market: Coalition, clock: FixedClock
) -> None:
    ada = market.a_member()
    issue_in(market.desk, market.cinema, "CINE")
    _earn(market, ada)
    with market.desk.work(STAFF) as work:
        currencies.change(work, "CINE", months=2, face_value=Decimal("0.07"), name="Reels")
        line = next(line for line in currencies.listed(work) if line.code == "CINE")
        assert (line.name, line.issuer, line.terms.expiry.months) == ("Reels", "cinema", 2)
        with pytest.raises(CurrencyUnknownError):
            currencies.change(work, "NONE", months=2)
        with pytest.raises(InvalidBodyError):
            currencies.change(work, "CINE", months=0)
    _earn(market, ada, "11.00")
    with market.desk.work(market.as_cinema()) as work:
        statement = currencies.statement(work, ada.id, "CINE")
    assert statement.face_value == Decimal("0.07")
    assert [points for _, points in statement.expiring] == [11, 100]
    clock.move(days=80)
    assert _figures(market, ada, "CINE") == (100, 0)
