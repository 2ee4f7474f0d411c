"""Apps by the hundred: what builds a route's address is compiled once for all apps of a run.

Compiling them is half of what `create_app` costs, and nearly every test of a page makes an app.
"""

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.routing import Rule

__all__ = ["compiled_once"]

_Builder = Callable[..., tuple[str, str]]


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Any:
    """Let every rule of the same words and defaults share its builders."""
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
        yield
