"""How plugins do: calls, times, failures and breakers; told to whoever counts, and to the operator.

Each process counts for itself. Where they share a folder (`stoa.plugins.sharing`), every one leaves
its figures there, and the operator is shown the sum of all on this machine.
"""

import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from time import monotonic, time
from typing import Any

from stoa.plugins.breaker import Breaker
from stoa.plugins.sharing import Folder

__all__ = ["BOUNDS_MS", "Figures", "Health", "Saw", "Watch", "key_of"]

BOUNDS_MS = (
    0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 150.0, 250.0, 500.0, 1000.0, 2500.0,
    5000.0, 30000.0,
)  # fmt: skip
"""Upper bounds of the times that are told apart."""

Saw = Callable[[str, str, str, float], None]
"""Whoever counts calls: plugin, hook, ``answered`` or the kind of failure, seconds."""

_EVERY_S = 5.0
_SOON_S = 0.5


def key_of(settings: str) -> str:
    """Return a short name for one partner's settings of a plugin, the same in every process."""
    return blake2b(settings.encode(), digest_size=8).hexdigest() if settings else "all"


@dataclass(slots=True)
class Figures:
    """What was counted of one plugin with one partner's settings.

    Attributes:
        calls: questions and errands, those that failed too.
        failures: by kind: ``late``, ``busy``, ``gone``, ``raised``, ``garbage``, ``violation``,
            ``open``.
        times: how many answers to questions came within each of `BOUNDS_MS`, and later.
        last_error: what the newest failure said.
        last_error_at: seconds since 1970; 0 where nothing failed.
        open_until: the same, of the breaker.
        breaker: ``closed``, ``open`` or ``trying``; the worst of several processes.
        processes: how many processes counted it.
    """

    calls: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    times: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_MS) + 1))
    last_error: str = ""
    last_error_at: float = 0.0
    open_until: float = 0.0
    breaker: str = "closed"
    processes: int = 1

    @property
    def failed(self) -> int:
        """How many calls failed."""
        return sum(self.failures.values())

    @property
    def violations(self) -> int:
        """How many answers said what they must not: no effect, but what an attack looks like."""
        return self.failures.get("violation", 0)

    def percentile_ms(self, hundredths: int) -> float | None:
        """Return the time within which so many of 100 answers came, as an upper bound."""
        total = sum(self.times)
        if not total:
            return None
        seen, wanted = 0, total * hundredths / 100
        for bound, count in zip(BOUNDS_MS, self.times, strict=False):
            seen += count
            if seen >= wanted:
                return bound
        return BOUNDS_MS[-1]

    def plus(self, other: "Figures") -> "Figures":
        """Return the sum of two processes."""
        newer = max(self, other, key=lambda each: each.last_error_at)
        worse = max(self, other, key=lambda each: _STATES.index(each.breaker))
        kinds = self.failures.keys() | other.failures.keys()
        return Figures(
            self.calls + other.calls,
            {kind: self.failures.get(kind, 0) + other.failures.get(kind, 0) for kind in kinds},
            [one + two for one, two in zip(self.times, other.times, strict=True)],
            newer.last_error, newer.last_error_at, max(self.open_until, other.open_until),
            worse.breaker, self.processes + other.processes,
        )  # fmt: skip


_STATES = ("closed", "trying", "open")


class Watch:
    """Counts one plugin with one partner's settings; safe to share between threads."""

    def __init__(self, name: str, key: str, *, health: "Health") -> None:
        self.breaker = Breaker()
        self._name = name
        self._key = key
        self._health = health
        self._lock = threading.Lock()
        self._figures = Figures()
        self._opened_at = 0.0

    def enter(self) -> None:
        """Begin a question.

        Raises:
            NoAnswerError: the breaker is open.
        """
        if self.breaker.state != "closed" and self._health.wants_again(
            self._name, self._key, self._opened_at
        ):
            self.breaker.close()
        self.breaker.enter()

    def answered(self, hook: str, seconds: float, *, timed: bool) -> None:
        """Note an answer that could be used."""
        self.breaker.answered()
        with self._lock:
            self._figures.calls += 1
            if timed:
                self._figures.times[bisect_left(BOUNDS_MS, seconds * 1000)] += 1
        self._health.saw(self._name, hook, "answered", seconds)

    def failed(self, hook: str, kind: str, why: str, seconds: float, *, counts: bool) -> bool:
        """Note a failure; return whether it opened the breaker.

        Args:
            counts: it is a question, and counts for the breaker.
        """
        opened = self.breaker.failed(kind) if counts else False
        with self._lock:
            figures = self._figures
            figures.calls += 1
            figures.failures[kind] = figures.failures.get(kind, 0) + 1
            if kind != "open":
                figures.last_error, figures.last_error_at = f"{hook}: {why}"[:300], time()
            if opened:
                self._opened_at = time()
        self._health.saw(self._name, hook, kind, seconds, soon=True)
        return opened

    def figures(self) -> Figures:
        """Return a copy of what was counted."""
        with self._lock:
            mine = Figures(**_document(self._figures))
        mine.failures, mine.times = dict(mine.failures), list(mine.times)
        mine.breaker = self.breaker.state
        left_s = self.breaker.left_s
        mine.open_until = time() + left_s if left_s else 0.0
        return mine


