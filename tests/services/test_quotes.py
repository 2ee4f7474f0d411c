"""Quotes: a price holds though the rule changed, for its member and its time, and is no forgery."""

import base64
import json
from typing import Any

import pytest

from coupons import a_pool
from orders import MUG, available, capture, order_of, rich, take
from shelves import put
from stoa.errors import (
    CouponPoolUnknownError,
    OutOfStockError,
    QuoteExpiredError,
    QuoteInvalidError,
    RewardRefusedError,
    RewardUnknownError,
)
from stoa.services import members, ordering, partners, rulebook
from stoa.services.ordering import Quoted, Wanted
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, Someone, met


def quote(coalition: Coalition, who: Someone, reward: str = MUG, **changes: Any) -> Quoted:
    """Ask the price of a reward at the cinema."""
    with coalition.desk.work(coalition.as_cinema()) as work:
        terms = partners.terms(work, coalition.cinema)
        store = terms.store("main")
        assert store is not None
        found = members.find(work, met(work, who))
        return ordering.quote(work, terms, store, found, Wanted(reward, **changes))


def test_a_quoted_price_holds_though_the_rule_changed(coalition: Coalition) -> None:
    put(coalition.desk, "mug", provider="cinema", points=500, money_minor=300)
    (ada,) = rich(coalition, 1)
    told = quote(coalition, ada)
    assert (told.priced.points, told.priced.placing.money.minor, told.against) == (500, 300, ())
    put(coalition.desk, "mug", provider="cinema", points=900, money_minor=0)
    assert take(coalition, ada).redemption.points == 900
    held = take(coalition, ada, quote=told.text)
    assert held.redemption.points == 500
    assert capture(coalition, held).redemption.captured == 500


def test_a_quoted_coupon_is_the_one_that_is_issued(desk: Desk, coalition: Coalition) -> None:
    a_pool(desk, "coffee")
    a_pool(desk, "tea")
    voucher: dict[str, Any] = {"provider": "cinema", "kind": "voucher"}
    put(desk, "drink", **voucher, points=500, coupon="coffee")
    (ada,) = rich(coalition, 1)
    told = quote(coalition, ada, "cinema:drink")
    put(desk, "drink", **voucher, points=100, coupon="tea")
    held = take(coalition, ada, "cinema:drink", quote=told.text)
    capture(coalition, held)
    newer = take(coalition, ada, "cinema:drink")
    capture(coalition, newer)
    pools = [order_of(coalition, each.redemption.id).pool for each in (held, newer)]
    assert (held.redemption.points, newer.redemption.points, pools) == (500, 100, ["coffee", "tea"])
    with desk.work(Actor("test")) as work:
        issued = work.rows("SELECT pool, count(*) FROM coupons GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in issued] == [("coffee", 1), ("tea", 1)]


def test_a_quoted_coupon_that_holds_no_more_is_refused_and_takes_no_points(
    desk: Desk, coalition: Coalition
) -> None:
    a_pool(desk, "coffee", until="2026-05-31")
    a_pool(desk, "tea")
    put(desk, "drink", provider="cinema", kind="voucher", coupon="coffee")
    (ada,) = rich(coalition, 1)
    told = quote(coalition, ada, "cinema:drink")
    put(desk, "drink", provider="cinema", kind="voucher", coupon="tea")
    with desk.work(Actor("staff:editor")) as work:
        rulebook.end(work, "coupon", "coffee")
    held = take(coalition, ada, "cinema:drink", quote=told.text)
    with pytest.raises(CouponPoolUnknownError):
        capture(coalition, held)
    assert available(coalition, ada) == 4500  # held still, to be voided


def test_a_quote_holds_for_its_time_and_no_longer(coalition: Coalition, clock: FixedClock) -> None:
    (ada,) = rich(coalition, 1)
    told = quote(coalition, ada)
    assert (told.expires_at - clock.now).total_seconds() == 300
    clock.move(seconds=299)
    take(coalition, ada, quote=told.text)
    clock.move(seconds=1)
    with pytest.raises(QuoteExpiredError):
        take(coalition, ada, quote=told.text)


def test_a_quote_of_a_reward_that_is_gone_is_over(desk: Desk, coalition: Coalition) -> None:
    put(desk, "umbrella", provider="cinema")
    (ada,) = rich(coalition, 1)
    told = quote(coalition, ada, "cinema:umbrella")
    with desk.work(Actor("staff:editor")) as work:
        rulebook.end(work, "reward", "umbrella")
    with pytest.raises(QuoteExpiredError):
        take(coalition, ada, "cinema:umbrella", quote=told.text)
    with pytest.raises(RewardUnknownError):
        quote(coalition, ada, "cinema:umbrella")


def test_a_quote_is_its_members_stores_and_rewards(coalition: Coalition) -> None:
    ada, eve = rich(coalition, 2)
    told = quote(coalition, ada).text
    with pytest.raises(QuoteInvalidError):
        take(coalition, eve, quote=told)
    with pytest.raises(QuoteInvalidError):
        take(coalition, ada, "cinema:ticket", quote=told)
    with pytest.raises(QuoteInvalidError):
        take(coalition, ada, quantity=2, quote=told)
    put(coalition.desk, "mug", provider="cinema")  # the cinema's, to be had anywhere
    with pytest.raises(QuoteInvalidError):
        take(coalition, ada, quote=told, till=coalition.as_grocery())


def test_a_forged_quote_is_none(coalition: Coalition) -> None:
    (ada,) = rich(coalition, 1)
    head, _, tail = quote(coalition, ada).text.partition(".")
    facts = json.loads(base64.urlsafe_b64decode(head + "=="))
    cheap = json.dumps([*facts[:4], 1, *facts[5:]]).encode()
    forged = base64.urlsafe_b64encode(cheap).decode().rstrip("=")
    texts = (
        f"{forged}.{tail}",
        f"{head}.",
        head,
        ".",
        f"{head}.{tail[:-2]}AA",
        "äöü.x",
        f"{head}.{head}",
    )
    for text in texts:
        with pytest.raises(QuoteInvalidError):
            take(coalition, ada, quote=text)


def test_a_quote_tells_what_is_against_it_and_how_many_are_left(coalition: Coalition) -> None:
    put(coalition.desk, "mug", provider="cinema", stock=3, tiers=["gold"])
    ada = coalition.a_member()
    told = quote(coalition, ada)
    assert (told.left_units, [gate.reason for gate in told.against]) == (3, ["tier"])
    with pytest.raises(RewardRefusedError):
        take(coalition, ada, quote=told.text)


def test_a_quote_reserves_nothing(coalition: Coalition) -> None:
    put(coalition.desk, "mug", provider="cinema", stock=1)
    ada, eve = rich(coalition, 2)
    told = quote(coalition, ada)
    take(coalition, eve)
    with pytest.raises(OutOfStockError):
        take(coalition, ada, quote=told.text)
    assert quote(coalition, ada).left_units == 0
