"""Cuts: connections are cut at a drawn message, between clients and server or server and database.

The client's way is cut by a proxy before the server, the database's by one that the server believes
to be its database. Whatever was cut, every unknown deed comes to a yes or a no under its own key,
and soon nothing fails any more: the server has let go of its dead connections.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from time import monotonic

from trials.checker import Flaw, check
from trials.cluster import forget_folder, new_folder, patience
from trials.history import Outcome, Recorder, read
from trials.load import Crew, replay, tills_of
from trials.proxy import WAYS, Cut, Proxy
from trials.report import Result, p99_ms
from trials.till import Door, Tokens
from trials.town import Town

__all__ = ["CUTS", "Crossing", "a_crossing", "cut_trial"]

CUTS = tuple(f"{side} {way}" for side in ("client", "database") for way in WAYS)
"""Every kind of cut."""

_TILLS = 6
_PEOPLE = 4
_RECOVERY_S = 5.0
_WAIT_S = 20.0
_QUIET_S = 0.3
_LATEST = 40


class Crossing:
    """A town with a proxy on each way."""

    def __init__(self, town: Town, client: Proxy, database: Proxy) -> None:
        self.town = town
        self.proxies = {"client": client, "database": database}

    @property
    def door(self) -> Door:
        """Where clients connect; they lose patience sooner than elsewhere."""
        return Door(self.proxies["client"].port, timeout_s=2.0)


@contextmanager
def a_crossing() -> Iterator[Crossing]:
    """Open a town between two proxies, and leave nothing behind."""
    folder = new_folder()
    try:
        town = Town(folder)
        client, database = Proxy(town.port), Proxy(town.cluster.socket)
        try:
            town.open(
                database_url=f"postgresql+psycopg://postgres@127.0.0.1:{database.port}/stoa"
                "?sslmode=disable&gssencmode=disable"
            )
            yield Crossing(town, client, database)
        finally:
            town.close()
            client.close()
            database.close()
    finally:
        forget_folder(folder)


def cut_trial(
    crossing: Crossing, name: str, seed: str, *, tokens: Tokens | None = None,
    new_keys: bool = False,
) -> Result:  # fmt: skip
    """Cut something under load; retry what is unknown; check everything.

    Args:
        name: one of `CUTS`.
        seed: decides what the tills do and which message is cut.
        new_keys: a saboteur: tills repeat under another key.
    """
    began = monotonic()
    town, chance = crossing.town, Random(f"{name}/{seed}")
    side, way = name.split(" ")
    people = town.enrol(_PEOPLE)
    recorder = Recorder(town.folder / "cut.jsonl")
    tills = tills_of(
        town, recorder, f"{name}/{seed}", _TILLS, door=crossing.door, tokens=tokens,
        new_keys=new_keys,
    )  # fmt: skip
    crew = Crew(tills, people)
    result = Result("cut", name, seed)
    cut = Cut(
        way, chance.randrange(_LATEST), chance.random() < 0.3, pause_s=chance.uniform(0.1, 1.5)
    )
    crew.start()
    try:
        crossing.proxies[side].arm(cut)
        if not cut.made.wait(_WAIT_S):
            result.flaws.append(Flaw("error", "no message came to be cut"))
        patience(_QUIET_S)
    finally:
        crew.stop()
    made_at = cut.made_at
    replay(tills, crew.calls, chance)
    for till in tills:
        till.hang_up()
    recorder.close()
    calls = read(recorder.path)
    recorder.path.unlink()
    failed = [
        call.told_at for call in calls
        if call.told_at and call.asked_at >= made_at and call.outcome is Outcome.AMBIGUOUS
    ]  # fmt: skip
    result.recovery_s = max(failed, default=made_at) - made_at
    if result.recovery_s > _RECOVERY_S:
        result.flaws.append(Flaw("slow", f"deeds failed for {result.recovery_s:.1f} s"))
    verdict = check(town, calls, people)
    result.counts, result.p99_ms = verdict.counts, p99_ms(calls)
    result.flaws += verdict.flaws
    result.flaws += [Flaw("error", f"{type(each).__name__}: {each}") for each in crew.errors]
    result.seconds = monotonic() - began
    return result
