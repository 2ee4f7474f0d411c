"""Refusals of coupons: unknown, not taken on this ticket, used and closed, none left."""

from stoa.errors.kinds import ConflictError, NotFoundError

__all__ = [
    "CouponClosedError",
    "CouponPoolUnknownError",
    "CouponRefusedError",
    "CouponSoldOutError",
    "CouponUnknownError",
]


class CouponUnknownError(NotFoundError):
    """There is no such coupon, or no such use of it by the caller."""

    slug = "coupon-unknown"
    title = "No such coupon"


class CouponPoolUnknownError(NotFoundError):
    """No pool of coupons of this code holds, or the caller may not issue from it."""

    slug = "coupon-pool-unknown"
    title = "No such pool of coupons"


class CouponRefusedError(ConflictError):
    """The coupon is not taken on this ticket; `reason` says why, by a word that stays."""

    slug = "coupon-refused"
    title = "The coupon is not taken"


class CouponClosedError(ConflictError):
    """This use of the coupon was redeemed, released or rolled back before; `state` says which."""

    slug = "coupon-closed"
    title = "This use of the coupon is closed"


class CouponSoldOutError(ConflictError):
    """The pool has fewer codes left than were asked for: `left`."""

    slug = "coupon-sold-out"
    title = "No such coupons are left"
