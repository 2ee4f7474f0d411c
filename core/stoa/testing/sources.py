"""Reads a plugin's source for what a question must not do, without running any of it.

A question thinks about its facts and nothing else: what reads a clock, draws lots, opens a file or
reaches another machine has another answer the next time, and none at all in a process of its own.
"""

import ast
from collections.abc import Iterator
from inspect import getsourcefile
from pathlib import Path
from types import ModuleType

__all__ = ["check_sources"]

_OF_STOA = ("stoa", "stoa.values", "stoa.errors")
_REACHES = frozenset({
    "asyncio", "ftplib", "http", "httpx", "httpx2", "imaplib", "poplib", "requests", "smtplib",
    "socket", "socketserver", "ssl", "telnetlib", "urllib", "urllib3", "xmlrpc",
})  # fmt: skip
_TOUCHES = frozenset({
    "ctypes", "fcntl", "glob", "mmap", "multiprocessing", "os", "pathlib", "shelve", "shutil",
    "signal", "sqlite3", "subprocess", "tempfile", "threading",
})  # fmt: skip
_DRAWS = frozenset({
    "random", "secrets", "time", "uuid",
})  # fmt: skip
_KEEPS = frozenset({
    "flask", "psycopg", "sqlalchemy",
})  # fmt: skip
_NOWS = frozenset({"now", "today", "utcnow"})
_RUNS = frozenset({"__import__", "compile", "eval", "exec", "input", "open"})
_ERRANDS = ("fulfil", "cancel_fulfilment")


def check_sources(module: ModuleType) -> None:
    """Look at each file of a plugin for imports and calls that a question must do without.

    A plugin with errands (`fulfil`, `cancel_fulfilment`) may reach other machines, in them.

    Args:
        module: the plugin; a package is read with all of its files.

    Raises:
        AssertionError: names each place that is wrong, and why.
    """
    errands = any(hasattr(module, hook) for hook in _ERRANDS)
    own = module.__name__.partition(".")[0]
    wrong = [
        f"{file.name}:{line}: {why}"
        for file in _files(module)
        for line, why in _wrong(ast.parse(file.read_text("utf-8")), own=own, errands=errands)
    ]
    if wrong:
        raise AssertionError("\n".join(wrong))


def _files(module: ModuleType) -> list[Path]:
    source = getsourcefile(module)
    if source is None:
        return []
    file = Path(source)
    return sorted(file.parent.rglob("*.py")) if file.name == "__init__.py" else [file]


def _wrong(tree: ast.Module, *, own: str, errands: bool) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        for name in _imported(node):
            why = _why_not(name, own=own, errands=errands)
            if why:
                yield node.lineno, f"import {name}: {why}"  # type: ignore[attr-defined]  # both have one
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in _RUNS:
                yield node.lineno, f"{node.func.id}(): a question opens and runs nothing"
            if isinstance(node.func, ast.Attribute) and node.func.attr in _NOWS:
                yield node.lineno, f".{node.func.attr}(): the time is in the facts: purchase.at, at"


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [each.name for each in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""] if not node.level else []
    return []


def _why_not(name: str, *, own: str, errands: bool) -> str | None:
    first = name.partition(".")[0]
    if first == own:
        return None
    if first == "stoa":
        fits = name in _OF_STOA or name.startswith("stoa.values.")
        return None if fits else f"of Stoa a plugin sees {', '.join(_OF_STOA)} only"
    if first in _REACHES and not errands:
        return "a question reaches no other machine; an errand may"
    reasons = (
        (_TOUCHES, "a question touches no file and no process"),
        (_DRAWS, "a question has one answer: it reads no clock and draws no lots"),
        (_KEEPS, "a plugin keeps no tables and serves no pages"),
    )
    for names, why in reasons:
        if first in names:
            return why
    return None
