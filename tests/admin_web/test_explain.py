"""The words of a history: reckonings told in each language, unknown ones as they were stored."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from stoa.services.ledger import Entry
from stoa.values.languages import closest
from stoa.values.speech import Speech
from stoa_admin import language
from stoa_admin.explain import Line, explain

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


def told(entry: Entry) -> Line:
    tag = closest(language.language())
    names = {"tier:gold": "金卡" if tag != "en" else "Gold"}
    return explain(entry, PLACES, Speech(tag, "CNY", names))


@pytest.mark.parametrize(
    ("stored", "english", "chinese"),
    [
        ("880.00 at 1 point per 1.00", "¥880.00 at 1 point per ¥1.00",
         "人民幣 880 元，每人民幣 1 元得 1 積分"),
        ("whole litres of 37.8 L: 37 L at 1 point per L", None,
         "37.8 公升取整：37 公升，每公升得 1 積分"),
        ("880 points and 100 % for gold", "880 points and 100 % for Gold",
         "按金卡等級，於 880 積分之上額外獲贈 100%"),
        ("return of receipt R 7: 880 points back", None, "收據 R 7 退貨：收回 880 積分"),
        ("a plugin's own words: 7 of 9", None, "a plugin's own words: 7 of 9"),
        ("1 <b> at 2 points", None, "1 <b> at 2 points"),
    ],
)  # fmt: skip
def test_a_reckoning_is_told_in_the_pages_language(
    page: str, stored: str, english: str | None, chinese: str
) -> None:
    expected = chinese if page == "zh-HK" else english or stored
    assert told(entry(arithmetic=stored)).details[0] == expected


def test_figures_their_rule_and_its_version_are_told(page: str) -> None:
    line = {
        "arithmetic": "880 points and 100 % for gold", "rule": "ladder:main", "rule_version": 3,
        "says": [{"kind": "percent", "figures": {"points": 880, "percent": 100, "tier": "gold"}}],
    }  # fmt: skip
    details = told(entry(arithmetic="880 points and 100 % for gold", line=line)).details
    if page == "en":
        assert details == (
            "880 points and 100 % for Gold", "main, version 3", "paid by the partner",
        )  # fmt: skip
    else:
        assert details == (
            "按金卡等級，於 880 積分之上額外獲贈 100%", "main，第 3 版", "由商戶承擔",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "text"),
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
        ({"kind": "bonus", "reason": "challenge:three"}, "Bonus for a challenge: three"),
        ({"kind": "bonus", "reason": "activity:walk"}, "Bonus for an activity: walk"),
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
def test_a_line_says_what_happened_and_where(page: str, facts: dict[str, Any], text: str) -> None:
    headline = told(entry(**facts)).headline
    assert headline == text or page == "zh-HK"
    assert (page == "en") == all(ord(letter) < 0x2E80 for letter in headline)


def test_a_line_says_who_pays(page: str) -> None:
    partner = told(entry()).details
    operator = told(entry(payer_id=None)).details
    assert partner != operator
    if page == "en":
        assert (partner, operator) == (("paid by the partner",), ("paid by the operator",))
    for facts in ({"points": -1}, {"account": "burned", "points": -1}):
        assert told(entry(**facts)).details == ()


def test_only_points_that_came_have_a_last_day() -> None:
    day = date(2027, 5, 31)
    app = Flask(__name__)
    language.init_app(app)
    with app.test_request_context("/admin/"):
        assert told(entry(expires_on=day)).expires_on == day
        gone = entry(account="expired", points=-3, expires_on=day)
        assert told(gone).expires_on is None
