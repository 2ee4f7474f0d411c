"""A car park for tests, at the mall of the tiny world, with a driver who is gold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from stoa.services import earning, outbox, parking, partners, plates, stays, tiers
from stoa.services.parking import Ask, Quote
from stoa.services.parking.pricing import name_of
from stoa.services.stays import Sighting, Stay
from stoa.values.stays import Side
from stoa.work import Actor, Desk
from stoa.worker import ACTOR, follow
from world import Coalition, FixedClock, Someone, a_key

__all__ = ["PLATE", "Garage", "a_garage", "cost_of"]

PLATE = "沪A12345"

_COSTS = """
SELECT p.code, c.minor FROM claim_costs c LEFT JOIN partners p ON p.id = c.payer_id
 WHERE c.claim_id = %s ORDER BY c.place
"""


@dataclass
class Garage:
    """The car park of the mall; its stays begin and end by the tests' clock."""

    coalition: Coalition
    clock: FixedClock
    id: UUID

    @property
    def desk(self) -> Desk:
        return self.coalition.desk

    def actor(self) -> Actor:
        return Actor("client:garage", self.id)

    def driver(self, tier: str = "gold", plate: str = PLATE, name: str = "Ada") -> Someone:
        """Return a member with a plate."""
        who = self.coalition.a_member(name)
        with self.desk.work(Actor("cli")) as work:
            if tier != "basic":
                tiers.assign(work, who.id, tier, reason="test")
        self.bind(who, plate)
        return who

    def bind(self, who: Someone, plate: str = PLATE) -> None:
        with self.desk.work(self.actor()) as work:
            plates.bind(work, who.token, plate)

    def buys(self, who: Someone, total: str, at: str = "grocery") -> UUID:
        """Let a member buy now; return the purchase."""
        actor = {"grocery": self.coalition.as_grocery, "cinema": self.coalition.as_cinema}[at]()
        with self.desk.work(actor) as work:
            report = self.coalition.a_purchase(who, total)
            return earning.earn(work, report, key=a_key()).purchase_id

    def sees(
        self, side: str, plate: str = PLATE, at: datetime | None = None, **more: object
    ) -> Stay:
        """Let a gate see a car now, and the worker follow."""
        with self.desk.work(self.actor()) as work:
            seen = Sighting("garage", plate, Side(side), at or self.clock(), **more)  # type: ignore[arg-type]  # as a test likes it
            stay = stays.note(work, seen).stay
        self.follows()
        return self.stay(stay.id)

    def follows(self) -> None:
        with self.desk.work(ACTOR) as work:
            while outbox.tell(work, follow, limit=100):
                pass

    def stay(self, stay_id: UUID) -> Stay:
        with self.desk.work(self.actor()) as work:
            return stays.find(work, stay_id)

    def quotes(self, plate: str = PLATE, who: Someone | None = None) -> Quote:
        with self.desk.work(self.actor()) as work:
            return parking.quote(work, Ask(plate=plate, member=who.token if who else None))

    def applies(self, quote: Quote, pay: str = "money", who: Someone | None = None) -> Quote:
        with self.desk.work(self.actor()) as work:
            token = name_of(work, who.id) if who else None
            return parking.apply(work, quote.id, pay=pay, member=token)

    def captures(self, quote: Quote) -> Quote:
        with self.desk.work(self.actor()) as work:
            return parking.capture(work, quote.id)

    def releases(self, quote: Quote) -> Quote:
        with self.desk.work(self.actor()) as work:
            return parking.release(work, quote.id)

    def reads(self, quote: Quote) -> Quote:
        with self.desk.work(self.actor()) as work:
            return parking.find(work, quote.id)

    def visits(self, who: Someone, totals: Sequence[str] = ("300.00", "200.00")) -> Stay:
        """Let a car come in, its driver buy at the grocery and the cinema, and 4 h 10 min pass."""
        stay = self.sees("IN")
        self.clock.move(hours=1)
        for total, shop in zip(totals, ("grocery", "cinema", "grocery"), strict=False):
            self.buys(who, total, at=shop)
        self.clock.now += timedelta(hours=3, minutes=10)
        return stay


def a_garage(coalition: Coalition, clock: FixedClock) -> Garage:
    """Open a car park at the mall: ten for each started hour, as economics §3.9 has it."""
    with coalition.desk.work(Actor("cli")) as work:
        partner = partners.onboard(
            work, "garage", "Harbour Garage", trade="parking", plugin="parking", settings={}
        )
        partners.add_store(work, partner, coalition.site, "garage", "Garage", currency="CNY")
    return Garage(coalition, clock, partner)


def cost_of(garage: Garage, claim_id: UUID | None) -> list[tuple[str, int]]:
    """Return who pays what of a claim; the operator has no code."""
    with garage.desk.work(Actor("cli")) as work:
        return [(code or "operator", minor) for code, minor in work.rows(_COSTS, (claim_id,))]
