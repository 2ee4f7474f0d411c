"""Partners: onboard one, give it stores, agree terms, configure its plugin, suspend it."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from stoa.errors import (
    CodeTakenError,
    ExitBlockedError,
    InvalidBodyError,
    InvalidSettingsError,
    PartnerUnknownError,
)
from stoa.models.exits import PartnerExit
from stoa.models.ledger import Currency
from stoa.models.partners import Agreement, Partner, PartnerVersion, Site, Store
from stoa.services import audit, identity, rules
from stoa.services.partner_terms import (
    AgreementTerms,
    CurrencyTerms,
    StoreTerms,
    Terms,
    remembered,
    terms,
    terms_now,
)
from stoa.values.amounts import Rounding
from stoa.values.clearing.clauses import Clauses
from stoa.values.clearing.exits import STATUS_AT
from stoa.values.conditions import CHANNELS
from stoa.values.identifiers import new_uuid, public_id
from stoa.values.periods import ExpiryRule, is_zone
from stoa.values.settings import InvalidSettingsError as WrongSettings
from stoa.values.settings import read_settings
from stoa.values.tenders import Spending
from stoa.work import Work

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
    "set_status",
    "suspend",
    "terms",
    "terms_now",
]


_AS_BEFORE_CLEARING = Clauses()


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
    """Stop a partner from issuing; members keep and may redeem what they have.

    What its exit stopped already stays stopped.

    Raises:
        PartnerUnknownError: there is no such partner.
        ExitBlockedError: it leaves, and issues nothing any more.
    """
    status = _partner(work, partner_id).status
    if status in ("no_earn", "no_burn", "archived"):
        raise ExitBlockedError("The partner leaves, and issues nothing any more.", by=[status])
    set_status(work, partner_id, "no_earn" if status == "no_enrol" else "suspended")


def reinstate(work: Work, partner_id: UUID) -> None:
    """Let a suspended partner issue again, as far as its exit lets it.

    Raises:
        PartnerUnknownError: there is no such partner.
        ExitBlockedError: its exit has come too far; only calling it off would change that.
    """
    _partner(work, partner_id)
    leaves = work.session.get(PartnerExit, partner_id)
    if leaves is not None and leaves.stage not in ("announce", "stop_enrol"):
        raise ExitBlockedError(
            "The partner leaves, and issues nothing any more.", by=[leaves.stage]
        )
    set_status(work, partner_id, STATUS_AT[leaves.stage] if leaves else "active")


def set_status(work: Work, partner_id: UUID, status: str) -> None:
    """Let every server know what a partner may still do; see `Terms.status`.

    Raises:
        PartnerUnknownError: there is no such partner.
    """
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
