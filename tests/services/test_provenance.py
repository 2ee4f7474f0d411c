"""Provenance: every point that went leads to the purchase that brought it, and the sums agree."""

from datetime import date
from decimal import Decimal
from random import Random
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from stoa.errors import EntryUnknownError, StoaError
from stoa.models.base import NOBODY
from stoa.services import earning, ledger, partners, provenance, redemption, returns, tiers
from stoa.services.earning import ReportLine
from stoa.services.provenance import Explained
from stoa.services.redemption import Ask
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, Someone, a_key, met, minor

CLI = Actor("cli")


def explained(desk: Desk, who: UUID, seq: int) -> Explained:
    with desk.work(CLI) as work:
        return provenance.explain(work, who, "STAR", seq)


def earn(desk: Desk, coalition: Coalition, who: Someone, total: str, **changes: str) -> UUID:
    with desk.work(coalition.as_grocery()) as work:
        report = coalition.a_purchase(who, total, **changes)
        return earning.earn(work, report, key=a_key()).purchase_id


def burn(desk: Desk, coalition: Coalition, who: Someone, points: int) -> None:
    with desk.work(coalition.as_cinema()) as work:
        held = redemption.hold(work, Ask(met(work, who), "main", points), key=a_key())
        redemption.capture(work, held.redemption.id, points=None, key=a_key())


@pytest.fixture
def ada(desk: Desk, coalition: Coalition) -> Someone:
    """Return a gold member."""
    someone = coalition.a_member()
    with desk.work(CLI) as work:
        tiers.assign(work, someone.id, "gold", reason="test")
    return someone


def test_a_burned_point_leads_to_its_issuer_payer_price_and_rules(
    desk: Desk, coalition: Coalition, ada: Someone
) -> None:
    earn(desk, coalition, ada, "100.00", receipt_no="R-7")
    with desk.work(CLI) as work:
        partners.agree(
            work, coalition.grocery, effective_from=date(2026, 5, 1),
            issue_price=Decimal("0.02"), reimbursement_rate=Decimal("0.01"), backdate_days=3,
            return_days=7,
        )  # fmt: skip
        partners.configure(work, coalition.grocery, "plain", {"points_per_unit": 2})
    earn(desk, coalition, ada, "50.00")
    burn(desk, coalition, ada, 270)
    told = explained(desk, ada.id, 5)
    assert (told.entry.kind, told.entry.points, told.entry.actor) == ("redeem", -270, "partner")
    assert (told.entry.issuer_id, told.entry.price) == (coalition.cinema, Decimal("0.009000"))
    assert (told.lot, told.fate, told.owed) == (None, None, 0)
    traced = [
        (
            lot.points, lot.source.seq, lot.source.payer_id, str(lot.source.price),
            lot.source.versions[2:], lot.source.arithmetic,
        )
        for lot in told.lots
    ]  # fmt: skip
    assert traced == [
        (100, 1, coalition.grocery, "0.012000", (2, 1, 1), "100.00 at 1 per 1.00"),
        (100, 2, None, "0.012000", (2, 1, 1), "100 points and 100 % for gold"),
        (70, 3, coalition.grocery, "0.020000", (4, 2, 1), "50.00 at 2 per 1.00"),
    ]
    assert {lot.source.issuer_id for lot in told.lots} == {coalition.grocery}
    assert {lot.source.versions.plugin for lot in told.lots} == {"plain"}
    assert told.lots[0].source.reference == "R-7"
    assert all(lot.whole and lot.birth == lot.source for lot in told.lots)


