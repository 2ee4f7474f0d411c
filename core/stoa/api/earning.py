"""Doors of earning: an estimate, a purchase reported, a purchase as it stands."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from apiflask import APIBlueprint
from marshmallow import ValidationError, fields, post_load

from stoa.api import answers
from stoa.api.answers import AnswerSchema, BalanceAnswer, EarnedLineAnswer, MoneyAnswer
from stoa.api.couponing import Codes
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import (
    MAX_MINOR,
    Currency,
    Day,
    DecimalText,
    Instant,
    Switch,
    Text,
    Whole,
    Word,
    minor_of,
)
from stoa.api.schemas import Items, MemberToken, Part, StrictSchema
from stoa.errors import (
    BackdateTooOldError,
    BalanceLimitError,
    CodeExpiredError,
    CouponRefusedError,
    CouponUnknownError,
    LinesDoNotSumError,
    MemberFrozenError,
    MemberMergedError,
    MemberUnknownError,
    OccursInFutureError,
    PartnerFundingExhaustedError,
    PartnerSuspendedError,
    PluginFailedError,
    PurchaseRefusedError,
    PurchaseUnknownError,
    ReceiptClaimedError,
    RedemptionUnknownError,
    StoreUnknownError,
    TooManyGuessesError,
    WalletBusyError,
)
from stoa.services import backs, checkouts, purchases
from stoa.services.checkouts import Checkout, Foreseen, Sale
from stoa.services.earning import Report, ReportLine
from stoa.services.members import Token
from stoa.services.purchases import Sold
from stoa.values.amounts import Money, Rounding, divide
from stoa.values.facts import Tender, TenderKind
from stoa.values.identifiers import public_id, uuid_of
from stoa.values.rates import decimal_text
from stoa.work import Work

__all__ = ["PurchaseBody", "SoldAnswer", "create_blueprint", "earned_answer", "sold_answer"]

_MAX_LINE_NO = 9999
_PAID = tuple(kind for kind in TenderKind if kind is not TenderKind.COUPON)
_REFUSES = [
    MemberUnknownError, MemberMergedError, MemberFrozenError, StoreUnknownError,
    PartnerSuspendedError, LinesDoNotSumError, BackdateTooOldError, OccursInFutureError,
    PurchaseRefusedError, RedemptionUnknownError, CodeExpiredError, CouponUnknownError,
    TooManyGuessesError,
]  # fmt: skip


class LineBody(StrictSchema):
    """One line of a receipt."""

    line_no = Whole(1, _MAX_LINE_NO, required=True)
    sku = Text(1, 64, required=True, metadata={"examples": ["4006381333931"]})
    category = Text(0, 64, metadata={"description": "your own word for the kind of article"})
    quantity = DecimalText(3, low=1, required=True)
    unit = Text(1, 16, metadata={"examples": ["ea", "L", "kg"]})
    net = DecimalText(required=True, metadata={"description": "after discount, tax included"})
    earn = Switch(metadata={"description": "false for what never earns"})


class TenderBody(StrictSchema):
    """One means of payment."""

    kind = Word(_PAID, required=True)
    amount = DecimalText(required=True)
    redemption_id = Text(1, 64, metadata={"description": "of points: what took them"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:  # noqa: ANN401 - marshmallow's
        """Return the fields; only points have a redemption."""
        if "redemption_id" in data and data["kind"] != TenderKind.POINTS:
            raise ValidationError({"redemption_id": ["Only points come from a redemption."]})
        return data


class EstimateBody(StrictSchema):
    """A purchase that is not made yet."""

    member = Part(MemberToken, required=True)
    store = Text(1, 64, required=True, metadata={"description": "code or id of your store"})
    terminal = Text(0, 64)
    receipt_no = Text(1, 64, metadata={"examples": ["R-1001"]})
    occurred_at = Instant(required=True)
    business_date = Day(metadata={"description": "the till's day; else the store's local day"})
    currency = Currency(required=True)
    lines = Items(LineBody, required=True)
    tenders = Items(
        TenderBody, metadata={"description": "add up to the lines, less what coupons take off"}
    )
    coupons = Codes(metadata={"description": "codes to be redeemed with the purchase"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Sale:  # noqa: ANN401 - marshmallow's
        """Return the sale of the deeds, with amounts in minor units."""
        codes = data.pop("coupons", ())
        return Sale(_report(**data), codes)


class PurchaseBody(EstimateBody):
    """A purchase as the till reports it; a receipt number may come once a day and till."""

    receipt_no = Text(1, 64, required=True, metadata={"examples": ["R-1001"]})


_FROM = {"description": "the first day on which the points can be spent; later than today: pending"}


class PointsAnswer(AnswerSchema):
    """Points that a purchase would earn."""

    base = fields.Integer()
    uplift = fields.Integer(metadata={"description": "added for the member's tier"})
    campaign = fields.Integer(metadata={"description": "added by campaigns"})
    total = fields.Integer()


class DiscountAnswer(AnswerSchema):
    """What your till takes off for the member's tier, rounded down, and the total after it."""

    basis_points = fields.Integer(metadata={"description": "500 are 5 percent"})
    amount = fields.String(metadata={"examples": ["44.00"]})
    total = fields.String(metadata={"examples": ["836.00"]})


