"""Fulfilment: handed out once, asked again until it is, and refunded where it never will be."""

import threading
from collections.abc import Iterator, MutableMapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from errands import WORKER, Kiosk, a_kiosk, a_reward, order_of, rich, run
from stoa.errors import ErrandClosedError, RedemptionUnknownError
from stoa.models.audit import AuditRecord
from stoa.models.outbox import OutboxEvent
from stoa.plugins import Plugins
from stoa.services import earning, fulfilment, redemption, refunds, stock
from stoa.services.fulfilment import EACH, GIVE_UP, LEASE
from stoa.services.fulfilment.claiming import claim
from stoa.values.facts import Fulfilment, Order
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, PlainPlugin, Someone, a_key, met


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    with capture_logs() as entries:
        yield entries


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
    assert asked.member.startswith("mbr_")
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
        redemption.hold(
            work, redemption.Ask(met(work, ada), "main", reward_id="kiosk:tea"), key=a_key()
        )
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
    assert order_of(desk, bought.id).answer["detail"] == "OSError: the line is dead"
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
    *,
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


def test_points_past_their_last_day_come_back_for_the_days_of_grace(
    desk: Desk, clock: FixedClock, kiosk: Kiosk, client: Actor, ada: Someone
) -> None:
    kiosk.says = lambda _: Fulfilment("refused", detail="no")
    a_reward(desk, client, ada)
    clock.move(days=400)
    run(desk)
    with desk.work(WORKER) as work:
        rows = work.rows("SELECT reason, points FROM postings WHERE account = 'burned'")
    assert sorted(tuple(row) for row in rows) == [("refund_grace", 300), ("reward", -300)]


def test_a_day_without_an_answer_gives_the_points_back_and_has_it_undone(
    desk: Desk, clock: FixedClock, kiosk: Kiosk, client: Actor, ada: Someone
) -> None:
    before = lots(desk, ada)
    kiosk.says = raising
    bought = a_reward(desk, client, ada).redemption
    clock.move(seconds=GIVE_UP.total_seconds() - 1)
    run(desk)
    assert order_of(desk, bought.id).errand == "queued"
    clock.move(hours=2)
    run(desk)
    failed = order_of(desk, bought.id)
    assert (failed.state, failed.errand) == ("failed", "cancelled")
    assert lots(desk, ada) == before
    assert kiosk.undone == [public_id("hld", bought.id)]


def test_what_was_refunded_at_the_till_is_undone_at_its_partner(
    desk: Desk, kiosk: Kiosk, client: Actor, ada: Someone
) -> None:
    bought = a_reward(desk, client, ada).redemption
    run(desk)
    with desk.work(client) as work:
        refunds.refund(work, bought.id, points=None, key=a_key())
    assert order_of(desk, bought.id).errand == "cancelling"
    run(desk)
    gone = order_of(desk, bought.id)
    assert (gone.state, gone.errand) == ("refunded", "cancelled")
    assert kiosk.undone == [public_id("hld", bought.id)]


def test_what_was_refunded_before_it_was_asked_about_is_undone_and_never_done(
    desk: Desk, kiosk: Kiosk, client: Actor, ada: Someone
) -> None:
    bought = a_reward(desk, client, ada).redemption
    with desk.work(client) as work:
        refunds.refund(work, bought.id, points=None, key=a_key())
    run(desk)
    assert (kiosk.asked, kiosk.undone) == ([], [public_id("hld", bought.id)])


@pytest.mark.parametrize("answer", ["done", "later", "refused", "raises"])
def test_a_refund_while_the_partner_is_being_asked_is_undone_whatever_it_answers(
    *, desk: Desk, clock: FixedClock, kiosk: Kiosk, client: Actor, ada: Someone, answer: str
) -> None:
    before = lots(desk, ada)
    bought = a_reward(desk, client, ada).redemption

    def meanwhile(order: Order) -> Fulfilment:
        with desk.work(client) as work:
            refunds.refund(work, bought.id, points=None, key=a_key())
        assert order_of(desk, bought.id).errand == "cancelling"
        if answer == "raises":
            raise OSError("the line is dead")
        return Fulfilment(answer, "K-9")

    kiosk.says = meanwhile
    run(desk)
    clock.move(minutes=10)
    run(desk)
    gone = order_of(desk, bought.id)
    assert (gone.state, gone.errand) == ("refunded", "cancelled")
    assert (len(kiosk.asked), len(kiosk.undone)) == (1, 1)
    assert lots(desk, ada) == before


