"""Lines of a statement: what entries of the money journal are about, in the order of the paper."""

from enum import StrEnum

__all__ = ["ON_STATEMENTS", "POINTS_OF", "Line", "Source"]


class Line(StrEnum):
    """What an entry is about; entries of the last five stand on no statement as money."""

    ISSUED = "issued"
    CLAWBACK = "clawback"
    BURNED = "burned"
    BENEFITS = "benefits"
    COUPONS = "coupons"
    ADJUSTMENTS = "adjustments"
    FEES = "fees"
    PACKS = "packs"
    DISPUTES = "disputes"
    TAX = "tax"
    PAYMENTS = "payments"
    EXPIRED = "expired"
    MOVED = "moved"
    DEBT = "debt"
    REVENUE = "revenue"
    ROUNDING = "rounding"


class Source(StrEnum):
    """What an entry was derived from."""

    POSTING = "posting"
    CLAIM = "claim"
    COUPON = "coupon"
    PERIOD = "period"
    DISPUTE = "dispute"
    PAYMENT = "payment"
    PACK = "pack"
    CORRECTION = "correction"


ON_STATEMENTS: tuple[Line, ...] = (
    Line.ISSUED, Line.CLAWBACK, Line.BURNED, Line.BENEFITS, Line.COUPONS, Line.ADJUSTMENTS,
    Line.FEES, Line.PACKS, Line.DISPUTES, Line.TAX, Line.PAYMENTS,
)  # fmt: skip
"""The lines between opening and closing, in the order of the paper."""

POINTS_OF: dict[Line, str] = {
    Line.ISSUED: "issued", Line.CLAWBACK: "clawback", Line.BURNED: "burned",
    Line.EXPIRED: "expired", Line.ADJUSTMENTS: "adjusted", Line.MOVED: "adjusted",
    Line.DEBT: "adjusted",
}  # fmt: skip
"""Where the points of an entry stand in the account of a partner's points; others move none."""
