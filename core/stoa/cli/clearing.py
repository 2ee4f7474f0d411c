"""``stoa settle``: book what is owed for points, close periods, read what they came to."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from stoa.cli.clearing_terms import rates_, taxes_, terms_
from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of
from stoa.cli.liability import liability_, stress_
from stoa.cli.settling import disputes_, pay, record
from stoa.errors import ClosingRunningError
from stoa.services import clearing, journal
from stoa.services.clearing import Position
from stoa.values.clearing.statements import exact_text, money_text
from stoa.values.identifiers import public_id
from stoa.work import Desk, Work
from stoa.worker import worker_limits

__all__ = ["settle"]

_CURRENCY = click.option("--currency", default="", help="Of points; the programme's by default.")


@click.group()
def settle() -> None:
    """Book what is owed for points, close months, pay them; say how points are cleared."""


for _each in (terms_, rates_, taxes_, pay, record, disputes_, liability_, stress_):
    settle.add_command(_each)


@settle.command(cls=Taught, examples="stoa settle book")
def book() -> None:
    """Log and book every posting that is not booked yet, and what benefits and coupons cost.

    The worker does the same within seconds; nothing is booked twice.
    """
    with open_desk(worker_limits(settings_of())) as desk, _bar("booking") as told:
        done = _catch_up(desk, told)
        while _once(desk, journal.book_dues):
            pass
    console().print(f"{done} postings were booked.")


@settle.command(
    cls=Taught,
    examples="""
        stoa settle close 2026-05
        stoa settle close 2026-05 --currency STAR
    """,
)
@click.argument("period")
@_CURRENCY
def close(period: str, currency: str) -> None:
    """Close the month PERIOD: freeze one statement a partner, and the operator's.

    What is logged later falls into the next month. Closing again changes nothing and prints the
    same. While another process closes, this one says so and ends with 0.
    """
    with open_desk(worker_limits(settings_of())) as desk:
        with _bar("booking") as told:
            _catch_up(desk, told)
        try:
            with desk.work(ACTOR) as work, _bar("closing") as told:
                closed = clearing.close(
                    work, period, currency=currency, progress=lambda name: told(0, 0, name)
                )
        except ClosingRunningError as running:
            console().print(f"{running.title}: nothing was done.")
            return
        _print_statements(desk, closed.period, currency)
        again = "was closed before" if closed.again else "is closed"
        console().print(f"{period} {again}, sha256 {closed.sha256}", soft_wrap=True)


@settle.command(
    cls=Taught,
    examples="""
        stoa settle statements
        stoa settle statements --period 2026-05
        stoa settle statements --show stm_…
    """,
)
@click.option("--period", default="", help="Of one month, YYYY-MM.")
@click.option("--show", default="", help="Print the frozen document of this statement.")
@_CURRENCY
def statements(period: str, show: str, currency: str) -> None:
    """List frozen statements, the newest first, or print one byte for byte."""
    with open_desk(settings_of()) as desk:
        if show:
            with desk.work(ACTOR) as work:
                click.echo(clearing.statement(work, show).document)
        else:
            _print_statements(desk, period, currency)


@settle.command(cls=Taught, examples="stoa settle positions")
@_CURRENCY
def positions(currency: str) -> None:
    """Tell what each partner owes by now (above zero) or is owed, and the operator."""
    table = a_table("partner", "opening", "since", "net", "points left", numbers=_NUMBERS)
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        found = clearing.positions(work, currency=currency)
        names = _codes(work)
    for each in found:
        table.add_row(
            names.get(each.partner_id, "operator"), exact_text(each.opening),
            exact_text(each.net - each.opening), exact_text(each.net), str(each.points.closing),
        )  # fmt: skip
    console().print(table)
    if found:
        console().print(_as_of(found[0]))


@settle.command(cls=Taught, examples="stoa settle verify")
@_CURRENCY
def verify(currency: str) -> None:
    """Derive the journal and all statements again from the log, and name what differs.

    Ends with 1 when anything does.
    """
    wrong = 0
    with open_desk(worker_limits(settings_of())) as desk, desk.work(ACTOR) as work:
        for each in journal.replay(work):
            wrong += 1
            console().print(f"{each.where}: {each.wrong} {each.detail}", soft_wrap=True)
        code = currency or work.programme.currency
        for period in clearing.periods(work, code):
            for one in clearing.verify(work, period.period, currency=code):
                wrong += 1
                console().print(f"{one.period} {one.no}: {one.differs}", soft_wrap=True)
    if wrong:
        raise click.ClickException(f"{wrong} differences: the journal is not what the log says.")
    console().print("The journal and all statements are what the log says.")


_NUMBERS = ("opening", "since", "net", "points left", "closing")
_Told = Callable[[int, int, str], None]


def _catch_up(desk: Desk, told: _Told) -> int:
    done = 0
    while some := _once(desk, clearing.catch_up):
        done += some
        told(done, done + _once(desk, journal.behind), "booking")
    return done


def _once(desk: Desk, deed: Callable[[Work], int]) -> int:
    with desk.work(ACTOR) as work:
        return deed(work)


def _print_statements(desk: Desk, period: str, currency: str) -> None:
    table = a_table("period", "no", "partner", "opening", "closing", "id", numbers=_NUMBERS)
    with desk.work(ACTOR) as work:
        names = _codes(work)
        for each in clearing.statements_of(work, period=period, currency=currency):
            table.add_row(
                each.period, each.no, names.get(each.partner_id, "operator"),
                money_text(each.opening_minor, each.money_currency),
                money_text(each.closing_minor, each.money_currency), public_id("stm", each.id),
            )  # fmt: skip
    console().print(table)


def _codes(work: Work) -> dict[object, str]:
    return {row[0]: row[1] for row in work.rows("SELECT id, code FROM partners")}


def _as_of(position: Position) -> str:
    behind = f", {position.behind} postings are not booked yet" if position.behind else ""
    return f"{position.period} is open; as of place {position.place} of the log{behind}."


@contextmanager
def _bar(name: str) -> Iterator[_Told]:
    """Show how far it is, where somebody watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    screen = Console(stderr=True, highlight=False)
    with Progress(*columns, TimeElapsedColumn(), console=screen, transient=True) as progress:
        task = progress.add_task(name, total=None)

        def told(done: int, total: int, name: str) -> None:
            progress.update(task, description=name, completed=done, total=total or None)

        yield told
