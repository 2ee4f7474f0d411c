"""Stock and redemptions as people of the staff see them: put in, undone, filtered, read only."""

import re

import pytest

from currencies import found
from deliveries import a_points_reward, a_ticket_reward, back, had
from orders import MUG, capture, left_of, put_in, rich, take
from stoa.statements import Line
from visitor import Visitor, text_of
from world import Coalition, FixedClock


def test_stock_is_listed_put_in_and_undone(
    operator: Visitor, coalition: Coalition, clock: FixedClock
) -> None:
    assert "Nothing is counted" in text_of(operator.get("/admin/stock"))
    put_in(coalition, 5)
    (ada,) = rich(coalition, 1)
    take(coalition, ada)
    assert MUG in text_of(operator.get("/admin/stock"))
    path = f"/admin/stock/item?offer={MUG}"
    page = text_of(operator.get(path))
    assert "4 of 5 are left" in page
    clock.move(seconds=1)
    done = operator.post(path, units="7", reason="a box")
    assert done.status_code == 303
    assert left_of(coalition) == 11
    page = operator.get(path).get_data(as_text=True)
    moves = re.findall(r"/admin/stock/undo/(mov_\w+)", page)
    operator.post(f"/admin/stock/undo/{moves[0]}?offer={MUG}")
    assert left_of(coalition) == 4


def test_a_figure_that_makes_no_sense_changes_nothing(
    operator: Visitor, coalition: Coalition
) -> None:
    put_in(coalition, 2)
    path = f"/admin/stock/item?offer={MUG}"
    for units, reason in (("0", "x"), ("many", "x"), ("3", ""), ("-3", "gone")):
        operator.post(path, units=units, reason=reason)
    assert "Only 2 are left" in text_of(operator.get(path))
    assert left_of(coalition) == 2
    assert operator.get("/admin/stock/item?offer=none").status_code == 404
    assert operator.post(f"/admin/stock/undo/mov_{'0' * 26}?offer={MUG}").status_code == 404


def test_an_auditor_sees_stock_and_changes_none(auditor: Visitor, coalition: Coalition) -> None:
    put_in(coalition, 2)
    path = f"/admin/stock/item?offer={MUG}"
    assert "Change the stock" not in text_of(auditor.get(path))
    assert auditor.post(path, units="1", reason="x").status_code == 403
    assert left_of(coalition) == 2


def test_redemptions_are_filtered_by_state_and_reward(
    operator: Visitor, coalition: Coalition
) -> None:
    assert "No orders" in text_of(operator.get("/admin/redemptions"))
    ada, eve = rich(coalition, 2)
    capture(coalition, take(coalition, ada))
    take(coalition, eve, "cinema:ticket")
    page = text_of(operator.get("/admin/redemptions"))
    assert MUG in page
    assert "cinema:ticket" in page
    given = text_of(operator.get("/admin/redemptions?state=issued"))
    assert MUG in given
    assert "cinema:ticket" not in given
    assert "Nothing matches" in text_of(operator.get("/admin/redemptions?offer=cinema:none"))


def test_redemptions_show_what_came_with_them(operator: Visitor, coalition: Coalition) -> None:
    found(coalition.desk, "CINE", coalition.cinema)
    a_ticket_reward(coalition.desk)
    a_points_reward(coalition.desk)
    (ada,) = rich(coalition, 1)
    back(coalition, had(coalition, ada, "cinema:spin"))
    had(coalition, ada, "cinema:spin")
    had(coalition, ada, "cinema:swap", quantity=2)
    page = text_of(operator.get("/admin/redemptions"))
    assert "Ticket 1 of wheel: taken back" in page
    assert "Ticket 2 of wheel: to be drawn" in page
    assert "24 points of CINE" in page


def test_the_list_of_redemptions_costs_the_same_whatever_it_holds(
    operator: Visitor, coalition: Coalition, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    plain = Line.rows

    def noted(line: Line, statement: str, *rest: object) -> object:
        sent.append(statement)
        return plain(line, statement, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Line, "rows", noted)

    def cost() -> int:
        sent.clear()
        assert operator.get("/admin/redemptions").status_code == 200
        return len(sent)

    members = rich(coalition, 4)
    capture(coalition, take(coalition, members[0]))
    few = cost()
    for member in members[1:]:
        capture(coalition, take(coalition, member))
    assert cost() == few