def test_an_undoing_that_the_partner_refuses_is_shown_to_people(
    desk: Desk, kiosk: Kiosk, client: Actor, ada: Someone
) -> None:
    kiosk.unsays = lambda _: Fulfilment("refused", detail="it was drunk")
    bought = a_reward(desk, client, ada).redemption
    run(desk)
    with desk.work(client) as work:
        refunds.refund(work, bought.id, points=None, key=a_key())
    run(desk)
    with desk.work(WORKER) as work:
        [stuck] = fulfilment.page(work, errand="failed")
    assert (stuck.id, stuck.state, stuck.detail) == (bought.id, "refunded", "it was drunk")
    assert run(desk) == 0
    kiosk.unsays = lambda _: None
    with desk.work(Actor("staff:1")) as work:
        assert fulfilment.try_again(work, bought.id) == "cancelling"
    run(desk)
    assert order_of(desk, bought.id).errand == "cancelled"


def test_an_undoing_without_an_answer_is_left_to_people_after_a_day(
    desk: Desk, clock: FixedClock, kiosk: Kiosk, client: Actor, ada: Someone
) -> None:
    bought = a_reward(desk, client, ada).redemption
    run(desk)
    with desk.work(client) as work:
        refunds.refund(work, bought.id, points=None, key=a_key())
    kiosk.unsays = raising
    run(desk)
    assert order_of(desk, bought.id).errand == "cancelling"
    clock.move(hours=25)
    run(desk)
    assert order_of(desk, bought.id).errand == "failed"


def test_what_is_left_at_the_partner_is_what_is_left_here(
    desk: Desk, kiosk: Kiosk, client: Actor, ada: Someone
) -> None:
    kiosk.says = lambda _: Fulfilment("done", stock_left=1)
    a_reward(desk, client, ada)
    run(desk)
    with desk.work(WORKER) as work:
        assert stock.left(work, ["kiosk:tea"]) == {"kiosk:tea": 1}


def test_a_refused_order_puts_its_stock_back(
    desk: Desk, kiosk: Kiosk, client: Actor, ada: Someone
) -> None:
    with desk.work(Actor("staff:1")) as work:
        stock.add(work, "kiosk:tea", 5, reason="came in")
    kiosk.says = lambda _: Fulfilment("refused", detail="no")
    a_reward(desk, client, ada, quantity=2)
    with desk.work(WORKER) as work:
        assert stock.left(work, ["kiosk:tea"]) == {"kiosk:tea": 3}
    run(desk)
    with desk.work(WORKER) as work:
        assert stock.left(work, ["kiosk:tea"]) == {"kiosk:tea": 5}


