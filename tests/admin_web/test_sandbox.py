"""A partner's sandbox on the screen: opened, watched, moved on, made anew, closed."""

from collections.abc import Iterator

import pytest
from apiflask import APIFlask

import databases
from errands import rich
from stoa.services import sandboxes
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk
from visitor import Visitor, text_of
from windows import Open, faults, fits, sign_in
from world import Coalition


@pytest.fixture(autouse=True)
def swept(desk: Desk, app: APIFlask, server_url: str) -> Iterator[None]:
    """Drop what a test has opened."""
    yield
    app.extensions["stoa.sandboxes"].close()
    with desk.work(Actor("cli")) as work:
        left = sandboxes.listed(work)
    for box in left:
        databases.drop(server_url, box.database)


def test_a_sandbox_is_opened_watched_moved_made_anew_and_closed(
    operator: Visitor, auditor: Visitor, app: APIFlask, coalition: Coalition
) -> None:
    home = f"/admin/partners/{public_id('prt', coalition.grocery)}/sandbox"
    assert "No sandbox yet" in text_of(operator.get(home))
    auditor.get(home)
    assert auditor.post(home).status_code == 403
    opened = operator.post(home)
    assert opened.status_code == 201
    page = text_of(opened)
    assert page.count("stoa_sk_test_") == 2
    words = ("http://localhost/sandbox/grocery", "9900000000000010", "as the real time", "Eve")
    for word in words:
        assert word in page
    again = text_of(operator.get(home))
    assert "stoa_sk_test_" not in again
    operator.post(home)
    assert "There is a sandbox already" in text_of(operator.get(home))
    operator.post(f"{home}/clock", days="30")
    page = text_of(operator.get(home))
    assert "30 days ahead of the real time" in page
    assert "things fell due" in page
    assert "sandbox.move" in text_of(operator.get(f"{home.removesuffix('/sandbox')}/changes"))
    assert operator.post(f"{home}/clock", days="-1").status_code == 422
    for _ in range(10):
        operator.post(f"{home}/clock", days="365")
    assert "at most ten years" in text_of(operator.get(home))
    _write_a_letter(app)
    page = text_of(operator.get(home))
    assert "ada@sandbox.example" in page
    assert "<b>" not in page
    operator.post(f"{home}/reset")
    page = text_of(operator.get(home))
    assert "as new" in page
    assert "as the real time" in page
    assert text_of(operator.post(f"{home}/reset", new_secrets="1")).count("stoa_sk_test_") == 2
    operator.post(f"{home}/close")
    assert "No sandbox yet" in text_of(operator.get(home))
    operator.post(f"{home}/reset")
    assert "no sandbox any more" in text_of(operator.get(home))


def _write_a_letter(app: APIFlask) -> None:
    client = app.test_client()
    client.get("/sandbox/grocery/sign-in")
    page = client.get("/sandbox/grocery/sign-in").text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    assert 'action="/sandbox/grocery/sign-in"' in page
    sent = client.post(
        "/sandbox/grocery/sign-in", data={"email": "ada@sandbox.example", "csrf_token": token}
    )
    assert sent.status_code == 303, sent.text
    assert sent.headers["Location"].startswith("/sandbox/grocery/sign-in/code")


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_has_no_faults_and_fits(
    open_page: Open, operator: Visitor, coalition: Coalition, width: int
) -> None:
    home = f"/admin/partners/{public_id('prt', coalition.grocery)}/sandbox"
    operator.get(home)
    operator.post(home)
    rich(coalition)  # the first page waits for its chart
    page = open_page(width=width)
    sign_in(page)
    page.goto(home)
    assert faults(page) == []
    assert fits(page)
