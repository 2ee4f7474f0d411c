"""What bad plugins do when they are asked what a purchase earns: one function, one beast."""

import builtins
import ctypes
import decimal
import json
import os
import random
import re
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from stoa import hookimpl
from stoa.values.facts import EarnLine, Fulfilment, Order, Purchase
from stoa.values.settings import Kind, Setting

FINE = [EarnLine(7, "visit", "for a visit")]
_kept: list[Any] = []


def _said(text: str) -> list[EarnLine]:
    return [EarnLine(1, "said", text[:500])]


def beast(earn_lines: Callable[..., Any]) -> ModuleType:
    """Build a plugin of one deed."""
    module = ModuleType(earn_lines.__name__, earn_lines.__doc__)

    def settings() -> list[Setting]:
        return [Setting("knob", Kind.INTEGER, "Knob", 7)]

    vars(module)["settings"] = hookimpl(settings)
    earn_lines.__name__ = "earn_lines"
    vars(module)["earn_lines"] = hookimpl(earn_lines)
    return module


@beast
def good() -> Any:
    """Answers rightly."""
    return FINE


@beast
def raises() -> Any:
    """Raises."""
    raise ValueError("boom")


@beast
def exits() -> Any:
    """Asks the interpreter to end."""
    sys.exit(3)


@beast
def interrupts() -> Any:
    """Raises what Ctrl-C raises."""
    raise KeyboardInterrupt


@beast
def ends() -> Any:
    """Ends its process."""
    os._exit(0)


@beast
def crashes() -> Any:
    """Reads where no memory is."""
    return ctypes.string_at(0)


@beast
def sleeps() -> Any:
    """Sleeps for a minute."""
    time.sleep(60)


@beast
def late() -> Any:
    """Answers rightly, and too late."""
    time.sleep(0.6)
    return FINE


@beast
def backtracks() -> Any:
    """Matches a regular expression that never ends."""
    return re.match(r"(a+)+$", "a" * 40 + "b")


@beast
def eats() -> Any:
    """Wants 8 GB."""
    _kept.append(bytearray(8 << 30))
    return FINE


@beast
def nibbles() -> Any:
    """Wants all memory there is, bit by bit."""
    while True:
        _kept.append(bytearray(1 << 20))


@beast
def forks() -> Any:
    """Forks without end."""
    while True:
        try:
            os.fork()
        except OSError:
            time.sleep(0.001)


@beast
def leaves() -> Any:
    """Leaves a child in a session of its own, which outlives it, it hopes."""
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)
    return FINE


@beast
def opens() -> Any:
    """Opens 10,000 files."""
    _kept.extend(os.dup(0) for _ in range(10_000))
    return FINE


@beast
def writes() -> Any:
    """Writes files wherever it may."""
    done = []
    for folder in (".", "/tmp", "/var/tmp", "/dev/shm", *sys.path):  # noqa: S108 - to be refused
        try:
            Path(folder, "stoa-beast").write_text("here", "utf-8")
        except OSError:
            continue
        done.append(folder)
    return _said(" ".join(done))


@beast
def garbles() -> Any:
    """Answers a text for lines."""
    return "many"


@beast
def floods() -> Any:
    """Answers without measure."""
    return [EarnLine(1, "base", "x" * 400) for _ in range(20_000)]


@beast
def nests() -> Any:
    """Answers a list in a list in a list."""
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    return deep


@dataclass(frozen=True)
class Posting:
    """What the ledger would post, if plugins could."""

    points: int
    reason: str
    account: str


@beast
def posts() -> Any:
    """Answers a posting for another's account."""
    return [Posting(10**6, "base", "wallet:mem_other")]


@beast
def scribbles(purchase: Purchase, settings: dict[str, Any]) -> Any:
    """Changes what it is given, and keeps it."""
    _kept.append(purchase)
    object.__setattr__(purchase, "store", "mine")
    settings["knob"] += 1
    seen = len({id(each) for each in _kept}) == len(_kept) and purchase.lines[0].sku == "sku-1"
    object.__setattr__(purchase.lines[0], "sku", "stolen")
    return [EarnLine(settings["knob"] if seen else 0, "knob")]


@beast
def patches() -> Any:
    """Changes the standard library under everybody's feet."""
    json.loads = json.dumps = lambda *_a, **_k: "{}"  # type: ignore[assignment]
    decimal.getcontext().prec = 1
    random.seed(1)
    builtins.open = builtins.print = None  # type: ignore[assignment]
    return FINE


@beast
def spies() -> Any:
    """Looks for secrets, other processes, files, sockets."""
    found = [f"environ {name}" for name in os.environ if name != "LC_CTYPE"]
    for path in (
        "/proc/self/environ", "/proc/1/environ", f"/proc/{os.getppid()}/environ", "/etc/passwd",
    ):  # fmt: skip
        try:
            if Path(path).read_bytes():
                found.append(path)
        except OSError:
            continue
    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):
        try:
            socket.socket(family).close()
        except OSError:
            continue
        found.append(family.name)
    return _said(" ".join(found))


@beast
def looks(purchase: Purchase) -> Any:
    """Reads the file that the purchase names as its store."""
    try:
        return _said(f"read: {Path(purchase.store).read_text('utf-8')}")
    except OSError as wrong:
        return _said(f"refused: {type(wrong).__name__}")


@beast
def stops() -> Any:
    """Stops itself, and what is around it."""
    os.kill(os.getpid(), signal.SIGSTOP)
    os.killpg(0, signal.SIGSTOP)
    time.sleep(60)


@beast
def kills(purchase: Purchase) -> Any:
    """Kills its parent, the server, and everybody it can find."""
    for pid in (os.getppid(), int(purchase.store), -1):
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            continue
    return FINE


@beast
def babbles() -> Any:
    """Writes to every file that it has open, the line to the server among them."""
    print("hello")  # noqa: T201 - it does
    for number in range(256):
        try:
            os.write(number, b"\xff" * 64)
        except OSError:
            continue
    return FINE


@beast
def forges() -> Any:
    """Answers the next question before it is asked."""

    def forge() -> None:
        time.sleep(0.03)
        text = json.dumps({"id": 2, "answer": [{"points": 10**6, "reason": "forged"}]}).encode()
        for number in range(3, 256):
            try:
                os.write(number, len(text).to_bytes(4, "big") + text)
            except OSError:
                continue

    threading.Thread(target=forge, daemon=True).start()
    return FINE


@beast
def dices() -> Any:
    """Answers rightly every second time or so."""
    if os.urandom(1)[0] < 128:
        raise ValueError("not today")
    return FINE


def _fulfil(order: Order) -> Fulfilment:
    try:
        with socket.create_connection(("127.0.0.1", int(order.deliver_to["port"])), 5) as line:
            return Fulfilment("done", line.recv(64).decode())
    except OSError as wrong:
        return Fulfilment("refused", detail=str(wrong))


errands = ModuleType("errands", "Reaches the network in its errands.")
_fulfil.__name__ = "fulfil"
vars(errands)["fulfil"] = hookimpl(_fulfil)
