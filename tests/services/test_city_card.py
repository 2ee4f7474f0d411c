"""Errands over a real line that loses answers, hangs, fails and dies: one top-up for each order."""

import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, MutableMapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

import stoa_transit.card
from citycard import CityCard, open_city_card
from errands import WORKER, a_kiosk, a_reward, order_of, rich, run
from stoa.config import Settings
from stoa.services import fulfilment, ledger, refunds
from stoa.services.fulfilment import LEASE
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, Someone, a_key

TROUBLE = (
    "lost", "500", "502 after", "busy", "no json", "a list", "no reference", "closed", "elsewhere",
    "locked out", "hangs", "made, then hangs",
)  # fmt: skip


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    with capture_logs() as entries:
        yield entries


@pytest.fixture
def card() -> Iterator[CityCard]:
    with open_city_card() as opened:
        yield opened


@pytest.fixture
def client(coalition: Coalition, card: CityCard) -> Actor:
    return a_kiosk(coalition, "transit", "transit", card_url=card.url, card_key="s3")


@pytest.fixture
def ada(coalition: Coalition) -> Someone:
    return rich(coalition, "90000.00")


def top_up(desk: Desk, client: Actor, who: Someone, number: str = "3104") -> UUID:
    """Buy a top-up of the city card for 1000 points; return the order."""
    held = a_reward(desk, client, who, "transit:top_up", deliver_to={"card": number})
    return held.redemption.id


def balance(desk: Desk, who: Someone) -> int:
    with desk.work(WORKER) as work:
        return ledger.balance_of(work, who.id, "STAR").balance.available


@pytest.mark.parametrize("wrong", TROUBLE)
def test_whatever_goes_wrong_an_order_is_one_top_up(
    *,
    desk: Desk,
    clock: FixedClock,
    card: CityCard,
    client: Actor,
    ada: Someone,
    wrong: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stoa_transit.card, "_WAIT_S", 0.1)
    card.goes_wrong = [wrong]
    order = top_up(desk, client, ada)
    run(desk)
    assert order_of(desk, order).errand == "queued"
    clock.move(minutes=1)
    run(desk)
    assert order_of(desk, order).state == "fulfilled"
    assert list(card.made) == [public_id("hld", order)]
    assert card.asked == {public_id("hld", order): 2}


def test_a_bad_line_and_two_workers_make_as_many_top_ups_as_there_are_orders(
    *,
    desk: Desk,
    clock: FixedClock,
    card: CityCard,
    client: Actor,
    ada: Someone,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stoa_transit.card, "_WAIT_S", 5)
    dice = random.Random(5)  # noqa: S311 - a script of failures
    quick = [each for each in TROUBLE if "hangs" not in each]
    bought = [top_up(desk, client, ada, f"31{n:02}") for n in range(30)]
    refused = [top_up(desk, client, ada, "0000") for _ in range(3)]
    gone = [top_up(desk, client, ada, "9900") for _ in range(3)]
    card.goes_wrong = dice.choices([*quick, ""], k=100)
    for turn in range(200):
        workers = [threading.Thread(target=run, args=(desk,)) for _ in range(2)]
        for each in workers:
            each.start()
        for each in workers:
            each.join()
        if turn == 2:
            for order in gone:
                with desk.work(client) as work:
                    refunds.refund(work, order, points=None, key=a_key())
        with desk.work(WORKER) as work:
            left = fulfilment.count(work)
        if not left.get("queued", 0) and not left.get("cancelling", 0):
            break
        clock.move(minutes=7)
    assert {order_of(desk, each).state for each in bought} == {"fulfilled"}
    assert {order_of(desk, each).state for each in refused} == {"failed"}
    assert {order_of(desk, each).state for each in gone} == {"refunded"}
    assert card.made.keys() == {public_id("hld", each) for each in bought}
    assert sum(card.asked.values()) > 60
    assert card.most_at_once == 1
    assert balance(desk, ada) == 90_000 - 30 * 1000


def test_a_worker_killed_between_the_answer_and_its_note_is_asked_for_again_and_done_once(
    coalition: Coalition, clock: FixedClock, settings: Settings, card: CityCard
) -> None:
    assert settings  # its environment is the worker's too
    desk = coalition.desk
    clock.now = datetime.now(UTC)
    client = a_kiosk(coalition, "transit", "transit", card_url=card.url)
    order = top_up(desk, client, rich(coalition))
    name = public_id("hld", order)
    card.goes_wrong = ["made, then hangs"]
    worker = subprocess.Popen(
        [sys.executable, "-P", "-m", "stoa.cli", "worker"], stderr=subprocess.DEVNULL
    )
    try:
        assert card.came.wait(60)
        while name not in card.made:
            assert worker.poll() is None
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    asked = order_of(desk, order)
    assert (asked.state, asked.errand, asked.attempts) == ("issued", "queued", 1)
    clock.now = datetime.now(UTC) + LEASE + timedelta(seconds=1)
    assert run(desk) == 1
    done = order_of(desk, order)
    assert (done.state, done.attempts, done.reference) == ("fulfilled", 2, f"T-{name[-4:]}")
    assert (card.asked[name], list(card.made)) == (2, [name])
