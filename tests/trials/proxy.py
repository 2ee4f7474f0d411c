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
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from time import monotonic

__all__ = ["WAYS", "Cut", "Proxy"]

WAYS = ("before", "request", "answer_lost", "answer_half", "reset", "half_open", "delay")
_CHUNK = 1 << 20
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: no farewell, no wait


@dataclass
class Cut:
    """What shall happen to one message.

    Attributes:
        way: one of `WAYS`.
        after: how many messages of clients pass before.
        all_at_once: every other open connection is reset with it, as when a switch dies.
        pause_s: how long ``half_open`` and ``delay`` last.
    """

    way: str
    after: int
    all_at_once: bool = False
    pause_s: float = 1.0
    made: Event = field(default_factory=Event)
    made_at: float = 0.0


class _Wire:
    """One connection through the proxy: both of its ends, and what its answer will meet."""

    def __init__(self, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self.ends = (near, far)
        self.cut: Cut | None = None
        self.deaf = False

    def close(self, *, reset: bool = False) -> None:
        for end in self.ends:
            if reset:
                with suppress(OSError):
                    end.get_extra_info("socket").setsockopt(
                        socket.SOL_SOCKET, socket.SO_LINGER, _RESET
                    )
            end.transport.abort()


class Proxy:
    """Passes every connection on; `arm` chooses the message at which it cuts one.

    Args:
        target: the port of a server on this machine, or its unix socket.
    """

    def __init__(self, target: int | Path) -> None:
        self.port = 0
        self._target = target
        self._cut: Cut | None = None
        self._wires: set[_Wire] = set()
        self._loop = asyncio.new_event_loop()
        self._started = Event()
        self._end = asyncio.Event()
        self._thread = Thread(target=self._loop.run_until_complete, args=(self._serve(),))

    def start(self) -> None:
        """Listen at a port of its own, in a thread of its own."""
        self._thread.start()
        self._started.wait()

    def arm(self, cut: Cut) -> Cut:
        """Make this cut at the first message for which it is time."""
        self._loop.call_soon_threadsafe(setattr, self, "_cut", cut)
        return cut

    def close(self) -> None:
        """Cut everything and end the thread."""
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()
        self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._pass, "127.0.0.1", 0, limit=_CHUNK)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._end.wait()
        server.close()
        for wire in list(self._wires):
            wire.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)

    async def _pass(self, near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        try:
            if isinstance(self._target, Path):
                far_in, far_out = await asyncio.open_unix_connection(self._target, limit=_CHUNK)
            else:
                far_in, far_out = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            near_out.transport.abort()
            return
        wire = _Wire(near_out, far_out)
        self._wires.add(wire)
        try:
            await asyncio.gather(self._ask(wire, near_in, far_out), self._tell(wire, far_in))
        finally:
            wire.close()
            self._wires.discard(wire)

    async def _ask(
        self, wire: _Wire, near: asyncio.StreamReader, far: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while data := await near.read(_CHUNK):
                cut = self._due()
                if cut is not None:
                    data = self._begin(wire, cut, data)  # noqa: PLW2901 - what is left of it
                if data and not wire.deaf:
                    far.write(data)
                    await far.drain()
                if cut is not None:
                    await self._end_at_once(wire, cut)
        wire.close()

    async def _tell(self, wire: _Wire, far: asyncio.StreamReader) -> None:
        with suppress(OSError):
            while data := await far.read(_CHUNK):
                cut, wire.cut = wire.cut, None
                way = cut.way if cut else ""
                if cut and way == "delay":
                    await asyncio.sleep(cut.pause_s)
                if way in ("answer_lost", "answer_half"):
                    data = data[: len(data) // 2] if way == "answer_half" else b""  # noqa: PLW2901 - likewise
                if data and not wire.deaf:
                    wire.ends[0].write(data)
                    await wire.ends[0].drain()
                if cut and way != "delay":
                    await asyncio.sleep(0)
                    break
        wire.ends[0].close()  # what was written still goes out
        wire.ends[1].transport.abort()

    def _due(self) -> Cut | None:
        cut = self._cut
        if cut is None:
            return None
        if cut.after > 0:
            cut.after -= 1
            return None
        self._cut = None
        cut.made_at = monotonic()
        return cut

    def _begin(self, wire: _Wire, cut: Cut, data: bytes) -> bytes:
        """Return what of a message still goes on."""
        if cut.way in ("answer_lost", "answer_half", "delay"):
            wire.cut = cut
        return {"before": b"", "request": data[: len(data) // 2]}.get(cut.way, data)

    async def _end_at_once(self, wire: _Wire, cut: Cut) -> None:
        if cut.way == "half_open":
            wire.deaf = True
            await asyncio.sleep(cut.pause_s)
        if cut.way in ("before", "request", "reset", "half_open"):
            await asyncio.sleep(0.005 if cut.way == "reset" else 0)
            wire.close(reset=cut.way in ("reset", "half_open"))
        if cut.all_at_once:
            for other in self._wires - {wire}:
                other.close(reset=True)
        cut.made.set()
