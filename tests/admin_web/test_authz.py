"""Every door of the admin web, by who knocks: nobody, a partner's till, and each role."""

import re
from collections.abc import Callable

import pytest
from apiflask import APIFlask

from authz import Row, read_rows
from stoa.values.identifiers import new_uuid, public_id
from stoa.values.roles import PARTNER_ROLES, PERMISSIONS, ROLES
from stoa_admin.room import ANYBODY, SIGNED_IN, Room, asked, asks, is_for_partners
from tills import till_of
from visitor import Visitor, text_of
from world import Coalition

STAFF = [row for row in read_rows().values() if row.who == "staff"]


def nowhere(app: APIFlask, row: Row, **ids: str) -> str:
    """Return the path of a door with ids that lead nowhere, but for those given."""
    rules = [each for each in app.url_map.iter_rules() if each.rule == row.rule]
    return row.path({name: "999" for each in rules for name in each.arguments} | ids)


def endpoint_of(app: APIFlask, row: Row) -> str:
    """Return the name under which the app knows a door."""
    rules = [
        each.endpoint
        for each in app.url_map.iter_rules()
        if each.rule == row.rule and row.method in (each.methods or ())
    ]
    return str(rules[0])


def knock(visitor: Visitor, row: Row, path: str) -> tuple[int, str]:
    """Return the status and what the page says, without the token of its forms."""
    form = {} if row.method == "GET" else {"csrf_token": visitor.token}
    answer = visitor.client.open(path, method=row.method, data=form)
    return answer.status_code, re.sub(r"[\w.-]{60,}", "", answer.get_data(as_text=True))


def test_every_door_says_what_it_asks_for(app: APIFlask) -> None:
    for row in STAFF:
        permission = asked(app, endpoint_of(app, row), row.method)
        assert permission in {*PERMISSIONS, SIGNED_IN, ANYBODY}, f"{row.door} does not say"
        if row.method != "GET":
            assert not permission.endswith(".read"), row.door


def test_a_door_that_says_nothing_is_closed(app: APIFlask) -> None:
    assert asked(app, "admin.nowhere.page", "GET") == ""
    assert asked(app, None, "GET") == ""
    with pytest.raises(ValueError, match="no permission"):
        Room("hall", __name__, reads="halls.read")
    with pytest.raises(ValueError, match="no permission"):
        asks("halls.read")


def test_the_admin_web_knows_its_staff_alone(
    app: APIFlask, coalition: Coalition, stranger: Visitor, subtests: pytest.Subtests
) -> None:
    till = till_of(app, coalition.desk, coalition.grocery)
    bearer = {"Authorization": f"Bearer {till.token}"}
    for row in STAFF:
        path = nowhere(app, row)
        if asked(app, endpoint_of(app, row), row.method) == ANYBODY:
            continue
        with subtests.test(row.door):
            for headers in ({}, bearer):
                led = stranger.client.open(path, method=row.method, headers=headers)
                assert led.status_code == (303 if row.method == "GET" else 400)
            stranger.get("/admin/sign-in")
            form = {"csrf_token": stranger.token}
            led = stranger.client.open(path, method=row.method, data=form)
            assert led.status_code == 303
            assert led.location.startswith("/admin/sign-in")


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_role_comes_in_where_the_table_says_and_nowhere_else(
    app: APIFlask, coalition: Coalition, enter: Callable[[str], Visitor], role: str
) -> None:
    visitor = enter(role)
    own = {"partner": public_id("prt", coalition.grocery)} if role in PARTNER_ROLES else {}
    wrong = []
    for row in STAFF:
        if row.door == "POST /admin/sign-out":
            continue
        status, page = knock(visitor, row, nowhere(app, row, **own))
        if not _lets_in(app, row, role):
            if status != 403 or "Your role does not let you in here" not in page:
                wrong.append((row.door, "let in", status))
        elif not (status == _wanted(row) if not own else status in (200, 201, 303, 404, 409, 422)):
            wrong.append((row.door, "kept out", status))
    assert not wrong


def test_another_partner_is_to_a_partners_people_as_if_there_were_none(
    app: APIFlask, coalition: Coalition, enter: Callable[[str], Visitor]
) -> None:
    foreign, missing = public_id("prt", coalition.cinema), public_id("prt", new_uuid())
    rows = [row for row in STAFF if "<partner>" in row.rule]
    assert len(rows) > 20
    for role in PARTNER_ROLES:
        visitor = enter(role)
        for row in rows:
            answers = [
                knock(visitor, row, nowhere(app, row, partner=partner))
                for partner in (foreign, missing)
            ]
            assert answers[0] == answers[1], (role, row.door)
            wanted = 404 if _lets_in(app, row, role) else 403
            assert answers[0][0] == wanted, (role, row.door)


def test_the_navigation_shows_only_what_the_role_may_see(enter: Callable[[str], Visitor]) -> None:
    for role in ROLES:
        visitor = enter(role)
        page = visitor.get("/admin/", follow_redirects=True)
        rooms = re.findall(r'class="side-link" href="([^"]+)"', page.text)
        assert len(rooms) > 3
        for room in rooms:
            assert visitor.get(room, follow_redirects=True).status_code == 200, (role, room)
        assert ("/admin/approvals" in rooms) == ("adjustments.read" in ROLES[role])
        found = text_of(visitor.get("/admin/finding?q=members"))
        assert (" Members " in found.rpartition(" Find ")[2]) == ("members.read" in ROLES[role])


def _lets_in(app: APIFlask, row: Row, role: str) -> bool:
    endpoint = endpoint_of(app, row)
    permission = asked(app, endpoint, row.method)
    if permission in (ANYBODY, SIGNED_IN):
        return True
    if role in PARTNER_ROLES and "<partner>" not in row.rule and not is_for_partners(app, endpoint):
        return False
    return permission in ROLES[role]


def _wanted(row: Row) -> int:
    return row.operator or (404 if "<" in row.rule else 200)
