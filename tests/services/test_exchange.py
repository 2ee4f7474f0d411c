"""Exchange: what goes, what comes, what stays of each lot, and rates that nobody can gain by."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from currencies import STAFF, a_market, found, issue_in, set_rates
from stoa.errors import (
    CurrencyUnknownError,
    ExchangeCycleGainsError,
    ExchangeTooSmallError,
    ExchangeUnknownError,
    IdempotencyMismatchError,
    InsufficientPointsError,
    InvalidBodyError,
    MemberFrozenError,
    PartnerSuspendedError,
)
from stoa.services import (
    currencies,
    earning,
    exchange,
    ledger,
    members,
    partners,
    redemption,
    returns,
    tiers,
)
from stoa.services.exchange import Exchanged
from stoa.services.redemption import Ask
from stoa.values.amounts import Rounding
from stoa.values.exchange import Rate
from stoa.values.periods import ExpiryRule
from stoa.work import Actor, Desk, Key
from world import Coalition, FixedClock, Someone, a_key, met


@pytest.fixture
def market(coalition: Coalition) -> Coalition:
    """Return the coalition with CINE of the cinema and MART of the grocery, and rates to STAR."""
    return a_market(coalition)


def _earn(market: Coalition, who: Someone, total: str = "100.00") -> earning.Earned:
    with market.desk.work(market.as_cinema()) as work:
        return earning.earn(work, market.a_purchase(who, total), key=a_key())


def _exchange(
    market: Coalition,
    who: Someone,
    points: int,
    way: str = "STAR CINE",
    *,
    key: Key | None = None,
    actor: Actor | None = None,
) -> Exchanged:
    source, target = way.split()
    with market.desk.work(actor or market.as_cinema()) as work:
        token = met(work, who) if work.actor.partner_id else who.token
        return exchange.exchange(work, token, source, target, points, key=key or a_key())


def _available(market: Coalition, who: Someone) -> dict[str, int]:
    with market.desk.work(STAFF) as work:
        return {
            each.balance.currency: each.balance.available
            for each in currencies.wallets(work, who.id)
        }


def _rows(market: Coalition, statement: Any, *values: object) -> list[Any]:
    with market.desk.work(STAFF) as work:
        return list(work.rows(statement, values))


def test_an_exchange_takes_points_and_brings_points(market: Coalition) -> None:
    ada = market.a_member()
    _earn(market, ada, "1003.00")
    done = _exchange(market, ada, 1003)
    assert (done.gone.available, done.come.available) == (0, 300)
    assert _available(market, ada) == {"STAR": 0, "CINE": 300}
    rows = _rows(
        market,
        "SELECT currency, points, account, reason, balance FROM postings"
        " WHERE account = 'exchanged' ORDER BY currency DESC",
    )
    assert rows == [
        ("STAR", -1003, "exchanged", "exchange", 0),
        ("CINE", 300, "exchanged", "exchange", 300),
    ]


def test_its_explanation_has_the_rates_version_and_the_arithmetic(market: Coalition) -> None:
    ada = market.a_member()
    _earn(market, ada, "1000.00")
    _exchange(market, ada, 1000)
    told = "1000 STAR at 3/10, rounded down = 300 CINE (rate version 1)"
    with market.desk.work(STAFF) as work:
        for code in ("STAR", "CINE"):
            last = ledger.history(work, ada.id, code, limit=1)[0]
            assert (last.kind, last.arithmetic) == ("exchange", told)
    explained = _rows(
        market,
        "SELECT DISTINCT explanation -> 'exchange' FROM transactions WHERE kind = 'exchange'",
    )
    assert explained == [
        (
            {
                "from": "STAR", "to": "CINE", "points": 1000, "received": 300, "version": 1,
                "numerator": 3, "denominator": 10, "rounding": "down",
            },
        )
    ]  # fmt: skip


def test_both_transactions_are_of_one_exchange(market: Coalition) -> None:
    ada = market.a_member()
    _earn(market, ada)
    done = _exchange(market, ada, 100)
    rows = _rows(
        market,
        "SELECT id, currency, subject_id, partner_id FROM transactions WHERE kind = 'exchange'"
        " ORDER BY currency DESC",
    )
    assert rows == [
        (done.exchange_id, "STAR", done.exchange_id, market.cinema),
        (done.counterpart_id, "CINE", done.exchange_id, market.cinema),
    ]
    events = _rows(market, "SELECT facts, partner_id FROM outbox WHERE topic = 'points.exchanged'")
    assert [(row[0]["points"], row[0]["received"], row[1]) for row in events] == [
        (100, 30, market.cinema)
    ]


def _births(market: Coalition, currency: str) -> list[tuple[int, int, UUID | None, date | None]]:
    return [
        tuple(row)
        for row in _rows(
            market,
            "SELECT points, origin_seq, payer_id, expires_on FROM postings"
            " WHERE currency = %s AND account = 'exchanged' AND points > 0 ORDER BY seq",
            currency,
        )
    ]


def test_each_lot_keeps_its_payer_and_is_the_origin_of_its_share(
    market: Coalition, clock: FixedClock
) -> None:
    ada = market.a_member()
    with market.desk.work(STAFF) as work:
        tiers.assign(work, ada.id, "silver", reason="test")
    _earn(market, ada, "100.00")
    clock.move(days=40)
    _earn(market, ada, "7.00")
    _exchange(market, ada, 127)
    births = _births(market, "CINE")
    assert [birth[:3] for birth in births] == [
        (30, 1, market.cinema),
        (6, 2, None),
        (2, 3, market.cinema),
    ]
    assert sum(birth[0] for birth in births) == 127 * 3 // 10
    origins = _rows(
        market,
        "SELECT DISTINCT origin_member_id, origin_currency FROM postings WHERE currency = 'CINE'",
    )
    assert origins == [(ada.id, "STAR")]


def test_a_share_of_nothing_bears_no_lot(market: Coalition) -> None:
    ada = market.a_member()
    for total in ("1.00", "1.00", "8.00"):
        _earn(market, ada, total)
    _exchange(market, ada, 10)
    assert [birth[:2] for birth in _births(market, "CINE")] == [(3, 3)]


def test_the_points_that_end_first_go_first(market: Coalition, clock: FixedClock) -> None:
    ada = market.a_member()
    _earn(market, ada, "50.00")
    clock.move(days=40)
    _earn(market, ada, "50.00")
    _exchange(market, ada, 60)
    with market.desk.work(STAFF) as work:
        expiring = ledger.balance_of(work, ada.id, "STAR").expiring
    assert [points for _, points in expiring] == [40]


def test_a_lots_life_never_shortens_by_exchange(market: Coalition, clock: FixedClock) -> None:
    found(market.desk, "LONG", market.cinema, months=36)
    found(market.desk, "EVER", market.cinema, rule=ExpiryRule.NEVER)
    set_rates(
        market.desk, Rate("STAR", "LONG", 1, 1), Rate("STAR", "EVER", 1, 1),
        Rate("EVER", "STAR", 1, 1),
    )  # fmt: skip
    ada = market.a_member()
    _earn(market, ada, "100.00")
    clock.move(days=10)
    _exchange(market, ada, 10)
    _exchange(market, ada, 10, "STAR LONG")
    _exchange(market, ada, 10, "STAR EVER")
    today = clock.now.date()
    assert _births(market, "CINE")[0][3] == date(2027, 5, 31)
    assert _births(market, "CINE")[0][3] > today + timedelta(days=31 * 6)  # type: ignore[operator]
    assert _births(market, "LONG")[0][3] == date(2029, 5, 10)
    assert _births(market, "EVER")[0][3] is None
    _exchange(market, ada, 10, "EVER STAR")
    assert _births(market, "STAR")[0][3] is None


def test_points_that_ended_are_held_or_not_mature_are_not_exchanged(
    market: Coalition, clock: FixedClock
) -> None:
    ada = market.a_member()
    _earn(market, ada, "100.00")
    clock.move(days=40)
    _earn(market, ada, "50.00")
    with market.desk.work(market.as_cinema()) as work:
        redemption.hold(work, Ask(met(work, ada), "main", 10), key=a_key())
    clock.move(days=365)
    with pytest.raises(InsufficientPointsError) as refused:
        _exchange(market, ada, 51)
    assert refused.value.members == {"available_points": 50, "short_by_points": 1}
    _exchange(market, ada, 50)


def test_pending_points_are_exchanged_from_the_day_they_mature(
    market: Coalition, clock: FixedClock
) -> None:
    with market.desk.work(STAFF) as work:
        terms = partners.terms(work, market.cinema).agreements[0]
        partners.agree(
            work, market.cinema, effective_from=terms.effective_from, pending_days=10,
            issue_price=terms.issue_price, reimbursement_rate=terms.reimbursement_rate,
            backdate_days=30, return_days=30,
        )  # fmt: skip
    ada = market.a_member()
    _earn(market, ada)
    with pytest.raises(InsufficientPointsError):
        _exchange(market, ada, 10)
    clock.move(days=10)
    assert _exchange(market, ada, 100).gone.available == 0


def test_owed_points_are_not_exchanged(market: Coalition) -> None:
    ada = market.a_member()
    bought = _earn(market, ada, "100.00")
    with market.desk.work(market.as_cinema()) as work:
        held = redemption.hold(work, Ask(met(work, ada), "main", 80), key=a_key())
        returns.return_lines(work, bought.purchase_id, None, key=a_key())
        redemption.void(work, held.redemption.id, key=a_key())
        assert ledger.balance_of(work, ada.id, "STAR").balance.debt == 80
    with pytest.raises(InsufficientPointsError) as refused:
        _exchange(market, ada, 10)
    assert refused.value.members["available_points"] == 0


def test_what_is_owed_in_the_other_currency_is_repaid_first(market: Coalition) -> None:
    ada = market.a_member()
    issue_in(market.desk, market.cinema, "CINE")
    bought = _earn(market, ada, "20.00")
    with market.desk.work(market.as_cinema()) as work:
        ask = Ask(met(work, ada), "main", 20, currency="CINE")
        held = redemption.hold(work, ask, key=a_key())
        redemption.capture(work, held.redemption.id, points=None, key=a_key())
        returns.return_lines(work, bought.purchase_id, None, key=a_key())
    issue_in(market.desk, market.cinema, "STAR")
    _earn(market, ada, "100.00")
    done = _exchange(market, ada, 100)
    assert (done.come.available, done.come.debt) == (10, 0)


def test_a_repeated_exchange_gets_the_first_answer(market: Coalition) -> None:
    ada = market.a_member()
    _earn(market, ada)
    key = a_key()
    first = _exchange(market, ada, 50, key=key)
    _earn(market, ada)
    set_rates(market.desk, Rate("STAR", "CINE", 1, 10))
    again = _exchange(market, ada, 50, key=key)
    assert again.replayed
    assert (again.exchange_id, again.counterpart_id) == (first.exchange_id, first.counterpart_id)
    assert (again.quote, again.come) == (first.quote, first.come)
    assert again.gone.available == first.gone.available
    assert _available(market, ada)["CINE"] == 15
    with pytest.raises(IdempotencyMismatchError):
        _exchange(market, ada, 51, key=Key(key.value, b"another"))


def test_a_key_of_another_deed_is_no_exchange(market: Coalition) -> None:
    ada = market.a_member()
    key = a_key()
    with market.desk.work(market.as_cinema()) as work:
        earning.earn(work, market.a_purchase(ada), key=key)
    with pytest.raises(IdempotencyMismatchError):
        _exchange(market, ada, 10, key=key)


def test_too_few_points_are_refused_with_the_least_amount(market: Coalition) -> None:
    ada = market.a_member()
    _earn(market, ada)
    with pytest.raises(ExchangeTooSmallError) as refused:
        _exchange(market, ada, 3)
    assert refused.value.members == {"least_points": 4}
    assert _exchange(market, ada, 4).come.available == 1
    set_rates(market.desk, Rate("STAR", "MART", 10**9, 1))
    with market.desk.work(market.as_grocery()) as work, pytest.raises(InvalidBodyError):
        exchange.quote(work, "STAR", "MART", 10**6)


def test_who_may_not_exchange(market: Coalition) -> None:
    ada = market.a_member()
    _earn(market, ada)
    with pytest.raises(PartnerSuspendedError):
        _exchange(market, ada, 10, actor=STAFF)
    for way, refusal in {
        "STAR MART": CurrencyUnknownError,
        "MART STAR": CurrencyUnknownError,
        "STAR NONE": CurrencyUnknownError,
        "STAR STAR": ExchangeUnknownError,
    }.items():
        with pytest.raises(refusal):
            _exchange(market, ada, 10, way)
    with pytest.raises(ExchangeUnknownError):
        _exchange(market, ada, 10, "MART STAR", actor=market.as_grocery())
    with market.desk.work(STAFF) as work:
        members.freeze(work, ada.id, reason="test")
    with pytest.raises(MemberFrozenError):
        _exchange(market, ada, 10)
    with market.desk.work(STAFF) as work:
        partners.suspend(work, market.cinema)
    with pytest.raises(PartnerSuspendedError):
        _exchange(market, ada, 10)
    assert _available(market, ada) == {"STAR": 100}


def test_a_version_counts_from_its_day_on(market: Coalition, clock: FixedClock) -> None:
    tomorrow = date(2026, 5, 2)
    with market.desk.work(STAFF) as work:
        assert exchange.set_rates(work, [Rate("STAR", "CINE", 1, 10)], effective_from=tomorrow) == [
            2
        ]
        assert exchange.set_rates(work, [Rate("STAR", "CINE", 2, 10)]) == [3]
    with market.desk.work(market.as_cinema()) as work:
        assert exchange.quote(work, "STAR", "CINE", 100).version == 3
        clock.move(days=1)
        assert exchange.quote(work, "STAR", "CINE", 100).received == 10
        pairs = {(each.source, each.target): each.version for each in exchange.in_force(work)}
        assert pairs == {("STAR", "CINE"): 2, ("CINE", "STAR"): 1}


def test_an_exchange_ends_with_its_last_version(market: Coalition) -> None:
    with market.desk.work(STAFF) as work:
        assert exchange.end_rate(work, "STAR", "CINE") == 2
        with pytest.raises(ExchangeUnknownError):
            exchange.end_rate(work, "MART", "CINE")
        with pytest.raises(InvalidBodyError):
            exchange.end_rate(work, "STAR", "CINE", effective_from=date(2026, 4, 30))
    with market.desk.work(market.as_cinema()) as work:
        with pytest.raises(ExchangeUnknownError):
            exchange.quote(work, "STAR", "CINE", 100)
        assert exchange.quote(work, "CINE", "STAR", 3).received == 10


def test_a_cycle_that_gains_is_refused_by_name(market: Coalition) -> None:
    with market.desk.work(STAFF) as work, pytest.raises(ExchangeCycleGainsError) as refused:
        exchange.set_rates(work, [Rate("CINE", "STAR", 7, 2)])
    assert str(refused.value) == (
        "Going round CINE → STAR → CINE turns 1 point into 21/20: a gain of 1/20."
    )
    assert refused.value.members == {
        "cycle": ["CINE", "STAR", "CINE"], "gain": "1/20", "rounded": None, "on": "2026-05-01",
    }  # fmt: skip
    with market.desk.work(STAFF) as work:
        assert len(exchange.history(work)) == 3


def test_a_rate_on_a_cycle_that_rounds_up_is_refused(market: Coalition) -> None:
    with market.desk.work(STAFF) as work, pytest.raises(ExchangeCycleGainsError) as refused:
        exchange.set_rates(work, [Rate("STAR", "CINE", 1, 10, Rounding.HALF_UP)])
    assert refused.value.members["rounded"] == ["STAR", "CINE"]
    assert refused.value.members["gain"] is None


def test_a_gain_that_would_come_later_is_refused_now(market: Coalition) -> None:
    june = date(2026, 6, 1)
    with market.desk.work(STAFF) as work:
        exchange.set_rates(
            work, [Rate("STAR", "CINE", 1, 10), Rate("CINE", "STAR", 10, 1)], effective_from=june
        )
    with market.desk.work(STAFF) as work, pytest.raises(ExchangeCycleGainsError) as refused:
        exchange.set_rates(work, [Rate("STAR", "MART", 1, 5), Rate("MART", "CINE", 1, 1)])
    assert refused.value.members["on"] == "2026-06-01"
    assert refused.value.members["cycle"] == ["CINE", "STAR", "MART", "CINE"]


def test_rates_that_can_not_be_are_refused_with_their_places(market: Coalition) -> None:
    wrong = [
        Rate("STAR", "NONE", 1, 1),
        Rate("STAR", "CINE", 0, 10**10),
        Rate("STAR", "STAR", 1, 1),
        Rate("STAR", "CINE", 1, 1),
    ]
    with market.desk.work(STAFF) as work:
        with pytest.raises(InvalidBodyError) as refused:
            exchange.set_rates(work, wrong, effective_from=date(2026, 4, 30))
        assert set(refused.value.members["errors"]) == {
            "rates.1.to", "rates.2.numerator", "rates.2.denominator", "rates.3", "rates.4",
            "effective_from",
        }  # fmt: skip
        with pytest.raises(InvalidBodyError):
            exchange.set_rates(work, [])


def test_a_change_of_rates_stands_in_the_audit_trail(market: Coalition) -> None:
    rows = _rows(
        market,
        "SELECT subject, actor, after ->> 'rate' FROM audit_records"
        " WHERE deed = 'exchange.set_rate' AND subject = 'STAR/CINE'",
    )
    assert rows == [("STAR/CINE", "staff:test", "3/10")]


def test_a_partner_sees_the_rates_of_its_currencies(market: Coalition) -> None:
    with market.desk.work(market.as_grocery()) as work:
        pairs = {(each.source, each.target) for each in exchange.history(work)}
    assert pairs == {("STAR", "MART")}


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    cases=st.lists(
        st.tuples(
            st.integers(1, 10**12),
            st.integers(1, 10**3),
            st.integers(1, 10**9),
            st.sampled_from(Rounding),
        ),
        min_size=40,
        max_size=40,
    )
)
def test_the_database_rounds_as_python_does(
    desk: Desk, cases: list[tuple[int, int, int, Rounding]]
) -> None:
    with desk.work(STAFF) as work:
        for points, numerator, denominator, rounding in cases:
            row = work.rows(
                "SELECT stoa_convert(%s, %s, %s, %s)",
                (points, numerator, denominator, rounding.value),
            )[0]
            assert row[0] == Rate("A", "B", numerator, denominator, rounding).convert(points)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(st.tuples(st.booleans(), st.integers(1, 60)), min_size=1, max_size=8))
def test_no_sequence_of_exchanges_gains_value(
    market: Coalition, steps: list[tuple[bool, int]]
) -> None:
    ada = market.a_member()
    _earn(market, ada, "100.00")
    worth, last = {"STAR": Fraction(3, 10), "CINE": Fraction(1)}, Fraction(30)
    for there, points in steps:
        have = _available(market, ada)
        way = "STAR CINE" if there else "CINE STAR"
        if points > have.get(way[:4], 0) or (there and points < 4):
            continue
        _exchange(market, ada, points, way)
        now = sum(
            (worth[code] * count for code, count in _available(market, ada).items()), last * 0
        )
        assert now <= last
        last = now
