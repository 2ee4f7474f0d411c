"""Doors on hot paths send one statement to read and one to write, and no more."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from stoa.work import Work
from tills import Till


@pytest.fixture
def sent() -> Iterator[list[str]]:
    """Return a list that every statement is added to."""
    statements: list[str] = []
    rows = Work.rows

    def spy(work: Work, statement: Any, *values: Any) -> Any:
        statements.append(statement)
        return rows(work, statement, *values)

    def no_session(_work: Work) -> None:
        raise AssertionError("a hot path opened a session")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Work, "rows", spy)
        patch.setattr(Work, "session", property(no_session))
        yield statements


def test_each_hot_door_sends_few_statements(grocery: Till, request: pytest.FixtureRequest) -> None:
    member = grocery.enrol(phone="+8613800138000")
    grocery.earn(member)
    ref = member["member_ref"]
    holds = [grocery.post("/redemptions", grocery.a_hold(member, 5)).json for _ in range(2)]
    first, second = (each["redemption_id"] for each in holds)
    sent: list[str] = request.getfixturevalue("sent")

    def cost(call: Callable[[], Any]) -> int:
        before = len(sent)
        assert call().status_code < 300
        return len(sent) - before

    assert cost(lambda: grocery.get(f"/members/{ref}/balance")) == 1
    assert cost(lambda: grocery.get(f"/members/{ref}/entries")) == 1
    assert cost(lambda: grocery.get(f"/members/{ref}/entries/1/explain")) == 3
    assert cost(lambda: grocery.post("/purchases", grocery.a_purchase(member))) == 2
    assert cost(lambda: grocery.post("/redemptions", grocery.a_hold(member))) == 2
    assert cost(lambda: grocery.post(f"/redemptions/{first}/capture")) == 2
    assert cost(lambda: grocery.post(f"/redemptions/{second}/void")) == 2
    assert cost(lambda: grocery.get(f"/redemptions/{first}")) == 1
