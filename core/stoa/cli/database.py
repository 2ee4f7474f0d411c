"""``stoa db``: where the database stands, and how it gets to where this release wants it."""

from decimal import Decimal
from importlib.metadata import entry_points
from typing import Protocol

import click
from alembic.util import CommandError
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from stoa.cli.desk import ACTOR, Taught, console, open_desk, settings_of
from stoa.config import Settings
from stoa.database import find_database
from stoa.models.ledger import Currency
from stoa.services import partners
from stoa.values.periods import ExpiryRule

__all__ = ["db", "migrations", "upgrade_database"]


class Migrations(Protocol):
    """What the entry point group ``stoa.migrations`` leads to."""

    def upgrade(self, url: str, revision: str = "head") -> None:
        """Bring the database up to a revision."""

    def downgrade(self, url: str, revision: str) -> None:
        """Bring it back to an earlier one."""

    def check(self, url: str) -> None:
        """Raise what differs from the models."""


def migrations() -> Migrations:
    """Return the installed migrations.

    Raises:
        click.ClickException: none are installed.
    """
    for entry in entry_points(group="stoa.migrations"):
        found: Migrations = entry.load()
        return found
    raise click.ClickException("No migrations are installed: pip install stoa-migrations.")


def upgrade_database(settings: Settings, revision: str = "head") -> None:
    """Bring the database up to a revision; found the programme's points where there are none."""
    database = find_database(settings)
    migrations().upgrade(database.owner_url, revision)
    if revision != "head":
        return
    with open_desk(settings, url=database.app_url) as desk, desk.work(ACTOR) as work:
        if work.session.get(Currency, settings.currency) is None:
            partners.found_currency(
                work, settings.currency, rule=ExpiryRule.MONTH_END, months=24,
                face_value=Decimal("0.01"),
            )  # fmt: skip


@click.group()
def db() -> None:
    """Migrate the database, or see where it stands."""


@db.command(
    cls=Taught,
    examples="""
        stoa db upgrade
        STOA_DATABASE_URL=postgresql://stoa@db.example/stoa stoa db upgrade
    """,
)
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the database up to this release, or to REVISION.

    The release before may go on serving meanwhile. The programme's points are founded where there
    are none yet; `stoa programme set` changes their terms.
    """
    settings = settings_of()
    upgrade_database(settings, revision)
    console().print(f"The database is at revision {_revision(find_database(settings).owner_url)}.")


@db.command(cls=Taught, examples="stoa db status")
def status() -> None:
    """Show which database is used, its revision, and whether it is that of this release."""
    settings = settings_of()
    url = find_database(settings).owner_url
    where = "your own" if settings.database_url else "embedded"
    console().print(f"database  {make_url(url).render_as_string()} ({where})", soft_wrap=True)
    console().print(f"revision  {_revision(url) or 'none: it is empty'}")
    try:
        migrations().check(url)
    except CommandError as wrong:
        raise click.ClickException(f"{wrong} Run stoa db upgrade.") from wrong
    console().print("The database is as this release wants it.")


@db.command(cls=Taught, examples="stoa db downgrade 0002")
@click.argument("revision")
@click.option("--yes", is_flag=True, help="Don't ask.")
def downgrade(revision: str, *, yes: bool) -> None:
    """Bring the database back to REVISION; what later ones added is lost.

    ``base`` empties it.
    """
    url = find_database(settings_of()).owner_url
    if not yes:
        click.confirm(f"Go back to {revision} on {make_url(url).render_as_string()}?", abort=True)
    migrations().downgrade(url, revision)
    console().print(f"The database is at revision {_revision(url) or 'base'}.")


def _revision(url: str) -> str | None:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        if connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
            return None
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return found
