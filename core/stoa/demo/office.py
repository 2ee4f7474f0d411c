"""The operator's office: it closes the months of the story, pays and is paid, hears a dispute.

It is a month behind, so that whoever looks finds a month that is over and waits to be closed, a
statement that may still be disputed, a dispute to decide and payments on their way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from stoa.demo.shops import SHOPS
from stoa.services import (
    agreements,
    clearing,
    clearing_terms,
    disputes,
    entities,
    journal,
    partners,
    payments,
    rates,
)
from stoa.services.clearing import Frozen
from stoa.services.disputes import Claim
from stoa.services.rates import Quote
from stoa.values.clearing.clauses import Clauses
from stoa.values.clearing.lines import Line
from stoa.values.clearing.statements import Entity
from stoa.values.clearing.terms import Party, Terms, period_of_day
from stoa.work import Actor, Desk, Work

__all__ = ["CREDITED", "DEARER", "HEARD", "Office", "found", "patient"]

HEARD = "coffee"
"""The shop whose dispute waits to be decided, where it has points that were redeemed."""

CREDITED = "grocery"
"""The shop whose dispute was credited."""


DEARER = "bakery"
"""The shop whose new price waits for a second person."""

_DEARER = Decimal("0.0126")
_OFFICE = Actor("demo")
_OPERATOR = Actor("cli")
_TAX = "VAT6"
_PAID_AFTER = timedelta(days=19)
_HKD = ("1.0812", "1.0835", "1.0790", "1.0768", "1.0821", "1.0850", "1.0804")
_MOST_POINTS = 300
_PAID_AT_ONCE = 3
_OPERATING = Party(
    "Harbour Alliance Ltd 海港联盟有限公司", ("1 Harbour Road 外滩路1号", "200002 Shanghai 上海"),
    "91310000MA1HARBOUR", "6222020000000018", "BKCHCNBJ300",
)  # fmt: skip
_STREETS = (
    "Nanjing Road 南京路",
    "Zhongshan Road 中山路",
    "Huaihai Road 淮海路",
    "Fuzhou Road 福州路",
)
_DOUBLE = "The till of our counter lost its line at noon and captured these points twice."
_BACK = "These goods came back, and the return was never reported."
_SLIP = b"12:04:31 captured, no answer\n12:04:58 captured again, answered\n"


def found(work: Work, shops: Mapping[str, UUID], since: date) -> None:
    """Say as whom everybody signs, which tax there is, and by which terms points are cleared."""
    code = work.programme.currency
    terms = Terms(
        operator=_OPERATING, reserve_ratio=Decimal("0.8"), effective_from=period_of_day(since)
    )
    clearing_terms.found(work, code, terms)
    rates.enter_tax(
        work, _TAX, "VAT 6% 增值税", Decimal("0.06"), effective_from=since.replace(day=1)
    )
    for number, shop in enumerate(SHOPS, 1):
        street = f"{number * 8} {_STREETS[number % len(_STREETS)]}"
        entity = Entity(
            f"{shop.name} Ltd", address=(street, "200001 Shanghai 上海"),
            tax_number=f"913100{number:012}", account=f"62220200000{number * 7:05}",
            bic="BKCHCNBJ300",
        )  # fmt: skip
        entities.change(work, shops[shop.code], entity)


def patient(clauses: Clauses) -> Clauses:
    """Return a shop's clauses with more time to dispute and to pay, as the office is late."""
    return replace(clauses, dispute_days=75, payment_days=60)


