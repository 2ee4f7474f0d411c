"""The SDK's coupons speak to the real app: every record can be read from every real answer."""

import asyncio
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from apiflask import APIFlask

from coupons import a_pool
from stoa_sdk import AsyncClient, Client, Line, TicketLine, card, errors
from tills import Till
from world import Coalition


def test_the_sdk_reads_every_answer_about_coupons(
    app: APIFlask, grocery: Till, coalition: Coalition
) -> None:
    a_pool(coalition.desk, issuers=["grocery"], uses=5)
    transport = httpx2.WSGITransport(app=app)
    client = Client("http://localhost", grocery.client_id, grocery.secret, transport=transport)
    member = client.enrol(display_name="Ada", phone="+8613800138000")
    made = client.coupons.issue("twenty", member=card(member.card))
    code = made.coupons[0].code
    assert made.member_ref == member.member_ref
    assert client.coupons.find(code).status == "issued"
    assert [each.code for each in client.coupons.of(member.member_ref).coupons] == [code]
    line = TicketLine(sku="tea", amount="30.00", quantity=2)
    told = client.coupons.validate(code, store="main", lines=[line])
    assert told.valid
    use = client.coupons.reserve(code, store="main", amount="15.00", ttl_seconds=60)
    assert use.discount.amount == Decimal("15.00")
    assert client.coupons.release(code, use.use_id).status == "released"
    use = client.coupons.reserve(code, store="main", amount="120.00")
    done = client.coupons.redeem(
        code, store="main", amount="120.00", receipt_no="R-1", use=use.use_id
    )
    assert (done.status, done.use_id) == ("redeemed", use.use_id)
    assert client.coupons.roll_back(code, receipt_no="R-1").status == "rolled_back"
    assert len(client.coupons.issue_batch("twenty", 3).coupons) == 3
    with pytest.raises(errors.NotFound):
        client.coupons.issue("none")


def test_the_async_client_takes_coupons_too(
    app: APIFlask, grocery: Till, coalition: Coalition
) -> None:
    a_pool(coalition.desk, issuers=["grocery"])
    transport = httpx2.WSGITransport(app=app)

    def carry(request: httpx2.Request) -> httpx2.Response:
        got = transport.handle_request(request)
        return httpx2.Response(got.status_code, headers=got.headers, content=got.read())

    async def talk() -> str:
        client = AsyncClient(
            "http://localhost", grocery.client_id, grocery.secret,
            transport=httpx2.MockTransport(carry),
        )  # fmt: skip
        async with client:
            code = (await client.coupons.issue("twenty")).coupons[0].code
            sold = await client.coupons.redeem(code, store="main", amount="9.00", receipt_no="R-1")
            return str(sold.discount.amount)

    assert asyncio.run(talk()) == "9.00"


def test_a_purchase_takes_its_coupons_along(
    app: APIFlask, grocery: Till, coalition: Coalition
) -> None:
    a_pool(coalition.desk, issuers=["grocery"])
    transport = httpx2.WSGITransport(app=app)
    client = Client("http://localhost", grocery.client_id, grocery.secret, transport=transport)
    member = client.enrol(display_name="Ada", phone="+8613800138000")
    code = client.coupons.issue("twenty", member=card(member.card)).coupons[0].code
    sale: dict[str, Any] = {
        "member": card(member.card), "store": "main", "currency": "CNY",
        "lines": [Line(sku="A-1", category="grocery", net="100.00")],
        "occurred_at": coalition.desk.clock(),
    }  # fmt: skip
    seen = client.estimate(**sale, coupons=[code])
    assert [(each.valid, each.discount and each.discount.amount) for each in seen.coupons] == [
        (True, Decimal("20.00"))
    ]
    assert seen.points.total == 80
    done = client.earn(**sale, receipt_no="R-1", coupons=[code], idempotency_key="sale-1")
    assert (done.points, done.coupons[0].discount.amount) == (80, Decimal("20.00"))
    again = client.earn(**sale, receipt_no="R-1", coupons=[code], idempotency_key="sale-1")
    assert (again.purchase_id, again.coupons) == (done.purchase_id, done.coupons)
    with pytest.raises(errors.Conflict) as refused:
        client.earn(**sale, receipt_no="R-2", coupons=[code])
    assert refused.value.code == "COUPON_REFUSED"
    assert client.void_purchase(done.purchase_id).status == "voided"
    assert client.coupons.find(code).status == "issued"
