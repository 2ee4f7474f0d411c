"""``stoa plugin``: the installed plugins, and the check that one keeps its contract."""

import importlib
import json
from importlib.metadata import entry_points
from typing import Any

import click

from stoa.cli.desk import Taught, a_table, console
from stoa.plugins import Plugins
from stoa.testing import check_plugin

__all__ = ["plugin"]


@click.group()
def plugin() -> None:
    """See the installed plugins, check one."""


@plugin.command("list", cls=Taught, examples="stoa plugin list")
def list_plugins() -> None:
    """List the installed plugins and their settings."""
    table = a_table("name", "what it does", "settings")
    for each in Plugins().all():
        table.add_row(each.name, each.title, ", ".join(knob.name for knob in each.settings))
    console().print(table)


@plugin.command(
    "check",
    cls=Taught,
    examples="""
        stoa plugin check standard
        stoa plugin check my_package.my_plugin --settings settings.json
    """,
)
@click.argument("target")
@click.option("--settings", type=click.File(), help="What an operator would fill in, a JSON file.")
@click.option("--purchases", default=200, show_default=True, help="Random purchases asked about.")
@click.option("--seed", default=1, show_default=True, help="Another seed, other purchases.")
def check(target: str, *, settings: Any, purchases: int, seed: int) -> None:  # noqa: ANN401 - an open file
    """Ask the plugin TARGET what the core would ask, and check every answer.

    TARGET is the name of an installed plugin, or a module that can be imported. The check covers
    ranges, determinism, JSON, deadlines, and that nothing is given for what was paid with points.
    """
    try:
        check_plugin(
            _load(target),
            settings=json.load(settings) if settings else None,
            purchases=purchases,
            seed=seed,
        )
    except AssertionError as broken:
        raise click.ClickException(f"{target} breaks the contract.\n{broken}") from broken
    except ValueError as wrong:
        raise click.ClickException(f"The settings can't be read: {wrong}") from wrong
    console().print(f"{target} keeps the contract.")


def _load(target: str) -> object:
    for entry in entry_points(group="stoa.plugins", name=target):
        return entry.load()
    try:
        return importlib.import_module(target)
    except ImportError as wrong:
        raise click.ClickException(
            f"{target} is neither an installed plugin nor a module: {wrong}"
        ) from wrong
