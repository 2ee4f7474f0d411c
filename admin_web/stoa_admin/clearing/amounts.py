"""Typed amounts: money as people write it, in minor units."""

import re
from decimal import Decimal

from stoa.values.amounts import minor_exponent

__all__ = ["minor_in"]

_AMOUNT = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,4})?")


def minor_in(text: str, currency: str) -> int | None:
    """Return a typed amount in minor units; ``None`` for what is none of this money."""
    if not _AMOUNT.fullmatch(text):
        return None
    minor = Decimal(text).scaleb(minor_exponent(currency))
    return int(minor) if minor == minor.to_integral_value() else None
