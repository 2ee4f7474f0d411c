"""Rooms: blueprints whose every door says which permission it asks for.

A room names the permission of reading and that of changing (any method but GET); a door that asks
for another says so by `asks`. Where nothing is said the gate lets nobody through, and a test fails.

A partner's people come in only where the address names their partner, or where the door says by
`sees_to_partners` that it shows them their own alone.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Flask

from stoa.values.roles import PERMISSIONS

__all__ = [
    "ANYBODY",
    "READING",
    "SIGNED_IN",
    "Room",
    "asked",
    "asks",
    "is_for_partners",
    "most_bytes",
    "takes",
]

ANYBODY = "anybody"
"""Asked at the doors before the sign-in."""

SIGNED_IN = "signed-in"
"""Asked where whoever signed in may come: their own account, the way out."""

READING = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing."""

_View = TypeVar("_View", bound=Callable[..., Any])
_ASKS = "_stoa_asks"
_PARTNERS = "_stoa_partners"
_BYTES = "_stoa_bytes"


class Room(Blueprint):
    """A blueprint of the admin web."""

    def __init__(self, name: str, module: str, *, reads: str = "", changes: str = "") -> None:
        """Make a room.

        Args:
            module: the ``__name__`` of where it stands.
            reads: what its pages ask for.
            changes: what its other doors ask for.

        Raises:
            ValueError: there is no such permission.
        """
        super().__init__(name, module)
        for permission in (reads, changes):
            _check(permission)
        self.reads = reads
        self.changes = changes


def asks(permission: str, *, sees_to_partners: bool = False) -> Callable[[_View], _View]:
    """Say what one door asks for; it stands below the line that names the address.

    Args:
        permission: one of `PERMISSIONS`, `SIGNED_IN` or `ANYBODY`.
        sees_to_partners: a partner's people come in too; the door shows them their own alone.

    Raises:
        ValueError: there is no such permission.
    """
    _check(permission)

    def told(view: _View) -> _View:
        setattr(view, _ASKS, permission)
        setattr(view, _PARTNERS, sees_to_partners)
        return view

    return told


def takes(most: int) -> Callable[[_View], _View]:
    """Say that one door takes larger bodies than others from who is signed in.

    Args:
        most: bytes of the whole body.
    """

    def told(view: _View) -> _View:
        setattr(view, _BYTES, most)
        return view

    return told


def most_bytes(app: Flask, endpoint: str | None, plain: int) -> int:
    """Return how many bytes a door takes at most: `plain` where it says nothing."""
    return int(getattr(app.view_functions.get(endpoint or ""), _BYTES, plain))


def asked(app: Flask, endpoint: str | None, method: str) -> str:
    """Return what a door asks for; nothing where it does not say, and then nobody may."""
    view = app.view_functions.get(endpoint or "")
    own = getattr(view, _ASKS, "")
    if own:
        return str(own)
    room = app.blueprints.get((endpoint or "").rpartition(".")[0])
    if not isinstance(room, Room):
        return ""
    return room.reads if method in READING else room.changes


def is_for_partners(app: Flask, endpoint: str | None) -> bool:
    """Whether a door sees to it by itself that a partner's people see their own alone."""
    return bool(getattr(app.view_functions.get(endpoint or ""), _PARTNERS, False))


def _check(permission: str) -> None:
    if permission and permission not in {*PERMISSIONS, ANYBODY, SIGNED_IN}:
        raise ValueError(f"there is no permission {permission!r}")
