"""Partners: the list, a new one, its stores and agreement, suspension, who changed what."""

from datetime import date
from decimal import Decimal

from sqlalchemy import func, select

from stoa.models.partners import Partner, Site, Store
from stoa.services import earning, parked, partners
from stoa.services.backs import Back
from stoa.services.parked import Original
from stoa.values.identifiers import public_id
from stoa.values.periods import ExpiryRule
from stoa.work import Actor, Desk
from visitor import Visitor, text_of
from world import Coalition, a_key

NASTY = "<script>alert('x')</script>\"&{{7*1234567}}"


def address(coalition: Coalition) -> str:
    """Return the address of the grocery."""
    return f"/admin/partners/{public_id('prt', coalition.grocery)}"


def test_partners_are_listed_and_searched(operator: Visitor, coalition: Coalition) -> None:
    page = text_of(operator.get("/admin/partners"))
    assert "Harbour Grocery grocery" in page
    assert "Star Cinema cinema" in page
    found = text_of(operator.get("/admin/partners?q=cine"))
    assert "Star Cinema" in found
    assert "Harbour Grocery" not in found
    assert "Nothing matches “zzz”" in text_of(operator.get("/admin/partners?q=zzz"))
    assert coalition


def test_a_partner_is_taken_in_and_led_to_its_plugin(operator: Visitor, desk: Desk) -> None:
    with desk.work(Actor("cli")) as work:
        partners.found_currency(
            work, "Star", rule=ExpiryRule.NEVER, months=0, face_value=Decimal(1)
        )
    assert "No partners yet" in text_of(operator.get("/admin/partners"))
    answer = operator.post(
        "/admin/partners/new", name="Blue Fuel", code="blue-fuel", trade="fuel", plugin="fuel"
    )
    assert answer.status_code == 303
    page = operator.get(answer.location)
    assert "Blue Fuel is a partner now." in text_of(page)
    assert "0 of 7 done" in text_of(page)
    start = text_of(operator.get(answer.location.removesuffix("/onboarding")))
    assert "Taking the partner in · 0 of 7 done" in start
    assert "No stores yet" in start


def test_every_fault_of_a_new_partner_is_told_beside_its_field(
    operator: Visitor, coalition: Coalition
) -> None:
    bad = operator.post("/admin/partners/new", name="", code="No Good", trade="", plugin="plain")
    assert bad.status_code == 422
    page = text_of(bad)
    assert "Write the name as members know it" in page
    assert "small letters, digits and hyphens" in page
    assert "Say what the partner trades in" in page
    taken = operator.post(
        "/admin/partners/new", name="G", code="grocery", trade="x", plugin="plain"
    )
    assert "Another partner has this code." in text_of(taken)
    no_plugin = operator.post("/admin/partners/new", name="G", code="g", trade="x", plugin="no")
    assert "Choose a plugin." in text_of(no_plugin)
    assert coalition


def test_returns_without_their_sale_are_shown_until_it_comes(
    operator: Visitor, coalition: Coalition, desk: Desk
) -> None:
    assert "Returns without their sale" not in text_of(operator.get(address(coalition)))
    report = coalition.a_purchase(coalition.a_member())
    original = Original("main", report.receipt_no, date(2026, 5, 1), "t1")
    for back in (Back("RR-1"), Back("RR-2", amount="900.00")):
        with desk.work(coalition.as_grocery()) as work:
            parked.take_back(work, original, back, key=a_key())
    page = text_of(operator.get(address(coalition)))
    assert "RR-1" in page
    assert "waits for the sale" in page
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, report, key=a_key())
    with desk.work(Actor("worker")) as work:
        assert parked.match(work) == 2
    page = text_of(operator.get(address(coalition)))
    assert "RR-1" not in page
    assert "refused by the sale ALREADY_RETURNED" in page


def test_names_are_written_as_they_are_and_never_run(
    operator: Visitor, desk: Desk, coalition: Coalition
) -> None:
    operator.post("/admin/partners/new", name=NASTY, code="nasty", trade=NASTY, plugin="plain")
    with desk.work(Actor("cli")) as work:
        nasty = work.session.scalars(select(Partner).where(Partner.code == "nasty")).one()
        partners.add_store(work, nasty.id, coalition.site, "s", NASTY, currency="CNY")
    coalition.a_member(NASTY)
    for path in (
        "/admin/", "/admin/partners", f"/admin/partners/{public_id('prt', nasty.id)}",
        "/admin/members", "/admin/members?q=%3Cscript%3E", "/admin/members?q=%3Cb%3Enobody",
        f"/admin/partners/{public_id('prt', nasty.id)}/changes",
    ):  # fmt: skip
        page = operator.get(path).text
        assert "<script>alert" not in page, path
        assert "<b>nobody" not in page
        assert "8641969" not in page


