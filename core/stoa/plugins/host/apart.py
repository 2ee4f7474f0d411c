"""A plugin asked apart: questions go to hosts without network, errands to others that have one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

from stoa.plugins import codec
from stoa.plugins.failing import NoAnswerError
from stoa.plugins.host.keeper import Keeper
from stoa.values.settings import Setting

__all__ = ["ERRANDS", "Apart", "Terms"]

ERRANDS = ("fulfil", "cancel_fulfilment", "happened")
"""Hooks that may use the network, and have the time it takes."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How a plugin is housed.

    Attributes:
        within_s: how long a question may take, with the wait for a host.
        errand_s: how long an errand may take.
        processes: how many questions are asked at once.
        hidden: folders of the server's own, which no code may lie above.
    """

    within_s: float = 0.15
    errand_s: float = 30.0
    processes: int = 1
    hidden: tuple[str, ...] = ()


class Apart:
    """One plugin in processes of its own.

    Args:
        place: where it is imported from: ``stoa_cinema`` or ``stoa_cinema.plugin:cinema``.
    """

    def __init__(self, name: str, place: str, *, keeper: Keeper, terms: Terms) -> None:
        self.name = name
        self._terms = terms
        order = {"name": name, "module": place, "hidden": list(terms.hidden)}
        self._questions = keeper.pool(order | {"network": False}, terms.processes)
        self._errands = keeper.pool(order | {"network": True}, terms.processes)

    def begin(self) -> None:
        """Have the first host started."""
        self._questions.begin()

    def wait(self, within_s: float) -> str:
        """Wait until it is loaded; return why it is not, empty when it is."""
        return self._questions.wait(monotonic() + within_s)

    @property
    def hooks(self) -> frozenset[str]:
        """The hooks it answers."""
        return frozenset(self._questions.ready.get("hooks", ()))

    @property
    def told(self) -> tuple[str, str]:
        """Its title and its text."""
        ready = self._questions.ready
        return str(ready.get("title", self.name))[:500], str(ready.get("text", ""))[:10_000]

    @property
    def settings(self) -> list[Setting] | None:
        """Its knobs, as it told them; not checked.

        Raises:
            CodecError: it told something else.
        """
        found: list[Setting] | None = codec.answered(
            "settings", self._questions.ready.get("settings")
        )
        return found

    @property
    def answered_by(self) -> str:
        """Who answers in place of its hooks; empty where they do."""
        return str(self._questions.ready.get("answered_by", ""))

    @property
    def missing(self) -> list[str]:
        """What its hosts could not be kept from, for people."""
        return [str(each)[:200] for each in self._questions.ready.get("missing", ())][:20]

    def pids(self) -> list[int]:
        """Return the numbers of its processes."""
        return self._questions.pids() + self._errands.pids()

    def answers(self, hook: str, settings: Mapping[str, Any]) -> bool:  # noqa: ARG002 - whatever they are
        """Tell whether it has something to say to a hook."""
        return hook in self.hooks

    def key(self, settings: Mapping[str, Any]) -> str:
        """Return whose failures are counted together: those of one partner's settings."""
        return json.dumps(dict(settings), sort_keys=True, separators=(",", ":"))

    def ask(self, hook: str, facts: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:  # noqa: ANN401 - checked by callers
        """Ask one hook; return the answer, read but not checked.

        Raises:
            NoAnswerError: there is none, or none that can be read.
        """
        errand = hook in ERRANDS
        pool = self._errands if errand else self._questions
        within_s = self._terms.errand_s if errand else self._terms.within_s
        given = codec.question(hook, facts) | {"settings": dict(settings)}
        said = pool.ask(hook, json.dumps(given, separators=(",", ":")), within_s)
        try:
            return codec.answered(hook, said)
        except codec.CodecError as wrong:
            raise NoAnswerError("garbage", str(wrong)[:300]) from wrong
