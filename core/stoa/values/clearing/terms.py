"""Terms of clearing: who the operator is on paper, and how the alliance clears its points."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from stoa.values.clearing.clauses import Mode

__all__ = ["DEFAULT_TERMS", "Party", "Terms", "period_after", "period_of_day"]


@dataclass(frozen=True, slots=True)
class Party:
    """A legal entity as statements and payment files name it; every field may be empty."""

    name: str = ""
    address: tuple[str, ...] = ()
    tax_number: str = ""
    account: str = ""
    bic: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """How a points currency is cleared in a period.

    Attributes:
        version: 0 where nothing was agreed: the terms of `DEFAULT_TERMS`.
        effective_from: the first period they hold for, ``YYYY-MM``.
        revenue: ``principal`` or ``agent`` (IFRS 15 B34-B38).
        recognition: ``proportional`` or ``remote`` (IFRS 15 B46).
        urr_percent: the ultimate redemption rate expected beforehand.
        reserve_ratio: the part of outstanding points that is held in cash.
        series: what numbers of statements begin with.
    """

    version: int = 0
    effective_from: str = "0001-01"
    mode: Mode = Mode.POOL
    revenue: str = "principal"
    recognition: str = "proportional"
    urr_percent: Decimal = Decimal(80)
    reserve_ratio: Decimal = Decimal(1)
    operator: Party = Party()
    series: str = "STM"


DEFAULT_TERMS = Terms()
"""What holds until something is agreed: the pool, the operator as principal, 80 % redeemed."""


def period_of_day(day: date) -> str:
    """Return the month of a business day, ``YYYY-MM``."""
    return f"{day.year:04d}-{day.month:02d}"


def period_after(period: str) -> str:
    """Return the month after one."""
    year, month = int(period[:4]), int(period[5:])
    return f"{year + month // 12:04d}-{month % 12 + 1:02d}"