class TestSideBySide:
    def test_a_partner_that_hangs_or_raises_keeps_nobody_elses_order_waiting(
        self, desk: Desk, coalition: Coalition, kiosk: Kiosk, client: Actor, ada: Someone
    ) -> None:
        bar = a_kiosk(coalition, "bar", "bar")
        let_go = threading.Event()
        served: list[bool] = []
        kiosk.says = lambda _: let_go.wait(20)
        slow = [a_reward(desk, client, ada).redemption.id for _ in range(6)]
        quick = [a_reward(desk, bar, ada, "bar:tea").redemption.id for _ in range(6)]

        def stopping() -> bool:
            states = {order_of(desk, each).state for each in quick}
            if states == {"fulfilled"}:
                served.append(all(order_of(desk, each).state == "issued" for each in slow))
                let_go.set()
            return bool(served)

        run(desk, stopping=stopping)
        assert served[0] is True
        assert len(kiosk.asked) == EACH  # no more of its threads than that

    def test_a_partner_that_hangs_for_ever_is_given_up_on_at_the_deadline(
        self, desk: Desk, kiosk: Kiosk, client: Actor, ada: Someone
    ) -> None:
        let_go = threading.Event()
        kiosk.says = lambda _: let_go.wait()
        bought = a_reward(desk, client, ada).redemption
        assert run(desk, deadline_ms=50) == 1
        let_go.set()
        waiting = order_of(desk, bought.id)
        assert (waiting.errand, waiting.attempts) == ("queued", 1)
        assert waiting.answer["detail"] == "There was no answer within 50 ms."

    def test_a_partner_that_hangs_holds_so_many_threads_and_no_more(
        self, desk: Desk, clock: FixedClock, kiosk: Kiosk, client: Actor, ada: Someone
    ) -> None:
        let_go = threading.Event()
        kiosk.says = lambda _: let_go.wait()
        for _ in range(EACH + 3):
            a_reward(desk, client, ada)
        for _ in range(4):
            run(desk, deadline_ms=50)
            clock.move(hours=1)
        assert len(kiosk.asked) == EACH
        let_go.set()
        while kiosk_threads():
            pass
        kiosk.says = lambda _: Fulfilment("done")
        clock.move(hours=1)
        assert run(desk, deadline_ms=50) > 0

    def test_a_partner_that_fails_in_a_row_is_asked_one_thing_after_a_rest(
        self, desk: Desk, clock: FixedClock, kiosk: Kiosk, client: Actor, ada: Someone
    ) -> None:
        kiosk.says = raising
        for _ in range(12):
            a_reward(desk, client, ada)
        run(desk)
        asked = len(kiosk.asked)
        assert asked <= 2 * EACH
        assert run(desk) == 0
        clock.move(minutes=6)
        kiosk.says = lambda _: Fulfilment("done")
        for _ in range(3):
            run(desk)
            clock.move(minutes=2)
        with desk.work(WORKER) as work:
            assert fulfilment.count(work) == {"done": 12}

    def test_garbage_and_exits_are_failures_like_any_other(
        self, desk: Desk, clock: FixedClock, kiosk: Kiosk, client: Actor, ada: Someone
    ) -> None:
        bought = a_reward(desk, client, ada).redemption
        answers: list[Any] = [SystemExit(3), "done", Fulfilment("perhaps"), KeyError("x")]

        def says(_order: Order) -> Any:
            answer = answers.pop(0)
            if isinstance(answer, BaseException):
                raise answer
            return answer

        kiosk.says = says
        while answers:
            run(desk)
            clock.move(minutes=10)
        assert order_of(desk, bought.id).attempts == 4
        kiosk.says = lambda _: Fulfilment("done")
        run(desk)
        assert order_of(desk, bought.id).state == "fulfilled"

    def test_two_workers_never_ask_about_one_order_at_once(
        self, desk: Desk, kiosk: Kiosk, client: Actor, ada: Someone
    ) -> None:
        inside: dict[str, int] = {}
        most: list[int] = []

        def says(order: Order) -> Fulfilment:
            with kiosk.lock:
                inside[order.id] = inside.get(order.id, 0) + 1
                most.append(inside[order.id])
            threading.Event().wait(0.002)
            with kiosk.lock:
                inside[order.id] -= 1
            return Fulfilment("done", order.id)

        kiosk.says = says
        for _ in range(20):
            a_reward(desk, client, ada)
        workers = [threading.Thread(target=run, args=(desk,)) for _ in range(4)]
        for each in workers:
            each.start()
        for each in workers:
            each.join()
        assert (max(most), len(most)) == (1, 20)

    def test_a_claimed_errand_is_nobody_elses_until_its_time_is_over(
        self, desk: Desk, clock: FixedClock, client: Actor, ada: Someone
    ) -> None:
        a_reward(desk, client, ada)
        for moved, found in ((timedelta(0), 1), (LEASE - timedelta(seconds=1), 0)):
            clock.now += moved
            with desk.work(WORKER) as work:
                assert len(claim(work, limit=9, each=9)) == found
        clock.move(seconds=1)
        with desk.work(WORKER) as work:
            assert len(claim(work, limit=9, each=9)) == 1

    def test_an_answer_that_comes_after_another_worker_took_over_changes_nothing(
        self, desk: Desk, clock: FixedClock, kiosk: Kiosk, client: Actor, ada: Someone
    ) -> None:
        bought = a_reward(desk, client, ada).redemption

        def says(_order: Order) -> Fulfilment:
            clock.move(seconds=LEASE.total_seconds())
            with desk.work(WORKER) as work:
                assert len(claim(work, limit=1, each=1)) == 1
            return Fulfilment("refused", detail="too late")

        kiosk.says = says
        run(desk)
        assert order_of(desk, bought.id).state == "issued"
        assert lots(desk, ada)[0][2] == 9000 - 300

    def test_a_queue_of_one_partner_is_claimed_in_parts_and_in_its_order(
        self, desk: Desk, clock: FixedClock, client: Actor, ada: Someone
    ) -> None:
        bought = []
        for _ in range(5):
            bought.append(a_reward(desk, client, ada).redemption.id)
            clock.move(seconds=1)
        with desk.work(WORKER) as work:
            first = claim(work, limit=9, each=2)
            second = claim(work, limit=1, each=2)
            assert claim(work, limit=9, each=9, away=[first[0].provider_id]) == []
        assert {each.id for each in first} == set(bought[:2])
        assert [each.id for each in second] == [bought[2]]


