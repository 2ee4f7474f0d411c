"""The service desk: a code is drawn for the member at the desk, a PIN is set and never shown."""

import re

import pytest
from playwright.sync_api import expect

from stoa.services import earning, member_codes, members, step_up
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk
from visitor import Visitor, text_of
from windows import Open, faults, fits, sign_in
from world import Coalition, FixedClock, Someone, a_key


@pytest.fixture
def ada(coalition: Coalition) -> Someone:
    """A member who has earned."""
    ada = coalition.a_member("Ada Lovelace")
    with coalition.desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada, "100.00"), key=a_key())
    return ada


def _room(who: Someone) -> str:
    return f"/admin/members/{public_id('mem', who.id)}"


def _records(desk: Desk, deed: str) -> list[tuple[object, object, object]]:
    with desk.work(Actor("test")) as work:
        rows = work.rows(
            "SELECT subject, before, after FROM audit_records WHERE deed = %s ORDER BY at", (deed,)
        )
    return [tuple(row) for row in rows]


def _letters(page: str) -> str:
    found = re.search(r'qr-text code">(.*?)</p>', page, re.DOTALL)
    assert found is not None
    return "".join(re.findall(r"[0-9A-Z]{7}", found[1]))


def test_a_code_is_shown_when_asked_for_and_written_down_once(
    operator: Visitor, desk: Desk, ada: Someone, clock: FixedClock
) -> None:
    assert 'class="qr"' not in operator.get(_room(ada)).text
    assert _records(desk, "member.code_shown") == []
    page = operator.post(f"{_room(ada)}/code").text
    with desk.work(Actor("test")) as work:
        assert _letters(page) == member_codes.show(work, ada.id).text
    assert 'class="qr"' in page
    assert 'hx-trigger="load delay:30s"' in page
    first = _letters(page)
    clock.move(seconds=30)
    assert _letters(operator.post(f"{_room(ada)}/code", left="8").text) != first
    assert _records(desk, "member.code_shown") == [(public_id("mem", ada.id), None, None)]
    clock.move(minutes=5)
    operator.post(f"{_room(ada)}/code")
    assert len(_records(desk, "member.code_shown")) == 2
    assert "Member code shown" in text_of(operator.get(_room(ada)))
    assert first not in operator.get(_room(ada)).text


def test_a_code_stops_renewing_itself_after_five_minutes(operator: Visitor, ada: Someone) -> None:
    operator.get(_room(ada))
    assert "hx-trigger" in operator.post(f"{_room(ada)}/code", left="1").text.split("qr-text")[1]
    last = operator.post(f"{_room(ada)}/code", left="0").text
    assert "load delay" not in last
    assert "Ask again for another" in last
    assert "load delay" in operator.post(f"{_room(ada)}/code", left="lots").text


def test_a_frozen_member_shows_no_code(operator: Visitor, desk: Desk, ada: Someone) -> None:
    with desk.work(Actor("staff:test")) as work:
        members.freeze(work, ada.id, reason="test")
    assert "Show the code" not in operator.get(_room(ada)).text
    answer = operator.post(f"{_room(ada)}/code")
    assert answer.status_code == 303
    assert "shows no code" in text_of(operator.get(answer.location))
    assert _records(desk, "member.code_shown") == []


def test_a_pin_is_set_and_taken_away_and_stands_nowhere(
    operator: Visitor, desk: Desk, ada: Someone
) -> None:
    def told(path: str, **form: str) -> str:
        answer = operator.post(f"{_room(ada)}/pin{path}", **form)
        return text_of(operator.get(answer.location))

    operator.get(_room(ada))
    assert "are not the same" in told("", pin="4719", again="4710")
    assert "Choose 4 to 8 digits" in told("", pin="1234", again="1234")
    with desk.work(Actor("test")) as work:
        assert not step_up.has_pin(work, ada.id)
    page = told("", pin="4719", again="4719")
    assert "The PIN is set." in page
    assert "4719" not in page
    with desk.work(Actor("test")) as work:
        assert step_up.has_pin(work, ada.id)
    assert "The PIN is taken away." in told("/clear")
    with desk.work(Actor("test")) as work:
        assert not step_up.has_pin(work, ada.id)
    kept = _records(desk, "member.pin")
    assert len(kept) == 2
    assert "4719" not in str(kept)


def test_an_auditor_sees_neither_code_nor_pin(auditor: Visitor, ada: Someone) -> None:
    page = auditor.get(_room(ada)).text
    assert "Show the code" not in page
    assert "New PIN" not in page
    for path in ("code", "pin", "pin/clear"):
        assert auditor.post(f"{_room(ada)}/{path}").status_code == 403


@pytest.mark.browser
@pytest.mark.parametrize(
    ("width", "theme", "language"), [(1280, "dark", "zh_Hans"), (390, "light", "en")]
)
def test_the_code_is_drawn_in_place(
    open_page: Open, ada: Someone, width: int, theme: str, language: str
) -> None:
    page = open_page(width=width, theme=theme, language=language)
    sign_in(page)
    page.goto(_room(ada))
    page.locator("#member-code button").click()
    expect(page.locator("#member-code svg.qr")).to_be_visible()
    assert (faults(page), fits(page)) == ([], True)
    page.goto("/admin/currencies/STAR/spending")
    assert (faults(page), fits(page)) == ([], True)
    page.goto("/admin/currencies")
    assert (faults(page), fits(page)) == ([], True)
