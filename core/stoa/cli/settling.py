"""``stoa settle pay|record|disputes``: pay for a closed month, tell what the bank moved."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

import click
from rich.markup import escape

from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of
from stoa.cli.person import as_somebody, somebody
from stoa.errors import PaymentUnknownError
from stoa.services import disputes, payments
from stoa.services.payments import Payment, Reconciled
from stoa.values.amounts import minor_exponent
from stoa.values.clearing.disputing import STATES
from stoa.values.clearing.statements import money_text

__all__ = ["disputes_", "pay", "record"]

_DAY = click.DateTime(("%Y-%m-%d",))
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(
    cls=Taught,
    examples="""
        stoa settle pay 2026-05
        stoa settle pay 2026-05 --file may.xml --money CNY --on 2026-06-30 --as ops@example.org
    """,
)
@click.argument("period")
@click.option("--currency", default="", help="Of points; the programme's by default.")
@click.option("--file", "path", type=_FILE, help="Write what goes out as pain.001 to this file.")
@click.option("--money", default="", help="In this money; the programme's by default.")
@click.option("--on", "day", type=_DAY, help="The day on which the bank shall pay; today.")
@as_somebody
def pay(
    period: str,
    currency: str,
    path: Path | None,
    money: str,
    day: datetime | None,
    *,
    email: str | None,
    password: str | None,
) -> None:
    """Propose what partners pay and are paid for the closed month PERIOD, less what is disputed.

    Asked again, what still waits is cut anew. With a file, what goes out is sent by it.
    """
    with open_desk(settings_of()) as desk:
        actor = somebody(desk, email, password, "clearing.change")
        with desk.work(actor) as work:
            code = currency or work.programme.currency
            payments.propose(work, code, period)
            if path is not None:
                made = payments.make_file(
                    work, code, money or work.programme.money_currency, period=period,
                    execute_on=day.date() if day else work.today(),
                )  # fmt: skip
                path.write_bytes(payments.file_of(work, made.id)[1])
                console().print(f"{made.message_id}: {made.payments} payments, {escape(str(path))}")
            found = payments.listed(work, points_currency=code, period=period)
    table = a_table(
        "partner", "pays", "gets", "due", "state", "reference", numbers=("pays", "gets")
    )
    for each in sorted(found, key=lambda one: one.partner_code):
        amount = f"{money_text(each.minor, each.currency)} {each.currency}"
        cells = (amount, "") if each.direction == "in" else ("", amount)
        table.add_row(each.partner_code, *cells, str(each.due_on), each.state, each.reference)
    console().print(table)


@click.command(
    cls=Taught,
    examples="""
        stoa settle record STOA26050K3M9QX2 --on 2026-06-30
        stoa settle record STOA26050K3M9QX2 --on 2026-06-30 --amount 80.00 --note "a part"
        stoa settle record bank.csv --dry-run
        stoa settle record camt053.xml --as ops@example.org
    """,
)
@click.argument("what")
@click.option("--on", "day", type=_DAY, help="The day by the bank's account; today.")
@click.option("--amount", default="", help="What the bank moved; all of it by default.")
@click.option("--note", default="")
@click.option("--money", default="", help="Of a CSV without a column for it.")
@click.option("--dry-run", is_flag=True, help="Tell what a file comes to, record nothing.")
@as_somebody
def record(
    what: str,
    *,
    day: datetime | None,
    amount: str,
    note: str,
    money: str,
    dry_run: bool,
    email: str | None,
    password: str | None,
) -> None:
    """Record what the bank moved: WHAT is a payment's reference, or the bank's CSV or camt.053."""
    with open_desk(settings_of()) as desk:
        actor = somebody(desk, email, password, "clearing.change")
        with desk.work(actor) as work:
            if Path(what).is_file():
                money = money or work.programme.money_currency
                data = Path(what).read_bytes()
                _print_file(payments.take_in(work, data, currency=money, dry_run=dry_run))
                return
            found = payments.listed(work, reference=what.upper(), limit=1)
            if not found:
                raise PaymentUnknownError("There is no file and no payment of this name.")
            on = day.date() if day else work.today()
            _print_paid(
                payments.record(
                    work, found[0].id, bank_date=on, bank_minor=_minor(amount, found[0]), note=note
                ),
                on,
            )


@click.command(
    "disputes",
    cls=Taught,
    examples="""
        stoa settle disputes
        stoa settle disputes --state open --period 2026-05
    """,
)
@click.option("--state", type=click.Choice(STATES), default=None)
@click.option("--period", default="", help="Of one month, YYYY-MM.")
def disputes_(state: str | None, period: str) -> None:
    """List disputes, the newest first: what is held back, until when, what became of it."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        found = disputes.listed(work, state=state or "", period=period)
    table = a_table(
        "id", "statement", "partner", "line", "points", "amount", "held", "state", "window",
        "why", numbers=("points", "amount", "held"),
    )  # fmt: skip
    for each in found:
        table.add_row(
            each.public_id, each.statement_no, each.partner_code, each.line, str(each.points),
            money_text(each.minor, each.money_currency),
            money_text(each.held_minor, each.money_currency), each.state, str(each.window_ends),
            f"{each.reason}: {escape(each.text[:60])}",
        )  # fmt: skip
    console().print(table)


def _minor(amount: str, payment: Payment) -> int | None:
    if not amount:
        return None
    try:
        minor = Decimal(amount).scaleb(minor_exponent(payment.currency))
    except InvalidOperation:
        minor = Decimal("0.1")
    if not minor.is_finite() or minor != minor.to_integral_value():
        raise click.ClickException(f"Write an amount of {payment.currency}, such as 84.00.")
    return int(minor)


def _print_paid(paid: Payment, on: date) -> None:
    told = f"{paid.reference} is settled on {on}"
    if paid.exchange_minor:
        told += f"; the exchange {money_text(paid.exchange_minor, paid.money_currency)}"
    console().print(told)


def _print_file(read: Reconciled) -> None:
    table = a_table("line", "day", "amount", "reference", "verdict", numbers=("line", "amount"))
    for each in read.outcomes:
        table.add_row(
            str(each.line.place), str(each.line.day),
            f"{money_text(each.line.minor, each.line.currency)} {each.line.currency}",
            each.reference or escape(each.line.text[:40]), each.verdict,
        )  # fmt: skip
    console().print(table)
    for wrong in read.errors:
        console().print(f"line {wrong.place}: {escape(wrong.text)}")
    if read.errors:
        raise click.ClickException("Nothing was recorded: lines of the file can't be read.")
    console().print(f"{read.recorded} payments were recorded.")
