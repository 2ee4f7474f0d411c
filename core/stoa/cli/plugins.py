"""``stoa plugin``: the installed plugins, a new one, and the check that one keeps its contract."""

import importlib
import json
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

import click
from rich.table import Table

from stoa.cli.desk import Taught, a_table, console
from stoa.cli.plugin_package import lay_out
from stoa.cli.trying import try_plugin
from stoa.config import read_settings
from stoa.plugins import Figures, Plugins, housing_of
from stoa.testing import check_plugin, check_sources

__all__ = ["plugin"]


@click.group()
def plugin() -> None:
    """See the installed plugins, begin one, check one."""


@plugin.command(
    "list",
    cls=Taught,
    examples="""
        stoa plugin list
        stoa plugin list --health
    """,
)
@click.option("--health", is_flag=True, help="Show how each does, by the servers of this machine.")
def list_plugins(*, health: bool) -> None:
    """List the installed plugins, where they run and their settings; those that are broken too."""
    plugins = Plugins(housing=housing_of(read_settings()))
    try:
        console().print(_doing(plugins) if health else _installed(plugins))
    finally:
        plugins.close()


def _installed(plugins: Plugins) -> Table:
    table = a_table("name", "runs", "what it does", "settings")
    for each in plugins.all():
        knobs = ", ".join(knob.name for knob in each.settings)
        table.add_row(each.name, _RUNS[each.where], each.title, knobs)
    for broken in plugins.broken():
        table.add_row(broken.name, "broken", broken.reason, "")
    return table


def _doing(plugins: Plugins) -> Table:
    table = a_table(
        "name",
        "runs",
        "calls",
        "failed",
        "violations",
        "p50 ms",
        "p99 ms",
        "breaker",
        "last failure",
    )
    totals = plugins.totals()
    for each in plugins.all():
        told = totals.get(each.name, Figures())
        half, most = told.percentile_ms(50), told.percentile_ms(99)
        table.add_row(
            each.name, _RUNS[each.where], str(told.calls), str(told.failed),
            str(told.violations), "" if half is None else f"{half:g}",
            "" if most is None else f"{most:g}",
            told.breaker, "; ".join(filter(None, [told.last_error, *plugins.missing(each.name)])),
        )  # fmt: skip
    for broken in plugins.broken():
        table.add_row(broken.name, "broken", "", "", "", "", "", "", broken.reason)
    return table


plugin.add_command(try_plugin)

_RUNS = {"place": "in place", "apart": "apart", "remote": "at the partner"}


@plugin.command(
    "new",
    cls=Taught,
    examples="""
        stoa plugin new cinema
        stoa plugin new cinema --title "City Cinemas" --into ../stoa-cinema
    """,
)
@click.argument("name")
@click.option("--title", default="", help="What the operator reads; made from the name without it.")
@click.option("--into", type=click.Path(path_type=Path), help="The new folder; stoa-NAME here.")
def new(name: str, *, title: str, into: Path | None) -> None:
    """Begin a plugin: a package with three hooks, its tests, and a page that says how to go on."""
    folder = into or Path(f"stoa-{name}")
    try:
        written = lay_out(name, folder, title=title)
    except ValueError as wrong:
        raise click.ClickException(str(wrong)) from wrong
    for file in written:
        console().print(f"  {file}")
    console().print(
        f"Next: cd {folder} && pip install -e '.[test]' && pytest && stoa plugin check .",
        soft_wrap=True, highlight=False, markup=False,
    )  # fmt: skip


@plugin.command(
    "check",
    cls=Taught,
    examples="""
        stoa plugin check standard
        stoa plugin check ./stoa-cinema --seed 2
        stoa plugin check my_package.my_plugin --settings settings.json
    """,
)
@click.argument("target")
@click.option("--settings", type=click.File(), help="What an operator would fill in, a JSON file.")
@click.option("--purchases", default=200, show_default=True, help="Random purchases asked about.")
@click.option("--seed", default=1, show_default=True, help="Another seed, other purchases.")
def check(target: str, *, settings: Any, purchases: int, seed: int) -> None:  # noqa: ANN401 - an open file
    """Ask the plugin TARGET what the core would ask, and check every answer.

    TARGET is the name of an installed plugin, a folder with its pyproject.toml, or a module that
    can be imported. The check covers ranges, determinism, JSON, deadlines, that nothing is given
    for what was paid with points, and what the source imports and calls.
    """
    found = _load(target)
    try:
        if isinstance(found, ModuleType):
            check_sources(found)
        check_plugin(
            found,
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
    folder = Path(target)
    if folder.joinpath("pyproject.toml").is_file():
        target = _of_folder(folder)
    for entry in entry_points(group="stoa.plugins", name=target):
        return entry.load()
    try:
        return importlib.import_module(target)
    except ImportError as wrong:
        raise click.ClickException(
            f"{target} is neither an installed plugin, nor a folder of one, nor a module: {wrong}"
        ) from wrong


def _of_folder(folder: Path) -> str:
    """Return the module that a plugin's pyproject.toml names, which may now be imported."""
    try:
        told = tomllib.loads(folder.joinpath("pyproject.toml").read_text("utf-8"))
        named = told["project"]["entry-points"]["stoa.plugins"]
        [module] = {str(each).partition(":")[0] for each in named.values()}
    except (KeyError, ValueError, AttributeError, TypeError) as wrong:
        raise click.ClickException(
            f"{folder}/pyproject.toml names no plugin: it needs one line"
            ' under [project.entry-points."stoa.plugins"], such as cinema = "stoa_cinema"'
        ) from wrong
    sys.path.insert(0, str(folder.resolve()))
    return module
