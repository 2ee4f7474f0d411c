"""Points of several currencies: a member's wallets, the rates between them, and the exchange.

The docstrings here are those of the methods of `Client` and `AsyncClient`.
"""

from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from stoa_sdk.calls import Call, read_key
from stoa_sdk.facts import Balance, Wallet
from stoa_sdk.inputs import Member, as_member, points_count
from stoa_sdk.records import Record

__all__ = [
    "Exchange",
    "ExchangeQuote",
    "ExchangeRate",
    "ExchangeRates",
    "ExchangeTerms",
    "Wallets",
    "exchange",
    "quote_exchange",
    "rates_in_force",
    "wallets_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallets(Record):
    """A member's wallets of the alliance's points and of your own."""

    wallets: tuple[Wallet, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeTerms(Record):
    """A rate: `numerator` points of one currency for `denominator` points of the other."""

    from_currency: str
    to_currency: str
    version: int
    numerator: int
    denominator: int
    rounding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRate(Record):
    """A rate in force; `least_points` are the fewest that bring a point."""

    from_currency: str
    to_currency: str
    version: int
    numerator: int
    denominator: int
    rounding: str
    effective_from: date
    least_points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRates(Record):
    """The rates in force between the alliance's currencies and your own."""

    rates: tuple[ExchangeRate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeQuote(Record):
    """What `points` would bring, with the arithmetic."""

    points: int
    received: int
    rate: ExchangeTerms
    arithmetic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange(Record):
    """What was exchanged, and both wallets afterwards: the one that gave first."""

    exchange_id: str
    member_ref: str
    points: int
    received: int
    rate: ExchangeTerms
    arithmetic: str
    transaction_ids: tuple[str, ...]
    balances: tuple[Balance, ...]


def wallets_of(member_ref: str) -> Call[Wallets]:
    """Return a member's wallets that you may see; needs ``balance:read``."""
    if not member_ref:
        raise ValueError("an id is missing")
    path = f"v1/members/{quote(member_ref, safe='')}/wallets"
    return Call(method="GET", path=path, answer=Wallets)


def rates_in_force() -> Call[ExchangeRates]:
    """Return the rates between the alliance's currencies and your own; needs ``exchange:write``."""
    return Call(method="GET", path="v1/exchange/rates", answer=ExchangeRates)


def quote_exchange(
    *, from_currency: str, to_currency: str, points: int, idempotency_key: str | None = None
) -> Call[ExchangeQuote]:
    """Return what points of one currency would bring in another; needs ``exchange:write``.

    Raises:
        NotFound: ``CURRENCY_UNKNOWN``, or ``EXCHANGE_UNKNOWN`` where no rate is in force.
        Invalid: ``EXCHANGE_TOO_SMALL``; the member `least_points` says how many it takes.
    """
    body = {"from": from_currency, "to": to_currency, "points": points_count(points)}
    return Call(
        method="POST", path="v1/exchanges/quote", answer=ExchangeQuote,
        key=read_key(idempotency_key), body=body,
    )  # fmt: skip


def exchange(
    *,
    member: Member,
    from_currency: str,
    to_currency: str,
    points: int,
    idempotency_key: str | None = None,
) -> Call[Exchange]:
    """Exchange a member's points of one currency for points of another; needs ``exchange:write``.

    Args:
        member: whose points.
        from_currency: the alliance's or your own; likewise `to_currency`.
        to_currency: what the member gets.
        points: how many of `from_currency`; those that end first go.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        InsufficientPoints: fewer are available and not owed.
        NotFound: ``CURRENCY_UNKNOWN``, or ``EXCHANGE_UNKNOWN`` where no rate is in force.
        Invalid: ``EXCHANGE_TOO_SMALL``; the member `least_points` says how many it takes.
        Locked: the member is frozen.
    """
    body = {
        "member": as_member(member).as_object(),
        "from": from_currency,
        "to": to_currency,
        "points": points_count(points),
    }
    return Call(
        method="POST",
        path="v1/exchanges",
        answer=Exchange,
        key=read_key(idempotency_key),
        body=body,
    )
