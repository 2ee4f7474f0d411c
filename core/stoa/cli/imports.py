"""``stoa import``: purchases and balances of the past, and an alliance from a document."""

import csv
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import monotonic
from typing import NoReturn

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

from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of, sit_down
from stoa.database import find_database
from stoa.services import alliances, imports
from stoa.services.imports import CLASSES, ImportReport, Told
from stoa.services.imports.lines import WrongRow
from stoa.values.alliance import read_alliance
from stoa.values.mapping import ImportMapping, read_mapping
from stoa.values.sections import InvalidDocumentError

__all__ = ["import_", "import_alliance", "import_openings", "import_purchases"]

_SMALL_BYTES = 200_000
_MOST_HANDS = 4
_SHOWN = 20
_File = click.Path(exists=True, dir_okay=False, path_type=Path)

_FIGURES = {
    "enrolled": "members enrolled",
    "purchases": "purchases",
    "pending": "of them wait for their plugin",
    "reversals": "reversals of purchases",
    "partly_returned": "returned lines with a rest that matched nothing",
    "points_earned": "points earned",
    "points_taken_back": "points taken back",
}


@click.group("import")
def import_() -> None:
    """Import purchases, opening balances, an alliance."""


@import_.command(
    "purchases",
    cls=Taught,
    examples="""
        stoa import purchases sales.csv.xz --mapping mapping.toml --dry-run
        stoa import purchases sales.csv.xz --mapping mapping.toml --report wrong.csv
    """,
)
@click.argument("file", type=_File)
@click.option("--mapping", "mapping_file", required=True, type=_File, help="How the file is read.")
@click.option("--dry-run", is_flag=True, help="Compute and report everything, write nothing.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Wrong lines, CSV.")
@click.option("--hands", type=click.IntRange(1, 64), help="Processes that post side by side.")
def import_purchases(
    file: Path, *, mapping_file: Path, dry_run: bool, report: Path | None, hands: int | None
) -> None:
    """Import the purchases and returns of FILE: .csv, .csv.gz or .csv.xz.

    A killed import is taken up where it stood when it is called again, and a file that was imported
    changes nothing.
    """
    mapping = _read_mapping(mapping_file)
    settings = settings_of()
    database = find_database(settings)
    if hands is None:
        small = file.stat().st_size < _SMALL_BYTES
        hands = 1 if small else min(_MOST_HANDS, os.cpu_count() or 1)
    started = monotonic()
    with open_desk(settings, url=database.app_url) as desk, _shown() as told:
        done = imports.run_import(
            desk, file, mapping, dry_run=dry_run, progress=told, hands=hands,
            open_desk=partial(sit_down, settings, database.app_url),
        )  # fmt: skip
    _tell(done, monotonic() - started)
    if report is not None:
        _write(report, done.wrong)
        click.echo(f"{len(done.wrong)} lines are in {report}.")


@import_.command(
    "openings",
    cls=Taught,
    examples="""
        stoa import openings balances.csv --currency STAR --dry-run
        stoa import openings balances.csv.gz --currency STAR --report wrong.csv
    """,
)
@click.argument("file", type=_File)
@click.option("--currency", required=True, help="Code of the points, such as STAR.")
@click.option("--dry-run", is_flag=True, help="Compute and report everything, write nothing.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Wrong lines, CSV.")
def import_openings(file: Path, *, currency: str, dry_run: bool, report: Path | None) -> None:
    """Open a lot for each line of FILE: .csv, .csv.gz or .csv.xz with a first line of columns.

    A killed import is taken up where it stood when it is called again, and a line that opened a
    lot changes nothing.
    """
    started = monotonic()
    with open_desk(settings_of()) as desk, _shown() as told:
        done = imports.open_balances(desk, file, currency, dry_run=dry_run, progress=told)
    screen, seconds = console(), monotonic() - started
    screen.print("This would be opened; nothing was written." if dry_run else "The file is read.")
    table = a_table("lines", "", "points", numbers=("lines", "points"))
    table.add_row(f"{done.opened:,}", "opened", f"{done.points:,}")
    table.add_row(f"{done.known:,}", "opened before")
    for code, count in sorted(Counter(row.code for row in done.wrong).items()):
        table.add_row(f"{count:,}", code)
    table.add_row(f"{done.lines:,}", "in all")
    screen.print(table)
    for partner, points in sorted(done.by_partner.items()):
        screen.print(f"{points:,} points of {partner or 'the operator'}")
    screen.print(f"{done.members:,} members, {seconds:.1f} s, {done.lines / seconds:,.0f} lines/s")
    for row in done.wrong[:_SHOWN]:
        screen.print(f"line {row.line}: {row.code}: {row.detail}")
    if len(done.wrong) > _SHOWN:
        screen.print(f"and {len(done.wrong) - _SHOWN:,} more; --report writes all of them")
    if report is not None:
        _write(report, done.wrong)
        click.echo(f"{len(done.wrong)} lines are in {report}.")


