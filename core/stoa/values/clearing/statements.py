"""Statements: one partner's account of one period, frozen as the bytes of its canonical JSON.

A statement is a pure function of a range of the money journal, what was agreed, and rates: no
instant of making, no random id and no order of writing is in it, so that closing a period again
gives the same bytes, and its SHA-256 says so (reliability P13).

Amounts above zero are owed by the partner, those below zero are owed to it (economics §3.3: A owes
84.00, C is owed 72.00). Each line keeps its exact amount and is rounded once, half away from zero
(§3.13: 111 points at 0.0123 are 1.3653, and 1.37).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from stoa.values.amounts import minor_exponent
from stoa.values.clearing.money import stated

__all__ = [
    "SHAPE",
    "Entity",
    "FxRate",
    "PointsAccount",
    "Rated",
    "Statement",
    "StatementLine",
    "exact_text",
    "minor_of",
    "money_text",
]

SHAPE = 1
"""The shape of the frozen document; readers of a later one still read the earlier."""

_PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Entity:
    """A legal entity as it stood at the close; every field but `name` may be empty.

    `code` is the partner's; the operator has none.
    """

    name: str
    code: str = ""
    address: tuple[str, ...] = ()
    tax_number: str = ""
    account: str = ""
    bic: str = ""


@dataclass(frozen=True, slots=True)
class FxRate:
    """What one unit of `base` is worth in `quote`, with the number under which it is kept."""

    id: int
    base: str
    quote: str
    rate: Decimal
    business_date: date


@dataclass(frozen=True, slots=True)
class PointsAccount:
    """Points of a partner's lots over a period, signed as in members' wallets.

    `opening + issued + clawback + burned + expired + adjusted = closing`, and `closing` is what is
    left in all lots that the partner pays for.
    """

    opening: int = 0
    issued: int = 0
    clawback: int = 0
    burned: int = 0
    expired: int = 0
    adjusted: int = 0

    @property
    def closing(self) -> int:
        """Points outstanding at the end of the period."""
        moved = self.issued + self.clawback + self.burned + self.expired + self.adjusted
        return self.opening + moved


@dataclass(frozen=True, slots=True)
class Rated:
    """The part of a line at one rate: money per point, ``None`` of what is not by the point."""

    rate: Decimal | None
    points: int
    amount: Decimal
    entries: int


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One line: what it is about, with whom, how much.

    Attributes:
        line: one of `stoa.values.clearing.lines.ON_STATEMENTS`.
        counterparty: the other partner's code, empty for the operator.
        points: as in members' wallets: issued above zero, redeemed below.
        amount: exact; above zero the partner owes it.
        minor: `amount` rounded once, minor units.
        tax_code: of the leg, empty for none; `tax_minor` of it stands on a line ``tax`` too.
        entries: how many entries of the journal stand behind it.
        first_place: in the transparency log, of the first posting; ``None`` where there is none.
        late: business days before the period whose entries came after theirs was closed.
        memo: the partner owes it to itself; it moves nothing.
    """

    line: str
    counterparty: str
    points: int
    amount: Decimal
    minor: int
    entries: int
    rates: tuple[Rated, ...] = ()
    tax_code: str = ""
    tax_rate: Decimal | None = None
    tax_minor: int = 0
    first_place: int | None = None
    last_place: int | None = None
    late: tuple[date, ...] = ()
    memo: bool = False

    def document(self, money_currency: str) -> dict[str, Any]:
        """Return the line as it is frozen: amounts as text."""
        return {
            "line": self.line, "counterparty": self.counterparty, "points": self.points,
            "amount": exact_text(self.amount), "rounded": money_text(self.minor, money_currency),
            "rates": [
                {"rate": None if part.rate is None else _plain(part.rate), "points": part.points,
                 "amount": exact_text(part.amount), "entries": part.entries}
                for part in self.rates
            ],
            "tax_code": self.tax_code,
            "tax_rate": None if self.tax_rate is None else _plain(self.tax_rate),
            "tax": money_text(self.tax_minor, money_currency), "entries": self.entries,
            "first_place": self.first_place, "last_place": self.last_place,
            "late": [day.isoformat() for day in self.late], "memo": self.memo,
        }  # fmt: skip

    @property
    def rate(self) -> Decimal | None:
        """The one rate of the line; ``None`` where there are several, or none."""
        return self.rates[0].rate if len(self.rates) == 1 else None


