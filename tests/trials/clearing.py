"""Random histories of an alliance, cleared month after month, and an accountant who reckons again.

A history is a month: members earn at A, B and C, spend, give back, give each other points, are
adjusted and merged, at prices and clauses that change, now and then reported late. Then the month
is closed. After each close:

- positions of all parties, the operator among them, add up to zero, to the minor unit;
- each statement opens with what the one before closed with;
- every statement made again from the entries has the frozen hash, and every entry follows again
  from the log;
- what each party owes is what an accountant reckons who knows the postings and the agreements, and
  neither the journal nor its SQL;
- the points of each issuer are those left in its lots.
"""

import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from clearings import WORKER, Alliance, an_alliance
from stoa.errors import StoaError
from stoa.services import adjustments, clearing, journal, mergers
from stoa.values.clearing.clauses import Clauses, Mode
from stoa.values.clearing.terms import period_after, period_of_day
from stoa.values.periods import local_day
from stoa.work import Actor
from trials.cluster import Cluster, forget_folder, new_folder
from trials.machine import opened
from world import Coalition, FixedClock, Someone, a_coalition

__all__ = ["Histories", "begin", "reckoned", "run"]

_A_DATABASE = 25
_ADJUSTER = Actor("staff:adjuster")
_RATES = tuple(Decimal(rate) for rate in ("0.009", "0.0085", "0.011", "0.007123"))
_FEES = tuple(Decimal(fee) for fee in ("0", "0", "0.001", "0.0004"))
_BY = ("", "", "lot", "burn_date")


@dataclass
class Histories:
    """An alliance and the months it lives through."""

    alliance: Alliance
    clock: FixedClock
    mode: Mode
    chance: Random
    people: list[Someone] = field(default_factory=list)
    sold: list[tuple[str, UUID]] = field(default_factory=list)
    redeemed: list[tuple[str, UUID, int]] = field(default_factory=list)
    closings: dict[str, int] = field(default_factory=dict)
    points: dict[str, int] = field(default_factory=dict)

    def live_on(self, months: int, deeds: int) -> None:
        """Live so many months."""
        for _ in range(months):
            self.live(deeds)

    def live(self, deeds: int) -> None:
        """Live a month of so many deeds, close it and check it."""
        month = period_of_day(self._today())
        if not self.people or self.chance.random() < 0.2:
            self.people = [self.alliance.coalition.a_member(name) for name in ("Ada", "Bob", "Eve")]
        if self.chance.random() < 0.5:
            self._agree()
        for who in self.people:
            self.alliance.expire(who)
        for _ in range(deeds):
            with suppress(StoaError):  # a refusal is part of a history
                self._deed()
            self.clock.move(hours=self.chance.choice((1, 5, 20)))
            if self.chance.random() < 0.2:
                self.book()
        following = date.fromisoformat(f"{period_after(month)}-01")
        first = datetime.combine(following, datetime.min.time(), UTC)
        self.clock.now = max(self.clock.now, first) + timedelta(minutes=5)
        self.alliance.book()
        with self.alliance.desk.work(WORKER) as work:
            first_open = clearing.next_period(work, "STAR")
        while first_open <= month:  # the first sale may be of the month before the first
            self._close(first_open)
            first_open = period_after(first_open)
        with self.alliance.desk.work(WORKER) as work:
            assert clearing.next_period(work, "STAR") == first_open
        self._check(month)

    def _today(self) -> date:
        return local_day(self.clock.now, "Asia/Shanghai")

    def _agree(self) -> None:
        clauses = Clauses(
            reimburse_by=self.chance.choice(_BY), fee_issuing=self.chance.choice(_FEES),
            fee_redeeming=self.chance.choice(_FEES),
        )  # fmt: skip
        self.alliance.agree(
            self.chance.choice("ABC"), reimbursement_rate=self.chance.choice(_RATES),
            issue_price=self.chance.choice((Decimal("0.012"), Decimal("0.0123"))), clauses=clauses,
        )  # fmt: skip

    def book(self) -> None:
        """Log everything, and book some of it."""
        self.alliance.log()
        with self.alliance.desk.work(WORKER) as work:
            journal.book(work, limit=self.chance.choice((1, 3, 1000)))

    def _deed(self) -> None:
        chance, alliance = self.chance, self.alliance
        partner, who = chance.choice("ABC"), chance.choice(self.people)
        points = chance.randint(1, 400)
        match chance.randrange(14):
            case 0 | 1 | 2 | 3:
                self.sold.append((partner, alliance.issue(partner, who, points)))
            case 4:
                at = self.clock.now - timedelta(days=chance.randint(1, 25))
                self.sold.append((partner, alliance.issue_on(partner, who, points, at)))
            case 5 | 6 | 7:
                self.redeemed.append((partner, alliance.burn(partner, who, points), points))
            case 8 | 9 if self.redeemed:
                seller, redemption, most = chance.choice(self.redeemed)
                alliance.refund(seller, redemption, chance.randint(1, most))
            case 10 | 11 if self.sold:
                seller, purchase = chance.choice(self.sold[-6:])
                alliance.take_back(seller, purchase, chance.choice((1000, 500, 250)))
            case 12:
                alliance.transfer(partner, who, chance.choice(self.people), points)
            case _:
                self._by_hand(who, chance.choice((points, -points)))

    def _by_hand(self, who: Someone, points: int) -> None:
        payer = self.chance.choice((None, *self.alliance.partners.values()))
        if self.chance.random() < 0.1:
            with self.alliance.desk.work(Actor("cli")) as work:
                other = self.alliance.coalition.a_member("Twin")
                self.people.remove(who)
                self.people.append(other)
                mergers.merge(work, who.id, other.id, reason="the same person")
            return
        with self.alliance.desk.work(_ADJUSTER) as work:
            adjustments.adjust(
                work, who.id, points, reason_code="goodwill", note="a trial",
                payer_id=payer if points > 0 else None,
                price=Decimal("0.01") if payer is not None and points > 0 else None,
            )  # fmt: skip

    def _close(self, month: str) -> None:
        alliance = self.alliance
        alliance.log()
        with alliance.desk.work(WORKER) as work:
            done = clearing.close(work, month)
        found = {alliance.letter(each.partner_id): each for each in done.statements}
        assert sum(each.closing_minor for each in found.values()) == 0, month
        for name, each in found.items():
            assert each.opening_minor == self.closings.get(name, 0), (month, name)
        for name in self.closings.keys() - found.keys():
            assert self.closings[name] == 0, (month, name)
        self.closings = {name: each.closing_minor for name, each in found.items()}
        with alliance.desk.work(WORKER) as work:
            assert list(clearing.verify(work, month)) == []
        self.points = {name: each.statement.points.closing for name, each in found.items()}

    def _check(self, month: str) -> None:
        alliance = self.alliance
        assert alliance.differences() == []
        assert alliance.nets_of_points() == reckoned(alliance, self.mode), month
        left = alliance.outstanding()
        assert {name: points for name, points in self.points.items() if points} == left, month


