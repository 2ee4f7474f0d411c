"""Single statements: prepared once a connection, whatever their values; lost connections told."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from stoa.statements import Line
from stoa.work import EVERYWHERE, Actor, Desk

PREPARED = (
    "SELECT count(*) FROM pg_prepared_statements"
    " WHERE name LIKE 'stoa\\_%%' AND name <> 'stoa_see' AND %s = 1"
)


@pytest.fixture
def line(database: str) -> Iterator[Line]:
    """Return a line on this test's database."""
    url = database.replace("postgresql+psycopg:", "postgresql:")
    with psycopg.connect(url, autocommit=True) as driver:
        yield Line(driver)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("smallint", 7),
        ("bigint", 2**62),
        ("bigint", -(10**12)),
        ("text", 'all of {"it", \\n}, 满减'),
        ("text", None),
        ("bool", True),
        ("uuid", UUID("00000000-0000-7000-8000-000000000001")),
        ("date", date(2026, 5, 1)),
        ("timestamptz", datetime(2026, 5, 1, 12, 30, 0, 123456, tzinfo=UTC)),
        ("numeric", Decimal("0.012")),
        ("bytea", b"\x00\xff"),
    ],
)
def test_a_value_comes_back_as_it_went(line: Line, kind: str, value: object) -> None:
    assert line.rows(f"SELECT %s::{kind}", (value,), EVERYWHERE) == [(value,)]


def test_a_name_that_comes_twice_is_one_place(line: Line) -> None:
    asked = "SELECT %(a)s::int + %(a)s::int, %(b)s::text, 7 %% 4"
    assert line.rows(asked, {"a": 2, "b": "x", "c": "not asked for"}, EVERYWHERE) == [(4, "x", 3)]


def test_without_values_a_percent_sign_is_one(line: Line) -> None:
    assert line.rows("SELECT 7 % 4", (), EVERYWHERE) == [(3,)]


def test_numbers_of_any_size_follow_each_other(line: Line) -> None:
    for value in (1, 10**12, 1, 70_000, 10**12):
        assert line.rows("SELECT %s::bigint", (value,), EVERYWHERE) == [(value,)]


def test_a_statement_is_prepared_once(line: Line) -> None:
    for _ in range(3):
        line.rows("SELECT %s::text", ("a",), EVERYWHERE)
    assert line.rows(PREPARED, (1,), EVERYWHERE) == [(2,)]


def test_prepared_statements_do_not_pile_up(line: Line) -> None:
    for number in range(250):
        line.rows(f"SELECT {number} + %s", (1,), EVERYWHERE)
    assert line.rows(PREPARED, (1,), EVERYWHERE) == [(200,)]


def test_a_refusal_of_the_server_tells_its_state(line: Line) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero):
        line.rows("SELECT 1 / %s", (0,), EVERYWHERE)
    assert line.rows("SELECT 1 / %s", (1,), EVERYWHERE) == [(1,)]


def test_a_statement_that_can_not_be_read_is_refused(line: Line) -> None:
    with pytest.raises(psycopg.errors.SyntaxError):
        line.rows("SELEKT %s", (0,), EVERYWHERE)


def test_a_lost_connection_is_told_and_the_next_statement_has_another(
    desk: Desk, line: Line
) -> None:
    me: Any = "SELECT pg_backend_pid()"
    with desk.work(Actor("test")) as work:
        mine = work.rows(me)[0][0]
        line.rows("SELECT pg_terminate_backend(%s, 5000)", (mine,), EVERYWHERE)
        with pytest.raises(DBAPIError) as told:
            work.rows(me)
        assert isinstance(told.value.orig, psycopg.OperationalError)
        assert work.rows(me)[0][0] != mine
