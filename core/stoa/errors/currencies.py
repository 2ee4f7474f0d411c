"""Refusals of points currencies and of the exchange between them."""

from stoa.errors.kinds import InvalidError, NotFoundError

__all__ = [
    "CurrencyUnknownError",
    "ExchangeCycleGainsError",
    "ExchangeTooSmallError",
    "ExchangeUnknownError",
]


class CurrencyUnknownError(NotFoundError):
    """No points currency has this code, or it is another partner's own."""

    slug = "currency-unknown"
    title = "No such points currency"


class ExchangeUnknownError(NotFoundError):
    """No rate is in force from the one currency to the other."""

    slug = "exchange-unknown"
    title = "These points can't be exchanged"


class ExchangeTooSmallError(InvalidError):
    """The points would bring not one point of the other currency.

    `least_points` is how many bring one.
    """

    slug = "exchange-too-small"
    title = "Too few points to exchange"


class ExchangeCycleGainsError(InvalidError):
    """Under these rates somebody could go round a cycle of currencies and come home with more.

    `cycle` names the currencies in their order, `gain` what one point gains by going round once
    as an exact fraction, `rounded` the step whose rounding is what gains (``null`` where the rates
    themselves do), `on` the first day on which it would be so.
    """

    slug = "exchange-cycle-gains"
    title = "A cycle of these rates gains value"
