"""Saboteurs of orders: each takes one guard away, and the storms must see it."""

from functools import partial

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from orders import earn, left_of, put_in, rich, storm, take
from shelves import put
from stoa.models import functions
from stoa.services import households
from stoa.services.redemption import Held
from world import Coalition


def sabotage(database: str, name: str, guard: str, instead: str, *more: str) -> None:
    """Install the functions of a file without a guard of theirs."""
    text = functions(name)
    assert text.count(guard) == 1
    owner = create_engine(database, poolclass=NullPool)
    with owner.begin() as connection:
        for statement in (text.replace(guard, instead), *more):
            connection.exec_driver_sql(statement.replace("%", "%%"))
    owner.dispose()


def test_stock_that_is_read_before_it_is_taken_is_sold_twice(
    coalition: Coalition, database: str
) -> None:
    sabotage(
        database,
        "stock",
        "LIMIT 1 FOR UPDATE SKIP LOCKED);\n    IF NOT FOUND AND NOT",
        "LIMIT 1);\n    rest := length(pg_sleep(0.2)::text);\n    IF NOT FOUND AND NOT",
        "ALTER TABLE stock DROP CONSTRAINT ck_stock_remaining",
    )
    members = rich(coalition, 12)
    put_in(coalition, 1)
    answers = storm([partial(take, coalition, who) for who in members])
    sold = sum(isinstance(each, Held) for each in answers)
    assert (sold > 1, left_of(coalition) < 0) == (True, True)


@pytest.mark.parametrize("guarded", [True, False])
def test_without_the_members_lock_a_household_is_a_way_around_the_limit(
    coalition: Coalition, database: str, *, guarded: bool
) -> None:
    lock = "PERFORM pg_advisory_xact_lock("
    wait = f"PERFORM pg_sleep(0.5); {lock}" if guarded else "PERFORM pg_sleep(0.5), abs("
    sabotage(database, "orders", lock, wait)
    put(coalition.desk, "mug", provider="cinema", points=10, per_member=1)
    (ada,) = rich(coalition, 1)
    with coalition.desk.work(coalition.as_cinema()) as work:
        households.found(work, ada.token, "Ours")
        households.contribute(work, ada.token, 1000, "main")
    earn(coalition, ada, "10.00")
    answers = storm([partial(take, coalition, ada, household=whose) for whose in (True, False)])
    assert sum(isinstance(each, Held) for each in answers) == (1 if guarded else 2)
