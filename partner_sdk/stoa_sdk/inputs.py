"""What a caller hands in: names of members, lines and tenders, exact decimals; never a float."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from stoa_sdk.facts import TenderKind

__all__ = [
    "Amount",
    "Line",
    "Member",
    "MemberName",
    "Original",
    "Quantity",
    "ReturnLine",
    "Tender",
    "amount_text",
    "as_member",
    "card",
    "email",
    "instant_text",
    "line_objects",
    "partner_ref",
    "phone",
    "points_count",
    "qr",
    "quantity_text",
    "return_objects",
    "step_up",
    "tender_objects",
]

_REF_PREFIX = "mbr_"


@dataclass(frozen=True, slots=True)
class MemberName:
    """One way to name a member; its text form leaves the value out, so that logs stay clean."""

    type: str
    value: str = field(repr=False)

    def as_object(self) -> dict[str, str]:
        """Return the JSON object that the API reads."""
        return {"type": self.type, "value": self.value}


Member = MemberName | str
"""A member named by `qr`, `card`, `phone`, `email` or `partner_ref`, or by a `member_ref` text."""

Amount = str | Decimal
"""Money in whole units with its decimals: ``"836.00"`` or ``Decimal("836.00")``."""

Quantity = str | Decimal | int
"""How much of something, with at most three decimals: ``"37.8"``, ``Decimal("37.8")`` or ``2``."""


def qr(code: str) -> MemberName:
    """Name a member by the code that is shown at the till: it may spend, once."""
    return MemberName("qr", code)


def card(number: str) -> MemberName:
    """Name a member by the number of a card: it earns and finds, and may not spend."""
    return MemberName("card", number)


def phone(number: str) -> MemberName:
    """Name a member by a phone number with its country code, such as ``+8613800138000``."""
    return MemberName("phone", number)


def email(address: str) -> MemberName:
    """Name a member by an e-mail address."""
    return MemberName("email", address)


def partner_ref(reference: str) -> MemberName:
    """Name a member by the partner's own customer number, given at enrolment."""
    return MemberName("partner_ref", reference)


def as_member(member: Member) -> MemberName:
    """Return how the member is named; a plain text must be a `member_ref`.

    Raises:
        ValueError: the text is no `member_ref`.
    """
    if isinstance(member, MemberName):
        return member
    if not isinstance(member, str) or not member.startswith(_REF_PREFIX):
        raise ValueError("a plain text names a member by member_ref; else use qr(...), card(...)")
    return MemberName("member_ref", member)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a receipt.

    Attributes:
        sku: the article.
        category: the partner's category, such as ``grocery``.
        net: what was paid for the whole line, after discounts.
        quantity: how much, at most three decimals.
        unit: of the quantity, such as ``ea`` or ``L``.
        earn: whether the line may earn points.
        line_no: its number on the receipt; by default its place, from 1.
    """

    sku: str
    category: str
    net: Amount
    quantity: Quantity = "1"
    unit: str = "ea"
    earn: bool = True
    line_no: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tender:
    """What part of a purchase was paid how; the points-paid part earns nothing.

    Attributes:
        redemption_id: of points, the redemption that took them: a return gives them back to it.
    """

    kind: TenderKind | str
    amount: Amount
    redemption_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLine:
    """How much of a line of the receipt comes back: goods, or an amount of money without goods."""

    line_no: int
    quantity: Quantity | None = None
    amount: Amount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The receipt of a sale, as it was or will be reported.

    Attributes:
        terminal: only where the sale names one.
    """

    store: str
    receipt_no: str
    business_date: date
    terminal: str | None = None


def line_objects(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Return the lines as the API reads them, numbered by place where they have no number."""
    return [
        {
            "line_no": place if line.line_no is None else line.line_no,
            "sku": line.sku,
            "category": line.category,
            "quantity": quantity_text(line.quantity),
            "unit": line.unit,
            "net": amount_text(line.net),
            "earn": line.earn,
        }
        for place, line in enumerate(lines, start=1)
    ]


def tender_objects(tenders: Sequence[Tender]) -> list[dict[str, Any]]:
    """Return the tenders as the API reads them."""
    return [
        {"kind": str(each.kind), "amount": amount_text(each.amount)}
        | ({"redemption_id": each.redemption_id} if each.redemption_id else {})
        for each in tenders
    ]


def return_objects(lines: Sequence[ReturnLine]) -> list[dict[str, Any]]:
    """Return the lines that come back as the API reads them.

    Raises:
        ValueError: a line names both a quantity and an amount, or neither.
    """
    if any((line.quantity is None) == (line.amount is None) for line in lines):
        raise ValueError("a line comes back by a quantity or by an amount")
    return [
        {"line_no": line.line_no, "quantity": quantity_text(line.quantity)}
        if line.quantity is not None
        else {"line_no": line.line_no, "amount": amount_text(line.amount or "")}
        for line in lines
    ]


def amount_text(amount: Amount) -> str:
    """Return money as plain decimal text.

    Raises:
        TypeError: the amount is a float, or another number that is not exact money.
        ValueError: the amount is not finite.
    """
    if isinstance(amount, Decimal):
        return _plain(amount)
    if isinstance(amount, str):
        return amount
    raise TypeError(f"write money as text or Decimal, never as {type(amount).__name__}")


def quantity_text(quantity: Quantity) -> str:
    """Return a quantity as plain decimal text.

    Raises:
        TypeError: the quantity is a float.
        ValueError: the quantity is not finite.
    """
    if isinstance(quantity, int) and not isinstance(quantity, bool):
        return str(quantity)
    if isinstance(quantity, str | Decimal):
        return amount_text(quantity)
    raise TypeError(f"write quantities as text or Decimal, never as {type(quantity).__name__}")


def points_count(points: int) -> int:
    """Return the points if they are a whole number.

    Raises:
        TypeError: they are a float, a text or a truth value.
    """
    if not isinstance(points, int) or isinstance(points, bool):
        raise TypeError(f"points are whole numbers, never {type(points).__name__}")
    return points


def instant_text(instant: datetime) -> str:
    """Return an instant as RFC 3339 text with its offset.

    Raises:
        ValueError: the time has no zone, so that it names no instant.
    """
    if instant.utcoffset() is None:
        raise ValueError("give times with their zone, such as datetime.now(UTC)")
    return instant.isoformat()


def _plain(number: Decimal) -> str:
    if not number.is_finite():
        raise ValueError(f"{number} is no amount")
    return f"{number:f}"


def step_up(pin: str | None, confirmation: str | None) -> dict[str, str] | None:
    """Return the object of what a member gave besides the code; ``None`` for nothing."""
    given = {"pin": pin, "confirmation": confirmation}
    return {name: text for name, text in given.items() if text is not None} or None
