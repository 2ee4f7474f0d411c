"""Storms: many real clients at one wallet, key, receipt or hold, all at once.

Each storm is one function in `STORMS`; what it raises as `AssertionError` is a flaw, and so is any
answer of 500 and above. Afterwards its history is held against the ledger like any other.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from threading import Barrier
from time import monotonic
from typing import Any
from uuid import UUID

from stoa.errors import HoldClosedError
from stoa.services import clockwork, redemption
from stoa.values.identifiers import uuid_of
from stoa.work import Actor, Desk, system_clock
from trials.checker import Flaw, check
from trials.cluster import patience
from trials.history import Call, Outcome, Recorder, read
from trials.load import a_hold, a_purchase, replay, tills_of
from trials.report import Result, p99_ms
from trials.till import Door, Till, Tokens
from trials.town import CURRENCY, Person, Town

__all__ = ["P99_MS", "STORMS", "Arena", "storm_trial"]

P99_MS = 500.0
"""What 99 of 100 answers should stay under at 64 clients; it is told, and kept to by ``--bars``."""

_CLIENTS = 64
_WORKER = Actor("worker")


@dataclass
class Arena:
    """What a storm has at hand: a town, its tills, members without points, a chance."""

    town: Town
    tills: Sequence[Till]
    people: list[Person]
    chance: Random

    def together(self, deeds: Iterable[Callable[[], Any]]) -> list[Any]:
        """Begin all deeds at one instant, each in a thread of its own; return what they return."""
        all_deeds = list(deeds)
        start = Barrier(len(all_deeds))

        def run(deed: Callable[[], Any]) -> Any:
            start.wait()
            return deed()

        with ThreadPoolExecutor(len(all_deeds)) as threads:
            return list(threads.map(run, all_deeds))

    def earn(self, person: Person, points: int) -> Call:
        """Let a member earn before the storm."""
        till = self.tills[0]
        receipt = till.new_name()
        call = till.do("earn", "/purchases", a_purchase(person, receipt, points), mark=receipt)
        assert call.outcome is Outcome.DONE, call.body
        return call

    def hold(self, till: Till, person: Person, points: int) -> Call:
        """Hold points."""
        reference = till.new_name()
        return till.do("hold", "/redemptions", a_hold(person, reference, points), mark=reference)

    def end(self, till: Till, hold_id: str, op: str) -> Call:
        """Capture or release a hold."""
        path = f"/redemptions/{hold_id}/{'capture' if op == 'capture' else 'void'}"
        return till.do(op, path, {}, mark=hold_id)

    def redeem(self, till: Till, person: Person, points: int) -> str:
        """Hold and capture; return ``captured`` or the code of the refusal."""
        held = self.hold(till, person, points)
        if held.outcome is not Outcome.DONE:
            return str(held.body["code"])
        taken = self.end(till, held.body["redemption_id"], "capture")
        return str(taken.body.get("status") or taken.body["code"])

    def wallet(self, person: Person) -> dict[str, int]:
        """Read a member's wallet where it stands."""
        with self.town.cluster.connect() as connection:
            row: Any = connection.execute(
                "SELECT available, held, debt FROM wallets WHERE member_id = %s AND currency = %s",
                (person.id, CURRENCY),
            ).fetchone()
        return dict(zip(("available", "held", "debt"), row, strict=True))

    def posted(self, person: Person, account: str) -> int:
        """Return the sum of a member's postings of one account."""
        with self.town.cluster.connect() as connection:
            row: Any = connection.execute(
                "SELECT coalesce(sum(points), 0)::bigint FROM postings"
                " WHERE member_id = %s AND account = %s",
                (person.id, account),
            ).fetchone()
        return int(row[0])


def _one_wallet(arena: Arena) -> None:
    """64 clients redeem 5 times 1 point of 100: 100 of them get one (RAC-01)."""
    person = arena.people[0]
    arena.earn(person, 100)

    def client(till: Till) -> list[str]:
        return [arena.redeem(till, person, 1) for _ in range(5)]

    told = Counter(
        word
        for words in arena.together([lambda till=till: client(till) for till in arena.tills])
        for word in words
    )
    assert told == {"captured": 100, "INSUFFICIENT_POINTS": _CLIENTS * 5 - 100}, told
    assert arena.wallet(person) == {"available": 0, "held": 0, "debt": 0}


