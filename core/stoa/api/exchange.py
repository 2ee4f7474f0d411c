"""Doors of exchange: the rates, what points would bring, and the exchange itself."""

from dataclasses import dataclass
from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields, post_load

from stoa.api import answers, spending
from stoa.api.answers import AnswerSchema, BalanceAnswer
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import Points, Text
from stoa.api.schemas import MemberToken, Part, StrictSchema
from stoa.errors import (
    BalanceLimitError,
    CodeExpiredError,
    CodeUsedError,
    CurrencyUnknownError,
    ExchangeTooSmallError,
    ExchangeUnknownError,
    InsufficientPointsError,
    MemberFrozenError,
    MemberUnknownError,
    PartnerSuspendedError,
    StaticTokenError,
    WalletBusyError,
)
from stoa.services import exchange
from stoa.services.exchange import Exchanged, Quote, RateVersion
from stoa.services.members import Token
from stoa.values.amounts import Rounding
from stoa.values.exchange import Rate
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["create_blueprint"]


@dataclass(frozen=True, slots=True)
class Wish:
    """So many points of one currency for points of another."""

    source: str
    target: str
    points: int


@dataclass(frozen=True, slots=True)
class Order:
    """Whose points are exchanged, and which."""

    member: Token
    wish: Wish


def _code(told: str) -> Text:
    return Text(1, 12, required=True, metadata={"description": told, "examples": ["STAR"]})


class QuoteBody(StrictSchema):
    """So many points of one currency for points of another."""

    points = Points(required=True, metadata={"description": "of the currency given away"})

    class Meta(StrictSchema.Meta):
        """Options of marshmallow: two fields that Python has other words for."""

        include = {"from": _code("given away"), "to": _code("wanted")}  # noqa: RUF012 - marshmallow's

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Any:  # noqa: ANN401 - a record
        """Return the record."""
        return Wish(data["from"], data["to"], data["points"])


class ExchangeBody(QuoteBody):
    """Whose points of one currency become points of another."""

    member = Part(MemberToken, required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Any:  # noqa: ANN401 - a record
        """Return the record."""
        return Order(data["member"], Wish(data["from"], data["to"], data["points"]))


class TermsAnswer(AnswerSchema):
    """A rate: `numerator` points of `to_currency` for `denominator` points of `from_currency`."""

    from_currency = fields.String(metadata={"examples": ["STAR"]})
    to_currency = fields.String(metadata={"examples": ["CINE"]})
    version = fields.Integer()
    numerator = fields.Integer(metadata={"minimum": 1})
    denominator = fields.Integer(metadata={"minimum": 1})
    rounding = fields.String(metadata={"enum": [each.value for each in Rounding]})


class RateAnswer(TermsAnswer):
    """A rate in force."""

    effective_from = fields.Date()
    least_points = fields.Integer(metadata={"description": "the fewest that bring a point"})


class RatesAnswer(AnswerSchema):
    """The rates in force between the alliance's currencies and your own."""

    rates = fields.List(fields.Nested(RateAnswer))


class QuoteAnswer(AnswerSchema):
    """What points bring now."""

    points = fields.Integer(metadata={"description": "given away"})
    received = fields.Integer(metadata={"description": "of the other currency"})
    rate = fields.Nested(TermsAnswer)
    arithmetic = fields.String(
        metadata={"examples": ["1000 STAR at 3/10, rounded down = 300 CINE"]}
    )


class ExchangedAnswer(QuoteAnswer):
    """What was exchanged, and both wallets afterwards: the one that gave first."""

    exchange_id = fields.String()
    member_ref = fields.String()
    transaction_ids = fields.List(fields.String(), metadata={"description": "one a currency"})
    balances = fields.List(fields.Nested(BalanceAnswer))


_QUOTE = QuoteBody()
_EXCHANGE = ExchangeBody()
_EXAMPLE = {"from": "STAR", "to": "CINE", "points": 1000}


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the doors."""
    blueprint = APIBlueprint("exchange", __name__, tag="Exchange")

    @door(blueprint, "/exchange/rates", scope="exchange:write", gives=RatesAnswer)
    def list_rates(call: Call) -> Answer:
        """List the rates in force between the alliance's currencies and your own."""
        with call.work() as work:
            return {"rates": [_rate(each) for each in exchange.in_force(work)]}

    @door(
        blueprint, "/exchanges/quote", scope="exchange:write", takes=_QUOTE, gives=QuoteAnswer,
        refuses=[CurrencyUnknownError, ExchangeUnknownError, ExchangeTooSmallError],
        example=_EXAMPLE,
    )  # fmt: skip
    def quote_exchange(call: Call) -> Answer:
        """Tell what points would bring; nothing is written."""
        wish = call.body(_QUOTE, Wish)
        with call.work() as work:
            return _quoted(exchange.quote(work, wish.source, wish.target, wish.points))

    @door(
        blueprint, "/exchanges", scope="exchange:write", takes=_EXCHANGE, gives=ExchangedAnswer,
        status=201,
        refuses=[
            MemberUnknownError, MemberFrozenError, PartnerSuspendedError, CurrencyUnknownError,
            CodeExpiredError, CodeUsedError, StaticTokenError,
            ExchangeUnknownError, ExchangeTooSmallError, InsufficientPointsError,
            BalanceLimitError, WalletBusyError,
        ],
        example={"member": {"type": "qr", "value": "7KQ2W9MR3XTE0A5CVB1DZ"}} | _EXAMPLE,
    )  # fmt: skip
    def exchange_points(call: Call) -> tuple[Answer, bool]:
        """Exchange a member's points of one currency for points of another."""
        order = call.body(_EXCHANGE, Order)
        spending.refuse(call.actor, order.member)
        wish = order.wish
        with call.work() as work:
            done = exchange.exchange(
                work, order.member, wish.source, wish.target, wish.points, key=call.key
            )
            return _exchanged(work, done), done.replayed

    return blueprint


def _terms(rate: Rate, version: int) -> Answer:
    return {
        "from_currency": rate.source,
        "to_currency": rate.target,
        "version": version,
        "numerator": rate.numerator,
        "denominator": rate.denominator,
        "rounding": rate.rounding.value,
    }


def _rate(each: RateVersion) -> Answer:
    if each.rate is None:
        raise RuntimeError("a rate that ended is not in force")
    return _terms(each.rate, each.version) | {
        "effective_from": each.effective_from.isoformat(),
        "least_points": each.rate.least,
    }


def _quoted(quote: Quote) -> Answer:
    return {
        "points": quote.points,
        "received": quote.received,
        "rate": _terms(quote.rate, quote.version),
        "arithmetic": quote.rate.arithmetic(quote.points),
    }


def _exchanged(work: Work, done: Exchanged) -> Answer:
    return _quoted(done.quote) | {
        "exchange_id": public_id("exg", done.exchange_id),
        "member_ref": answers.member_ref(work, done.member_id),
        "transaction_ids": [
            public_id("txn", done.exchange_id),
            public_id("txn", done.counterpart_id),
        ],
        "balances": [answers.balance(work, done.gone), answers.balance(work, done.come)],
    }
