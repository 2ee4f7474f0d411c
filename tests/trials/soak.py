"""The soak: as many trials of each kind as asked for, each with a seed that repeats it."""

import importlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, Protocol, TypeVar

from trials import clearing as histories
from trials.checker import Flaw
from trials.cuts import CUTS, Crossing, a_crossing, cut_trial
from trials.kills import KILLS, kill_trial
from trials.report import Result
from trials.storms import STORMS, storm_trial
from trials.till import Tokens
from trials.town import Town, a_town

__all__ = ["SABOTEURS", "Plan", "soak"]

SABOTEURS = {
    "async-commit": "the database answers before a commit is on disk: acknowledged deeds are lost",
    "new-key": "clients repeat under another key: deeds are doubled",
}
"""What the trials must catch; each is a way to be wrong that looks right on a good day."""

_A_TOWN = 40
"""After so many trials a fresh town is opened, so that to check hours of history costs no more."""

T = TypeVar("T")
Trial = Callable[[T, str, str, Tokens], Result]


@dataclass(frozen=True)
class Plan:
    """How many trials of each kind, and who sabotages them."""

    seed: str
    kills: int = 0
    storms: int = 0
    cuts: int = 0
    machine: int = 0
    steps: int = 50
    clearing: int = 0
    saboteur: str | None = None

    @property
    def trials(self) -> int:
        """How many results there will be; all examples of the machine are one, all months too."""
        return self.kills + self.storms + self.cuts + bool(self.machine) + bool(self.clearing)


class Machine(Protocol):
    """What a module ``trials.machine`` has: all deeds against a model in plain Python."""

    def run(self, seed: str, examples: int, steps: int) -> Sequence[str]:
        """Run so many examples of so many steps; return what failed."""
        ...


def soak(plan: Plan) -> Iterator[Result]:
    """Run the trials of a plan one after another."""
    lazy = plan.saboteur == "async-commit"
    conf = "synchronous_commit = off\n" if lazy else ""
    kills = ["database"] if lazy else list(KILLS)

    def kill(town: Town, name: str, seed: str, tokens: Tokens) -> Result:
        return kill_trial(town, name, seed, tokens=tokens)

    def storm(town: Town, name: str, seed: str, tokens: Tokens) -> Result:
        return storm_trial(town, name, seed, tokens=tokens)

    def cut(crossing: Crossing, name: str, seed: str, tokens: Tokens) -> Result:
        new_keys = plan.saboteur == "new-key"
        return cut_trial(crossing, name, seed, tokens=tokens, new_keys=new_keys)

    where = lambda: a_town(conf=conf)  # noqa: E731 - opened anew for each batch
    yield from _batches(f"{plan.seed}/kill", _cycle(kills, plan.kills), where, kill)
    yield from _batches(f"{plan.seed}/storm", _cycle(list(STORMS), plan.storms), where, storm)
    yield from _batches(f"{plan.seed}/cut", _cycle(CUTS, plan.cuts), a_crossing, cut)
    if plan.machine:
        yield _machine(plan)
    if plan.clearing:
        yield _clearing(plan)


def _cycle(names: Sequence[str], count: int) -> list[str]:
    return [names[number % len(names)] for number in range(count)]


def _batches(
    seed: str,
    names: Sequence[str],
    where: Callable[[], AbstractContextManager[T]],
    trial: Trial[T],
) -> Iterator[Result]:
    for start in range(0, len(names), _A_TOWN):
        with where() as ground:
            town = ground.town if isinstance(ground, Crossing) else ground
            assert isinstance(town, Town)
            tokens = Tokens(town.port)
            for number, name in enumerate(names[start : start + _A_TOWN], start):
                yield trial(ground, name, f"{seed}/{number}", tokens)


def _machine(plan: Plan) -> Result:
    began = monotonic()
    result = Result("machine", f"{plan.machine} × {plan.steps}", plan.seed)
    tests = Path(__file__).with_name("test_machine.py")
    if importlib.util.find_spec("trials.machine") is not None:
        machine: Any = importlib.import_module("trials.machine")
        found: Machine = machine
        failures = found.run(plan.seed, plan.machine, plan.steps)
        result.flaws += [Flaw("machine", told) for told in failures]
    elif tests.exists():
        asked = {"STOA_MACHINE_EXAMPLES": str(plan.machine), "STOA_MACHINE_STEPS": str(plan.steps)}
        words = [sys.executable, "-m", "pytest", "-q", f"--hypothesis-seed={_number(plan.seed)}"]
        told = subprocess.run(
            [*words, str(tests)],
            env=os.environ | asked,
            capture_output=True,
            text=True,
            check=False,
        )
        if told.returncode:
            result.flaws.append(Flaw("machine", told.stdout[-4000:]))
    else:
        result.flaws.append(Flaw("machine", "there is no state machine in tests/trials yet"))
    result.seconds = monotonic() - began
    return result


def _clearing(plan: Plan) -> Result:
    began = monotonic()
    result = Result("clearing", f"{plan.clearing} months", plan.seed)
    result.flaws += [Flaw("clearing", told) for told in histories.run(plan.seed, plan.clearing)]
    result.seconds = monotonic() - began
    return result


def _number(seed: str) -> int:
    return int.from_bytes(seed.encode(), "big") % 2**32
