"""``stoa partner client``, ``secret`` and ``key``: what proves a partner's servers."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import click
from sqlalchemy import select

from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of
from stoa.errors import PartnerUnknownError
from stoa.models.partners import Partner
from stoa.services import credentials
from stoa.work import Work

__all__ = ["client", "key", "partner_of", "secret"]


@click.group()
def client() -> None:
    """OAuth clients of partners: see them, change what they may do, revoke them."""


@client.command("list", cls=Taught, examples="stoa partner client list grocery")
@click.argument("code")
def list_clients(code: str) -> None:
    """List the clients of the partner CODE."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        found = credentials.clients_of(work, partner_of(work, code))
    table = a_table("client", "name", "state", "dpop", "scopes")
    for each in found:
        state = "revoked" if each.revoked_at else "in use"
        table.add_row(each.id, each.name, state, each.dpop, " ".join(each.scopes))
    console().print(table)


@client.command(
    "change",
    cls=Taught,
    examples="""
        stoa partner client change cli_0… --dpop required
        stoa partner client change cli_0… --scope earn:write --scope members:read
    """,
)
@click.argument("client_id", metavar="CLIENT")
@click.option("--scope", "scopes", multiple=True, help="What it may do from now on.")
@click.option(
    "--dpop",
    type=click.Choice(["off", "required"]),
    help="Whether its tokens for moving points are bound to a key.",
)
def change(client_id: str, *, scopes: tuple[str, ...], dpop: str | None) -> None:
    """Change what CLIENT may do, from its next token on."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        credentials.change_client(work, client_id, scopes=scopes or None, dpop=dpop)
    console().print("Its next token follows this; those it has keep their scopes.")


@client.command(cls=Taught, examples="stoa partner client revoke cli_0… --yes")
@click.argument("client_id", metavar="CLIENT")
@click.option("--yes", is_flag=True, help="Don't ask.")
def revoke(client_id: str, *, yes: bool) -> None:
    """End CLIENT for good; its tokens are refused within 60 seconds."""
    if not yes:
        click.confirm("Lock out whoever uses it?", abort=True)
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        credentials.revoke_client(work, client_id)
    console().print("The client is revoked.")


@click.group()
def secret() -> None:
    """Secrets of clients: several are good at once, so one is changed without downtime."""


@secret.command("list", cls=Taught, examples="stoa partner secret list cli_0…")
@click.argument("client_id", metavar="CLIENT")
def list_secrets(client_id: str) -> None:
    """List the secrets of CLIENT that are good now, by their first letters."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        found = credentials.secrets_of(work, client_id)
    table = a_table("secret", "begins with", "made", "ends")
    for each in found:
        ends = f"{each.ends_at:%Y-%m-%d %H:%M}" if each.ends_at else ""
        table.add_row(each.id, each.prefix, f"{each.made_at:%Y-%m-%d %H:%M}", ends)
    console().print(table)


@secret.command(
    "rotate",
    cls=Taught,
    examples="""
        stoa partner secret rotate cli_0…
        stoa partner secret rotate cli_0… --overlap-hours 168
    """,
)
@click.argument("client_id", metavar="CLIENT")
@click.option(
    "--overlap-hours",
    type=click.IntRange(0, 24 * 90),
    default=24,
    show_default=True,
    help="How long the old ones stay good; 0 ends them now.",
)
def rotate_secret(client_id: str, *, overlap_hours: int) -> None:
    """Give CLIENT a new secret, shown this once."""
    overlap = timedelta(hours=overlap_hours)
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        fresh = credentials.rotate_secret(work, client_id, overlap=overlap)
    click.echo(f"export STOA_CLIENT_SECRET={fresh}")


@secret.command("end", cls=Taught, examples="stoa partner secret end cli_0… sec_0…")
@click.argument("client_id", metavar="CLIENT")
@click.argument("secret_id", metavar="SECRET")
def end_secret(client_id: str, secret_id: str) -> None:
    """End the SECRET of CLIENT now; its id stands in the list."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        credentials.end_secret(work, client_id, secret_id)
    console().print("The secret no longer fits.")


@secret.command(
    cls=Taught,
    examples="""
        stoa partner secret leaked < found.txt
        stoa partner secret leaked --end < found.txt
    """,
)
@click.argument("file", type=click.File(), default="-")
@click.option("--end", is_flag=True, help="End it now.")
def leaked(file: Any, *, end: bool) -> None:  # noqa: ANN401 - an open text file
    """Tell whose secret was found somewhere; it is read from FILE or the standard input."""
    found = file.read().strip()
    if not credentials.is_ours(found):
        raise click.ClickException("This is no secret of ours: its checksum is another.")
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        whose = credentials.leaked_secret(work, found)
        if whose is None:
            console().print("It is dead: no client in use has it.")
            return
        if end:
            credentials.end_secret(work, *whose)
    ended = "; it no longer fits" if end else ""
    console().print(f"It is the secret {whose[1]} of the client {whose[0]}{ended}.")


@click.group()
def key() -> None:
    """Public keys by which clients prove themselves in place of a secret."""


@key.command("list", cls=Taught, examples="stoa partner key list cli_0…")
@click.argument("client_id", metavar="CLIENT")
def list_keys(client_id: str) -> None:
    """List the keys of CLIENT that are good now."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        found = credentials.keys_of(work, client_id)
    table = a_table("kid", "signs with", "since")
    for each in found:
        table.add_row(each.kid, " ".join(each.algorithms), f"{each.made_at:%Y-%m-%d %H:%M}")
    console().print(table)


@key.command(
    "add",
    cls=Taught,
    examples="""
        stoa partner key add cli_0… key.pem
        stoa partner key add cli_0… jwks.json
    """,
)
@click.argument("client_id", metavar="CLIENT")
@click.argument("file", type=click.File())
def add_key(client_id: str, file: Any) -> None:  # noqa: ANN401 - an open text file
    """Take the public keys of FILE for CLIENT: a JWK, a JWK set or a PEM."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        added = credentials.add_keys(work, client_id, file.read())
    for each in added:
        click.echo(each.kid)


@key.command("end", cls=Taught, examples="stoa partner key end cli_0… 2026-11")
@click.argument("client_id", metavar="CLIENT")
@click.argument("kid")
def end_key(client_id: str, kid: str) -> None:
    """End the key KID of CLIENT now."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        credentials.end_key(work, client_id, kid)
    console().print("The key no longer proves the client.")


def partner_of(work: Work, code: str) -> UUID:
    """Return the partner of a code.

    Raises:
        PartnerUnknownError: there is none.
    """
    found: UUID | None = work.session.scalar(select(Partner.id).where(Partner.code == code))
    if found is None:
        raise PartnerUnknownError(f"No partner has the code {code}.")
    return found
