"""What a line of a file says; each text is understood once, for files repeat themselves.

A text that can't be understood is a `RowRefused`, with the code that the import's report tells.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from stoa.errors import InvalidBodyError
from stoa.values.amounts import Rounding, divide, minor_exponent, parse_decimal
from stoa.values.identifiers import is_card_number, read_email, read_phone
from stoa.values.mapping import ISO, ImportMapping
from stoa.values.periods import local_day, zone
from stoa.work import Work

__all__ = ["Meanings", "RowRefused", "Shop", "WrongRow", "find_shops"]

_MAX_WORD = 100
_MAX_MINOR = 10**13
_MAX_MILLI = 10**12
_PRICE_DECIMALS = 6
_REMEMBERED = 200_000
_AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class WrongRow:
    """A line of the file that was not taken, or not wholly, and why."""

    line: int
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Shop:
    """A store as a line of the file needs it."""

    store_id: UUID
    zone: str


class RowRefused(Exception):  # noqa: N818 - a reason, not a fault
    """A line can't be taken: a code for machines, a text for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class _Memory(dict[Any, Any]):
    """Remembers what a text means; forgets everything when it has become large."""

    def __init__(self, read: Callable[[Any], Any]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: Any) -> Any:  # noqa: ANN401 - as `read` answers
        if len(self) >= _REMEMBERED:
            self.clear()
        value = self[text] = self._read(text)
        return value


_STORES = """
SELECT p.code, s.code, s.id, i.zone, s.currency
  FROM stores s JOIN partners p ON p.id = s.partner_id JOIN sites i ON i.id = s.site_id
"""


def find_shops(work: Work, mapping: ImportMapping) -> dict[tuple[str, str], Shop]:
    """Return the stores by partner's and store's code; the only store of a partner also by ``""``.

    Raises:
        InvalidBodyError: a rule names no store, or a store whose tills take another money.
    """
    shops: dict[tuple[str, str], Shop] = {}
    moneys: dict[tuple[str, str], str] = {}
    rows = work.rows(_STORES)
    alone = Counter(row[0] for row in rows)
    for partner, store, store_id, zone_name, money in rows:
        for name in (store, "") if alone[partner] == 1 else (store,):
            shops[partner, name] = Shop(store_id, zone_name)
            moneys[partner, name] = money
    errors: dict[str, list[str]] = {}
    for place, rule in enumerate(mapping.shops, 1):
        key = (rule.partner, rule.store)
        if key not in shops:
            errors[f"shops.{place}"] = [f"There is no store {rule.partner}/{rule.store}."]
        elif moneys[key] != mapping.currency:
            errors[f"shops.{place}"] = [
                f"Its tills take {moneys[key]}, not {mapping.currency} as money.currency says."
            ]
    if errors:
        raise InvalidBodyError(errors=errors)
    return {key: shop for key, shop in shops.items() if moneys[key] == mapping.currency}


