"""``stoa coupons``: codes of a pool issued or imported in bulk, with their progress."""

import sys
from pathlib import Path

import click

from stoa.cli.desk import ACTOR, Taught, open_desk, settings_of
from stoa.services import coupons
from stoa.values.amounts import Money

__all__ = ["coupons_"]

_AT_ONCE = 5_000


@click.group(name="coupons")
def coupons_() -> None:
    """Issue the codes of a pool of coupons, import codes, count them."""


@coupons_.command(
    "issue",
    cls=Taught,
    examples="""
        stoa coupons issue dinner-20 500 > codes.txt
        stoa coupons issue dinner-20 200000 > codes.txt
    """,
)
@click.argument("pool")
@click.argument("count", type=click.IntRange(1, 10_000_000))
def issue_codes(pool: str, count: int) -> None:
    """Issue COUNT codes of POOL for whoever shows them; one a line, told here alone.

    They are issued by five thousand: what was written when it ends early is issued.
    """
    done = 0
    with open_desk(settings_of()) as desk:
        while done < count:
            with desk.work(ACTOR) as work:
                made = coupons.issue_batch(work, pool, min(_AT_ONCE, count - done))
            for each in made:
                click.echo(each.code)
            done += len(made)
            _progress(done, count)


@coupons_.command(
    "import",
    cls=Taught,
    examples="""
        stoa coupons import partner-codes codes.csv
        stoa coupons import leaflets codes.txt --given
    """,
)
@click.argument("pool")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--given", is_flag=True, help="People have these codes already.")
def import_codes(pool: str, file: Path, *, given: bool) -> None:
    """Import the codes of FILE into POOL: one a line, a last day after a comma, or JSON objects.

    Lines that can't be are named, and the others kept; a second time nothing is new.
    """
    lines = file.read_text("utf-8-sig").splitlines()
    state = "issued" if given else "ready"
    new, wrong = 0, 0
    with open_desk(settings_of()) as desk:
        for start in range(0, len(lines), _AT_ONCE):
            with desk.work(ACTOR) as work:
                some = lines[start : start + _AT_ONCE]
                told = coupons.load(work, pool, some, state=state)
            for number, text in told.errors.items():
                click.echo(f"line {start + number}: {text}", err=True)
            new, wrong = new + told.new, wrong + len(told.errors)
            _progress(start + len(some), len(lines))
    click.echo(f"{new} codes are new, {wrong} lines were left out")


@coupons_.command("count", cls=Taught, examples="stoa coupons count dinner-20")
@click.argument("pool")
def count_codes(pool: str) -> None:
    """Tell what became of the codes of POOL."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        told = coupons.counts(work, pool)
        off = Money(told.discount_minor, work.programme.money_currency)
    left = "without a bound" if told.left is None else f"{told.left} left to issue"
    click.echo(f"{told.issued} given out, {told.ready} to be given out, {left}")
    click.echo(f"{told.spent} used up, {told.expired} over, {told.cancelled} taken back")
    click.echo(f"{told.redeemed} times redeemed, {off} off in all")


def _progress(done: int, of: int) -> None:
    """Tell how far it is, where somebody looks on and it takes a while."""
    if sys.stderr.isatty() and of > _AT_ONCE:
        click.echo(f"{done:,} of {of:,}", err=True)
