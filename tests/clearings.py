"""A small alliance to clear: partners A, B and C on the plain plugin, told in a few words."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from stoa.models import NOBODY
from stoa.services import (
    clearing_terms,
    earning,
    journal,
    ledger,
    log,
    partners,
    redemption,
    refunds,
    returns,
    transfers,
)
from stoa.services.redemption import Ask
from stoa.services.transfers import Gift
from stoa.values.clearing.clauses import Clauses, Mode
from stoa.values.clearing.lines import POINTS_OF
from stoa.values.clearing.terms import Terms
from stoa.values.periods import ExpiryRule
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, Someone, a_key, met

__all__ = ["ENTRIES", "WORKER", "Alliance", "an_alliance", "killed_in"]

WORKER = Actor("worker")
ENTRIES = """
SELECT line, debit, debit_partner_id, credit, credit_partner_id, points, rate, amount, period
  FROM money_entries ORDER BY entry_no
"""


_FOR_POINTS = ("issued", "clawback", "adjustments", "burned", "fees")
OUTSTANDING = """
SELECT nullif(issuer_id, %s), sum(points)::bigint FROM money_sums
 WHERE line = ANY(%s) GROUP BY 1 HAVING sum(points) <> 0
"""
LOTS = """
SELECT r.payer_id, sum(l.remaining)::bigint
  FROM lots l CROSS JOIN LATERAL stoa_root_of(l.member_id, l.currency, l.seq) AS r GROUP BY 1
"""


@dataclass
class Alliance:
    """Partners by their letters, and what they do with members."""

    coalition: Coalition
    url: str
    partners: dict[str, UUID] = field(default_factory=dict)

    @property
    def desk(self) -> Desk:
        return self.coalition.desk

    def at(self, partner: str) -> Actor:
        """Return a partner's till; what it does is a second later than what was done before."""
        cast("FixedClock", self.desk.clock).move(seconds=1)
        return Actor(f"client:{partner}", self.partners[partner])

    def issue(self, partner: str, who: Someone, points: int) -> UUID:
        """Sell for as many whole units of money; return the purchase."""
        with self.desk.work(self.at(partner)) as work:
            report = self.coalition.a_purchase(who, f"{points}.00")
            return earning.earn(work, report, key=a_key()).purchase_id

    def issue_on(self, partner: str, who: Someone, points: int, at: datetime) -> UUID:
        """Report a sale of another day."""
        with self.desk.work(self.at(partner)) as work:
            report = self.coalition.a_purchase(who, f"{points}.00", occurred_at=at)
            return earning.earn(work, report, key=a_key()).purchase_id

    def tamper(self, *statements: str) -> None:
        """Do what only the owner of the database could."""
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.begin() as connection:
            for each in statements:
                connection.exec_driver_sql(each)
        engine.dispose()

    def forget_money(self) -> None:
        """Throw the journal away, as if nothing had been booked or closed."""
        self.tamper(
            "TRUNCATE money_entries, money_sums, clearing_periods, statements, liability_reports,"
            " liability_movements",
            "DELETE FROM document_numbers WHERE series = 'STM'",
            "UPDATE money_mark SET place = 0, entry_no = 0",
            "UPDATE claims SET booked = 0",
            "UPDATE coupon_costs SET booked = false",
        )

    def take_back(self, partner: str, purchase: UUID, part_milli: int = 1000) -> None:
        """Return so many thousandths of the purchase's one line."""
        with self.desk.work(self.at(partner)) as work:
            returns.return_lines(work, purchase, {1: part_milli}, key=a_key())

    def burn(self, partner: str, who: Someone, points: int) -> UUID:
        with self.desk.work(self.at(partner)) as work:
            held = redemption.hold(work, Ask(met(work, who), "main", points), key=a_key())
            redemption.capture(work, held.redemption.id, points=points, key=a_key())
        return held.redemption.id

    def expire(self, who: Someone) -> None:
        """Post the end of a member's points whose day is over."""
        with self.desk.work(WORKER) as work:
            ledger.expire(work, who.id, "STAR")

    def log(self) -> None:
        """Log every posting that is not in the log, as the worker would."""
        while True:
            with self.desk.work(WORKER) as work:
                if not log.append(work, at_once=True) and not log.more_to_find(work):
                    return

    def book(self, *, limit: int = 5000) -> int:
        """Log and book everything; return how many postings."""
        self.log()
        done = 0
        while True:
            with self.desk.work(WORKER) as work:
                some = journal.book(work, limit=limit)
            done += some
            if not some:
                return done

    def agree(self, partner: str, **changes: Any) -> None:
        """Change a partner's agreement from today on."""
        with self.desk.work(Actor("cli")) as work:
            before = partners.terms_now(work, self.partners[partner]).agreement_on(work.today())
            terms: dict[str, Any] = {
                "issue_price": before.issue_price, "clauses": before.clauses,
                "reimbursement_rate": before.reimbursement_rate, "backdate_days": 30,
                "return_days": 30, "effective_from": work.today(),
            }  # fmt: skip
            partners.agree(work, self.partners[partner], **terms | changes)

    def refund(self, partner: str, redemption: UUID, points: int) -> None:
        with self.desk.work(self.at(partner)) as work:
            refunds.refund(work, redemption, points=points, key=a_key())

    def transfer(self, partner: str, giver: Someone, taker: Someone, points: int) -> None:
        with self.desk.work(self.at(partner)) as work:
            gift = Gift(met(work, giver), taker.token, points, "main")
            transfers.transfer(work, gift, key=a_key())

    def policy(self, name: str) -> None:
        """Set what becomes of spent points."""
        with self.desk.work(Actor("cli")) as work:
            partners.found_currency(
                work, "Star points", rule=ExpiryRule.MONTH_END, months=12,
                face_value=Decimal("0.01"), debt_policy=name,
            )  # fmt: skip

    def clear_by(self, mode: Mode) -> None:
        with self.desk.work(Actor("cli")) as work:
            clearing_terms.found(work, "STAR", Terms(mode=mode))

    def letter(self, partner_id: UUID | None) -> str:
        """Return a partner's letter, ``O`` for the operator."""
        names = {each: name for name, each in self.partners.items()}
        return names[partner_id] if partner_id is not None else "O"

    def booked(self) -> list[str]:
        """Return the entries in words: ``issued AR:A 120.00 LIAB:deferred_points 10000``."""
        with self.desk.work(WORKER) as work:
            rows = work.rows(ENTRIES)
        return [
            f"{row[0]} {self._account(row[1], row[2])} {self._account(row[3], row[4])}"
            f" {row[5]:+d} {row[7].normalize():f}"
            for row in rows
        ]

    def nets(self) -> dict[str, Decimal]:
        """Return what each party owes (above zero) or is owed by the journal, by its letter."""
        found: dict[str, Decimal] = {}
        with self.desk.work(WORKER) as work:
            for row in work.rows(ENTRIES):
                for party, sign in ((row[2], 1), (row[4], -1)):
                    name = self.letter(party)
                    found[name] = found.get(name, Decimal(0)) + sign * row[7]
        return {name: each.normalize() for name, each in sorted(found.items()) if each}

    def nets_of_points(self) -> dict[str, Decimal]:
        """Return what each party owes for points alone, without taxes, rounding and payments."""
        found: dict[UUID | None, Decimal] = {}
        with self.desk.work(WORKER) as work:
            for row in work.rows(ENTRIES):
                if row[0] in _FOR_POINTS:
                    for party, sign in ((row[2], 1), (row[4], -1)):
                        found[party] = found.get(party, Decimal(0)) + sign * row[7]
        return {self.letter(party): net for party, net in sorted(found.items(), key=str) if net}

    def balances(self) -> dict[str, tuple[Decimal, Decimal]]:
        """Return the trial balance: debits and credits by account, partners by their letters."""
        with self.desk.work(WORKER) as work:
            return {
                self._account(each.account, each.partner_id): (each.debit, each.credit)
                for each in journal.trial_balance(work, "STAR")
            }

    def outstanding(self) -> dict[str, int]:
        """Return the points left of each issuer's lots, as the journal has them and as lots do."""
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.begin() as connection:
            values = (NOBODY, [str(line) for line in POINTS_OF])
            booked = connection.exec_driver_sql(OUTSTANDING, values).all()
            lots = connection.exec_driver_sql(LOTS).all()
        engine.dispose()
        assert dict(booked) == dict(lots)
        return {self.letter(issuer): points for issuer, points in lots}

    def differences(self) -> list[journal.Difference]:
        with self.desk.work(WORKER) as work:
            return list(journal.replay(work, step=7))

    def _account(self, account: str, partner_id: UUID | None) -> str:
        return f"{account}:{self.letter(partner_id)}" if partner_id is not None else account