class Meanings:
    """What the texts of a file mean, by a mapping; every attribute is asked like a dict.

    Attributes:
        no_article: whether an article is none.
        stores: the id and the zone of the store that a shop's text means.
        members: the one spelling of an identifier.
        words: a text of at most 100 printable characters, by it and what it is; ``""`` for anything
            that may be empty.
        quantities: thousandths.
        amounts: minor units of a sale, by the texts of its quantity and its price.
        times: the instant and the day of a time, by its text and the store's zone.
    """

    def __init__(
        self, mapping: ImportMapping, shops: Mapping[tuple[str, str], Shop], *, now: datetime
    ) -> None:
        self._mapping = mapping
        self._shops = shops
        self._latest = now + _AHEAD
        pattern = mapping.no_article
        self.no_article = _Memory(lambda text: bool(pattern and pattern.match(text.strip())))
        self.stores = _Memory(self._shop)
        self.members = _Memory(self._member)
        self.words = _Memory(_word)
        self.quantities = _Memory(_quantity)
        self.amounts = _Memory(self._amount)
        self.times = _Memory(self._time)

    def _shop(self, text: str) -> tuple[str, str]:
        name = text.strip()
        if not self._mapping.shops:
            partner, _, store = name.partition("/")
            key: tuple[str, str] | None = (partner, store)
        else:
            fitting = (rule for rule in self._mapping.shops if rule.pattern.match(name))
            rule = next(fitting, None)
            key = (rule.partner, rule.store) if rule else None
        shop = self._shops.get(key) if key else None
        if shop is None:
            raise RowRefused("STORE_UNKNOWN", f"No store is meant by {name[:_MAX_WORD]!r}.")
        return str(shop.store_id), shop.zone

    def _member(self, text: str) -> str:
        kind = self._mapping.member.kind
        try:
            if kind == "phone":
                return read_phone(text)
            if kind == "email":
                return _word((read_email(text), "member"))
        except ValueError:
            raise RowRefused("INVALID_MEMBER", f"This is no {kind}.") from None
        if kind == "card":
            number = text.replace(" ", "")
            if not is_card_number(number):
                raise RowRefused("INVALID_MEMBER", "The check digit of this card number is wrong.")
            return number
        return _word((text, "member"))

    def _time(self, key: tuple[str, str]) -> tuple[str, str]:
        text, zone_name = key
        try:
            if self._mapping.time_format == ISO:
                at = datetime.fromisoformat(text.strip())
            else:
                at = datetime.strptime(text.strip(), self._mapping.time_format)  # noqa: DTZ007 - its zone comes below
            if at.tzinfo is None:
                at = at.replace(tzinfo=zone(self._mapping.zone))
            at = at.astimezone(UTC)
        except (ValueError, OverflowError):
            raise RowRefused("INVALID_TIME", f"{text[:_MAX_WORD]!r} is no such time.") from None
        if at > self._latest:
            raise RowRefused("OCCURS_IN_FUTURE", f"{text} lies in the future.")
        return at.isoformat(), local_day(at, zone_name).isoformat()

    def _amount(self, key: tuple[str, str]) -> int:
        quantity = _quantity(key[0])
        if quantity < 0:
            raise RowRefused("NEGATIVE_QUANTITY", f"{key[0]} of an article, and no return.")
        try:
            price = parse_decimal(key[1].strip(), _PRICE_DECIMALS)
        except ValueError:
            raise RowRefused("INVALID_PRICE", f"{key[1][:_MAX_WORD]!r} is no price.") from None
        if price < 0:
            raise RowRefused("NEGATIVE_PRICE", f"A price of {key[1]}.")
        if self._mapping.columns.unit_price:
            price *= quantity
        else:
            price *= 1000
        scale = 10 ** (3 + _PRICE_DECIMALS - minor_exponent(self._mapping.currency))
        net = divide(price, scale, Rounding(self._mapping.rounding))
        if net > _MAX_MINOR:
            raise RowRefused("AMOUNT_TOO_LARGE", f"{key[0]} at {key[1]}.")
        return net


def _quantity(text: str) -> int:
    try:
        quantity = parse_decimal(text.strip(), 3)
    except ValueError:
        raise RowRefused("INVALID_QUANTITY", f"{text[:_MAX_WORD]!r} is no quantity.") from None
    if quantity == 0:
        raise RowRefused("ZERO_QUANTITY", "Nothing was bought.")
    if abs(quantity) > _MAX_MILLI:
        raise RowRefused("AMOUNT_TOO_LARGE", f"A quantity of {text}.")
    return quantity


def _word(key: tuple[str, str]) -> str:
    text, needed = key[0].strip(), key[1]
    if needed and not text:
        raise RowRefused(f"INVALID_{needed.upper()}", f"The {needed} is empty.")
    if len(text) > _MAX_WORD or not text.isprintable():
        name = needed or "text"
        raise RowRefused(
            f"INVALID_{name.upper()}", f"The {name} has odd or more than {_MAX_WORD} characters."
        )
    return text.replace("\\", "\\\\")
