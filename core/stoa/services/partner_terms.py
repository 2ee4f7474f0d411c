"""Terms of a partner: its stores, agreements and points, as they are read once and remembered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

from stoa.errors import PartnerUnknownError
from stoa.values.amounts import Rounding
from stoa.values.clearing.clauses import Clauses
from stoa.values.currencies import CurrencyTerms
from stoa.values.identifiers import public_id
from stoa.values.periods import Expiry, ExpiryRule
from stoa.values.tenders import Spending
from stoa.work import Work, alliance_wide

__all__ = [
    "AgreementTerms",
    "CurrencyTerms",
    "StoreTerms",
    "Terms",
    "remembered",
    "terms",
    "terms_now",
]


@dataclass(frozen=True, slots=True)
class StoreTerms:
    """A store with the site it stands at; `channel` is one of `CHANNELS`."""

    id: UUID
    code: str
    name: str
    currency: str
    site: str
    site_name: str
    zone: str
    channel: str


@dataclass(frozen=True, slots=True)
class AgreementTerms:
    """One version of what was agreed; prices are money per point.

    Attributes:
        pending_days: how long points of a purchase are pending; 0 for none.
        clauses: what it says about clearing.
    """

    version: int
    effective_from: date
    issue_price: Decimal
    reimbursement_rate: Decimal
    backdate_days: int
    return_days: int
    pending_days: int
    agreed_at: datetime
    clauses: Clauses

    def available_on(self, day: date, today: date, expires_on: date | None) -> date:
        """Return the first day on which points of a purchase of that `day` can be spent."""
        if self.pending_days == 0:
            return min(day, today)
        ripe = day + timedelta(days=self.pending_days)
        return min(ripe, expires_on) if expires_on else ripe


@dataclass(frozen=True, slots=True)
class Terms:
    """All that decides what a partner's purchases earn; immutable, so it may be remembered.

    Attributes:
        status: ``active``, ``suspended``, or what is left of it while it leaves: ``no_enrol``,
            ``no_earn``, ``no_burn``, ``archived``.
        points: the currency that its purchases earn.
        currencies: by their codes those that it may see: the alliance's and its own.
        new_code: the version of the plugin's code where it is not the one kept with `version`.
    """

    partner_id: UUID
    code: str
    name: str
    status: str
    version: int
    plugin: str
    settings: Mapping[str, Any]
    ref_key: bytes
    stores: Mapping[str, StoreTerms]
    agreements: tuple[AgreementTerms, ...]
    points: CurrencyTerms
    currencies: Mapping[str, CurrencyTerms]
    new_code: str | None = None

    @property
    def may_enrol(self) -> bool:
        """Whether it may enrol members: not while it leaves."""
        return self.status in ("active", "suspended")

    @property
    def may_issue(self) -> bool:
        """Whether its purchases earn: not while it is suspended or has left."""
        return self.status in ("active", "no_enrol")

    @property
    def may_redeem(self) -> bool:
        """Whether points pay at it: until the last stage but one of its exit."""
        return self.status in ("active", "suspended", "no_enrol", "no_earn")

    def agreement_on(self, day: date) -> AgreementTerms:
        """Return the version in force on a day; the first one for days before all."""
        fitting = [each for each in self.agreements if each.effective_from <= day]
        return fitting[-1] if fitting else self.agreements[0]

    def store(self, name: str) -> StoreTerms | None:
        """Return a store by its code or public id."""
        return self.stores.get(name)

    def store_of(self, store_id: UUID) -> StoreTerms:
        """Return a store by its id."""
        return self.stores[public_id("sto", store_id)]


def terms(work: Work, partner_id: UUID, *, version: int | None = None) -> Terms:
    """Return a partner's terms, remembered between works while `version` is still theirs.

    Args:
        version: the version just read with other facts; ``None`` trusts what is remembered.

    Raises:
        PartnerUnknownError: there is no such partner.
    """
    known: Terms | None = work.memo.get(("terms", partner_id))
    if known is not None and version in (None, known.version):
        return known
    fresh = _read_terms(work, partner_id)
    work.memo["terms", partner_id] = fresh
    return fresh


def terms_now(work: Work, partner_id: UUID) -> Terms:
    """Return a partner's terms as they are now: one statement where they are what they were.

    Raises:
        PartnerUnknownError: there is no such partner.
    """
    rows = work.rows("SELECT version FROM partners WHERE id = %s", (partner_id,))
    return terms(work, partner_id, version=rows[0][0] if rows else None)


def remembered(work: Work, partner_id: UUID) -> Terms | None:
    """Return a partner's terms as they were read last, be they old; ``None`` where none were."""
    found: Terms | None = work.memo.get(("terms", partner_id))
    return found


