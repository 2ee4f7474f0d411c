"""The databases of sandboxes: copied from an empty one that is migrated once, dropped, swept.

A schema in the live database would not do: the ledger's functions name ``public`` throughout, and
one forgotten condition would reach live rows. Another database can't be reached at all.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from typing import Protocol
from uuid import UUID

from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.pool import NullPool

from stoa.errors import SandboxBusyError, SandboxUnavailableError
from stoa.services.sandboxes.ground import Ground

__all__ = ["alone", "create", "drop", "drop_all", "name_of"]

_LOCKS = 0x53414E44  # "SAND": the first half of the advisory locks of sandboxes
_TEMPLATE_LOCK = 0
_MOST_NAME = 24  # of the 63 letters that PostgreSQL keeps of a name
_NO_RIGHT = (
    "The role that owns the database may not make databases."
    " Let an administrator run: ALTER ROLE {role} CREATEDB"
)


class _Migrations(Protocol):
    def upgrade(self, url: str, revision: str = "head") -> None:
        """Bring a database up to a revision."""


@contextmanager
def alone(ground: Ground, partner_id: UUID) -> Iterator[Connection]:
    """Hold a partner's sandbox alone; yield the owner's connection to the live database.

    The lock is the server's and goes with the connection: a process that is killed holds nothing.

    Raises:
        SandboxBusyError: somebody else holds it.
        SandboxUnavailableError: the owner's role may not make databases.
    """
    engine = create_engine(ground.owner_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as owner:
        mine = {"of": _LOCKS, "each": int.from_bytes(partner_id.bytes[-4:], signed=True)}
        if not owner.scalar(text("SELECT pg_try_advisory_lock(:of, :each)"), mine):
            raise SandboxBusyError
        try:
            yield owner
        except ProgrammingError as wrong:
            if isinstance(wrong.orig, InsufficientPrivilege):
                role = owner.scalar(text("SELECT quote_ident(current_user)"))
                raise SandboxUnavailableError(_NO_RIGHT.format(role=role)) from wrong
            raise


def name_of(ground: Ground, partner_id: UUID, generation: int) -> str:
    """Return the name of the database of a partner's sandbox after so many resets."""
    return f"{_stem(ground)}_sandbox_{partner_id.hex}"[:52] + f"_{generation}"


def create(ground: Ground, owner: Connection, name: str) -> None:
    """Make an empty, migrated database; one of this name, left by whoever was killed, goes."""
    template = ground.settings.sandbox_template or _template(ground, owner)
    drop(owner, name)
    owner.exec_driver_sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def drop(owner: Connection, name: str) -> None:
    """Drop a database, whoever uses it; one that is not there is no mistake."""
    owner.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def drop_all(ground: Ground, owner: Connection, partner_id: UUID, *, but: str = "") -> None:
    """Drop every database of a partner's sandbox but one: also what the killed have left."""
    stem = name_of(ground, partner_id, 0).removesuffix("0")
    found = text("SELECT datname FROM pg_database WHERE starts_with(datname, :stem)")
    for name in owner.scalars(found, {"stem": stem}).all():
        if name != but:
            drop(owner, name)


def _stem(ground: Ground) -> str:
    """Return how the names begin: as the live database is called, as far as there is room."""
    live = make_url(ground.owner_url).database or "stoa"
    if len(live) <= _MOST_NAME:
        return live
    return f"{live[: _MOST_NAME - 7]}_{hashlib.sha256(live.encode()).hexdigest()[:6]}"


def _template(ground: Ground, owner: Connection) -> str:
    """Return the empty database of the live one's revision; make it where there is none yet."""
    head = owner.scalar(text("SELECT version_num FROM alembic_version"))
    stem = f"{_stem(ground)}_sandbox_template_"
    name = f"{stem}{head}"
    lock = {"of": _LOCKS, "each": _TEMPLATE_LOCK}
    owner.execute(text("SELECT pg_advisory_lock(:of, :each)"), lock)
    try:
        found = text("SELECT datname FROM pg_database WHERE starts_with(datname, :stem)")
        there = owner.scalars(found, {"stem": stem}).all()
        if name not in there:
            making = f"{stem}making"
            drop(owner, making)
            owner.exec_driver_sql(f'CREATE DATABASE "{making}"')
            url = make_url(ground.owner_url).set(database=making)
            _migrations().upgrade(url.render_as_string(hide_password=False), str(head))
            owner.exec_driver_sql(f'ALTER DATABASE "{making}" RENAME TO "{name}"')
            for old in there:
                drop(owner, old)
    finally:
        owner.execute(text("SELECT pg_advisory_unlock(:of, :each)"), lock)
    return name


def _migrations() -> _Migrations:
    for entry in entry_points(group="stoa.migrations"):
        found: _Migrations = entry.load()
        return found
    raise SandboxUnavailableError("No migrations are installed: pip install stoa-migrations.")
