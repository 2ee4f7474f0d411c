"""``stoa ledger``: whether the books are right."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of
from stoa.cli.replay import replay
from stoa.services import invariants
from stoa.services.invariants import CHECKS, Finding, Walk
from stoa.values.identifiers import public_id
from stoa.work import Desk

__all__ = ["ledger"]

_INTERRUPTED = 130
_STEP_PERCENT = 10


@click.group()
def ledger() -> None:
    """Prove that the books are right."""


ledger.add_command(replay)


@ledger.command(
    cls=Taught,
    examples="""
        stoa ledger verify
        stoa ledger verify --json > findings.json
        stoa ledger verify --limit 5 || echo "call someone"
    """,
)
@click.option("--limit", default=100, show_default=True, help="Most findings shown of one check.")
@click.option("--json", "as_json", is_flag=True, help="Write the findings as JSON.")
@click.pass_context
def verify(context: click.Context, limit: int, *, as_json: bool) -> None:
    """Recompute balances, lots, holds, debts and positions from the postings.

    Walks a live database slice by slice, each in a short snapshot of its own, and locks nothing:
    purchases go on meanwhile. Ends with 1 when anything differs; Ctrl-C ends it at any time.
    """
    found: list[Finding] = []
    with open_desk(settings_of()) as desk, _shown() as told:
        try:
            for walk in _walk(desk, found, limit):
                told(walk)
            whole = True
        except KeyboardInterrupt:
            whole = False
    _tell(found, whole=whole, as_json=as_json)
    if found:
        raise click.ClickException(f"{len(found)} findings: the ledger is not right.")
    if not whole:
        context.exit(_INTERRUPTED)


def _walk(desk: Desk, found: list[Finding], limit: int) -> Iterator[Walk]:
    with desk.work(ACTOR) as work:
        walk = invariants.begin(work)
    while not walk.finished:
        yield walk
        with desk.work(ACTOR) as work:
            walk, news = invariants.go_on(work, walk, limit=limit)
        found += news
    yield walk


@contextmanager
def _shown() -> Iterator[Callable[[Walk], None]]:
    screen = Console(stderr=True, highlight=False)
    if not screen.is_terminal:
        yield _lines(screen)
        return
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=screen,
        transient=True,
    )
    with bar:
        task = bar.add_task("measuring", total=None)
        yield lambda walk: bar.update(
            task, description=walk.name, completed=walk.completed, total=walk.total
        )


def _lines(screen: Console) -> Callable[[Walk], None]:
    """Return what writes a line where the screen is a file: one for each ten percent."""
    last = [-_STEP_PERCENT]

    def told(walk: Walk) -> None:
        percent = walk.completed * 100 // walk.total
        if percent >= last[0] + _STEP_PERCENT or walk.finished:
            last[0] = percent
            screen.print(f"{percent:3} %  {walk.name}")

    return told


def _tell(found: list[Finding], *, whole: bool, as_json: bool) -> None:
    rows = [
        {
            "check": each.check,
            "member": public_id("mem", each.member_id) if each.member_id else None,
            "currency": each.currency or None,
            "place": each.place,
            "detail": each.detail,
        }
        for each in found
    ]
    if as_json:
        click.echo(json.dumps({"checks": len(CHECKS), "complete": whole, "findings": rows}))
        return
    screen = console()
    if rows:
        table = a_table("check", "member", "currency", "place", "what differs")
        for row in rows:
            table.add_row(*(str(value or "") for value in row.values()))
        screen.print(table)
    if not whole:
        screen.print("Stopped before the end; run it again for the whole.")
    elif not rows:
        screen.print(f"The ledger is right: {len(CHECKS)} checks found nothing.")
