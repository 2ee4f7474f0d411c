"""Earn: estimate what a purchase earns, take the purchase, post its points; ask again later.

Facts in, lines out (`stoa.services.reckoning`), then one posting. A purchase is one reading and one
writing statement: what campaigns ask of the member is read with the member, and what they pay is
taken from their caps and budgets with the posting. Where one of these has less left than was read,
the purchase is reckoned again with what is left, and posted then.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from stoa.errors import (
    BackdateTooOldError,
    LinesDoNotSumError,
    MemberFrozenError,
    OccursInFutureError,
    PartnerFundingExhaustedError,
    PartnerSuspendedError,
    PluginFailedError,
    PurchaseUnknownError,
    RedemptionUnknownError,
    StoreUnknownError,
    WalletBusyError,
)
from stoa.services import (
    campaigns,
    currencies,
    funding,
    idempotency,
    ledger,
    members,
    mergers,
    partners,
    purchases,
    tiers,
)
from stoa.services.campaigns import Buyer, Wanted
from stoa.services.ledger import Balance, KeyUsedError, LimitReachedError
from stoa.services.members import Found, Token
from stoa.services.partners import StoreTerms, Terms
from stoa.services.reckoning import Reckoned, based, completed, earned_lines, explained, reckon
from stoa.services.rules import EarnRules
from stoa.values.amounts import share
from stoa.values.campaigns import Limit
from stoa.values.facts import EarnedLine, Line, Purchase, Standing, Tender, TenderKind
from stoa.values.identifiers import new_uuid, public_id, uuid_of
from stoa.values.periods import local_day
from stoa.values.wire import as_json, from_json
from stoa.work import Key, Work, alliance_wide

__all__ = [
    "Earned",
    "Report",
    "ReportLine",
    "as_purchase",
    "ask",
    "earn",
    "earned_lines",
    "estimate",
    "explained",
    "reckon",
    "settle",
]

_AHEAD = timedelta(minutes=5)
_NO_POINTS_ON = (TenderKind.POINTS, TenderKind.GIFT_CARD, TenderKind.COUPON)
_TRIES = 20
"""How often a purchase is reckoned again when others took what campaigns had left meanwhile."""


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One line of a receipt as a till reports it; `earn` is off for what never earns."""

    line_no: int
    sku: str
    category: str
    quantity_milli: int
    unit: str
    net_minor: int
    earn: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """A purchase as a till reports it.

    Attributes:
        store: the store's code or public id.
        occurred_at: aware.
        business_date: the day of the till; the store's local day where ``None``.
        currency: ISO 4217, of every amount in minor units.
        tenders: what it was paid with; one of the whole sum where empty.
    """

    member: Token
    store: str
    terminal: str
    receipt_no: str
    occurred_at: datetime
    currency: str
    lines: tuple[ReportLine, ...]
    tenders: tuple[Tender, ...] = ()
    business_date: date | None = None


@dataclass(frozen=True, slots=True)
class Earned:
    """What became of a purchase; `replayed` when the key had done it before.

    What the till may take off for the tier, in hundredths of a percent, and whether the points are
    funded by those who pay for them, is told by estimates alone.
    Its points can be spent from the day `available_on`; ``None`` where there are none.
    """

    purchase_id: UUID
    member_id: UUID
    status: str
    lines: tuple[EarnedLine, ...]
    balance: Balance
    available_on: date | None
    replayed: bool = False
    discount_basis_points: int = 0
    funded: bool = True

    @property
    def points(self) -> int:
        """All points of the purchase."""
        return sum(line.points for line in self.lines)


@alliance_wide
def estimate(work: Work, report: Report) -> Earned:
    """Tell what a purchase would earn; write nothing.

    Raises:
        StoaError: as `earn` does, but for keys and receipts.
        PluginFailedError: the partner's plugin did not answer.
    """
    partner_id, purchase_id = _partner(work), new_uuid()
    early = _foreseen(work, partner_id, report, purchase_id)
    terms, found, _ = members.meet(work, partner_id, report.member, None, also=_column(early))
    store = _accepted(work, terms, report, found)
    purchase = as_purchase(store, report, purchase_id)
    rules = _rules(terms, found)
    base = based(work, purchase, rules)
    offer = campaigns.offered(
        work, campaigns.meet(work, found.rulebook), (terms, store, purchase), _buyer(found),
        base=_sum(base), early=early, known_of=found.known,
    )  # fmt: skip
    if offer is not None:
        for code, points in campaigns.left(work, [each.code for each in offer.campaigns]).items():
            offer = offer.limited(code, Limit(points, "budget"))
    lines = completed(work, purchase, replace(rules, offer=offer), base).lines
    balance = currencies.statement(work, found.id, terms.points.code).balance
    days = _days(work, terms, purchase)
    legs = purchases.legs(lines, terms.partner_id)
    price = terms.agreement_on(purchase.business_date).issue_price
    lacking = funding.unfunded(work, terms.points.code, legs, price=price)
    return Earned(
        new_uuid(), found.id, "estimate", lines, balance, days.available_on if lines else None,
        discount_basis_points=found.discount_basis_points, funded=lacking is None,
    )  # fmt: skip


