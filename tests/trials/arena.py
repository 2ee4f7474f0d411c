"""The arena of a storm: many tills that begin at one instant, and a look at what they did."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from random import Random
from threading import Barrier
from typing import Any

from trials.history import Call, Outcome
from trials.load import a_hold, a_purchase
from trials.till import Till
from trials.town import CURRENCY, Person, Town

__all__ = ["Arena"]


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
        body = a_hold(till.shop, person, reference, points)
        return till.do("hold", "/redemptions", body, mark=reference)

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

    def at_once(
        self, tills: Sequence[Till], op: str, path: str, *, args: dict[str, Any], mark: str
    ) -> Call:
        """Send one request with one key from all tills; it is done once, and told to each."""
        key = tills[0].new_name()

        def ask(till: Till) -> Call:
            return self.settled(till, op, path, args=args, mark=mark, key=key, deed=key)

        calls = self.together([partial(ask, till) for till in tills])
        refused = [call.body for call in calls if call.outcome is Outcome.REFUSED]
        assert not refused, refused[0]
        assert sum(not call.replayed for call in calls) == 1, f"{op} was done twice"
        first: Call = calls[0]
        return first

    def settled(self, till: Till, op: str, path: str, **asked: Any) -> Call:
        """Ask under a given key until it is done or refused."""
        args = asked.pop("args")
        while True:
            call = till.once(op, path, args, **asked)
            if call.outcome in (Outcome.DONE, Outcome.REFUSED):
                return call
