"""``stoa tiers``: who stands where, tiers given by hand, all members looked at anew."""

from datetime import datetime

import click
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of
from stoa.cli.person import as_person, signed_in
from stoa.services import members, tiers
from stoa.services.members import Token
from stoa.services.tiers import View
from stoa.values.languages import ENGLISH, LANGUAGES

__all__ = ["tiers_"]


@click.group("tiers")
def tiers_() -> None:
    """See members' standings, give a tier by hand, look at all members anew."""


@tiers_.command(
    cls=Taught,
    examples="""
        stoa tiers reassess
    """,
)
def reassess() -> None:
    """Look at every member by the ladders that hold: after an import.

    Whoever has earned a higher tier rises; nobody falls but by a review or a return. Workers do
    the same by themselves when another version of a ladder holds. It runs
    beside servers and workers, and may be broken off and begun again.
    """
    bars = (
        TextColumn("looking at members"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        TimeRemainingColumn(),
    )  # fmt: skip
    screen = console()
    with open_desk(settings_of()) as desk:
        with Progress(*bars, console=screen, transient=True) as progress:
            task = progress.add_task("", total=None)
            done = tiers.reassess_all(
                desk,
                ACTOR,
                told=lambda now: progress.update(task, total=now.total, completed=now.done),
            )
        screen.print(f"{done.done} members, {done.changed} standings changed.")


@tiers_.command(
    cls=Taught,
    examples="""
        stoa tiers show 9900000000000004
        stoa tiers show ada@example.org --language zh-Hans
    """,
)
@click.argument("token")
@click.option("--language", type=click.Choice(LANGUAGES), default=ENGLISH, show_default=True)
def show(token: str, *, language: str) -> None:
    """Show where the member of a card, phone number or e-mail address TOKEN stands, and why."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        found = members.find(work, _token(token))
        views = tiers.view(work, found.id)
        changes = tiers.changes(work, found.id)
    for view in views:
        _show(view, language)
    if changes:
        table = a_table("when", "ladder", "from", "to", "how", "who")
        for each in changes:
            how = each.reason or each.origin
            table.add_row(
                f"{each.at:%Y-%m-%d %H:%M}", each.ladder, each.before, each.tier, escape(how),
                each.actor,
            )  # fmt: skip
        console().print(table)


@tiers_.command(
    cls=Taught,
    examples="""
        stoa tiers assign 9900000000000004 gold --reason "moved here from another programme"
        stoa tiers assign 9900000000000004 gold --reason regret --until 2026-12-31
    """,
)
@click.argument("token")
@click.argument("tier")
@click.option("--reason", required=True, help="What the member and the audit trail are told.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day, YYYY-MM-DD.")
@click.option("--ladder", help="The main ladder by default.")
@as_person
def assign(
    token: str,
    tier: str,
    *,
    reason: str,
    until: datetime | None,
    ladder: str | None,
    email: str,
    password: str,
) -> None:
    """Put the member of TOKEN into TIER, for a time or to the next review."""
    with open_desk(settings_of()) as desk:
        actor = signed_in(desk, email, password, "members.change")
        with desk.work(actor) as work:
            found = members.find(work, _token(token))
            tiers.assign(
                work, found.id, tier, reason=reason, until=until.date() if until else None,
                ladder=ladder,
            )  # fmt: skip
    console().print(f"{escape(found.display_name)} is {tier} now.")


def _show(view: View, language: str) -> None:
    screen = console()
    screen.print(
        f"[bold]{escape(view.ladder.name.of(language))}[/]: {escape(view.tier.name.of(language))}"
    )
    if view.footing and view.footing.review_on:
        screen.print(f"  reviewed on {view.footing.review_on}")
    if view.footing and view.footing.falls_on:
        screen.print(f"  falls on {view.footing.falls_on}")
    if view.footing and view.footing.until:
        screen.print(f"  given until {view.footing.until}")
    if view.says:
        screen.print(f"  {escape(view.says[language])}")
    for outlook in view.next:
        screen.print(f"  {escape(outlook.says[language])}")


def _token(text: str) -> Token:
    kind = "email" if "@" in text else "phone" if text.startswith(("+", "00")) else "card"
    return Token(kind, text)
