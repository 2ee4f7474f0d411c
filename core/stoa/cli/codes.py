"""``stoa member code`` and ``stoa member pin``: what a member shows, and the PIN."""

import click
import segno

from stoa.cli.desk import ACTOR, Taught, open_desk, settings_of
from stoa.services import member_codes, members, step_up
from stoa.services.members import Token

__all__ = ["member_code", "member_pin"]


@click.command(
    "code",
    cls=Taught,
    examples="""
        stoa member code 9900000000000004
        stoa member code ada@example.org --plain
        stoa member code 9900000000000004 --renew "lost phone"
    """,
)
@click.argument("token")
@click.option("--plain", is_flag=True, help="Only the code, for scripts.")
@click.option("--renew", help="Why the code is replaced; the old one ends at once.")
def member_code(token: str, *, plain: bool, renew: str | None) -> None:
    """Show the code of the member of a card, phone number or e-mail address TOKEN."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        found = members.find(work, _token(token))
        if renew is not None:
            shown = member_codes.renew(work, found.id, reason=renew)
        else:
            shown = member_codes.show(work, found.id)
    click.echo(shown.text)
    if not plain:
        segno.make(shown.text, error="m").terminal(compact=True)
        click.echo(f"It changes at {shown.renews_at:%H:%M:%S} UTC and pays until a half minute on.")


@click.command(
    "pin",
    cls=Taught,
    examples="""
        stoa member pin 9900000000000004
        stoa member pin ada@example.org --clear
    """,
)
@click.argument("token")
@click.option("--clear", is_flag=True, help="Take the PIN away.")
def member_pin(token: str, *, clear: bool) -> None:
    """Give the member of TOKEN a PIN, asked for twice, or take it away."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        found = members.find(work, _token(token))
        if clear:
            step_up.clear_pin(work, found.id)
        else:
            pin = click.prompt("PIN", hide_input=True, confirmation_prompt=True)
            step_up.set_pin(work, found.id, pin)
    click.echo("The PIN is taken away." if clear else "The PIN is set.")


def _token(text: str) -> Token:
    kind = "email" if "@" in text else "phone" if text.startswith(("+", "00")) else "card"
    return Token(kind, text)
