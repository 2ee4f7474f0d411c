"""What the demo's members do, day by day: pure, seeded, the same for the same seed and end.

Nothing here knows a balance. A redemption therefore names the part of the points it wants; whoever
sows the story looks at the wallet.
"""

from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from typing import Final, TypeVar

from stoa.demo.people import Person, a_person
from stoa.demo.shops import SHOPS, SITES, Article, Place, Shop
from stoa.services.earning import ReportLine
from stoa.values.amounts import Rounding, divide
from stoa.values.facts import TenderKind
from stoa.values.periods import add_months, zone
from stoa.values.stays import Side

__all__ = [
    "Activity",
    "Enrol",
    "Gate",
    "GiveBack",
    "Happening",
    "Order",
    "Park",
    "Purchase",
    "Redeem",
    "Refuel",
    "Step",
    "Story",
    "Ticket",
    "tell_story",
]

T = TypeVar("T")

MONTHS: Final = 14
"""How far the story goes back: two months more than points live, so that some have ended."""

_BUSY_MONTHS = 4
_QUIET = 0.3
_FRIDAY, _SATURDAY = 4, 5
_SOCIABLE = 12
_LUCKY = 40
_CARS = 24
_PAID_WITH = ((TenderKind.MOBILE, 70), (TenderKind.CARD, 22), (TenderKind.CASH, 8))
_OUTCOMES = (("captured", 84), ("part", 6), ("voided", 5), ("left", 5))


@dataclass(frozen=True, slots=True)
class Enrol:
    """Someone becomes a member at a shop, perhaps invited by a friend who is one."""

    at: datetime
    who: int
    friend: int | None = None


@dataclass(frozen=True, slots=True)
class Purchase:
    """A member buys something."""

    at: datetime
    who: int
    number: int
    shop: str
    site: str
    terminal: str
    receipt_no: str
    lines: tuple[ReportLine, ...]
    paid_with: TenderKind


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Goods of a purchase come back: one line, or all of it where `line_no` is ``None``."""

    at: datetime
    who: int
    number: int
    shop: str
    line_no: int | None


@dataclass(frozen=True, slots=True)
class Redeem:
    """A member spends points: a part of what is there, or on a reward where `reward` says so.

    `outcome` is ``captured``, ``part`` of it captured, ``voided``, ``left`` to run out or ``open``.
    """

    at: datetime
    who: int
    shop: str
    site: str
    share: float
    reward: bool
    outcome: str


@dataclass(frozen=True, slots=True)
class Park:
    """A member leaves the car park and uses free minutes."""

    at: datetime
    who: int
    site: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Activity:
    """A member does something that earns without buying: checks in, reviews what was bought.

    `number` is that of the purchase a review is about.
    """

    at: datetime
    who: int
    shop: str
    site: str
    code: str
    number: int


@dataclass(frozen=True, slots=True)
class Step:
    """A member buys a chance to step up."""

    at: datetime
    who: int
    shop: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """A member buys a ticket of a draw; `nonce` draws it at once, empty where all wait."""

    at: datetime
    who: int
    shop: str
    draw: str
    nonce: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """A member has a reward of the operator's; a coupon that comes of it is `used` on a ticket."""

    at: datetime
    who: int
    shop: str
    site: str
    offer: str
    used: bool


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate sees a member's car come in or leave; who leaves pays with points where possible."""

    at: datetime
    who: int
    site: str
    side: Side


@dataclass(frozen=True, slots=True)
class Refuel:
    """A member fills up and asks for cents off each litre."""

    at: datetime
    who: int
    site: str
    litres_milli: int


Happening = (
    Enrol | Purchase | GiveBack | Redeem | Park | Activity | Step | Ticket | Order | Gate | Refuel
)


@dataclass(frozen=True, slots=True)
class Story:
    """The members, and all that happens in the order of time."""

    since: datetime
    until: datetime
    people: tuple[Person, ...]
    happenings: tuple[Happening, ...]

    @property
    def purchases(self) -> list[Purchase]:
        """The purchases alone."""
        return [each for each in self.happenings if isinstance(each, Purchase)]


def tell_story(*, seed: int, until: datetime, members: int = 300, purchases: int = 4200) -> Story:
    """Tell the story that ends at an instant.

    Args:
        seed: another seed, another story.
        until: aware; nothing happens later.
        members: how many people enrol.
        purchases: how many receipts there are at most; those that would lie ahead of their member's
            enrolment or of the end are left out.
    """
    return _Teller(Random(seed), until.astimezone(UTC), members).tell(purchases)  # noqa: S311 - a tale