class Office:
    """What the office does as months end.

    Args:
        shops: partners by their codes; `clients` likewise: their ids and secrets.
        last: the first day of the story's last month.
    """

    def __init__(
        self,
        desk: Desk,
        shops: Mapping[str, UUID],
        clients: Mapping[str, tuple[str, str]],
        *,
        last: date,
    ) -> None:
        self._desk = desk
        self._partners = shops
        self._clients = clients
        self._last = last
        self._credits = period_of_day(_before(_before(_before(last))))
        self._waits = ""
        self._turns = 0

    def turn(self, month: date) -> None:
        """Let a month begin: what was proposed was paid, and the one before it is closed.

        The last but one is closed a month late, and the last waits for whoever looks.

        Args:
            month: its first day.
        """
        over = _before(month)
        self._turns += 1
        rate = Decimal(_HKD[self._turns % len(_HKD)])
        with self._desk.work(_OPERATOR) as work:
            quote = Quote("CNY", "HKD", rate, month - timedelta(days=1), "demo")
            rates.enter_rates(work, [quote])
        if self._waits:
            self._pay(over + _PAID_AFTER)
            self._waits = ""
        if month == self._last:
            self._close(period_of_day(_before(over)))
        elif month != _before(self._last):
            self._close(period_of_day(over))

    def finish(self) -> None:
        """Let somebody dispute, send to the bank what goes out, and a few have paid already.

        A new price waits for a second person.
        """
        self._propose()
        if not self._waits:
            return
        with self._desk.work(_OFFICE) as work:
            kept = clearing.statements_of(work, period=self._waits)
        self._dispute(
            HEARD, kept, (Line.BURNED, "duplicate", _DOUBLE), evidence=("till.txt", _SLIP)
        )
        with self._desk.work(_OFFICE) as work:
            self._send(work)
        with self._desk.work(_OFFICE) as work:
            coming = payments.listed(
                work, period=self._waits, state="proposed", direction="in", limit=_PAID_AT_ONCE
            )
            for each in coming:
                payments.record(work, each.id, bank_date=work.today())

    def _propose(self) -> None:
        with self._desk.work(_OFFICE) as work:
            partner_id = self._partners[DEARER]
            terms = partners.terms_now(work, partner_id).agreement_on(work.today())
            draft = replace(agreements.draft_of(terms), issue_price=_DEARER)
            first = (work.today().replace(day=1) + timedelta(days=32)).replace(day=1)
            agreements.propose(
                work, partner_id, draft, effective_from=first, note="The price of the new year."
            )

    def _close(self, period: str) -> None:
        done = 1
        while done:
            with self._desk.work(_OFFICE) as work:
                done = clearing.catch_up(work)
        with self._desk.work(_OFFICE) as work:
            while journal.book_dues(work):
                pass
            if not journal.sums(work, work.programme.currency, since=period, until=period):
                return
            closed = clearing.close(work, period)
        self._waits = period
        if period == self._credits:
            self._credit(closed.statements)
        with self._desk.work(_OFFICE) as work:
            payments.propose(work, work.programme.currency, period)

    def _pay(self, day: date) -> None:
        """Send what goes out, and record that all of the last period was moved on a day."""
        with self._desk.work(_OFFICE) as work:
            self._send(work)
            for state in ("sent", "proposed"):
                for each in payments.listed(work, period=self._waits, state=state):
                    payments.record(work, each.id, bank_date=day)

    def _send(self, work: Work) -> None:
        going = payments.listed(work, period=self._waits, state="proposed", direction="out")
        for money in sorted({each.currency for each in going}):
            payments.make_file(
                work, work.programme.currency, money, period=self._waits, execute_on=work.today()
            )

    def _credit(self, kept: Sequence[Frozen]) -> None:
        opened = self._dispute(CREDITED, kept, (Line.ISSUED, "returned", _BACK))
        if opened is not None:
            with self._desk.work(_OFFICE) as work:
                note = "The return is proven by the slip; it is credited."
                disputes.resolve(work, opened, "credited", note=note)

    def _dispute(
        self,
        first: str,
        kept: Sequence[Frozen],
        claimed: tuple[Line, str, str],
        *,
        evidence: tuple[str, bytes] | None = None,
    ) -> UUID | None:
        """Dispute a line of a shop's statement, of the next shop's where it has no such line."""
        name, reason, text = claimed
        for shop in sorted(self._partners, key=lambda code: (code != first, code)):
            mine = next((one for one in kept if one.partner_id == self._partners[shop]), None)
            line = next(iter(mine.statement.lines_of(name)), None) if mine else None
            if mine is None or line is None or line.memo or len(line.rates) > 1 or not line.minor:
                continue
            claim = Claim(
                line.line, line.counterparty, points=min(abs(line.points), _MOST_POINTS),
                reason=reason, text=text, evidence=evidence,
            )  # fmt: skip
            actor = Actor(f"client:{self._clients[shop][0]}", self._partners[shop])
            with self._desk.work(actor) as work:
                return disputes.open_dispute(work, mine.id, claim).id
        return None


def _before(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)
