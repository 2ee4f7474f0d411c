"""Money as it is told: an exact decimal and its currency."""

from dataclasses import dataclass
from decimal import Decimal

from stoa_sdk.records import Record

__all__ = ["Money"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Money(Record):
    """An exact amount of an ISO 4217 currency; `str` gives ``836.00 CNY``."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}"