class _Teller:
    def __init__(self, random: Random, until: datetime, members: int) -> None:
        self._random = random
        self._until = until
        self._first = add_months(until.date().replace(day=1), -MONTHS)
        self._since = datetime.combine(self._first, time(1), tzinfo=UTC)
        people = [
            a_person(random, number, since=self._since, until=until) for number in range(members)
        ]
        self._people = tuple(sorted(people, key=lambda person: person.enrolled_at))
        self._choose_person = self._chooser([person.pull for person in self._people])
        self._days = [
            self._first + timedelta(days=n) for n in range((until.date() - self._first).days + 1)
        ]
        self._choose_day = self._chooser([self._fullness(day) for day in self._days])
        self._number = 0

    def tell(self, purchases: int) -> Story:
        happenings: list[Happening] = []
        for who, person in enumerate(self._people):
            invited = who and person.source == "friend"
            friend = self._random.choice(self._hosts(who)) if invited else None
            happenings.append(Enrol(person.enrolled_at, who, friend))
        for _ in range(purchases):
            happenings += self._visit()
        for _ in range(purchases // 14):
            happenings += self._redemption()
        happenings += self._open_holds()
        happenings += self._tickets()
        happenings += self._orders()
        happenings += self._cars()
        told = sorted(
            (each for each in happenings if each.at <= self._until),
            key=lambda each: (each.at, isinstance(each, GiveBack), each.who),
        )
        return Story(self._since, self._until, self._people, tuple(told))

    def _hosts(self, who: int) -> list[int]:
        """Return those of the members before somebody who invite friends: few, and often."""
        return [each for each in range(who) if each % _SOCIABLE == 0]

    def _visit(self) -> Iterator[Happening]:
        who, person, day = self._someone()
        if person is None:
            return
        site = self._site(person)
        shop = self._shop(person, site, day)
        at = self._hour(shop, site, day)
        if not person.enrolled_at < at <= self._until:
            return
        self._number += 1
        lines = self._basket(shop)
        yield Purchase(
            at, who, self._number, shop.code, site.code,
            terminal=f"t{self._random.randint(1, 6)}",
            receipt_no=f"{day:%y%m%d}-{self._number:05}",
            lines=lines,
            paid_with=self._one_of(_PAID_WITH),
        )  # fmt: skip
        if self._random.uniform(0, 100) < shop.returns:
            back = at + timedelta(
                days=self._random.randint(1, 18), hours=self._random.randint(-3, 3)
            )
            one = self._random.randint(1, len(lines)) if self._random.randrange(3) else None
            yield GiveBack(back, who, self._number, shop.code, one)
        luck = self._random.randrange(40)
        if luck == 0:
            enters = at - timedelta(minutes=self._random.randint(2, 30))
            yield Activity(enters, who, shop.code, site.code, "check-in", self._number)
        if luck == 1:
            writes = at + timedelta(hours=self._random.randint(2, 40))
            yield Activity(writes, who, shop.code, site.code, "review", self._number)
        if luck == 2 and self._random.randrange(8) == 0:  # noqa: PLR2004 - few do
            yield Step(at + timedelta(minutes=3), who, shop.code)
        leaves = at + timedelta(minutes=self._random.randint(5, 50))
        if person.plate and site.code != "urumqi" and self._random.randrange(12) == 0:
            yield Park(leaves, who, site.code, self._random.randint(40, 330))

    def _redemption(self) -> Iterator[Happening]:
        who, person, day = self._someone()
        if person is None:
            return
        site = self._site(person)
        shop = self._shop(person, site, day)
        at = self._hour(shop, site, day)
        if person.enrolled_at + timedelta(days=7) < at <= self._until - timedelta(minutes=30):
            yield Redeem(
                at, who, shop.code, site.code,
                share=self._random.uniform(0.2, 0.9),
                reward=self._random.randrange(5) < 2,  # noqa: PLR2004 - two of five
                outcome=self._one_of(_OUTCOMES),
            )  # fmt: skip

    def _open_holds(self) -> Iterator[Happening]:
        """People who stand at a till right now: those who shop most, so that they have points."""
        for who in self._regulars()[:6]:
            site = self._people[who].home
            at = self._until - timedelta(seconds=self._random.randint(20, 400))
            shop = self._shop(self._people[who], site, at.date())
            yield Redeem(at, who, shop.code, site.code, 0.3, reward=False, outcome="open")

    def _tickets(self) -> Iterator[Happening]:
        """Those who shop most try their luck in the last weeks, now at once and now in a raffle."""
        for turn, who in enumerate(self._regulars()[:_LUCKY]):
            person = self._people[who]
            at = self._until - timedelta(minutes=self._random.randint(60, 30 * 24 * 60))
            if person.enrolled_at < at:
                yield Ticket(at, who, person.shop, "harbour-wheel", f"turn-{turn}")
            if turn % 2 and person.enrolled_at < at:
                yield Ticket(at + timedelta(minutes=1), who, person.shop, "turn-of-the-decade")

    def _orders(self) -> Iterator[Happening]:
        """Those who shop most have vouchers and mugs, and use some of the coupons at once."""
        for turn, who in enumerate(self._regulars()[:_LUCKY]):
            person = self._people[who]
            at = self._until - timedelta(minutes=self._random.randint(60, 20 * 24 * 60))
            offer = "stoa:harbour-mug" if turn % 3 == 0 else "stoa:dinner-voucher"
            used = turn % 3 == 1 and person.home.money == "CNY"
            if person.enrolled_at < at:
                yield Order(at, who, "grocery", person.home.code, offer, used)

    def _cars(self) -> Iterator[Happening]:
        """Cars of the last days: some have left, some are inside, of one no gate saw the entry."""
        drivers = [
            who
            for who in self._regulars()
            if self._people[who].plate and self._people[who].home.code != "urumqi"
        ]
        for turn, who in enumerate(drivers[:_CARS]):
            person, inside = self._people[who], turn % 3 == 0
            enters = self._until - timedelta(
                minutes=self._random.randint(20, 240) if inside
                else self._random.randint(400, 4 * 24 * 60)
            )  # fmt: skip
            if enters <= person.enrolled_at + timedelta(hours=1):
                continue
            if turn != 1:
                yield Gate(enters, who, person.home.code, Side.IN)
            if not inside:
                leaves = enters + timedelta(minutes=self._random.randint(50, 330))
                yield Gate(leaves, who, person.home.code, Side.OUT)
            if turn % 2 and person.home.code == "bund":
                litres = self._random.randint(18_000, 58_000)
                yield Refuel(enters - timedelta(minutes=9), who, "bund", litres)

    def _regulars(self) -> list[int]:
        """Return the members, those first who shop most."""
        return sorted(range(len(self._people)), key=lambda who: -self._people[who].pull)

    def _someone(self) -> tuple[int, Person | None, date]:
        day = self._days[self._choose_day()]
        for _ in range(20):
            who = self._choose_person()
            if self._people[who].enrolled_at.date() <= day:
                return who, self._people[who], day
        return 0, None, day

    def _site(self, person: Person) -> Place:
        if self._random.random() < 0.95:  # noqa: PLR2004 - one visit in twenty is on a journey
            return person.home
        return self._random.choice(SITES)

    def _shop(self, person: Person, site: Place, day: date) -> Shop:
        near = [shop for shop in SHOPS if site.code in shop.sites]
        weekend = day.weekday() >= _SATURDAY
        weights = [
            shop.pull * (person.tastes[shop.code] + 0.01) * (shop.weekend if weekend else 1.0)
            for shop in near
        ]
        return self._random.choices(near, weights)[0]

    def _hour(self, shop: Shop, site: Place, day: date) -> datetime:
        hour = self._one_of(shop.hours)
        minute, second = self._random.randrange(60), self._random.randrange(60)
        local = datetime.combine(day, time(hour, minute, second), tzinfo=zone(site.zone))
        return local.astimezone(UTC)

    def _basket(self, shop: Shop) -> tuple[ReportLine, ...]:
        most = min(shop.basket[1], len(shop.articles))
        chosen = self._random.sample(shop.articles, self._random.randint(shop.basket[0], most))
        if shop.code == "fuel":  # nobody comes for two fuels, or only for a snack
            chosen = [self._random.choice(shop.articles[:2]), *chosen[1:]]
            chosen = [each for place, each in enumerate(chosen) if not place or each.unit != "L"]
        return tuple(self._line(number, article) for number, article in enumerate(chosen, 1))

    def _line(self, number: int, article: Article) -> ReportLine:
        quantity = self._random.randint(*article.quantity_milli)
        if article.unit in ("ea", "h"):
            quantity = quantity // 1000 * 1000
        price = self._random.randint(*article.price_minor)
        net = divide(price * quantity, 1000, Rounding.HALF_UP)
        return ReportLine(number, article.sku, article.category, quantity, article.unit, net)

    def _fullness(self, day: date) -> float:
        """Tell how many people come on a day: more of late, more on weekends, most on feasts."""
        busy_since = add_months(self._until.date(), -_BUSY_MONTHS)
        season = 1.0 if day >= busy_since else _QUIET
        week = 1.7 if day.weekday() >= _SATURDAY else 1.25 if day.weekday() == _FRIDAY else 1.0
        feast = (
            1.4 if (day.month, day.day) in ((1, 1), (5, 1), (10, 1), (11, 11), (12, 24)) else 1.0
        )
        return season * week * feast

    def _one_of(self, weighted: Sequence[tuple[T, int]]) -> T:
        return self._random.choices(
            [each for each, _ in weighted], [weight for _, weight in weighted]
        )[0]

    def _chooser(self, weights: list[float]) -> Callable[[], int]:
        sums = list(accumulate(weights))
        return lambda: min(bisect(sums, self._random.random() * sums[-1]), len(sums) - 1)
