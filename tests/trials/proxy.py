"""A TCP proxy that cuts what passes through it, at a chosen message and in a chosen way.

before       the message is thrown away, and the connection is cut
request      half of the message goes on, then the connection is cut
answer_lost  the message goes on, and its answer is thrown away: it was done, nobody knows
answer_half  half of the answer comes back, then the connection is cut
reset        the message goes on, and both sides are reset at once
half_open    nothing passes any more, and nobody is told until some time is over
delay        the answer comes late
"""

import asyncio
import socket
import struct
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from time import monotonic

__all__ = ["WAYS", "Cut", "Proxy"]

WAYS = ("before", "request", "answer_lost", "answer_half", "reset", "half_open", "delay")
_CHUNK = 1 << 20
_RESET = (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # no farewell


@dataclass
class Cut:
    """What happens to the message after so many others, and to all connections if a switch dies."""

    way: str
    after: int
    all_at_once: bool = False
    pause_s: float = 1.0
    made: Event = field(default_factory=Event)
    made_at: float = 0.0


@dataclass(eq=False)
class _Wire:
    near: StreamWriter
    far: StreamWriter
    cut: Cut | None = None
    deaf: bool = False

    def abort(self, *, reset: bool = False) -> None:
        for end in (self.near, self.far):
            if reset:
                with suppress(OSError):
                    end.get_extra_info("socket").setsockopt(*_RESET)
            end.transport.abort()


class Proxy:
    """Passes connections on to a local port or unix socket; `arm` chooses where it cuts one."""

    def __init__(self, target: int | Path) -> None:
        self._target = target
        self._cut: Cut | None = None
        self._wires: set[_Wire] = set()
        self._loop = asyncio.new_event_loop()
        self._started, self._end = Event(), asyncio.Event()
        self._thread = Thread(target=self._loop.run_until_complete, args=(self._serve(),))
        self._thread.start()
        self._started.wait()

    def arm(self, cut: Cut) -> None:
        """Make this cut at the message for which it is time."""
        self._loop.call_soon_threadsafe(setattr, self, "_cut", cut)

    def close(self) -> None:
        """Cut everything and end the thread."""
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()
        self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._pass, "127.0.0.1", 0, limit=_CHUNK)
        self.port: int = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._end.wait()
        server.close()
        for wire in list(self._wires):
            wire.abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)

    async def _pass(self, asking: StreamReader, near: StreamWriter) -> None:
        try:
            if isinstance(self._target, Path):
                telling, far = await asyncio.open_unix_connection(self._target, limit=_CHUNK)
            else:
                telling, far = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            near.transport.abort()
            return
        wire = _Wire(near, far)
        self._wires.add(wire)
        await asyncio.gather(self._ask(wire, asking), self._tell(wire, telling))
        self._wires.discard(wire)

    async def _ask(self, wire: _Wire, asking: StreamReader) -> None:
        with suppress(OSError):
            while data := await asking.read(_CHUNK):
                cut, way = self._due()
                if way in ("answer_lost", "answer_half", "delay"):
                    wire.cut = cut
                part = {"before": 0, "request": len(data) // 2}.get(way, len(data))
                await _write(wire, wire.far, data[:part])
                if cut:
                    await self._make(wire, cut)
        wire.abort()

    def _due(self) -> tuple[Cut | None, str]:
        if self._cut is None or self._cut.after > 0:
            if self._cut:
                self._cut.after -= 1
            return None, ""
        cut, self._cut = self._cut, None
        return cut, cut.way

    async def _make(self, wire: _Wire, cut: Cut) -> None:
        cut.made_at = monotonic()
        if cut.way == "half_open":
            wire.deaf = True
            await asyncio.sleep(cut.pause_s)
        if cut.way in ("before", "request", "reset", "half_open"):
            wire.abort(reset=cut.way in ("reset", "half_open"))
        for other in self._wires - {wire} if cut.all_at_once else ():
            other.abort(reset=True)
        cut.made.set()

    async def _tell(self, wire: _Wire, telling: StreamReader) -> None:
        with suppress(OSError):
            while data := await telling.read(_CHUNK):
                cut, wire.cut = wire.cut, None
                way = cut.way if cut else ""
                if cut and way == "delay":
                    await asyncio.sleep(cut.pause_s)
                part = {"answer_lost": 0, "answer_half": len(data) // 2}.get(way, len(data))
                await _write(wire, wire.near, data[:part])
                if way in ("answer_lost", "answer_half"):
                    break
        wire.near.close()  # what was written still goes out
        wire.far.transport.abort()


async def _write(wire: _Wire, end: StreamWriter, data: bytes) -> None:
    if data and not wire.deaf:
        end.write(data)
        await end.drain()