_POSTINGS = """
SELECT p.member_id, p.seq, p.points, p.account, p.partner_id, p.payer_id, p.price, t.subject_id,
       t.business_date, t.recorded_at, p.available_on, p.origin_member_id, p.origin_seq,
       p.transaction_id, t.first_seq
  FROM postings p JOIN transactions t ON t.member_id = p.member_id AND t.id = p.transaction_id
"""
_USES = "SELECT member_id, seq, lot_seq, points FROM lot_uses"
_AGREEMENTS = """
SELECT partner_id, effective_from, agreed_at, version, reimbursement_rate, reimburse_by,
       fee_issuing, fee_redeeming FROM agreements ORDER BY effective_from, version
"""


@dataclass(frozen=True)
class _Posting:
    member: UUID
    seq: int
    points: int
    account: str
    partner: UUID | None
    payer: UUID | None
    price: Decimal | None
    subject: UUID | None
    day: date
    at: datetime
    born: date | None
    origin: UUID | None
    origin_seq: int | None
    transaction: UUID
    first_seq: int


class _Accountant:
    """Knows the postings and the agreements, and reckons who owes whom for them."""

    def __init__(self, alliance: Alliance, mode: Mode) -> None:
        self.mode = mode
        self.owed: dict[UUID | None, Decimal] = {}
        with alliance.desk.work(WORKER) as work:
            self.postings = {(row[0], row[1]): _Posting(*row) for row in work.rows(_POSTINGS)}
            self._uses: dict[tuple[UUID, int], list[tuple[int, int]]] = {}
            for member, seq, lot, points in work.rows(_USES):
                self._uses.setdefault((member, seq), []).append((lot, points))
            self._agreed = [tuple(row) for row in work.rows(_AGREEMENTS)]
        self._firsts = {
            (each.member, each.transaction): self.postings[each.member, each.first_seq]
            for each in self.postings.values()
        }

    def take(self, each: _Posting) -> None:
        """Reckon one posting."""
        if each.account in ("issued", "adjusted") and self.mode is Mode.POOL:
            self._issued(each)
        elif each.account == "burned" and each.partner is not None:
            pieces = self._uses.get((each.member, each.seq), [])
            for lot, points in pieces if each.born is None else [(each.seq, -each.points)]:
                self._burned(each, self._root(each.member, lot), points)

    def _issued(self, each: _Posting) -> None:
        sale = self._firsts.get((each.member, each.subject)) if each.subject else None
        price = each.price if each.price is not None else sale.price if sale else None
        if each.payer is not None and price is not None:
            self._owes(each.payer, None, each.points * price)

    def _burned(self, each: _Posting, birth: _Posting, points: int) -> None:
        burn = each
        if each.points > 0:
            assert each.subject is not None
            burn = self._firsts[each.member, each.subject]
        assert each.partner is not None
        theirs = self._terms(each.partner, burn.day, burn.at)
        rate = each.price or Decimal(0)
        if birth.payer is not None:
            of_lot = self._terms(birth.payer, birth.day, birth.at)
            of_day = self._terms(birth.payer, burn.day, burn.at)
            if self.mode is Mode.POOL:
                rate = of_lot[4] if theirs[5] == "lot" else rate
            else:
                rate = of_day[4] if of_lot[5] == "burn_date" else of_lot[4]
            self._owes(birth.payer, None, points * of_day[6])
        self._owes(each.partner, None, points * theirs[7])
        payer = None if self.mode is Mode.POOL else birth.payer
        self._owes(payer, each.partner, points * rate)

    def _owes(self, debtor: UUID | None, creditor: UUID | None, amount: Decimal) -> None:
        self.owed[debtor] = self.owed.get(debtor, Decimal(0)) + amount
        self.owed[creditor] = self.owed.get(creditor, Decimal(0)) - amount

    def _root(self, member: UUID, seq: int) -> _Posting:
        lot = self.postings[member, seq]
        while lot.origin is not None and lot.origin_seq is not None:
            lot = self.postings[lot.origin, lot.origin_seq]
        return lot

    def _terms(self, partner: UUID, day: date, at: datetime) -> Any:
        mine = [row for row in self._agreed if row[0] == partner]
        known = [row for row in mine if row[1] <= day and row[2] < at]
        return known[-1] if known else min(mine, key=lambda row: row[3])


