"""Payments: who pays what for a closed period, the bank's files, the exchange, each entry once."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

from clearings import Alliance, an_alliance
from settlements import PERIOD, Settlement, a_line
from stoa.errors import (
    FourEyesError,
    FxRateMissingError,
    InvalidBodyError,
    PaymentClosedError,
    PaymentFileUnknownError,
    PaymentUnknownError,
    PeriodOpenError,
)
from stoa.services import clearing_terms, entities, funding, numbering, payments, rates
from stoa.services.funding import FundingTerms
from stoa.services.payments import Payment
from stoa.services.rates import Quote
from stoa.values.clearing.statements import Entity, FxRate
from stoa.values.clearing.terms import Party, Terms
from stoa.values.identifiers import new_uuid
from stoa.work import Actor
from world import Coalition, FixedClock

D = Decimal
ANN, BOB = Actor("staff:ann"), Actor("staff:bob")
TODAY = date(2026, 6, 5)
IBAN = "DE89370400440532013000"


@pytest.fixture
def alliance(coalition: Coalition, database: str, clock: FixedClock) -> Alliance:
    """Return partners A, B and C in June."""
    clock.now = datetime(2026, 6, 5, 4, 0, tzinfo=UTC)
    return an_alliance(coalition, database)


@pytest.fixture
def settlement(alliance: Alliance) -> Settlement:
    """Return the closed May of §3.3: A owes 84.00, B owes 108.00, C is owed 72.00."""
    found = Settlement(alliance)
    found.close(
        {"A": [a_line("issued", 10_000, "0.012", 12_000),
               a_line("burned", -4_000, "0.009", -3_600)],
         "B": [a_line("issued", 10_000, "0.012", 12_000),
               a_line("clawback", -1_000, "0.012", -1_200)],
         "C": [a_line("burned", -8_000, "0.009", -7_200)]}
    )  # fmt: skip
    return found


def proposed(settlement: Settlement, period: str = PERIOD) -> dict[str, Payment]:
    with settlement.alliance.desk.work(ANN) as work:
        found = payments.propose(work, "STAR", period)
        return {each.partner_code: each for each in found if each.state != "cancelled"}


def record(settlement: Settlement, payment: Payment, minor: int | None = None) -> Payment:
    with settlement.alliance.desk.work(BOB) as work:
        return payments.record(work, payment.id, bank_date=TODAY, bank_minor=minor)


def test_everybody_settles_the_net_of_3_3_with_the_operator(settlement: Settlement) -> None:
    found = proposed(settlement)
    assert {code: (each.direction, each.minor) for code, each in found.items()} == {
        "a": ("in", 8_400), "b": ("in", 10_800), "c": ("out", 7_200),
    }  # fmt: skip
    assert {each.due_on for each in found.values()} == {date(2026, 6, 30)}
    assert all(each.reference.startswith("STOA2605") for each in found.values())
    assert all(len(each.reference) == 16 for each in found.values())
    assert proposed(settlement) == found
    with settlement.alliance.desk.work(ANN) as work:
        of = payments.matrix(work, "STAR", PERIOD)
    assert of is not None
    assert of.nets == {"a": 8_400, "b": 10_800, "c": -7_200, "": -12_000}
    assert sum(of.nets.values()) == 0


def test_the_ring_of_3_5_moves_40(alliance: Alliance) -> None:
    settlement = Settlement(alliance)
    ring = {"A": ("b", 100, "c", 60), "B": ("c", 80, "a", 100), "C": ("a", 60, "b", 80)}
    settlement.close(
        {
            letter: [
                a_line("burned", -owes, "0.01", owes, counterparty=to),
                a_line("burned", -owed, "0.01", -owed, counterparty=by),
                a_line("burned", -7, "0.01", 7, counterparty=letter.lower(), memo=True),
            ]
            for letter, (to, owes, by, owed) in ring.items()
        }
    )
    with alliance.desk.work(ANN) as work:
        of = payments.matrix(work, "STAR", PERIOD)
    assert of is not None
    assert (of.gross, of.nets) == (240, {"a": 40, "b": -20, "c": -20, "": 0})
    moves = [(each.debtor, each.creditor, each.minor) for each in of.payments]
    assert sorted(moves) == [("a", "b", 20), ("a", "c", 20)]
    assert sum(each.debtor == each.creditor for each in of.netted) == 3
    paid = {code: (each.direction, each.minor) for code, each in proposed(settlement).items()}
    assert paid == {"a": ("in", 40), "b": ("out", 20), "c": ("out", 20)}


def test_recorded_payments_are_booked_and_add_up_to_nothing(settlement: Settlement) -> None:
    found = proposed(settlement)
    for code in "abc":
        assert record(settlement, found[code]).state == "settled"
    assert settlement.settling() == [
        "payments CASH:reserve AR:A +0 84", "payments CASH:reserve AR:B +0 108",
        "payments AP:C CASH:reserve +0 72",
    ]  # fmt: skip
    assert settlement.balance() == 0
    settlement.close(
        {"A": [a_line("payments", 0, "0", -8_400)]}, period="2026-06", opening={"A": 8_400}
    )
    assert "a" not in proposed(settlement, "2026-06")


def test_what_is_under_way_is_not_asked_for_twice(settlement: Settlement) -> None:
    proposed(settlement)
    settlement.close(
        {"A": [a_line("issued", 1_000, "0.012", 1_200)]}, period="2026-06", opening={"A": 8_400}
    )
    assert proposed(settlement, "2026-06")["a"].minor == 1_200


def test_a_part_that_came_leaves_the_rest_to_the_next_period(settlement: Settlement) -> None:
    part = record(settlement, proposed(settlement)["a"], 8_000)
    assert (part.state, part.cleared_minor) == ("settled", 8_000)
    settlement.close(
        {"A": [a_line("payments", 0, "0", -8_000)]}, period="2026-06", opening={"A": 8_400}
    )
    assert proposed(settlement, "2026-06")["a"].minor == 400


@pytest.mark.parametrize(
    ("paid_at", "cash", "exchange", "entry"),
    [
        ("1.0800", 10_800, 0, None),
        ("1.0500", 11_109, 309, "payments CASH:reserve FX:gain_loss +0 3.09"),
        ("1.1000", 10_604, -196, "payments FX:gain_loss CASH:reserve +0 1.96"),
    ],
)
def test_the_exchange_takes_the_difference_of_the_payment_day(
    alliance: Alliance, paid_at: str, cash: int, exchange: int, entry: str | None
) -> None:
    """§3.10: 108.00 CNY at 1.0800 are 116.64 HKD."""
    with alliance.desk.work(ANN) as work:
        rates.enter_rates(work, [Quote("CNY", "HKD", D("1.08"), TODAY - timedelta(days=5))])
        rate = rates.rate_of(work, "CNY", "HKD", TODAY)
        rates.enter_rates(work, [Quote("CNY", "HKD", D(paid_at), TODAY)])
    settlement = Settlement(alliance)
    fx = FxRate(rate.id, "CNY", "HKD", rate.rate, rate.business_date)
    settlement.close(
        {"B": [a_line("issued", 9_000, "0.012", 10_800)]}, settled={"B": ("HKD", fx, 11_664)}
    )
    payment = proposed(settlement)["b"]
    assert (payment.minor, payment.currency, payment.owed_minor) == (11_664, "HKD", 10_800)
    paid = record(settlement, payment)
    assert (paid.cash_minor, paid.cleared_minor, paid.exchange_minor) == (cash, 10_800, exchange)
    assert paid.bank_rate_id == rate.id + 1
    booked = settlement.settling()
    assert booked == ["payments CASH:reserve AR:B +0 108", *([entry] if entry else [])]
    assert settlement.balance() == 0


def test_without_a_rate_of_the_day_nothing_is_recorded(alliance: Alliance) -> None:
    settlement = Settlement(alliance)
    fx = FxRate(1, "CNY", "HKD", D("1.08"), TODAY)
    settlement.close(
        {"B": [a_line("issued", 9_000, "0.012", 10_800)]}, settled={"B": ("HKD", fx, 11_664)}
    )
    with pytest.raises(FxRateMissingError):
        record(settlement, proposed(settlement)["b"])
    assert settlement.settling() == []
    assert proposed(settlement)["b"].state == "proposed"


def test_a_payment_recorded_by_many_at_once_is_one_entry(settlement: Settlement) -> None:
    payment = proposed(settlement)["a"]

    def one(_: int) -> str:
        try:
            return record(settlement, payment).state
        except PaymentClosedError as late:
            return str(late.members["state"]) + " before"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(one, range(4))) == ["settled", *["settled before"] * 3]
    assert settlement.settling() == ["payments CASH:reserve AR:A +0 84"]


def test_an_open_period_is_not_paid_and_what_is_over_stays(settlement: Settlement) -> None:
    with settlement.alliance.desk.work(ANN) as work, pytest.raises(PeriodOpenError):
        payments.propose(work, "STAR", "2026-07")
    found = proposed(settlement)
    with settlement.alliance.desk.work(ANN) as work:
        payments.cancel(work, found["a"].id, note="paid in cash")
        for deed in (payments.cancel, payments.fail):
            with pytest.raises(PaymentClosedError):
                deed(work, found["a"].id, note="again")
        with pytest.raises(InvalidBodyError):
            payments.cancel(work, found["b"].id, note=" ")
        with pytest.raises(InvalidBodyError):
            payments.record(work, found["b"].id, bank_date=TODAY + timedelta(days=1))
        with pytest.raises(PaymentUnknownError):
            payments.find(work, new_uuid())
    anew = proposed(settlement)["a"]
    assert (anew.minor, anew.id == found["a"].id) == (8_400, False)


def test_a_payment_makes_room_in_a_partners_credit(settlement: Settlement) -> None:
    """§3.7: exposure is unbilled and unpaid; what is paid may be issued again."""
    alliance = settlement.alliance
    with alliance.desk.work(ANN) as work:
        funding.set_terms(
            work, alliance.partners["A"],
            FundingTerms("credit", credit_limit=D(200)),
        )  # fmt: skip
    alliance.issue("A", alliance.coalition.a_member(), 10_000)
    with alliance.desk.work(ANN) as work:
        before = funding.standing(work, alliance.partners["A"]).exposure
    record(settlement, proposed(settlement)["a"])
    with alliance.desk.work(ANN) as work:
        after = funding.standing(work, alliance.partners["A"]).exposure
    assert before is not None
    assert after is not None
    assert before - after == D(84)


def accounts(alliance: Alliance) -> None:
    with alliance.desk.work(ANN) as work:
        clearing_terms.found(
            work, "STAR", Terms(operator=Party("The Operator Ltd", account=IBAN, bic="COBADEFF"))
        )
        entities.change(
            work, alliance.partners["C"],
            Entity("C Trading Ltd", address=("1 Pier",), tax_number="T1", account="12-345 678"),
        )  # fmt: skip


def test_what_goes_out_is_asked_for_in_one_file_that_never_changes(
    settlement: Settlement,
) -> None:
    found, alliance = proposed(settlement), settlement.alliance
    accounts(alliance)
    with alliance.desk.work(BOB) as work:
        made = payments.make_file(work, "STAR", "CNY", execute_on=TODAY)
    with alliance.desk.work(ANN) as work:
        again, content = payments.file_of(work, made.id)
        assert payments.files(work) == [made]
        assert payments.find(work, found["c"].id).state == "sent"
    assert again == made
    assert (made.message_id, made.payments, made.minor) == ("PAY-2026-000001", 1, 7_200)
    assert hashlib.sha256(content).hexdigest() == made.sha256
    texts = [each.text for each in ET.fromstring(content).iter()]  # noqa: S314 - our own file
    assert {found["c"].reference, "C Trading Ltd", "12-345 678", "72.00"} <= set(texts)
    with alliance.desk.work(BOB) as work, pytest.raises(InvalidBodyError):
        payments.make_file(work, "STAR", "CNY", execute_on=TODAY)
    with alliance.desk.work(BOB) as work:
        payments.fail(work, found["c"].id, note="account closed")
    anew = proposed(settlement)["c"]
    assert (anew.minor, anew.state) == (7_200, "proposed")
    assert anew.reference != found["c"].reference


def test_a_file_is_refused_without_accounts_and_to_whoever_named_them(
    settlement: Settlement,
) -> None:
    proposed(settlement)
    alliance = settlement.alliance
    with alliance.desk.work(ANN) as work:
        with pytest.raises(InvalidBodyError) as refused:
            payments.make_file(work, "STAR", "CNY", execute_on=TODAY)
        with pytest.raises(PaymentFileUnknownError):
            payments.file_of(work, new_uuid())
    assert set(refused.value.members["errors"]) == {"operator", "c"}
    accounts(alliance)
    with alliance.desk.work(ANN) as work, pytest.raises(FourEyesError):
        payments.make_file(work, "STAR", "CNY", execute_on=TODAY)
    with alliance.desk.work(BOB) as work:
        with pytest.raises(InvalidBodyError):
            payments.make_file(work, "STAR", "CNY", execute_on=TODAY - timedelta(days=1))
        entities.change(work, alliance.partners["C"], Entity("C Ltd", account="12-345 678"))
        assert entities.of(work, alliance.partners["C"]).account_by == "staff:ann"
        assert payments.make_file(work, "STAR", "CNY", execute_on=TODAY).payments == 1


@pytest.mark.parametrize(
    "entity",
    [
        Entity(""), Entity("x" * 141), Entity("C", account="DE00370400440532013000"),
        Entity("C", bic="COBADEFF"), Entity("C", address=("a",) * 7),
        Entity("C", tax_number="1" * 36),
    ],
)  # fmt: skip
def test_an_entity_that_no_bank_takes_is_refused(alliance: Alliance, entity: Entity) -> None:
    with alliance.desk.work(ANN) as work:
        with pytest.raises(InvalidBodyError):
            entities.change(work, alliance.partners["C"], entity)
        assert entities.of(work, alliance.partners["C"]).entity == Entity("Partner C", "c")


def test_a_banks_file_is_matched_line_by_line(settlement: Settlement) -> None:
    found = proposed(settlement)
    a, b, c = (found[code].reference for code in "abc")
    data = (
        "Date,Amount,Reference\n"
        f"2026-06-03,84.00,thanks {a.lower()}\n"
        f"2026-06-03,84.00,{a}\n"
        f"2026-06-04,100.00,{b[:8]} {b[8:]}\n"
        f"2026-06-04,72.00,{c}\n"
        "2026-06-04,5.00,somebody\n"
    ).encode()
    desk = settlement.alliance.desk
    with desk.work(BOB) as work:
        tried = payments.take_in(work, data, currency="CNY", dry_run=True)
    verdicts = ["matched", "twice", "differs", "differs", "unknown"]
    assert [each.verdict for each in tried.outcomes] == verdicts
    assert (tried.recorded, settlement.settling()) == (0, [])
    with desk.work(BOB) as work:
        done = payments.take_in(work, data, currency="CNY")
    assert (done.recorded, done.outcomes) == (1, tried.outcomes)
    with desk.work(BOB) as work:
        again = payments.take_in(work, data, currency="CNY")
    assert (again.recorded, again.count("twice")) == (0, 2)
    assert settlement.settling() == ["payments CASH:reserve AR:A +0 84"]


def test_of_a_file_with_errors_nothing_is_recorded(settlement: Settlement) -> None:
    reference = proposed(settlement)["a"].reference
    data = f"date,amount,reference\n2026-06-03,84.00,{reference}\n3.6.2026,x,y\n".encode()
    with settlement.alliance.desk.work(BOB) as work:
        read = payments.take_in(work, data, currency="CNY")
    assert [each.place for each in read.errors] == [3]
    assert (read.recorded, settlement.settling()) == (0, [])


def test_numbers_have_no_gap_in_a_storm_where_some_give_theirs_back(alliance: Alliance) -> None:
    def one(n: int) -> str | None:
        with suppress(ZeroDivisionError), alliance.desk.work(ANN) as work:
            number = numbering.next_number(work, "CN", 2026)
            return number if n / (n % 3) >= 0 else None
        return None

    with ThreadPoolExecutor(6) as pool:
        kept = sorted(each for each in pool.map(one, range(24)) if each)
    assert kept == [f"CN-2026-{n:06d}" for n in range(1, 17)]
    with alliance.desk.work(ANN) as work:
        assert numbering.next_number(work, "CN", 2027) == "CN-2027-000001"
        assert numbering.next_number(work, "CN", 2026, entity="other") == "CN-2026-000001"
