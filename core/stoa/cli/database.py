"""``stoa db`` and ``stoa ledger``: where the database stands, and whether its books are right."""

from decimal import Decimal
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol

import click
from alembic.util import CommandError
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from stoa.cli import log as transparency
from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of
from stoa.config import Settings
from stoa.database import find_database
from stoa.models.ledger import Currency
from stoa.services import audit, log, partners
from stoa.values.periods import ExpiryRule
from stoa.worker import worker_limits

__all__ = ["db", "ledger", "migrations", "upgrade_database"]


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


@click.group()
def ledger() -> None:
    """Prove that the books are right."""


for _command in (
    transparency.key,
    transparency.witness,
    transparency.checkpoint,
    transparency.log_,
):
    ledger.add_command(_command)


@ledger.command(
    cls=Taught,
    examples="""
        stoa ledger verify
        stoa ledger verify --limit 5 || echo "call someone"
        stoa ledger verify --checkpoint /mnt/elsewhere/friday.checkpoint
    """,
)
@click.option("--limit", default=100, show_default=True, help="Most findings shown of one check.")
@click.option(
    "--checkpoint",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A checkpoint that was kept outside, in which the log has to agree.",
)
def verify(limit: int, checkpoint: Path | None) -> None:
    """Recompute balances, lots, holds and debts from the postings, and then the whole log.

    Reads a live database in snapshots and locks nothing. Ends with 1 when anything differs; of the
    log, the first finding names the first bad entry.
    """
    bars = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    screen = console()
    with (
        open_desk(worker_limits(settings_of())) as desk,
        desk.work(ACTOR) as work,
        Progress(*bars, console=screen, transient=True) as progress,
    ):
        bar = progress.add_task("", total=len(audit.CHECKS))
        begun = iter(range(len(audit.CHECKS)))
        findings = audit.check_invariants(
            work,
            limit=limit,
            told=lambda title: progress.update(bar, description=title, completed=next(begun)),
        )
        with desk.work(ACTOR) as looking:
            findings += log.find_tampering(
                looking,
                told=lambda done, total: progress.update(
                    bar, description="the log is as it was signed", completed=done, total=total
                ),
                checkpoint=checkpoint.read_text("utf-8") if checkpoint else None,
            )[:limit]
    if not findings:
        checks = len(audit.CHECKS)
        screen.print(f"The ledger is right: {checks} checks found nothing, nor did the log.")
        return
    table = a_table("check", "member", "currency", "what differs")
    for each in findings:
        table.add_row(each.check, each.member_id, each.currency, each.detail)
    screen.print(table)
    raise click.ClickException(f"{len(findings)} findings: the ledger is not right.")


def _revision(url: str) -> str | None:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        if connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
            return None
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return found
