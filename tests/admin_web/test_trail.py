"""The audit trail as a room: found by person, object, kind and day, with before beside after."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from stoa.services import audit, earning
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Actor, Desk
from visitor import Visitor, text_of
from windows import Open, faults, fits, sign_in
from world import Coalition, a_key


def wrote(desk: Desk, deed: str, subject: str, **facts: dict[str, Any] | None) -> None:
    """Write an entry as somebody at the command line."""
    with desk.work(Actor("cli")) as work:
        audit.record(work, deed, subject, **facts)


def objects(page: str) -> list[str]:
    """Return the objects of the rows of the list."""
    return re.findall(r'data-label="Object"><span class="code">([^<]*)<', page)


def test_the_trail_is_found_by_object_kind_person_and_day(operator: Visitor, desk: Desk) -> None:
    wrote(desk, "currency.change", "ALPHA", before={"name": "Old"}, after={"name": "New"})
    wrote(desk, "currency.found", "BETA", after={"name": "Beta"})
    wrote(desk, "currencyish.found", "GAMMA")
    assert {"ALPHA", "BETA", "GAMMA"} <= set(objects(operator.get("/admin/trail").text))
    assert objects(operator.get("/admin/trail?q=ALPHA").text) == ["ALPHA"]
    kinds = objects(operator.get("/admin/trail?kind=currency").text)
    assert set(kinds) >= {"ALPHA", "BETA"}
    assert "GAMMA" not in kinds
    operator.get("/admin/trail?as=csv")
    people = operator.get("/admin/trail")
    grace = re.search(r'<option value="(staff:stf_\w+)">Grace Lam<', people.text)
    assert grace
    mine = operator.get(f"/admin/trail?person={grace[1]}")
    assert objects(mine.text) == ["list/trail"]
    assert "ALPHA" not in objects(mine.text)
    assert objects(operator.get("/admin/trail?until=2001-01-01").text) == []
    assert "ALPHA" in objects(operator.get("/admin/trail?since=2001-01-01").text)
    assert operator.get("/admin/trail?after=no-mark").status_code == 404
    kept = operator.post("/admin/lists/trail/columns", column="deed", next="/admin/trail")
    assert kept.status_code == 303
    assert objects(operator.get("/admin/trail?q=ALPHA").text) == []


def test_an_entry_shows_what_was_before_beside_what_came_after(
    operator: Visitor, desk: Desk
) -> None:
    before, after = {"rate": "1", "same": "x"}, {"rate": "2", "same": "x"}
    wrote(desk, "currency.change", "ALPHA", before=before, after=after)
    listed = operator.get("/admin/trail?q=ALPHA")
    assert "rate: 1 → 2" in text_of(listed)
    link = re.search(r'class="row-link[^"]*" href="([^"]+)"', listed.text)
    assert link
    page = operator.get(link[1])
    assert "<del>1</del>" in page.text
    assert "<ins>2</ins>" in page.text
    assert "same" not in re.findall(r'<span class="code">(\w+)</span></th>', page.text)
    assert "/admin/trail?q=ALPHA" in page.text
    assert operator.get(f"/admin/trail/{public_id('aud', new_uuid())}").status_code == 404


def test_the_trail_is_a_file_that_tells_persons_to_those_who_may_know(
    auditor: Visitor, operator: Visitor, desk: Desk
) -> None:
    wrote(desk, "currency.change", "ALPHA", before={"rate": "1"}, after={"rate": "2"})
    assert "rate: 1 → 2" in operator.get("/admin/trail?q=ALPHA&as=csv").text
    taken = auditor.get("/admin/trail?q=ALPHA&as=csv").text
    assert "ALPHA" in taken
    assert "rate: 1 → 2" not in taken


def test_the_trail_of_all_is_not_for_a_partners_people(
    enter: Callable[[str], Visitor],
) -> None:
    for role in ("partner_admin", "support"):
        assert enter(role).get("/admin/trail").status_code == 403


@pytest.mark.browser
def test_the_trail_is_walked_in_a_browser(
    open_page: Open, desk: Desk, coalition: Coalition
) -> None:
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(coalition.a_member()), key=a_key())
    wrote(desk, "partner.configure", public_id("prt", coalition.grocery),
          before={"settings": {"base_rate": "0.010", "note": "a long note " * 9}},
          after={"settings": {"base_rate": "0.012", "note": "another note " * 9}})  # fmt: skip
    for width, theme, language in ((390, "dark", "zh_Hant"), (1280, "light", "en")):
        page = open_page(width=width, theme=theme, language=language)
        sign_in(page)
        page.goto("/admin/trail?kind=partner")
        assert (faults(page), fits(page)) == ([], True)
        page.locator(".row-link").first.click()
        expect(page.locator("ins").first).to_be_visible()
        assert (faults(page), fits(page)) == ([], True)
