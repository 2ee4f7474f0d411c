"""``stoa signing-key``: the keys that sign access tokens."""

import click

from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of
from stoa.services import credentials

__all__ = ["signing_key"]


@click.group("signing-key")
def signing_key() -> None:
    """The keys that sign access tokens."""


@signing_key.command("list", cls=Taught, examples="stoa signing-key list")
def list_keys() -> None:
    """List the keys: the one that signs, and those that have signed."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        found = credentials.signing_keys(work)
    table = a_table("key", "since", "retired")
    for each in found:
        retired = f"{each.retired_at:%Y-%m-%d %H:%M}" if each.retired_at else ""
        table.add_row(each.kid, f"{each.created_at:%Y-%m-%d %H:%M}", retired)
    console().print(table)


@signing_key.command(cls=Taught, examples="stoa signing-key rotate")
def rotate() -> None:
    """Sign with a new key in two minutes, when every server knows it.

    The old one verifies for an hour more, which is longer than any token lives.
    """
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        kid = credentials.rotate_signing_key(work)
    click.echo(kid)


@signing_key.command(cls=Taught, examples="stoa signing-key remove 20261122201530-1f0c --yes")
@click.argument("kid")
@click.option("--yes", is_flag=True, help="Don't ask.")
def remove(kid: str, *, yes: bool) -> None:
    """Take the key KID away: for the day on which somebody else has it.

    Every token that it signed is refused within 60 seconds; partners get new ones by themselves.
    """
    if not yes:
        click.confirm("Refuse every token that this key has signed?", abort=True)
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        credentials.remove_signing_key(work, kid)
    console().print("The key is gone; another one signs.")
