"""Partners whose plugins run apart: what goes wrong there waits, and comes exactly once."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from stoa.errors import PluginFailedError
from stoa.plugins import Plugins
from stoa.services import clockwork, currencies, earning, partners
from stoa.testing import a_purchase, a_standing
from stoa.work import Desk
from world import Coalition, FixedClock, PlainPlugin, a_key

BEASTS = (
    "good", "dices", "sleeps", "posts", "ends", "raises", "backtracks", "forks", "eats", "floods",
    "stops", "babbles", "garbles", "opens",
)  # fmt: skip
KNOB = {"knob": 7}


@pytest.fixture(scope="module")
def apart() -> Iterator[Plugins]:
    plugins = Plugins(
        {"plain": PlainPlugin()}, apart={name: f"beasts.deeds:{name}" for name in BEASTS}
    )
    yield plugins
    plugins.close()


@pytest.fixture
def plugins(apart: Plugins) -> Plugins:
    return apart


def on(desk: Desk, coalition: Coalition, plugin: str) -> None:
    with desk.work(coalition.as_grocery()) as work:
        partners.configure(work, coalition.grocery, plugin, KNOB)
    desk.plugins.try_again(plugin, KNOB)


@pytest.mark.parametrize("plugin", ["sleeps", "posts", "ends"])
def test_a_sale_is_kept_as_pending_and_the_neighbours_points_are_posted(
    plugin: str, desk: Desk, coalition: Coalition
) -> None:
    on(desk, coalition, plugin)
    ada = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        began = time.perf_counter()
        earned = earning.earn(work, coalition.a_purchase(ada), key=a_key("one"))
        took_s = time.perf_counter() - began
    with desk.work(coalition.as_cinema()) as work:
        beside = earning.earn(work, coalition.a_purchase(ada), key=a_key("two"))
        balance = currencies.statement(work, ada.id, "STAR").balance
    assert (earned.status, earned.points) == ("pending", 0)
    assert (beside.status, beside.points, balance.available) == ("posted", 100, 100)
    assert took_s < 1.5  # its own partner waits for the deadline of 150 ms, on a busy machine


def test_points_that_come_every_second_time_come_once(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    on(desk, coalition, "dices")
    ada = coalition.a_member()
    report = coalition.a_purchase(ada)
    with desk.work(coalition.as_grocery()) as work:
        first = earning.earn(work, report, key=a_key("same"))
    for _ in range(20):
        clock.move(hours=1)
        with desk.work(coalition.as_grocery()) as work:
            again = earning.earn(work, report, key=a_key("same"))
            assert again.replayed
            assert again.purchase_id == first.purchase_id
            clockwork.settle_pending(work)
        desk.plugins.try_again("dices", KNOB)
    with desk.work(coalition.as_grocery()) as work:
        assert currencies.statement(work, ada.id, "STAR").balance.available == 7


def test_a_healthy_partner_is_not_kept_waiting_by_all_the_others(
    apart: Plugins, record_property: Any
) -> None:
    """P7: its 99th percentile moves by at most 50 ms; here with room for a busy machine."""
    purchase, standing = a_purchase(), a_standing()

    over = threading.Event()

    def ask(seconds: float) -> list[float]:
        times, until = [], time.perf_counter() + seconds
        while (began := time.perf_counter()) < until:
            for name in ("good", "plain"):
                settings = KNOB if name == "good" else {"points_per_unit": 1}
                try:
                    assert apart.earn_lines(name, purchase, standing, settings)
                except PluginFailedError:
                    assert name == "good"  # late on a machine that is too busy: counted as such
            times.append(time.perf_counter() - began)
            over.wait(0.001)
        return sorted(times)

    def rage(name: str) -> None:
        while not over.is_set():
            apart.try_again(name, KNOB)
            with pytest.raises(PluginFailedError):
                apart.earn_lines(name, purchase, standing, KNOB)
            over.wait(0.005)

    alone = ask(1.0)
    beasts = [name for name in BEASTS if name not in ("good", "dices")]
    threads = [threading.Thread(target=rage, args=(name,)) for name in beasts]
    for thread in threads:
        thread.start()
    with structlog.testing.capture_logs():
        beside = ask(3.0)
        over.set()
    for thread in threads:
        thread.join()
    shift_ms = (beside[len(beside) * 99 // 100] - alone[len(alone) * 99 // 100]) * 1000
    record_property("p99_shift_ms", round(shift_ms, 1))
    print(f"p99 alone {alone[len(alone) * 99 // 100] * 1e3:.2f} ms, shift {shift_ms:.1f} ms")  # noqa: T201 - read by -rP
    assert shift_ms < 400
    assert apart.earn_lines("good", purchase, standing, KNOB)
