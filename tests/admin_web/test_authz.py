"""Every door of the admin web, by who knocks: nobody, a partner, an auditor, an operator."""

import pytest
from apiflask import APIFlask

from authz import Row, read_rows
from tills import till_of
from visitor import Visitor
from world import Coalition

STAFF = [row for row in read_rows().values() if row.who == "staff"]


def nowhere(app: APIFlask, row: Row) -> str:
    """Return the path of a door with ids that lead nowhere."""
    rules = [each for each in app.url_map.iter_rules() if each.rule == row.rule]
    ids = {name: "999" for each in rules for name in each.arguments}
    return row.path(ids)


@pytest.fixture
def visitors(operator: Visitor, auditor: Visitor, stranger: Visitor) -> tuple[Visitor, ...]:
    """Return an operator, an auditor and a stranger."""
    return operator, auditor, stranger


def test_the_admin_web_knows_its_staff_alone(
    app: APIFlask,
    coalition: Coalition,
    visitors: tuple[Visitor, Visitor, Visitor],
    subtests: pytest.Subtests,
) -> None:
    operator, auditor, stranger = visitors
    till = till_of(app, coalition.desk, coalition.grocery)
    bearer = {"Authorization": f"Bearer {till.token}"}
    for row in STAFF:
        path = nowhere(app, row)
        with subtests.test(row.door):
            if row.method == "GET":
                for headers in ({}, bearer):
                    led = stranger.client.get(path, headers=headers)
                    assert led.status_code == 303
                    assert led.location.startswith("/admin/sign-in")
                assert auditor.client.get(path).status_code == _wanted(row)
                assert operator.client.get(path).status_code == _wanted(row)
                continue
            for headers in ({}, bearer):
                refused = stranger.client.open(path, method=row.method, headers=headers)
                assert refused.status_code == 400
            stranger.get("/admin/sign-in")
            form = {"csrf_token": stranger.token}
            led = stranger.client.open(path, method=row.method, data=form)
            assert led.status_code == 303
            assert led.location.startswith("/admin/sign-in")
            for visitor, wanted in ((auditor, 403), (operator, _wanted(row))):
                if row.door == "POST /admin/sign-out":
                    continue
                form = {"csrf_token": visitor.token}
                answer = visitor.client.open(path, method=row.method, data=form)
                assert answer.status_code == wanted, (visitor is operator, answer.status_code)


def _wanted(row: Row) -> int:
    return row.operator or (404 if "<" in row.rule else 200)
