"""Readiness: what a close would miss, told before it is tried."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from stoa.errors import FxRateMissingError, TaxCodeUnknownError
from stoa.services import clearing_terms, rates
from stoa.values.clearing.terms import period_of_day
from stoa.work import Work

__all__ = ["Lack", "lacks"]


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that is missing.

    Attributes:
        what: ``rate`` (of the programme's money in `detail`), ``tax`` (the code in `detail`),
            ``account`` (of a partner) or ``operator``.
        partners: whose; empty for the operator's.
        stops: whether nothing can be closed without it; the rest is missed by papers and banks.
    """

    what: str
    detail: str
    partners: tuple[UUID, ...] = ()
    stops: bool = True


_AGREED = """
SELECT p.id, a.settlement_currency, a.tax_issue, a.tax_redemption, a.tax_third_party,
       coalesce((SELECT e.account FROM partner_entities e WHERE e.partner_id = p.id
                  ORDER BY e.version DESC LIMIT 1), '')
  FROM partners p
 CROSS JOIN LATERAL (
       SELECT * FROM agreements a WHERE a.partner_id = p.id AND a.effective_from <= %(day)s
        ORDER BY a.effective_from DESC, a.version DESC LIMIT 1) AS a
 WHERE EXISTS (SELECT 1 FROM money_sums s
                WHERE s.points_currency = %(currency)s
                  AND p.id IN (s.debit_partner_id, s.credit_partner_id))
 ORDER BY p.code
"""


def lacks(work: Work, currency: str, day: date) -> list[Lack]:
    """Return what a period of points that ends on a day lacks; what stops the close comes first.

    Only partners with anything booked are looked at.
    """
    settled: dict[str, list[UUID]] = {}
    taxed: dict[str, list[UUID]] = {}
    unnamed = []
    values = {"currency": currency, "day": day}
    for partner_id, settles_in, *taxes, account in work.rows(_AGREED, values):
        settled.setdefault(settles_in, []).append(partner_id)
        for code in {each for each in taxes if each}:
            taxed.setdefault(code, []).append(partner_id)
        if not account:
            unnamed.append(partner_id)
    found = [*_rates(work, settled, day), *_taxes(work, taxed, day)]
    operator = clearing_terms.of_period(work, currency, period_of_day(day)).operator
    if not operator.name or not operator.account:
        found.append(Lack("operator", "", stops=False))
    if unnamed:
        found.append(Lack("account", "", tuple(unnamed), stops=False))
    return found


def _rates(work: Work, settled: Mapping[str, list[UUID]], day: date) -> Iterator[Lack]:
    money = work.programme.money_currency
    for quote, partners in sorted(settled.items()):
        try:
            rates.rate_of(work, money, quote or money, day)
        except FxRateMissingError:
            yield Lack("rate", f"{money}/{quote}", tuple(partners))


def _taxes(work: Work, taxed: Mapping[str, list[UUID]], day: date) -> Iterator[Lack]:
    for code, partners in sorted(taxed.items()):
        try:
            rates.tax_of(work, code, day)
        except TaxCodeUnknownError:
            yield Lack("tax", code, tuple(partners))