class Health:
    """The watches of one process.

    Args:
        folder: where processes of this machine leave their figures; ``None`` for this one alone.
    """

    def __init__(self, folder: Folder | None = None) -> None:
        self._folder = folder
        self._watches: dict[tuple[str, str], Watch] = {}
        self._lock = threading.Lock()
        self._next = 0.0
        self._listeners: list[Saw] = []

    def listen(self, saw: Saw) -> None:
        """Have somebody told of every call."""
        self._listeners.append(saw)

    def watch(self, name: str, settings: str) -> Watch:
        """Return the watch of a plugin with one partner's settings (as JSON, or empty)."""
        found = self._watches.get((name, settings))
        if found is None:
            with self._lock:
                found = self._watches.get((name, settings))
                if found is None:
                    found = Watch(name, key_of(settings), health=self)
                    if len(self._watches) >= _MOST:
                        self._watches.pop(next(iter(self._watches)))
                    self._watches[name, settings] = found
        return found

    def figures(self, name: str, settings: str) -> Figures:
        """Return what all processes of this machine counted."""
        mine = self.watch(name, settings).figures()
        for document in self._others():
            theirs = _read(document, name, key_of(settings))
            if theirs is not None:
                mine = mine.plus(theirs)
        return mine

    def totals(self) -> dict[str, Figures]:
        """Return the sums by plugin, over all partners and processes."""
        found = [(name, watch.figures()) for (name, _), watch in list(self._watches.items())]
        for document in self._others():
            for name, keys in document.items():
                each = (_read(document, name, key) for key in keys)
                found += [(name, figures) for figures in each if figures is not None]
        sums: dict[str, Figures] = {}
        for name, figures in found:
            sums[name] = sums[name].plus(figures) if name in sums else figures
        return sums

    def try_again(self, name: str, settings: str) -> None:
        """Close the breaker of a plugin with one partner's settings, in every process."""
        self.watch(name, settings).breaker.close()
        if self._folder is not None:
            self._folder.ask_again(name, key_of(settings))

    def wants_again(self, name: str, key: str, since: float) -> bool:
        """Tell whether somebody asked to try again since an instant (seconds since 1970)."""
        return self._folder is not None and self._folder.asked_again(name, key) > since

    def saw(self, name: str, hook: str, what: str, seconds: float, *, soon: bool = False) -> None:
        """Tell of a call, and leave the figures where others find them, now and then."""
        for listener in self._listeners:
            listener(name, hook, what, seconds)
        if self._folder is None:
            return
        now = monotonic()
        if now >= self._next or (soon and now >= self._next - _EVERY_S + _SOON_S):
            self._next = now + _EVERY_S
            self.share()

    def share(self) -> None:
        """Leave the figures of this process where others find them."""
        if self._folder is not None:
            told: dict[str, dict[str, Any]] = {}
            for (name, settings), watch in list(self._watches.items()):
                told.setdefault(name, {})[key_of(settings)] = _document(watch.figures())
            self._folder.leave(told)

    def _others(self) -> Iterable[Mapping[str, Any]]:
        return () if self._folder is None else self._folder.others()


_MOST = 1000
"""Watches of one process: partners times plugins, with those of settings that were changed."""


def _document(figures: Figures) -> dict[str, Any]:
    return {name: getattr(figures, name) for name in Figures.__slots__}


def _read(document: Mapping[str, Any], name: str, key: str) -> Figures | None:
    found = document.get(name, {}).get(key)
    try:
        return None if found is None else Figures(**found)
    except TypeError:
        return None  # of another release