@alliance_wide
def earn(work: Work, report: Report, *, key: Key) -> Earned:
    """Take a purchase and post what it earns, exactly once for the key and for the receipt.

    When the partner's plugin fails, the purchase is kept as ``pending`` without points, and the
    worker asks again: a till never loses a sale.

    Raises:
        MemberUnknownError: nobody has this token.
        MemberFrozenError: the membership is frozen.
        StoreUnknownError: the partner has no such store.
        PartnerSuspendedError: the partner may not issue.
        LinesDoNotSumError: tenders and lines differ.
        BackdateTooOldError: the agreement takes no purchase that old.
        OccursInFutureError: it lies more than five minutes ahead.
        RedemptionUnknownError: a tender names a redemption that the partner never captured.
        PurchaseRefusedError: the partner's plugin refused it.
        ReceiptClaimedError: the receipt was reported before.
        PartnerFundingExhaustedError: the partner has not funded the points that it pays.
        IdempotencyMismatchError: the key belongs to another request.
    """
    partner_id, purchase_id = _partner(work), new_uuid()
    early = _foreseen(work, partner_id, report, purchase_id)
    terms, found, used = members.meet(work, partner_id, report.member, key, also=_column(early))
    if used is not None:
        return _again(work, used)
    store = _accepted(work, terms, report, found)
    purchase = as_purchase(store, report, purchase_id)
    status, rules = "posted", _rules(terms, found)
    base: tuple[EarnedLine, ...] = ()
    try:
        base = based(work, purchase, rules)
        offer = campaigns.offered(
            work, campaigns.meet(work, found.rulebook), (terms, store, purchase), _buyer(found),
            base=_sum(base), early=early, known_of=found.known,
        )  # fmt: skip
        rules = replace(rules, offer=offer)
    except PluginFailedError:
        status = "pending"
    try:
        lines, balance = _posted(
            work, purchase, rules, base,
            lambda reckoned: _post(
                work, terms, store=store, purchase=purchase, found=found, report=report,
                reckoned=reckoned, status=status, key=key, purchase_id=purchase_id,
            ),
            seller=partner_id,
        )  # fmt: skip
    except KeyUsedError:
        return _again(work, idempotency.find(work, terms.partner_id, key))
    if not lines:  # no event tells of it, but it is a visit, and money spent
        tiers.recheck(work, found.id, version=found.rulebook)
    available_on = _days(work, terms, purchase).available_on if lines else None
    return Earned(purchase_id, found.id, status, lines, balance, available_on)


_PENDING = f"""
SELECT p.partner_id, p.store_id, p.terminal, p.receipt_no, p.business_date, p.occurred_at,
       p.money_currency, p.total_minor, p.lines, p.tenders, a.version,
       coalesce((SELECT b.version FROM rulebooks b WHERE b.effective_at <= p.received_at
                  ORDER BY b.version DESC LIMIT 1), 0), {members.COLUMNS}
  FROM purchases p JOIN members m ON m.id = p.member_id JOIN partners a ON a.id = p.partner_id
 WHERE p.member_id = %(member)s AND p.id = %(purchase)s AND p.status = 'pending'
"""  # noqa: S608 - constants


@alliance_wide
def settle(work: Work, member_id: UUID, purchase_id: UUID) -> Earned:
    """Ask the plugin again about a pending purchase and post its points.

    Campaigns are those of the time when it was reported, with the budgets of now.

    Raises:
        PurchaseUnknownError: no such purchase is pending.
        PluginFailedError: the plugin failed again; the purchase stays pending.
        StaleError: another worker came first.
    """
    values = {"member": member_id, "purchase": purchase_id, "now": work.now()}
    rows = work.rows(_PENDING, values)
    if not rows:
        raise PurchaseUnknownError
    row = rows[0]
    terms = partners.terms(work, row[0], version=row[10])
    store = terms.store_of(row[1])
    found = members.found(work, row[12:])
    purchase = Purchase(
        public_id("pur", purchase_id), store.code, row[5], row[4], row[6],
        from_json(tuple[Line, ...], row[8]), from_json(tuple[Tender, ...], row[9]),
        store.zone,
    )  # fmt: skip
    report = Report(Token("", ""), store.code, row[2], row[3], row[5], row[6], (), (), row[4])
    rules = _rules(terms, found)
    base, book = based(work, purchase, rules), campaigns.at(work, row[11])
    sale = (terms, store, purchase)
    offer = campaigns.offered(work, book, sale, _buyer(found), base=_sum(base))
    rules = replace(rules, offer=offer)

    def post(reckoned: Reckoned) -> Balance:
        return _post(
            work, terms, store=store, purchase=purchase, found=found, report=report,
            reckoned=reckoned, status="posted", key=None, purchase_id=purchase_id, settles=True,
        )  # fmt: skip

    lines, balance = _posted(
        work, purchase, rules, base,
        lambda reckoned: mergers.passed_on(work, member_id, lambda: post(reckoned)),
        seller=terms.partner_id,
    )  # fmt: skip
    available_on = _days(work, terms, purchase).available_on if lines else None
    return Earned(purchase_id, member_id, "posted", lines, balance, available_on)


