"""What comes back of a purchase: arithmetic by line and by tender, cumulative, in whole units.

A line is worth its net; of three pieces for 10.00, the first that comes back is worth 3.33, the
second 3.33 and the third 3.34: what is back so far is always the share of what came back so far,
rounded down, and all of it at the end. Money given back without goods counts on top, and no line
ever gives back more than its net. The points of a line follow it: earned points times
``min(1, quantity back / quantity + amount back / net)``, cumulative and rounded down. So no order
and no split of returns takes more, or leaves more, than was earned (promise P12).

The value that comes back is split over the tenders by what is left of each, unless the till says
how it paid the money out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stoa.errors import (
    AlreadyReturnedError,
    ExceedsPurchaseError,
    InvalidBodyError,
    LinesDoNotSumError,
)
from stoa.services.purchases import Sold
from stoa.values.amounts import minor_exponent, parse_decimal, share
from stoa.values.facts import Line, TenderKind
from stoa.values.handback import line_worth, points_back
from stoa.values.handback import tenders_back as split_back
from stoa.values.handback import worth as worth_back

__all__ = [
    "Back",
    "BackLine",
    "BackTender",
    "Outcome",
    "clawback",
    "explained",
    "outcome",
    "settle",
    "tenders_back",
]


@dataclass(frozen=True, slots=True)
class BackLine:
    """A line of which something comes back: goods, or an amount of money without goods.

    Attributes:
        quantity_milli: thousandths of the line's unit; ``None`` for an amount.
        amount: decimal text in the purchase's currency; ``None`` for goods.
    """

    line_no: int
    quantity_milli: int | None = None
    amount: str | None = None


@dataclass(frozen=True, slots=True)
class BackTender:
    """A means of payment and what of it goes back, as decimal text."""

    kind: TenderKind
    amount: str


@dataclass(frozen=True, slots=True)
class Back:
    """What a till takes back: lines, or an amount of the whole purchase; all that is left else.

    Attributes:
        receipt_no: the return's own receipt; a second one of the same day is refused.
        amount: decimal text, shared over the lines by what is left of each.
        tenders: how the money was paid out; alone, their sum is the amount.
    """

    receipt_no: str = ""
    terminal: str = ""
    lines: tuple[BackLine, ...] = ()
    amount: str | None = None
    tenders: tuple[BackTender, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is back of a purchase in all after a return, and what of it is new.

    Attributes:
        returned: thousandths back in all, by line number.
        amounts: minor units back in all without goods, by line number.
        value_minor: what comes back now.
        tenders: minor units back in all, by the place of the tender.
        paid_out: minor units going back now, by the place of the tender.
        whole: whether all of the purchase is back.
    """

    returned: dict[str, int]
    amounts: dict[str, int]
    value_minor: int
    tenders: list[int]
    paid_out: list[int]
    whole: bool


def settle(sold: Sold, back: Back) -> Outcome:
    """Return what a purchase comes to when this comes back.

    Raises:
        AlreadyReturnedError: all of a line is back.
        ExceedsPurchaseError: more comes back than is left, of a line, a tender or in all.
        InvalidBodyError: the purchase has no such line, or an amount is none.
        LinesDoNotSumError: the tenders are not what comes back.
    """
    returned, amounts = dict(sold.returned), _amounts(sold)
    given = [_minor(sold, each.amount, "tenders") for each in back.tenders]
    if back.lines:
        _take_lines(sold, back.lines, returned, amounts)
    elif back.amount is not None:
        _take_amount(sold, _minor(sold, back.amount, "amount"), returned, amounts)
    elif given:
        _take_amount(sold, sum(given), returned, amounts)
    else:
        returned = {str(line.line_no): line.quantity_milli for line in sold.lines}
    value = _value(sold, returned, amounts) - _value(sold, sold.returned, _amounts(sold))
    if not given:
        return outcome(sold, returned, amounts)
    if sum(given) != value:
        raise LinesDoNotSumError(lines_minor=value, tenders_minor=sum(given))
    kinds = [each.kind for each in back.tenders]
    return outcome(sold, returned, amounts, paid_out=_paid_out(sold, kinds, given))


def outcome(
    sold: Sold,
    returned: dict[str, int],
    amounts: dict[str, int] | None = None,
    *,
    paid_out: list[int] | None = None,
) -> Outcome:
    """Return what a purchase comes to when so much is back of its lines.

    Args:
        amounts: as they are, where ``None``.
        paid_out: by tender; split by what is left of each where ``None``.
    """
    amounts = _amounts(sold) if amounts is None else amounts
    value = _value(sold, returned, amounts) - _value(sold, sold.returned, _amounts(sold))
    before = tenders_back(sold)
    if paid_out is None:
        left = [tender.minor - gone for tender, gone in zip(sold.tenders, before, strict=True)]
        paid_out = share(value, left)
    whole = all(
        _is_back(line, returned.get(no, 0), amounts.get(no, 0))
        for no, line in ((str(line.line_no), line) for line in sold.lines)
    )
    after = [gone + now for gone, now in zip(before, paid_out, strict=True)]
    return Outcome(returned, amounts, value, after, paid_out, whole)


def tenders_back(sold: Sold) -> list[int]:
    """Return the minor units that are back of each tender.

    What came back without saying how, by an import, is split by what is left of each.
    """
    whole = _value(sold, sold.returned, _amounts(sold))
    return split_back(sold.tenders, sold.given_back.get("tenders", {}), whole)


