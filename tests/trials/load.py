"""The load: tills that earn, hold, capture, void, return and read, mixed and all at once."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from random import Random
from threading import Event, Thread
from typing import Any

from trials.history import Call, Outcome, Recorder
from trials.till import Door, Till, Tokens
from trials.town import Person, Shop, Town

__all__ = ["Crew", "a_hold", "a_purchase", "replay", "tills_of"]

_DEEDS = {"earn": 35, "hold": 22, "capture": 12, "release": 6, "return": 7, "undo": 4, "look": 14}
_REPLAYED = 300


def a_purchase(person: Person, receipt: str, whole: int = 100, *, lines: int = 1) -> dict[str, Any]:
    """Return the body of a purchase: a point for each whole unit of each line."""
    return {
        "member": {"type": "card", "value": person.card},
        "store": "main",
        "terminal": "t1",
        "receipt_no": receipt,
        "occurred_at": datetime.now(UTC).isoformat(),
        "currency": "CNY",
        "lines": [
            {"line_no": number, "sku": f"A-{number}", "quantity": "2", "net": f"{whole}.00"}
            for number in range(1, lines + 1)
        ],
    }


def a_hold(
    shop: Shop, person: Person, reference: str, points: int, *, ttl_s: int = 300
) -> dict[str, Any]:
    """Return the body of a hold."""
    return {
        "member": {"type": "member_ref", "value": shop.ref_of(person)},
        "store": "main",
        "points": points,
        "ttl_s": ttl_s,
        "reference": reference,
    }


def tills_of(
    town: Town, recorder: Recorder, seed: str, count: int, *, door: Door | None = None,
    tokens: Tokens | None = None, new_keys: bool = False,
) -> list[Till]:  # fmt: skip
    """Return so many tills, each in turn of another shop, each with a chance of its own."""
    tokens = tokens or Tokens(town.port)
    return [
        Till(
            door or Door(town.port), town.shops[number % len(town.shops)], tokens, recorder,
            Random(f"{seed}/{number}"), new_keys=new_keys,
        )
        for number in range(count)
    ]  # fmt: skip


class Crew:
    """Threads that keep all tills busy until they are asked to stop; then each ends its deed."""

    def __init__(self, tills: Sequence[Till], people: Sequence[Person]) -> None:
        self.calls: list[Call] = []
        self.errors: list[BaseException] = []
        self._stopping = Event()
        self._threads = [
            Thread(target=self._work, args=(till, people), daemon=True) for till in tills
        ]

    def start(self) -> None:
        """Let them begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let each resolve the deed it is at, and end."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def done_since(self, instant: float) -> float | None:
        """Return when a deed asked for after an instant was first done; ``None`` if none was."""
        for call in self.calls[:]:
            if call.asked_at >= instant and call.outcome is Outcome.DONE:
                return call.told_at
        return None

    def _work(self, till: Till, people: Sequence[Person]) -> None:
        shift = _Shift(till, people, self.calls.append)
        try:
            while not self._stopping.is_set():
                shift.next()
        except BaseException as raised:  # noqa: BLE001 - told by the trial, whatever it is
            self.errors.append(raised)
        finally:
            till.hang_up()


class _Shift:
    """What one till remembers to go on with: its purchases and its open holds."""

    def __init__(
        self, till: Till, people: Sequence[Person], told: Callable[[Call], object]
    ) -> None:
        self.till = till
        self.people = people
        self.told = told
        self.purchases: list[Call] = []
        self.holds: list[Call] = []
        self.refs: list[str] = []

    def next(self) -> None:
        """Do one deed, chosen by chance among those that can be done."""
        chance = self.till.chance
        name = chance.choices(list(_DEEDS), list(_DEEDS.values()))[0]
        if (name in ("capture", "release") and not self.holds) or (
            name in ("return", "undo", "look") and not self.purchases
        ):
            name = "earn"
        getattr(self, f"_{name}")(chance)

    def _do(self, op: str, path: str, args: dict[str, Any], mark: str) -> Call:
        call = self.till.do(op, path, args, mark=mark)
        self.told(call)
        return call

    def _earn(self, chance: Random) -> None:
        receipt = self.till.new_name()
        body = a_purchase(
            chance.choice(self.people), receipt, chance.randint(1, 200), lines=chance.randint(1, 3)
        )
        call = self._do("earn", "/purchases", body, receipt)
        if call.outcome is Outcome.DONE:
            self.purchases.append(call)

    def _hold(self, chance: Random) -> None:
        reference = self.till.new_name()
        body = a_hold(
            self.till.shop, chance.choice(self.people), reference, chance.randint(1, 60),
            ttl_s=chance.choice((10, 300)),
        )  # fmt: skip
        call = self._do("hold", "/redemptions", body, reference)
        if call.outcome is Outcome.DONE:
            self.holds.append(call)

    def _capture(self, chance: Random) -> None:
        held = self.holds.pop(chance.randrange(len(self.holds)))
        name = held.body["redemption_id"]
        part = chance.randint(1, held.body["points"])
        body = {"points": part} if chance.random() < 0.5 else {}
        self._do("capture", f"/redemptions/{name}/capture", body, name)

    def _release(self, chance: Random) -> None:
        held = self.holds.pop(chance.randrange(len(self.holds)))
        name = held.body["redemption_id"]
        self._do("release", f"/redemptions/{name}/void", {"reason": "left"}, name)

    def _return(self, chance: Random) -> None:
        bought = chance.choice(self.purchases)
        receipt = self.till.new_name()
        body: dict[str, Any] = {"receipt_no": receipt}
        if chance.random() < 0.7:
            line_no = chance.randint(1, len(bought.args["lines"]))
            body["lines"] = [{"line_no": line_no, "quantity": "1"}]
        name = bought.body["purchase_id"]
        self._do("return", f"/purchases/{name}/returns", body, receipt)

    def _undo(self, chance: Random) -> None:
        bought = self.purchases.pop(chance.randrange(len(self.purchases)))
        name = bought.body["purchase_id"]
        self._do("undo", f"/purchases/{name}/void", {"reason": "wrong card"}, name)

    def _look(self, chance: Random) -> None:
        ref = chance.choice(self.purchases).body["member_ref"]
        wallet = self.till.look(f"/members/{ref}/balance")
        if wallet is not None and min(wallet[n] for n in ("available", "held", "debt")) < 0:
            raise AssertionError(f"a wallet below zero: {wallet}")


def replay(tills: Sequence[Till], calls: Sequence[Call], chance: Random) -> None:
    """Ask again for what was done, with the same keys; the checker compares the answers."""
    done = [call for call in calls if call.outcome is Outcome.DONE]
    by_shop = {str(till.shop.id): till for till in tills}
    for call in chance.sample(done, min(len(done), _REPLAYED)):
        by_shop[call.partner].once(
            call.op, call.path, call.args, mark=call.mark, key=call.key, deed=call.deed
        )
