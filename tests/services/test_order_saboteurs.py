"""Saboteurs of orders: each takes one guard away, and the storms must see it."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from orders import left_of, put_in, rich, storm, take
from shelves import put
from stoa.models import functions
from stoa.services import households
from stoa.services.redemption import Held
from world import Coalition, met

GATE = 4711
WAITING = f"""
SELECT count(*) FROM pg_locks
 WHERE locktype = 'advisory' AND objid = {GATE} AND NOT granted
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""

COUNTED = "AND o.state IN ('held', 'issued', 'fulfilled');\n        FOR thing IN"
TAKING = """
    UPDATE public.stock s SET remaining = s.remaining - p_units
     WHERE s.item = p_item AND s.stripe = (
           SELECT t.stripe FROM public.stock t WHERE t.item = p_item AND t.remaining >= p_units
            ORDER BY (t.stripe + 16 - own) % 16 LIMIT 1 FOR UPDATE SKIP LOCKED);
    IF NOT FOUND AND NOT"""
READING = f"""
    SELECT t.stripe INTO own FROM public.stock t
     WHERE t.item = p_item AND t.remaining >= p_units LIMIT 1;
    PERFORM pg_advisory_xact_lock_shared({GATE});
    UPDATE public.stock s SET remaining = s.remaining - p_units
     WHERE s.item = p_item AND s.stripe = own;
    IF NOT FOUND AND NOT"""


def sabotage(database: str, name: str, guard: str, instead: str, *more: str) -> None:
    """Install the functions of a file without a guard of theirs."""
    text = functions(name)
    assert text.count(guard) == 1
    install(database, text.replace(guard, instead), *more)


def install(database: str, *statements: str) -> None:
    """Run statements as the owner of the database."""
    owner = create_engine(database, poolclass=NullPool)
    with owner.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement.replace("%", "%%"))
    owner.dispose()


def all_at_the_gate(database: str, deeds: Sequence[Callable[[], object]]) -> list[object]:
    """Do deeds at once: none goes past the gate before all stand there."""
    owner = create_engine(database, poolclass=NullPool)
    with owner.connect() as keeper, ThreadPoolExecutor() as pool:
        keeper.exec_driver_sql(f"SELECT pg_advisory_xact_lock({GATE})")
        all_of_them = [pool.submit(storm, [deed]) for deed in deeds]
        met = any(keeper.exec_driver_sql(WAITING).scalar_one() == len(deeds) for _ in range(20_000))
        keeper.rollback()
        answers = [answer for each in all_of_them for answer in each.result()]
    owner.dispose()
    assert met
    return answers


def test_stock_that_is_read_before_it_is_taken_is_sold_twice(
    coalition: Coalition, database: str
) -> None:
    sabotage(
        database,
        "stock",
        TAKING,
        READING,
        "ALTER TABLE stock DROP CONSTRAINT ck_stock_remaining",
    )
    members = rich(coalition, 2)
    put_in(coalition, 1)
    answers = all_at_the_gate(database, [partial(take, coalition, who) for who in members])
    sold = sum(isinstance(each, Held) for each in answers)
    assert (sold > 1, left_of(coalition) < 0) == (True, True)


def test_without_the_members_lock_a_household_is_a_way_around_the_limit(
    coalition: Coalition, database: str
) -> None:
    with_gate = COUNTED.replace("FOR", f"PERFORM pg_advisory_xact_lock_shared({GATE}); FOR")
    lockless = functions("orders").replace("PERFORM pg_advisory_xact_lock(", "PERFORM abs(")
    assert lockless.count(COUNTED) == 1
    install(database, lockless.replace(COUNTED, with_gate))
    put(coalition.desk, "mug", provider="cinema", points=10, per_member=1)
    (ada,) = rich(coalition, 1)
    with coalition.desk.work(coalition.as_cinema()) as work:
        households.found(work, ada.token, "Ours")
        households.contribute(work, met(work, ada), 1000, "main")
    answers = all_at_the_gate(
        database, [partial(take, coalition, ada, household=whose) for whose in (True, False)]
    )
    assert sum(isinstance(each, Held) for each in answers) == 2
