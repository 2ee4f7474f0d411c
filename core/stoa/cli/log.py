"""``stoa ledger key``, ``witness``, ``checkpoint`` and ``log``: the transparency log by hand."""

import click

from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of
from stoa.services import log
from stoa.work import Desk
from stoa.worker import worker_limits

__all__ = ["checkpoint", "key", "log_", "witness"]


@click.group()
def key() -> None:
    """The keys that sign the transparency log."""


@key.command(cls=Taught, examples="stoa ledger key rotate --yes")
@click.option("--yes", is_flag=True, help="Don't ask.")
def rotate(*, yes: bool) -> None:
    """Sign the log with a new key from now on.

    The old key signs that the new one follows it, and its private part is destroyed. Both stay
    published: receipts that the old one signed are good for ever.
    """
    if not yes:
        click.confirm("Destroy the private part of the present key?", abort=True)
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        fresh = log.rotate(work)
    console().print(fresh.vkey.text, soft_wrap=True)


@key.command("list", cls=Taught, examples="stoa ledger key list")
def list_keys() -> None:
    """List every key that ever signed the log, the first one first."""
    table = a_table("key", "since", "until")
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        for each in log.keys_of(work):
            until = f"{each.retired_at:%Y-%m-%d %H:%M}" if each.retired_at else ""
            table.add_row(each.vkey.text, f"{each.created_at:%Y-%m-%d %H:%M}", until)
    console().print(table)


@click.group()
def witness() -> None:
    """Those outside who check that the log only grows, and cosign it."""


@witness.command(cls=Taught, examples="stoa ledger witness add auditor.example/w1+0a1b2c3d+BN…")
@click.argument("vkey")
def add(vkey: str) -> None:
    """Take cosignatures of the witness whose key is VKEY.

    The witness makes the key by `stoa-sdk witness keygen`.
    """
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        added = log.add_witness(work, vkey)
    console().print(f"{added.name} is a witness of the log.", soft_wrap=True)


@witness.command("list", cls=Taught, examples="stoa ledger witness list")
def list_witnesses() -> None:
    """List the witnesses."""
    table = a_table("witness", "key", "since")
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        for each in log.witnesses_of(work):
            table.add_row(each.vkey.name, each.vkey.text, f"{each.added_at:%Y-%m-%d %H:%M}")
    console().print(table)


@click.command(
    cls=Taught,
    examples="""
        stoa ledger checkpoint
        stoa ledger checkpoint --now > /mnt/elsewhere/friday.checkpoint
    """,
)
@click.option("--now", is_flag=True, help="Log and sign what is new first.")
def checkpoint(*, now: bool) -> None:
    """Print the newest signed checkpoint, with the cosignatures of its witnesses.

    Keep it outside: `stoa ledger verify --checkpoint` holds the log against it.
    """
    with open_desk(worker_limits(settings_of())) as desk:
        if now:
            _catch_up(desk)
        with desk.work(ACTOR) as work:
            click.echo(log.newest(work).note, nl=False)


@click.command("log", cls=Taught, examples="stoa ledger log")
def log_() -> None:
    """Log every posting that is not logged yet, and sign a checkpoint.

    The worker does this by itself; here it is done at once, with a walk over all wallets.
    """
    with open_desk(worker_limits(settings_of())) as desk:
        done = _catch_up(desk)
    console().print(f"{done} postings were logged.")


def _catch_up(desk: Desk) -> int:
    total = 0
    while True:
        with desk.work(ACTOR) as work:
            done = log.append(work, at_once=True, patient=True)
            more = log.more_to_find(work)
        total += done
        if not done and not more:
            return total
