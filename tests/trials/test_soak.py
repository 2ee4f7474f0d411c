"""The soak's command: what it tells, how it ends, and where a state machine is hung in."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from trials import __main__ as command
from trials.checker import Flaw
from trials.report import Result
from trials.soak import Plan, soak


def _results(*flaws: Flaw) -> list[Result]:
    counts = Counter(acknowledged=1000, ambiguous=7, proved=5)
    return [
        Result("kill", "database", "s/kill/0", list(flaws), counts, recovery_s=0.4, p99_ms=20.0),
        Result("storm", "keys", "s/storm/0", [], counts, p99_ms=90.0),
    ]


def _run(monkeypatch: pytest.MonkeyPatch, results: list[Result], *words: str) -> tuple[int, str]:
    def given(_: Plan) -> Iterator[Result]:
        return iter(results)

    monkeypatch.setattr(command, "soak", given)
    done = CliRunner().invoke(command.main, [*words, "--seed", "s"])
    return done.exit_code, done.output


def test_clean_trials_end_well_and_tell_their_bound(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    out = tmp_path / "figures.json"
    code, told = _run(monkeypatch, _results(), "--kills", "1", "--storms", "1", "--out", str(out))
    figures = json.loads(out.read_text("utf-8"))
    assert code == 0
    assert "rule of three" in told
    assert (figures["seed"], figures["trials"], figures["failed"]) == ("s", 2, 0)
    assert figures["totals"]["acknowledged"] == 2000
    assert figures["totals"]["worst_recovery_s"] == 0.4


def test_one_flaw_ends_the_run_with_1_and_its_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    code, told = _run(monkeypatch, _results(Flaw("lost", "earn k1")), "--kills", "2")
    assert code == 1
    assert "seed s/kill/0" in told
    assert "lost: earn k1" in told


def test_a_saboteur_ends_well_when_it_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("--kills", "2", "--saboteur", "async-commit")
    code, told = _run(monkeypatch, _results(Flaw("lost", "earn k1")), *words)
    assert (code, "caught in trial 1" in told) == (0, True)
    code, told = _run(monkeypatch, _results(), *words)
    assert (code, "survived 2 trials" in told) == (1, True)


def test_the_help_teaches_by_examples() -> None:
    told = CliRunner().invoke(command.main, ["--help"]).output
    assert "--kills 200 --storms 100" in told


def test_a_state_machine_is_a_trial_too(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def run(seed: str, examples: int, steps: int) -> list[str]:
        asked.extend((seed, examples, steps))
        return ["a step too far"]

    machine = ModuleType("trials.machine")
    machine.__spec__ = ModuleSpec("trials.machine", None)
    machine.__dict__["run"] = run
    monkeypatch.setitem(sys.modules, "trials.machine", machine)
    results = list(soak(Plan("s", machine=20, steps=7)))
    assert asked == ["s", 20, 7]
    assert results[0].flaws == [Flaw("machine", "a step too far")]