def _expiry(arena: Arena) -> None:
    """Members redeem while the expiry job runs: each point is spent or expired (RAC-03)."""
    people = arena.people[:16]
    for person in people:
        arena.earn(person, 10)
    late = _clock_after(timedelta(days=800))

    def redeem(till: Till, person: Person) -> str:
        patience(till.chance.uniform(0.0, 0.05))  # the job takes its time to come to each member
        return arena.redeem(till, person, 6)

    deeds: list[Callable[[], Any]] = [
        lambda till=till, person=person: redeem(till, person)
        for till, person in zip(arena.tills, people * 2, strict=False)
    ]
    with arena.town.desk(clock=late) as desk, ExitStack() as open_works:
        jobs = [open_works.enter_context(desk.work(_WORKER)) for _ in range(3)]
        for work in jobs:
            work.rows("SELECT 1")  # connects before the storm
        arena.together([*deeds, *(lambda w=work: clockwork.expire_points(w) for work in jobs[:2])])
        clockwork.expire_points(jobs[2])
    for person in people:
        spent, ended = -arena.posted(person, "burned"), -arena.posted(person, "expired")
        assert spent in (0, 6), (person, spent)
        assert spent + ended == 10, (person, spent, ended)


def _returned_and_spent(arena: Arena) -> None:
    """A purchase is returned while its points are redeemed: what was spent is owed (RAC-04)."""
    for person in arena.people[:8]:
        bought = arena.earn(person, 100)
        name = bought.body["purchase_id"]
        receipt = arena.tills[0].new_name()

        def back(name: str = name, receipt: str = receipt) -> Call:
            path, args = f"/purchases/{name}/returns", {"receipt_no": receipt}
            return arena.tills[0].do("return", path, args, mark=receipt)

        deeds: list[Callable[[], Any]] = [
            lambda till=till, person=person: arena.redeem(till, person, 60)
            for till in arena.tills[1:8]
        ]
        *words, returned = arena.together([*deeds, back])
        assert returned.outcome is Outcome.DONE, returned.body
        spent = 60 * words.count("captured")
        assert spent in (0, 60), words
        wallet = arena.wallet(person)
        assert wallet == {"available": 0, "held": 0, "debt": spent}, (wallet, spent)


def _keys(arena: Arena) -> None:
    """Keys are used 16 times at once, some with another body: one effect, one answer (IDM-03)."""

    def storm(number: int) -> None:
        shop = arena.chance.choice(arena.town.shops)
        tills = [till for till in arena.tills if till.shop is shop][:16]
        key, person = tills[0].new_name(), arena.people[number]
        bodies = []
        for body in range(3):
            receipt = tills[0].new_name()
            bodies.append((receipt, a_purchase(person, receipt, 10 + body)))

        def ask(till: Till, place: int) -> Call:
            receipt, body = bodies[place % 3 if place % 5 == 0 else 0]
            name = f"{key}/{receipt}"
            while True:
                call = till.once("earn", "/purchases", body, mark=receipt, key=key, deed=name)
                if call.outcome in (Outcome.DONE, Outcome.REFUSED):
                    return call

        calls = arena.together(
            [lambda till=till, n=n: ask(till, n) for n, till in enumerate(tills)]
        )
        done = [call for call in calls if call.outcome is Outcome.DONE]
        codes = {call.body["code"] for call in calls if call.outcome is Outcome.REFUSED}
        assert codes <= {"IDEMPOTENCY_MISMATCH"}, codes
        assert len({call.mark for call in done}) == 1, "two bodies were done for one key"
        assert sum(not call.replayed for call in done) == 1, "the first answer was given twice"

    for number in range(8):
        storm(number)


def _repeats(arena: Arena) -> None:
    """A return, a hold and its capture are sent 16 times at once with one key each: done once."""
    tills = [till for till in arena.tills if till.shop is arena.tills[0].shop][:16]
    for person in arena.people[:4]:
        bought = arena.earn(person, 100).body["purchase_id"]
        receipt, reference = tills[0].new_name(), tills[0].new_name()
        back = {"receipt_no": receipt, "lines": [{"line_no": 1, "quantity": "1"}]}
        _once(arena, tills, "return", f"/purchases/{bought}/returns", back, receipt)
        held = _once(arena, tills, "hold", "/redemptions", a_hold(person, reference, 20), reference)
        name = held["redemption_id"]
        _once(arena, tills, "capture", f"/redemptions/{name}/capture", {"points": 20}, name)
        assert arena.wallet(person) == {"available": 30, "held": 0, "debt": 0}


