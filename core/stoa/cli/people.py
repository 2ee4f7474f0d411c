"""``stoa member``: the members of the alliance, for scripts."""

from datetime import datetime

import click

from stoa.cli.codes import member_code, member_pin
from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of
from stoa.cli.person import as_person, signed_in
from stoa.services import adjustments, currencies, ledger, members, mergers, rosters
from stoa.services.members import Token
from stoa.values.identifiers import public_id
from stoa.values.languages import ENGLISH, LANGUAGES

__all__ = ["member"]


@click.group()
def member() -> None:
    """Enrol members, look at their points, merge two memberships of one person."""


@member.command(
    "enrol",
    cls=Taught,
    examples="""
        stoa member enrol "Ada Chen"
        stoa member enrol "陈雨桐" --phone "+86 138 0013 8000" --locale zh-Hans
    """,
)
@click.argument("name")
@click.option("--phone", help="With the country code.")
@click.option("--email")
@click.option("--card", help="A card that is printed already; a new number is given without one.")
@click.option("--locale", type=click.Choice(LANGUAGES), default=ENGLISH)
@click.option("--born-on", type=click.DateTime(["%Y-%m-%d"]), help="Day of birth, YYYY-MM-DD.")
def enrol_member(
    name: str,
    *,
    phone: str | None,
    email: str | None,
    card: str | None,
    locale: str,
    born_on: datetime | None,
) -> None:
    """Enrol NAME and print the card number."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        _, number = members.enrol(
            work, name, locale=locale, source="cli", card=card, phone=phone, email=email,
            born_on=born_on and born_on.date(),
        )  # fmt: skip
    click.echo(number)


member.add_command(member_code)
member.add_command(member_pin)


@member.command(
    "show",
    cls=Taught,
    examples="""
        stoa member show 9900000000000004
        stoa member show ada@example.org --entries 50
    """,
)
@click.argument("token")
@click.option("--entries", default=10, show_default=True, help="Lines of the history.")
def show_member(token: str, entries: int) -> None:
    """Show the member of a card, phone number or e-mail address TOKEN, with points and history."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        found = members.find(work, _token(token))
        sheet = rosters.member(work, found.id)
        statement = ledger.balance_of(work, found.id, work.programme.currency)
        others = currencies.wallets(work, found.id)[1:]
        lines = ledger.history(work, found.id, work.programme.currency, limit=entries)
        places = rosters.places(work)
    screen, balance = console(), statement.balance
    screen.print(f"[bold]{sheet.name}[/]  {sheet.tier}  {sheet.status}")
    screen.print(
        f"{balance.available} available, {balance.held} held, {balance.pending} pending,"
        f" {balance.debt} owed"
    )
    for day, points in statement.expiring[:5]:
        screen.print(f"  {points} end on {day}")
    for other in others:
        screen.print(f"{other.balance.available} {other.balance.currency} available")
    table = a_table(
        "when", "kind", "points", "balance", "where", "why", numbers=("points", "balance")
    )
    for line in lines:
        store, shop = places.get(line.store_id or line.partner_id or found.id, ("", ""))
        table.add_row(
            f"{line.recorded_at:%Y-%m-%d %H:%M}", line.kind, f"{line.points:+}", str(line.balance),
            store or shop, line.arithmetic or line.reason,
        )  # fmt: skip
    screen.print(table)


@member.command(
    "merge",
    cls=Taught,
    examples="""
        stoa member merge 9900000000000004 ada@example.org --reason "two cards of one person"
    """,
)
@click.argument("old")
@click.argument("new")
@click.option("--reason", required=True, help="Kept in the audit trail.")
@click.option("--yes", is_flag=True, help="Do not ask; it can't be undone.")
def merge_members(old: str, new: str, *, reason: str, yes: bool) -> None:
    """Merge the member of token OLD into that of NEW: points, debt, holds and cards go there."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        old_id, new_id = (members.find(work, _token(each)).id for each in (old, new))
        seen = mergers.prospect(work, old_id, new_id)
        screen = console()
        screen.print(f"{seen.old_name} goes into {seen.new_name}:")
        for each in seen.balances:
            screen.print(
                f"  {each.available} {each.currency} available, {each.held} held,"
                f" {each.pending} pending, {each.debt} owed"
            )
        screen.print(f"  {seen.holds} open holds, {seen.identifiers} cards and contacts")
        if not yes:
            click.confirm("This can't be undone. Merge?", abort=True)
        mergers.merge(work, old_id, new_id, reason=reason)
        screen.print("Merged.")


@member.command(
    "adjust",
    cls=Taught,
    context_settings={"ignore_unknown_options": True},
    examples="""
        stoa member adjust 9900000000000004 500 --reason goodwill --note "late" --as eve@example.org
        stoa member adjust ada@example.org -500 --reason fraud --note "sold" --as eve@example.org
    """,
)
@click.argument("token")
@click.argument("points", type=int)
@click.option("--reason", required=True, type=click.Choice(adjustments.REASONS))
@click.option("--note", required=True, help="Why, in words; kept in the audit trail.")
@as_person
def adjust_member(
    token: str, points: int, *, reason: str, note: str, email: str, password: str
) -> None:
    """Give POINTS to the member of TOKEN, or take them where below zero."""
    with open_desk(settings_of()) as desk:
        actor = signed_in(desk, email, password, "adjustments.propose")
        with desk.work(actor) as work:
            found = members.find(work, _token(token))
            done = adjustments.adjust(work, found.id, points, reason_code=reason, note=note)
            balance = ledger.balance_of(work, found.id, done.currency).balance
    if done.state == "posted":
        click.echo(f"{done.points:+} {done.currency}; {balance.available} are available now.")
    else:
        name = public_id("adj", done.id)
        click.echo(f"A second person has to approve: stoa adjustment approve {name}")


def _token(text: str) -> Token:
    kind = "email" if "@" in text else "phone" if text.startswith(("+", "00")) else "card"
    return Token(kind, text)
