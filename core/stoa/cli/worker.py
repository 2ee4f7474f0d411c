"""``stoa worker``: tells events and does what falls due; any number of them may run."""

import logging
import sys
from functools import partial

import click

from stoa.app import configure_logging
from stoa.cli.desk import ACTOR, Taught, open_desk, settings_of, sit_down
from stoa.database import find_database
from stoa.post import open_office
from stoa.sandbox import Visitor
from stoa.services.sandboxes import Ground
from stoa.worker import Worker, worker_limits

__all__ = ["worker"]


@click.command(
    cls=Taught,
    examples="""
        stoa worker
        STOA_LOG_JSON=true stoa worker
    """,
)
def worker() -> None:
    """Tell events and do what falls due, until stopped.

    Plugins are told what happened, holds and points end, purchases whose plugin had failed are
    settled. Any number of workers may run. SIGTERM and Ctrl-C finish the batch that is begun.
    """
    settings = worker_limits(settings_of())
    configure_logging(settings)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(name)s: %(message)s")
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    try:
        office = open_office(settings.smtp_url, sender=settings.mail_from)
    except ValueError as wrong:
        raise click.ClickException(f"Letters can't be sent: {wrong}") from wrong
    url = find_database(settings).app_url
    with open_desk(settings, url=url) as desk:
        with desk.work(ACTOR) as work:
            work.rows("SELECT 1 FROM outbox, procrastinate_jobs LIMIT 1")  # or it is not migrated
        visitor = Visitor(Ground(desk, settings))
        Worker(
            desk,
            url,
            hands=settings.whatif_hands,
            open_desk=partial(sit_down, settings, url),
            office=office,
            batch_rows_per_s=settings.batch_rows_per_s,
            more=[visitor.beat()],
        ).run()
        visitor.close()
