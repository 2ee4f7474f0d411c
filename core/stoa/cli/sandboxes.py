"""``stoa sandbox``: an alliance of its own for a partner that builds."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import click

from stoa.cli.clients import partner_of
from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of
from stoa.sandbox import catch_up
from stoa.services import sandboxes
from stoa.services.sandboxes import Ground, Opened, SandboxClock

__all__ = ["sandbox"]

_WITHIN_S = 60.0


@click.group()
def sandbox() -> None:
    """Give partners a place to build and to try: a database, a clock and members of its own."""


@sandbox.command("open", cls=Taught, examples="stoa sandbox open grocery")
@click.argument("partner")
def open_sandbox(partner: str) -> None:
    """Open a sandbox for PARTNER; its credentials are shown this once."""
    with _ground() as ground:
        with ground.desk.work(ACTOR) as work:
            partner_id = partner_of(work, partner)
        _show(ground, sandboxes.open(ground, ACTOR, partner_id))


@sandbox.command(
    "reset",
    cls=Taught,
    examples="""
        stoa sandbox reset grocery
        stoa sandbox reset grocery --new-secrets
    """,
)
@click.argument("partner")
@click.option("--new-secrets", is_flag=True, help="Change the credentials' secrets too.")
def reset_sandbox(partner: str, *, new_secrets: bool) -> None:
    """Make PARTNER's sandbox anew: as it is seeded, with the partner as it is now.

    Its credentials stay good, unless they are changed.
    """
    with _ground() as ground:
        with ground.desk.work(ACTOR) as work:
            partner_id = partner_of(work, partner)
        _show(ground, sandboxes.reset(ground, ACTOR, partner_id, new_secrets=new_secrets))


@sandbox.command("close", cls=Taught, examples="stoa sandbox close grocery")
@click.argument("partner")
def close_sandbox(partner: str) -> None:
    """Drop PARTNER's sandbox with all that is in it."""
    with _ground() as ground:
        with ground.desk.work(ACTOR) as work:
            partner_id = partner_of(work, partner)
        sandboxes.close(ground, ACTOR, partner_id)
    click.echo(f"The sandbox of {partner} is closed.")


@sandbox.command("list", cls=Taught, examples="stoa sandbox list")
def list_sandboxes() -> None:
    """List all sandboxes, with their clocks and when they were used last."""
    with _ground() as ground:
        with ground.desk.work(ACTOR) as work:
            found = sandboxes.listed(work)
        table = a_table("partner", "address", "ahead", "opened", "reset", "used")
        for box in found:
            days = (f"{at:%Y-%m-%d %H:%M}" for at in (box.opened_at, box.reset_at, box.used_at))
            table.add_row(box.code, ground.address(box.code), str(box.ahead), *days)
        console().print(table)


@sandbox.command(
    "clock",
    cls=Taught,
    examples="""
        stoa sandbox clock grocery
        stoa sandbox clock grocery --days 30
    """,
)
@click.argument("partner")
@click.option("--days", type=click.IntRange(0, 3653), help="Go forward by so many days.")
def clock(partner: str, *, days: int | None) -> None:
    """Show what time it is in PARTNER's sandbox; with --days, move its clock forward.

    What falls due by then is done at once: points mature and end, tiers are reviewed.
    """
    with _ground() as ground:
        with ground.desk.work(ACTOR) as work:
            box = sandboxes.opened(work, partner_of(work, partner))
            ahead = box.ahead
            if days is not None:
                ahead = sandboxes.move(work, box, by=timedelta(days=days))
        now = SandboxClock(ahead)
        if days is not None:
            desk = ground.open(box, now)
            done, finished = catch_up(desk, within_s=_WITHIN_S)
            desk.hang_up()
            for name, count in done.items():
                click.echo(f"{name:20} {count}")
            if not finished:
                click.echo("There is more to do: the worker goes on.")
        click.echo(f"It is {now():%Y-%m-%d %H:%M:%S} UTC in the sandbox of {box.code}.")


@contextmanager
def _ground() -> Iterator[Ground]:
    settings = settings_of()
    with open_desk(settings) as desk:
        yield Ground(desk, settings, plugins=lambda: desk.plugins)


def _show(ground: Ground, opened: Opened) -> None:
    address = ground.address(opened.box.code)
    click.echo(f"The sandbox of {opened.box.code} is at {address}")
    for each in opened.box.clients:
        secret = opened.secrets.get(each.client_id, f"{each.prefix}… (as before)")
        click.echo(f"  {each.partner:16} {each.client_id}  {secret}")
    if opened.secrets:
        click.echo("The secrets are shown this once.")
    if opened.left_out:
        click.echo(f"Rules that name what it lacks are left out: {', '.join(opened.left_out)}")
