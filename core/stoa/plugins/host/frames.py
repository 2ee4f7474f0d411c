"""Frames between the server and its hosts: four bytes of length, then so much JSON."""

import json
import socket
import struct
from time import monotonic
from typing import Any

__all__ = ["MAX_BYTES", "FrameError", "pack", "receive", "receive_until", "unpack"]

MAX_BYTES = 1 << 20
"""The longest question and the longest answer."""

_LENGTH = struct.Struct("!I")
_AT_ONCE = 1 << 16
_loads = json.loads  # a plugin may change what it finds in modules


class FrameError(Exception):
    """What arrived is no frame, or one too long, or the other side is gone."""


def pack(body: bytes) -> bytes:
    """Return a frame.

    Raises:
        FrameError: it would be too long.
    """
    if len(body) > MAX_BYTES:
        raise FrameError(f"{len(body)} bytes are more than {MAX_BYTES}")
    return _LENGTH.pack(len(body)) + body


def unpack(body: bytes) -> Any:  # noqa: ANN401 - parsed JSON
    """Read the JSON of a frame, without the numbers that JSON does not have.

    Raises:
        FrameError: it is none, or too deep to be read.
    """
    try:
        return _loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as wrong:
        raise FrameError(f"no JSON: {wrong}"[:200]) from wrong


def receive(line: socket.socket) -> bytes | None:
    """Wait for the next frame, as long as it takes; ``None`` at the end of the line."""
    head = _exactly(line, _LENGTH.size)
    return None if head is None else _exactly(line, _LENGTH.unpack(head)[0])


def receive_until(line: socket.socket, until: float) -> bytes:
    """Wait for a frame until an instant of the monotonic clock.

    Raises:
        TimeoutError: it did not come, or not all of it.
        FrameError: it is too long, or the line ended.
    """
    head = _in_time(line, _LENGTH.size, until)
    length = _LENGTH.unpack(head)[0]
    if length > MAX_BYTES:
        raise FrameError(f"an answer of {length} bytes")
    return _in_time(line, length, until)


def _exactly(line: socket.socket, count: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < count:
        part = line.recv(min(count - len(parts), _AT_ONCE))
        if not part:
            return None
        parts += part
    return bytes(parts)


def _in_time(line: socket.socket, count: int, until: float) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        left = until - monotonic()
        if left <= 0:
            raise TimeoutError
        line.settimeout(left)
        try:
            part = line.recv(min(count - len(parts), _AT_ONCE))
        except ConnectionError as wrong:
            raise FrameError(str(wrong)) from wrong
        if not part:
            raise FrameError("the process ended")
        parts += part
    return bytes(parts)


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")
