"""Credit notes: what takes a part of a statement back, frozen as its canonical JSON."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType
from typing import Any

from stoa.values.amounts import minor_exponent
from stoa.values.clearing.lines import Line
from stoa.values.clearing.statements import Entity, money_text
from stoa.values.clearing.wording import LINES, WORDS
from stoa.values.languages import closest
from stoa.values.sheets import Amount, Cell, Column, Fact, Row, Sheet, Table

__all__ = ["SHAPE", "CreditPaper", "credit_sheet"]

SHAPE = 1
"""The shape of the frozen document."""

_OURS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "en": {
            "title": "Credit note", "statement": "Takes back a part of statement",
            "dispute": "Dispute", "net": "Net", "gross": "Total", "why": "Why",
            "owes": "The partner owes so much less.", "owed": "The partner is owed so much less.",
        },
        "zh-Hans": {
            "title": "贷项通知单", "statement": "冲减对账单", "dispute": "争议",
            "net": "不含税金额",
            "gross": "合计", "why": "原因", "owes": "合作商户少付此金额。",
            "owed": "合作商户少收此金额。",
        },
        "zh-Hant": {
            "title": "貸項通知單", "statement": "沖減對賬單", "dispute": "爭議",
            "net": "不含稅金額",
            "gross": "合計", "why": "原因", "owes": "合作商戶少付此金額。",
            "owed": "合作商戶少收此金額。",
        },
    }
)  # fmt: skip


@dataclass(frozen=True)
class CreditPaper:
    """What a credit note says; amounts are minor units below zero.

    Attributes:
        statement: the number of the statement of which it takes a part back.
        owes: whether the partner owed the line: it owes less now; else it is owed less.
        text: why it was decided so.
        dispute: the public id of the dispute.
    """

    no: str
    statement: str
    period: str
    partner: Entity
    operator: Entity
    line: str
    counterparty: str
    points: int
    money_currency: str
    net_minor: int
    tax_code: str
    tax_rate: Decimal | None
    tax_minor: int
    owes: bool
    reason: str
    text: str
    issued_on: date
    dispute: str

    @property
    def gross_minor(self) -> int:
        """Net and tax."""
        return self.net_minor + self.tax_minor

    @cached_property
    def canonical(self) -> bytes:
        """The frozen bytes: keys in order, no blanks, UTF-8, amounts as text."""
        money = self.money_currency
        document = {
            "shape": SHAPE, "kind": "credit_note", "no": self.no, "statement": self.statement,
            "period": self.period, "partner": _entity(self.partner),
            "operator": _entity(self.operator), "line": self.line,
            "counterparty": self.counterparty, "points": self.points, "money_currency": money,
            "net": money_text(self.net_minor, money), "tax_code": self.tax_code,
            "tax_rate": None if self.tax_rate is None else f"{self.tax_rate.normalize():f}",
            "tax": money_text(self.tax_minor, money),
            "gross": money_text(self.gross_minor, money), "owes": self.owes,
            "reason": self.reason, "text": self.text, "issued_on": self.issued_on.isoformat(),
            "dispute": self.dispute,
        }  # fmt: skip
        text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return text.encode()

    @cached_property
    def sha256(self) -> str:
        """The hash of the frozen bytes, as 64 hexadecimal digits."""
        return hashlib.sha256(self.canonical).hexdigest()

    @classmethod
    def read(cls, text: str) -> "CreditPaper":
        """Read a frozen document back.

        Raises:
            ValueError: its shape is one of a later release.
        """
        data: dict[str, Any] = json.loads(text)
        if data["shape"] != SHAPE:
            raise ValueError(f"a credit note of shape {data['shape']} is for a later release")
        exponent = minor_exponent(data["money_currency"])
        return cls(
            no=data["no"], statement=data["statement"], period=data["period"],
            partner=_read_entity(data["partner"]), operator=_read_entity(data["operator"]),
            line=data["line"], counterparty=data["counterparty"], points=data["points"],
            money_currency=data["money_currency"],
            net_minor=int(Decimal(data["net"]).scaleb(exponent)), tax_code=data["tax_code"],
            tax_rate=None if data["tax_rate"] is None else Decimal(data["tax_rate"]),
            tax_minor=int(Decimal(data["tax"]).scaleb(exponent)), owes=data["owes"],
            reason=data["reason"], text=data["text"],
            issued_on=date.fromisoformat(data["issued_on"]), dispute=data["dispute"],
        )  # fmt: skip


def credit_sheet(paper: CreditPaper, *, language: str, at: datetime) -> Sheet:
    """Return a credit note as a sheet, in the closest language that is spoken."""
    spoken = closest(language)
    words = {**WORDS[spoken], **_OURS[spoken]}
    decimals = minor_exponent(paper.money_currency)

    def amount(minor: int) -> Amount:
        return Amount(Decimal(minor).scaleb(-decimals), decimals)

    cells: tuple[Cell, ...] = (
        LINES[spoken][Line(paper.line)], paper.counterparty, paper.points or None,
        amount(paper.net_minor), amount(paper.tax_minor), amount(paper.gross_minor),
    )  # fmt: skip
    names = ("line", "with", "points", "net", "tax", "gross")
    columns = tuple(Column(words[name], number=n > 1) for n, name in enumerate(names))
    return Sheet(
        title=words["title"], number=paper.no, language=spoken, at=at,
        sides=(
            (words["from"], _side(paper.operator, words)),
            (words["to"], _side(paper.partner, words)),
        ),
        facts=(
            Fact(words["statement"], paper.statement), Fact(words["period"], paper.period),
            Fact(words["issued_on"], paper.issued_on), Fact(words["money"], paper.money_currency),
            Fact(words["dispute"], paper.dispute), Fact(words["why"], paper.text),
        ),
        tables=(Table(words["lines"], columns, (Row(cells, total=True),)),),
        notes=(
            words["owes" if paper.owes else "owed"], words["frozen"].format(hash=paper.sha256)
        ),
    )  # fmt: skip


def _side(entity: Entity, words: Mapping[str, str]) -> tuple[str, ...]:
    lines = [entity.name, *entity.address]
    if entity.tax_number:
        lines.append(f"{words['tax_number']}: {entity.tax_number}")
    return tuple(lines)


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
