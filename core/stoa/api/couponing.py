"""What the doors of coupons read and answer with."""

from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError, fields, post_load

from stoa.api.answers import AnswerSchema, MoneyAnswer
from stoa.api.fields import Currency, DecimalText, Quick, Text, Whole, Word
from stoa.api.schemas import Items, MemberToken, Part, StrictSchema
from stoa.services import coupons
from stoa.services.members import Token
from stoa.values.coupons import STATES, USE_STATES, WORTHS
from stoa.values.languages import LANGUAGES

__all__ = [
    "Chosen",
    "Codes",
    "CouponAnswer",
    "CouponBatchBody",
    "CouponIssueBody",
    "CouponLineBody",
    "CouponRedeemBody",
    "CouponReleaseBody",
    "CouponReserveBody",
    "CouponRollbackBody",
    "CouponTicketBody",
    "CouponUseAnswer",
    "CouponValidationAnswer",
    "CouponWorthAnswer",
    "IssuedCouponAnswer",
    "IssuedCouponsAnswer",
    "MemberCouponAnswer",
    "MemberCouponsAnswer",
    "Sale",
    "SaleLine",
    "Wanted",
]

_MOST_TOGETHER = 10
_MOST_BATCH = 1000
_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Sale:
    """The ticket that a coupon is shown for; amounts stay text until the currency is known."""

    store: str
    amount: str | None = None
    currency: str = ""
    lines: tuple["SaleLine", ...] = ()
    receipt_no: str = ""
    member: Token | None = None
    together: tuple[str, ...] = ()
    ttl_seconds: int | None = None
    use: str | None = None
    language: str = _LANGUAGE


@dataclass(frozen=True, slots=True)
class SaleLine:
    """A line of the ticket."""

    sku: str
    amount: str
    quantity: int = 1000


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which use of a coupon: by its id, or by the receipt it was taken on."""

    use: str | None = None
    receipt_no: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Coupons that a partner gives out."""

    pool: str
    member: Token | None = None
    count: int = 1