def test_points_that_came_tell_what_became_of_them(
    desk: Desk, coalition: Coalition, ada: Someone, clock: FixedClock
) -> None:
    bought = earn(desk, coalition, ada, "100.00")
    burn(desk, coalition, ada, 30)
    with desk.work(coalition.as_grocery()) as work:
        line = ReportLine(1, "a", "", 4000, "ea", minor("400.00"))
        other = earning.earn(work, coalition.a_purchase(ada, lines=[line]), key=a_key())
        returns.return_lines(work, other.purchase_id, {1: 1000}, key=a_key())
        returns.return_lines(work, bought, None, key=a_key())
    with desk.work(coalition.as_cinema()) as work:
        redemption.hold(work, Ask(met(work, ada), "main", 20), key=a_key())
    told = explained(desk, ada.id, 1)
    assert told.lot
    assert told.fate
    assert (told.lot.points, told.lots, told.owed) == (100, (), 0)
    assert told.fate.taken == {"burned": 30, "issued": 70}
    assert (told.fate.left, told.fate.held) == (0, 0)
    assert [(use.kind, use.points) for use in told.fate.uses] == [("return", 70), ("redeem", 30)]
    later = explained(desk, ada.id, 4)
    assert later.fate
    assert later.fate.taken == {"issued": 130}
    assert (later.fate.left, later.fate.held) == (270, 20)
    clock.move(days=800)
    with desk.work(Actor("worker")) as work:
        assert ledger.expire(work, ada.id, "STAR") > 0
    ended = explained(desk, ada.id, 4).fate
    assert ended
    assert ended.taken == {"issued": 130, "expired": 250}
    expiry = explained(desk, ada.id, ended.uses[0].seq)
    assert (expiry.entry.kind, expiry.entry.actor) == ("expire", "worker")
    assert [lot.source.seq for lot in expiry.lots] == [4]


def test_points_that_were_spent_before_are_owed_and_named(
    desk: Desk, coalition: Coalition, ada: Someone
) -> None:
    bought = earn(desk, coalition, ada, "100.00")
    burn(desk, coalition, ada, 150)
    with desk.work(coalition.as_grocery()) as work:
        returns.return_lines(work, bought, None, key=a_key())
    booked = explained(desk, ada.id, 4)
    assert (booked.entry.account, booked.entry.points) == ("debt", 150)
    assert (booked.lot, booked.fate, booked.lots, booked.owed) == (None, None, (), 0)
    back = [explained(desk, ada.id, seq) for seq in (5, 6)]
    assert [each.owed for each in back] == [50, 100]
    assert sum(lot.points for each in back for lot in each.lots) == 50
    earn(desk, coalition, ada, "100.00")
    repaid = explained(desk, ada.id, 9)
    assert (repaid.entry.reason, repaid.entry.points, repaid.owed) == ("debt_repaid", -150, 0)
    assert [(lot.points, lot.source.seq) for lot in repaid.lots] == [(100, 7), (50, 8)]


def test_an_entry_that_is_none_is_refused(desk: Desk, coalition: Coalition, ada: Someone) -> None:
    earn(desk, coalition, ada, "100.00")
    for member, currency, seq in ((ada.id, "STAR", 3), (NOBODY, "STAR", 1), (ada.id, "MOON", 1)):
        with desk.work(CLI) as work, pytest.raises(EntryUnknownError):
            provenance.explain(work, member, currency, seq)


