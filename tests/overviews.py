"""What the worker does between a deed and the overview: the log, the journal, and sums of both."""

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from lies import LOG
from stoa.services import journal, positions, rollups
from stoa.work import Actor, Desk

__all__ = ["add_up"]


def add_up(desk: Desk, url: str) -> None:
    """Log every posting, and add everything up, as the worker would."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(LOG)
    engine.dispose()
    for deed in (
        positions.fold, journal.book, rollups.fold, rollups.fold_tiers, rollups.count_members,
        rollups.reckon_campaigns,
    ):  # fmt: skip
        with desk.work(Actor("worker")) as work:
            deed(work)
