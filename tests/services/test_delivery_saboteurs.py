"""Saboteurs of deliveries: each takes one guard away, and what it guards is lost."""

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from currencies import found
from deliveries import STAFF, a_chance_reward, a_points_reward, a_ticket_reward, back, brought, had
from ladders import a_ladder, hold
from orders import capture, rich, take
from stoa.models import functions
from stoa.services import invariants, ledger, redemption
from stoa.services.redemption import Ask
from world import Coalition, a_key, met

RETURN_FALSE = "    IF FOUND THEN\n        RETURN false;\n    END IF;\n"


def run(database: str, statement: str) -> None:
    """Run a statement as the owner of the database."""
    owner = create_engine(database, poolclass=NullPool)
    with owner.begin() as connection:
        connection.exec_driver_sql(statement.replace("%", "%%"))
    owner.dispose()


def test_without_the_count_at_the_capture_holds_pass_the_limit(
    coalition: Coalition, database: str
) -> None:
    guard = "IF mine + p_count > p_most THEN"
    text = functions("draws")
    assert text.count(guard) == 1
    run(database, text.replace(guard, "IF false THEN"))
    a_ticket_reward(coalition.desk, {"per_member": 1})
    (ada,) = rich(coalition, 1)
    for held in [take(coalition, ada, "cinema:spin") for _ in range(2)]:
        capture(coalition, held)
        assert len(brought(coalition, held).tickets) == 1


def test_without_its_guard_a_used_chance_goes_back_and_the_books_tell(
    coalition: Coalition, database: str
) -> None:
    text = functions("deliveries")
    assert text.count(RETURN_FALSE) == 3
    run(database, text.replace(RETURN_FALSE, ""))
    hold(coalition.desk, a_ladder())
    a_chance_reward(coalition.desk, {"mode": "direct"})
    (ada,) = rich(coalition, 1, total="500.00")
    back(coalition, had(coalition, ada, "cinema:leap"))
    with coalition.desk.work(STAFF) as work:
        findings = {each.check for each in invariants.check_invariants(work)}
    assert findings == {"what came with rewards was paid by orders"}
    run(database, "UPDATE chances SET state = 'refunded'")  # so that the books are whole again


def test_without_its_guard_spent_points_are_owed(coalition: Coalition, database: str) -> None:
    run(database, functions("deliveries").replace(RETURN_FALSE, ""))
    found(coalition.desk, "CINE", coalition.cinema)
    a_points_reward(coalition.desk)
    (ada,) = rich(coalition, 1)
    done = had(coalition, ada, "cinema:swap")
    with coalition.desk.work(coalition.as_cinema()) as work:
        ask = Ask(met(work, ada), "main", points=5, currency="CINE")
        spent = redemption.hold(work, ask, key=a_key()).redemption.id
    with coalition.desk.work(coalition.as_cinema()) as work:
        redemption.capture(work, spent, points=None, key=a_key())
    back(coalition, done)
    with coalition.desk.work(STAFF) as work:
        assert ledger.balance_of(work, ada.id, "CINE").balance.debt == 5