def test_a_page_of_a_partner_tells_stores_and_agreement(
    operator: Visitor, coalition: Coalition
) -> None:
    page = text_of(operator.get(address(coalition)))
    assert "Main store main Harbour Mall Asia/Shanghai CNY" in page
    assert "Pays for a point it issues 0.012 CNY" in page
    assert "In force since May 1, 2026" in page


def test_a_store_is_added_at_a_known_site_and_at_a_new_one(
    operator: Visitor, desk: Desk, coalition: Coalition
) -> None:
    form = {"name": "Second", "code": "two", "currency": "CNY"}
    site = public_id("sit", coalition.site)
    assert operator.post(f"{address(coalition)}/stores/new", site=site, **form).status_code == 303
    form |= {"name": "Peak", "code": "three", "site": "new"}
    form |= {"site_name": "Peak Arcade", "site_code": "peak", "zone": "Asia/Hong_Kong"}
    answer = operator.post(f"{address(coalition)}/stores/new", **form)
    assert answer.status_code == 303
    page = text_of(operator.get(answer.location))
    assert "Peak may report purchases now." in page
    assert "Peak three Peak Arcade Asia/Hong_Kong CNY" in page
    with desk.work(Actor("cli")) as work:
        count = select(func.count()).select_from(Store).where(Store.partner_id == coalition.grocery)
        assert work.session.scalar(count) == 3


WRONG_STORES = (
    ({"name": ""}, "Write a name of at most 120 characters."),
    ({"code": "no good"}, "Use 1 to 40 letters"),
    ({"code": "main"}, "This code is taken."),
    ({"currency": "yuan"}, "Write an ISO 4217 code"),
    ({"site": ""}, "Choose where the store stands."),
    ({"site": "new", "site_name": ""}, "Write a name of at most 120 characters."),
    ({"site": "new", "site_code": "mall"}, "This code is taken."),
    ({"site": "new", "site_code": "ß"}, "Use 1 to 40 letters"),
    ({"site": "new", "zone": "Mars/Base"}, "Write an IANA time zone"),
)


def test_a_wrong_store_is_told_and_not_added(
    operator: Visitor, desk: Desk, coalition: Coalition
) -> None:
    good = {
        "name": "Second", "code": "two", "currency": "CNY", "zone": "Asia/Shanghai",
        "site": public_id("sit", coalition.site), "site_name": "New", "site_code": "new-site",
    }  # fmt: skip
    for wrong, told in WRONG_STORES:
        answer = operator.post(f"{address(coalition)}/stores/new", **(good | wrong))
        assert answer.status_code == 422, wrong
        assert told in text_of(answer)
    with desk.work(Actor("cli")) as work:
        assert work.session.scalar(select(func.count()).select_from(Store)) == 2
        assert work.session.scalar(select(func.count()).select_from(Site)) == 1


def test_a_site_that_is_none_is_not_there(operator: Visitor, coalition: Coalition) -> None:
    answer = operator.post(
        f"{address(coalition)}/stores/new", name="S", code="s", currency="CNY",
        site=public_id("sit", coalition.grocery),
    )  # fmt: skip
    assert answer.status_code == 404


def test_a_partner_is_suspended_and_reinstated(
    operator: Visitor, desk: Desk, coalition: Coalition
) -> None:
    def status() -> str:
        with desk.work(Actor("cli")) as work:
            return work.session.get_one(Partner, coalition.grocery).status

    operator.post(f"{address(coalition)}/suspend")
    assert status() == "suspended"
    page = text_of(operator.get(address(coalition)))
    assert "The partner is suspended" in page
    assert "Reinstate Harbour Grocery?" in page
    operator.post(f"{address(coalition)}/reinstate")
    assert status() == "active"
    trail = text_of(operator.get(f"{address(coalition)}/changes"))
    assert "Reinstated Grace Lam" in trail
    assert "Suspended Grace Lam" in trail
    assert "Store added: Main store cli" in trail


def test_a_partner_that_is_none_is_not_there(operator: Visitor) -> None:
    for partner in ("prt_x", f"prt_{'0' * 26}", f"mem_{'0' * 26}", "'"):
        for tail in ("", "/plugin", "/credentials", "/changes", "/stores/new", "/agreement/new"):
            answer = operator.get(f"/admin/partners/{partner}{tail}")
            assert answer.status_code == 404
            assert "nothing at this address" in text_of(answer)
