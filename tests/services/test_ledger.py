"""The ledger's own promises: append-only for the application, and a check that finds every lie."""

from typing import LiteralString

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.pool import NullPool

from stoa.errors import BalanceLimitError
from stoa.services import earning, ledger, redemption, returns
from stoa.services.redemption import Ask
from stoa.work import Actor, Desk
from world import Coalition, a_key, met


def _a_history(coalition: Coalition) -> None:
    """Earn twice, burn, return with debt, earn again, leave a hold open."""
    ada = coalition.a_member()
    with coalition.desk.work(coalition.as_grocery()) as work:
        first = earning.earn(work, coalition.a_purchase(ada, "100.00"), key=a_key())
        earning.earn(work, coalition.a_purchase(ada, "30.00"), key=a_key())
    with coalition.desk.work(coalition.as_cinema()) as work:
        held = redemption.hold(work, Ask(met(work, ada), "main", 120), key=a_key())
        redemption.capture(work, held.redemption.id, points=110, key=a_key())
    with coalition.desk.work(coalition.as_grocery()) as work:
        returns.return_lines(work, first.purchase_id, None, key=a_key())
        earning.earn(work, coalition.a_purchase(ada, "500.00"), key=a_key())
    with coalition.desk.work(coalition.as_cinema()) as work:
        redemption.hold(work, Ask(met(work, ada), "main", 33), key=a_key())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE postings SET points = points + 1",
        "DELETE FROM postings",
        "INSERT INTO postings SELECT * FROM postings",
        "UPDATE transactions SET actor = 'nobody'",
        "DELETE FROM transactions",
        "UPDATE wallets SET available = available + 1",
        "UPDATE lots SET remaining = remaining + 1",
        "DELETE FROM receipts",
        "UPDATE purchases SET status = 'voided'",
        "DELETE FROM keys",
        "SELECT stoa_use_lot(gen_random_uuid(), 'STAR', '2027-01-01', 1, 1, 1, 0)",
        "DROP TABLE postings",
        "ALTER TABLE postings DISABLE TRIGGER ALL",
        "TRUNCATE postings",
    ],
)
def test_the_application_cannot_rewrite_history(
    desk: Desk, coalition: Coalition, statement: LiteralString
) -> None:
    _a_history(coalition)
    with desk.work(Actor("test")) as work, pytest.raises(ProgrammingError) as refused:
        work.rows(statement)
    assert "permission denied" in str(refused.value) or "must be owner" in str(refused.value)


def test_a_type_that_the_caller_made_is_not_looked_at_with_the_owners_rights(
    desk: Desk, coalition: Coalition
) -> None:
    ada = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada, "100.00"), key=a_key())
    with desk.work(coalition.as_cinema()) as work:
        held = redemption.hold(work, Ask(met(work, ada), "main", 60), key=a_key())
    with desk.work(coalition.as_cinema()) as work:
        connection = work.session.connection()
        connection.exec_driver_sql(
            "CREATE FUNCTION pg_temp.trap(anyelement) RETURNS boolean LANGUAGE plpgsql AS"
            " $$ BEGIN DELETE FROM public.postings; RETURN true; END $$"
        )
        connection.exec_driver_sql(
            "CREATE DOMAIN pg_temp.date AS pg_catalog.date CHECK (pg_temp.trap(VALUE))"
        )
        connection.exec_driver_sql(
            "SELECT stoa_release(%s::uuid, 'STAR', now(), current_date, %s::uuid, NULL, NULL,"
            " %s::uuid, 'voided', gen_random_uuid(), gen_random_uuid(), '{}'::jsonb)",
            (ada.id, coalition.cinema, held.redemption.id),
        )
        assert work.rows("SELECT count(*) FROM postings")[0][0] == 1


def test_a_wallet_holds_no_more_than_its_limit(
    database: str, desk: Desk, coalition: Coalition
) -> None:

    ada = coalition.a_member()
    owner = create_engine(database, poolclass=NullPool)
    with owner.begin() as connection:
        connection.exec_driver_sql("UPDATE wallets SET available = 9000000000000000 - 1")
    with desk.work(coalition.as_grocery()) as work:
        with pytest.raises(BalanceLimitError):
            earning.earn(work, coalition.a_purchase(ada, "2.00"), key=a_key())
        assert work.rows("SELECT count(*) FROM postings")[0][0] == 0
    with owner.begin() as connection:
        connection.exec_driver_sql("UPDATE wallets SET available = 0")
    owner.dispose()


def test_history_comes_in_pages_newest_first(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        for total in range(1, 8):
            earning.earn(work, coalition.a_purchase(ada, f"{total}.00"), key=a_key())
        first = ledger.history(work, ada.id, "STAR", limit=3)
        second = ledger.history(work, ada.id, "STAR", before=first[-1].seq, limit=10)
    assert [entry.points for entry in first + second] == [7, 6, 5, 4, 3, 2, 1]
