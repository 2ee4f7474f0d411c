"""Rates: of exchange between moneys, and of taxes, by business day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from stoa.errors import FxRateMissingError, InvalidBodyError, TaxCodeUnknownError
from stoa.models.rates import FxRate, TaxCode
from stoa.services import audit
from stoa.values.clearing.rate_files import Quote
from stoa.work import Work

__all__ = [
    "Quote",
    "Rate",
    "Tax",
    "enter_rates",
    "enter_tax",
    "rate_of",
    "rates",
    "tax_of",
    "taxes",
]


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate that was entered; `id` is kept with whatever was reckoned by it, 0 for one to one."""

    id: int
    base: str
    quote: str
    rate: Decimal
    business_date: date
    source: str = ""


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax at the rate of a day: a part of the net."""

    code: str
    name: str
    rate: Decimal
    effective_from: date


_RATE = """
SELECT id, base, quote, rate, business_date, source FROM fx_rates
 WHERE base = %s AND quote = %s AND business_date <= %s
 ORDER BY business_date DESC, id DESC LIMIT 1
"""


def rate_of(work: Work, base: str, quote: str, day: date) -> Rate:
    """Return the rate that held on a business day: the newest of the last day that has one.

    Raises:
        FxRateMissingError: none was entered for that day or one before.
    """
    if base == quote:
        return Rate(0, base, quote, Decimal(1), day)
    rows = work.rows(_RATE, (base, quote, day))
    if not rows:
        raise FxRateMissingError(base=base, quote=quote, business_date=day.isoformat())
    return Rate(*rows[0])


def enter_rates(work: Work, quotes: Iterable[Quote]) -> int:
    """Keep rates; return how many. None is kept where one of them is wrong.

    Raises:
        InvalidBodyError: a rate is not above zero, or its moneys are no two codes of ISO 4217;
            `errors` names each by its place, from 1.
    """
    given = list(quotes)
    errors = {
        str(place): faults for place, each in enumerate(given, 1) if (faults := each.faults())
    }
    if errors:
        raise InvalidBodyError(errors=errors)
    work.session.add_all(
        FxRate(
            base=each.base, quote=each.quote, rate=each.rate, business_date=each.business_date,
            source=each.source, entered_at=work.now(), entered_by=work.actor.name,
        )
        for each in given
    )  # fmt: skip
    work.session.flush()
    audit.record(work, "rates.enter", "fx_rates", after={"rates": len(given)})
    return len(given)


def rates(work: Work, *, before: int | None = None, limit: int = 50) -> Sequence[Rate]:
    """Return what was entered, the newest first; `before` is the id of the last one seen."""
    rows = work.rows(
        "SELECT id, base, quote, rate, business_date, source FROM fx_rates"
        " WHERE %(before)s::bigint IS NULL OR id < %(before)s ORDER BY id DESC LIMIT %(limit)s",
        {"before": before, "limit": limit},
    )
    return [Rate(*row) for row in rows]


_TAX = """
SELECT code, name, rate, effective_from FROM tax_codes
 WHERE code = %s AND effective_from <= %s ORDER BY effective_from DESC LIMIT 1
"""


def tax_of(work: Work, code: str, day: date) -> Tax:
    """Return a tax as it was on a day.

    Raises:
        TaxCodeUnknownError: there was none of this code.
    """
    rows = work.rows(_TAX, (code, day))
    if not rows:
        raise TaxCodeUnknownError(tax_code=code, business_date=day.isoformat())
    return Tax(*rows[0])


def taxes(work: Work) -> Sequence[Tax]:
    """Return every tax with every rate it had, by code and day."""
    rows = work.rows(
        "SELECT code, name, rate, effective_from FROM tax_codes ORDER BY code, effective_from"
    )
    return [Tax(*row) for row in rows]


def enter_tax(work: Work, code: str, name: str, rate: Decimal, *, effective_from: date) -> None:
    """Keep a tax, or its rate from another day on.

    Raises:
        InvalidBodyError: the code is empty or too long, the rate no part, or the day has a rate.
    """
    errors: dict[str, list[str]] = {}
    if not code.isascii() or not 1 <= len(code) <= 20 or not code.replace("-", "").isalnum():  # noqa: PLR2004
        errors["code"] = ["Write up to 20 letters, digits and hyphens."]
    if not 0 <= rate <= 1:
        errors["rate"] = ["Write a part of the net from 0 to 1: 0.06 is 6 %."]
    if work.session.get(TaxCode, (code, effective_from)) is not None:
        errors["effective_from"] = ["This tax has a rate from that day on."]
    if errors:
        raise InvalidBodyError(errors=errors)
    work.session.add(
        TaxCode(
            code=code, name=name, rate=rate, effective_from=effective_from,
            entered_at=work.now(), entered_by=work.actor.name,
        )
    )  # fmt: skip
    work.session.flush()
    audit.record(work, "tax.enter", code, after={"rate": str(rate)})
