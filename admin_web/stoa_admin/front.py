"""What every room shares: the desk, the settings, and who is signed in."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol, cast
from uuid import UUID

from flask import abort, current_app, g, redirect, request, url_for
from werkzeug import Response

from stoa.services.staff import Person
from stoa.values.identifiers import uuid_of
from stoa.work import Actor, Desk, Work

__all__ = [
    "NOBODY",
    "Front",
    "FrontSettings",
    "by_htmx",
    "front",
    "id_of",
    "open_work",
    "person",
    "to",
]

NOBODY = Actor("sign-in")
"""Who acts before anybody has signed in."""


class FrontSettings(Protocol):
    """What the admin web needs to know of an installation."""

    @property
    def secret_key(self) -> str:
        """Signs the cookie that holds messages and the CSRF token."""
        ...

    @property
    def public_url(self) -> str:
        """The address of the installation, which links in letters begin with."""
        ...

    @property
    def second_factor_roles(self) -> tuple[str, ...]:
        """Roles whose people see nothing before they set up a second factor."""
        ...

    @property
    def smtp_url(self) -> str:
        """Where letters go; empty where none are sent."""
        ...

    @property
    def secure_cookies(self) -> bool:
        """Whether cookies travel over TLS only."""
        ...


@dataclass(slots=True)
class Front:
    """The admin web of one app; `kept` holds what may be shown again for a moment."""

    desk: Desk
    settings: FrontSettings
    kept: dict[Any, Any] = field(default_factory=dict)


def front() -> Front:
    """Return the admin web of this app."""
    return cast("Front", current_app.extensions["stoa_admin"])


def person() -> Person:
    """Return who is signed in; the gate lets nobody else through to a room."""
    return cast("Person", g.person)


def open_work() -> AbstractContextManager[Work]:
    """Open a work in the name of who is signed in."""
    return front().desk.work(person().actor)


def id_of(prefix: str, text: str) -> UUID:
    """Read a public id out of an address; whatever is none is answered with 404."""
    value = uuid_of(prefix, text)
    if value is None:
        abort(404)
    return value


def to(door: str, **values: Any) -> Response:  # noqa: ANN401 - parts of an address
    """Lead the browser to a door after a change, so that reloading does not repeat it."""
    return redirect(url_for(f"admin.{door}", **values), code=303)


def by_htmx() -> bool:
    """Whether a script asks for a part of the page."""
    return request.headers.get("HX-Request") == "true"
