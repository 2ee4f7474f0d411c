"""Every changing door of the admin web leads to an entry in the audit trail, or says why not.

What a door calls is followed by name through the services, in the source: a door is found out that
reaches no `audit.record`. That the entry is written is what the tests of each deed show.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import stoa.services
import stoa_admin

ADMIN = Path(stoa_admin.__file__).parent
SERVICES = Path(stoa.services.__file__).parent

WITHOUT = {
    "language.choose": "a cookie of the browser: nothing of the house is changed",
    "account.look": "how pages look to one person",
    "keeping.choose": "which columns one person sees",
    "keeping.save": "a person's view of a list: filters and order, nothing of the house",
    "keeping.drop": "a person's view of a list",
    "keeping.prefer": "with which view a list opens for one person",
    "doing.run": "each deed to a row writes its own, as its single door does",
}
"""Doors that write no entry, and why."""

Place = tuple[Path, str]


@cache
def tree_of(path: Path) -> ast.Module:
    """Return the source of a module."""
    return ast.parse(path.read_text("utf-8"))


@cache
def functions() -> dict[str, dict[Path, ast.FunctionDef]]:
    """Return every function of the admin web and the services, by name and place."""
    found: dict[str, dict[Path, ast.FunctionDef]] = {}
    for folder in (ADMIN, SERVICES):
        for path in sorted(folder.rglob("*.py")):
            for node in ast.walk(tree_of(path)):
                if isinstance(node, ast.FunctionDef):
                    found.setdefault(node.name, {})[path] = node
    return found


@cache
def imported(path: Path) -> dict[str, str]:
    """Return what a module calls things that it takes from others, and what they are there."""
    return {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def aliased(module: str, name: str) -> str:
    """Return what a function is called where it is defined: faces may show it by another name."""
    face = SERVICES / module / "__init__.py"
    return imported(face).get(name, name) if face.exists() else name


def named(path: Path, function: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    """Yield what a function names, with the module in which to look for it; empty for its own."""
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = imported(path).get(node.value.id, node.value.id)
            yield module, aliased(module, node.attr)
        elif isinstance(node, ast.Name):
            yield "", imported(path).get(node.id, node.id)


def inside(path: Path) -> tuple[str, ...]:
    """Return the packages and the module of a path: where the project lies plays no part."""
    root = ADMIN if path.is_relative_to(ADMIN) else SERVICES
    return path.relative_to(root).with_suffix("").parts


def writes(place: Place, seen: set[Place]) -> bool:
    """Tell whether a function reaches `audit.record`."""
    path, name = place
    met = set(named(path, functions()[name][path]))
    if ("audit", "record") in met:
        return True
    for module, other in sorted(met):
        for where in functions().get(other, {}):
            near = where == path or other in imported(path).values()
            fits = module in inside(where) if module else near
            if fits and (where, other) not in seen:
                seen.add((where, other))
                if writes((where, other), seen):
                    return True
    return False


def changing() -> Iterator[tuple[str, Place]]:
    """Yield the doors that change something, as room and function."""
    for path in sorted(ADMIN.rglob("*.py")):
        for node in tree_of(path).body:
            if isinstance(node, ast.FunctionDef) and any(
                isinstance(each, ast.Call)
                and isinstance(each.func, ast.Attribute)
                and each.func.attr == "post"
                for each in node.decorator_list
            ):
                yield f"{path.stem}.{node.name}", (path, node.name)


def test_every_changing_door_reaches_the_audit_trail() -> None:
    doors = list(changing())
    assert len(doors) > 100
    silent = {door for door, place in doors if not writes(place, {place})}
    assert silent == set(WITHOUT)


def test_what_reaches_no_trail_is_found_out() -> None:
    assert not writes((SERVICES / "rosters.py", "partner"), set())
    assert not writes((ADMIN / "language.py", "choose"), set())
    assert writes((SERVICES / "sandboxes" / "deeds.py", "open_"), set())