class SeenCouponAnswer(AnswerSchema):
    """A coupon that the purchase would redeem, and what it would take off, or why it would not."""

    last4 = fields.String(metadata={"examples": ["3XTE"]})
    pool = fields.String()
    valid = fields.Boolean()
    reason = fields.String(allow_none=True, metadata={"description": "why it is not taken"})
    discount = fields.Nested(MoneyAnswer, allow_none=True)


class TakenCouponAnswer(AnswerSchema):
    """A coupon that was redeemed with the purchase, and what it took off."""

    use_id = fields.String(metadata={"examples": ["cpu_01m8156q9v6r8j3n5w2k7d4fzt"]})
    last4 = fields.String(metadata={"examples": ["3XTE"]})
    pool = fields.String()
    discount = fields.Nested(MoneyAnswer)


class EstimateAnswer(AnswerSchema):
    """What a purchase would earn; nothing was written."""

    points = fields.Nested(PointsAnswer)
    lines = fields.List(fields.Nested(EarnedLineAnswer))
    available_on = fields.Date(allow_none=True, metadata=_FROM)
    balance = fields.Nested(BalanceAnswer)
    discount = fields.Nested(DiscountAnswer)
    coupons = fields.List(fields.Nested(SeenCouponAnswer))
    funded = fields.Boolean(
        metadata={
            "description": "false: who pays for the points has not funded them, and the purchase"
            " would be refused with PARTNER_FUNDING_EXHAUSTED"
        }
    )


class EarnedAnswer(AnswerSchema):
    """A purchase that was taken, and the points it earned; ``pending`` ones follow."""

    purchase_id = fields.String()
    status = fields.String(metadata={"enum": ["posted", "pending"]})
    member_ref = fields.String()
    points = fields.Integer()
    lines = fields.List(fields.Nested(EarnedLineAnswer))
    available_on = fields.Date(allow_none=True, metadata=_FROM)
    balance = fields.Nested(BalanceAnswer)
    transaction_id = fields.String(allow_none=True)
    coupons = fields.List(fields.Nested(TakenCouponAnswer))


class SoldLineAnswer(AnswerSchema):
    """A line of a purchase, and how much of it came back."""

    line_no = fields.Integer()
    sku = fields.String()
    category = fields.String()
    quantity = fields.String(metadata={"examples": ["37.8"]})
    unit = fields.String()
    net = fields.String(metadata={"examples": ["10.00"]})
    returned = fields.String(metadata={"examples": ["0"], "description": "the quantity back"})
    refunded = fields.String(metadata={"examples": ["0.00"], "description": "back without goods"})


class SoldTenderAnswer(AnswerSchema):
    """A means of payment."""

    kind = fields.String(metadata={"enum": list(TenderKind)})
    amount = fields.String()
    redemption_id = fields.String(allow_none=True)
    returned = fields.String(metadata={"examples": ["0.00"], "description": "what went back"})


