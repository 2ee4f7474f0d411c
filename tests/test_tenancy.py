"""Rows know their partner: behind the queries, the database shows each partner its own."""

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from stoa.config import Settings
from stoa.database import open_engine
from stoa.models.partners import PartnerVersion
from stoa.services import partners
from stoa.statements import Line
from stoa.work import Actor, Desk, Work
from tills import Till, app, cinema, grocery
from world import Coalition

__all__ = ["app", "cinema", "grocery"]

POLICIES = """
SELECT c.relname FROM pg_class c
 WHERE c.relrowsecurity AND c.relforcerowsecurity AND c.relnamespace = 'public'::regnamespace
"""
WITH_A_PARTNER = """
SELECT table_name FROM information_schema.columns
 WHERE table_schema = 'public' AND column_name = 'partner_id'
"""
ALLIANCES = {
    "activities": "what a member did counts once over all partners",
    "claim_receipts": "a receipt is used once over all partners",
    "draw_wins": "a prize is fetched where the member likes",
    "import_events": "the stage of the operator's imports, which COPY fills",
    "identifiers": "a card is the alliance's; a partner's reference is found by its key alone",
    "partner_limits": "the operator's",
    "plates": "a plate leads to its driver at every partner; lists are filtered",
    "positions": "the operator's; no door of partners reads it",
    "postings": "the ledger is the alliance's; doors tell a foreign entry by its points alone",
    "rate_buckets": "the operator's",
    "stores": "the alliance's directory",
    "transactions": "as postings",
}
"""Tables that name a partner and are not its own, with the reason (`adr/0012`)."""

ALL = "SELECT DISTINCT partner_id::text FROM purchases"


@pytest.fixture
def sold(grocery: Till, cinema: Till) -> dict[str, str]:
    """Let both shops sell to the same member; return what the cinema made."""
    ada = grocery.enrol()
    grocery.earn(ada, "500.00")
    bought = cinema.earn(ada, "500.00")["purchase_id"]
    hold = cinema.post("/redemptions", cinema.a_hold(ada, 5)).json["redemption_id"]
    event = {"plate": "B 1", "state": "IN", "at": "2026-05-01T11:20:00+08:00", "carpark": "main"}
    stay = cinema.post("/parking/events", event).json["stay"]["stay_id"]
    original = {"store": "main", "receipt_no": "R-none", "business_date": "2026-05-01"}
    early = cinema.post("/returns", {"original": original, "receipt_no": "RR-1", "amount": "1.00"})
    return {
        f"/purchases/{bought}": "PURCHASE_UNKNOWN",
        f"/redemptions/{hold}": "REDEMPTION_UNKNOWN",
        f"/parking/stays/{stay}": "STAY_UNKNOWN",
        f"/returns/{early.json['return_id']}": "RETURN_UNKNOWN",
    }


def seen(work: Work) -> set[str]:
    """Return whose purchases a work sees without a filter of its own."""
    return {row[0] for row in work.rows(ALL)}


def test_every_table_that_names_a_partner_is_decided(desk: Desk) -> None:
    with desk.work(Actor("test")) as work:
        own = {row[0] for row in work.rows(POLICIES)}
        named = {row[0] for row in work.rows(WITH_A_PARTNER)}
    named = {name for name in named if not name.startswith("procrastinate_")}
    undecided = sorted(named - own - ALLIANCES.keys())
    assert not undecided, f"give a policy to {undecided}, or a reason here (docs/tenancy.md)"
    assert not own & ALLIANCES.keys()


def test_the_application_sees_nothing_before_it_says_for_whom(
    sold: dict[str, str], database: str, settings: Settings
) -> None:
    assert sold
    engine = open_engine(database, settings, pool_size=1)
    with engine.connect() as connection:
        tables = connection.exec_driver_sql(POLICIES).scalars().all()
        assert len(tables) > 10
        for table in tables:
            found = connection.exec_driver_sql(f'SELECT count(*) FROM "{table}"').scalar()
            assert found == 0, table
    engine.dispose()


