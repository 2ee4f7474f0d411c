"""What all commands share: settings, the desk, the secret key, help that teaches with examples."""

import atexit
import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import click
from environs import EnvError
from rich.console import Console
from rich.table import Table

from stoa.config import Settings, read_settings, weak_secret
from stoa.database import find_database, open_engine
from stoa.egress import Egress
from stoa.plugins import Plugins, housing_of
from stoa.work import Actor, Clock, Desk, Programme, system_clock

__all__ = [
    "ACTOR",
    "Taught",
    "a_table",
    "console",
    "found_secret",
    "keep_private",
    "open_desk",
    "settings_of",
    "sit_down",
]

ACTOR = Actor("cli")
"""Who stands in the audit trail for what is done on the command line."""

_UNFOLDED = 240


class Taught(click.Command):
    """A command whose help ends with examples, one a line."""

    def __init__(self, *args: Any, examples: str = "", **options: Any) -> None:  # noqa: ANN401 - click's own
        super().__init__(*args, **options)
        self.examples = [line.strip() for line in examples.strip().splitlines()]

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples as they are, unwrapped."""
        super().format_epilog(ctx, formatter)
        if self.examples:
            with formatter.section("Examples"):
                for line in self.examples:
                    formatter.write(f"{'':{formatter.current_indent}}{line}\n")


def console() -> Console:
    """Return where a command writes; what is not read on a screen is not folded to its width."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else _UNFOLDED)


def a_table(*columns: str, numbers: tuple[str, ...] = ()) -> Table:
    """Return an empty table; the columns named in `numbers` are aligned to the right."""
    table = Table(header_style="bold", box=None, pad_edge=False)
    for column in columns:
        justify: Literal["left", "right"] = "right" if column in numbers else "left"
        table.add_column(column, justify=justify, overflow="fold")
    return table


def settings_of(**given: object) -> Settings:
    """Read the settings; what was given on the command line goes before ``STOA_…``.

    Raises:
        click.ClickException: a variable can't be read.
    """
    for name, value in given.items():
        if value is not None:
            os.environ[f"STOA_{name.upper()}"] = str(value)
    try:
        return read_settings()
    except (EnvError, ValueError) as wrong:
        raise click.ClickException(f"A setting can't be read: {wrong}") from wrong


def found_secret(settings: Settings) -> Settings:
    """Return the settings with a secret key: as given, or one made once beside the embedded data.

    Raises:
        click.ClickException: none is given for a database of one's own, or it is weak.
    """
    secret = settings.secret_key
    if not secret and settings.database_url:
        raise click.ClickException(
            "Set STOA_SECRET_KEY to at least 32 random bytes, the same for every server:"
            ' python -c "import secrets; print(secrets.token_urlsafe(48))"'
        )
    if not secret:
        path = settings.data_dir / "secret_key"
        if not path.exists():
            keep_private(path, secrets.token_urlsafe(48))
        secret = path.read_text("utf-8").strip()
    why = weak_secret(secret)
    if why:
        raise click.ClickException(f"The secret key must not be used: {why}.")
    return replace(settings, secret_key=secret)


def keep_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read; one that is there is replaced whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)


@contextmanager
def open_desk(
    settings: Settings,
    *,
    url: str | None = None,
    plugins: Mapping[str, object] | None = None,
    clock: Clock = system_clock,
    hold_ttl_s: int | None = None,
) -> Iterator[Desk]:
    """Open a desk for a command, and let go of its connections at the end.

    Args:
        url: as in `Database.app_url`; found from the settings by default.
        plugins: in place of the installed ones.
        hold_ttl_s: in place of the programme's.
    """
    url = url or find_database(settings).app_url
    desk = Desk(
        hot=open_engine(url, settings, pool_size=settings.pool_size, autocommit=True),
        cold=open_engine(url, settings, pool_size=settings.pool_size),
        plugins=Plugins(plugins, housing=housing_of(settings)),
        programme=Programme(
            settings.currency,
            settings.money_currency,
            settings.programme_zone,
            hold_ttl_s or settings.hold_ttl_s,
            settings.transfer_daily_points,
            settings.log_origin,
            settings.adjustment_limit,
            settings.rule_delay_s,
            settings.budget_limit,
            settings.request_log_days,
        ),
        egress=Egress(allow=settings.egress_allow, deny=settings.egress_deny),
        clock=clock,
    )
    try:
        yield desk
    finally:
        desk.close()


def sit_down(settings: Settings, url: str) -> Desk:
    """Open a desk in the process of a hand; it stays open until the process ends."""
    stay = ExitStack()
    atexit.register(stay.close)
    return stay.enter_context(open_desk(settings, url=url))
