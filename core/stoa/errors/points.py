"""Refusals of wallets, holds and redemptions."""

from stoa.errors.kinds import ConflictError, InvalidError, NotFoundError

__all__ = [
    "BalanceLimitError",
    "EntryUnknownError",
    "ExceedsHoldError",
    "ExceedsRedemptionError",
    "HoldClosedError",
    "HoldExpiredError",
    "HoldExtendedError",
    "InsufficientPointsError",
    "RedemptionUnknownError",
    "SameWalletError",
    "TenderRefusedError",
    "TransferLimitError",
    "WalletBusyError",
]


class RedemptionUnknownError(NotFoundError):
    """The partner has no redemption of this id."""

    slug = "redemption-unknown"
    title = "No such redemption"


class EntryUnknownError(NotFoundError):
    """The member's history has no entry of this number."""

    slug = "entry-unknown"
    title = "No such entry"


class InsufficientPointsError(ConflictError):
    """The wallet has fewer points available than asked for."""

    slug = "insufficient-points"
    title = "Not enough points"


class HoldExpiredError(ConflictError):
    """The hold ran out before it was captured; its points are available again."""

    slug = "hold-expired"
    title = "The hold has expired"


class HoldClosedError(ConflictError):
    """The hold was captured, voided or expired before."""

    slug = "hold-already-resolved"
    title = "The hold is already resolved"


class WalletBusyError(ConflictError):
    """Too many requests move points of this wallet at once."""

    slug = "wallet-busy"
    title = "The wallet is busy"
    retryable = True
    retry_after_s = 1


class ExceedsHoldError(InvalidError):
    """A capture may take at most the points of its hold."""

    slug = "exceeds-hold"
    title = "More captured than held"


class BalanceLimitError(InvalidError):
    """A wallet holds at most 9 × 10^15 points."""

    slug = "balance-limit"
    title = "The wallet would pass its limit"


class HoldExtendedError(ConflictError):
    """A hold gets more time once only."""

    slug = "hold-already-extended"
    title = "This redemption was given more time before"


class ExceedsRedemptionError(InvalidError):
    """More points were to be refunded than were captured, or than are left of them.

    `left_points` is how many can still come back.
    """

    slug = "exceeds-redemption"
    title = "More points would come back than were redeemed"


class SameWalletError(InvalidError):
    """Points go from one wallet to another; both named are one member's."""

    slug = "same-wallet"
    title = "Both wallets are the same"


class TransferLimitError(ConflictError):
    """A member gives away only so many points a day; `left_points` is what is left of them."""

    slug = "transfer-limit"
    title = "More points than may be given in a day"


class TenderRefusedError(InvalidError):
    """Points may not pay so: `reason` is ``least``, ``step``, ``share`` or ``ticket``.

    `least_points` and `step_points` say what may; `most_points` where the ticket bounds them.
    """

    slug = "tender-refused"
    title = "Points may not pay so"
