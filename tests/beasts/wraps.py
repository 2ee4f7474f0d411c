"""Would stand around what others answer."""

from collections.abc import Generator
from typing import Any

from stoa import hookimpl


@hookimpl(wrapper=True, tryfirst=True)
def earn_lines() -> Generator[None, Any, Any]:
    """Answer in place of the others."""
    yield
    return []