def reckoned(alliance: Alliance, mode: Mode) -> dict[str, Decimal]:
    """Return what each party owes for points, exact, reckoned posting by posting."""
    accountant = _Accountant(alliance, mode)
    for each in accountant.postings.values():
        accountant.take(each)
    nets = sorted(accountant.owed.items(), key=str)
    return {alliance.letter(party): net for party, net in nets if net}


def run(number: str, lives: int, deeds: int = 30) -> list[str]:
    """Live so many months, half of them in each mode; tell what went wrong.

    Args:
        number: the seed, as a text.
    """
    wrong, left, place = [], lives, 0
    while left > 0:
        mode = (Mode.POOL, Mode.ISSUER_PAYS)[place % 2]
        folder = new_folder()
        cluster = Cluster(folder)
        seed = f"{number}/{place}"
        try:
            cluster.start()
            with opened(cluster, "histories") as (desk, clock, url):
                lived = begin(a_coalition(desk), url, clock, mode, seed)
                for _ in range(min(left, _A_DATABASE)):
                    lived.live(deeds)
        except Exception:  # noqa: BLE001 - whatever it is, it is told
            wrong.append(f"{mode}, seed {seed}:\n{traceback.format_exc()[-4000:]}")
        finally:
            cluster.stop()
            forget_folder(folder)
        left, place = left - _A_DATABASE, place + 1
    return wrong


def begin(coalition: Coalition, url: str, clock: FixedClock, mode: Mode, seed: str) -> Histories:
    """Found the alliance of a history, on the first of a month."""
    alliance = an_alliance(coalition, url)
    alliance.clear_by(mode)
    chance = Random(seed)
    alliance.policy(chance.choice(("debt", "negative", "floor")))
    found = Histories(alliance, clock, mode, chance)
    found.book()  # of an empty log
    return found
