"""Plugins are asked in threads of their own, and waited for no longer than a deadline.

Nothing can stop a thread: one that took too long is left to itself, and what it says later is not
heard. As long as it runs it counts as one of its partner's, so that a plugin that never answers
holds so many threads and no more.
"""

import threading
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from time import monotonic_ns
from typing import Any
from uuid import UUID

from stoa.errors import PluginFailedError
from stoa.plugins import Plugins
from stoa.services.fulfilment.claiming import Errand
from stoa.values.facts import Fulfilment, Order

__all__ = ["Asked", "Asking", "Question"]


@dataclass(frozen=True, slots=True)
class Question:
    """What a plugin is asked: by its name, about an order, with its partner's settings."""

    errand: Errand
    plugin: str
    order: Order
    settings: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of it: an answer, ``None`` where the plugin has none, or what went wrong."""

    errand: Errand
    answer: Fulfilment | None = None
    wrong: str = ""


@dataclass(slots=True)
class _Thread:
    errand: Errand
    thread: threading.Thread
    until_ns: int
    heard: bool = True


@dataclass(slots=True)
class Asking:
    """The threads that ask, of one worker.

    Args:
        plugins: whom to ask.
        deadline_ms: how long a plugin is waited for.
    """

    plugins: Plugins
    deadline_ms: int
    _threads: dict[UUID, _Thread] = field(default_factory=dict)
    _said: SimpleQueue[tuple[UUID, Asked]] = field(default_factory=SimpleQueue)

    def ask(self, question: Question) -> None:
        """Begin to ask."""
        errand = question.errand
        thread = threading.Thread(
            target=self._ask, args=(question,), name="stoa-errand", daemon=True
        )
        self._threads[errand.token] = _Thread(
            errand, thread, monotonic_ns() + self.deadline_ms * 1_000_000
        )
        thread.start()

    def waiting(self) -> int:
        """Return how many answers are waited for."""
        return sum(each.heard for each in self._threads.values())

    def at(self, provider_id: UUID) -> int:
        """Return how many threads a partner holds, those that nobody waits for too."""
        return sum(each.errand.provider_id == provider_id for each in self._threads.values())

    def busy(self, most: int) -> list[UUID]:
        """Return the partners that hold so many threads or more."""
        providers = {each.errand.provider_id for each in self._threads.values()}
        return [each for each in providers if self.at(each) >= most]

    def answers(self, within_ms: int) -> list[Asked]:
        """Wait for the next answer, and return all there are, those that are overdue too.

        Args:
            within_ms: how long to wait at most.
        """
        found: list[Asked] = []
        try:
            said = self._said.get(block=self.waiting() > 0, timeout=within_ms / 1000)
            while True:
                token, asked = said
                if self._threads.pop(token).heard:
                    found.append(asked)
                said = self._said.get_nowait()
        except Empty:
            pass
        now = monotonic_ns()
        for each in self._threads.values():
            if each.heard and each.until_ns <= now:
                each.heard = False
                text = f"There was no answer within {self.deadline_ms} ms."
                found.append(Asked(each.errand, wrong=text))
        return found

    def _ask(self, question: Question) -> None:
        errand = question.errand
        ask = self.plugins.fulfil if errand.kind == "queued" else self.plugins.cancel_fulfilment
        try:
            answer = ask(question.plugin, question.order, question.settings)
            asked = Asked(errand, answer)
        except PluginFailedError as failed:
            asked = Asked(errand, wrong=_why(failed))
        except BaseException as wrong:  # noqa: BLE001 - a thread that dies silently is waited for
            asked = Asked(errand, wrong=repr(wrong)[:200])
        self._said.put((errand.token, asked))


def _why(failed: PluginFailedError) -> str:
    if failed.__cause__ is not None:
        return f"{type(failed.__cause__).__name__}: {failed.__cause__}"[:200]
    return " ".join(getattr(failed, "__notes__", [str(failed)]))[:200]
