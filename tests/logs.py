"""The transparency log in tests: histories that are logged, an owner who tampers, public keys."""

from typing import Any
from uuid import UUID

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from stoa.services import earning, log, redemption, returns
from stoa.services.redemption import Ask
from stoa.work import Actor, Desk
from world import Coalition, Someone, a_key, met

__all__ = ["WORKER", "Owner", "a_busy_day", "earn", "keys", "logged", "receipt_of", "sign"]

WORKER = Actor("worker")


class Owner:
    """The owner of the database, who may do anything, and leaves triggers and roles alone."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url, poolclass=NullPool)

    def do(self, *statements: str, **values: Any) -> None:
        """Run statements in one transaction."""
        with self._engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement, values or None)

    def ask(self, statement: str, **values: Any) -> Any:
        """Return the first column of the first row."""
        with self._engine.begin() as connection:
            return connection.exec_driver_sql(statement, values or None).scalar()


def earn(coalition: Coalition, who: Someone, *totals: str) -> UUID:
    """Report a purchase of one line a total; return its id."""
    report = coalition.a_purchase(who, lines=list(totals or ("100.00",)))
    with coalition.desk.work(coalition.as_grocery()) as work:
        return earning.earn(work, report, key=a_key()).purchase_id


def a_busy_day(coalition: Coalition) -> list[Someone]:
    """Earn, burn at another partner, return with debt, repay: ten postings of three members."""
    ada, bob, cem = (coalition.a_member(name) for name in ("Ada", "Bob", "Cem"))
    first = earn(coalition, ada, "100.00")
    for who in (bob, cem, bob):
        earn(coalition, who, "30.00")
    with coalition.desk.work(coalition.as_cinema()) as work:
        held = redemption.hold(work, Ask(met(work, ada), "main", 80), key=a_key())
        redemption.capture(work, held.redemption.id, points=70, key=a_key())
    with coalition.desk.work(coalition.as_grocery()) as work:
        returns.return_lines(work, first, None, key=a_key())
    earn(coalition, ada, "500.00")
    earn(coalition, cem, "20.00")
    return [ada, bob, cem]


def sign(desk: Desk, *, at_once: bool = True) -> int:
    """Log everything and sign it; return how many postings were logged."""
    total = 0
    while True:
        with desk.work(WORKER) as work:
            done = log.append(work, at_once=at_once)
            total += done
            if not done and not log.more_to_find(work):
                return total


def logged(owner: Owner) -> int:
    """Return how many postings are logged."""
    count: int = owner.ask("SELECT count(*) FROM log_entries")
    return count


def keys(desk: Desk) -> list[str]:
    """Return the public keys of the log."""
    with desk.work(WORKER) as work:
        return [each.vkey.text for each in log.keys_of(work)]


def receipt_of(coalition: Coalition, who: Someone, seq: int, partner: UUID) -> dict[str, str]:
    """Return a receipt as the API would answer it."""
    with coalition.desk.work(WORKER) as work:
        found = log.receipt_of(work, who.id, "STAR", seq, partner_id=partner)
    return {"entry": found.entry, "proof": found.proof}
