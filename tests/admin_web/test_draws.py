"""The page of a draw: odds, tickets sold, prizes left, and whether it is what it promised."""

from datetime import UTC, datetime

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from draws import RAFFLE, STAFF, WORKER, a_draw, buy, draw, rich
from stoa.services import draws
from stoa.work import Desk
from visitor import Visitor, text_of
from world import Coalition, FixedClock

PAGE = "/admin/rules/draw/wheel/draw"


def test_a_wheel_shows_what_is_left_and_that_it_is_true(
    operator: Visitor, desk: Desk, coalition: Coalition, database: str
) -> None:
    a_draw(desk)
    ada = rich(coalition, 100)
    for _ in range(4):
        draw(desk, buy(desk, ada).ticket.id)
    page = text_of(operator.get(PAGE))
    assert "Tickets sold 4" in page
    assert "A bear 20.0000 %" in page
    assert "all that is published of it agrees" in page
    owner = create_engine(database, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.exec_driver_sql("UPDATE tickets SET nonce = 'mine' WHERE turn = 2")
        page = text_of(operator.get(PAGE))
        connection.exec_driver_sql("UPDATE tickets SET nonce = 'n' WHERE turn = 2")
    owner.dispose()
    assert "its winners differ from what was published" in page


def test_a_raffle_shows_its_winners_once_it_is_drawn(
    operator: Visitor, desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    a_draw(desk, RAFFLE)
    for number in range(4):
        buy(desk, rich(coalition, 100, f"P{number}"))
    assert "Nobody yet" in text_of(operator.get(PAGE))
    clock.now = datetime(2026, 6, 2, 12, tzinfo=UTC)
    steps = 1
    while steps:
        with desk.work(WORKER) as work:
            steps = draws.attend(work)
    clock.now = FixedClock().now  # whoever was signed in is so still
    page = text_of(operator.get(PAGE))
    assert "A bike" in page
    assert "Seed, told after" in page
    assert "tkt_" in page


def test_a_draw_that_never_held_has_no_page(
    operator: Visitor, desk: Desk, coalition: Coalition
) -> None:
    with desk.work(STAFF) as work:
        draws.save(work, "wheel", RAFFLE)
    assert operator.get(PAGE).status_code == 303


def test_a_draw_is_cancelled_for_a_reason_and_its_points_come_back(
    operator: Visitor, auditor: Visitor, desk: Desk, coalition: Coalition
) -> None:
    a_draw(desk)
    ada = rich(coalition, 100)
    bought = buy(desk, ada)
    assert "Cancel the draw" not in text_of(auditor.get(PAGE))
    path = "/admin/rules/draw/wheel/cancel"
    assert "say why" in text_of(operator.get(operator.post(path, reason=" ").location))
    with desk.work(STAFF) as work:
        assert draws.find(work, "wheel").standing(work.now()) == "open"
    told = text_of(operator.get(operator.post(path, reason="the bear was stolen").location))
    assert "The open ones of 1 tickets go back" in told
    assert "How it stands cancelled" in told
    assert "Cancel the draw" not in told
    again = operator.get(operator.post(path, reason="twice").location)
    assert "settled meanwhile" in text_of(again)
    with desk.work(WORKER) as work:
        assert draws.attend(work)
    with desk.work(STAFF) as work:
        kept = work.rows("SELECT state FROM tickets WHERE id = %s", (bought.ticket.id,))
        trail = work.rows("SELECT after ->> 'reason' FROM audit_records WHERE deed = 'draw.cancel'")
    assert (kept[0][0], trail[0][0]) == ("refunded", "the bear was stolen")
