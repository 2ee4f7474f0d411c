"""Refusals of orders: stock, limits, slots, quotes, and what was used already."""

from stoa.errors.kinds import ConflictError, InvalidError

__all__ = [
    "ErrandClosedError",
    "OrderUsedError",
    "OutOfStockError",
    "QuoteExpiredError",
    "QuoteInvalidError",
    "RewardLimitError",
    "RewardWholeError",
    "SlotTakenError",
    "SlotUnknownError",
    "StockFigureError",
]


class OutOfStockError(ConflictError):
    """Fewer units of the reward are left than were wanted: `left_units`."""

    slug = "reward-out-of-stock"
    title = "Not enough of this reward is left"


class RewardLimitError(ConflictError):
    """The reward is limited, and the limit is reached.

    `limit` says which one: ``per_member``, ``per_member_day``, or ``per_day`` over all members.
    `left_units` is how many the limit still allows.
    """

    slug = "reward-limit"
    title = "The limit of this reward is reached"


class SlotTakenError(ConflictError):
    """The time that was wanted has `left_places`, fewer than were wanted."""

    slug = "slot-taken"
    title = "This time is booked out"


class SlotUnknownError(InvalidError):
    """The reward wants a time, has none, or is not open at the one that was named."""

    slug = "slot-unknown"
    title = "The reward has no such time"


class RewardWholeError(InvalidError):
    """A reward is captured and refunded as a whole: all of its `points`."""

    slug = "reward-whole"
    title = "A reward is taken or given back as a whole"


class OrderUsedError(ConflictError):
    """Some of what the order brought was used, so that the order can't be undone."""

    slug = "order-used"
    title = "The reward was used already"


class ErrandClosedError(ConflictError):
    """The order waits for nobody: it is in the `state` told."""

    slug = "errand-closed"
    title = "The order waits for nobody"


class QuoteExpiredError(ConflictError):
    """The quote's time is over, or its reward is no longer offered."""

    slug = "quote-expired"
    title = "The quote has expired"


class QuoteInvalidError(InvalidError):
    """This is no quote of ours for this member, store and reward."""

    slug = "quote-invalid"
    title = "No such quote"


class StockFigureError(InvalidError):
    """A stock can't be below zero: `left_units` are left."""

    slug = "stock-figure"
    title = "A stock is never below zero"
