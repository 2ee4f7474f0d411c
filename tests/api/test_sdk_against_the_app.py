"""The SDK speaks to the real app in process: every record can be read from every real answer."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from apiflask import APIFlask

from activities import holds
from currencies import a_market
from stoa_sdk import (
    AsyncClient,
    Client,
    EntryKind,
    Line,
    Original,
    ReferralState,
    ReturnLine,
    card,
    errors,
)
from tills import Till
from world import Coalition, FixedClock


def test_the_sdk_reads_every_answer(  # noqa: PLR0915 - every deed once
    app: APIFlask, grocery: Till, clock: FixedClock
) -> None:
    transport = httpx2.WSGITransport(app=app)
    client = Client("http://localhost", grocery.client_id, grocery.secret, transport=transport)
    member = client.enrol(display_name="Ada", phone="+8613800138000")
    assert client.resolve(member.member_ref).display == "A*"
    rice = Line(sku="rice", category="grocery", net="100.00", quantity=2)
    sale: dict[str, Any] = {
        "member": member.member_ref,
        "store": "main",
        "lines": [rice],
        "currency": "CNY",
    }
    assert client.estimate(**sale, occurred_at=clock.now).points.total == 100
    sold = client.earn(**sale, receipt_no="R-1", occurred_at=clock.now)
    assert client.purchase(sold.purchase_id).total == Decimal("100.00")
    with client.hold(member=member.member_ref, store="main", points=60) as hold:
        outcome = hold.capture(points=50, receipt_no="R-2")
    assert (outcome.points, outcome.released) == (50, 10)
    assert client.redemption(outcome.redemption_id).captured == 50
    refund = client.refund(outcome.redemption_id, receipt_no="RF-1", points=20)
    assert (refund.refunded, refund.refundable, refund.worth.amount) == (20, 30, Decimal("0.20"))
    found = client.find_redemptions(store="main", receipt_no="R-2").redemptions
    assert [each.refunded for each in found] == [20]
    with client.hold(member=member.member_ref, store="main", points=20) as again:
        again.extend(ttl_s=600)
        again.capture()
    known = client.find_purchases(store="main", receipt_no="R-1").purchases
    assert [each.purchase_id for each in known] == [sold.purchase_id]
    back = client.return_(
        sold.purchase_id, receipt_no="RR-1", lines=[ReturnLine(line_no=1, quantity="1")]
    )
    assert (back.clawed_back, back.tenders[0].amount) == (50, Decimal("50.00"))
    later = Original(store="main", receipt_no="R-9", business_date=clock.now.date())
    waiting = client.return_by_receipt(later, receipt_no="RR-9", amount="5.00")
    assert waiting.waits
    assert [each.return_id for each in client.waiting_returns().returns] == [waiting.return_id]
    assert client.waiting_return(waiting.return_id).original.receipt_no == "R-9"
    assert client.drop_return(waiting.return_id).status == "dropped"
    assert client.balance(member.member_ref).available == 0
    assert [entry.points for entry in client.history(member.member_ref)] == [-50, -20, 20, -50, 100]
    assert [reward.partner for reward in client.rewards()].count("grocery") == 2
    assert [tier.tier for tier in client.tiers()[0].tiers] == ["basic", "silver", "gold"]
    assert client.standing(member.member_ref)[0].tier == "basic"
    assert client.benefits(member.member_ref)[0].available == 1
    claim = client.claim_benefit(member=member.member_ref, store="main", benefit="tea")
    assert client.release_claim(claim.claim_id).status == client.claim(claim.claim_id).status
    assert client.partner().stores[0].zone == "Asia/Shanghai"
    client.earn(**sale, receipt_no="R-3", occurred_at=clock.now)
    friend = client.enrol(display_name="Bob")
    given = client.transfer(giver=member.member_ref, to=card(friend.card), points=50, store="main")
    assert (given.to_ref, given.balance.available) == (friend.member_ref, 50)
    assert given.to_balance is not None
    assert given.to_balance.available == 50
    assert client.found_household(owner=member.member_ref, name="Lovelace").role == "owner"
    friends = client.add_to_household(
        owner=member.member_ref, member=card(friend.card), role="spender"
    )
    assert (friends.members, friends.role) == (2, "spender")
    put = client.contribute(member=friend.member_ref, points=50, store="main")
    assert (put.balance.available, put.own_balance.available) == (50, 0)
    with client.hold(member=friend.member_ref, store="main", points=20, household=True) as hold:
        assert hold.held.member_ref == friend.member_ref
        hold.capture()
    assert client.household(member.member_ref).balance.available == 30
    assert client.leave_household(member=friend.member_ref).given_back == 30
    with pytest.raises(errors.InsufficientPoints):
        client.hold(member=member.member_ref, store="main", points=51).__enter__()
    client.close()


def test_the_sdk_exchanges_points(app: APIFlask, cinema: Till, coalition: Coalition) -> None:
    a_market(coalition)
    till = cinema.enrol()
    cinema.earn(till, "1000.00")
    member = till["member_ref"]
    transport = httpx2.WSGITransport(app=app)
    client = Client("http://localhost", cinema.client_id, cinema.secret, transport=transport)
    assert [rate.least_points for rate in client.exchange_rates()] == [1, 4]
    away = {"from_currency": "STAR", "to_currency": "CINE"}
    assert client.quote_exchange(**away, points=1000).received == 300
    done = client.exchange(member=member, **away, points=1000)
    assert (done.rate.numerator, done.rate.denominator) == (3, 10)
    assert [(each.currency, each.available) for each in done.balances] == [
        ("STAR", 0),
        ("CINE", 300),
    ]
    assert client.balance(member, currency="CINE").available == 300
    assert [wallet.currency for wallet in client.wallets(member)] == ["STAR", "CINE"]
    assert [entry.kind for entry in client.history(member, currency="CINE")] == ["exchange"]
    with client.hold(member=member, store="main", points=5, currency="CINE") as hold:
        assert hold.capture().balance.currency == "CINE"
    with pytest.raises(errors.Invalid):
        client.quote_exchange(**away, points=3)
    client.close()


def test_the_async_client_exchanges_points_too(
    app: APIFlask, cinema: Till, coalition: Coalition
) -> None:
    a_market(coalition)
    till = cinema.enrol()
    cinema.earn(till, "100.00")
    transport = httpx2.WSGITransport(app=app)

    def carry(request: httpx2.Request) -> httpx2.Response:
        got = transport.handle_request(request)
        return httpx2.Response(got.status_code, headers=got.headers, content=got.read())

    async def talk() -> tuple[int, int, int]:
        client = AsyncClient(
            "http://localhost", cinema.client_id, cinema.secret,
            transport=httpx2.MockTransport(carry),
        )  # fmt: skip
        member = till["member_ref"]
        done = await client.exchange(
            member=member, from_currency="STAR", to_currency="CINE", points=100
        )
        rates, wallets = await client.exchange_rates(), await client.wallets(member)
        await client.close()
        return done.received, len(rates), len(wallets)

    assert asyncio.run(talk()) == (30, 2, 2)


def test_the_sdk_earns_without_a_purchase(
    app: APIFlask, grocery: Till, coalition: Coalition, clock: FixedClock
) -> None:
    transport = httpx2.WSGITransport(app=app)
    client = Client("http://localhost", grocery.client_id, grocery.secret, transport=transport)
    holds(coalition.desk)
    holds(coalition.desk, "share", kind="share", once_per="subject")
    holds(coalition.desk, "survey", kind="survey", once_per="subject")
    ada = client.enrol(display_name="Ada")
    code = client.referrals(ada.member_ref).code
    bob = client.enrol(display_name="Bob", referral_code=code, device="bob-phone")
    assert client.referrals(ada.member_ref).invitations[0].state is ReferralState.WAITING
    shown = client.make_activity_code(activity="check-in", store="main", step_s=30)
    assert client.activity_code(shown.code_id).code == shown.code
    done = client.report_activity(
        member=card(bob.card), activity="check-in", store="main", proof=shown.code
    )
    assert (done.points, done.member_ref) == (5, bob.member_ref)
    shown_first = client.activities(card(bob.card), language="zh-Hans")[0]
    assert (shown_first.name, shown_first.done) == ("签到", True)
    link = client.share_link(member=card(bob.card), activity="share", device="bob-phone")
    survey = client.invite_to_survey(
        member=card(bob.card), activity="survey", valid_until=clock.now + timedelta(days=1)
    )
    client.report_activity(
        member=card(bob.card), activity="share", proof=link.code, device="cleo-phone"
    )
    client.report_activity(member=card(bob.card), activity="survey", proof=survey.code)
    with pytest.raises(errors.Invalid):
        client.report_activity(member=card(ada.card), activity="check-in", proof="0" * 13)
    assert [entry.kind for entry in client.history(bob.member_ref)] == [EntryKind.BONUS] * 3
