"""Taking a partner in: the checklist follows what is there, the bar leads on, drafts stay."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from stoa.services import credentials, earning, entities, onboarding, partners
from stoa.values.clearing.statements import Entity
from stoa.values.identifiers import public_id
from stoa.work import Actor
from visitor import Visitor, text_of
from windows import Open, faults, fits, sign_in
from world import Coalition, a_key


def test_each_step_is_done_when_what_it_asks_for_is_there(
    operator: Visitor, coalition: Coalition
) -> None:
    page = operator.get("/admin/partners/new")
    added = operator.post("/admin/partners/new", name="Blue Café", code="blue-cafe", trade="café",
                          plugin="standard")  # fmt: skip
    address = added.location
    assert address.endswith("/onboarding")
    page = operator.get(address)
    assert "0 of 7 done" in text_of(page)
    assert "Go on: Legal entity" in text_of(page)
    partner = address.removesuffix("/onboarding")
    bar = text_of(operator.get(f"{partner}/stores/new"))
    assert "Step 3 of 7: First store · 0 of 7 done · Step before · Next step" in bar
    with coalition.desk.work(Actor("cli")) as work:
        partner_id = work.rows("SELECT id FROM partners WHERE code = 'blue-cafe'")[0][0]
        entities.change(work, partner_id, Entity("Blue Café Ltd", "blue-cafe"))
        partners.add_store(work, partner_id, coalition.site, "main", "Blue Café", currency="CNY")
        partners.configure(work, partner_id, "standard", {"base_rate": "2"})
    assert "3 of 7 done" in text_of(operator.get(address))
    assert "3 of 7 done" in text_of(operator.get(partner))
    assert "Go on: Agreement" in text_of(operator.get(address))
    with coalition.desk.work(Actor("cli")) as work:
        credentials.issue_client(work, partner_id, "Tills")
        partners.agree(
            work, partner_id, issue_price=Decimal("0.01"), reimbursement_rate=Decimal("0.008"),
            backdate_days=7, return_days=14, pending_days=0, effective_from=work.today(),
        )  # fmt: skip
        assert onboarding.progress_of(work, partner_id).ready
    assert "Go on: Webhook" in text_of(operator.get(address))
    assert "of 7 done" not in text_of(operator.get(partner))  # nothing that is needed is missing


@pytest.mark.browser
def test_what_is_typed_stays_while_one_goes_back_and_forth(
    open_page: Open, coalition: Coalition
) -> None:
    with coalition.desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(coalition.a_member()), key=a_key())
    page = open_page(width=390, theme="dark", language="zh_Hans")
    sign_in(page)
    start = f"/admin/partners/{public_id('prt', coalition.grocery)}"
    page.goto(f"{start}/onboarding")
    assert (faults(page), fits(page)) == ([], True)
    page.goto(f"{start}/stores/new")
    assert (faults(page), fits(page)) == ([], True)
    page.locator("#f-name").fill("Harbour Kiosk")
    page.locator("#f-site").select_option("new")
    page.locator("#f-site_name").fill("Pier 7")
    page.locator(".onboarding a").nth(1).click()  # the step before
    page.locator(".onboarding a").nth(2).click()  # and on again
    expect(page.locator("#f-name")).to_have_value("Harbour Kiosk")
    expect(page.locator("#f-site_name")).to_be_visible()
    expect(page.locator("#f-site_name")).to_have_value("Pier 7")
    page.locator("form .btn-primary").click()
    expect(page.locator("#f-code")).to_be_focused()  # empty: the browser says so
