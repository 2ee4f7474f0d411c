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
    enter: Callable[[str], Visitor], coalition: Coalition
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
