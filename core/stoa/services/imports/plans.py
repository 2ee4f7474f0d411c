"""Plans a part of an import: what each line becomes, as deeds for the ledger.

Each receipt of the stage becomes what a till's report of it would have become: the same facts for
the plugin, the same arithmetic, the same explanation.

A returned line names no purchase. It takes back the member's latest earlier purchases of the same
article at the same store, the latest first, and as many of them as it needs; each of them gets one
reversal. What finds no purchase is told, never guessed.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from stoa.errors import PluginFailedError, PurchaseRefusedError
from stoa.services import earning
from stoa.services.imports.deeds import Deed, reversal, sale
from stoa.services.imports.facts import (
    Bought,
    Person,
    PlanTerms,
    StagedReceipt,
    fill_stock,
    find_own,
    find_people,
    find_stores,
    keep,
)
from stoa.services.imports.lines import WrongRow
from stoa.services.partners import StoreTerms
from stoa.services.purchases import Sold
from stoa.values.amounts import MAX_ENTRY_POINTS
from stoa.values.facts import EarnedLine, Line, Purchase, Tender, TenderKind
from stoa.values.identifiers import new_uuid, public_id
from stoa.values.rates import decimal_text
from stoa.work import Work

__all__ = ["Plan", "plan"]


@dataclass(slots=True)
class Plan:
    """What becomes of a part: its deeds, its wrong rows, and whole numbers by name."""

    deeds: list[Deed] = field(default_factory=list)
    wrong: list[WrongRow] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def plan(work: Work, receipts: Sequence[StagedReceipt], terms: PlanTerms) -> Plan:
    """Plan receipts, given in the order of their member and time.

    Reads who the members are, whose the known receipts are and what may come back; writes nothing.
    """
    return _Planner(work, receipts, terms).plan()


class _Planner:
    def __init__(self, work: Work, receipts: Sequence[StagedReceipt], terms: PlanTerms) -> None:
        self._work = work
        self._receipts = receipts
        self._terms = terms
        self._out = Plan()
        self._today = work.today()
        self._stores = find_stores(work, {each.store_id for each in receipts})
        self._people = people = find_people(work, {each.member for each in receipts}, terms)
        self._own = find_own(
            work,
            [
                (people[each.member].found.id, each.subject_id)
                for each in receipts
                if each.subject_id and each.member in people
            ],
        )
        back = [each for each in receipts if each.returned and not each.subject_id]
        returning = {
            people[each.member].found.id: people[each.member]
            for each in back
            if each.member in people
        }
        for person in returning.values():
            person.returns = True
        if returning:
            fill_stock(work, returning, {each.store_id for each in back})

    def plan(self) -> Plan:
        for receipt in self._receipts:
            person = self._people.get(receipt.member)
            if person is None:
                self._reject(receipt, "MEMBER_UNKNOWN", "No member has this identifier.")
            elif receipt.subject_id in self._own:
                self._out.counts["already_known"] += len(receipt.lines)
            elif receipt.subject_id is not None:
                text = f"Receipt {receipt.receipt_no} is another member's."
                self._reject(receipt, "RECEIPT_ALREADY_CLAIMED", text)
            elif person.found.status != "active":
                self._reject(receipt, "MEMBER_FROZEN", "The membership is frozen.")
            elif receipt.returned:
                self._take_back(person, receipt)
            else:
                self._sell(person, receipt)
        return self._out

    def _sell(self, person: Person, receipt: StagedReceipt) -> None:
        terms, store = self._stores[receipt.store_id]
        if not terms.may_issue:
            self._reject(receipt, "PARTNER_SUSPENDED", f"The partner {terms.code} is suspended.")
            return
        if terms.points.code != self._work.programme.currency:
            text = f"The partner {terms.code} issues points of its own, {terms.points.code}."
            self._reject(receipt, "CURRENCY_NOT_IMPORTED", text)
            return
        purchase_id = new_uuid()
        purchase = _purchase(store, receipt, purchase_id, self._terms.currency)
        status = "posted"
        earned: tuple[EarnedLine, ...] = ()
        try:
            earned = earning.ask(self._work, terms, purchase, person.found)
        except PurchaseRefusedError as wrong:
            self._reject(receipt, "PURCHASE_REFUSED", str(wrong))
            return
        except PluginFailedError:
            status = "pending"
        points = sum(line.points for line in earned)
        if points > person.room or any(line.points > MAX_ENTRY_POINTS for line in earned):
            text = "The wallet or one posting would pass its limit."
            self._reject(receipt, "BALANCE_LIMIT", text)
            return
        person.room -= points
        deed = sale(
            person, receipt, terms=terms, purchase=purchase, purchase_id=purchase_id,
            status=status, earned=earned, today=self._today, tells=self._terms.tells,
        )  # fmt: skip
        self._out.deeds.append(deed)
        person.place += 1
        counts = self._out.counts
        counts["earned"] += len(receipt.lines)
        counts["purchases"] += 1
        counts["pending"] += status == "pending"
        counts["points_earned"] += points
        if person.returns and status == "posted":
            sold = Sold(
                purchase_id, person.found.id, terms.partner_id, store.id, receipt.terminal,
                receipt.receipt_no, purchase.business_date, purchase.occurred_at,
                purchase.currency, deed.total_minor, status, purchase.lines, purchase.tenders, {},
                {}, 0, 0, earned,
            )  # fmt: skip
            keep(person, sold, receipt.lines[0])

    def _take_back(self, person: Person, receipt: StagedReceipt) -> None:
        back: dict[UUID, dict[str, int]] = {}
        bought: dict[UUID, Bought] = {}
        for place, quantity in enumerate(receipt.quantities_milli):
            left = quantity
            stock = person.stock.get((receipt.store_id, receipt.skus[place]), ())
            for each, of_it in reversed(stock):
                if left == 0:
                    break
                if each.sold.occurred_at > receipt.occurred_at:
                    continue
                number = str(of_it.line_no)
                gone = back.get(each.sold.id, each.sold.returned)
                taken = min(left, of_it.quantity_milli - gone.get(number, 0))
                if taken:
                    back[each.sold.id] = {**gone, number: gone.get(number, 0) + taken}
                    bought[each.sold.id] = each
                    left -= taken
            self._count_return(receipt, place, left)
        terms, _ = self._stores[receipt.store_id]
        for place, each in enumerate(bought.values(), 1):
            now_back = back[each.sold.id]
            taken_back, deed = reversal(
                person, receipt, terms=terms, sold=each.sold, back=now_back, place=place,
                currency=self._terms.currency, tells=self._terms.tells,
            )  # fmt: skip
            self._out.deeds.append(deed)
            person.place += 1
            person.room += taken_back
            each.sold = replace(
                each.sold, returned=now_back, status=deed.status, version=deed.version + 1
            )
            self._out.counts["reversals"] += 1
            self._out.counts["points_taken_back"] += taken_back

    def _count_return(self, receipt: StagedReceipt, place: int, left: int) -> None:
        counts, wrong = self._out.counts, self._out.wrong
        line, sku, of = receipt.lines[place], receipt.skus[place], receipt.quantities_milli[place]
        if left == of:
            counts["unmatched_return"] += 1
            text = f"No earlier purchase of {sku} is left to return."
            wrong.append(WrongRow(line, "RETURN_UNMATCHED", text))
            return
        counts["returned"] += 1
        if left:
            counts["partly_returned"] += 1
            rest = f"{decimal_text(left)} of {decimal_text(of)} {receipt.units[place]} of {sku}"
            text = f"{rest} found no earlier purchase."
            wrong.append(WrongRow(line, "RETURN_PARTLY_UNMATCHED", text))

    def _reject(self, receipt: StagedReceipt, code: str, detail: str) -> None:
        self._out.counts["rejected"] += len(receipt.lines)
        self._out.wrong += [WrongRow(line, code, detail) for line in receipt.lines]


def _purchase(
    store: StoreTerms, receipt: StagedReceipt, purchase_id: UUID, currency: str
) -> Purchase:
    facts = zip(
        receipt.skus,
        receipt.categories,
        receipt.quantities_milli,
        receipt.units,
        receipt.nets_minor,
        strict=True,
    )
    lines = tuple(
        Line(number, sku, category, quantity, unit, net, net)
        for number, (sku, category, quantity, unit, net) in enumerate(facts, 1)
    )
    return Purchase(
        public_id("pur", purchase_id), store.code, receipt.occurred_at, receipt.business_date,
        currency, lines, (Tender(TenderKind.OTHER, sum(receipt.nets_minor)),), store.zone,
    )  # fmt: skip
