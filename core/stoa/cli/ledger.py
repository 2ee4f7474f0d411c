"""``stoa ledger``: whether the books are right."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

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

from stoa.cli import log as log_cli
from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of
from stoa.cli.replay import replay
from stoa.services import invariants, log
from stoa.services.invariants import CHECKS, Finding, Walk
from stoa.values.identifiers import public_id
from stoa.work import Desk
from stoa.worker import worker_limits

__all__ = ["ledger"]

_INTERRUPTED = 130
_STEP_PERCENT = 10
_WHOLE = 100


@click.group()
def ledger() -> None:
    """Prove that the books are right."""


for _command in (replay, log_cli.log_, log_cli.checkpoint, log_cli.key, log_cli.witness):
    ledger.add_command(_command)


@ledger.command(
    cls=Taught,
    examples="""
        stoa ledger verify
        stoa ledger verify --json > findings.json
        stoa ledger verify --limit 5 || echo "call someone"
        stoa ledger verify --checkpoint /mnt/elsewhere/friday.checkpoint
    """,
)
@click.option("--limit", default=100, show_default=True, help="Most findings shown of one check.")
@click.option("--json", "as_json", is_flag=True, help="Write the findings as JSON.")
@click.option(
    "--checkpoint",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A checkpoint that was kept outside, in which the log has to agree.",
)
@click.pass_context
def verify(context: click.Context, limit: int, checkpoint: Path | None, *, as_json: bool) -> None:
    """Recompute balances, lots, holds, debts and positions from the postings, and then the log.

    Walks a live database slice by slice, each in a short snapshot of its own, and locks nothing:
    purchases go on meanwhile. Of the log, the first finding names the first bad entry. Ends with 1
    when anything differs; Ctrl-C ends it at any time.
    """
    found: list[Finding | log.Finding] = []
    kept = checkpoint.read_text("utf-8") if checkpoint else None
    with open_desk(worker_limits(settings_of())) as desk, _shown() as told:
        try:
            for walk in _walk(desk, found, limit):
                told(_Stand(walk.name, walk.completed, walk.total))
            found += _log(desk, kept, told)[:limit]
            whole = True
        except KeyboardInterrupt:
            whole = False
    _tell(found, whole=whole, as_json=as_json)
    if found:
        raise click.ClickException(f"{len(found)} findings: the ledger is not right.")
    if not whole:
        context.exit(_INTERRUPTED)


@dataclass(frozen=True, slots=True)
class _Stand:
    """What is looked at just now, and how much of how much of it is done."""

    name: str
    completed: int
    total: int


def _log(desk: Desk, kept: str | None, told: Callable[[_Stand], None]) -> list[log.Finding]:
    with desk.work(ACTOR) as work:
        return log.find_tampering(
            work,
            told=lambda done, total: told(_Stand("the log is as it was signed", done, total)),
            checkpoint=kept,
        )


def _walk(desk: Desk, found: list[Finding | log.Finding], limit: int) -> Iterator[Walk]:
    with desk.work(ACTOR) as work:
        walk = invariants.begin(work)
    while not walk.finished:
        yield walk
        with desk.work(ACTOR) as work:
            walk, news = invariants.go_on(work, walk, limit=limit)
        found += news
    yield walk


@contextmanager
def _shown() -> Iterator[Callable[[_Stand], None]]:
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
        yield lambda stand: bar.update(
            task, description=stand.name, completed=stand.completed, total=stand.total
        )


def _lines(screen: Console) -> Callable[[_Stand], None]:
    """Return what writes a line where the screen is a file: one for each ten percent."""
    last = [-_STEP_PERCENT, 0]

    def told(stand: _Stand) -> None:
        percent = stand.completed * 100 // max(stand.total, 1)
        if stand.total != last[1]:  # another walk has begun
            last[:] = -_STEP_PERCENT, stand.total
        if percent >= last[0] + _STEP_PERCENT or (percent == _WHOLE and last[0] != _WHOLE):
            last[0] = percent
            screen.print(f"{percent:3} %  {stand.name}")

    return told


def _tell(found: list[Finding | log.Finding], *, whole: bool, as_json: bool) -> None:
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
        screen.print(f"The ledger is right: {len(CHECKS)} checks found nothing, nor did the log.")