def test_a_work_sees_its_partners_rows_and_the_operators_sees_all(
    sold: dict[str, str], desk: Desk, coalition: Coalition
) -> None:
    assert sold
    mine, theirs = str(coalition.grocery), str(coalition.cinema)
    with desk.work(coalition.as_grocery()) as work:
        assert seen(work) == {mine}
        with work.on_behalf(coalition.as_cinema()):
            assert seen(work) == {theirs}
        assert seen(work) == {mine}
        assert {str(each.partner_id) for each in work.session.query(PartnerVersion)} == {mine}
        assert seen(work) == {mine}  # in the session's transaction now
        with work.on_behalf(coalition.as_cinema()):
            assert seen(work) == {theirs}
        with pytest.raises(DBAPIError), work.apart(), work.on_behalf(coalition.as_cinema()):
            work.rows("SELECT 1 / 0")
        assert seen(work) == {mine}
        work.session.rollback()
        assert seen(work) == {mine}
    with desk.work(Actor("worker")) as work:
        assert seen(work) == {mine, theirs}


def test_nobody_and_a_partner_without_a_name_open_no_work(desk: Desk) -> None:
    for name in ("", "client:cli_1", "member:mbr_1", "till:1"):
        with pytest.raises(ValueError, match="acts for no partner"):
            Actor(name)
    nobody: Any = None
    with pytest.raises(AttributeError), desk.work(nobody):
        raise AssertionError("a work was opened for nobody")


@pytest.fixture
def without_filters() -> Iterator[None]:
    """Take the partner out of the conditions of every statement that asks for one's own."""
    rows = Line.rows
    filtered = re.compile(r"\b(?:\w+\.)?partner_id = (%s|%\(partner\)s)")

    def spoilt(line: Line, statement: str, *rest: Any) -> Any:
        broken = filtered.sub(r"\1::uuid IS NOT NULL", statement)
        return rows(line, broken, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Line, "rows", spoilt)
        yield


@pytest.mark.usefixtures("without_filters")
def test_a_filter_that_is_forgotten_still_shows_nothing(
    sold: dict[str, str], grocery: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path, code in sold.items():
        answer = grocery.get(path)
        assert (answer.status_code, answer.json["code"]) == (404, code)
    monkeypatch.setattr(Actor, "reach", property(lambda _: "*"))  # without the policies it shows
    shown = [path for path in sold if grocery.get(path).status_code == 200]
    assert shown == list(sold)


def test_no_connection_keeps_what_another_partner_saw(desk: Desk, coalition: Coalition) -> None:
    """Sixteen threads of eight partners share a pool of twelve connections, and stumble."""
    with desk.work(Actor("cli")) as work:
        ids = [
            partners.onboard(work, f"p{n}", f"P{n}", trade="x", plugin="plain", settings={})
            for n in range(8)
        ]
    wrong: list[object] = []
    start = threading.Barrier(16)

    def run(number: int) -> None:
        start.wait()
        for turn in range(40):
            partner_id = ids[(number + turn) % len(ids)]
            with desk.work(Actor("client:storm", partner_id)) as work:
                try:
                    found = _versions(work, turn)
                except DBAPIError:
                    continue
                if found != {str(partner_id)}:
                    wrong.append((partner_id, found))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(16)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert wrong == []
    assert coalition


def _versions(work: Work, turn: int) -> set[str]:
    """Return whose versions of partners a work sees, by one of the ways there are."""
    statement = "SELECT DISTINCT partner_id::text FROM partner_versions"
    if turn % 5 == 4:
        work.rows("SELECT 1 / %s", (0,))  # a statement that fails, often the connection's first
    if turn % 3 == 0:
        session: Session = work.session
        return {row[0] for row in session.execute(text(statement))}
    return {row[0] for row in work.rows(statement)}


def test_the_owner_of_the_tables_is_no_exception_but_for_its_functions(database: str) -> None:
    engine = create_engine(database, poolclass=NullPool)
    with engine.connect() as connection:
        named = connection.execute(
            text("SELECT tablename, policyname, roles::text FROM pg_policies ORDER BY 1, 2")
        ).all()
    engine.dispose()
    tables = {row[0] for row in named}
    for table in tables:
        own = {row[1]: row[2] for row in named if row[0] == table}
        assert own["partner"] == "{stoa_app}"
        assert own["ledger"] != "{public}"
        assert set(own) <= {"partner", "ledger", "told"}