def an_alliance(
    coalition: Coalition, url: str, clauses: Mapping[str, Clauses] | None = None, **terms: Any
) -> Alliance:
    """Return partners A, B and C with prices of economics §3.2 and stores ``main``.

    Args:
        url: of the database's owner.
        clauses: by a partner's letter.
        terms: of the agreements, where they differ.
    """
    found = Alliance(coalition, url)
    with coalition.desk.work(Actor("cli")) as work:
        for letter in "ABC":
            partner = partners.onboard(
                work, letter.lower(), f"Partner {letter}", trade="retail", plugin="plain",
                settings={}, clauses=(clauses or {}).get(letter, Clauses()), **terms,
            )  # fmt: skip
            partners.add_store(work, partner, coalition.site, "main", "Main", currency="CNY")
            found.partners[letter] = partner
    return found


_WAITS = """
import sys
import time

import psycopg

connection = psycopg.connect(sys.argv[1])
connection.execute(sys.argv[2])
print("in it", flush=True)
time.sleep(60)
"""


def killed_in(url: str, statement: str) -> None:
    """Kill a process in the midst of a transaction, by SIGKILL."""
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    order = [sys.executable, "-S", "-c", _WAITS, plain, statement]
    # Without site: a quick start; what it imports is found where this process found it.
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join(each for each in sys.path if each)}
    with subprocess.Popen(order, stdout=subprocess.PIPE, env=paths) as child:  # noqa: S603 - ours
        assert child.stdout is not None
        assert child.stdout.readline() == b"in it\n"
        child.kill()
