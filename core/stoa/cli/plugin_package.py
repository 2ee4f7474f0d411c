"""Lays out a new plugin: a package that installs, passes its own tests, and says what to change."""

import re
from importlib.resources import files
from pathlib import Path
from string import Template

__all__ = ["lay_out"]

_NAME = re.compile(r"[a-z][a-z0-9_]{1,30}")
_FILES = {
    "pyproject.toml.txt": "pyproject.toml",
    "README.md.txt": "README.md",
    "plugin.py.txt": "stoa_{name}/__init__.py",
    "test_plugin.py.txt": "tests/test_{name}.py",
}


def lay_out(name: str, folder: Path, *, title: str = "") -> list[Path]:
    """Write the files of a plugin into a new folder; return them.

    Args:
        name: what the operator will choose, such as ``cinema``.
        folder: has to be missing or empty.
        title: for the operator's screen; made from the name without one.

    Raises:
        ValueError: the name is no short Python name, or the folder holds something.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{name!r} is no name for a plugin: 2 to 31 small letters, digits and _, such as cinema"
        )
    if folder.exists() and any(folder.iterdir()):
        raise ValueError(f"{folder} holds something already; name another folder with --into")
    facts = {"name": name, "title": title or name.replace("_", " ").capitalize()}
    written = []
    for source, target in _FILES.items():
        text = files("stoa").joinpath("scaffold", source).read_text("utf-8")
        written.append(folder / target.format(name=name))
        written[-1].parent.mkdir(parents=True, exist_ok=True)
        written[-1].write_text(Template(text).substitute(facts), "utf-8")
    typed = folder / f"stoa_{name}" / "py.typed"
    typed.touch()
    return [*written, typed]
