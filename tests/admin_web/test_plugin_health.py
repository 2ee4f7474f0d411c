"""The partner's plugin page tells how the plugin does, and lets it be asked again."""

import pytest

from stoa.plugins import Plugins
from stoa.services import earning, hosting, partners
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk
from visitor import Visitor, text_of
from world import Coalition, PlainPlugin, a_key


@pytest.fixture
def plugins(plain: PlainPlugin) -> Plugins:
    return Plugins.installed_and({"plain": plain})


def address(coalition: Coalition) -> str:
    return f"/admin/partners/{public_id('prt', coalition.grocery)}/plugin"


def sell(desk: Desk, coalition: Coalition, times: int) -> str:
    status = ""
    ada = coalition.a_member()
    for number in range(times):
        with desk.work(coalition.as_grocery()) as work:
            report = coalition.a_purchase(ada)
            status = earning.earn(work, report, key=a_key(f"{ada.id}-{number}")).status
    return status


def test_calls_failures_and_times_are_told(
    operator: Visitor, desk: Desk, coalition: Coalition, plain: PlainPlugin
) -> None:
    sell(desk, coalition, 1)
    plain.wrong = lambda: (_ for _ in ()).throw(ValueError("no sugar"))
    assert sell(desk, coalition, 1) == "pending"
    page = text_of(operator.get(address(coalition)))
    assert "Runs in the server" in page
    assert "Asked 4 times" in page
    assert "Failed 1 time" in page
    assert "earn_lines: ValueError: no sugar" in page
    assert "Try again now" not in page


def test_a_plugin_with_an_open_breaker_can_be_asked_again(
    operator: Visitor, desk: Desk, coalition: Coalition
) -> None:
    settings = {"url": "https://127.0.0.1/", "key": "whsec_" + "A" * 44}
    with desk.work(Actor("cli")) as work:
        partners.configure(work, coalition.grocery, "remote", settings)
    assert sell(desk, coalition, 6) == "pending"
    page = text_of(operator.get(address(coalition)))
    assert "Runs at the partner" in page
    assert "It failed often and is not asked until" in page
    answer = operator.post(f"{address(coalition)}/again")
    page = text_of(operator.get(answer.location))
    assert "The plugin is asked again from now on." in page
    assert "not asked until" not in page
    trail = text_of(operator.get(address(coalition).replace("/plugin", "/changes")))
    assert "Plugin asked again" in trail


def test_a_plugin_that_could_not_be_loaded_is_told_with_the_reason(
    operator: Visitor, desk: Desk, coalition: Coalition
) -> None:
    desk.plugins._plugins.pop("plain")
    desk.plugins._note_broken("plain", "no module named boom")
    with desk.work(Actor("cli")) as work:
        assert hosting.health(work, coalition.grocery).where == "broken"
    assert "It could not be loaded. no module named boom" in text_of(
        operator.get(address(coalition))
    )