_TERMS = """
SELECT p.code, p.name, p.status, p.version, p.plugin, p.settings, p.ref_key, p.points_currency,
       v.plugin_version
  FROM partners p
  LEFT JOIN partner_versions v ON v.partner_id = p.id AND v.version = p.version
 WHERE p.id = %s
"""
_CURRENCIES = """
SELECT code, expiry_rule, expiry_months, face_value, money_currency, debt_policy, grace_days,
       rounding, version, min_points, step, max_share_percent, step_up_points
  FROM currencies WHERE issuer_id IS NULL OR issuer_id = %s ORDER BY code
"""
_STORES = """
SELECT s.id, s.code, s.name, s.currency, i.code, i.name, i.zone, s.channel
  FROM stores s JOIN sites i ON i.id = s.site_id WHERE s.partner_id = %s ORDER BY s.code
"""
_AGREEMENTS = """
SELECT version, effective_from, issue_price, reimbursement_rate, backdate_days, return_days,
       pending_days, agreed_at, reimburse_by, fee_issuing, fee_redeeming, funding, overflow,
       credit_limit_minor, alert_points, alert_minor, reserve_ratio, settlement_currency, tax_issue,
       tax_redemption, tax_third_party, dispute_days, payment_days
  FROM agreements WHERE partner_id = %s ORDER BY effective_from, version
"""


@alliance_wide  # a deed may need another partner's: who gives a reward, who takes a coupon
def _read_terms(work: Work, partner_id: UUID) -> Terms:
    rows = work.rows(_TERMS, (partner_id,))
    if not rows:
        raise PartnerUnknownError
    row = rows[0]
    currencies = {each[0]: _currency(each) for each in work.rows(_CURRENCIES, (partner_id,))}
    points = currencies.get(row[7] or work.programme.currency)
    if points is None:
        raise PartnerUnknownError("The programme has no points yet.")
    stores = [StoreTerms(*each) for each in work.rows(_STORES, (partner_id,))]
    by_name = {public_id("sto", store.id): store for store in stores}
    by_name |= {store.code: store for store in stores}
    code = work.plugins.version(row[4])
    return Terms(
        partner_id=partner_id, code=row[0], name=row[1], status=row[2], version=row[3],
        plugin=row[4], settings=_frozen(row[5]), ref_key=bytes(row[6]),
        stores=MappingProxyType(by_name),
        agreements=tuple(_agreement(*each) for each in work.rows(_AGREEMENTS, (partner_id,))),
        points=points,
        currencies=MappingProxyType(currencies),
        new_code=code if code != row[8] else None,
    )  # fmt: skip


def _agreement(*row: Any) -> AgreementTerms:  # noqa: ANN401 - a row of _AGREEMENTS
    version, effective_from, issued, redeemed, backdate, back, pending, agreed_at, *clauses = row
    return AgreementTerms(
        version, effective_from, issued, redeemed, backdate, back, pending, agreed_at,
        Clauses(*clauses),
    )  # fmt: skip


def _currency(row: Any) -> CurrencyTerms:  # noqa: ANN401 - a row of _CURRENCIES
    return CurrencyTerms(
        row[0], Expiry(ExpiryRule(row[1]), row[2]), row[3], row[4], row[5], row[6],
        Rounding(row[7]), row[8], Spending(*row[9:13]),
    )  # fmt: skip


def _frozen(value: Any) -> Any:  # noqa: ANN401 - parsed JSON
    if isinstance(value, dict):
        return MappingProxyType({key: _frozen(item) for key, item in value.items()})
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return value
