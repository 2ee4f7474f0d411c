"""The command line: one table of commands; each is imported when it is called for."""

import importlib
import signal
import sys
from types import MappingProxyType
from typing import Any

import click

from stoa.errors import StoaError

__all__ = ["COMMANDS", "cli", "main"]

COMMANDS = MappingProxyType(
    {
        "demo": ("stoa.cli.demo:demo", "Run a seeded alliance: database, server and worker."),
        "serve": ("stoa.cli.serve:serve", "Serve the API and the admin web."),
        "worker": ("stoa.cli.worker:worker", "Tell events and do what falls due, until stopped."),
        "db": ("stoa.cli.database:db", "Migrate the database, or see where it stands."),
        "programme": ("stoa.cli.partners:programme", "See or change the terms of the points."),
        "currency": (
            "stoa.cli.exchange:currency",
            "Give the alliance or a partner points of their own.",
        ),
        "exchange": (
            "stoa.cli.exchange:exchange",
            "See and set the rates between points currencies.",
        ),
        "partner": ("stoa.cli.partners:partner", "Onboard partners, their stores and clients."),
        "sandbox": (
            "stoa.cli.sandboxes:sandbox",
            "Give partners a place to build: a clock and members of its own.",
        ),
        "member": (
            "stoa.cli.people:member",
            "Enrol members, look at their points, adjust them, merge two.",
        ),
        "adjustment": (
            "stoa.cli.adjustments:adjustment",
            "See what waits for a second person, approve or reject it.",
        ),
        "rules": (
            "stoa.cli.rules:rules",
            "Check, save and activate the rules: tiers, campaigns, challenges.",
        ),
        "activity": (
            "stoa.cli.activities:activity",
            "Make codes that prove activities, see what one shows.",
        ),
        "benefits": ("stoa.cli.benefits:benefits_", "See how benefits are used, and by whom paid."),
        "coupons": (
            "stoa.cli.coupons:coupons_",
            "Issue the codes of a pool of coupons, import codes, count them.",
        ),
        "draw": (
            "stoa.cli.draws:draw",
            "See how draws for points stand, get a result, cancel one.",
        ),
        "webhook": (
            "stoa.cli.webhooks:webhook",
            "See where partners are told what happens, and send it again.",
        ),
        "tiers": (
            "stoa.cli.tiers:tiers_",
            "See who stands where, give a tier, look at all members anew.",
        ),
        "stock": (
            "stoa.cli.stock:stock_",
            "See what is left of rewards, put in more, count anew.",
        ),
        "signing-key": (
            "stoa.cli.signing:signing_key",
            "See and change the keys that sign access tokens.",
        ),
        "staff": ("stoa.cli.staff:staff", "Give people of the operator an account."),
        "import": (
            "stoa.cli.imports:import_",
            "Import past purchases, or an alliance from a document.",
        ),
        "settle": (
            "stoa.cli.clearing:settle",
            "Book what partners owe, close periods, say by which terms.",
        ),
        "ledger": ("stoa.cli.ledger:ledger", "Prove that the books are right."),
        "docs": ("stoa.cli.documents:docs", "Write the developers' site as files."),
        "plugin": ("stoa.cli.plugins:plugin", "See the installed plugins, begin or check one."),
    }
)
"""Every command: where it is, and what it does in a line, so that ``--help`` imports nothing."""


class _Refusal(click.ClickException):
    """A `StoaError` as people read it."""

    def __init__(self, refused: StoaError) -> None:
        super().__init__(refused.title)
        self._refused = refused

    def show(self, file: Any = None) -> None:  # noqa: ANN401 - click's own signature
        """Write the title, the detail, what is wrong with which field, and the code."""
        file = file or sys.stderr
        click.secho(f"Error: {self._refused.title}", file=file, fg="red")
        if str(self._refused) != self._refused.title:
            click.echo(f"  {self._refused}", file=file)
        members = dict(self._refused.members)
        for name, texts in members.pop("errors", {}).items():
            click.echo(f"  {name}: {' '.join(texts)}", file=file)
        for name, value in members.items():
            click.echo(f"  {name}: {value}", file=file)
        click.echo(f"  code {self._refused.code}", file=file)


class _Table(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_) for name, (_, help_) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        try:
            return super().invoke(ctx)
        except StoaError as refused:
            raise _Refusal(refused) from refused
        except Exception as wrong:
            text = _known(wrong)
            if text is None:
                raise
            raise click.ClickException(text) from wrong


@click.group(cls=_Table, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="stoa-loyalty", prog_name="stoa")
def cli() -> None:
    """Stoa: one member, one wallet of points, many merchants under one roof.

    Settings are read from the environment, STOA_DATABASE_URL and the like; without them everything
    runs on an embedded PostgreSQL. Every command has --help with examples.
    """


def main() -> None:
    """Run the command line."""
    # A command that is told to end lets go of the embedded database, as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    cli(prog_name="stoa")


def _known(wrong: Exception) -> str | None:
    """Say in a line what is wrong with the machine; ``None`` for a fault of ours."""
    from subprocess import SubprocessError

    from psycopg.errors import UndefinedTable
    from psycopg_pool import PoolTimeout
    from sqlalchemy.exc import OperationalError, ProgrammingError

    if isinstance(wrong, ProgrammingError) and isinstance(wrong.orig, UndefinedTable):
        return "The database is not migrated yet: run stoa db upgrade."
    if isinstance(wrong, OperationalError):
        return f"The database can't be reached: {str(wrong.orig).strip()}"
    if isinstance(wrong, PoolTimeout):
        return f"The database can't be reached: {wrong}"
    if isinstance(wrong, SubprocessError):
        return f"The embedded database can't be started: {wrong}"
    return str(wrong) if isinstance(wrong, OSError) else None
