"""What is back of a purchase in money and points: shares of lines and tenders, rounded down.

Of three pieces for 10.00, the first that comes back is worth 3.33, the second 3.33 and the third
3.34: what is back so far is always the share of what came back so far, and all of it at the end
(`stoa.services.backs` tells the whole of it).
"""

from collections.abc import Mapping, Sequence

from stoa.values.amounts import Rounding, divide, share
from stoa.values.facts import EarnedLine, Line, Tender

__all__ = ["line_worth", "points_back", "tenders_back", "worth"]


def worth(lines: Sequence[Line], returned: Mapping[str, int], amounts: Mapping[str, int]) -> int:
    """Return what is back of a purchase, in minor units.

    Args:
        returned: thousandths back by line number.
        amounts: minor units back without goods by line number.
    """
    return sum(
        line_worth(line, returned.get(no, 0), amounts.get(no, 0))
        for no, line in ((str(line.line_no), line) for line in lines)
    )


def line_worth(line: Line, milli: int, amount: int) -> int:
    """Return what is back of a line in minor units, at most its net."""
    goods = divide(line.net_minor * milli, line.quantity_milli, Rounding.DOWN)
    return min(line.net_minor, goods + amount)


def tenders_back(tenders: Sequence[Tender], kept: Mapping[str, int], whole_minor: int) -> list[int]:
    """Return the minor units that are back of each tender.

    What came back without saying how is split by what is left of each.

    Args:
        kept: minor units by the place of a tender, where it was said.
        whole_minor: what is back of the purchase.
    """
    back: list[int] = [kept.get(str(place), 0) for place in range(len(tenders))]
    left = [tender.minor - gone for tender, gone in zip(tenders, back, strict=True)]
    parts = share(whole_minor - sum(back), left)
    return [gone + part for gone, part in zip(back, parts, strict=True)]


def points_back(
    earned: EarnedLine,
    lines: Mapping[str, Line],
    returned: Mapping[str, int],
    amounts: Mapping[str, int],
) -> int:
    """Return the points of an earned line that are back with its receipt lines.

    Args:
        lines: by line number as text, as `returned` and `amounts` are.
    """
    return sum(
        _of_line(points, lines[no], returned.get(no, 0), amounts.get(no, 0))
        for no, points in earned.on.items()
    )


def _of_line(points: int, line: Line, milli: int, amount: int) -> int:
    if not amount:
        return divide(points * milli, line.quantity_milli, Rounding.DOWN)
    whole = line.quantity_milli * line.net_minor
    part = milli * line.net_minor + amount * line.quantity_milli
    return divide(points * min(part, whole), whole, Rounding.DOWN)
