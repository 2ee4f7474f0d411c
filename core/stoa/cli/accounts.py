"""``stoa partner account``: as whom papers and banks know a partner."""

import click

from stoa.cli.clients import partner_of
from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of
from stoa.cli.person import as_somebody, somebody
from stoa.services import entities, rosters
from stoa.values.clearing.statements import Entity

__all__ = ["account"]


@click.group()
def account() -> None:
    """See and say as whom papers and banks know a partner."""


@account.command(
    "show",
    cls=Taught,
    examples="""
        stoa partner account show
        stoa partner account show grocery
    """,
)
@click.argument("code", required=False)
def show(code: str | None) -> None:
    """Show every partner's legal entity, or all that was ever said of the partner CODE's."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        names = rosters.staff_names(work)
        if code is None:
            knowns = [entities.of(work, each.id) for each in rosters.find_partners(work)]
            found = [(each.entity, each.version, each.account_by) for each in knowns]
        else:
            said = entities.versions(work, partner_of(work, code))
            found = [(each.entity, each.version, each.changed_by) for each in said]
    table = a_table(
        "partner", "version", "name", "tax number", "account", "by", numbers=("version",)
    )
    for entity, version, by in found:
        paid_to = " ".join(each for each in (entity.account, entity.bic) if each)
        table.add_row(
            entity.code, str(version), entity.name, entity.tax_number, paid_to, names.get(by, by)
        )
    console().print(table)


@account.command(
    "set",
    cls=Taught,
    examples="""
        stoa partner account set grocery --name "Harbour Grocery Ltd" --tax-number 9131-0115
        stoa partner account set grocery --address "1 Quay Street" --address "200001 Shanghai"
        stoa partner account set grocery --account DE89370400440532013000 --as ada@example.org
    """,
)
@click.argument("code")
@click.option("--name", help="The legal name.")
@click.option("--address", multiple=True, help="A line of the address; may be repeated.")
@click.option("--tax-number", help="As tax papers state it.")
@click.option("--account", "number", help="An IBAN, or another account number.")
@click.option("--bic", help="Of its bank.")
@as_somebody
def set_account(
    code: str,
    *,
    name: str | None,
    address: tuple[str, ...],
    tax_number: str | None,
    number: str | None,
    bic: str | None,
    email: str | None,
    password: str | None,
) -> None:
    """Say as whom the partner CODE is known; what is not said stays as it is.

    Statements of months that are over keep what they say. Whoever names an account never makes the
    file that pays to it.
    """
    with open_desk(settings_of()) as desk:
        actor = somebody(desk, email, password, "accounts.change")
        with desk.work(actor) as work:
            partner_id = partner_of(work, code)
            was = entities.of(work, partner_id).entity
            asked = Entity(
                was.name if name is None else name, was.code, address or was.address,
                was.tax_number if tax_number is None else tax_number,
                was.account if number is None else number, was.bic if bic is None else bic,
            )  # fmt: skip
            known = entities.change(work, partner_id, asked)
    console().print(
        f"{code} is known as {known.entity.name} from now on (version {known.version})."
    )