class TestPeople:
    def test_the_queue_is_seen_by_its_states(
        self, desk: Desk, kiosk: Kiosk, client: Actor, ada: Someone
    ) -> None:
        kiosk.says = raising
        bought = a_reward(desk, client, ada).redemption
        run(desk)
        with desk.work(Actor("staff:1")) as work:
            [waiting] = fulfilment.page(work)
            assert fulfilment.count(work) == {"queued": 1}
            assert fulfilment.page(work, errand="done") == []
            assert fulfilment.page(work, before=(waiting.placed_at, waiting.id)) == []
        assert (waiting.public_id, waiting.provider) == (public_id("hld", bought.id), "Kiosk")
        assert (waiting.attempts, waiting.detail) == (1, "OSError: the line is dead")
        assert waiting.until is not None

    def test_a_person_has_it_tried_at_once_and_that_is_in_the_trail(
        self, desk: Desk, clock: FixedClock, kiosk: Kiosk, client: Actor, ada: Someone
    ) -> None:
        kiosk.says = raising
        bought = a_reward(desk, client, ada).redemption
        run(desk)
        clock.move(hours=23)
        with desk.work(Actor("staff:1")) as work:
            assert fulfilment.try_again(work, bought.id) == "queued"
            [waiting] = fulfilment.page(work)
        assert waiting.until == clock.now + GIVE_UP
        run(desk)
        assert order_of(desk, bought.id).attempts == 1
        with desk.work(WORKER) as work:
            deeds = work.session.scalars(
                select(AuditRecord.deed).where(AuditRecord.actor == "staff:1")
            ).all()
        assert list(deeds) == ["fulfilment.try_again"]

    def test_a_person_gives_up_and_the_points_go_back(
        self, desk: Desk, kiosk: Kiosk, client: Actor, ada: Someone
    ) -> None:
        before = lots(desk, ada)
        kiosk.says = raising
        bought = a_reward(desk, client, ada).redemption
        run(desk)
        with desk.work(Actor("staff:1")) as work:
            fulfilment.give_up(work, bought.id)
        assert lots(desk, ada) == before
        gone = order_of(desk, bought.id)
        assert (gone.state, gone.errand) == ("failed", "cancelling")
        assert gone.answer["detail"] == "given up by staff:1"
        with (
            pytest.raises(ErrandClosedError) as refused,
            desk.work(Actor("staff:1")) as work,
        ):
            fulfilment.give_up(work, bought.id)
        assert refused.value.members["state"] == "failed"
        run(desk)
        assert kiosk.undone == [public_id("hld", bought.id)]

    def test_what_a_person_gives_up_while_it_is_asked_about_is_undone_after_that(
        self, desk: Desk, kiosk: Kiosk, client: Actor, ada: Someone
    ) -> None:
        bought = a_reward(desk, client, ada).redemption

        def says(_order: Order) -> Fulfilment:
            with desk.work(Actor("staff:1")) as work:
                fulfilment.give_up(work, bought.id)
            with desk.work(WORKER) as work:
                assert claim(work, limit=1, each=1) == []
            return Fulfilment("done", "K-3")

        kiosk.says = says
        run(desk)
        gone = order_of(desk, bought.id)
        assert (gone.state, gone.errand) == ("failed", "cancelled")
        assert (len(kiosk.asked), len(kiosk.undone)) == (1, 1)

    def test_what_is_done_or_unknown_is_not_tried_again(
        self, desk: Desk, client: Actor, ada: Someone
    ) -> None:
        bought = a_reward(desk, client, ada).redemption
        run(desk)
        for deed in (fulfilment.try_again, fulfilment.give_up):
            with pytest.raises(ErrandClosedError), desk.work(Actor("staff:1")) as work:
                deed(work, bought.id)
            with pytest.raises(RedemptionUnknownError), desk.work(Actor("staff:1")) as work:
                deed(work, new_uuid())


def kiosk_threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "stoa-errand"]
