"""A partner's webhooks on the operator's screen: how they stand, what was sent, sent again."""

from collections.abc import Iterator

import pytest

from errands import rich
from postbox import Postbox, an_endpoint, deliver, happen, postbox
from receivers import answer
from stoa.services import contacts, webhooks
from stoa.values.identifiers import public_id
from visitor import Visitor, text_of
from windows import Open, faults, fits, sign_in
from world import Coalition, FixedClock


@pytest.fixture
def box(coalition: Coalition) -> Iterator[Postbox]:
    """Return a postbox that the desk may send to."""
    with postbox(coalition.desk) as here:
        yield here


def test_a_partner_without_endpoints_is_told_how_to_get_one(
    operator: Visitor, coalition: Coalition
) -> None:
    page = text_of(operator.get(f"/admin/partners/{public_id('prt', coalition.grocery)}/webhooks"))
    assert "No endpoints yet" in page


def test_an_endpoint_is_watched_and_helped(
    operator: Visitor, coalition: Coalition, box: Postbox, clock: FixedClock
) -> None:
    box.choose = lambda _: answer(500, b"<script>alert(1)</script>")
    made = an_endpoint(coalition.desk, coalition.grocery, box)
    (event,) = happen(coalition.desk, coalition.grocery, coalition.a_member().id)
    deliver(coalition.desk)
    home = f"/admin/partners/{public_id('prt', coalition.grocery)}/webhooks"
    one = f"{home}/{public_id('whk', made)}"
    page = text_of(operator.get(home))
    for words in (box.server.url, "Active", "1 wait", "all topics", "Requests by hour"):
        assert words in page
    with coalition.desk.work(coalition.as_grocery()) as work:
        assert webhooks.keys_of(work, made).secret not in page
    answered = operator.get(f"{one}?state=queued&topic=points.burned&event={event}")
    assert "<script>alert" not in answered.text
    log = text_of(answered)
    for words in (event, "Refused", "500", "alert(1)", "Waiting"):
        assert words in log
    assert operator.get(f"{one}?state=odd").status_code == 404
    assert operator.get(f"{home}/whk_{'0' * 26}").status_code == 404
    box.choose = lambda _: answer(204)
    clock.move(minutes=1)
    deliver(coalition.desk)
    box.letters.clear()
    given: list[tuple[str, dict[str, str]]] = [
        ("test", {}), ("rotate", {}), ("replay", {"days": "7"}), ("retry", {}),
    ]  # fmt: skip
    for deed, more in given:
        operator.post(f"{one}/{deed}", **more)
    deliver(coalition.desk)
    assert sorted(each.told["type"] for each in box.letters) == ["points.burned", "webhook.test"]
    operator.post(f"{one}/disable")
    assert "by an operator" in text_of(operator.get(home))
    operator.post(f"{one}/test")
    assert "not active" in text_of(operator.get(home))
    operator.post(f"{one}/challenge")
    deliver(coalition.desk)
    with coalition.desk.work(coalition.as_grocery()) as work:
        assert webhooks.find(work, made, partner_id=None).state == "active"


@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_have_no_faults_and_fit(
    open_page: Open, coalition: Coalition, box: Postbox, clock: FixedClock, width: int
) -> None:
    box.choose = lambda letter: answer(500 if letter.told["data"].get("points") == 3 else 204)
    made = an_endpoint(coalition.desk, coalition.grocery, box, topics=("points.burned",))
    ada = rich(coalition).id
    happen(coalition.desk, coalition.grocery, ada, coalition.a_member("Bo").id)
    deliver(coalition.desk)
    clock.move(hours=1)
    (event,) = happen(coalition.desk, coalition.grocery, ada, points=3)
    deliver(coalition.desk)
    page = open_page(width=width)
    sign_in(page)
    home = f"/admin/partners/{public_id('prt', coalition.grocery)}/webhooks"
    one = f"{home}/{public_id('whk', made)}?event={event}"
    for number, room in enumerate((home, one, home.replace("/webhooks", "/contact"))):
        page.goto(room)
        assert (faults(page), fits(page)) == ([], True), number


def test_an_operator_names_who_is_written_to(
    operator: Visitor, auditor: Visitor, coalition: Coalition
) -> None:
    home = f"/admin/partners/{public_id('prt', coalition.grocery)}"
    wrong = operator.post(f"{home}/contact", email="nobody", language="de")
    assert wrong.status_code == 422
    for words in ("Write an e-mail address.", "Choose a language."):
        assert words in text_of(wrong)
    kept = operator.post(f"{home}/contact", email="ops@grocery.example", language="zh-Hant")
    assert kept.status_code == 303
    with coalition.desk.work(coalition.as_grocery()) as work:
        told = contacts.of(work, coalition.grocery)
    assert told == contacts.Contact("ops@grocery.example", "zh-Hant")
    assert "ops@grocery.example" in operator.get(f"{home}/contact").text
    assert "Keep the contact" not in text_of(auditor.get(f"{home}/contact"))
    operator.post(f"{home}/contact", email="", language="en")
    with coalition.desk.work(coalition.as_grocery()) as work:
        assert contacts.of(work, coalition.grocery).email == ""
