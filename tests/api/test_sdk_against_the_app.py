"""The SDK speaks to the real app in process: every record can be read from every real answer."""

from decimal import Decimal
from typing import Any

import httpx2
import pytest
from apiflask import APIFlask

from stoa_sdk import Client, Line, ReturnLine, card, errors
from tills import Till
from world import FixedClock


def test_the_sdk_reads_every_answer(app: APIFlask, grocery: Till, clock: FixedClock) -> None:
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
    back = client.return_(
        sold.purchase_id, receipt_no="RR-1", lines=[ReturnLine(line_no=1, quantity="1")]
    )
    assert back.clawed_back == 50
    assert client.balance(member.member_ref).available == 0
    assert [entry.points for entry in client.history(member.member_ref)] == [-50, -50, 100]
    assert [reward.partner for reward in client.rewards()].count("grocery") == 2
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