def _once(
    arena: Arena, tills: Sequence[Till], op: str, path: str, body: dict[str, Any], mark: str
) -> dict[str, Any]:
    key = tills[0].new_name()

    def ask(till: Till) -> Call:
        while True:
            call = till.once(op, path, body, mark=mark, key=key, deed=key)
            if call.outcome in (Outcome.DONE, Outcome.REFUSED):
                return call

    calls = arena.together([lambda till=till: ask(till) for till in tills])
    refused = [call.body for call in calls if call.outcome is Outcome.REFUSED]
    assert not refused, refused[0]
    assert sum(not call.replayed for call in calls) == 1, f"{op} was answered twice as the first"
    return dict(calls[0].body)


def _one_receipt(arena: Arena) -> None:
    """One receipt is reported for many members at once: one of them earns."""
    receipt = arena.tills[0].new_name()
    tills = [till for till in arena.tills if till.shop is arena.tills[0].shop]

    def report(till: Till, person: Person) -> Call:
        body = a_purchase(person, receipt, 50)
        return till.do("earn", "/purchases", body, mark=receipt)

    calls = arena.together(
        [
            lambda till=till, person=person: report(till, person)
            for till, person in zip(tills, arena.people * 4, strict=False)
        ]
    )
    told = Counter(call.body.get("status") if call.outcome is Outcome.DONE else call.body["code"]
                   for call in calls)  # fmt: skip
    assert told == {"posted": 1, "RECEIPT_ALREADY_CLAIMED": len(tills) - 1}, told


def _one_hold(arena: Arena) -> None:
    """A hold is captured, voided and expired at once: it ends in one way (LED-08)."""
    tills = [till for till in arena.tills if till.shop is arena.tills[0].shop][:12]
    late = _clock_after(timedelta(hours=1))
    for person in arena.people[:6]:
        arena.earn(person, 100)
        held = arena.hold(tills[0], person, 60)
        name = held.body["redemption_id"]
        known = uuid_of("hld", name)
        assert known is not None
        with arena.town.desk(clock=late) as desk:
            deeds: list[Callable[[], Any]] = [
                lambda till=till, n=n, name=name: arena.end(till, name, ("capture", "release")[n % 2])
                for n, till in enumerate(tills)
            ]
            deeds += [lambda d=desk, p=person, k=known: _let_expire(d, p, tills[0].shop.id, k)] * 2
            *calls, first, second = arena.together(deeds)
        done = [call for call in calls if call.outcome is Outcome.DONE]
        assert len(done) + first + second == 1, (done, first, second)
        burned = done and done[0].op == "capture"
        wallet = arena.wallet(person)
        assert wallet == {"available": 40 if burned else 100, "held": 0, "debt": 0}, wallet


STORMS: dict[str, Callable[[Arena], None]] = {
    "one wallet": _one_wallet,
    "expiry": _expiry,
    "returned and spent": _returned_and_spent,
    "keys": _keys,
    "repeats": _repeats,
    "one receipt": _one_receipt,
    "one hold": _one_hold,
}
"""Every storm by its name: the table to add to."""


def storm_trial(town: Town, name: str, seed: str, *, tokens: Tokens | None = None) -> Result:
    """Let one storm loose on members of its own and check everything."""
    began = monotonic()
    chance = Random(f"{name}/{seed}")
    people = town.enrol(24)
    recorder = Recorder(town.folder / "storm.jsonl")
    tokens = tokens or Tokens(town.port)
    door = Door(town.port, timeout_s=30.0)
    tills = tills_of(town, recorder, f"{name}/{seed}", _CLIENTS, door=door, tokens=tokens)
    result = Result("storm", name, seed)
    try:
        STORMS[name](Arena(town, tills, people, chance))
    except AssertionError as raised:
        result.flaws.append(Flaw("storm", str(raised)))
    calls = read(recorder.path)
    result.p99_ms = p99_ms(calls)
    broken = Counter(f"{call.op} {call.status}" for call in calls if call.status >= 500)
    result.flaws += [Flaw("fault", f"{what}: {count} times") for what, count in broken.items()]
    replay(tills, calls, chance)
    for till in tills:
        till.hang_up()
    recorder.close()
    verdict = check(town, read(recorder.path), people)
    recorder.path.unlink()
    result.counts, result.seconds = verdict.counts, monotonic() - began
    result.flaws += verdict.flaws
    return result


def _clock_after(ahead: timedelta) -> Callable[[], datetime]:
    """Return a clock that goes right, but ahead."""
    return lambda: system_clock() + ahead


def _let_expire(desk: Desk, person: Person, shop: UUID, hold_id: UUID) -> bool:
    """Let a hold expire; tell whether it did."""
    try:
        with desk.work(_WORKER) as work:
            redemption.expire(work, person.id, shop, hold_id, 60)
    except HoldClosedError:
        return False
    return True
