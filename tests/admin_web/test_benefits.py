"""The operator's room of benefits: usage, claims by filter, one claim with who pays for it."""

import pytest

from stoa.services import benefits, earning, rulebook
from stoa.services.benefits import Wish
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk
from visitor import Visitor, text_of
from windows import Open, faults, fits, sign_in
from world import Coalition, Someone, a_key

_LOUNGE = {
    "name": {"en": "Lounge"}, "unit": "ea", "gives": [{"amount_milli": 1000}],
    "worth": {"unit_minor": 3000}, "receipts": {"most": 1},
    "payers": [{"payer": "operator", "share": 50}, {"payer": "receipts", "share": 50}],
}  # fmt: skip


@pytest.fixture
def ada(desk: Desk, coalition: Coalition) -> Someone:
    """Return a member who used a lounge at the cinema, and whose tea is on hold."""
    with desk.work(Actor("cli")) as work:
        for code in ("lounge", "spa"):
            benefits.save(work, code, _LOUNGE)
            rulebook.activate(work, "benefit", code)
    ada = coalition.a_member("Ada")
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada, receipt_no="R-77"), key=a_key())
        benefits.claim(work, Wish(ada.token, "main", "tea", hold_s=300))
    with desk.work(coalition.as_cinema()) as work:
        benefits.claim(work, Wish(ada.token, "main", "lounge"))
    return ada


@pytest.mark.usefixtures("coalition")
def test_a_room_without_benefits_says_what_they_are(operator: Visitor) -> None:
    assert "No benefits yet" in text_of(operator.get("/admin/benefits"))
    assert "No claims here" in text_of(operator.get("/admin/benefits/claims"))
    assert operator.get(f"/admin/benefits/claims/clm_{'0' * 26}").status_code == 404


@pytest.mark.usefixtures("ada")
def test_usage_tells_who_paid_and_what_nobody_used(operator: Visitor) -> None:
    page = text_of(operator.get("/admin/benefits"))
    for text in ("Lounge", "CN¥30.00", "The alliance CN¥15.00", "never used", "1 claim"):
        assert text in page, text
    done = operator.post("/admin/rules/benefit/spa/pause")
    assert done.headers["Location"].endswith("/admin/rules/benefit/spa")
    page = text_of(operator.get("/admin/benefits?days=90"))
    assert "Paused" in page
    assert "Resume spa?" in page or "Resume Lounge?" in page


@pytest.mark.usefixtures("ada")
def test_claims_are_filtered_and_paged(operator: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    def listed(query: str) -> tuple[bool, bool]:
        page = operator.get(f"/admin/benefits/claims?{query}").text
        return ">lounge</a>" in page, ">tea</a>" in page

    assert listed("") == (True, True)
    assert listed("state=held") == (False, True)
    assert listed("partner=cinema") == (True, False)
    assert listed("benefit=tea") == (False, True)
    assert listed("day=2020-01-01") == (False, False)
    monkeypatch.setattr("stoa_admin.benefits._PAGE", 1)
    first = operator.get("/admin/benefits/claims").text
    assert listed("") == (True, False)
    after = first.partition("before=")[2].partition('"')[0]
    assert listed(f"before={after}") == (False, True)


def test_a_claim_shows_its_costs_and_receipts_and_the_member_the_claim(
    operator: Visitor, ada: Someone
) -> None:
    member = operator.get(f"/admin/members/{public_id('mem', ada.id)}")
    for text in ("A cup of tea", "1 ea left", "Last claims", "On hold"):
        assert text in text_of(member), text
    claim = member.text.partition(">lounge</a>")[0].rpartition('href="')[2].partition('"')[0]
    page = text_of(operator.get(claim))
    for text in ("R-77", "Harbour Grocery CN¥15.00", "serves this claim alone", "version 1"):
        assert text in page, text


@pytest.mark.browser
@pytest.mark.parametrize(
    ("width", "theme", "language"), [(1280, "light", "en"), (390, "dark", "zh-Hans")]
)
def test_the_pages_are_accessible_and_fit(
    ada: Someone, open_page: Open, width: int, theme: str, language: str
) -> None:
    page = open_page(width=width, theme=theme, language=language)
    sign_in(page)
    member = f"members/{public_id('mem', ada.id)}"
    page.goto(f"/admin/{member}")
    claim = page.locator("a", has_text="lounge").first.get_attribute("href") or ""
    rooms = (f"/admin/{member}", "/admin/benefits", "/admin/benefits/claims", claim)
    for address in rooms:
        page.goto(address)
        assert faults(page) == [], address
        assert fits(page), address
