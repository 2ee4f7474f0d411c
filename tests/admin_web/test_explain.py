"""The words of a history: reckonings told in each language, unknown ones as they were stored."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from stoa.services.ledger import Entry
from stoa.values.amounts import Rounding
from stoa.values.rates import points_for_money, points_for_quantity
from stoa_admin import language
from stoa_admin.explain import arithmetic, explain

PARTNER, STORE, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
PLACES = {
    PARTNER: ("", "Blue Fuel"),
    STORE: ("West Road", "Blue Fuel"),
    OTHER: ("Blue Fuel 2", "Blue Fuel"),
}
NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture(params=["en", "zh-HK"])
def page(request: pytest.FixtureRequest) -> Iterator[str]:
    """Speak as a page does, in English and in 繁體中文."""
    app = Flask(__name__)
    language.init_app(app)
    headers = {"Accept-Language": str(request.param)}
    with app.test_request_context("/admin/members", headers=headers):
        yield str(request.param)


def entry(**facts: Any) -> Entry:
    """Return a posting of a purchase, with some facts changed."""
    values: dict[str, Any] = {
        "seq": 1, "transaction_id": PARTNER, "kind": "earn", "points": 10, "balance": 10,
        "account": "issued", "reason": "base", "issuer_id": PARTNER, "payer_id": PARTNER,
        "store_id": STORE, "reference": "R-1", "business_date": date(2026, 5, 1),
        "recorded_at": NOW, "expires_on": None, "arithmetic": None, "partner_id": PARTNER,
    }  # fmt: skip
    return Entry(**(values | facts))


@pytest.mark.parametrize(
    ("stored", "english", "chinese"),
    [
        ("880.00 at 1 point per 1.00", None, "880.00，每 1.00 得 1 分"),
        ("836.5 at 0.5 points per 1.00, rounded down", None, "836.5，每 1.00 得 0.5 分，捨去尾數"),
        ("37.8 L at 1 point per L, rounded up", None, "37.8 L，每 L 得 1 分，進位取整"),
        ("9 at 2 points per 1, rounded to the nearest", None, "9，每 1 得 2 分，四捨五入"),
        ("whole litres of 37.8 L: 37 L at 1 point per L", None, "37.8 升取整：37 L，每 L 得 1 分"),
        (
            "880 points and 100 % for gold", "100% more on 880 points, as Gold member",
            "Gold 會員：880 分再加 100%",
        ),
        ("120 points for a ticket of 500.00 or more", None, "滿 500.00 得 120 分"),
        ("return of receipt R-1: 75 points that paid", "receipt R-1: 75 points that paid",
         "收據 R-1：退回用於付款的 75 分"),
        ("70 points of receipt R-1 come back", None, "收據 R-1：退回 70 分"),
        ("1500 points worth 15.00 CNY", None, "1500 分抵 15.00 CNY"),
        ("500 points worth 25.00 CNY for cinema:mug", None, "500 分抵 25.00 CNY，換 cinema:mug"),
        (
            "return of receipt R 7: 880 points back", "receipt R 7: 880 points taken back",
            "收據 R 7：收回 880 分",
        ),
        ("a plugin's own words: 7 of 9", None, "a plugin's own words: 7 of 9"),
        ("1 <b> at 2 points", None, "1 <b> at 2 points"),
    ],
)  # fmt: skip
def test_a_reckoning_is_told_in_the_pages_language(
    page: str, stored: str, english: str | None, chinese: str
) -> None:
    assert arithmetic(stored) == (chinese if page == "zh-HK" else english or stored)


@pytest.mark.parametrize("rounding", list(Rounding))
def test_whatever_the_core_reckons_is_understood(page: str, rounding: Rounding) -> None:
    for rate in (500, 1000, 1234):
        texts = [
            points_for_money(83650, "CNY", rate_milli=rate, rounding=rounding)[1],
            points_for_money(836, "JPY", rate_milli=rate, rounding=rounding)[1],
            points_for_quantity(37_801, "L", rate_milli=rate, rounding=rounding)[1],
        ]
        for text in texts:
            assert (arithmetic(text) == text) == (page == "en")


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({}, "Purchase at Blue Fuel, West Road"),
        ({"reason": "litres"}, "Filled up at Blue Fuel, West Road"),
        ({"reason": "ticket_bonus"}, "Bonus for a large purchase at Blue Fuel, West Road"),
        ({"reason": "tier_uplift:gold"}, "Gold bonus for a purchase at Blue Fuel, West Road"),
        ({"reason": "something new"}, "Purchase at Blue Fuel, West Road"),
        ({"store_id": OTHER}, "Purchase at Blue Fuel 2"),
        ({"store_id": None}, "Purchase at Blue Fuel"),
        ({"points": -5, "kind": "return"}, "Goods returned to Blue Fuel, West Road"),
        ({"points": -5, "kind": "void"}, "Purchase voided at Blue Fuel, West Road"),
        (
            {"points": -5, "account": "burned", "reason": "tender"},
            "Redeemed at Blue Fuel, West Road",
        ),
        (
            {"points": -5, "account": "burned", "reason": "reward"},
            "Redeemed for a reward at Blue Fuel, West Road",
        ),
        (
            {"points": 5, "account": "burned", "kind": "refund", "reason": "refund"},
            "Redeemed points came back from Blue Fuel, West Road",
        ),
        ({"points": -5, "account": "expired"}, "Points expired: their last day was over"),
        ({"points": -5, "account": "debt"}, "Paid back points that were owed"),
        (
            {"points": -5, "account": "burned", "kind": "chance", "partner_id": None},
            "Spent on a chance of promotion",
        ),
        (
            {"points": 5, "account": "burned", "kind": "refund", "partner_id": None},
            "A chance of promotion given back",
        ),
        ({"kind": "bonus", "reason": "challenge:three"}, "Bonus for a challenge"),
        ({"kind": "bonus", "reason": "activity:walk"}, "Bonus for an activity"),
        ({"kind": "bonus", "reason": "referral:friends"}, "Bonus for an invitation"),
        ({"kind": "bonus", "reason": "something else"}, "Bonus"),
        ({"kind": "void", "points": -5, "reason": "activity:walk"}, "Bonus taken back"),
        (
            {"kind": "void", "points": 5, "account": "debt", "partner_id": None, "store_id": None},
            "Owed: these points were spent before they were taken back",
        ),
        (
            {"points": 5, "account": "debt"},
            "Owed: these points were spent before the goods came back to Blue Fuel, West Road",
        ),
    ],
)
def test_a_line_says_what_happened_and_where(page: str, facts: dict[str, Any], told: str) -> None:
    headline = explain(entry(**facts), PLACES).headline
    assert headline == told or page == "zh-HK"
    assert headline.isascii() == (page == "en")


def test_a_line_says_who_pays(page: str) -> None:
    partner = explain(entry(), PLACES).details
    operator = explain(entry(payer_id=None), PLACES).details
    assert partner != operator
    if page == "en":
        assert (partner, operator) == (("paid by the partner",), ("paid by the operator",))
    for facts in ({"points": -1}, {"account": "burned", "points": -1}):
        assert explain(entry(**facts), PLACES).details == ()


def test_only_points_that_came_have_a_last_day() -> None:
    day = date(2027, 5, 31)
    app = Flask(__name__)
    language.init_app(app)
    with app.test_request_context("/admin/"):
        assert explain(entry(expires_on=day), PLACES).expires_on == day
        gone = entry(account="expired", points=-3, expires_on=day)
        assert explain(gone, PLACES).expires_on is None
