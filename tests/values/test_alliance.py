"""An alliance as a document."""

from datetime import date
from decimal import Decimal

import pytest

from stoa.values.alliance import StorePlan, read_alliance
from stoa.values.periods import Expiry, ExpiryRule
from stoa.values.sections import InvalidDocumentError

WHOLE = """
[points]
name = "Stars"
expiry = "rolling"
months = 24
face_value = "0.02"
[[tiers]]
code = "basic"
name = "Basic"
[[tiers]]
code = "gold"
name = "Gold"
uplift_percent = 50
[[sites]]
code = "mall"
name = "The Mall"
zone = "Europe/London"
[[partners]]
code = "bags"
name = "Bags"
since = 2020-01-01
issue_price = "0.015"
return_days = 60
settings = { base_rate = "2" }
stores = [{ code = "one", name = "One", site = "mall", currency = "GBP" }]
"""


def test_a_whole_alliance_is_read() -> None:
    alliance = read_alliance(WHOLE)
    assert alliance.points is not None
    assert alliance.points.expiry == Expiry(ExpiryRule.ROLLING, 24)
    assert alliance.points.face_value == Decimal("0.02")
    assert [(tier.code, tier.uplift_percent) for tier in alliance.tiers] == [
        ("basic", 0),
        ("gold", 50),
    ]
    assert alliance.sites[0].zone == "Europe/London"
    (partner,) = alliance.partners
    assert (partner.plugin, partner.trade, partner.since) == (
        "standard",
        "general",
        date(2020, 1, 1),
    )
    assert (partner.issue_price, partner.reimbursement_rate) == (Decimal("0.015"), Decimal("0.009"))
    assert (partner.backdate_days, partner.return_days) == (30, 60)
    assert partner.settings == {"base_rate": "2"}
    assert partner.stores == (StorePlan("one", "One", "mall", "GBP"),)


def test_a_document_may_say_little() -> None:
    alliance = read_alliance('[points]\nname = "Stars"\n')
    assert alliance.points is not None
    assert alliance.points.expiry.rule is ExpiryRule.NEVER
    assert (alliance.tiers, alliance.sites, alliance.partners) == ((), (), ())
    assert read_alliance("").points is None


@pytest.mark.parametrize(
    ("old", "new", "path", "text"),
    [
        ('expiry = "rolling"', 'expiry = "soon"', "points.expiry", "Choose one of never"),
        ("months = 24\n", "", "points.months", "how many months"),
        ("months = 24", "months = -1", "points.months", "at least 0"),
        ('face_value = "0.02"', "face_value = 0.02", "points.face_value", "as a text"),
        ('face_value = "0.02"', 'face_value = "-1"', "points.face_value", "as a text"),
        ('face_value = "0.02"', 'face_value = "x"', "points.face_value", "as a text"),
        ('face_value = "0.02"', 'face_value = "NaN"', "points.face_value", "as a text"),
        ("uplift_percent = 50", "uplift_percent = true", "tiers.2.uplift_percent", "whole number"),
        ('zone = "Europe/London"', 'zone = "Mars"', "sites.1.zone", "no IANA time zone"),
        ('zone = "Europe/London"\n', "", "sites.1.zone", "missing"),
        ("since = 2020-01-01", 'since = "2020"', "partners.1.since", "without quotes"),
        ('settings = { base_rate = "2" }', "settings = 7", "partners.1.settings", "table"),
        ('currency = "GBP"', 'currency = "pound"', "partners.1.stores.1.currency", "ISO 4217"),
        ('code = "gold"', 'code = "basic"', "tiers", "basic stands twice"),
        ("[points]", "[point]", "point", "no such name"),
        ("[[sites]]", "[sites]", "sites", "array of tables"),
    ],
)
def test_a_mistake_is_told_with_its_path(old: str, new: str, path: str, text: str) -> None:
    assert old in WHOLE
    with pytest.raises(InvalidDocumentError) as refused:
        read_alliance(WHOLE.replace(old, new))
    assert any(text in each for each in refused.value.errors[path])


def test_a_store_without_money_is_told() -> None:
    with pytest.raises(InvalidDocumentError, match=r"partners.1.stores.1.currency"):
        read_alliance(WHOLE.replace(', currency = "GBP"', ""))
