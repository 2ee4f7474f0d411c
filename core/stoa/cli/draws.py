"""``stoa draw``: how draws for points stand, whether they are true, and how one is cancelled."""

import json

import click

from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of
from stoa.cli.person import as_person, signed_in
from stoa.services import draws

__all__ = ["draw"]


@click.group()
def draw() -> None:
    """See how draws for points stand, get a result, cancel one."""


@draw.command(
    "list",
    cls=Taught,
    examples="""
        stoa draw list
        stoa draw list --ended
    """,
)
@click.option("--ended", is_flag=True, help="Also those that are drawn or cancelled.")
def list_draws(*, ended: bool) -> None:
    """List the draws, with tickets sold and prizes left; each is reckoned again."""
    table = a_table("draw", "mode", "state", "sold", "prizes left", "true", numbers=("sold",))
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        found = draws.listed(work, ended=ended)
        for each in found:
            prizes = [prize for prize in draws.prizes_of(work, each.code) if prize.place]
            left = f"{sum(p.remaining for p in prizes)} of {sum(p.stock for p in prizes)}"
            wrong = draws.check(work, each.code)
            table.add_row(
                each.code, each.mode, each.standing(work.now()), str(each.sold), left,
                f"no: {wrong}" if wrong else "yes",
            )  # fmt: skip
    console().print(table if found else "There is no draw.")


@draw.command(
    "result",
    cls=Taught,
    examples="""
        stoa draw result summer > result.json
        stoa-sdk draw verify result.json
    """,
)
@click.argument("code")
def result(code: str) -> None:
    """Print all that is published of the draw CODE, as ``stoa-sdk draw verify`` reads it."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        click.echo(json.dumps(draws.proof(work, code), ensure_ascii=False, indent=1))


@draw.command(
    "cancel",
    cls=Taught,
    examples='stoa draw cancel summer --reason "the bike was stolen" --as ada@example.org',
)
@click.argument("code")
@click.option("--reason", required=True, help="Kept in the audit trail.")
@as_person
def cancel(code: str, *, reason: str, email: str, password: str) -> None:
    """Cancel the draw CODE for ever; workers give its open tickets back."""
    with open_desk(settings_of()) as desk:
        actor = signed_in(desk, email, password, "programme.change")
        with desk.work(actor) as work:
            sold = draws.cancel(work, code, reason=reason)
    console().print(f"Cancelled: the open ones of {sold} tickets go back to their members.")