class Codes(Quick, fields.List[Any]):
    """A list of codes."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - marshmallow's
        super().__init__(fields.String(), **options)

    def read(self, value: Any) -> tuple[str, ...]:  # noqa: ANN401 - parsed JSON
        """Return the codes, or refuse them."""
        fits = isinstance(value, list) and len(value) <= _MOST_TOGETHER
        if not fits or not all(isinstance(each, str) for each in value):
            raise ValidationError(f"Give a list of at most {_MOST_TOGETHER} codes.")
        return tuple(value)


class CouponLineBody(StrictSchema):
    """A line of the ticket: its article, what it costs in all, how many there are."""

    sku = Text(1, 64, required=True)
    amount = DecimalText(required=True)
    quantity = DecimalText(3, low=1)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> SaleLine:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return SaleLine(**data)


class CouponTicketBody(StrictSchema):
    """The ticket that a coupon is shown for: its amount, or its lines."""

    store = Text(1, 64, required=True, metadata={"description": "code or id of your store"})
    amount = DecimalText(metadata={"description": "of the ticket before any coupon"})
    currency = Currency()
    lines = Items(CouponLineBody, metadata={"description": "needed for coupons of an article"})
    receipt_no = Text(1, 64)
    member = Part(MemberToken)
    together = Codes(
        data_key="with", metadata={"description": "other codes to be taken on the same ticket"}
    )
    language = Word(LANGUAGES)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Sale:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        known: dict[str, Any] = dict(data)
        known["together"] = known.pop("with", known.get("together", ()))
        known["lines"] = tuple(known.get("lines", ()))
        if "amount" not in known and not known["lines"]:
            raise ValidationError({"amount": ["Tell what the ticket comes to, or its lines."]})
        return Sale(**known)


class CouponReserveBody(CouponTicketBody):
    """A coupon to set aside for a ticket."""

    ttl_seconds = Whole(coupons.TTL_S.start, coupons.TTL_S.stop - 1)


class CouponRedeemBody(CouponTicketBody):
    """A coupon to take on a receipt."""

    receipt_no = Text(1, 64, required=True)
    use = Text(1, 64, metadata={"description": "`use_id` of the reservation"})


class CouponReleaseBody(StrictSchema):
    """The reservation to let go of."""

    use = Text(1, 64, required=True, metadata={"description": "`use_id` of the reservation"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Chosen:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Chosen(**data)


class CouponRollbackBody(StrictSchema):
    """The redemption to undo, by its id or its receipt."""

    use = Text(1, 64, metadata={"description": "`use_id` of the redemption"})
    receipt_no = Text(1, 64)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Chosen:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Chosen(**data)


class CouponIssueBody(StrictSchema):
    """Coupons to give to a member, or to whoever shows their codes."""

    pool = Text(1, 64, required=True, metadata={"examples": ["dinner-20"]})
    member = Part(MemberToken)
    count = Whole(1, 100)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Wanted:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Wanted(**data)


class CouponBatchBody(StrictSchema):
    """Many coupons at once, for whoever shows their codes."""

    pool = Text(1, 64, required=True, metadata={"examples": ["dinner-20"]})
    count = Whole(1, _MOST_BATCH, required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Wanted:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Wanted(**data)


class CouponWorthAnswer(AnswerSchema):
    """What a coupon is worth; what its kind does not say is null."""

    kind = fields.String(metadata={"enum": list(WORTHS)})
    amount = fields.Nested(MoneyAnswer, allow_none=True)
    basis_points = fields.Integer(allow_none=True, metadata={"description": "1500 is 15 %"})
    most = fields.Nested(MoneyAnswer, allow_none=True)
    sku = fields.String(allow_none=True)
    text = fields.String(allow_none=True)


class CouponAnswer(AnswerSchema):
    """A coupon as it stands, without its code."""

    coupon_id = fields.String()
    last4 = fields.String(metadata={"description": "the last letters of its code"})
    pool = fields.String()
    name = fields.String()
    about = fields.String(allow_none=True)
    worth = fields.Nested(CouponWorthAnswer)
    min_spend = fields.Nested(MoneyAnswer)
    status = fields.String(metadata={"enum": list(STATES)})
    valid_from = fields.Date()
    valid_until = fields.Date(metadata={"description": "the last day, included"})
    uses = fields.Integer()
    uses_left = fields.Integer()
    stacks = fields.String(metadata={"examples": ["alone", "others", "group:dinner"]})


class MemberCouponAnswer(CouponAnswer):
    """A coupon of a member, with its code: whoever shows it uses it."""

    code = fields.String(metadata={"examples": ["7KQ2W9MRA3XTE"]})


class MemberCouponsAnswer(AnswerSchema):
    """The coupons of a member that your stores take: those that can be used first."""

    coupons = fields.List(fields.Nested(MemberCouponAnswer))


class CouponValidationAnswer(AnswerSchema):
    """Whether a coupon would be taken on the ticket, and what it takes off."""

    valid = fields.Boolean()
    reason = fields.String(allow_none=True, metadata={"examples": ["below_minimum"]})
    discount = fields.Nested(MoneyAnswer, allow_none=True)
    coupon = fields.Nested(CouponAnswer)


class CouponUseAnswer(AnswerSchema):
    """A use of a coupon as it stands."""

    use_id = fields.String(metadata={"examples": ["cpu_01m8155c9qf4r9yj3v0w4q1ztb"]})
    coupon_id = fields.String()
    last4 = fields.String()
    pool = fields.String()
    status = fields.String(metadata={"enum": list(USE_STATES)})
    discount = fields.Nested(MoneyAnswer)
    receipt_no = fields.String(allow_none=True)
    reserved_until = fields.DateTime(allow_none=True)


class IssuedCouponAnswer(AnswerSchema):
    """A coupon as it was issued; the code is told here and in the member's list alone."""

    coupon_id = fields.String()
    code = fields.String(metadata={"examples": ["7KQ2W9MRA3XTE"]})
    valid_from = fields.Date()
    valid_until = fields.Date()
    uses = fields.Integer()


class IssuedCouponsAnswer(AnswerSchema):
    """Coupons that were issued together."""

    pool = fields.String()
    member_ref = fields.String(allow_none=True)
    coupons = fields.List(fields.Nested(IssuedCouponAnswer))
