"""Partners: onboarded with settings that fit, changed with a version, never by accident."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from stoa.errors import (
    CodeTakenError,
    InvalidBodyError,
    InvalidSettingsError,
    PartnerUnknownError,
    PluginUnknownError,
)
from stoa.models.audit import AuditRecord
from stoa.models.base import NOBODY
from stoa.models.ledger import CurrencyVersion
from stoa.models.partners import PartnerVersion
from stoa.services import earning, partners, tiers
from stoa.values.periods import ExpiryRule
from stoa.work import Actor, Desk
from world import Coalition, a_key

OPERATOR = Actor("staff:test")


def test_a_partner_needs_a_plugin_that_is_installed_and_settings_that_fit(
    desk: Desk, coalition: Coalition
) -> None:
    with desk.work(OPERATOR) as work:
        with pytest.raises(PluginUnknownError):
            partners.onboard(work, "x", "X", trade="x", plugin="nothing", settings={})
        with pytest.raises(InvalidSettingsError) as refused:
            partners.onboard(
                work, "x", "X", trade="x", plugin="plain", settings={"points_per_unit": "many"}
            )
        assert refused.value.members["errors"] == {"points_per_unit": ["Write a whole number."]}
        with pytest.raises(CodeTakenError):
            partners.onboard(work, "grocery", "Again", trade="x", plugin="plain", settings={})


def test_sites_stores_and_partners_have_codes_of_their_own(
    desk: Desk, coalition: Coalition
) -> None:
    with desk.work(OPERATOR) as work:
        with pytest.raises(CodeTakenError):
            partners.add_site(work, "mall", "Again", zone="Asia/Shanghai")
        with pytest.raises(InvalidBodyError):
            partners.add_site(work, "moon", "Moon", zone="Moon/Base")
        with pytest.raises(CodeTakenError):
            partners.add_store(
                work, coalition.grocery, coalition.site, "main", "Again", currency="CNY"
            )
        with pytest.raises(PartnerUnknownError):
            partners.add_store(work, NOBODY, coalition.site, "main", "Nowhere", currency="CNY")


def test_every_change_has_a_version_and_stands_in_the_audit_trail(
    desk: Desk, coalition: Coalition
) -> None:
    with desk.work(OPERATOR) as work:
        first = partners.terms(work, coalition.grocery).version
        partners.configure(work, coalition.grocery, "plain", {"points_per_unit": 2})
        partners.suspend(work, coalition.grocery)
        partners.reinstate(work, coalition.grocery)
    with desk.work(OPERATOR) as work:
        now = partners.terms(work, coalition.grocery, version=0)
        assert (now.version, now.status, now.settings["points_per_unit"]) == (
            first + 3,
            "active",
            2,
        )
        kept = work.session.scalars(
            select(PartnerVersion.settings).where(PartnerVersion.partner_id == coalition.grocery)
        ).all()
        assert [each["points_per_unit"] for each in kept].count(2) == 3
        deeds = work.session.scalars(select(AuditRecord.deed)).all()
        for deed in ("partner.configure", "partner.suspended", "partner.active"):
            assert deeds.count(deed) == 1


def test_a_later_agreement_holds_from_its_day_and_leaves_issued_points_alone(
    desk: Desk, coalition: Coalition
) -> None:
    ada = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada), key=a_key())
    with desk.work(OPERATOR) as work:
        partners.agree(
            work, coalition.grocery, effective_from=date(2026, 5, 1), issue_price=Decimal("0.02"),
            reimbursement_rate=Decimal("0.01"), backdate_days=3, return_days=7,
        )  # fmt: skip
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada), key=a_key())
        prices = [row[0] for row in work.rows("SELECT price FROM postings ORDER BY seq")]
        terms = partners.terms(work, coalition.grocery)
    assert prices == [Decimal("0.012"), Decimal("0.02")]
    assert terms.agreement_on(date(2026, 4, 1)).version == 1
    assert terms.agreement_on(date(2026, 6, 1)).return_days == 7


def test_settings_that_a_plugin_is_given_cannot_be_changed_by_it(
    desk: Desk, coalition: Coalition
) -> None:
    with desk.work(OPERATOR) as work:
        settings = partners.terms(work, coalition.grocery).settings
        with pytest.raises(TypeError):
            settings["points_per_unit"] = 99  # type: ignore[index]


def test_a_member_stands_in_a_tier_of_the_ladder_only(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    with desk.work(OPERATOR) as work:
        assert [tier.code for tier in tiers.ladder(work)] == ["basic", "silver", "gold"]
        tiers.assign(work, ada.id, "gold", reason="founder")
        assert tiers.standing(work, ada.id, date(2026, 5, 1)).rank == 2
        with pytest.raises(InvalidBodyError):
            tiers.assign(work, ada.id, "platinum", reason="founder")


def test_every_change_of_the_points_terms_has_a_version(desk: Desk, coalition: Coalition) -> None:
    def found(months: int) -> None:
        with desk.work(OPERATOR) as work:
            partners.found_currency(
                work, "Star points", rule=ExpiryRule.MONTH_END, months=months,
                face_value=Decimal("0.01"),
            )  # fmt: skip

    for months in (12, 24, 24, 12):
        found(months)
    with desk.work(OPERATOR) as work:
        kept = work.session.scalars(select(CurrencyVersion).order_by(CurrencyVersion.version)).all()
        assert [(each.version, each.terms["expiry_months"]) for each in kept] == [
            (1, 12),
            (2, 24),
            (3, 12),
        ]
        assert [each.changed_by for each in kept] == ["cli", "staff:test", "staff:test"]
        assert kept[0].terms == {
            "name": "Star points", "expiry_rule": "month_end", "expiry_months": 12,
            "face_value": "0.010000", "money_currency": "CNY", "issuer_id": None,
            "debt_policy": "debt", "grace_days": 30, "rounding": "down",
            "min_points": 1, "step": 1, "max_share_percent": 100, "step_up_points": None,
        }  # fmt: skip
        assert partners.terms(work, coalition.grocery, version=0).points.version == 3
