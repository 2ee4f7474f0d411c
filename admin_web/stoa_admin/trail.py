"""The audit trail as people read it: what was before, what came after, only where they differ."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stoa.services.rosters import Change

__all__ = ["ReadableChange", "readable"]

_MOST = 40


@dataclass(frozen=True, slots=True)
class ReadableChange:
    """A change; `differences` lists paths such as ``settings.base_rate`` with both texts."""

    at: datetime
    who: str
    deed: str
    subject: str
    differences: tuple[tuple[str, str | None, str | None], ...]


def readable(changes: Sequence[Change]) -> list[ReadableChange]:
    """Return the changes with what differs, at most forty differences each."""
    return [
        ReadableChange(
            change.at, change.who, change.deed, change.subject,
            tuple(_differences(change.before or {}, change.after or {}))[:_MOST],
        )
        for change in changes
    ]  # fmt: skip


def _differences(
    before: dict[str, Any], after: dict[str, Any]
) -> Iterator[tuple[str, str | None, str | None]]:
    old, new = dict(_leaves(before, "")), dict(_leaves(after, ""))
    for path in [*old, *(path for path in new if path not in old)]:
        if old.get(path) != new.get(path):
            yield path, old.get(path), new.get(path)


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - parsed JSON
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _leaves(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for number, item in enumerate(value, 1):
            yield from _leaves(item, f"{path}.{number}")
    elif isinstance(value, list):
        yield path, ", ".join(str(item) for item in value)
    elif value is not None:
        yield path, str(value)
