"""Disputes: what may be disputed of a statement, by whom, and what becomes of it (economics §3.10).

    open ─ uphold ──→ upheld      the line stands: what was held moves with the next period
         ├ credit ──→ credited    the line was wrong: a credit note takes it back
         ├ withdraw → withdrawn   by the side that opened it
         └ lapse ───→ lapsed      no evidence came while the window was open: silence accepts

Whoever opened a dispute never decides it. The held amount leaves what is paid now; nothing but the
disputed line moves.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from typing import Final

from stoa.values.amounts import minor_exponent
from stoa.values.clearing.accounts import Account
from stoa.values.clearing.lines import Line
from stoa.values.clearing.statements import StatementLine, minor_of

__all__ = [
    "DISPUTABLE",
    "EVIDENCE_BYTES",
    "MOVES",
    "OUTCOMES",
    "REASONS",
    "STATES",
    "Held",
    "Move",
    "evidence_type",
    "held_of",
]

STATES: Final = ("open", "upheld", "credited", "withdrawn", "lapsed")
"""Where a dispute may stand; all but the first are final."""

OUTCOMES: Final = ("upheld", "credited")
"""What the operator may decide."""

REASONS: Final = ("points", "rate", "duplicate", "not_ours", "returned", "fraud", "other")
"""Why a line is disputed; the text says more."""

EVIDENCE_BYTES: Final = 5_000_000
"""The largest file that is kept as evidence."""


@dataclass(frozen=True, slots=True)
class Move:
    """A step of a dispute: the state it ends in, who may take it, how the hold is booked.

    Attributes:
        by: ``opener``: the side that opened it; ``operator``: its people, but not who opened it;
            ``either``: both sides; ``clock``: the worker.
        books: ``hold``, ``release``, ``credit``, or empty for nothing.
    """

    state: str
    by: str
    books: str


MOVES: Final = MappingProxyType(
    {
        "evidence": Move("open", "either", ""),
        "uphold": Move("upheld", "operator", "release"),
        "credit": Move("credited", "operator", "credit"),
        "withdraw": Move("withdrawn", "opener", "release"),
        "lapse": Move("lapsed", "clock", "release"),
    }
)
"""Every step from ``open``, by its name."""


@dataclass(frozen=True, slots=True)
class _Sides:
    """The account of the partner by who owes, and the operator's against it."""

    owing: Account
    owed: Account
    against: Account


_SIDES: Final = {
    Line.ISSUED: _Sides(Account.RECEIVABLE, Account.RECEIVABLE, Account.DEFERRED),
    Line.CLAWBACK: _Sides(Account.RECEIVABLE, Account.RECEIVABLE, Account.DEFERRED),
    Line.BURNED: _Sides(Account.RECEIVABLE, Account.PAYABLE, Account.REDEMPTION),
    Line.BENEFITS: _Sides(Account.RECEIVABLE, Account.PAYABLE, Account.BENEFITS),
    Line.COUPONS: _Sides(Account.RECEIVABLE, Account.PAYABLE, Account.BENEFITS),
    Line.ADJUSTMENTS: _Sides(Account.RECEIVABLE, Account.RECEIVABLE, Account.DEFERRED),
    Line.FEES: _Sides(Account.RECEIVABLE, Account.RECEIVABLE, Account.FEES),
}

DISPUTABLE: Final = tuple(_SIDES)
"""The lines that may be disputed; taxes follow their line, the rest is settled as it stands."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a dispute holds back, all amounts above zero.

    Attributes:
        owes: whether the partner owes the line, so that less is collected from it for now.
        side: the partner's account; `other_side` that of a partner across, `against` the
            operator's where nobody is across.
        points: how many points it is about, 0 where only money is disputed.
        minor: net of tax; `tax_minor` is the tax of it.
    """

    owes: bool
    side: Account
    other_side: Account
    against: Account
    tax_against: Account
    points: int
    minor: int
    tax_minor: int


def held_of(
    line: StatementLine, currency: str, *, points: int | None, minor: int | None, held: int
) -> Held | str:
    """Return what is held of a line, or why it can't be.

    Args:
        points: disputed points, at the line's one rate; or
        minor: a disputed amount, above zero.
        held: what earlier disputes took of the line.
    """
    if line.memo or not line.minor or line.line not in DISPUTABLE:
        return "Nothing of this line can be disputed."
    asked = _asked(line, currency, points, minor)
    if isinstance(asked, str):
        return asked
    minor, rest = asked, abs(line.minor) - held
    if minor > rest:
        return f"Of this line {Decimal(rest).scaleb(-minor_exponent(currency)):f} are left."
    sides = _SIDES[Line(line.line)]
    owes = line.minor > 0
    tax = Decimal(abs(line.tax_minor)) * minor / abs(line.minor)
    return Held(
        owes=owes,
        side=sides.owing if owes else sides.owed,
        other_side=sides.owed if owes else sides.owing,
        against=sides.against,
        tax_against=Account.TAX_OUTPUT if owes else Account.TAX_INPUT,
        points=points or 0,
        minor=minor,
        tax_minor=int(tax.to_integral_value(ROUND_HALF_UP)),
    )


def _asked(line: StatementLine, currency: str, points: int | None, minor: int | None) -> int | str:
    """Return the disputed amount, or why there is none."""
    if points is not None and minor is None:
        if not 0 < points <= abs(line.points):
            return f"The line is about {abs(line.points)} points."
        if line.rate is None:
            return "The line has several rates: dispute an amount."
        minor = minor_of(points * line.rate, currency)
    elif points is not None or minor is None:
        return "Name either points or an amount."
    return minor if minor > 0 else "So little can't be disputed."


_MAGIC: Final = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)


def evidence_type(data: bytes, name: str) -> str | None:
    """Return the media type of a file by its bytes; ``None`` where it is no evidence.

    A text is one that is UTF-8 without control characters: it is never shown as a page.
    """
    if not data or len(data) > EVIDENCE_BYTES:
        return None
    for magic, media_type in _MAGIC:
        if data.startswith(magic):
            return media_type
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if any(each < " " and each not in "\t\r\n" for each in text):
        return None
    return "text/csv" if name.lower().endswith(".csv") else "text/plain"