def ask(work: Work, terms: Terms, purchase: Purchase, found: Found) -> tuple[EarnedLine, ...]:
    """Ask what a purchase of the past earns: no campaign holds for it; raises as `reckon`."""
    return reckon(work, purchase, _rules(terms, found))


def as_purchase(store: StoreTerms, report: Report, purchase_id: UUID) -> Purchase:
    """Return what a plugin is shown; what points, gift cards and coupons paid earns nothing.

    The part paid so is shared over all lines by their amounts.

    Raises:
        LinesDoNotSumError: the tenders are not the lines' sum.
    """
    total = sum(line.net_minor for line in report.lines)
    tenders = report.tenders or (Tender(TenderKind.OTHER, total),)
    paid = sum(tender.minor for tender in tenders)
    if paid != total:
        raise LinesDoNotSumError(lines_minor=total, tenders_minor=paid)
    no_points = sum(tender.minor for tender in tenders if tender.kind in _NO_POINTS_ON)
    if no_points:
        parts = share(no_points, [line.net_minor for line in report.lines])
    else:
        parts = [0] * len(report.lines)
    lines = tuple(
        Line(
            line.line_no, line.sku, line.category, line.quantity_milli, line.unit, line.net_minor,
            line.net_minor - part if line.earn else 0,
        )
        for line, part in zip(report.lines, parts, strict=True)
    )  # fmt: skip
    day = report.business_date or local_day(report.occurred_at, store.zone)
    return Purchase(
        public_id("pur", purchase_id), store.code, report.occurred_at, day, report.currency, lines,
        tenders, store.zone,
    )  # fmt: skip


def _rules(terms: Terms, found: Found) -> EarnRules:
    return EarnRules(
        terms.plugin, terms.settings, Standing(found.tier, found.rank), found.uplift_percent,
        terms.points.expiry, terms.points.rounding, f"partner:{terms.code}", terms.version,
        f"ladder:{found.ladder}", found.ladder_version,
    )  # fmt: skip


def _foreseen(work: Work, partner_id: UUID, report: Report, purchase_id: UUID) -> Wanted | None:
    """Return what campaigns would ask, by what is remembered; `None` where that is nothing."""
    book, terms = campaigns.now(work), partners.remembered(work, partner_id)
    if book is None or terms is None or not book.campaigns:
        return None
    store = terms.store(report.store)
    if store is None:
        return None
    try:
        purchase = as_purchase(store, report, purchase_id)
    except LinesDoNotSumError:
        return None  # refused in its turn
    return campaigns.wanted(work, book, terms, store, purchase)


def _column(early: Wanted | None) -> campaigns.Column:
    return early.column if early is not None else campaigns.NO_COLUMN


def _buyer(found: Found) -> Buyer:
    return Buyer(found.id, found.tier, found.enrolled_at)


def _sum(lines: Sequence[EarnedLine]) -> int:
    return sum(line.points for line in lines)


def _posted(
    work: Work,
    purchase: Purchase,
    rules: EarnRules,
    base: Sequence[EarnedLine],
    post: Callable[[Reckoned], Balance],
    *,
    seller: UUID,
) -> tuple[tuple[EarnedLine, ...], Balance]:
    """Post what a purchase earns; reckon it again while others take what campaigns had left."""
    for tried in range(_TRIES + 1):
        reckoned = completed(work, purchase, rules, base)
        try:
            return reckoned.lines, post(reckoned)
        except LimitReachedError as reached:
            if rules.offer is None:
                raise
            campaigns.note_limit(work, reached)
            left = reached.left if tried < _TRIES else 0
            offer = rules.offer.limited(reached.campaign, Limit(left, reached.by))
            rules = replace(rules, offer=offer)
        except PartnerFundingExhaustedError as short:
            offer = campaigns.without(work, rules.offer, reckoned.awarded, short, seller=seller)
            rules = replace(rules, offer=offer)
    raise WalletBusyError


