"""What stands around sandboxes: the live desk, the server that holds them, desks on their own."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock
from urllib.parse import quote, urlsplit

from sqlalchemy import make_url

from stoa.config import Settings
from stoa.database import find_database, open_engine
from stoa.plugins import Plugins, housing_of
from stoa.services.sandboxes.records import Box
from stoa.work import Clock, Desk, system_clock

__all__ = ["Ground", "SandboxClock"]

_POOL = 4
_NO_LIMIT = 10**15
_LETTERS_STAY = "sandbox:"


class SandboxClock:
    """The clock of a sandbox: the real one and how far it was moved ahead of it.

    It only ever goes forward, whichever request saw the record first.
    """

    def __init__(self, ahead: timedelta = timedelta(0), wall: Clock = system_clock) -> None:
        self.ahead = ahead
        self.wall = wall

    def __call__(self) -> datetime:
        """Return the sandbox's present instant."""
        return self.wall() + self.ahead

    def move(self, ahead: timedelta) -> None:
        """Be so far ahead, unless it is farther already."""
        self.ahead = max(self.ahead, ahead)


class Ground:
    """What deeds on sandboxes need: the live desk and settings, and plugins of the sandboxes' own.

    Plugins of their own keep a sandbox's questions out of the processes, the breakers and the
    figures of live ones.

    Args:
        desk: the live one.
        plugins: makes those of sandboxes, when the first one is opened.
    """

    def __init__(
        self, desk: Desk, settings: Settings, *, plugins: Callable[[], Plugins] | None = None
    ) -> None:
        self.desk = desk
        self.settings = settings
        self._make = plugins or self._own_plugins
        self._plugins: Plugins | None = None
        self._lock = Lock()

    @property
    def owner_url(self) -> str:
        """The URL of the live database for its owner, who makes and drops databases."""
        return find_database(self.settings).owner_url

    @property
    def plugins(self) -> Plugins:
        """The plugins of all sandboxes in this process."""
        with self._lock:
            if self._plugins is None:
                self._plugins = self._make()
            return self._plugins

    def address(self, code: str) -> str:
        """Return where a sandbox is: what the SDK takes as its ``base_url``."""
        return f"{self.settings.public_url}/sandbox/{quote(code, safe='')}"

    def settings_of(self, box: Box) -> Settings:
        """Return the settings of a sandbox: its own address, database and keys.

        The address is the issuer of its tokens, and the key that signs its cookies is another one
        than live: nothing of the one is good in the other.
        """
        address = self.address(box.code)
        found = find_database(self.settings)
        key = hmac.digest(self.settings.secret_key.encode(), box.database.encode(), hashlib.sha256)
        return replace(
            self.settings,
            public_url=address,
            database_url=_with(found.owner_url, box.database),
            app_database_url=_with(found.app_url, box.database),
            secret_key=key.hex(),
            pool_size=_POOL,
            log_origin=f"{urlsplit(address).netloc}{urlsplit(address).path}/log",
            rule_delay_s=0,
            budget_limit=_NO_LIMIT,
            smtp_url=_LETTERS_STAY,
        )

    def open(self, box: Box, clock: Clock, *, pool_size: int = _POOL) -> Desk:
        """Open a desk on a sandbox; `hang_up` lets go of it, for its plugins are all sandboxes'."""
        settings = self.settings_of(box)
        programme = replace(
            self.desk.programme,
            log_origin=settings.log_origin,
            rule_delay_s=0,
            budget_limit=_NO_LIMIT,
            adjustment_limit=_NO_LIMIT,
        )
        url = settings.app_database_url
        return Desk(
            hot=open_engine(url, settings, pool_size=pool_size, autocommit=True),
            cold=open_engine(url, settings, pool_size=pool_size),
            plugins=self.plugins,
            programme=programme,
            clock=clock,
            egress=self.desk.egress,
            wall=self.desk.clock,
        )

    def close(self) -> None:
        """Let the plugins of sandboxes go; the next one opens them again."""
        with self._lock:
            if self._plugins is not None and self._plugins is not self.desk.plugins:
                self._plugins.close()
            self._plugins = None

    def _own_plugins(self) -> Plugins:
        return Plugins(housing=replace(housing_of(self.settings), folder=None))


def _with(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)
