"""Partners: onboard one, give it stores, agree terms, configure its plugin, suspend it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from stoa.errors import CodeTakenError, InvalidBodyError, InvalidSettingsError, PartnerUnknownError
from stoa.models.ledger import Currency
from stoa.models.partners import Agreement, Partner, PartnerVersion, Site, Store
from stoa.services import audit, identity, rules
from stoa.values.amounts import Rounding
from stoa.values.clearing.clauses import Clauses
from stoa.values.conditions import CHANNELS
from stoa.values.currencies import CurrencyTerms
from stoa.values.identifiers import new_uuid, public_id
from stoa.values.periods import Expiry, ExpiryRule, is_zone
from stoa.values.settings import InvalidSettingsError as WrongSettings
from stoa.values.settings import read_settings
from stoa.values.tenders import Spending
from stoa.work import Work, alliance_wide

__all__ = [
    "CHANNELS",
    "AgreementTerms",
    "CurrencyTerms",
    "StoreTerms",
    "Terms",
    "add_site",
    "add_store",
    "agree",
    "configure",
    "found_currency",
    "onboard",
    "reinstate",
    "remembered",
    "renew",
    "suspend",
    "terms",
    "terms_now",
]


_AS_BEFORE_CLEARING = Clauses()


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


def found_currency(
    work: Work,
    name: str,
    *,
    rule: ExpiryRule,
    months: int,
    face_value: Decimal,
    debt_policy: str = "debt",
    grace_days: int = 30,
    rounding: Rounding = Rounding.DOWN,
    code: str | None = None,
    issuer_id: UUID | None = None,
    spending: Spending | None = None,
) -> None:
    """Found the programme's own currency, or change its name and terms for points to come.

    Args:
        code: of another currency than the programme's; see `stoa.services.currencies`.
        issuer_id: the partner whose own a new currency is, ``None`` for the alliance's.
        months: how long points live, by the rule.
        debt_policy: what becomes of spent points whose purchase comes back: they are owed
            (``debt``), owed and taken off the balance (``negative``), or let go (``floor``).
        grace_days: how long points live that come back after their last day; with 0 they expire.
        rounding: of a fraction of a point.
        spending: how its points pay; as before where ``None``.
    """
    currency = work.session.get(Currency, code or work.programme.currency, with_for_update=True)
    if currency is None:
        currency = Currency(code=code or work.programme.currency, issuer_id=issuer_id)
        work.session.add(currency)
    currency.name = name
    currency.expiry_rule = rule.value
    currency.expiry_months = months
    currency.face_value = face_value
    currency.money_currency = work.programme.money_currency
    currency.debt_policy = debt_policy
    currency.grace_days = grace_days
    currency.rounding = rounding.value
    if spending is not None:
        currency.min_points, currency.step = spending.min_points, spending.step
        currency.max_share_percent = spending.max_share_percent
        currency.step_up_points = spending.step_up_points
    rules.keep_currency(work, currency)


def add_site(work: Work, code: str, name: str, *, zone: str) -> UUID:
    """Add a place with its own time zone; return its id.

    Raises:
        InvalidBodyError: the zone is no IANA time zone.
        CodeTakenError: another site has this code.
    """
    if not is_zone(zone):
        raise InvalidBodyError(errors={"zone": ["This is no IANA time zone."]})
    if work.session.scalar(select(Site.id).where(Site.code == code)):
        raise CodeTakenError(code_taken=code)
    site = Site(id=new_uuid(), code=code, name=name, zone=zone)
    work.session.add(site)
    work.session.flush()
    audit.record(work, "site.add", public_id("sit", site.id), after={"code": code, "zone": zone})
    return site.id


def onboard(
    work: Work,
    code: str,
    name: str,
    *,
    trade: str,
    plugin: str,
    settings: Mapping[str, Any],
    issue_price: Decimal = Decimal("0.012"),
    reimbursement_rate: Decimal = Decimal("0.009"),
    backdate_days: int = 30,
    return_days: int = 30,
    pending_days: int = 0,
    since: date | None = None,
    clauses: Clauses = _AS_BEFORE_CLEARING,
) -> UUID:
    """Take a brand into the alliance with a plugin, its settings and a first agreement.

    Args:
        issue_price: what the partner pays for a point it issues, in the programme's money.
        reimbursement_rate: what it is paid for a point burned at its stores.
        backdate_days: how old a reported purchase may be.
        return_days: how long a purchase may be returned.
        pending_days: how long the points of a purchase are pending; 0 for none.
        since: the first day of the agreement; today by default.
        clauses: what it says about clearing; on trust, without fees or taxes by default.

    Returns:
        The partner's id.

    Raises:
        CodeTakenError: another partner has this code.
        PluginUnknownError: no such plugin is installed.
        InvalidSettingsError: the plugin's settings do not fit; `errors` names each.
        InvalidBodyError: clauses do not fit; `errors` names each.
    """
    if faults := clauses.faults():
        raise InvalidBodyError(errors=faults)
    if work.session.scalar(select(Partner.id).where(Partner.code == code)):
        raise CodeTakenError(code_taken=code)
    partner = Partner(
        id=new_uuid(), code=code, name=name, trade=trade, status="active", plugin=plugin,
        settings=_fitting(work, plugin, settings), version=1, ref_key=identity.new_ref_key(),
        onboarded_at=work.now(),
    )  # fmt: skip
    agreement = Agreement(
        partner_id=partner.id, version=1, effective_from=since or work.today(),
        issue_price=issue_price, reimbursement_rate=reimbursement_rate,
        backdate_days=backdate_days, return_days=return_days, pending_days=pending_days,
        agreed_at=work.now(), agreed_by=work.actor.name,
        **{name: getattr(clauses, name) for name in Clauses.names()},
    )  # fmt: skip
    work.session.add(partner)
    work.session.flush()
    work.session.add(agreement)
    _keep_version(work, partner)
    audit.record(
        work,
        "partner.onboard",
        public_id("prt", partner.id),
        after={"code": code, "plugin": plugin},
    )
    return partner.id


def add_store(
    work: Work,
    partner_id: UUID,
    site_id: UUID,
    code: str,
    name: str,
    *,
    currency: str,
    channel: str = "store",
) -> UUID:
    """Add a partner's store at a site; return its id.

    Args:
        currency: ISO 4217 code of the money its tills take.
        channel: how it sells: ``store``, ``online``, ``app`` or ``kiosk``.

    Raises:
        InvalidBodyError: there is no such channel.
        PartnerUnknownError: there is no such partner.
        CodeTakenError: another store of the partner has this code.
    """
    if channel not in CHANNELS:
        raise InvalidBodyError(errors={"channel": [f"Choose one of {', '.join(CHANNELS)}."]})
    partner = _partner(work, partner_id)
    mine = (Store.partner_id == partner_id) & (Store.code == code)
    if work.session.scalar(select(Store.id).where(mine)):
        raise CodeTakenError(code_taken=code)
    store = Store(
        id=new_uuid(),
        partner_id=partner_id,
        site_id=site_id,
        code=code,
        name=name,
        currency=currency,
        channel=channel,
    )
    work.session.add(store)
    partner.version += 1
    _keep_version(work, partner)
    audit.record(work, "store.add", public_id("sto", store.id), after={"code": code})
    return store.id


def configure(work: Work, partner_id: UUID, plugin: str, settings: Mapping[str, Any]) -> int:
    """Give a partner a plugin and its settings; purchases from now on follow them.

    Returns:
        The partner's new version.

    Raises:
        PartnerUnknownError: there is no such partner.
        PluginUnknownError: no such plugin is installed.
        InvalidSettingsError: the settings do not fit; `errors` names each.
    """
    partner = _partner(work, partner_id)
    before = {"plugin": partner.plugin, "settings": partner.settings}
    partner.plugin, partner.settings = plugin, _fitting(work, plugin, settings)
    partner.version += 1
    _keep_version(work, partner)
    after = {"plugin": plugin, "settings": partner.settings}
    audit.record(
        work, "partner.configure", public_id("prt", partner_id), before=before, after=after
    )
    return partner.version


def agree(
    work: Work,
    partner_id: UUID,
    *,
    effective_from: date,
    issue_price: Decimal,
    reimbursement_rate: Decimal,
    backdate_days: int,
    return_days: int,
    pending_days: int = 0,
    clauses: Clauses = _AS_BEFORE_CLEARING,
) -> int:
    """Add a version of the agreement from a day on; points issued before keep their price.

    Args:
        clauses: what it says about clearing; on trust, without fees or taxes by default.

    Returns:
        The version.

    Raises:
        PartnerUnknownError: there is no such partner.
        InvalidBodyError: clauses do not fit; `errors` names each.
    """
    if faults := clauses.faults():
        raise InvalidBodyError(errors=faults)
    partner = _partner(work, partner_id)
    last = work.session.scalar(
        select(func.max(Agreement.version)).where(Agreement.partner_id == partner_id)
    )
    version = (last or 0) + 1
    work.session.add(
        Agreement(
            partner_id=partner_id, version=version, effective_from=effective_from,
            issue_price=issue_price, reimbursement_rate=reimbursement_rate,
            backdate_days=backdate_days, return_days=return_days, pending_days=pending_days,
            agreed_at=work.now(), agreed_by=work.actor.name,
            **{name: getattr(clauses, name) for name in Clauses.names()},
        )
    )  # fmt: skip
    partner.version += 1
    _keep_version(work, partner)
    audit.record(work, "partner.agree", public_id("prt", partner_id), after={"version": version})
    return version


def renew(work: Work, partner_id: UUID) -> int:
    """Let every server read a partner's terms again; return the partner's new version.

    Raises:
        PartnerUnknownError: there is no such partner.
    """
    partner = _partner(work, partner_id)
    partner.version += 1
    _keep_version(work, partner)
    return partner.version


def suspend(work: Work, partner_id: UUID) -> None:
    """Stop a partner from issuing; members keep and may redeem what they have."""
    _set_status(work, partner_id, "suspended")


def reinstate(work: Work, partner_id: UUID) -> None:
    """Let a suspended partner issue again."""
    _set_status(work, partner_id, "active")


def _set_status(work: Work, partner_id: UUID, status: str) -> None:
    partner = _partner(work, partner_id)
    audit.record(
        work, f"partner.{status}", public_id("prt", partner_id),
        before={"status": partner.status}, after={"status": status},
    )  # fmt: skip
    partner.status = status
    partner.version += 1
    _keep_version(work, partner)


def _partner(work: Work, partner_id: UUID) -> Partner:
    partner = work.session.get(Partner, partner_id, with_for_update=True)
    if partner is None:
        raise PartnerUnknownError
    return partner


def _fitting(work: Work, plugin: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return read_settings(work.plugins.get(plugin).settings, settings)
    except WrongSettings as wrong:
        raise InvalidSettingsError(errors=wrong.errors) from None


def _keep_version(work: Work, partner: Partner) -> None:
    work.session.add(
        PartnerVersion(
            partner_id=partner.id, version=partner.version, plugin=partner.plugin,
            settings=partner.settings, changed_at=work.now(), changed_by=work.actor.name,
            plugin_version=work.plugins.version(partner.plugin),
        )
    )  # fmt: skip
    work.session.flush()


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
_AGREEMENTS = f"""
SELECT version, effective_from, issue_price, reimbursement_rate, backdate_days, return_days,
       pending_days, agreed_at, {", ".join(Clauses.names())}
  FROM agreements WHERE partner_id = %s ORDER BY effective_from, version
"""  # noqa: S608 - names of columns


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
