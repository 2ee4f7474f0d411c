"""``stoa benefits``: what members enjoyed, what it cost whom, and what nobody uses."""

from datetime import date, timedelta

import click

from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of
from stoa.services import benefits
from stoa.services.benefits import Usage
from stoa.values.amounts import Money, decimal_text
from stoa.values.periods import Period

__all__ = ["benefits_"]


@click.group("benefits")
def benefits_() -> None:
    """See how benefits are used."""


@benefits_.command(
    "usage",
    cls=Taught,
    examples="""
        stoa benefits usage
        stoa benefits usage --days 90 --unused 30
    """,
)
@click.option("--days", type=click.IntRange(1, 3660), default=30, help="So many days until today.")
@click.option(
    "--unused", type=click.IntRange(0, 3660), help="Only what nobody used for so many days."
)
def usage(*, days: int, unused: int | None) -> None:
    """Tell for each benefit how often it was used, what it was worth and who paid."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        today = work.today()
        span = Period(today - timedelta(days=days - 1), today + timedelta(days=1))
        found = benefits.report(work, span)
    if unused is not None:
        found = [each for each in found if _idle(each, today, unused)]
    table = a_table(
        "benefit", "partner", "state", "used", "members", "quantity", "worth", "paid by", "last",
        numbers=("used", "members", "quantity", "worth"),
    )  # fmt: skip
    for each in found:
        paid = ", ".join(
            f"{cost.name or 'operator'} {Money(cost.minor, each.currency).amount}"
            for cost in each.costs
        )
        table.add_row(
            each.benefit, each.partner or "all", each.state, str(each.used), str(each.members),
            f"{decimal_text(each.quantity_milli)} {each.unit}",
            str(Money(each.worth_minor, each.currency)), paid,
            each.last_used.isoformat() if each.last_used else "never",
        )  # fmt: skip
    console().print(table if found else "Nothing.")


def _idle(usage: Usage, today: date, days: int) -> bool:
    idle = usage.unused_since(today)
    return idle is None or idle >= days