@import_.command(
    "alliance",
    cls=Taught,
    examples="stoa import alliance examples/online-retail/alliance.toml",
)
@click.argument("file", type=_File)
def import_alliance(file: Path) -> None:
    """Found the alliance of FILE: points, tiers, sites, partners and stores.

    What is there already stays, what differs is changed; a second time changes nothing. Agreements
    that differ are proposed: a second person approves them.
    """
    try:
        alliance = read_alliance(file.read_text("utf-8"))
    except (InvalidDocumentError, UnicodeDecodeError) as wrong:
        _refuse(file, wrong)
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        done = alliances.found(work, alliance)
    told = [f"{name}: {number}" for name, number in done.items() if number]
    click.echo(", ".join(told) or "The alliance is as the document says; nothing was changed.")
    if done.get("agreements proposed"):
        click.echo("Nothing else holds until a second person agrees: stoa partner proposals")


def _read_mapping(file: Path) -> ImportMapping:
    try:
        return read_mapping(file.read_text("utf-8"))
    except (InvalidDocumentError, UnicodeDecodeError) as wrong:
        _refuse(file, wrong)


def _refuse(file: Path, wrong: Exception) -> NoReturn:
    raise click.ClickException(f"{file} can't be used.\n{wrong}") from wrong


@contextmanager
def _shown() -> Iterator[Told]:
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]} lines/s"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    steps = {
        name: bar.add_task(name, total=1.0, start=False, visible=False, rate="–")
        for name in ("reading", "posting")
    }
    begun: dict[str, tuple[float, int]] = {}

    def told(progress: imports.Progress) -> None:
        step = steps[progress.step]
        if progress.step not in begun:
            begun[progress.step] = (monotonic(), progress.lines)
            bar.start_task(step)
        since, before = begun[progress.step]
        passed, lines = monotonic() - since, progress.lines - before
        rate = f"{lines / passed:,.0f}" if lines and passed else "–"
        bar.update(step, completed=progress.share, rate=rate, visible=True)

    with bar:
        yield told


def _tell(done: ImportReport, seconds: float) -> None:
    screen = console()
    states = {
        "imported": "The file is imported.",
        "resumed": "The import was taken up where it stood, and is done.",
        "already imported": "This file is already imported; nothing was changed.",
        "rehearsed": "This would be imported; nothing was written.",
    }
    screen.print(states[done.state])
    counts = Counter(done.counts)
    lines = a_table("lines", "", numbers=("lines",))
    for name in CLASSES:
        lines.add_row(f"{counts[name]:,}", name.replace("_", " "))
    lines.add_row(f"{done.lines:,}", "in all")
    screen.print(lines)
    for name, text in _FIGURES.items():
        if counts[name]:
            screen.print(f"{counts[name]:,} {text}")
    if done.state in {"imported", "rehearsed"}:
        screen.print(f"{seconds:.1f} s, {done.lines / seconds:,.0f} lines/s")


def _write(report: Path, wrong: Sequence[WrongRow]) -> None:
    with report.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("line", "code", "detail"))
        rows.writerows((row.line, row.code, row.detail) for row in wrong)
