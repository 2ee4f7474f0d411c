"""The operator's room of car parks: who is inside, what is odd; plates on the member's page."""

from datetime import timedelta

import pytest

from garages import PLATE, Garage, a_garage
from stoa.services import plates
from stoa.values.identifiers import public_id
from stoa.work import Actor
from visitor import Visitor, text_of
from world import Coalition, FixedClock


@pytest.fixture
def garage(coalition: Coalition, clock: FixedClock) -> Garage:
    """Return the mall's car park."""
    return a_garage(coalition, clock)


def test_the_operator_sees_who_is_inside_what_is_odd_and_what_was_quoted(
    operator: Visitor, garage: Garage
) -> None:
    assert "No stays here" in text_of(operator.get("/admin/parking"))
    ada = garage.driver()
    garage.visits(ada)
    garage.applies(garage.quotes())
    garage.sees("OUT", "AB 77")
    operator.sign_in()  # hours have passed
    inside = text_of(operator.get("/admin/parking"))
    assert PLATE in inside
    assert "held" in inside
    assert "20.00 CNY" in inside
    assert "AB77" not in inside
    assert "1 inside now, 0 of them for over a day; 1 odd stays in seven days." in inside
    odd = text_of(operator.get("/admin/parking?view=odd"))
    assert "no IN was seen" in odd
    assert PLATE not in odd
    everything = text_of(operator.get("/admin/parking?view=all"))
    assert PLATE in everything
    assert "AB77" in everything
    assert "AB77" not in text_of(operator.get("/admin/parking?view=quoted"))
    assert "AB77" not in text_of(operator.get("/admin/parking?view=all&q=沪a·12345"))
    assert "No stays here" in text_of(operator.get("/admin/parking?view=all&q=???"))


def test_stays_come_page_by_page(operator: Visitor, garage: Garage, clock: FixedClock) -> None:
    for number in range(51):
        garage.sees("IN", f"AB {number:03}", at=clock() - timedelta(minutes=number))
    first = operator.get("/admin/parking").text
    link = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert "AB050" not in first
    assert "AB050" in operator.get(link).text
    assert operator.get("/admin/parking?before=x").status_code == 404


def test_a_plate_is_unbound_on_the_members_page_with_a_reason(
    operator: Visitor, auditor: Visitor, garage: Garage
) -> None:
    ada = garage.driver()
    page = f"/admin/members/{public_id('mem', ada.id)}"
    assert PLATE in text_of(operator.get(page))
    assert "Unbind" not in text_of(auditor.get(page))
    operator.post(f"{page}/plates/{PLATE}/unbind", reason="")
    assert PLATE in text_of(operator.get(page))
    operator.post(f"{page}/plates/{PLATE}/unbind", reason="sold")
    with garage.desk.work(Actor("cli")) as work:
        assert plates.all_of(work, ada.id) == []
    again = operator.post(f"{page}/plates/{PLATE}/unbind", reason="sold")
    assert again.status_code == 303
