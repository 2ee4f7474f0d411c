"""Checkouts: a purchase that names coupons is reported, and they are redeemed, in one transaction.

The lines of such a purchase are what the goods cost before its coupons, its tenders what was paid
beside them. What each coupon takes off is kept as a tender of the kind ``coupon``, which names its
use: as what is paid with points it earns nothing, and goes back with the goods by its share.

A purchase without coupons is earned as ever, by one reading and one writing statement.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from stoa.errors import CouponRefusedError, LinesDoNotSumError, ReceiptClaimedError
from stoa.services import earning, idempotency, ledger, members, purchases
from stoa.services.coupons import Ticket, Use, Validation, basket
from stoa.services.earning import Earned, Report
from stoa.services.idempotency import Used
from stoa.services.partners import Terms
from stoa.services.purchases import Place
from stoa.values.coupons import Article
from stoa.values.facts import Tender, TenderKind
from stoa.values.identifiers import public_id
from stoa.values.periods import local_day
from stoa.work import Key, Work

__all__ = ["Checkout", "Foreseen", "Sale", "earn", "estimate"]


@dataclass(frozen=True, slots=True)
class Sale:
    """A purchase as a till reports it, and the codes of the coupons that it shall redeem."""

    report: Report
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checkout:
    """What became of a purchase, and the uses of its coupons."""

    earned: Earned
    uses: tuple[Use, ...] = ()


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a purchase would earn, and what each of its coupons would take off, or why it won't."""

    earned: Earned
    coupons: tuple[Validation, ...] = ()


def earn(work: Work, sale: Sale, *, key: Key) -> Checkout:
    """Take a purchase with its coupons: all of it, or nothing, once for the key and the receipt.

    Raises:
        StoaError: as `earning.earn`.
        CouponUnknownError: there is no such code.
        TooManyGuessesError: too many wrong codes came before.
        CouponRefusedError: a coupon is not taken; `last4` tells which, `reason` why.
        WalletBusyError: the wallet, the receipt or a code stayed locked for too long.
    """
    report = sale.report
    partner_id = work.actor.partner_id
    if not sale.codes or partner_id is None:
        return Checkout(earning.earn(work, report, key=key))
    terms, found, used = members.meet(work, partner_id, report.member, key)
    if used is not None:
        return _again(work, report, key)
    shown = basket.show(work, sale.codes, store=report.store, member=report.member)
    ticket = _ticket(report)
    work.session.connection()
    try:
        with work.session.begin_nested():
            ledger.lock_wallets(work, [(found.id, terms.points.code)])
            _refuse_done(work, partner_id, key)
            uses = basket.redeem(work, shown, ticket)
            earned = _once(earning.earn(work, _paid(report, uses), key=key))
    except _DoneError:
        return _again(work, report, key)
    except CouponRefusedError:
        if _is_claimed(work, terms, report):
            raise ReceiptClaimedError from None
        raise
    return Checkout(earned, tuple(uses))


def estimate(work: Work, sale: Sale) -> Foreseen:
    """Tell what a purchase would earn with the coupons that it would take; nothing is written.

    Raises:
        StoaError: as `earning.estimate`.
        CouponUnknownError: there is no such code.
        TooManyGuessesError: too many wrong codes came before.
    """
    report = sale.report
    if not sale.codes:
        return Foreseen(earning.estimate(work, report))
    shown = basket.show(work, sale.codes, store=report.store, member=report.member)
    told = basket.foresee(work, shown, _ticket(report))
    off = [Tender(TenderKind.COUPON, each.discount.minor) for each in told if each.discount]
    return Foreseen(earning.estimate(work, _with(report, off)), tuple(told))


class _DoneError(Exception):
    """The key has had its effect meanwhile."""


def _refuse_done(work: Work, partner_id: UUID, key: Key) -> None:
    used: Used | None = idempotency.find(work, partner_id, key)
    if used is not None:
        raise _DoneError


def _once(earned: Earned) -> Earned:
    if earned.replayed:  # whoever else had the key, the coupons are not taken twice
        raise _DoneError
    return earned


def _again(work: Work, report: Report, key: Key) -> Checkout:
    earned = earning.earn(work, report, key=key)
    sold = purchases.find(work, earned.purchase_id)
    return Checkout(earned, tuple(basket.find(work, purchases.coupon_uses(sold.tenders))))


def _paid(report: Report, uses: Sequence[Use]) -> Report:
    return _with(
        report,
        [
            Tender(TenderKind.COUPON, each.discount.minor, public_id("cpu", each.id))
            for each in uses
        ],
    )


def _with(report: Report, off: Sequence[Tender]) -> Report:
    """Return a report whose tenders hold what the coupons take off beside what was paid."""
    total = _total(report)
    rest = total - sum(each.minor for each in off)
    paid = report.tenders or (Tender(TenderKind.OTHER, rest),)
    if sum(each.minor for each in paid) != rest:
        raise LinesDoNotSumError(lines_minor=rest, tenders_minor=sum(each.minor for each in paid))
    return replace(report, tenders=(*paid, *off))


def _ticket(report: Report) -> Ticket:
    articles = tuple(
        Article(line.sku, line.net_minor, line.quantity_milli) for line in report.lines
    )
    return Ticket(_total(report), report.currency, articles, report.receipt_no)


def _total(report: Report) -> int:
    return sum(line.net_minor for line in report.lines)


def _is_claimed(work: Work, terms: Terms, report: Report) -> bool:
    store = terms.store(report.store)
    if store is None:
        return False
    day = report.business_date or local_day(report.occurred_at, store.zone)
    place = Place(store.id, report.terminal, report.receipt_no, day)
    return purchases.find_by_receipt(work, place) is not None