def clawback(
    sold: Sold, returned: Mapping[str, int], amounts: Mapping[str, int] | None = None
) -> list[int]:
    """Return for each earn line the points to take back when so much is back in all.

    Args:
        returned: thousandths by line number.
        amounts: minor units without goods by line number; as they are where ``None``.
    """
    lines = {str(line.line_no): line for line in sold.lines}
    before = _amounts(sold)
    after = before if amounts is None else amounts

    return [
        points_back(shared, lines, returned, after)
        - points_back(shared, lines, sold.returned, before)
        for shared in sold.earned
    ]


def explained(
    sold: Sold, done: Outcome, taken: Sequence[int], *, kind: str, partner_version: int
) -> dict[str, Any]:
    """Return the explanation of a return's transaction: what came back, and the arithmetic.

    Args:
        taken: the points taken back by earn line.
        kind: ``return`` or ``void``.
    """
    facts: dict[str, Any] = {
        "status": "voided" if kind == "void" else "returned" if done.whole else "posted",
        "clawed_back": sum(taken),
        "partner_version": partner_version,
        "lines": [
            {
                "reason": shared.reason,
                "arithmetic": f"{kind} of receipt {sold.receipt_no}: {points} points back",
            }
            for points, shared in zip(taken, sold.earned, strict=True)
            if points
        ],
        "returned": done.returned,
        "tenders": [
            [tender.kind.value, minor]
            for tender, minor in zip(sold.tenders, done.paid_out, strict=True)
            if minor
        ],
    }
    return facts | ({"amounts": done.amounts} if done.amounts else {})


def _take_lines(
    sold: Sold, lines: Sequence[BackLine], returned: dict[str, int], amounts: dict[str, int]
) -> None:
    bought = {str(line.line_no): line for line in sold.lines}
    for asked in lines:
        no = str(asked.line_no)
        line = bought.get(no)
        if line is None:
            raise InvalidBodyError(errors={"lines": [f"The purchase has no line {no}."]})
        gone, paid = returned.get(no, 0), amounts.get(no, 0)
        if _is_back(line, gone, paid):
            raise AlreadyReturnedError(line_no=asked.line_no)
        if asked.amount is None:
            wanted, left = asked.quantity_milli or 0, line.quantity_milli - gone
            if wanted > left:
                raise ExceedsPurchaseError(line_no=asked.line_no, left_milli=left)
            returned[no] = gone + wanted
            continue
        wanted, left = (
            _minor(sold, asked.amount, "lines"),
            line.net_minor - line_worth(line, gone, paid),
        )
        if wanted > left:
            raise ExceedsPurchaseError(line_no=asked.line_no, left_minor=left)
        amounts[no] = paid + wanted


def _take_amount(
    sold: Sold, wanted: int, returned: dict[str, int], amounts: dict[str, int]
) -> None:
    left = [
        line.net_minor - line_worth(line, returned.get(no, 0), amounts.get(no, 0))
        for no, line in ((str(line.line_no), line) for line in sold.lines)
    ]
    if wanted > sum(left):
        raise ExceedsPurchaseError(left_minor=sum(left))
    for line, part in zip(sold.lines, share(wanted, left), strict=True):
        no = str(line.line_no)
        if part:
            amounts[no] = amounts.get(no, 0) + part
        elif line.net_minor == 0 and wanted == sum(left):
            returned[no] = line.quantity_milli  # all money is back, and so is what cost none


def _paid_out(sold: Sold, kinds: Sequence[TenderKind], given: Sequence[int]) -> list[int]:
    """Return by tender what the till paid out; what a sale does not tell apart is ``other``."""
    back = tenders_back(sold)
    left = [tender.minor - gone for tender, gone in zip(sold.tenders, back, strict=True)]
    paid = [0] * len(left)
    for kind, minor in zip(kinds, given, strict=True):
        places = [place for place, each in enumerate(sold.tenders) if each.kind is kind]
        if not places and kind is not TenderKind.POINTS:
            places = [
                place for place, each in enumerate(sold.tenders) if each.kind is TenderKind.OTHER
            ]
        rest = minor
        for place in places:
            part = min(rest, left[place] - paid[place])
            paid[place] += part
            rest -= part
        if rest:
            raise ExceedsPurchaseError(tender=kind.value, left_minor=minor - rest)
    return paid


def _value(sold: Sold, returned: Mapping[str, int], amounts: Mapping[str, int]) -> int:
    return worth_back(sold.lines, returned, amounts)


def _is_back(line: Line, milli: int, amount: int) -> bool:
    paid = line.net_minor > 0 and line_worth(line, milli, amount) == line.net_minor
    return milli == line.quantity_milli or paid


def _amounts(sold: Sold) -> dict[str, int]:
    return dict(sold.given_back.get("lines", {}))


def _minor(sold: Sold, amount: str, field: str) -> int:
    exponent = minor_exponent(sold.currency)
    try:
        minor = parse_decimal(amount, exponent)
    except ValueError:
        text = f"{sold.currency} has {exponent} decimals."
        raise InvalidBodyError(errors={field: [text]}) from None
    if minor <= 0:
        raise InvalidBodyError(errors={field: ["Write an amount above zero."]})
    return minor
