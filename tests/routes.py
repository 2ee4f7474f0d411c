"""Apps by the hundred: what is the same in all apps of a run is made once.

That are the builders of routes' addresses, the code of templates and what is installed here: most
of what an app costs until its first page, and nearly every test of a page makes an app. Secrets are
hashed at the least cost that argon2 has, for tests hash them by the thousand.
"""

from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

import stoa.app
from stoa.plugins import finding
from stoa.services import identity

__all__ = ["HASHER", "compiled_once"]

HASHER = identity._hasher
"""The one that servers hash with, before it is made cheap."""

_Builder = Callable[..., tuple[str, str]]


class _Templates(BytecodeCache):
    """Keeps the code of templates while the process lives."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Any:
    """Let rules of the same words and defaults share their builders, apps what is installed."""
    made: dict[tuple[object, ...], _Builder] = {}
    compile_builder = Rule._compile_builder

    def remembered(rule: Rule, append_unknown: bool = True) -> _Builder:  # noqa: FBT001, FBT002 - werkzeug's
        trace: object = tuple(rule._trace)
        mark = (rule.rule, trace, repr(rule.defaults), append_unknown)
        if mark not in made:
            made[mark] = compile_builder(rule, append_unknown)
        return made[mark]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", remembered)
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": _Templates()})
        cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr(identity, "_hasher", cheap)
        installed = cache(entry_points)
        for module in (stoa.app, finding):
            patch.setattr(module, "entry_points", installed)
        yield