class SoldAnswer(AnswerSchema):
    """A purchase as it stands."""

    purchase_id = fields.String()
    status = fields.String(metadata={"enum": ["posted", "pending", "returned", "voided"]})
    store = fields.String(metadata={"description": "the store's code"})
    terminal = fields.String()
    receipt_no = fields.String()
    occurred_at = fields.DateTime()
    business_date = fields.Date()
    currency = fields.String()
    total = fields.String(metadata={"examples": ["836.00"]})
    lines = fields.List(fields.Nested(SoldLineAnswer))
    tenders = fields.List(fields.Nested(SoldTenderAnswer))
    earned = fields.List(fields.Nested(EarnedLineAnswer))


_ESTIMATE = EstimateBody()
_PURCHASE = PurchaseBody()
_EXAMPLE = {
    "member": {"type": "card", "value": "9900000000000002"},
    "store": "main",
    "terminal": "t7",
    "receipt_no": "R-1001",
    "occurred_at": "2026-05-01T12:00:00+08:00",
    "currency": "CNY",
    "lines": [
        {"line_no": 1, "sku": "A-1", "category": "grocery", "quantity": "1", "net": "836.00"}
    ],
    "tenders": [{"kind": "card", "amount": "836.00"}],
}


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the doors."""
    blueprint = APIBlueprint("earning", __name__, tag="Purchases")

    @door(
        blueprint, "/estimates", scope="earn:write", takes=_ESTIMATE, gives=EstimateAnswer,
        refuses=[*_REFUSES, PluginFailedError], example=_EXAMPLE,
    )  # fmt: skip
    def estimate_purchase(call: Call) -> Answer:
        """Tell what a purchase would earn; nothing is written."""
        sale = call.body(_ESTIMATE, Sale)
        with call.work() as work:
            return _estimated(work, sale.report, checkouts.estimate(work, sale))

    @door(
        blueprint, "/purchases", scope="earn:write", takes=_PURCHASE, gives=EarnedAnswer,
        status=201, example=_EXAMPLE,
        refuses=[
            *_REFUSES, ReceiptClaimedError, BalanceLimitError, WalletBusyError, CouponRefusedError,
            PartnerFundingExhaustedError,
        ],
    )  # fmt: skip
    def report_purchase(call: Call) -> tuple[Answer, bool]:
        """Report a purchase and post what it earns, once for its key and once for its receipt."""
        sale = call.body(_PURCHASE, Sale)
        with call.work() as work:
            done = checkouts.earn(work, sale, key=call.key)
            return earned_answer(work, done), done.earned.replayed

    @door(
        blueprint, "/purchases/<purchase_id>", scope="earn:write", gives=SoldAnswer,
        refuses=[PurchaseUnknownError],
    )  # fmt: skip
    def read_purchase(call: Call, purchase_id: str) -> Answer:
        """Read a purchase as it stands, with what came back of each line."""
        known = uuid_of("pur", purchase_id)
        if known is None:
            raise PurchaseUnknownError
        with call.work() as work:
            return sold_answer(work, purchases.find(work, known))

    return blueprint


def _report(
    *,
    member: Token,
    store: str,
    occurred_at: datetime,
    currency: str,
    lines: list[dict[str, Any]],
    tenders: list[dict[str, Any]] | None = None,
    terminal: str = "",
    receipt_no: str = "",
    business_date: date | None = None,
) -> Report:
    errors: dict[str, Any] = {}
    sold = [
        ReportLine(
            line["line_no"], line["sku"], line.get("category", ""), line["quantity"],
            line.get("unit", "ea"), _minor(line["net"], currency, errors, ("lines", place, "net")),
            line.get("earn", True),
        )
        for place, line in enumerate(lines)
    ]  # fmt: skip
    paid = [
        Tender(
            TenderKind(tender["kind"]),
            _minor(tender["amount"], currency, errors, ("tenders", place, "amount")),
            tender.get("redemption_id", ""),
        )
        for place, tender in enumerate(tenders or ())
    ]
    if len({line.line_no for line in sold}) < len(sold):
        errors["lines"] = ["Each line needs a number of its own."]
    if sum(line.net_minor for line in sold) > MAX_MINOR:
        errors["lines"] = ["This is too much."]
    if errors:
        raise ValidationError(errors)
    return Report(
        member, store, terminal, receipt_no, occurred_at, currency, tuple(sold), tuple(paid),
        business_date,
    )  # fmt: skip


def _minor(amount: str, currency: str, errors: dict[str, Any], where: tuple[str, int, str]) -> int:
    try:
        return minor_of(amount, currency)
    except ValidationError as wrong:
        part, place, name = where
        errors.setdefault(part, {})[place] = {name: wrong.messages}
        return 0


def _estimated(work: Work, report: Report, told: Foreseen) -> Answer:
    earned = told.earned
    uplift = sum(line.points for line in earned.lines if line.reason.startswith("tier_uplift:"))
    campaign = sum(line.points for line in earned.lines if line.reason.startswith("campaign:"))
    return {
        "points": {
            "base": earned.points - uplift - campaign,
            "uplift": uplift,
            "campaign": campaign,
            "total": earned.points,
        },
        "lines": [answers.earned_line(line) for line in earned.lines],
        "available_on": _day(earned.available_on),
        "balance": answers.balance(work, earned.balance),
        "discount": _discount(report, earned.discount_basis_points),
        "coupons": [
            {
                "last4": each.shown.coupon.code[-4:],
                "pool": each.shown.coupon.pool,
                "valid": each.discount is not None,
                "reason": each.reason or None,
                "discount": answers.money(each.discount) if each.discount else None,
            }
            for each in told.coupons
        ],
        "funded": earned.funded,
    }


def _discount(report: Report, basis_points: int) -> Answer:
    total = sum(line.net_minor for line in report.lines)
    off = divide(total * basis_points, 10_000, Rounding.DOWN)
    return {
        "basis_points": basis_points,
        "amount": Money(off, report.currency).amount,
        "total": Money(total - off, report.currency).amount,
    }


def earned_answer(work: Work, done: Checkout) -> Answer:
    """Return a purchase that was taken, and what it earned."""
    earned = done.earned
    posted = earned.status == "posted" and earned.lines
    return {
        "purchase_id": public_id("pur", earned.purchase_id),
        "status": earned.status,
        "member_ref": answers.member_ref(work, earned.member_id),
        "points": earned.points,
        "lines": [answers.earned_line(line) for line in earned.lines],
        "available_on": _day(earned.available_on),
        "balance": answers.balance(work, earned.balance),
        "transaction_id": public_id("txn", earned.purchase_id) if posted else None,
        "coupons": [
            {
                "use_id": public_id("cpu", each.id),
                "last4": each.last4,
                "pool": each.pool,
                "discount": answers.money(each.discount),
            }
            for each in done.uses
        ],
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def sold_answer(work: Work, sold: Sold) -> Answer:
    """Return a purchase as it stands."""

    def amount(minor: int) -> str:
        return Money(minor, sold.currency).amount

    return {
        "purchase_id": public_id("pur", sold.id),
        "status": sold.status,
        "store": answers.store_of(work, sold.store_id).code,
        "terminal": sold.terminal,
        "receipt_no": sold.receipt_no,
        "occurred_at": answers.instant(sold.occurred_at),
        "business_date": sold.business_date.isoformat(),
        "currency": sold.currency,
        "total": amount(sold.total_minor),
        "lines": [
            {
                "line_no": line.line_no,
                "sku": line.sku,
                "category": line.category,
                "quantity": decimal_text(line.quantity_milli),
                "unit": line.unit,
                "net": amount(line.net_minor),
                "returned": _returned(sold.returned, line.line_no),
                "refunded": amount(sold.given_back.get("lines", {}).get(str(line.line_no), 0)),
            }
            for line in sold.lines
        ],
        "tenders": [
            {
                "kind": tender.kind.value,
                "amount": amount(tender.minor),
                "redemption_id": tender.redemption or None,
                "returned": amount(back),
            }
            for tender, back in zip(sold.tenders, backs.tenders_back(sold), strict=True)
        ],
        "earned": [answers.earned_line(line) for line in sold.earned],
    }


def _returned(returned: Mapping[str, int], line_no: int) -> str:
    return decimal_text(returned.get(str(line_no), 0))
