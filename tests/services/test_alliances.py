"""An alliance is founded from a document, once."""

from decimal import Decimal

import pytest

from stoa.errors import FourEyesError, InvalidBodyError
from stoa.models.partners import Agreement, Partner
from stoa.services import agreements, alliances, clearing_terms, partners, rates, tiers
from stoa.values.alliance import read_alliance
from stoa.work import Actor, Desk

WHOLE = """
[points]
name = "Stars"
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
settings = { base_rate = "2" }
stores = [{ code = "one", name = "One", site = "mall", currency = "GBP" }]
"""


def found(desk: Desk, text: str = WHOLE) -> dict[str, int]:
    with desk.work(Actor("cli")) as work:
        done = alliances.found(work, read_alliance(text))
    return {name: number for name, number in done.items() if number}


def test_an_alliance_is_founded_once(desk: Desk) -> None:
    assert found(desk) == {"sites added": 1, "partners added": 1, "stores added": 1}
    assert found(desk) == {}
    with desk.work(Actor("test")) as work:
        assert [tier.code for tier in tiers.ladder(work)] == ["basic", "gold"]
        bags = work.session.query(Partner).one()
        terms = partners.terms(work, bags.id)
    assert terms.settings["base_rate"] == 2000
    assert terms.stores["one"].zone == "Europe/London"


def test_what_differs_is_changed(desk: Desk) -> None:
    found(desk)
    assert found(desk, WHOLE.replace('base_rate = "2"', 'base_rate = "3"')) == {
        "partners changed": 1
    }
    dearer = WHOLE.replace("since", 'issue_price = "0.02"\nsince')
    assert found(desk, dearer) == {"partners changed": 1, "agreements proposed": 1}
    assert found(desk, dearer) == {}
    with desk.work(Actor("test")) as work:
        prices = [each.issue_price for each in work.session.query(Agreement)]
        (proposal,) = agreements.waiting(work)
    assert prices == [Decimal("0.012")]
    assert proposal.draft.issue_price == Decimal("0.02")
    with desk.work(Actor("cli")) as work, pytest.raises(FourEyesError):
        agreements.approve(work, proposal.id)


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ('zone = "Europe/London"', 'zone = "Asia/Tokyo"', "sites.1.zone"),
        ('currency = "GBP"', 'currency = "EUR"', "partners.1.stores.1"),
        ('site = "mall"', 'site = "moon"', "partners.1.stores.1.site"),
        ('base_rate = "2"', 'base_rate = "much"', "partners.1.base_rate"),
        ("since", 'plugin = "magic"\nsince', "partners.1.PLUGIN_UNKNOWN"),
    ],
)
def test_what_cant_be_is_told_and_changes_nothing(
    desk: Desk, old: str, new: str, path: str
) -> None:
    found(desk)
    with pytest.raises(InvalidBodyError) as refused:
        found(desk, WHOLE.replace(old, new))
    assert list(refused.value.members["errors"]) == [path]
    assert found(desk) == {}


CLEARING = (
    WHOLE
    + """
clearing = { funding = "credit", credit_limit_minor = 20000, tax_issue = "VAT6" }
[clearing]
mode = "ISSUER_PAYS"
operator = { name = "Harbour Mall Ltd" }
[[taxes]]
code = "VAT6"
name = "Value added tax"
rate = "0.06"
"""
)


def test_clearing_is_founded_with_its_taxes_once(desk: Desk) -> None:
    found(desk, CLEARING)
    assert found(desk, CLEARING) == {}
    with desk.work(Actor("test")) as work:
        bags = work.session.query(Partner).one()
        clauses = partners.terms(work, bags.id).agreements[-1].clauses
        terms = clearing_terms.of_period(work, work.programme.currency, "2026-05")
        taxes = rates.taxes(work)
    assert (clauses.funding, clauses.credit_limit_minor) == ("credit", 20_000)
    assert (terms.mode.value, terms.operator.name) == ("ISSUER_PAYS", "Harbour Mall Ltd")
    assert [tax.rate for tax in taxes] == [Decimal("0.06")]


def test_a_document_without_clauses_leaves_them_as_they_are(desk: Desk) -> None:
    found(desk, CLEARING)
    assert found(desk, WHOLE) == {}
    dearer = WHOLE.replace("since", 'issue_price = "0.02"\nsince')
    assert found(desk, dearer) == {"agreements proposed": 1}
    with desk.work(Actor("test")) as work:
        (proposal,) = agreements.waiting(work)
    draft = proposal.draft
    assert (draft.issue_price, draft.clauses.funding) == (Decimal("0.02"), "credit")


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ('"ISSUER_PAYS"', '"POOL"', "clearing.terms"),
        ('rate = "0.06"', 'rate = "6"\nsince = 2020-01-01', "taxes.1.rate"),
    ],
)
def test_clearing_that_cant_be_is_told(desk: Desk, old: str, new: str, path: str) -> None:
    found(desk, CLEARING)
    with pytest.raises(InvalidBodyError) as refused:
        found(desk, CLEARING.replace(old, new))
    assert list(refused.value.members["errors"]) == [path]