def _partner(work: Work) -> UUID:
    if work.actor.partner_id is None:
        raise PartnerSuspendedError("Purchases are reported by partners.")
    return work.actor.partner_id


def _accepted(work: Work, terms: Terms, report: Report, found: Found) -> StoreTerms:
    if not terms.may_issue:
        raise PartnerSuspendedError
    store = terms.store(report.store)
    if store is None:
        raise StoreUnknownError
    if found.status != "active":
        raise MemberFrozenError
    if report.occurred_at > work.now() + _AHEAD:
        raise OccursInFutureError
    day = report.business_date or local_day(report.occurred_at, store.zone)
    today = local_day(work.now(), store.zone)
    limit = terms.agreement_on(today).backdate_days
    if (today - day).days > limit:
        raise BackdateTooOldError(backdate_days=limit)
    if day > today + timedelta(days=1):
        raise OccursInFutureError
    if any(tender.redemption and tender.kind == TenderKind.POINTS for tender in report.tenders):
        _check_redemptions(work, terms, report.tenders)
    return store


_CAPTURED = """
SELECT count(*) FROM holds WHERE id = ANY(%s) AND partner_id = %s AND state = 'captured'
"""


def _check_redemptions(work: Work, terms: Terms, tenders: Sequence[Tender]) -> None:
    """Refuse tenders that name a redemption which the partner never captured."""
    points = [each for each in tenders if each.kind == TenderKind.POINTS]
    named = {each.redemption for each in points if each.redemption}
    ids = [uuid_of("hld", name) for name in named]
    found = 0 if None in ids else work.rows(_CAPTURED, (ids, terms.partner_id))[0][0]
    if found != len(named):
        raise RedemptionUnknownError


def _post(
    work: Work,
    terms: Terms,
    *,
    store: StoreTerms,
    purchase: Purchase,
    found: Found,
    report: Report,
    reckoned: Reckoned,
    status: str,
    key: Key | None,
    purchase_id: UUID,
    settles: bool = False,
) -> Balance:
    lines = reckoned.lines
    agreement = terms.agreement_on(purchase.business_date)
    days = _days(work, terms, purchase)
    legs = purchases.legs(lines, terms.partner_id)
    facts = {
        "purchase": purchase.id,
        "member": public_id("mem", found.id),
        "store": store.code,
        "points": sum(line.points for line in lines),
        "business_date": purchase.business_date.isoformat(),
    }
    return ledger.earn(
        work, found.id, terms.points.code, partner_id=terms.partner_id, store_id=store.id, key=key,
        purchase_id=purchase_id, settles=settles, status=status, terminal=report.terminal,
        receipt_no=report.receipt_no, business_date=purchase.business_date,
        occurred_at=purchase.occurred_at, money_currency=purchase.currency,
        total_minor=sum(line.net_minor for line in purchase.lines),
        lines=json.dumps(as_json(purchase.lines)), tenders=json.dumps(as_json(purchase.tenders)),
        explanation=explained(terms, agreement.version, found, reckoned), legs=legs,
        price=agreement.issue_price, available_on=days.available_on, pending=days.pending,
        expires_on=days.expires_on, facts=facts,
        uses=reckoned.awarded.uses(purchase.business_date),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Days:
    available_on: date
    expires_on: date | None
    pending: bool


def _days(work: Work, terms: Terms, purchase: Purchase) -> _Days:
    today = work.today()
    day = purchase.business_date
    expires_on = terms.points.expiry.last_day(day)
    available_on = terms.agreement_on(day).available_on(day, today, expires_on)
    return _Days(available_on, expires_on, pending=available_on > today)


_AGAIN = """
SELECT CASE WHEN t.recorded_at > p.received_at THEN 'pending' ELSE p.status END,
       CASE WHEN t.recorded_at = p.received_at THEN t.explanation END, o.available_on
  FROM purchases p
  LEFT JOIN transactions t ON t.member_id = p.member_id AND t.id = p.id
  LEFT JOIN postings o
    ON o.member_id = t.member_id AND o.currency = t.currency AND o.seq = t.first_seq
 WHERE p.member_id = %s AND p.id = %s
"""


def _again(work: Work, used: idempotency.Used | None) -> Earned:
    if used is None:
        raise PurchaseUnknownError
    rows = work.rows(_AGAIN, (used.member_id, used.subject_id))
    if not rows:
        raise PurchaseUnknownError
    explanation = rows[0][1]
    lines = earned_lines(explanation) if explanation else ()
    status = "posted" if explanation or rows[0][0] != "pending" else "pending"
    return Earned(
        used.subject_id, used.member_id, status, lines, used.balance,
        rows[0][2] if lines else None, replayed=True,
    )  # fmt: skip
