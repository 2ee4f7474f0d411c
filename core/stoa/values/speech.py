"""How numbers, money, days and lists are said in each language: the ground of every explanation.

Speech("en", "CNY").amount(200_000)         ¥2,000.00
Speech("zh-Hans", "CNY").amount(200_000)    2,000 元
Speech("zh-Hant", "CNY").amount(200_000)    人民幣 2,000 元
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from stoa.values.amounts import minor_exponent
from stoa.values.languages import closest

__all__ = ["Speech"]

_MOST_NAMED = 8
_ONE = 1000


@dataclass(frozen=True, slots=True)
class Speech:
    """Who is spoken to: a language, the money of the amounts, and what codes are called.

    Attributes:
        language: ``en``, ``zh-Hans`` or ``zh-Hant``; another tag speaks the closest of them.
        currency: ISO 4217, of money in minor units.
        names: what the member calls a thing, by ``tier:gold``, ``store:grocer-1``, or by the bare
            code; a code without a name is said as it is.
    """

    language: str = "en"
    currency: str = ""
    names: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "language", closest(self.language))

    def name(self, kind: str, code: str) -> str:
        """Return what a tier, a segment, a store … is called."""
        return self.names.get(f"{kind}:{code}") or self.names.get(code) or code

    def number(self, whole: int) -> str:
        """Return a whole number with its thousands apart: ``2,000``."""
        return f"{whole:,}"

    def decimal(self, thousandths: int) -> str:
        """Return thousandths as people write them: ``37.8``."""
        whole, rest = divmod(abs(thousandths), 1000)
        sign = "-" if thousandths < 0 else ""
        return f"{sign}{whole:,}.{rest:03}".rstrip("0").rstrip(".")

    def points(self, count: int, *, signed: bool = False) -> str:
        """Return points with their noun: ``1 point``, ``836 points``, ``836 积分``."""
        number = f"{count:+,}" if signed else f"{count:,}"
        if self.language == "en":
            return f"{number} point" if abs(count) == 1 else f"{number} points"
        return f"{number} {'积分' if self.language == 'zh-Hans' else '積分'}"

    def points_at(self, thousandths: int) -> str:
        """Return a rate in thousandths of a point: ``1 point``, ``0.5 points``."""
        if self.language == "en":
            return f"{self.decimal(thousandths)} {'point' if thousandths == _ONE else 'points'}"
        return f"{self.decimal(thousandths)} {'积分' if self.language == 'zh-Hans' else '積分'}"

    def amount(self, minor: int, currency: str = "") -> str:
        """Return money as its language writes it; whole amounts in Chinese have no decimals."""
        currency = currency or self.currency
        decimals = minor_exponent(currency)
        whole, rest = divmod(abs(minor), 10**decimals)
        sign = "-" if minor < 0 else ""
        fraction = f".{rest:0{decimals}}" if decimals else ""
        if self.language == "en":
            symbol = _SYMBOLS.get(currency, f"{currency} " if currency else "")
            return f"{sign}{symbol}{whole:,}{fraction}"
        number = f"{sign}{whole:,}{fraction if rest else ''}"
        before, after = _YUAN[self.language].get(currency, ("", currency))
        return " ".join(part for part in (before, number, after) if part)

    def day(self, day: date, *, near: date | None = None) -> str:
        """Return a day: ``1 May 2026``, or ``1 May`` where `near` lies in the same year."""
        year = near is None or near.year != day.year
        if self.language == "en":
            return f"{day.day} {_MONTHS[day.month - 1]}{f' {day.year}' if year else ''}"
        return f"{f'{day.year} 年 ' if year else ''}{day.month} 月 {day.day} 日"

    def month(self, day: date) -> str:
        """Return the month of a day: ``May 2026``."""
        if self.language == "en":
            return f"{_MONTHS[day.month - 1]} {day.year}"
        return f"{day.year} 年 {day.month} 月"

    def any_of(self, texts: Sequence[str]) -> str:
        """Return one or the other: ``Gold, Silver or VIP``; many are cut short."""
        return self._listed(texts, {"en": "or", "zh-Hans": "或", "zh-Hant": "或"}[self.language])

    def all_of(self, texts: Sequence[str]) -> str:
        """Return one and the other: ``Gold, Silver and VIP``; many are cut short."""
        return self._listed(texts, {"en": "and", "zh-Hans": "和", "zh-Hant": "及"}[self.language])

    def sentence(self, text: str) -> str:
        """Return a phrase as a sentence of its own: a capital before, a full stop behind."""
        if self.language == "en":
            return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"
        return text if text.endswith("。") else f"{text}。"

    def neat(self, text: str) -> str:
        """Return a text filled from a template with the spaces as its language has them."""
        text = " ".join(text.split())
        if self.language == "en":
            return text
        for pattern, instead in _SPACES:
            text = pattern.sub(instead, text)
        return text

    def _listed(self, texts: Sequence[str], word: str) -> str:
        comma = ", " if self.language == "en" else "、"
        if len(texts) > _MOST_NAMED:
            texts = [*texts[: _MOST_NAMED - 1], self._more(len(texts) - _MOST_NAMED + 1)]
        *first, last = texts or ("",)
        between = f" {word} " if self.language == "en" else word
        return f"{comma.join(first)}{between}{last}" if first else last

    def _more(self, count: int) -> str:
        said = {"en": "{} more", "zh-Hans": "其他 {} 项", "zh-Hant": "其他 {} 項"}
        return said[self.language].format(count)


_HAN = "[\u4e00-\u9fff]"
_SPACES = (
    (re.compile(f"(?<={_HAN})(?=[A-Za-z0-9+])|(?<=[A-Za-z0-9%])(?={_HAN})"), " "),
    (
        re.compile(
            f"(?<={_HAN}) (?=人民幣|新臺幣|新台币)| (?=[（）「」“”，、；。])|(?<=[（「“，、；。]) "
        ),
        "",
    ),
)
"""Chinese is written with a space beside Latin letters and digits, and none beside its marks."""
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_SYMBOLS = {
    "CNY": "¥", "HKD": "HK$", "TWD": "NT$", "MOP": "MOP$", "USD": "US$", "EUR": "€", "GBP": "£",
    "JPY": "JP¥", "KRW": "₩", "SGD": "S$",
}  # fmt: skip
_YUAN: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "zh-Hans": {
        "": ("", ""), "CNY": ("", "元"), "HKD": ("", "港元"), "TWD": ("新台币", "元"),
        "MOP": ("", "澳门元"), "USD": ("", "美元"), "EUR": ("", "欧元"), "GBP": ("", "英镑"),
        "JPY": ("", "日元"), "KRW": ("", "韩元"), "SGD": ("", "新加坡元"),
    },
    "zh-Hant": {
        "": ("", ""), "CNY": ("人民幣", "元"), "HKD": ("", "港元"), "TWD": ("新臺幣", "元"),
        "MOP": ("", "澳門元"), "USD": ("", "美元"), "EUR": ("", "歐元"), "GBP": ("", "英鎊"),
        "JPY": ("", "日圓"), "KRW": ("", "韓圜"), "SGD": ("", "新加坡元"),
    },
}  # fmt: skip
"""What stands before and behind a number of money; in mainland China a yuan needs no country."""
