"""Kills: SIGKILL at a random instant under load, then everything acknowledged is still there."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from time import monotonic

import psutil

from trials.checker import Flaw, check, check_history
from trials.cluster import patience
from trials.history import Recorder, read
from trials.load import Crew, replay, tills_of
from trials.report import Result, p99_ms
from trials.till import Tokens
from trials.town import SERVERS, Town

__all__ = ["KILLS", "RECOVERY_S", "Kill", "kill_trial"]

RECOVERY_S = 10.0
"""How long a recovery may take (reliability §2.3)."""

_TILLS = 8
_PEOPLE = 6
_GIVE_UP_S = 30.0
_AFTER_S = 0.2


@dataclass(frozen=True)
class Kill:
    """How something is killed, and how it comes back."""

    blow: Callable[[Town, Random], None]
    revive: Callable[[Town], None]


def _kill_web(town: Town, chance: Random) -> None:
    """Kill one server process; its parent starts another one."""
    with suppress(psutil.NoSuchProcess):  # one that was killed before may just be gone
        chance.choice(town.server.children()).kill()


KILLS = {
    "web": Kill(_kill_web, lambda _: None),
    "server": Kill(lambda town, _: town.server.kill(), lambda town: town.server.start()),
    "worker": Kill(lambda town, _: town.worker.kill(), lambda town: town.worker.start()),
    "database": Kill(lambda town, _: town.cluster.kill(), lambda town: town.cluster.start()),
}
"""What is killed: a server process, the server, the worker, PostgreSQL; each with its children."""


def kill_trial(
    town: Town, name: str, seed: str, *, span_s: float = 1.0, tokens: Tokens | None = None,
    recovery_s: float = RECOVERY_S,
) -> Result:  # fmt: skip
    """Kill something at a random instant under load; retry what is unknown; check everything.

    Args:
        name: one of `KILLS`.
        seed: decides what the tills do and when the blow falls.
        span_s: the blow falls within that, after the first deed was done.
        recovery_s: how long it may take until deeds are done again.
    """
    began = monotonic()
    chance = Random(f"{name}/{seed}")
    people = town.enrol(_PEOPLE)
    recorder = Recorder(town.folder / "kill.jsonl")
    tills = tills_of(town, recorder, f"{name}/{seed}", _TILLS, tokens=tokens)
    crew = Crew(tills, people)
    result = Result("kill", name, seed)
    if town.cluster.sabotaged:
        town.cluster.checkpoint()  # its lies shall be about deeds, not about who is a member
    crew.start()
    try:
        _await(lambda: crew.done_since(began) is not None)
        patience(chance.uniform(0.0, span_s))
        KILLS[name].blow(town, chance)
        struck = monotonic()
        told = _told_events(town) if name == "worker" else 0
        KILLS[name].revive(town)
        if name == "worker":
            _await(lambda: _told_events(town) > told)
        else:
            _await(lambda: crew.done_since(struck) is not None)
            _await(lambda: len(town.server.children()) == SERVERS)
        result.recovery_s = monotonic() - struck
        patience(_AFTER_S)
    except (AssertionError, RuntimeError, psutil.Error) as raised:
        result.flaws.append(Flaw("error", f"{type(raised).__name__}: {raised}"))
    finally:
        crew.stop()
    replay(tills, crew.calls, chance)
    for till in tills:
        till.hang_up()
    recorder.close()
    calls = read(recorder.path)
    recorder.path.unlink()
    verdict = check(town, calls, people)
    result.counts = verdict.counts
    result.flaws += verdict.flaws
    if name == "database":  # what earlier trials acknowledged has outlived this blow too
        result.flaws += check_history(town, *town.past).flaws
    town.past[0].extend(calls)
    town.past[1].extend(people)
    result.flaws += [Flaw("error", f"{type(each).__name__}: {each}") for each in crew.errors]
    if result.recovery_s is not None and result.recovery_s > recovery_s:
        result.flaws.append(Flaw("slow", f"recovered after {result.recovery_s:.1f} s"))
    result.p99_ms = p99_ms(calls)
    result.seconds = monotonic() - began
    return result


def _await(true: Callable[[], bool]) -> None:
    until = monotonic() + _GIVE_UP_S
    while not true():
        if monotonic() > until:
            raise RuntimeError(f"no recovery within {_GIVE_UP_S:.0f} s")
        patience(0.005)


def _told_events(town: Town) -> int:
    with town.cluster.connect() as connection:
        row = connection.execute("SELECT count(*) FROM outbox WHERE state = 'told'").fetchone()
    count = row[0] if row else 0
    assert isinstance(count, int)
    return count
