"""Who of the staff stands behind a command: some deeds are a person's, not the machine's."""

from collections.abc import Callable
from typing import Any

import click

from stoa.cli.desk import ACTOR, found_secret, settings_of
from stoa.services import staff
from stoa.work import Actor, Desk

__all__ = ["as_person", "as_somebody", "signed_in", "somebody"]

_ADDRESS = "command line"


def as_person(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say who calls it: ``email`` and ``password``."""
    command = click.option(
        "--password", prompt=True, hide_input=True, help="Asked for when not given."
    )(command)
    return click.option("--as", "email", required=True, help="Your account at the admin web.")(
        command
    )


def as_somebody(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that may say who calls it: ``email`` and ``password``."""
    command = click.option("--password", help="Asked for when not given.")(command)
    return click.option("--as", "email", help="Your account at the admin web.")(command)


def somebody(desk: Desk, email: str | None, password: str | None, permission: str) -> Actor:
    """Return the person as an actor, or the command line where nobody is named.

    Raises:
        click.ClickException: e-mail and password don't belong together, or the role may not.
    """
    if email is None:
        return ACTOR
    given = password or click.prompt("Password", hide_input=True)
    return signed_in(desk, email, given, permission)


def signed_in(desk: Desk, email: str, password: str, permission: str) -> Actor:
    """Return the person of the operator as an actor.

    Args:
        permission: what the role has to have, one of `stoa.values.roles.PERMISSIONS`.

    Raises:
        click.ClickException: e-mail and password don't belong together, or the role may not.
    """
    with desk.work(ACTOR) as work:
        done = staff.sign_in(work, email, password, address=_ADDRESS)
        staff.sign_out(work, done.token)
    if done.half is not None:
        code = click.prompt("Code of your authenticator")
        with desk.work(ACTOR) as work:
            done = staff.finish_sign_in(
                work,
                done.half.id,
                code,
                key=found_secret(settings_of()).secret_key,
                address=_ADDRESS,
            )
            staff.sign_out(work, done.token)
    if done.retry_after_s:
        raise click.ClickException(f"Too many failures; wait for {done.retry_after_s} s.")
    if done.person is None:
        raise click.ClickException("The e-mail address and the password don't belong together.")
    if done.person.partner_id is not None or not done.person.may(permission):
        raise click.ClickException(f"The role {done.person.role} may not: {permission}.")
    return done.person.actor
