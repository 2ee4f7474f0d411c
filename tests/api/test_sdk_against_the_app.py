"""The SDK speaks to the real app in process: every record can be read from every real answer."""

from decimal import Decimal
from typing import Any

import httpx2
import pytest
from apiflask import APIFlask

from stoa_sdk import Client, Line, Original, ReturnLine, errors
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
    assert client.benefits(member.member_ref)[0].available == 1
    claim = client.claim_benefit(member=member.member_ref, store="main", benefit="tea")
    assert client.release_claim(claim.claim_id).status == client.claim(claim.claim_id).status
    assert client.partner().stores[0].zone == "Asia/Shanghai"
    with pytest.raises(errors.InsufficientPoints):
        client.hold(member=member.member_ref, store="main", points=1).__enter__()
    client.close()
