"""An alliance as a TOML document: its points, tiers, sites, and partners with their stores.

`docs/import.md` tells every name of it with an example.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from stoa.values.amounts import Rounding
from stoa.values.clearing.clause_files import read_clauses, read_terms
from stoa.values.clearing.clauses import Clauses
from stoa.values.clearing.terms import DEFAULT_TERMS, Terms
from stoa.values.periods import Expiry, ExpiryRule, is_zone
from stoa.values.sections import InvalidDocumentError, Section, read_document

__all__ = [
    "Alliance",
    "PartnerPlan",
    "PointsPlan",
    "SitePlan",
    "StorePlan",
    "TaxPlan",
    "TierPlan",
    "read_alliance",
]


_DEBT_POLICIES = ("debt", "negative", "floor")


@dataclass(frozen=True, slots=True)
class PointsPlan:
    """The points of the alliance: their name, how long they live, what one is worth in money."""

    name: str
    expiry: Expiry
    face_value: Decimal
    debt_policy: str
    grace_days: int
    rounding: Rounding


@dataclass(frozen=True, slots=True)
class TierPlan:
    """A tier; `uplift_percent` is added to base points."""

    code: str
    name: str
    uplift_percent: int


@dataclass(frozen=True, slots=True)
class SitePlan:
    """A place with its IANA time zone."""

    code: str
    name: str
    zone: str


@dataclass(frozen=True, slots=True)
class StorePlan:
    """A store at a site; `currency` is what its tills take (ISO 4217)."""

    code: str
    name: str
    site: str
    currency: str


@dataclass(frozen=True, slots=True)
class PartnerPlan:
    """A partner with its plugin, its agreement and its stores; prices are money per point.

    `clauses` are what the agreement says about clearing, ``None`` where the document does not.
    """

    code: str
    name: str
    trade: str
    plugin: str
    settings: dict[str, Any]
    issue_price: Decimal
    reimbursement_rate: Decimal
    backdate_days: int
    return_days: int
    pending_days: int
    since: date | None
    stores: tuple[StorePlan, ...]
    clauses: Clauses | None


@dataclass(frozen=True, slots=True)
class TaxPlan:
    """A tax that agreements may name; `rate` is a part of the net, from `since` on."""

    code: str
    name: str
    rate: Decimal
    since: date | None


@dataclass(frozen=True, slots=True)
class Alliance:
    """A whole alliance; `points` is ``None`` and `tiers` empty where the document says nothing.

    `clearing` are the first terms by which its points are cleared.
    """

    points: PointsPlan | None
    clearing: Terms | None
    taxes: tuple[TaxPlan, ...]
    tiers: tuple[TierPlan, ...]
    sites: tuple[SitePlan, ...]
    partners: tuple[PartnerPlan, ...]


def read_alliance(text: str) -> Alliance:
    """Read an alliance.

    Raises:
        InvalidDocumentError: it is no TOML, or does not fit; every mistake is named.
    """
    errors: dict[str, list[str]] = {}
    document = read_document(text, errors)
    alliance = Alliance(
        _points(document.section("points")) if document.has("points") else None,
        _clearing(document.section("clearing")) if document.has("clearing") else None,
        tuple(_tax(section) for section in document.sections("taxes")),
        tuple(_tier(section) for section in document.sections("tiers")),
        tuple(_site(section) for section in document.sections("sites")),
        tuple(_partner(section) for section in document.sections("partners")),
    )
    document.close()
    for name in ("tiers", "sites", "partners"):
        codes = [each.code for each in getattr(alliance, name)]
        for code in sorted({code for code in codes if codes.count(code) > 1}):
            document.wrong(name, f"The code {code} stands twice.")
    if errors:
        raise InvalidDocumentError(errors)
    return alliance


def _points(section: Section) -> PointsPlan:
    rules = tuple(ExpiryRule)
    rule = section.text("expiry", ExpiryRule.NEVER, among=rules)
    expiry = Expiry(
        ExpiryRule(rule) if rule in rules else ExpiryRule.NEVER, section.whole("months", 0)
    )
    if expiry.rule in (ExpiryRule.ROLLING, ExpiryRule.MONTH_END) and not expiry.months:
        section.wrong("months", "Say after how many months points end.")
    rounding = section.text("rounding", Rounding.DOWN, among=tuple(Rounding))
    points = PointsPlan(
        section.text("name"), expiry, section.decimal("face_value", "0.01"),
        section.text("debt_policy", "debt", among=_DEBT_POLICIES),
        section.whole("grace_days", 30),
        Rounding(rounding) if rounding in tuple(Rounding) else Rounding.DOWN,
    )  # fmt: skip
    section.close()
    return points


def _clauses(section: Section) -> Clauses:
    clauses = read_clauses(section, Clauses())
    section.close()
    return clauses


def _clearing(section: Section) -> Terms:
    terms = read_terms(section, DEFAULT_TERMS)
    section.close()
    return terms


def _tax(section: Section) -> TaxPlan:
    tax = TaxPlan(
        section.text("code"), section.text("name"), section.decimal("rate", "0"),
        section.day("since"),
    )  # fmt: skip
    section.close()
    return tax


def _tier(section: Section) -> TierPlan:
    tier = TierPlan(section.text("code"), section.text("name"), section.whole("uplift_percent", 0))
    section.close()
    return tier


def _site(section: Section) -> SitePlan:
    site = SitePlan(section.text("code"), section.text("name"), section.text("zone"))
    if site.zone and not is_zone(site.zone):
        section.wrong("zone", "This is no IANA time zone.")
    section.close()
    return site


def _partner(section: Section) -> PartnerPlan:
    partner = PartnerPlan(
        code=section.text("code"),
        name=section.text("name"),
        trade=section.text("trade", "general"),
        plugin=section.text("plugin", "standard"),
        settings=section.table("settings"),
        issue_price=section.decimal("issue_price", "0.012"),
        reimbursement_rate=section.decimal("reimbursement_rate", "0.009"),
        backdate_days=section.whole("backdate_days", 30),
        return_days=section.whole("return_days", 30),
        pending_days=section.whole("pending_days", 0),
        since=section.day("since"),
        stores=tuple(_store(store) for store in section.sections("stores")),
        clauses=_clauses(section.section("clearing")) if section.has("clearing") else None,
    )
    section.close()
    return partner


def _store(section: Section) -> StorePlan:
    store = StorePlan(
        section.text("code"), section.text("name"), section.text("site"), section.text("currency")
    )
    if store.currency and not re.fullmatch("[A-Z]{3}", store.currency):
        section.wrong("currency", "Write a code of ISO 4217, such as GBP.")
    section.close()
    return store
