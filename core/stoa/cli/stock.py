"""``stoa stock``: how many units of rewards are left, and how to put more in."""

import click
from rich.markup import escape

from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of
from stoa.cli.person import as_somebody, somebody
from stoa.services import stock

__all__ = ["stock_"]

_MOST = 10**9


@click.group("stock")
def stock_() -> None:
    """See what is left of rewards that are counted, put in more, count anew."""


@stock_.command(
    "list",
    cls=Taught,
    examples="""
        stoa stock list
        stoa stock list --search mug
        stoa stock list --moves grocery:mug
    """,
)
@click.option("--search", default="", help="A part of the reward's id.")
@click.option("--moves", metavar="REWARD", help="Every change of this reward's stock instead.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
def list_stock(*, search: str, moves: str | None, limit: int) -> None:
    """Show what is left of the rewards that are counted, by their ids."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        if moves is not None:
            table = a_table("when", "what", "change", "order", "who", "why")
            for move in stock.moves(work, moves, limit=limit):
                table.add_row(
                    f"{move.at:%Y-%m-%d %H:%M:%S}", move.kind, f"{move.change:+}",
                    move.order or "", move.by, escape(move.reason),
                )  # fmt: skip
        else:
            table = a_table("reward", "left", "put in", "taken today")
            for item in stock.items(work, q=search, limit=limit):
                table.add_row(
                    escape(item.item), str(item.left), str(item.put_in), str(item.taken_today)
                )
    console().print(table)


@stock_.command(
    "add",
    cls=Taught,
    examples="""
        stoa stock add grocery:mug 24 --reason "a box came" --as ops@example.org
        stoa stock add grocery:mug --reason broken --as ops@example.org -- -2
    """,
)
@click.argument("reward")
@click.argument("units", type=click.IntRange(-_MOST, _MOST))
@click.option("--reason", required=True)
@as_somebody
def add_stock(
    reward: str, units: int, *, reason: str, email: str | None, password: str | None
) -> None:
    """Put UNITS of REWARD in, or take them away where they are below zero."""
    with open_desk(settings_of()) as desk:
        actor = somebody(desk, email, password, "stock.change")
        with desk.work(actor) as work:
            left = stock.add(work, reward, units, reason=reason)
    console().print(f"{left} left of {escape(reward)}.")


@stock_.command(
    "set",
    cls=Taught,
    examples="""
        stoa stock set grocery:mug 12 --reason counted --as ops@example.org
    """,
)
@click.argument("reward")
@click.argument("units", type=click.IntRange(0, _MOST))
@click.option("--reason", required=True)
@as_somebody
def set_stock(
    reward: str, units: int, *, reason: str, email: str | None, password: str | None
) -> None:
    """Say that UNITS of REWARD are left, as somebody counted them."""
    with open_desk(settings_of()) as desk:
        actor = somebody(desk, email, password, "stock.change")
        with desk.work(actor) as work:
            left = stock.count(work, reward, units, reason=reason)
    console().print(f"{left} left of {escape(reward)}.")
