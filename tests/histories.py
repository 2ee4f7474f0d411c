"""A mixed history for tests: four plugins, three tiers, returns, a sale that is pending."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from stoa.services import earning, partners, returns, tiers
from stoa.services.earning import ReportLine
from stoa.values.facts import Tender, TenderKind
from stoa.work import Actor
from world import Coalition, FixedClock, PlainPlugin, Someone, a_key

__all__ = ["GOLD_DAY", "GOLD_MONTH", "SHOPS", "SILVER_VISITS", "Town", "a_ladder", "a_town"]

CLI = Actor("cli")

SHOPS: dict[str, tuple[str, dict[str, Any]]] = {
    "shelf": (
        "standard",
        {
            "base_rate": "1.5",
            "category_rates": [{"category": "fresh", "rate": "2"}],
            "ticket_bonuses": [{"from_minor": 50_000, "points": 100}],
        },
    ),
    "pump": (
        "fuel",
        {"points_per_litre": "3", "fuel_categories": [{"category": "fuel"}], "shop_rate": "1"},
    ),
    "garage": ("parking", {"fee_rate": "0.5"}),
}
"""Partners beside the grocery and the cinema: the plugin and the settings of each."""


GOLD_DAY, GOLD_MONTH, SILVER_VISITS = 80_000, 150_000, 3


def a_ladder(factor: int = 1, **changes: Any) -> dict[str, Any]:
    """Return a ladder whose gold threshold is so many times as high."""
    gold = {
        "any": [
            {"fact": "spend", "over": "day", "is": ">=", "value": GOLD_DAY * factor},
            {"fact": "spend", "over": "30 days", "is": ">=", "value": GOLD_MONTH * factor},
        ]
    }
    silver = {"fact": "visits", "over": "calendar month", "is": ">=", "value": SILVER_VISITS}
    return {
        "name": {"en": "Members"},
        "main": True,
        "visit_gap_minutes": 0,
        "tiers": [
            {"code": "basic", "name": {"en": "Basic"}, "uplift_percent": 10, "qualify": None},
            {"code": "silver", "name": {"en": "Silver"}, "uplift_percent": 20, "qualify": silver},
            {"code": "gold", "name": {"en": "Gold"}, "uplift_percent": 100, "qualify": gold},
        ],
    } | changes


class Town:
    """Members of three tiers who buy everywhere, day after day."""

    def __init__(self, coalition: Coalition, clock: FixedClock, plain: PlainPlugin) -> None:
        self.coalition = coalition
        self.clock = clock
        self.partners: dict[str, UUID] = {
            "grocery": coalition.grocery, "cinema": coalition.cinema,
        }  # fmt: skip
        desk = coalition.desk
        with desk.work(CLI) as work:
            for code, (plugin, settings) in SHOPS.items():
                partner = partners.onboard(
                    work, code, code.title(), trade="general", plugin=plugin, settings=settings
                )
                partners.add_store(work, partner, coalition.site, "main", "Main", currency="CNY")
                self.partners[code] = partner
        self.people = [coalition.a_member(name) for name in ("Ada", "Bo", "Cy", "Di", "Ed")]
        with desk.work(CLI) as work:
            tiers.assign(work, self.people[1].id, "silver", reason="test")
            tiers.assign(work, self.people[2].id, "gold", reason="test")
        for day in range(4):
            self._a_day(day)
            clock.move(days=1)
        plain.wrong = lambda: 1 // 0
        self.buy(self.people[0], "grocery", "50.00")
        plain.wrong = None

    def buy(self, who: Someone, shop: str, *lines: Any, **more: Any) -> UUID:
        """Report a purchase at a shop; return its id."""
        report = self.coalition.a_purchase(who, lines=list(lines), **more)
        with self.coalition.desk.work(Actor(f"client:{shop}", self.partners[shop])) as work:
            return earning.earn(work, report, key=a_key()).purchase_id

    def give_back(self, shop: str, purchase: UUID, quantities: dict[int, int] | None) -> None:
        """Return lines of a purchase, or all of it."""
        with self.coalition.desk.work(Actor(f"client:{shop}", self.partners[shop])) as work:
            returns.return_lines(work, purchase, quantities, key=a_key())

    def _a_day(self, day: int) -> None:
        for number, who in enumerate(self.people[:4]):
            spent = 37 * (day + 1) * (number + 1)
            self.buy(who, "grocery", f"{spent}.99")
            fresh = ReportLine(1, "apple", "fresh", 1000, "kg", spent * 151)
            first = self.buy(who, "shelf", fresh, ReportLine(2, "pen", "", 3000, "ea", 10_01))
            petrol = ReportLine(1, "95", "fuel", 37_800 + number, "L", 30_000)
            self.buy(who, "pump", petrol, ReportLine(2, "gum", "shop", 1000, "ea", 399))
            self.buy(who, "garage", "33.00")
            if number == day:
                self.give_back("shelf", first, {2: 1000})
        tender = (Tender(TenderKind.GIFT_CARD, 2000), Tender(TenderKind.CASH, 3000))
        whole = self.buy(self.people[day], "cinema", "50.00", tenders=tender)
        if day == 1:
            self.give_back("cinema", whole, None)

    @property
    def first_day(self) -> Any:
        """The business day on which the history begins."""
        return (self.clock() - timedelta(days=4)).date()


def a_town(coalition: Coalition, clock: FixedClock, plain: PlainPlugin) -> Town:
    """Let the history happen."""
    return Town(coalition, clock, plain)