@dataclass(frozen=True)
class Statement:
    """One party's account of a period; that of the operator has a `partner` without a code.

    Attributes:
        id: ``stm_…``; not part of the frozen bytes.
        no: the gapless number of the paper.
        period: ``YYYY-MM``.
        points_currency: what is cleared; `money_currency` the money of all amounts, ISO 4217.
        mode: ``POOL`` or ``ISSUER_PAYS``.
        opening_minor: what was owed when the period began: the closing of the one before.
        closing_minor: what is owed at its end.
        settlement_currency: the money in which the partner pays; `settlement_minor` is the closing
            in it, at `fx`.
        due: the day by which it is paid; disputes are taken until `disputes_until`.
    """

    id: str
    no: str
    period: str
    partner: Entity
    operator: Entity
    points_currency: str
    money_currency: str
    mode: str
    opening_minor: int
    lines: tuple[StatementLine, ...]
    closing_minor: int
    points: PointsAccount
    settlement_currency: str
    settlement_minor: int
    fx: FxRate | None = None
    issued_on: date | None = None
    due: date | None = None
    disputes_until: date | None = None

    @property
    def net_minor(self) -> int:
        """What the period itself comes to: closing less opening."""
        return self.closing_minor - self.opening_minor

    def lines_of(self, *kinds: str) -> tuple[StatementLine, ...]:
        """Return the lines of these kinds, in the order of the paper."""
        return tuple(each for each in self.lines if each.line in kinds)

    def document(self) -> dict[str, Any]:
        """Return what is frozen: JSON without floats, amounts as text."""
        return {
            "shape": SHAPE, "no": self.no, "period": self.period,
            "partner": _entity(self.partner), "operator": _entity(self.operator),
            "points_currency": self.points_currency, "money_currency": self.money_currency,
            "mode": self.mode, "opening": self._money(self.opening_minor),
            "lines": [each.document(self.money_currency) for each in self.lines],
            "closing": self._money(self.closing_minor),
            "points": {
                "opening": self.points.opening, "issued": self.points.issued,
                "clawback": self.points.clawback, "burned": self.points.burned,
                "expired": self.points.expired, "adjusted": self.points.adjusted,
                "closing": self.points.closing,
            },
            "settlement_currency": self.settlement_currency,
            "settlement": money_text(self.settlement_minor, self.settlement_currency),
            "fx": None if self.fx is None else {
                "id": self.fx.id, "base": self.fx.base, "quote": self.fx.quote,
                "rate": _plain(self.fx.rate), "business_date": self.fx.business_date.isoformat(),
            },
            "issued_on": _day(self.issued_on), "due": _day(self.due),
            "disputes_until": _day(self.disputes_until),
        }  # fmt: skip

    @cached_property
    def canonical(self) -> bytes:
        """The frozen bytes: keys in order, no blanks, UTF-8."""
        text = json.dumps(
            self.document(), sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )
        return text.encode()

    @cached_property
    def sha256(self) -> str:
        """The hash of the frozen bytes, as 64 hexadecimal digits."""
        return hashlib.sha256(self.canonical).hexdigest()

    @classmethod
    def read(cls, statement_id: str, document: Mapping[str, Any]) -> "Statement":
        """Read a frozen document back.

        Raises:
            ValueError: its shape is one of a later release.
        """
        if document["shape"] != SHAPE:
            raise ValueError(f"a statement of shape {document['shape']} is for a later release")
        money, settled = document["money_currency"], document["settlement_currency"]
        fx = document["fx"]
        return cls(
            id=statement_id, no=document["no"], period=document["period"],
            partner=_read_entity(document["partner"]), operator=_read_entity(document["operator"]),
            points_currency=document["points_currency"], money_currency=money,
            mode=document["mode"], opening_minor=_minor(document["opening"], money),
            lines=tuple(_read_line(each, money) for each in document["lines"]),
            closing_minor=_minor(document["closing"], money),
            points=PointsAccount(**{
                name: count for name, count in document["points"].items() if name != "closing"
            }),
            settlement_currency=settled, settlement_minor=_minor(document["settlement"], settled),
            fx=None if fx is None else FxRate(
                fx["id"], fx["base"], fx["quote"], Decimal(fx["rate"]),
                date.fromisoformat(fx["business_date"]),
            ),
            issued_on=_read_day(document["issued_on"]), due=_read_day(document["due"]),
            disputes_until=_read_day(document["disputes_until"]),
        )  # fmt: skip

    def _money(self, minor: int) -> str:
        return money_text(minor, self.money_currency)


def minor_of(amount: Decimal, currency: str) -> int:
    """Return an exact amount of whole units in minor units, rounded half away from zero, once."""
    return stated([amount], currency).minor


def money_text(minor: int, currency: str) -> str:
    """Return minor units as people write money: 8400 of CNY is ``"84.00"``."""
    return f"{Decimal(minor).scaleb(-minor_exponent(currency)):f}"


def exact_text(amount: Decimal) -> str:
    """Return an exact amount with four decimals, or with more where it has more."""
    plain = amount.normalize()
    exponent = plain.as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) else 0
    text = f"{plain:f}" if decimals > 4 else f"{plain.quantize(_PLACES):f}"  # noqa: PLR2004 - §3.13
    return "0.0000" if text == "-0.0000" else text


def _plain(rate: Decimal) -> str:
    return f"{rate.normalize():f}"


def _entity(each: Entity) -> dict[str, Any]:
    return {
        "name": each.name, "code": each.code, "address": list(each.address),
        "tax_number": each.tax_number, "account": each.account, "bic": each.bic,
    }  # fmt: skip


def _read_entity(data: Mapping[str, Any]) -> Entity:
    return Entity(
        data["name"], data["code"], tuple(data["address"]), data["tax_number"], data["account"],
        data["bic"],
    )  # fmt: skip


def _read_line(data: Mapping[str, Any], currency: str) -> StatementLine:
    return StatementLine(
        line=data["line"], counterparty=data["counterparty"], points=data["points"],
        amount=Decimal(data["amount"]), minor=_minor(data["rounded"], currency),
        entries=data["entries"], rates=tuple(_read_rated(data["rates"])),
        tax_code=data["tax_code"],
        tax_rate=None if data["tax_rate"] is None else Decimal(data["tax_rate"]),
        tax_minor=_minor(data["tax"], currency), first_place=data["first_place"],
        last_place=data["last_place"],
        late=tuple(date.fromisoformat(day) for day in data["late"]), memo=data["memo"],
    )  # fmt: skip


def _read_rated(data: Iterable[Mapping[str, Any]]) -> Iterable[Rated]:
    for each in data:
        rate = None if each["rate"] is None else Decimal(each["rate"])
        yield Rated(rate, each["points"], Decimal(each["amount"]), each["entries"])


def _minor(text: str, currency: str) -> int:
    return int(Decimal(text).scaleb(minor_exponent(currency)))


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _read_day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
