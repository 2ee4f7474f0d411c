"""Finds what is installed: the entry points of ``stoa.plugins``, without importing any of them."""

from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from stoa.values.settings import Setting

__all__ = ["Broken", "Found", "Plugin", "installed", "version_of"]


@dataclass(frozen=True, slots=True)
class Plugin:
    """An installed plugin: its name, its title and text for the operator, and its knobs.

    Attributes:
        version: that of the distribution it came with; ``None`` where it came with none.
        where: ``place`` where it is asked in this process, ``apart`` where in one of its own,
            ``remote`` where the partner's server answers.
    """

    name: str
    title: str
    description: str
    settings: tuple[Setting, ...]
    version: str | None = None
    where: str = "place"


@dataclass(frozen=True, slots=True)
class Broken:
    """An installed plugin that could not be loaded, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """An installed plugin that was not imported yet."""

    name: str
    entry: EntryPoint
    version: str | None


def installed() -> list[Found]:
    """Return what is installed, in the order of the names."""
    return [Found(each.name, each, each.dist.version if each.dist else None) for each in _entries()]


def version_of(name: str, module: object) -> str | None:
    """Return the version of the distribution that brought a module, as far as it is known."""
    home = getattr(module, "__name__", type(module).__module__)
    for entry in _entries():
        if entry.name == name and entry.module == home and entry.dist is not None:
            return entry.dist.version
    return None


@cache
def _entries() -> tuple[EntryPoint, ...]:
    """Read the folders of all distributions once: nothing is installed while a process runs."""
    return tuple(sorted(entry_points(group="stoa.plugins"), key=lambda each: each.name))
