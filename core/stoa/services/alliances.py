"""Found an alliance from a document: what is missing is added, what differs is changed, once.

Agreements of partners that are there already differ: a document proposes them, and a second person
approves them as any other (`stoa.services.agreements`).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from stoa.errors import InvalidBodyError, StoaError
from stoa.models.partners import Partner, Site, Store
from stoa.services import agreements, clearing_terms, partners, rates, tiers
from stoa.services.agreements import Draft
from stoa.services.tiers import TierTerms
from stoa.values.alliance import Alliance, PartnerPlan, StorePlan
from stoa.values.clearing.clauses import Clauses
from stoa.values.clearing.terms import Terms
from stoa.values.settings import InvalidSettingsError, read_settings
from stoa.work import Work

__all__ = ["found"]


def found(work: Work, alliance: Alliance) -> Mapping[str, int]:
    """Bring the alliance to the shape of a document; doing it again changes nothing.

    What the document does not name stays as it is. Sites and stores are added, never changed: a
    receipt's day hangs on its site's zone.

    Returns:
        How many ``sites``, ``partners`` and ``stores`` were ``added``, how many partners
        ``changed``, and how many ``agreements proposed``, by such names as ``stores added``.

    Raises:
        InvalidBodyError: something can't be; `errors` names each place in the document.
    """
    done: Counter[str] = Counter()
    if alliance.points:
        points = alliance.points
        partners.found_currency(
            work, points.name, rule=points.expiry.rule, months=points.expiry.months,
            face_value=points.face_value, debt_policy=points.debt_policy,
            grace_days=points.grace_days, rounding=points.rounding,
        )  # fmt: skip
        work.session.flush()
    ladder = [
        TierTerms(tier.code, tier.name, rank, tier.uplift_percent)
        for rank, tier in enumerate(alliance.tiers)
    ]
    if ladder and ladder != tiers.ladder(work):
        tiers.define(work, ladder)
    errors: dict[str, list[str]] = {}
    _found_taxes(work, alliance, errors)
    if alliance.clearing is not None:
        _found_terms(work, alliance.clearing, errors)
    for place, site in enumerate(alliance.sites, 1):
        there = work.session.scalar(select(Site).where(Site.code == site.code))
        if there is None:
            partners.add_site(work, site.code, site.name, zone=site.zone)
            done["sites added"] += 1
        elif there.zone != site.zone:
            errors[f"sites.{place}.zone"] = [f"The site is there, in the zone {there.zone}."]
    for place, partner in enumerate(alliance.partners, 1):
        try:
            _found_partner(work, partner, done)
        except StoaError as wrong:
            given = wrong.members.get("errors") or {wrong.code: [str(wrong)]}
            errors |= {f"partners.{place}.{name}": texts for name, texts in given.items()}
    if errors:
        raise InvalidBodyError(errors=errors)
    return done


def _found_taxes(work: Work, alliance: Alliance, errors: dict[str, list[str]]) -> None:
    there = {(tax.code, tax.effective_from): tax.rate for tax in rates.taxes(work)}
    latest = {tax.code: tax.rate for tax in rates.taxes(work)}
    for place, plan in enumerate(alliance.taxes, 1):
        known = there.get((plan.code, plan.since)) if plan.since else latest.get(plan.code)
        if known == plan.rate:
            continue
        since = plan.since or work.today()
        try:
            rates.enter_tax(work, plan.code, plan.name, plan.rate, effective_from=since)
        except InvalidBodyError as wrong:
            errors |= {
                f"taxes.{place}.{name}": texts for name, texts in wrong.members["errors"].items()
            }


def _found_terms(work: Work, terms: Terms, errors: dict[str, list[str]]) -> None:
    points = work.programme.currency
    agreed = [each for each in clearing_terms.versions(work, points) if each.state == "approved"]
    if agreed and replace(agreed[0].terms, version=terms.version) == terms:
        return
    try:
        clearing_terms.found(work, points, terms)
    except InvalidBodyError as wrong:
        errors |= {f"clearing.{name}": texts for name, texts in wrong.members["errors"].items()}


def _found_partner(work: Work, plan: PartnerPlan, done: Counter[str]) -> None:
    there = work.session.scalar(select(Partner).where(Partner.code == plan.code))
    if there is None:
        partner_id = partners.onboard(
            work, plan.code, plan.name, trade=plan.trade, plugin=plan.plugin,
            settings=plan.settings, issue_price=plan.issue_price,
            reimbursement_rate=plan.reimbursement_rate, backdate_days=plan.backdate_days,
            return_days=plan.return_days, pending_days=plan.pending_days, since=plan.since,
            clauses=plan.clauses or Clauses(),
        )  # fmt: skip
        done["partners added"] += 1
    else:
        partner_id = there.id
        done["partners changed"] += _change(work, there, plan)
        done["agreements proposed"] += _propose(work, there, plan)
    for place, store in enumerate(plan.stores, 1):
        done["stores added"] += _found_store(work, partner_id, place, store)


def _change(work: Work, partner: Partner, plan: PartnerPlan) -> bool:
    differs = partner.plugin != plan.plugin or partner.settings != _fitting(work, plan)
    if differs:
        partners.configure(work, partner.id, plan.plugin, plan.settings)
    return differs


def _propose(work: Work, partner: Partner, plan: PartnerPlan) -> bool:
    """Propose an agreement that differs from what is agreed or proposed last."""
    versions = partners.terms_now(work, partner.id).agreements
    last = agreements.draft_of(max(versions, key=lambda each: each.version))
    waiting = [
        each.draft for each in agreements.proposals(work, partner.id) if each.state == "proposed"
    ]
    draft = Draft(
        plan.issue_price, plan.reimbursement_rate, plan.backdate_days, plan.return_days,
        plan.pending_days, plan.clauses or last.clauses,
    )  # fmt: skip
    if draft in (last, *waiting):
        return False
    first = max(agreements.earliest(work), *(each.effective_from for each in versions))
    agreements.propose(
        work, partner.id, draft, effective_from=first, note="as the alliance's document says"
    )
    return True


def _fitting(work: Work, plan: PartnerPlan) -> dict[str, Any] | None:
    try:
        return read_settings(work.plugins.get(plan.plugin).settings, plan.settings)
    except InvalidSettingsError:
        return None  # `configure` tells what is wrong


def _found_store(work: Work, partner_id: UUID, place: int, plan: StorePlan) -> bool:
    site = work.session.scalar(select(Site).where(Site.code == plan.site))
    if site is None:
        raise InvalidBodyError(errors={f"stores.{place}.site": ["There is no such site."]})
    mine = (Store.partner_id == partner_id) & (Store.code == plan.code)
    there = work.session.scalar(select(Store).where(mine))
    if there is None:
        partners.add_store(work, partner_id, site.id, plan.code, plan.name, currency=plan.currency)
        return True
    if (there.site_id, there.currency) != (site.id, plan.currency):
        text = "The store is there, at another site or with another currency."
        raise InvalidBodyError(errors={f"stores.{place}": [text]})
    return False
