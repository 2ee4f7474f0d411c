"""Fulfilment: handed out once, asked again until it is, and refunded where it never will be."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from errands import WORKER, Kiosk, a_kiosk, a_reward, order_of, rich, run
from stoa.errors import ErrandClosedError, RedemptionUnknownError
from stoa.models.audit import AuditRecord
from stoa.models.outbox import OutboxEvent
from stoa.plugins import Plugins
from stoa.services import fulfilment, ledger, redemption, refunds, stock
from stoa.services.fulfilment import GIVE_UP, LEASE
from stoa.services.fulfilment.claiming import claim
from stoa.values.facts import Fulfilment, Order
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, PlainPlugin, Someone, a_key


@pytest.fixture
def kiosk() -> Kiosk:
    return Kiosk()


@pytest.fixture
def plugins(plain: PlainPlugin, kiosk: Kiosk) -> Plugins:
    return Plugins.installed_and({"plain": plain, "kiosk": kiosk, "bar": Kiosk()})


@pytest.fixture
def client(coalition: Coalition) -> Actor:
    return a_kiosk(coalition)


@pytest.fixture
def ada(coalition: Coalition) -> Someone:
    return rich(coalition)


def raising(_order: Order) -> None:
    raise OSError("the line is dead")


def events(desk: Desk, topic: str) -> list[dict[str, Any]]:
    with desk.work(WORKER) as work:
        found = select(OutboxEvent.facts).where(OutboxEvent.topic == topic)
        return list(work.session.scalars(found))


def lots(desk: Desk, who: Someone) -> list[tuple[Any, ...]]:
    """Return a member's lots: last day, place, points left and held."""
    with desk.work(WORKER) as work:
        rows = work.rows(
            "SELECT expires_on, seq, remaining, held FROM lots WHERE member_id = %s"
            " AND remaining > 0 ORDER BY expires_on, seq",
            (who.id,),
        )
    return [tuple(row) for row in rows]


def test_what_points_paid_for_is_handed_out_by_the_plugin(
    desk: Desk, kiosk: Kiosk, client: Actor, ada: Someone
) -> None:
    bought = a_reward(desk, client, ada, quantity=2, deliver_to={"table": "7"}).redemption
    assert order_of(desk, bought.id).errand == "queued"
    assert run(desk) == 1
    done = order_of(desk, bought.id)
    assert (done.state, done.errand, done.reference) == ("fulfilled", "done", "K-1")
    assert done.answer["codes"] == ["CODE-1"]
    [asked] = kiosk.asked
    assert (asked.reward, asked.quantity, asked.points) == ("tea", 2, 600)
    assert (asked.worth_minor, asked.currency) == (2400, "CNY")
    assert (asked.id, asked.deliver_to) == (public_id("hld", bought.id), {"table": "7"})
    assert asked.member.startswith("prm_") or asked.member
    assert asked.member != public_id("mem", ada.id)
    [event] = events(desk, "reward.fulfilled")
    assert (event["redemption"], event["quantity"]) == (asked.id, 2)
    assert "CODE-1" not in str(event)
    assert run(desk) == 0


def test_a_reward_of_the_till_is_nobodys_errand(desk: Desk, client: Actor, ada: Someone) -> None:
    bought = a_reward(desk, client, ada, "kiosk:mug").redemption
    assert run(desk) == 0
    assert order_of(desk, bought.id).errand == "none"


def test_a_hold_is_no_errand_until_it_is_captured(desk: Desk, client: Actor, ada: Someone) -> None:
    with desk.work(client) as work:
        redemption.hold(work, redemption.Ask(ada.token, "main", reward_id="kiosk:tea"), key=a_key())
    assert run(desk) == 0


def test_what_failed_is_asked_again_with_the_same_id_and_later_each_time(
    desk: Desk, clock: FixedClock, kiosk: Kiosk, client: Actor, ada: Someone
) -> None:
    kiosk.says = raising
    bought = a_reward(desk, client, ada).redemption
    waits = []
    for _ in range(14):
        assert run(desk) == 1
        waiting = order_of(desk, bought.id)
        assert waiting.next_at is not None
        waits.append((waiting.next_at - clock.now).total_seconds())
        assert run(desk) == 0  # not before its time
        clock.now = waiting.next_at + timedelta(minutes=6)  # its partner rests a while too
    for tried, wait in enumerate(waits):
        span = min(10 * 2**tried, 3600)
        assert 0.75 * span <= wait <= 1.25 * span
    assert waiting.answer["detail"] == "OSError: the line is dead"
    kiosk.says = lambda _: Fulfilment("done", "K-2")
    assert run(desk) == 1
    assert order_of(desk, bought.id).state == "fulfilled"
    assert {asked.id for asked in kiosk.asked} == {public_id("hld", bought.id)}


def test_repeats_are_spread(
    desk: Desk, clock: FixedClock, kiosk: Kiosk, client: Actor, ada: Someone
) -> None:
    kiosk.says = raising
    bought = [a_reward(desk, client, ada).redemption.id for _ in range(3)]
    run(desk)
    assert len({order_of(desk, each).next_at for each in bought}) == 3


def test_later_is_asked_again(
    desk: Desk, clock: FixedClock, kiosk: Kiosk, client: Actor, ada: Someone
) -> None:
    kiosk.says = lambda _: Fulfilment("later", detail="the water boils")
    bought = a_reward(desk, client, ada).redemption
    run(desk)
    waiting = order_of(desk, bought.id)
    assert (waiting.errand, waiting.answer["detail"]) == ("queued", "the water boils")
    clock.move(minutes=1)
    kiosk.says = lambda _: Fulfilment("done")
    run(desk)
    assert order_of(desk, bought.id).errand == "done"


@pytest.mark.parametrize(
    "answer", [Fulfilment("refused", detail="no tea left"), None], ids=["refused", "unknown"]
)
def test_what_will_never_be_done_goes_back_to_its_lots_with_their_last_days(
    desk: Desk,
    clock: FixedClock,
    coalition: Coalition,
    kiosk: Kiosk,
    client: Actor,
    answer: Fulfilment | None,
) -> None:
    who = coalition.a_member()
    for total in ("200.00", "150.00", "400.00"):
        with desk.work(coalition.as_grocery()) as work:
            from stoa.services import earning

            earning.earn(work, coalition.a_purchase(who, total), key=a_key())
        clock.move(days=31)
    before = lots(desk, who)
    assert [lot[2] for lot in before] == [200, 150, 400]
    kiosk.says = lambda _: answer
    bought = a_reward(desk, client, who, quantity=2).redemption
    assert [lot[2] for lot in lots(desk, who)] == [150]
    clock.move(hours=3)
    run(desk)
    assert lots(desk, who) == before
    failed = order_of(desk, bought.id)
    assert (failed.state, failed.errand) == ("failed", "failed")
    with desk.work(client) as work:
        assert redemption.find(work, bought.id).status == "refunded"
    [event] = events(desk, "reward.failed")
    assert (event["redemption"], event["points"]) == (public_id("hld", bought.id), 600)
    assert run(desk) == 0  # what was refused needs no undoing
    assert kiosk.undone == []
