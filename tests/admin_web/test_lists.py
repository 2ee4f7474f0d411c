"""Lists: filters in the address, order by heading, files of all rows, and what they cost."""

import csv
import io
import re
from collections.abc import Callable

import openpyxl
import pytest
from sqlalchemy import select

from stoa.models.audit import AuditRecord
from stoa.models.members import Member
from stoa.statements import Line
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk
from visitor import Visitor, text_of
from world import Coalition


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the statements that were sent to the driver so far; grows."""
    sent: list[str] = []
    plain = Line.rows

    def noted(line: Line, statement: str, *rest: object) -> object:
        sent.append(statement)
        return plain(line, statement, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Line, "rows", noted)
    return sent


def names(page: str) -> list[str]:
    """Return what the rows of a list lead to, in their order."""
    return re.findall(r'class="row-link[^"]*" href="[^"]*">([^<]*)<', page)


def test_a_heading_puts_the_rows_in_order_and_says_so(
    operator: Visitor, coalition: Coalition
) -> None:
    page = operator.get("/admin/partners").text
    assert names(page) == sorted(names(page), key=str.casefold)
    assert 'aria-sort="ascending"' in page
    down = operator.get("/admin/partners?sort=-name").text
    assert names(down) == names(page)[::-1]
    assert 'aria-sort="descending"' in down
    assert coalition


def test_filters_stand_in_the_address_and_are_taken_away_one_by_one(
    operator: Visitor, desk: Desk, coalition: Coalition
) -> None:
    coalition.a_member("Ada")
    frozen = coalition.a_member("Ben")
    with desk.work(Actor("cli")) as work:
        work.session.get_one(Member, frozen.id).status = "frozen"
    page = operator.get("/admin/members?status=frozen&q=be&since=2020-01-01")
    assert names(page.text) == ["Ben"]
    assert "State: Frozen" in text_of(page)
    off = re.findall(r'class="chip chip-off" href="([^"]*)"', page.text)
    assert [each.replace("&amp;", "&") for each in off] == [
        "/admin/members?status=frozen&since=2020-01-01",
        "/admin/members?q=be&since=2020-01-01",
        "/admin/members?q=be&status=frozen",
    ]
    assert "Nothing matches" in text_of(operator.get("/admin/members?status=closed"))
    lost = operator.get("/admin/members?status=gone&since=soon&sort=moved")
    assert sorted(names(lost.text)) == ["Ada", "Ben"]


def test_typing_leaves_a_short_address(operator: Visitor, coalition: Coalition) -> None:
    headers = {"HX-Request": "true"}
    answer = operator.get("/admin/partners?q=cine&status=&plugin=", headers=headers)
    assert answer.headers["HX-Replace-Url"] == "/admin/partners?q=cine"
    assert coalition


def test_a_file_holds_every_row_that_matches_and_no_formula(
    operator: Visitor, desk: Desk, coalition: Coalition
) -> None:
    for number in range(30):
        coalition.a_member(f"Person {number:02}")
    coalition.a_member("=HYPERLINK(1)")
    answer = operator.get("/admin/members?as=csv&q=Person")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="members.csv"'
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[0][:4] == ["Member", "Card", "Tier", "Points"]
    assert [row[0] for row in rows[1:]] == [f"Person {number:02}" for number in range(29, -1, -1)]
    assert "'=HYPERLINK(1)" in operator.get("/admin/members?as=csv").text
    book = openpyxl.load_workbook(io.BytesIO(operator.client.get("/admin/members?as=xlsx").data))
    cells = list(book.worksheets[0].iter_rows(values_only=True))
    assert len(cells) == 32
    assert cells[1][0] == "=HYPERLINK(1)"
    assert book.worksheets[0]["A2"].data_type == "s"
    with desk.work(Actor("cli")) as work:
        records = work.session.scalars(
            select(AuditRecord).where(AuditRecord.deed == "list.export")
        ).all()
    assert [each.after["as"] for each in records if each.after] == ["csv", "csv", "xlsx"]
    assert records[0].after is not None
    assert records[0].after["q"] == "Person"


def test_persons_are_in_files_only_for_who_may_change_members(
    enter: Callable[..., Visitor], coalition: Coalition
) -> None:
    coalition.a_member("Ada Lovelace")
    assert "Ada Lovelace" in enter("support").get("/admin/members?as=csv").text
    finance = enter("finance").get("/admin/members?as=csv")
    assert finance.status_code == 200
    assert "Ada Lovelace" not in finance.text
    assert "Tier" in finance.text


def test_a_list_costs_the_same_with_five_rows_and_with_fifty(
    operator: Visitor, coalition: Coalition, statements: list[str]
) -> None:
    def cost(path: str) -> int:
        operator.get(path)
        before = len(statements)
        assert operator.get(path).status_code == 200
        return len(statements) - before

    for number in range(5):
        coalition.a_member(f"Person {number:02}")
    few = cost("/admin/members")
    for number in range(45):
        coalition.a_member(f"Person {number:02}")
    assert cost("/admin/members") == few
    assert 0 < few < 8


def test_a_person_chooses_columns_and_they_stay(operator: Visitor, coalition: Coalition) -> None:
    coalition.a_member("Ada")
    assert "mem_" not in text_of(operator.get("/admin/members"))
    chosen = ["status", "number", "nothing"]
    answer = operator.post("/admin/lists/members/columns", column=chosen, next="/admin/members")
    assert answer.location == "/admin/members"
    page = operator.get("/admin/members").text
    head = re.findall(r'<th scope="col"[^>]*>(?:<a[^>]*>)?([^<]+)', page)
    assert head == ["Member", "Number", "State"]
    operator.post("/admin/lists/members/columns", column=[])
    assert "Last moved" in text_of(operator.get("/admin/members"))
    assert operator.post("/admin/lists/nothing/columns").status_code == 404


def test_a_view_is_kept_shared_with_the_role_and_opens_first(
    enter: Callable[..., Visitor], operator: Visitor, coalition: Coalition
) -> None:
    coalition.a_member("Ada")
    support, finance = enter("support"), enter("finance")
    kept = support.post(
        "/admin/lists/members/views", title="Frozen ones", usual="yes",
        query="status=frozen&sort=name&evil=1", next="//evil.example/",
    )  # fmt: skip
    assert kept.location == "/admin/"
    assert support.get("/admin/members").location.endswith("/members?status=frozen&sort=name")
    page = support.get("/admin/members?status=frozen&sort=name")
    assert "opens first" in text_of(page)
    assert "Nothing matches" in text_of(page)
    assert names(support.get("/admin/members?view=all").text) == ["Ada"]
    assert "Frozen ones" not in finance.get("/admin/members").text
    support.post(
        "/admin/lists/members/views", title="Frozen  ones", query="status=frozen", shared="yes"
    )
    assert "Frozen ones" not in finance.get("/admin/members").text
    assert "Frozen ones" not in operator.get("/admin/members").text
    again = enter("support", "second-support@people.example")
    assert "Frozen ones" in again.get("/admin/members?view=all").text
    (view,) = re.findall(r"/views/(viw_\w+)/drop", support.get("/admin/members?q=x").text)
    assert again.post(f"/admin/lists/members/views/{view}/drop").status_code == 404
    assert support.post(f"/admin/lists/members/views/{view}/drop").status_code == 303
    assert support.get("/admin/members").status_code == 200
    assert "Frozen ones" not in again.get("/admin/members").text
    wrong = support.post("/admin/lists/members/views", title="x" * 61)
    assert "at most 60 letters" in text_of(support.get(wrong.location, follow_redirects=True))
    assert support.post("/admin/lists/members/usual", view=view).status_code == 404


def test_a_deed_asks_first_then_tells_each_outcome_and_can_be_undone(
    operator: Visitor, auditor: Visitor, desk: Desk, coalition: Coalition
) -> None:
    ada, ben = coalition.a_member("Ada"), coalition.a_member("Ben")
    rows = [public_id("mem", each.id) for each in (ada, ben)]
    with desk.work(Actor("cli")) as work:
        work.session.get_one(Member, ben.id).status = "frozen"

    def states() -> list[str]:
        with desk.work(Actor("cli")) as work:
            return [work.session.get_one(Member, each.id).status for each in (ada, ben)]

    run = "/admin/lists/members/deeds"
    assert 'name="deed" value="freeze"' in operator.get("/admin/members").text
    asked = operator.post(run, deed="freeze", row=rows, next="/admin/members?q=a")
    assert "2 members will be frozen: no points come or go" in text_of(asked)
    assert states() == ["active", "frozen"]
    assert operator.post(run, deed="freeze", row=rows, sure="yes").status_code == 200
    assert states() == ["active", "frozen"]  # without a reason
    done = operator.post(run, deed="freeze", row=rows, sure="yes", reason="stolen cards")
    assert "1 of 2 rows done" in text_of(done)
    assert "Not done" in text_of(done)
    assert states() == ["frozen", "frozen"]
    undo = re.findall(r'name="(row|deed|reason)" value="([^"]*)"', done.text)
    assert undo == [("deed", "thaw"), ("reason", "undone: stolen cards"), ("row", rows[0])]
    operator.post(run, deed="thaw", row=rows[0], sure="yes", reason="undone")
    assert states() == ["active", "frozen"]
    assert 'name="deed"' not in auditor.get("/admin/members").text
    refused = auditor.post(run, deed="freeze", row=rows, sure="yes", reason="x")
    assert refused.status_code == 403
    assert states() == ["active", "frozen"]
    assert operator.post(run, deed="freeze", next="/admin/members").status_code == 303
    assert operator.post(run, deed="melt", row=rows).status_code == 404


def test_looks_are_kept_for_a_person(operator: Visitor, coalition: Coalition) -> None:
    for number in range(12):
        coalition.a_member(f"Person {number:02}")
    operator.client.set_cookie("stoa_theme", "light", path="/admin")
    operator.post("/admin/account/looks", theme="dark", page_rows="10")
    page = operator.get("/admin/members").text
    assert len(names(page)) == 10
    assert 'data-bs-theme="dark"' in page
    assert 'data-letters="off"' in page
    assert operator.post("/admin/account/looks", theme="pink", page_rows="10").status_code == 422
    assert operator.post("/admin/account/looks", theme="", page_rows="7").status_code == 422


def test_anything_is_found_that_the_role_may_see(
    enter: Callable[..., Visitor], coalition: Coalition
) -> None:
    ada = coalition.a_member("Harbour Ada")
    support = enter("support").get("/admin/finding?part=list&q=harbour").text
    assert f'href="/admin/members/{public_id("mem", ada.id)}"' in support
    assert f'href="/admin/partners/{public_id("prt", coalition.grocery)}"' in support
    marketing = enter("marketing").get("/admin/finding?q=harbour").text
    assert "Harbour Ada" not in marketing
    assert "Harbour Grocery" in marketing
    partners = enter("partner_admin")
    assert "Nothing matches" in text_of(partners.get("/admin/finding?q=harbour"))
    assert 'href="/admin/clearing/statements"' in partners.get("/admin/finding?q=invoices").text
    assert "Type a name" in text_of(partners.get("/admin/finding?part=list&q=+"))