def test_a_lot_of_another_wallet_is_followed_to_the_purchase_that_earned_it(
    database: str, desk: Desk, coalition: Coalition, ada: Someone
) -> None:
    ben, cem = coalition.a_member("Ben"), coalition.a_member("Cem")
    earn(desk, coalition, ben, "40.00")
    earn(desk, coalition, cem, "30.00")
    earn(desk, coalition, ada, "20.00")
    _origin(database, cem.id, ben.id)
    _origin(database, ada.id, cem.id)
    burn(desk, coalition, ada, 40)
    told = explained(desk, ada.id, 3)
    assert [lot.points for lot in told.lots] == [20, 20]
    moved, own = told.lots
    assert [step.member_id for step in moved.chain] == [ada.id, cem.id, ben.id]
    assert moved.source.arithmetic == "40.00 at 1 per 1.00"
    assert moved.whole
    assert len(own.chain) == 1
    _origin(database, ben.id, NOBODY)
    assert explained(desk, ada.id, 1).lot != moved
    assert not explained(desk, ada.id, 3).lots[0].whole
    _origin(database, ben.id, ada.id)
    endless = explained(desk, ada.id, 3).lots[0]
    assert len(endless.chain) == 65
    assert not endless.whole


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_every_point_of_a_random_history_is_traced_and_the_sums_agree(
    desk: Desk, coalition: Coalition, clock: FixedClock, seed: int
) -> None:
    people = _live(desk, coalition, clock, Random(seed))  # noqa: S311 - a seed, not a secret
    for someone in people:
        with desk.work(CLI) as work:
            entries = ledger.history(work, someone.id, "STAR", limit=10_000)
        owed: dict[UUID, int] = {}
        booked: dict[UUID, int] = {}
        taken_of: dict[int, int] = {}
        told = {entry.seq: explained(desk, someone.id, entry.seq) for entry in entries}
        for entry in entries:
            each = told[entry.seq]
            assert (each.entry.points, each.entry.balance) == (entry.points, entry.balance)
            if entry.account == "debt" and entry.points > 0:
                booked[entry.transaction_id] = entry.points
            elif entry.points > 0:
                fate = each.fate
                assert fate
                assert fate.left + sum(fate.taken.values()) == entry.points
                assert sum(use.points for use in fate.uses) == sum(fate.taken.values())
                taken_of[entry.seq] = sum(fate.taken.values())
            else:
                assert sum(lot.points for lot in each.lots) + each.owed == -entry.points
                if each.owed:
                    owed[entry.transaction_id] = owed.get(entry.transaction_id, 0) + each.owed
                for lot in each.lots:
                    _whence(lot.source)
        assert owed == booked
        went: dict[int, int] = {}
        for each in told.values():
            for lot in each.lots:
                went[lot.source.seq] = went.get(lot.source.seq, 0) + lot.points
        assert went == {seq: points for seq, points in taken_of.items() if points}


def _whence(source: provenance.Movement) -> None:
    assert source.kind == "earn"
    assert source.issuer_id
    assert source.payer_id in (None, source.issuer_id)
    assert source.price == Decimal("0.012000")
    assert source.arithmetic
    assert None not in (
        source.versions.plugin, source.versions.partner, source.versions.agreement,
        source.versions.currency,
    )  # fmt: skip


def _live(desk: Desk, coalition: Coalition, clock: FixedClock, chance: Random) -> list[Someone]:
    people = [coalition.a_member(f"P{number}") for number in range(2)]
    bought: list[tuple[Actor, UUID]] = []
    with desk.work(CLI) as work:
        tiers.assign(work, people[0].id, "gold", reason="test")
    for _ in range(30):
        clock.move(days=chance.choice([0, 1, 1, 9, 200]))
        actor = chance.choice([coalition.as_grocery(), coalition.as_cinema()])
        who, deed = chance.choice(people), chance.randrange(9)
        with desk.work(actor) as work:
            try:
                if deed < 4:
                    lines = [
                        ReportLine(no, "a", "", 3000, "ea", chance.randrange(20_000))
                        for no in (1, 2)
                    ]
                    report = coalition.a_purchase(who, lines=lines)
                    bought.append((actor, earning.earn(work, report, key=a_key()).purchase_id))
                elif deed < 7:
                    ask = Ask(met(work, who), "main", chance.randrange(1, 300))
                    held = redemption.hold(work, ask, key=a_key()).redemption
                    points = chance.randrange(1, held.points + 1)
                    redemption.capture(work, held.id, points=points, key=a_key())
                elif bought and deed == 7:
                    actor, purchase = chance.choice(bought)
                    with desk.work(actor) as till:
                        returns.return_lines(till, purchase, {1: 1000}, key=a_key())
                else:
                    ledger.expire(work, who.id, "STAR")
            except StoaError:
                pass  # too few points, too late to return: a till is refused now and then
    return people


def _origin(database: str, to: UUID, whence: UUID) -> None:
    engine = create_engine(database, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE postings SET origin_member_id = :whence, origin_currency = 'STAR',"
                " origin_seq = 1 WHERE member_id = :to AND seq = 1"
            ),
            {"to": to, "whence": whence},
        )
    engine.dispose()
