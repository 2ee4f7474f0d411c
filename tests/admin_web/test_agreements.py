"""Agreements at the admin web: one person proposes, another sees the difference and approves."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from stoa.models.agreements import AgreementProposal
from stoa.models.partners import Agreement
from stoa.services import earning
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk
from visitor import Visitor, text_of
from world import Coalition, FixedClock, a_key

GOOD = {
    "effective_from": "2026-06-01", "issue_price": "0.0132", "reimbursement_rate": "0.009",
    "fee_issuing": "0", "fee_redeeming": "0", "reimburse_by": "", "backdate_days": "30",
    "return_days": "60", "pending_days": "14", "funding": "open", "overflow": "refuse",
    "credit_limit_minor": "", "alert_points": "", "alert_minor": "", "reserve_ratio": "100",
    "settlement_currency": "", "tax_issue": "", "tax_redemption": "", "tax_third_party": "",
    "dispute_days": "30", "payment_days": "30", "note": "rent",
}  # fmt: skip


def address(coalition: Coalition) -> str:
    """Return the address of the grocery."""
    return f"/admin/partners/{public_id('prt', coalition.grocery)}"


def test_a_change_is_proposed_by_one_and_approved_by_another(
    operator: Visitor, enter: Callable[[str], Visitor], desk: Desk, coalition: Coalition
) -> None:
    form = operator.get(f"{address(coalition)}/agreement/new").text
    assert 'value="0.012"' in form
    led = operator.post(f"{address(coalition)}/agreement/new", **GOOD)
    page = text_of(operator.get(led.location))
    assert "Price of an issued point 0.012 CNY 0.0132 CNY" in page
    assert "Goods may come back for 30 days 60 days" in page
    assert "Fee for a point redeemed at its tills 0 CNY as it is" in page
    operator.post(f"{led.location}/approve")
    assert "ask a second person" in text_of(operator.get(led.location))

    finance = enter("finance")
    assert "Harbour Grocery" in text_of(finance.get("/admin/clearing/agreements"))
    assert "Clearing 1 waiting" in text_of(finance.get("/admin/partners"))
    assert "Clearing 1 waiting" not in text_of(operator.get("/admin/partners"))  # its own
    finance.post(f"{led.location}/approve")
    assert "Version 2 is agreed." in text_of(finance.get(led.location))
    assert "1 waiting" not in text_of(finance.get("/admin/partners"))
    history = text_of(finance.get(f"{address(coalition)}/agreement"))
    assert "Jun 1, 2026 Grace Lam" in history
    assert "Version 2 from Jun 1, 2026 · agreed by Pat finance" in history
    assert "Price of an issued point 0.012 CNY → 0.0132 CNY" in history
    assert "Version 1 In force" in history  # June has not come yet
    with desk.work(Actor("cli")) as work:
        kept = work.session.get_one(Agreement, (coalition.grocery, 2))
        assert (kept.return_days, kept.pending_days) == (60, 14)


def test_a_proposal_tells_what_it_would_have_changed_last_month(
    operator: Visitor, desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    ada = coalition.a_member("Ada")
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada, "10000.00"), key=a_key())
    led = operator.post(f"{address(coalition)}/agreement/new", **GOOD)
    may = text_of(operator.get(led.location))
    assert "What it would have changed in Apr 2026 0 points issued" in may
    clock.move(days=31)
    operator.sign_in()
    june = text_of(operator.get(led.location))
    assert "What it would have changed in May 2026 10,000 points issued, 0 redeemed there" in june
    assert "Charge for issued points 10,000 CN¥120.00 CN¥132.00 +CN¥12.00" in june


def test_a_proposal_is_declined_by_another_and_withdrawn_by_its_own(
    operator: Visitor, enter: Callable[[str], Visitor], coalition: Coalition
) -> None:
    first = operator.post(f"{address(coalition)}/agreement/new", **GOOD).location
    finance = enter("finance")
    finance.post(f"{first}/decline", reason="too dear")
    assert "Declined" in text_of(finance.get(first))
    finance.post(f"{first}/approve")
    assert "Somebody decided this meanwhile" in text_of(finance.get(first))
    second = operator.post(f"{address(coalition)}/agreement/new", **GOOD).location
    operator.post(f"{second}/withdraw")
    assert "Withdrawn" in text_of(operator.get(second))
    assert "Nothing waits" in text_of(operator.get("/admin/clearing/agreements"))
    history = text_of(operator.get(f"{address(coalition)}/agreement"))
    assert "rent · too dear Declined" in history


WRONG = (
    ({"effective_from": "soon"}, "Choose a day."),
    ({"effective_from": "2026-05-01"}, "The first day can be"),
    ({"issue_price": "-1"}, "Write money per point"),
    ({"issue_price": "0.1234567"}, "Write money per point"),
    ({"reimbursement_rate": "NaN"}, "Write money per point"),
    ({"fee_redeeming": "1e3"}, "Write money per point"),
    ({"backdate_days": "4000"}, "Write a whole number of days, 0 to 3650."),
    ({"return_days": "½"}, "Write a whole number of days"),
    ({"dispute_days": "400"}, "Write a whole number of days, 0 to 365."),
    ({"funding": "credit"}, "Credit needs a limit."),
    ({"funding": "credit", "overflow": "credit", "credit_limit_minor": "1"}, "After a credit"),
    ({"overflow": "maybe"}, "Choose from the list."),
    ({"tax_issue": "VAT6"}, "Choose from the list."),
    ({"reserve_ratio": "101"}, "Write a share from 0 to 100."),
    ({"alert_points": "some"}, "Write a whole number of points."),
    ({"credit_limit_minor": "-5"}, "Write an amount such as 200.00."),
    ({"settlement_currency": "yuan"}, "Write an ISO 4217 code"),
)


def test_what_can_not_be_agreed_is_told_and_not_kept(
    operator: Visitor, desk: Desk, coalition: Coalition, subtests: pytest.Subtests
) -> None:
    operator.get(f"{address(coalition)}/agreement/new")
    for wrong, told in WRONG:
        with subtests.test(told, **wrong):
            answer = operator.post(f"{address(coalition)}/agreement/new", **(GOOD | wrong))
            assert answer.status_code == 422
            assert told in text_of(answer)
    with desk.work(Actor("cli")) as work:
        assert work.session.scalar(select(func.count()).select_from(AgreementProposal)) == 0


def test_a_partners_people_see_what_is_agreed_and_change_nothing(
    enter: Callable[[str], Visitor], coalition: Coalition
) -> None:
    partner = enter("partner_staff")
    page = text_of(partner.get(f"{address(coalition)}/agreement"))
    assert "Price of an issued point 0.012 CNY" in page
    assert "Propose a change" not in page
    assert partner.post(f"{address(coalition)}/agreement/new", **GOOD).status_code == 403


def test_a_proposal_that_is_none_is_not_there(operator: Visitor) -> None:
    for place in (f"agp_{'0' * 26}", "agp_x", f"prt_{'0' * 26}"):
        assert operator.get(f"/admin/clearing/agreements/{place}").status_code == 404
    nowhere = f"/admin/clearing/agreements/agp_{'0' * 26}/approve"
    assert operator.post(nowhere).status_code == 404
