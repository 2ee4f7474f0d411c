"""Numbers as people write them, and as documents hold them: whole, in the smallest unit."""

import re

__all__ = ["read_number", "write_number"]

_WRITTEN = re.compile(r"(-?)([0-9]{1,18})(?:\.([0-9]{1,6}))?")


def read_number(text: str, scale: int) -> int | str:
    """Return ``"1,200.50"`` with a scale of 2 as 120050; the text itself where it is no number."""
    found = _WRITTEN.fullmatch(text.replace(",", "").replace(" ", "").replace("\u00a0", ""))
    decimals = (found[3] or "").rstrip("0") if found else ""
    if not found or len(decimals) > scale:
        return text
    return int(found[1] + found[2] + decimals.ljust(scale, "0"))


def write_number(value: object, scale: int, *, whole: bool = True) -> str:
    """Return 120050 with a scale of 2 as ``"1200.50"``; anything but a whole number as its text.

    Args:
        whole: leave out decimals that are zero: ``3`` rather than ``3.00``.
    """
    if type(value) is not int:
        return "" if value is None else str(value)
    if not scale:
        return str(value)
    sign, digits = ("-" if value < 0 else ""), str(abs(value)).rjust(scale + 1, "0")
    units, decimals = digits[:-scale], digits[-scale:]
    if whole:
        decimals = decimals.rstrip("0")
    return f"{sign}{units}.{decimals}" if decimals else f"{sign}{units}"
