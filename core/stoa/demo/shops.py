"""The malls and shops of the demo's alliance, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stoa.values.clearing.clauses import Clauses

__all__ = ["SHOPS", "SITES", "Article", "Place", "Shop"]


@dataclass(frozen=True, slots=True)
class Place:
    """A mall; `pull` is how many of the members live near it, in parts of all."""

    code: str
    name: str
    city: str
    zone: str
    money: str
    pull: int


@dataclass(frozen=True, slots=True)
class Article:
    """Something a shop sells: what one costs and how much of it people take, from–to."""

    sku: str
    category: str
    price_minor: tuple[int, int]
    quantity_milli: tuple[int, int] = (1000, 1000)
    unit: str = "ea"


@dataclass(frozen=True, slots=True)
class Shop:
    """A partner and the habits of its trade.

    Attributes:
        sites: codes of the malls with a store of it.
        basket: how many lines a receipt has, from–to.
        hours: when people come: ``(hour, weight)``.
        pull: how often people come, against the other shops.
        weekend: how much fuller a Saturday is than a Tuesday.
        returns: of a hundred receipts, how many come back in part or whole.
        pending_days: how long the points of a purchase are pending.
        clauses: what its agreement says about clearing.
        pack: points that it has bought beforehand.
    """

    code: str
    name: str
    trade: str
    sites: tuple[str, ...]
    articles: tuple[Article, ...]
    basket: tuple[int, int]
    hours: tuple[tuple[int, int], ...]
    pull: int
    plugin: str = "standard"
    settings: Mapping[str, Any] = field(default_factory=dict)
    weekend: float = 1.8
    returns: float = 0.0
    pending_days: int = 0
    clauses: Clauses = field(default_factory=Clauses)
    pack: int = 0


SITES = (
    Place("bund", "Harbour Mall Shanghai 外滩", "Shanghai", "Asia/Shanghai", "CNY", 60),
    Place("hongkong", "Harbour Mall Hong Kong 海港城", "Hong Kong", "Asia/Hong_Kong", "HKD", 28),
    Place("urumqi", "Harbour Mall Ürümqi 天山", "Ürümqi", "Asia/Urumqi", "CNY", 12),
)
"""Three malls, two moneys, two hours between the first and the last."""

_EVERYWHERE = ("bund", "hongkong", "urumqi")
_MORNING = ((7, 3), (8, 5), (9, 4), (10, 2), (12, 2), (15, 2), (17, 2))
_DAY = ((10, 2), (11, 3), (12, 3), (14, 3), (15, 4), (16, 4), (18, 4), (19, 4), (20, 2))
_AFTER_WORK = ((9, 1), (11, 2), (12, 2), (16, 3), (17, 5), (18, 7), (19, 6), (20, 3))
_EVENING = ((13, 1), (15, 2), (17, 2), (18, 4), (19, 7), (20, 6), (21, 3))


def _reward(code: str, title: str, points: int, worth_minor: int, most: int = 1) -> dict[str, Any]:
    return {
        "code": code, "title": title, "points": points, "worth_minor": worth_minor,
        "max_quantity": most,
    }  # fmt: skip


SHOPS = (
    Shop(
        code="grocery", name="Harbour Grocery 海港超市", trade="grocery", sites=_EVERYWHERE,
        clauses=Clauses(tax_issue="VAT6", tax_redemption="VAT6"),
        articles=(
            Article("4902001", "fresh", (800, 3200), (400, 2500), "kg"),
            Article("4902017", "fresh", (590, 2990), (1000, 3000)),
            Article("4902110", "dairy", (1250, 3980), (1000, 4000)),
            Article("4902204", "pantry", (890, 6990), (1000, 3000)),
            Article("4902219", "pantry", (2990, 9900)),
            Article("4902307", "household", (1590, 12_900), (1000, 2000)),
            Article("4902311", "household", (4900, 29_900)),
            Article("4902404", "wine", (5900, 32_800)),
            Article("4902500", "tobacco", (2500, 6500)),
        ),
        basket=(2, 9), hours=_AFTER_WORK, pull=26, returns=2.0,
        settings={
            "base_rate": "1",
            "category_rates": [{"category": "fresh", "rate": "2"}],
            "excluded_categories": [{"category": "tobacco"}, {"category": "gift_card"}],
            "ticket_bonuses": [{"from_minor": 50_000, "points": 100}],
            "rewards": [
                _reward("tote", "Canvas tote bag 帆布袋", 900, 1200, 5),
                _reward("voucher-20", "Voucher of 20.00 代金券", 2000, 2000, 10),
            ],
        },
    ),
    Shop(
        code="fuel", name="Bright Fuel 光明加油", trade="fuel", sites=("bund", "urumqi"),
        articles=(
            Article("GAS-95", "fuel", (798, 842), (18_000, 58_000), "L"),
            Article("GAS-92", "fuel", (748, 792), (18_000, 52_000), "L"),
            Article("WASH", "car_wash", (3000, 4500)),
            Article("SNACK", "shop", (600, 2500), (1000, 3000)),
        ),
        basket=(1, 2), hours=_AFTER_WORK, pull=12, weekend=1.2,
        plugin="fuel",
        settings={
            "points_per_litre": "3",
            "fuel_categories": [{"category": "fuel"}],
            "shop_rate": "1",
            "discount": "10",
            "tier_discounts": [
                {"tier": "silver", "discount": "20"}, {"tier": "gold", "discount": "40"},
            ],
            "offers": [
                {"code": "harbour-30", "title": "Harbour days 海港加油日", "discount": "30",
                 "tier": "", "payer": "operator", "most_litres": "50"},
            ],
            "stack": "highest",
            "rewards": [_reward("wash", "Car wash 洗车", 2800, 3500)],
        },
    ),
    Shop(
        code="parking", name="Harbour Parking 海港停车场", trade="parking",
        sites=("bund", "hongkong"),
        articles=(Article("STAY", "parking", (1000, 1000), (1000, 6000), "h"),),
        basket=(1, 1), hours=_DAY, pull=8,
        plugin="parking",
        settings={
            "fee_rate": "1",
            "day_cap_minor": 8000,
            "tier_hours": [{"tier": "silver", "hours": 1}, {"tier": "gold", "hours": 2}],
            "tier_points_per_hour": [{"tier": "gold", "points": 400}],
        },
    ),
    Shop(
        code="bakery", name="Maison Lin 林记面包", trade="bakery", sites=("bund", "hongkong"),
        articles=(
            Article("BAGUETTE", "bread", (1200, 1800)),
            Article("CROISSANT", "pastry", (1400, 2200), (1000, 4000)),
            Article("EGGTART", "pastry", (900, 1300), (2000, 6000)),
            Article("CAKE", "cake", (16_800, 39_800)),
        ),
        basket=(1, 3), hours=_MORNING, pull=11,
        settings={
            "base_rate": "2",
            "rewards": [_reward("dozen", "A dozen egg tarts 蛋挞", 1100, 1500, 2)],
        },
    ),
    Shop(
        code="cinema", name="Star Cinema 星光影城", trade="cinema", sites=("bund", "hongkong"),
        clauses=Clauses(funding="prepaid", overflow="member_first", alert_points=50_000),
        pack=1_000_000,
        articles=(
            Article("TICKET-2D", "ticket", (4500, 7500), (1000, 3000)),
            Article("TICKET-IMAX", "ticket", (9900, 14_900), (1000, 2000)),
            Article("POPCORN", "snack", (2800, 4500), (1000, 2000)),
            Article("COLA", "snack", (1500, 2200), (1000, 2000)),
        ),
        basket=(1, 3), hours=_EVENING, pull=8, weekend=2.6, returns=1.0,
        settings={
            "base_rate": "1",
            "rewards": [
                _reward("ticket", "Cinema ticket 电影票", 4500, 5500, 4),
                _reward("popcorn", "Popcorn 爆米花", 2200, 2800, 2),
            ],
            "bundle_size": 4,
            "bundle_discount_percent": 10,
        },
    ),
    Shop(
        code="books", name="Paper Crane Books 纸鹤书店", trade="books", sites=("bund",),
        articles=(
            Article("9787020", "fiction", (3900, 8900), (1000, 2000)),
            Article("9787532", "children", (2900, 7900), (1000, 3000)),
            Article("NOTEBOOK", "stationery", (1500, 6800), (1000, 2000)),
        ),
        basket=(1, 4), hours=_DAY, pull=5, returns=4.0,
        settings={
            "base_rate": "1",
            "category_rates": [{"category": "children", "rate": "1.5"}],
            "rewards": [_reward("notebook", "Notebook 笔记本", 1500, 2200)],
        },
    ),
    Shop(
        code="sports", name="Summit Sports 峰汇运动", trade="sports", sites=("bund", "urumqi"),
        clauses=Clauses(
            funding="credit", overflow="member_first", credit_limit_minor=5_000_000,
            alert_minor=250_000,
        ),
        articles=(
            Article("RUN-SHOE", "shoes", (39_900, 119_900)),
            Article("TEE", "clothing", (9900, 29_900), (1000, 2000)),
            Article("YOGA-MAT", "equipment", (12_900, 38_900)),
            Article("BOTTLE", "equipment", (4900, 14_900)),
        ),
        basket=(1, 2), hours=_DAY, pull=4, returns=8.0,
        settings={
            "base_rate": "1",
            "ticket_bonuses": [
                {"from_minor": 50_000, "points": 150}, {"from_minor": 100_000, "points": 400},
            ],
        },
    ),
    Shop(
        code="pharmacy", name="Green Cross Pharmacy 绿十字药房", trade="pharmacy",
        sites=_EVERYWHERE,
        articles=(
            Article("VITAMIN", "health", (5900, 19_900)),
            Article("SUNSCREEN", "care", (6900, 18_900)),
            Article("MASKS", "care", (1900, 4900), (1000, 2000)),
            Article("RX", "prescription", (2000, 24_000)),
        ),
        basket=(1, 3), hours=_DAY, pull=6, weekend=1.1, returns=1.0,
        settings={"base_rate": "1", "excluded_categories": [{"category": "prescription"}]},
    ),
    Shop(
        code="coffee", name="Old Quay Coffee 老码头咖啡", trade="coffee", sites=_EVERYWHERE,
        articles=(
            Article("LATTE", "drink", (2800, 3600), (1000, 2000)),
            Article("FLAT-WHITE", "drink", (3000, 3800), (1000, 2000)),
            Article("MATCHA", "drink", (3200, 4200)),
            Article("BEANS", "beans", (8800, 16_800)),
        ),
        basket=(1, 2), hours=_MORNING, pull=16, weekend=1.3,
        settings={
            "base_rate": "3",
            "rewards": [
                _reward("latte", "Any coffee 任意咖啡", 2600, 3200, 2),
                _reward("beans", "Bag of beans 咖啡豆", 8000, 9800),
            ],
        },
    ),
    Shop(
        code="toys", name="Little Panda Toys 小熊猫玩具", trade="toys", sites=("bund",),
        articles=(
            Article("BRICKS", "construction", (9900, 69_900)),
            Article("PLUSH", "plush", (5900, 25_900)),
            Article("PUZZLE", "games", (4900, 15_900), (1000, 2000)),
        ),
        basket=(1, 2), hours=_DAY, pull=3, weekend=2.8, returns=5.0,
        settings={"base_rate": "1.2"},
    ),
    Shop(
        code="electronics", name="Volt Electronics 伏特数码", trade="electronics",
        sites=("bund", "hongkong"),
        articles=(
            Article("EARBUDS", "audio", (29_900, 149_900)),
            Article("CABLE", "accessories", (2900, 14_900), (1000, 2000)),
            Article("TABLET", "computing", (199_900, 599_900)),
            Article("CHARGER", "accessories", (9900, 29_900)),
        ),
        basket=(1, 2), hours=_DAY, pull=2, returns=7.0, pending_days=7,
        settings={
            "base_rate": "0.5",
            "category_rates": [{"category": "accessories", "rate": "1"}],
        },
    ),
    Shop(
        code="fashion", name="Silk & Thread 丝与线", trade="fashion", sites=("bund", "hongkong"),
        clauses=Clauses(settlement_currency="HKD"),
        articles=(
            Article("SHIRT", "women", (19_900, 69_900)),
            Article("DRESS", "women", (39_900, 159_900)),
            Article("JACKET", "men", (49_900, 189_900)),
            Article("SCARF", "accessories", (12_900, 49_900)),
        ),
        basket=(1, 3), hours=_DAY, pull=5, weekend=2.4, returns=12.0,
        pending_days=14,
        settings={
            "base_rate": "1.5",
            "rewards": [_reward("scarf", "Silk scarf 丝巾", 12_000, 16_000)],
        },
    ),
    Shop(
        code="dining", name="Jade Dumpling 玉饺坊", trade="dining", sites=("bund", "hongkong"),
        articles=(
            Article("DUMPLINGS", "food", (3200, 5800), (1000, 4000)),
            Article("NOODLES", "food", (2800, 4600), (1000, 3000)),
            Article("DUCK", "food", (8800, 16_800)),
            Article("TEA", "drink", (1200, 3800), (1000, 4000)),
        ),
        basket=(1, 4), hours=_EVENING, pull=9, weekend=2.0,
        plugin="dining",
        settings={
            "base_rate": "1",
            "happy_hours": [
                {"days": "weekdays", "from_hour": 15, "to_hour": 18, "rate": "2"},
                {"days": "weekends", "from_hour": 21, "to_hour": 23, "rate": "1.5"},
            ],
            "visit_points": 20, "visit_from_minor": 5000,
            "stamps": 6, "stamp_dish": "A basket of dumplings 一笼饺子", "stamp_worth_minor": 4200,
            "rewards": [
                _reward("set-menu", "Set menu for two 双人套餐", 12_000, 16_800),
                _reward("tea", "A pot of tea 一壶茶", 1800, 2400, 2),
            ],
        },
    ),
    Shop(
        code="transit", name="Metro Service 地铁服务站", trade="transit", sites=("bund",),
        articles=(
            Article("DAY-PASS", "ticket", (1800, 1800), (1000, 2000)),
            Article("CITY-CARD", "card", (2000, 2000)),
        ),
        basket=(1, 1), hours=_MORNING, pull=2,
        plugin="transit",
        settings={"subsidy_minor": 400, "from_minor": 10_000, "rides_per_day": 2},
    ),
)  # fmt: skip
"""Fourteen shops, each of a trade; `examples/quickstart.py` sells at the first two."""
