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
