"""How a file of purchases is read: a TOML document that names columns, shops and rules.

`docs/import.md` tells every name of it with an example.
"""

import hashlib
import json
import re
import tomllib
from dataclasses import dataclass

from stoa.values.amounts import Rounding
from stoa.values.periods import is_zone
from stoa.values.sections import InvalidDocumentError, Section, read_document

__all__ = [
    "ISO",
    "Columns",
    "ImportMapping",
    "MemberRule",
    "ReturnRule",
    "ShopRule",
    "read_mapping",
]

ISO = "iso"
"""The time format of RFC 3339 and ISO 8601, such as ``2026-05-01T12:00`` with or without offset."""

_MEMBER_KINDS = ("partner_ref", "card", "phone", "email")


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of the file's columns; empty where the file has no such column.

    Exactly one of `unit_price` and `amount` is given: the price of one, or of the whole line.
    """

    receipt: str
    article: str
    quantity: str
    occurred_at: str
    member: str
    unit_price: str
    amount: str
    category: str
    unit: str
    terminal: str
    shop: str
    ignored: tuple[str, ...]

    @property
    def used(self) -> dict[str, str]:
        """The columns that are read, by what they are."""
        return {
            name: getattr(self, name)
            for name in self.__slots__
            if name != "ignored" and getattr(self, name)
        }


@dataclass(frozen=True, slots=True)
class ShopRule:
    """Lines whose text the pattern matches from its beginning were sold at this store.

    An empty `store` is the only store of the partner.
    """

    pattern: re.Pattern[str]
    partner: str
    store: str


@dataclass(frozen=True, slots=True)
class MemberRule:
    """What the member column holds.

    Attributes:
        kind: ``partner_ref``, ``card``, ``phone`` or ``email``.
        partner: whose reference it is; empty for a number that the operator gave.
        enrol: whether an unknown member is enrolled.
        name: the display name of one enrolled so, with ``{value}`` in it.
    """

    kind: str
    partner: str
    enrol: bool
    name: str


@dataclass(frozen=True, slots=True)
class ReturnRule:
    """What tells a returned line: how its receipt begins, a quantity below zero, or both."""

    receipt_prefix: str
    negative_quantity: bool


@dataclass(frozen=True, slots=True)
class ImportMapping:
    """A whole mapping.

    Attributes:
        time_format: of `datetime.strptime`, or `ISO`.
        zone: the IANA zone of times without an offset.
        currency: ISO 4217, of every price.
        rounding: what becomes of a fraction of a minor unit.
        no_article: matches, from their beginning, articles that are none; ``None`` for no such.
        shops: the first that fits holds; empty where the shop column itself names the store.
        tell: whether each purchase is told to plugins and webhooks, as one from a till is.
        digest: SHA-256 of what the document says, however it is laid out.
    """

    encoding: str
    delimiter: str
    columns: Columns
    time_format: str
    zone: str
    currency: str
    rounding: Rounding
    member: MemberRule
    no_article: re.Pattern[str] | None
    shops: tuple[ShopRule, ...]
    returns: ReturnRule
    tell: bool
    digest: str


def read_mapping(text: str) -> ImportMapping:
    """Read a mapping.

    Raises:
        InvalidDocumentError: it is no TOML, or does not fit; every mistake is named.
    """
    errors: dict[str, list[str]] = {}
    document = read_document(text, errors)
    columns = _read_columns(document.section("columns"))
    time, money = document.section("time"), document.section("money")
    mapping = ImportMapping(
        *_read_file(document.section("file")),
        columns=columns,
        time_format=time.text("format", ISO),
        zone=_zone(time),
        currency=_currency(money),
        rounding=Rounding(_among(money, "rounding", Rounding.HALF_UP, tuple(Rounding))),
        member=_read_member(document.section("member")),
        no_article=_read_articles(document.section("articles")),
        shops=_read_shops(document, columns),
        returns=_read_returns(document.section("returns")),
        tell=document.flag("tell", default=False),
        digest=hashlib.sha256(
            json.dumps(tomllib.loads(text), sort_keys=True, default=str).encode()
        ).hexdigest(),
    )
    for section in (time, money, document):
        section.close()
    if errors:
        raise InvalidDocumentError(errors)
    return mapping


def _read_file(section: Section) -> tuple[str, str]:
    encoding = section.text("encoding", "utf-8-sig")
    try:
        "".encode(encoding)
    except LookupError:
        section.wrong("encoding", "Python knows no such encoding.")
    delimiter = section.text("delimiter", ",")
    if len(delimiter) != 1:
        section.wrong("delimiter", "Write one character.")
    section.close()
    return encoding, delimiter


def _read_columns(section: Section) -> Columns:
    needed = ("receipt", "article", "quantity", "occurred_at", "member")
    optional = ("unit_price", "amount", "category", "unit", "terminal", "shop")
    names = {name: section.text(name) for name in needed}
    names |= {name: section.text(name, "") for name in optional}
    if bool(names["unit_price"]) == bool(names["amount"]):
        section.wrong("unit_price", "Name a column of unit prices or one of amounts, not both.")
    columns = Columns(**names, ignored=section.texts("ignored"))
    section.close()
    return columns


def _zone(section: Section) -> str:
    zone = section.text("zone")
    if zone and not is_zone(zone):
        section.wrong("zone", "This is no IANA time zone.")
    return zone


def _currency(section: Section) -> str:
    currency = section.text("currency")
    if currency and not re.fullmatch("[A-Z]{3}", currency):
        section.wrong("currency", "Write a code of ISO 4217, such as GBP.")
    return currency


def _read_member(section: Section) -> MemberRule:
    rule = MemberRule(
        _among(section, "kind", _MEMBER_KINDS[0], _MEMBER_KINDS),
        section.text("partner", ""),
        section.flag("enrol", default=False),
        section.text("name", "Member {value}"),
    )
    if rule.partner and rule.kind != "partner_ref":
        section.wrong("partner", "Only a partner_ref belongs to a partner.")
    section.close()
    return rule


def _read_articles(section: Section) -> re.Pattern[str] | None:
    pattern = _pattern(section, "none") if section.has("none") else None
    section.text("none", "")
    section.close()
    return pattern


def _read_shops(document: Section, columns: Columns) -> tuple[ShopRule, ...]:
    rules = []
    for section in document.sections("shops"):
        named = [name for name in ("prefix", "pattern", "any") if section.has(name)]
        if len(named) != 1:
            section.wrong("", "Give one of prefix, pattern and any.")
        pattern = re.compile(re.escape(section.text("prefix", "")))
        if section.has("pattern"):
            pattern = _pattern(section, "pattern")
        section.flag("any", default=True)
        section.text("pattern", "")
        rules.append(ShopRule(pattern, section.text("partner"), section.text("store", "")))
        section.close()
    if not rules and not columns.shop:
        document.wrong("shops", "Give rules for the shops, or name a column of shops.")
    return tuple(rules)


def _read_returns(section: Section) -> ReturnRule:
    rule = ReturnRule(
        section.text("receipt_prefix", ""), section.flag("negative_quantity", default=True)
    )
    section.close()
    return rule


def _pattern(section: Section, name: str) -> re.Pattern[str]:
    try:
        return re.compile(section.text(name))
    except re.error as wrong:
        section.wrong(name, f"This is no regular expression: {wrong}.")
        return re.compile("")


def _among(section: Section, name: str, default: str, choices: tuple[str, ...]) -> str:
    value = section.text(name, default, among=choices)
    return value if value in choices else default
