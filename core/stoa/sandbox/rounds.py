"""Lets happen in a sandbox what falls due: after its clock moved, and in the worker's rounds.

It is the live worker's own table of deeds, on a desk of the sandbox. Letters alone are never sent:
they stay in the sandbox, where its developer reads them.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic

import structlog

from stoa.api import batching
from stoa.services import batches, fulfilment, sandboxes, webhooks
from stoa.services.sandboxes import Box, Ground, SandboxClock
from stoa.work import Desk, Work
from stoa.worker import ACTOR, BEATS, TURNS, Beat, Turn

__all__ = ["Visitor", "catch_up"]

_FORGETS = tuple(turn for turn in TURNS if turn.name.startswith("forget"))
_DUE = tuple(turn for turn in TURNS if turn not in _FORGETS)
_MOST_ROUNDS = 100

_AWAKE = timedelta(hours=1)
"""How long after its last use a sandbox is visited."""

_MOST_AWAKE = 50
_EACH_S = 2.0
_DUE_EVERY_S = 30.0
_FORGET_EVERY_S = 3600.0
_REST_S = 30.0
_RECEIVER_MS = 3000
_EVERY_S = 1.0

_log = structlog.get_logger(__name__)

Stopping = Callable[[], bool]


def catch_up(
    desk: Desk, *, within_s: float, stopping: Stopping = lambda: False
) -> tuple[Mapping[str, int], bool]:
    """Do all that is due by a sandbox's clock, again and again until nothing follows any more.

    Returns:
        How often each deed was done, and whether nothing is left.
    """
    until = monotonic() + within_s
    done: Counter[str] = Counter()

    def late() -> bool:
        return stopping() or monotonic() > until

    failed = sum(not _do(desk, turn, late, done) for turn in _DUE)
    for _ in range(_MOST_ROUNDS):
        before = done.total()
        failed += sum(not _do(desk, beat, late, done) for beat in BEATS)
        if done.total() == before or late():
            break
    return +done, not failed and not late()


def _do(desk: Desk, deed: Beat | Turn, late: Stopping, done: Counter[str]) -> bool:
    """Do one thing; tell whether it went well. What fails is logged, and holds up nothing else."""
    if late():
        return False
    try:
        with desk.work(ACTOR) as work:
            done[deed.name] += deed.deed(work, late)
    except Exception:  # noqa: BLE001 - a sandbox may be reset at any moment
        _log.exception("sandbox.failed", deed=deed.name)
        return False
    return True


@dataclass(slots=True)
class _Room:
    """A sandbox that the worker knows: its desk, and when it did there what is seldom done."""

    box: Box
    clock: SandboxClock
    desk: Desk
    due_at: float = 0.0
    rests_until: float = 0.0
    forget_at: float = field(default_factory=lambda: monotonic() + _FORGET_EVERY_S)


class Visitor:
    """The worker's way through the sandboxes that were used within the hour.

    It is one beat with a thread of its own, so that no sandbox holds up live work, and each has
    two seconds a round, so that none holds up the others for long.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._rooms: dict[str, _Room] = {}

    def beat(self) -> Beat:
        """Return the beat for a worker."""
        return Beat("sandboxes", _EVERY_S, 1, self.visit)

    def visit(self, work: Work, stopping: Stopping) -> int:
        """Go through all sandboxes once; return 0, for nothing of theirs is pressing."""
        boxes = sandboxes.recent(work, within=_AWAKE, limit=_MOST_AWAKE)
        work.hang_up()
        self._leave(but={box.database for box in boxes})
        for box in boxes:
            if stopping():
                break
            room = self._room(box)
            if monotonic() < room.rests_until:
                continue
            try:
                self._serve(room, stopping)
            except Exception as wrong:  # noqa: BLE001 - it may have been reset or closed a moment ago
                room.rests_until = monotonic() + _REST_S
                _log.warning("sandbox.rests", sandbox=box.code, why=str(wrong).splitlines()[0])
        return 0

    def close(self) -> None:
        """Let go of every sandbox."""
        self._leave(but=set())
        self._ground.close()

    def _room(self, box: Box) -> _Room:
        room = self._rooms.get(box.database)
        if room is None:
            clock = SandboxClock(box.ahead, self._ground.desk.clock)
            room = _Room(box, clock, self._ground.open(box, clock, pool_size=2))
            self._rooms[box.database] = room
        room.clock.move(box.ahead)
        return room

    def _serve(self, room: _Room, stopping: Stopping) -> None:
        now = monotonic()
        until = now + _EACH_S

        def late() -> bool:
            return stopping() or monotonic() > until

        desk, done = room.desk, Counter[str]()
        with desk.work(ACTOR) as work:
            work.rows("SELECT 1")  # or it is gone
        for beat in BEATS:
            _do(desk, beat, late, done)
        if now >= room.due_at:
            room.due_at = now + _DUE_EVERY_S
            for turn in _DUE:
                _do(desk, turn, late, done)
        if now >= room.forget_at:
            # By the real clock: what was revoked has to stay so for as long as a token lives.
            room.forget_at = now + _FORGET_EVERY_S
            for turn in _FORGETS:
                _do(desk.real(), turn, late, done)
        batches.carry_on(desk, batching.post, rows_per_s=0, stopping=late)
        fulfilment.carry_on(desk, ACTOR, stopping=late)
        webhooks.carry_on(desk, ACTOR, stopping=late, within_ms=_RECEIVER_MS)

    def _leave(self, *, but: set[str]) -> None:
        for database in self._rooms.keys() - but:
            self._rooms.pop(database).desk.hang_up()
