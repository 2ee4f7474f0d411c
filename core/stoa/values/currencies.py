"""The terms of a points currency, as deeds remember them."""

from dataclasses import dataclass
from decimal import Decimal

from stoa.values.amounts import Rounding
from stoa.values.periods import Expiry
from stoa.values.tenders import Spending

__all__ = ["CurrencyTerms"]

_AS_ONE_LIKES = Spending()


@dataclass(frozen=True, slots=True)
class CurrencyTerms:
    """A points currency: when points expire, what one is worth, what becomes of spent ones.

    Attributes:
        debt_policy: ``debt``, ``negative`` or ``floor`` (economics §3.8).
        grace_days: how long points live that come back after their last day.
        rounding: of a fraction of a point.
        spending: how points pay, and from how many on a member has to confirm.
    """

    code: str
    expiry: Expiry
    face_value: Decimal
    money_currency: str
    debt_policy: str
    grace_days: int
    rounding: Rounding
    version: int
    spending: Spending = _AS_ONE_LIKES
