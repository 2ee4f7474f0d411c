"""The place of sandboxes in the server: ``/sandbox/<code>/…`` is the whole API again.

Each sandbox is an app of its own on its own database, whose address is the issuer of its tokens:
its doors, keys and limits share nothing with live ones. An app is made when somebody first asks
for it and takes a fifth of a second and 5 MB; the eight used last stay. What a request costs
besides is one statement in the live database, by which every process knows the clock and the reset
of another.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import BoundedSemaphore, Lock
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from sqlalchemy.exc import DBAPIError

from stoa.api.problems import MEDIA_TYPE, document
from stoa.api.sandbox import Yard
from stoa.config import Settings
from stoa.errors import (
    DatabaseUnavailableError,
    OverloadedError,
    SandboxUnknownError,
    StoaError,
)
from stoa.sandbox.rounds import catch_up
from stoa.services import mail, sandboxes
from stoa.services.sandboxes import Box, Ground, SandboxClock
from stoa.work import Actor, Desk

__all__ = ["MOST_OPEN", "Build", "Mount", "Place"]

MOST_OPEN = 8
"""Sandboxes whose apps one process keeps."""

Build = Callable[[Settings, Desk, Yard], WSGIApplication]
"""Makes the app of a sandbox."""

_PREFIX = "/sandbox/"
_CATCH_UP_S = 8.0
_ACTOR = Actor("sandbox")


@dataclass(frozen=True, slots=True)
class _House:
    """A sandbox as this process serves it."""

    database: str
    desk: Desk
    clock: SandboxClock
    yard: "Place"
    app: WSGIApplication


class Place:
    """One sandbox in this process: what its doors, and the operator's web, do with it."""

    def __init__(self, ground: Ground, code: str, desk: Desk, clock: SandboxClock) -> None:
        self._ground = ground
        self._code = code
        self._desk = desk
        self._clock = clock

    def box(self) -> Box:
        """Return the sandbox as it stands now.

        Raises:
            SandboxUnknownError: it was closed.
        """
        with self._ground.desk.work(_ACTOR) as work:
            box = sandboxes.find_by_code(work, self._code)
        if box is None:
            raise SandboxUnknownError
        return box

    def now(self) -> datetime:
        """Return the present instant by its clock."""
        return self._clock()

    def move(self, *, to: datetime | None = None, by: timedelta | None = None) -> timedelta:
        """Move the clock; return by how much it is ahead. Raises as `sandboxes.move` does."""
        box = self.box()
        with self._ground.desk.work(_ACTOR) as work:
            ahead = sandboxes.move(work, box, to=to, by=by)
        self._clock.move(ahead)
        return ahead

    def catch_up(self) -> tuple[Mapping[str, int], bool]:
        """Do what fell due; return how much by deed, and whether all of it is done."""
        return catch_up(self._desk, within_s=_CATCH_UP_S)

    def letters(self) -> list[mail.Waiting]:
        """Return the last letters to members; none of them is ever sent."""
        with self._desk.work(_ACTOR) as work:
            return mail.waiting(work)

    def reset(self, actor: str, *, key: str) -> tuple[Box, bool]:
        """Make it anew; return it, and whether the key had done so before."""
        before = self.box()
        who = Actor(f"sandbox:{actor}")
        box = sandboxes.reset(self._ground, who, before.partner_id, key=key).box
        return box, box.generation == before.generation


class Mount:
    """The live app, with the sandboxes beside it.

    Args:
        app: the live one; an address of no sandbox is its own to refuse.
        build: makes the app of a sandbox.
        places: requests of sandboxes that are answered at a time, so that live ones find a thread.
    """

    def __init__(
        self,
        app: WSGIApplication,
        ground: Ground,
        build: Build,
        *,
        places: int,
        most_open: int = MOST_OPEN,
    ) -> None:
        self._app = app
        self._ground = ground
        self._build = build
        self._places = BoundedSemaphore(places)
        self._most_open = most_open
        self._lock = Lock()
        self._houses: OrderedDict[str, _House] = OrderedDict()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        path = environ["PATH_INFO"]
        if not path.startswith(_PREFIX):
            return self._app(environ, start_response)
        if not self._places.acquire(blocking=False):
            return self._refuse(OverloadedError(), start_response)
        try:
            segment, _, rest = path[len(_PREFIX) :].partition("/")
            try:
                house = self._house(segment.encode("latin-1").decode("utf-8", "replace"))
            except DBAPIError:
                return self._refuse(DatabaseUnavailableError(), start_response)
            if house is None:
                return self._app(environ, start_response)
            script = f"{environ.get('SCRIPT_NAME', '')}{_PREFIX}{segment}"
            inside = environ | {"SCRIPT_NAME": script, "PATH_INFO": f"/{rest}"}
            return house.app(inside, _staying(script, start_response))
        finally:
            self._places.release()

    @property
    def ground(self) -> Ground:
        """What deeds on sandboxes need."""
        return self._ground

    def place(self, code: str) -> Place | None:
        """Return a sandbox; ``None`` where there is none of this code."""
        house = self._house(code)
        return house.yard if house else None

    def close(self) -> None:
        """Let go of every sandbox."""
        with self._lock:
            while self._houses:
                self._houses.popitem()[1].desk.hang_up()
        self._ground.close()

    @property
    def kept(self) -> list[str]:
        """The codes of the sandboxes whose apps are there, the one used last at the end."""
        return list(self._houses)

    def _house(self, code: str) -> _House | None:
        """Return a sandbox as it is now; ``None`` where there is none of this code."""
        with self._ground.desk.work(_ACTOR) as work:
            box = sandboxes.find_by_code(work, code)
            if box is not None:
                sandboxes.touch(work, box)
        with self._lock:
            house = self._houses.pop(code, None)
            if house is not None and (box is None or house.database != box.database):
                house.desk.hang_up()
                house = None
            if box is None:
                return None
            if house is None:
                house = self._open(box)
            self._houses[code] = house
            while len(self._houses) > self._most_open:
                self._houses.popitem(last=False)[1].desk.hang_up()
        house.clock.move(box.ahead)
        return house

    def _open(self, box: Box) -> _House:
        clock = SandboxClock(box.ahead, self._ground.desk.clock)
        desk = self._ground.open(box, clock)
        yard = Place(self._ground, box.code, desk, clock)
        app = self._build(self._ground.settings_of(box), desk, yard)
        return _House(box.database, desk, clock, yard, app)

    def _refuse(self, refusal: StoaError, start_response: StartResponse) -> Iterable[bytes]:
        told = document(refusal, public_url=self._ground.settings.public_url, request_id="")
        body = json.dumps(told).encode()
        headers = [
            ("Content-Type", MEDIA_TYPE),
            ("Content-Length", str(len(body))),
            ("Retry-After", str(refusal.retry_after_s or 1)),
            ("Cache-Control", "no-store"),
        ]
        start_response("503 Service Unavailable", headers)
        return [body]


def _staying(script: str, start_response: StartResponse) -> StartResponse:
    """Let redirects within the house stay within the sandbox."""

    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:  # noqa: ANN401 - PEP 3333
        moved = [
            (name, f"{script}{value}" if _leaves(name, value, script) else value)
            for name, value in headers
        ]
        return start_response(status, moved, *rest)

    return start


def _leaves(name: str, value: str, script: str) -> bool:
    own = value.startswith("/") and not value.startswith("//")
    return name.lower() == "location" and own and not value.startswith(f"{script}/")
