"""Migrations: up, down, up again, no drift, and a role that owns nothing."""

from collections.abc import Callable

from sqlalchemy import create_engine, inspect, text
from sqlalchemy.pool import NullPool

import stoa_migrations
from stoa.database import create_database
from stoa.models import Base


def _rows(url: str, statement: str) -> list[tuple[object, ...]]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(text(statement))]
    engine.dispose()
    return rows


def test_the_schema_goes_up_down_and_up_again_without_drift(database: str) -> None:
    stoa_migrations.check(database)
    before = _rows(
        database, "SELECT proname, prosrc FROM pg_proc WHERE proname LIKE 'stoa%' ORDER BY 1"
    )
    stoa_migrations.downgrade(database, "base")
    engine = create_engine(database, poolclass=NullPool)
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    engine.dispose()
    assert _rows(database, "SELECT proname FROM pg_proc WHERE proname LIKE 'stoa%'") == []
    stoa_migrations.upgrade(database)
    stoa_migrations.check(database)
    after = _rows(
        database, "SELECT proname, prosrc FROM pg_proc WHERE proname LIKE 'stoa%' ORDER BY 1"
    )
    assert before == after
    assert before


def test_points_that_were_founded_before_have_a_first_version(database: str) -> None:
    stoa_migrations.downgrade(database, "0003")
    engine = create_engine(database, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO currencies VALUES ('STAR', 'Star', 'rolling', 7, 0.01, 'CNY')")
        )
    engine.dispose()
    stoa_migrations.upgrade(database)
    terms = (
        "SELECT version, terms->>'expiry_rule', (terms->>'expiry_months')::int,"
        " terms->>'face_value', terms ? 'version' FROM currency_versions"
    )
    assert _rows(database, terms) == [(1, "rolling", 7, "0.010000", False)]


def test_a_clients_secret_goes_with_it_up_and_down(database: str) -> None:
    client = (
        "INSERT INTO clients (id, partner_id, name, secret_hash, scopes, created_at)"
        " VALUES ('cli_old', gen_random_uuid(), 'tills', 'argon', '{earn:write}', now())"
    )
    stoa_migrations.downgrade(database, "0032")
    engine = create_engine(database, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        connection.execute(text(client))
    stoa_migrations.upgrade(database)
    kept = "SELECT client_id, hash, prefix FROM client_secrets"
    assert _rows(database, kept) == [("cli_old", "argon", "")]
    with engine.begin() as connection:
        connection.execute(text("UPDATE client_secrets SET hash = 'newer'"))
    engine.dispose()
    stoa_migrations.downgrade(database, "0032")
    assert _rows(database, "SELECT secret_hash FROM clients") == [("newer",)]


def test_a_database_of_every_table_is_what_the_models_say(database: str) -> None:
    tables = {
        row[0]
        for row in _rows(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    }
    ours = {name for name in tables if not str(name).startswith("procrastinate_")}
    assert ours == {*Base.metadata.tables, "alembic_version"}


def test_the_application_role_owns_nothing_and_is_no_superuser(database: str) -> None:
    assert _rows(database, "SELECT tablename FROM pg_tables WHERE tableowner = 'stoa_app'") == []
    rights = "rolsuper, rolcreaterole, rolcreatedb, rolbypassrls"
    role = f"SELECT {rights} FROM pg_roles WHERE rolname = 'stoa_app'"
    assert _rows(database, role) == [(False, False, False, False)]


def test_only_functions_write_the_ledgers_tables(database: str) -> None:
    tables = ("wallets", "transactions", "postings", "lots", "lot_uses", "receipts", "purchases")
    names = ", ".join(f"'{name}'" for name in (*tables, "holds"))
    rights = (
        "SELECT table_name, privilege_type FROM information_schema.role_table_grants"
        f" WHERE grantee = 'stoa_app' AND table_name IN ({names})"
        " AND privilege_type <> 'SELECT'"
    )
    assert _rows(database, rights) == []


def test_a_database_is_made_once(server_url: str, new_database: Callable[[], str]) -> None:
    name = new_database().rsplit("/", 1)[1].split("?")[0]
    create_database(server_url, name)
    assert len(_rows(server_url.replace("postgresql:", "postgresql+psycopg:"),
                     f"SELECT 1 FROM pg_database WHERE datname = '{name}'")) == 1  # fmt: skip
