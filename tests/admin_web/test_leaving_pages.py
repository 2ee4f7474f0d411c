"""The tab Leaving of a partner: announced with notice, moved on when its day came, called off."""

from datetime import timedelta

import pytest

from stoa.services import exits
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk
from visitor import Visitor, text_of
from world import Coalition, FixedClock


@pytest.fixture
def path(coalition: Coalition) -> str:
    return f"/admin/partners/{public_id('prt', coalition.grocery)}/leaving"


def days(clock: FixedClock, *ahead: int) -> dict[str, str]:
    names = ("stop_enrol_on", "stop_earn_on", "stop_burn_on")
    today = clock().date()
    return {
        name: (today + timedelta(days=each)).isoformat()
        for name, each in zip(names, ahead, strict=True)
    }


def stage(desk: Desk, coalition: Coalition) -> str:
    with desk.work(Actor("test")) as work:
        found = exits.of(work, coalition.grocery)
        return found.stage if found else ""


def test_too_little_notice_and_days_out_of_order_change_nothing(
    operator: Visitor, desk: Desk, coalition: Coalition, path: str, clock: FixedClock
) -> None:
    for given, told in (
        (days(clock, 1, 30, 59), "at least 60 days"),
        (days(clock, 40, 30, 70), "Joining stops first"),
        (days(clock, 1, 30, 70) | {"stop_burn_on": "soon"}, "Choose a day."),
    ):
        answer = operator.post(path, **given)
        assert (answer.status_code, told in text_of(answer)) == (422, True)
        assert given["stop_enrol_on"] in answer.text
    assert stage(desk, coalition) == ""


def test_an_auditor_only_looks(auditor: Visitor, path: str, clock: FixedClock) -> None:
    assert auditor.post(path, **days(clock, 1, 30, 60)).status_code == 403
    told = text_of(auditor.get(path))
    assert "How a partner leaves" in told
    assert "Announce that it leaves" not in told


def test_an_exit_is_announced_waits_for_its_day_moves_on_and_is_called_off(
    operator: Visitor, desk: Desk, coalition: Coalition, path: str, clock: FixedClock
) -> None:
    assert operator.post(path, note="the lease ends", **days(clock, 1, 30, 60)).status_code == 303
    told = text_of(operator.get(path))
    assert "the lease ends" in told
    assert "No new members waits: not before" in told
    operator.post(f"{path}/next")
    assert "Nothing was changed: not before" in text_of(operator.get(path))
    assert stage(desk, coalition) == "announce"

    clock.move(days=2)
    operator.sign_in()
    assert "Begin: No new members" in text_of(operator.get(path))
    operator.post(f"{path}/next")
    assert stage(desk, coalition) == "stop_enrol"
    assert "No new members" in text_of(operator.get(path.removesuffix("/leaving")))
    operator.post(f"{path}/stay")
    assert stage(desk, coalition) == ""
    assert "Announce that it leaves" in text_of(operator.get(path))
