"""Roles: who may what is one table, and its promises hold over all of it."""

import pytest

from stoa.values.roles import (
    OPERATOR_ROLES,
    PARTNER_ROLES,
    PERMISSIONS,
    ROLES,
    permissions_of,
    role_of,
)


def test_the_admin_may_everything_and_the_auditor_reads_everything() -> None:
    assert permissions_of("admin") == PERMISSIONS
    assert permissions_of("auditor") == {each for each in PERMISSIONS if each.endswith(".read")}


def test_every_role_is_of_one_house() -> None:
    assert set(OPERATOR_ROLES) | set(PARTNER_ROLES) == set(ROLES)
    assert not set(OPERATOR_ROLES) & set(PARTNER_ROLES)


@pytest.mark.parametrize("role", [*PARTNER_ROLES, "marketing"])
def test_who_needs_no_members_sees_none(role: str) -> None:
    assert not {each for each in permissions_of(role) if each.startswith("members.")}


def test_partner_staff_changes_nothing() -> None:
    assert all(each.endswith(".read") for each in permissions_of("partner_staff"))


@pytest.mark.parametrize("role", ["marketing", "support", *PARTNER_ROLES])
def test_money_is_decided_by_finance_and_the_admin_alone(role: str) -> None:
    deeds = {"clearing.close", "adjustments.approve", "currencies.change", "agreements.change"}
    assert not deeds & permissions_of(role)


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"admin", "partner_admin"}))
def test_only_administrators_change_who_may_what(role: str) -> None:
    assert not {"staff.change", "credentials.change"} & permissions_of(role)


def test_the_word_of_before_the_roles_means_the_admin() -> None:
    assert role_of("operator") == "admin"
    assert role_of("auditor") == "auditor"


def test_an_unknown_role_may_nothing() -> None:
    assert permissions_of("king") == frozenset()
