"""``stoa staff``: accounts of the operator's and the partners' people, for scripts."""

from uuid import UUID

import click
from rich.markup import escape
from sqlalchemy import select

from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of
from stoa.models.partners import Partner
from stoa.services import rosters
from stoa.services import staff as people
from stoa.values.roles import OPERATOR_ROLES, PARTNER_ROLES
from stoa.work import Work

__all__ = ["staff"]

_ROLES = (*OPERATOR_ROLES, *PARTNER_ROLES)


@click.group()
def staff() -> None:
    """Give people of the operator and of partners an account with a role."""


@staff.command(
    "hire",
    cls=Taught,
    examples="""
        stoa staff hire ada@example.org "Ada Chen"
        stoa staff hire fin@example.org "Grace Hughes" --role finance
        stoa staff hire li@market.example "Li Na" --role partner_admin --partner market
    """,
)
@click.argument("email")
@click.argument("name")
@click.option("--role", type=click.Choice(_ROLES), default="admin", show_default=True)
@click.option("--partner", help="The code of the partner, for a partner's role.")
@click.password_option(help="Asked for when not given; at least 12 characters.")
def hire(email: str, name: str, *, role: str, partner: str | None, password: str) -> None:
    """Give NAME an account at the admin web."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        partner_id = _partner(work, partner)
        people.hire(work, email, name, role=role, password=password, partner_id=partner_id)
    console().print(f"{escape(name)} can sign in as {escape(email)}.")


@staff.command("list", cls=Taught, examples="stoa staff list")
def listed() -> None:
    """List the accounts with their roles."""
    table = a_table("Name", "E-mail", "Role", "Partner", "State")
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        codes = {each.id: each.code for each in rosters.find_partners(work)}
        for each in people.everyone(work):
            partner = codes[each.partner_id] if each.partner_id else ""
            state = "open" if each.active else "dismissed"
            table.add_row(escape(each.name), escape(each.email), each.role, partner, state)
    console().print(table)


@staff.command(
    "role",
    cls=Taught,
    examples="stoa staff role fin@example.org auditor",
)
@click.argument("email")
@click.argument("role", type=click.Choice(_ROLES))
def change_role(email: str, role: str) -> None:
    """Give the person of EMAIL another ROLE of the same house; their sessions end."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        people.set_role(work, _person(work, email), role)
    console().print(f"{escape(email)} is {role} now.")


@staff.command("dismiss", cls=Taught, examples="stoa staff dismiss fin@example.org")
@click.argument("email")
def dismiss(email: str) -> None:
    """Close the account of EMAIL; its sessions end at once."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        people.dismiss(work, _person(work, email))
    console().print(f"{escape(email)} can't sign in any more.")


def _partner(work: Work, code: str | None) -> UUID | None:
    if code is None:
        return None
    found = work.session.scalar(select(Partner.id).where(Partner.code == code))
    if found is None:
        raise click.ClickException(f"There is no partner {code}.")
    return found


def _person(work: Work, email: str) -> UUID:
    wanted = email.strip().casefold()
    for each in people.everyone(work):
        if each.email.casefold() == wanted:
            return each.id
    raise click.ClickException(f"Nobody has an account as {email}.")
