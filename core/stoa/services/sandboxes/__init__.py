"""Sandboxes: an alliance of its own for a partner that builds, apart from all live data.

records    which partner has one, and where
ground     what stands around them: the live desk, the server; desks on their databases
databases  made from a template, dropped, swept
people     who lives in a new one, and with what
seeding    how it is filled
deeds      open, reset, move the clock, close
"""

from stoa.services.sandboxes.deeds import Opened, close, move, opened, reset
from stoa.services.sandboxes.deeds import open_ as open  # noqa: A004 - `sandboxes.open(...)`
from stoa.services.sandboxes.ground import Ground, SandboxClock
from stoa.services.sandboxes.people import PEOPLE, Seeded
from stoa.services.sandboxes.records import Box, find, find_by_code, listed, recent, touch

__all__ = [
    "PEOPLE",
    "Box",
    "Ground",
    "Opened",
    "SandboxClock",
    "Seeded",
    "close",
    "find",
    "find_by_code",
    "listed",
    "move",
    "open",
    "opened",
    "recent",
    "reset",
    "touch",
]
