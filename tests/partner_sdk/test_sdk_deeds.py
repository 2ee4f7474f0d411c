"""Every deed asks the right door with the right body and reads the answer into a record."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from partner_sdk.fake_stoa import ENTRY, FakeStoa, answer
from stoa_sdk import (
    Client,
    Discount,
    Earning,
    EntryKind,
    HoldOutcome,
    Line,
    Original,
    Payer,
    PurchaseStatus,
    ReturnLine,
    Tender,
    Whose,
    card,
    email,
    partner_ref,
    phone,
)

RICE = Line(sku="A", category="grocery", net="836.00")
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SALE = Original(store="n", receipt_no="R", business_date=date(2026, 5, 1))


def a_sale(**changes: Any) -> dict[str, Any]:
    sale = {"member": card("99"), "store": "north", "receipt_no": "R-1001", "currency": "CNY"}
    return sale | {"lines": [RICE], "occurred_at": NOON} | changes


DOORS: list[tuple[str, Callable[[Client], object]]] = [
    ("POST /v1/members", lambda client: client.enrol(display_name="Ada")),
    ("POST /v1/members/mbr_1/code", lambda client: client.member_code("mbr_1", points=5)),
    ("POST /v1/members/mbr_1/pin", lambda client: client.set_pin("mbr_1", pin="4719")),
    ("POST /v1/members/resolve", lambda client: client.resolve(card("99"))),
    ("GET /v1/members/mbr_1/balance", lambda client: client.balance("mbr_1")),
    ("GET /v1/members/mbr_1/entries", lambda client: list(client.history("mbr_1"))),
    ("GET /v1/members/mbr_1/entries/7/explain", lambda client: client.explain("mbr_1", 7)),
    ("GET /v1/members/mbr_1/benefits", lambda client: client.benefits("mbr_1")),
    ("GET /v1/members/mbr_1/benefits", lambda client: client.benefits("mbr_1", own=True)),
    ("POST /v1/estimates", lambda client: client.estimate(**a_sale(receipt_no=None))),
    ("POST /v1/purchases", lambda client: client.earn(**a_sale())),
    ("GET /v1/purchases/pur_1", lambda client: client.purchase("pur_1")),
    (
        "GET /v1/purchases/pur_1/explanation",
        lambda client: client.explain_purchase("pur_1", language="zh-Hans"),
    ),
    ("POST /v1/purchases/pur_1/returns", lambda client: client.return_("pur_1", receipt_no="B")),
    ("POST /v1/purchases/pur_1/void", lambda client: client.void_purchase("pur_1")),
    ("GET /v1/rewards", lambda client: client.rewards()),
    ("GET /v1/rewards", lambda client: client.reward_page(q="bag", max_points=500)),
    ("GET /v1/rewards/grocer:bag", lambda client: client.reward("grocer:bag")),
    ("GET /v1/members/mbr_1/rewards", lambda client: client.member_rewards("mbr_1")),
    ("GET /v1/campaigns", lambda client: client.campaigns(language="en")),
    ("GET /v1/tiers", lambda client: client.tiers()),
    ("GET /v1/members/mbr_1/standing", lambda client: client.standing("mbr_1")),
    ("POST /v1/redemptions", lambda client: client.hold(member="mbr_1", store="n", points=5)),
    (
        "POST /v1/redemptions/quotes",
        lambda client: client.quote_reward(
            member="mbr_1", store="n", reward_id="grocer:bag", slot=datetime(2026, 5, 1, tzinfo=UTC)
        ),
    ),
    ("GET /v1/members/mbr_1/redemptions", lambda client: client.member_redemptions("mbr_1")),
    ("POST /v1/redemptions/hld_1/capture", lambda client: client.capture("hld_1")),
    ("POST /v1/redemptions/hld_1/void", lambda client: client.void("hld_1")),
    ("GET /v1/redemptions/hld_1", lambda client: client.redemption("hld_1")),
    ("POST /v1/households", lambda client: client.found_household(owner="mbr_1", name="Ada's")),
    (
        "POST /v1/households/members",
        lambda client: client.add_to_household(owner="mbr_1", member=card("99"), role="spender"),
    ),
    (
        "POST /v1/households/contributions",
        lambda client: client.contribute(member="mbr_1", points=5, store="n"),
    ),
    ("POST /v1/households/leave", lambda client: client.leave_household(member="mbr_1")),
    ("GET /v1/members/mbr_1/household", lambda client: client.household("mbr_1")),
    (
        "POST /v1/transfers",
        lambda client: client.transfer(giver="mbr_1", to=card("99"), points=5, store="n"),
    ),
    ("POST /v1/redemptions/hld_1/refund", lambda client: client.refund("hld_1", receipt_no="B")),
    ("POST /v1/redemptions/hld_1/extend", lambda client: client.extend("hld_1", ttl_s=60)),
    ("GET /v1/purchases", lambda client: client.find_purchases(store="n", receipt_no="R")),
    ("GET /v1/redemptions", lambda client: client.find_redemptions(store="n", receipt_no="R")),
    ("POST /v1/returns", lambda client: client.return_by_receipt(SALE, receipt_no="B")),
    ("GET /v1/returns", lambda client: client.waiting_returns()),
    ("GET /v1/returns/ret_1", lambda client: client.waiting_return("ret_1")),
    ("POST /v1/returns/ret_1/drop", lambda client: client.drop_return("ret_1")),
    (
        "POST /v1/benefits/claims",
        lambda client: client.claim_benefit(member="mbr_1", store="n", benefit="b", subject="A1"),
    ),
    (
        "GET /v1/benefits/slots",
        lambda client: client.benefit_slots("lounge", "n", date(2026, 5, 8)),
    ),
    (
        "POST /v1/benefits/quotes",
        lambda client: client.quote_benefit(member="mbr_1", store="n", benefit="b"),
    ),
    (
        "POST /v1/benefits/claims/clm_1/capture",
        lambda client: client.capture_claim("clm_1", quantity="2.5"),
    ),
    ("POST /v1/benefits/claims/clm_1/release", lambda client: client.release_claim("clm_1")),
    ("GET /v1/benefits/claims/clm_1", lambda client: client.claim("clm_1")),
    (
        "POST /v1/activities",
        lambda client: client.report_activity(member="mbr_1", activity="check-in", proof="X"),
    ),
    ("GET /v1/members/mbr_1/activities", lambda client: client.activities("mbr_1")),
    (
        "POST /v1/activities/codes",
        lambda client: client.make_activity_code(activity="check-in", valid_until=NOON),
    ),
    ("GET /v1/activities/codes/acd_1", lambda client: client.activity_code("acd_1")),
    (
        "POST /v1/activities/links",
        lambda client: client.share_link(member="mbr_1", activity="share", device="d"),
    ),
    (
        "POST /v1/activities/invitations",
        lambda client: client.invite_to_survey(member="mbr_1", activity="s", valid_until=NOON),
    ),
    ("GET /v1/members/mbr_1/referrals", lambda client: client.referrals("mbr_1")),
    ("GET /v1/partner", lambda client: client.partner()),
    ("GET /v1/challenges", lambda client: client.challenges()),
    ("GET /v1/members/mbr_1/challenges", lambda client: client.member_challenges("mbr_1")),
    (
        "POST /v1/members/mbr_1/challenges/three/join",
        lambda client: client.join_challenge("mbr_1", "three"),
    ),
    ("GET /v1/members/mbr_1/chances", lambda client: client.chances("mbr_1")),
    ("POST /v1/members/mbr_1/chances", lambda client: client.buy_chance("mbr_1", "step-up")),
    (
        "POST /v1/members/mbr_1/chances/chn_1/draw",
        lambda client: client.draw_chance("mbr_1", "chn_1", nonce="n"),
    ),
    (
        "POST /v1/members/mbr_1/chances/chn_1/undo",
        lambda client: client.undo_chance("mbr_1", "chn_1"),
    ),
    ("GET /v1/draws", lambda client: client.draws()),
    ("GET /v1/draws/wheel", lambda client: client.draw("wheel")),
    ("POST /v1/draws/wheel/tickets", lambda client: client.buy_ticket("mbr_1", "wheel")),
    (
        "POST /v1/draws/tickets/tkt_1/draw",
        lambda client: client.draw_ticket("tkt_1", nonce="n"),
    ),
    (
        "POST /v1/draws/tickets/tkt_1/claim",
        lambda client: client.claim_prize("tkt_1", store="main"),
    ),
    ("GET /v1/draws/wheel/result", lambda client: client.draw_result("wheel")),
    ("GET /v1/members/mbr_1/tickets", lambda client: client.member_tickets("mbr_1")),
]


@pytest.mark.parametrize(("door", "deed"), DOORS, ids=[door for door, _ in DOORS])
def test_each_deed_knocks_at_its_door_and_reads_the_answer(
    client: Client, stoa: FakeStoa, door: str, deed: Callable[[Client], object]
) -> None:
    assert deed(client)
    assert stoa.asked == [door]
    assert (stoa.keys[0] is not None) == door.startswith("POST")


@pytest.mark.parametrize(("door", "deed"), DOORS, ids=[door for door, _ in DOORS])
def test_each_deed_is_the_same_when_awaited(
    stoa: FakeStoa, door: str, deed: Callable[[Client], object]
) -> None:
    async def do() -> object:
        async with stoa.async_client() as client:
            if door.endswith("entries"):
                return [entry async for entry in client.history("mbr_1")]
            return await deed(client)  # type: ignore[arg-type, misc]  # the deeds have one shape

    assert asyncio.run(do())
    assert stoa.asked == [door]


def test_a_purchase_goes_out_with_exact_texts_and_numbered_lines(
    client: Client, stoa: FakeStoa
) -> None:
    petrol = Line(sku="95", category="fuel", net=Decimal("1E+2"), quantity=Decimal("37.800"))
    client.earn(
        **a_sale(
            lines=[RICE, petrol],
            tenders=[Tender(kind="card", amount=Decimal("936.00"))],
            terminal="t7",
            business_date=date(2026, 5, 1),
        )
    )
    assert stoa.last_body == {
        "member": {"type": "card", "value": "99"},
        "store": "north",
        "terminal": "t7",
        "receipt_no": "R-1001",
        "occurred_at": "2026-05-01T12:00:00+00:00",
        "business_date": "2026-05-01",
        "currency": "CNY",
        "lines": [
            {
                "line_no": 1,
                "sku": "A",
                "category": "grocery",
                "quantity": "1",
                "unit": "ea",
                "net": "836.00",
                "earn": True,
            },
            {
                "line_no": 2,
                "sku": "95",
                "category": "fuel",
                "quantity": "37.800",
                "unit": "ea",
                "net": "100",
                "earn": True,
            },
        ],
        "tenders": [{"kind": "card", "amount": "936.00"}],
    }


def test_a_purchase_without_time_happened_now(client: Client, stoa: FakeStoa) -> None:
    before = datetime.now(UTC)
    client.earn(**a_sale(occurred_at=None))
    assert before <= datetime.fromisoformat(stoa.last_body["occurred_at"]) <= datetime.now(UTC)


def test_what_was_not_given_is_not_sent(client: Client, stoa: FakeStoa) -> None:
    client.enrol(display_name="Ada")
    assert stoa.last_body == {"display_name": "Ada"}
    client.enrol(display_name="Ada", born_on=date(1990, 5, 17))
    assert stoa.last_body == {"display_name": "Ada", "born_on": "1990-05-17"}
    client.release_claim("clm_1")
    assert stoa.requests[-1].content == b"{}"


@pytest.mark.parametrize(
    ("name", "kind", "value"),
    [
        (card("99"), "card", "99"),
        (phone("+861"), "phone", "+861"),
        (email("a@b.cn"), "email", "a@b.cn"),
        (partner_ref("C-7"), "partner_ref", "C-7"),
        ("mbr_1", "member_ref", "mbr_1"),
    ],
)
def test_a_member_may_be_named_in_five_ways(
    client: Client, stoa: FakeStoa, name: Any, kind: str, value: str
) -> None:
    client.resolve(name)
    assert stoa.last_body == {"member": {"type": kind, "value": value}}


def test_a_balance_by_card_resolves_the_member_first(client: Client, stoa: FakeStoa) -> None:
    assert client.balance(card("99")).available == 880
    assert stoa.asked == ["POST /v1/members/resolve", "GET /v1/members/mbr_1/balance"]


def test_an_awaited_balance_by_card_resolves_the_member_first(stoa: FakeStoa) -> None:
    async def do() -> int:
        async with stoa.async_client() as client:
            return (await client.balance(card("99"))).available

    assert asyncio.run(do()) == 880
    assert stoa.asked == ["POST /v1/members/resolve", "GET /v1/members/mbr_1/balance"]


def test_an_explained_entry_leads_to_lot_price_and_rules(client: Client) -> None:
    told = client.explain("mbr_1", 2)
    (lot,) = told.lots
    assert sum(each.points for each in told.lots) + told.owed == -told.points
    assert (lot.whose, lot.issuer, lot.payer) == (Whose.YOURS, "grocery", Payer.PARTNER)
    assert lot.price
    assert lot.rules
    assert told.fate
    assert (lot.price.amount, lot.rules.partner_version) == (Decimal("0.012"), 2)
    assert told.fate.uses[0].whose is Whose.ANOTHER_PARTNER
    assert told.fate.taken[0].account == "burned"


def test_a_purchase_is_told_in_the_language_asked_for(client: Client, stoa: FakeStoa) -> None:
    told = client.explain_purchase("pur_1", language="zh-Hans")
    (line,) = told.deeds[0].lines
    assert (line.headline, line.rule, line.payer) == (
        "消费于 Star", "partner:grocery", Payer.PARTNER,
    )  # fmt: skip
    assert [fact.text for fact in told.facts] == ["会员等级：金卡"]
    client.explain("mbr_1", 2, language="zh-Hant")
    list(client.history("mbr_1", language="en"))
    asked = [dict(request.url.params) for request in stoa.requests]
    assert asked == [{"language": "zh-Hans"}, {"language": "zh-Hant"},
                     {"limit": "25", "language": "en"}]  # fmt: skip


def test_history_turns_its_pages_by_itself(client: Client, stoa: FakeStoa) -> None:
    stoa.will(
        answer(body={"entries": [ENTRY, ENTRY | {"entry": 2}], "next_cursor": "c=1&x"}),
        answer(body={"entries": [ENTRY | {"entry": 1}], "next_cursor": None}),
    )
    assert [entry.entry for entry in client.history("mbr_1", page_size=2)] == [3, 2, 1]
    assert [dict(request.url.params) for request in stoa.requests] == [
        {"limit": "2"},
        {"limit": "2", "cursor": "c=1&x"},
    ]


def test_awaited_history_turns_its_pages_by_itself(stoa: FakeStoa) -> None:
    stoa.will(
        answer(body={"entries": [ENTRY], "next_cursor": "c"}),
        answer(body={"entries": [ENTRY | {"entry": 2}], "next_cursor": None}),
    )

    async def do() -> list[int]:
        async with stoa.async_client() as client:
            return [entry.entry async for entry in client.history("mbr_1")]

    assert asyncio.run(do()) == [3, 2]


def test_history_fetches_no_page_that_nobody_reads(client: Client, stoa: FakeStoa) -> None:
    stoa.will(answer(body={"entries": [ENTRY, ENTRY], "next_cursor": "c"}))
    assert next(client.history("mbr_1")).kind is EntryKind.EARN
    assert len(stoa.requests) == 1


def test_a_return_by_receipt_names_the_sale_and_tells_whether_it_waits(
    client: Client, stoa: FakeStoa
) -> None:
    waiting = client.return_by_receipt(
        Original(store="n", terminal="t1", receipt_no="R", business_date=date(2026, 5, 1)),
        receipt_no="B-1", tenders=[Tender(kind="points", amount="1.00", redemption_id="hld_1")],
    )  # fmt: skip
    assert (waiting.waits, waiting.return_id, waiting.clawed_back) == (True, "ret_1", None)
    assert stoa.last_body == {
        "original": {
            "store": "n", "terminal": "t1", "receipt_no": "R", "business_date": "2026-05-01",
        },
        "receipt_no": "B-1",
        "tenders": [{"kind": "points", "amount": "1.00", "redemption_id": "hld_1"}],
    }  # fmt: skip


def test_a_line_comes_back_by_quantity_or_amount(client: Client, stoa: FakeStoa) -> None:
    client.return_("pur_1", receipt_no="B", lines=[ReturnLine(line_no=1, amount=Decimal("2.50"))])
    assert stoa.last_body["lines"] == [{"line_no": 1, "amount": "2.50"}]
    for line in (ReturnLine(line_no=1), ReturnLine(line_no=1, quantity=1, amount="1.00")):
        with pytest.raises(ValueError, match="quantity or by an amount"):
            client.return_("pur_1", receipt_no="B", lines=[line])


def test_a_return_names_lines_or_takes_all_that_is_left(client: Client, stoa: FakeStoa) -> None:
    client.return_("pur_1", receipt_no="B-1", lines=[ReturnLine(line_no=3, quantity="1.5")])
    assert stoa.last_body["lines"] == [{"line_no": 3, "quantity": "1.5"}]
    client.return_("pur_1", receipt_no="B-2")
    assert stoa.last_body == {"receipt_no": "B-2"}


def test_a_hold_is_for_points_or_for_a_reward(client: Client, stoa: FakeStoa) -> None:
    client.hold(member="mbr_1", store="north", reward_id="grocer:bag", quantity=2)
    assert stoa.last_body == {
        "member": {"type": "member_ref", "value": "mbr_1"},
        "store": "north",
        "reward_id": "grocer:bag",
        "quantity": 2,
        "ttl_s": 300,
    }
    client.hold(
        member="mbr_1", store="north", reward_id="metro:top-up", deliver_to={"card": "3104"}
    )
    assert stoa.last_body["deliver_to"] == {"card": "3104"}
    with pytest.raises(ValueError, match="either points or a reward"):
        client.hold(member="mbr_1", store="north")
    with pytest.raises(ValueError, match="either points or a reward"):
        client.hold(member="mbr_1", store="north", points=1, reward_id="grocer:bag")


def test_a_benefit_at_the_pump_carries_litres_and_price(client: Client, stoa: FakeStoa) -> None:
    claim = client.claim_benefit(
        member=card("99"),
        store="pump-1",
        benefit="cents_off",
        since=NOON,
        at=NOON,
        quantity="37.8",
        unit_price=Decimal("8.00"),
    )
    assert claim.due is not None
    assert claim.due.amount == 0
    assert stoa.last_body["quantity"] == "37.8"
    assert stoa.last_body["unit_price"] == "8.00"
    assert stoa.last_body["since"] == "2026-05-01T12:00:00+00:00"


def test_tiers_come_with_their_texts_by_language(client: Client) -> None:
    gold = client.tiers()[0].tiers[0]
    assert gold.name["zh-Hans"] == "金卡"
    assert gold.qualify is not None
    assert gold.qualify["value"] == 80000


def test_a_standing_tells_what_is_missing(client: Client) -> None:
    found = client.standing("mbr_1")[0]
    assert (found.tier, found.next[0].parts[0].missing) == ("gold", 18800)
    assert client.estimate(**a_sale()).discount == Discount(
        basis_points=500, amount=Decimal("44.00"), total=Decimal("836.00")
    )


def test_rewards_of_a_store_are_asked_for_by_its_code(client: Client, stoa: FakeStoa) -> None:
    rewards = client.rewards("north")
    assert [str(reward.worth) for reward in rewards] == ["8.80 CNY"]
    assert dict(stoa.requests[0].url.params) == {"store": "north", "limit": "100"}


def test_an_id_never_leads_to_another_door(client: Client, stoa: FakeStoa) -> None:
    client.purchase("pur_1/returns?x=1#y")
    assert stoa.requests[0].url.raw_path == b"/v1/purchases/pur_1%2Freturns%3Fx%3D1%23y"
    with pytest.raises(ValueError, match="missing"):
        client.purchase("")


def test_answers_are_typed(client: Client) -> None:
    earning = client.earn(**a_sale())
    assert isinstance(earning, Earning)
    assert earning.status is PurchaseStatus.POSTED
    assert earning.lines[0].expires_on == date(2027, 12, 31)
    purchase = client.purchase("pur_1")
    assert purchase.lines[0].quantity == Decimal("37.8")
    assert purchase.occurred_at.utcoffset() is not None
    assert isinstance(client.capture("hld_1", points=500, receipt_no="F-1"), HoldOutcome)
    assert client.partner().stores[0].zone == "Asia/Shanghai"


def test_a_base_address_may_have_a_path(stoa: FakeStoa) -> None:
    with stoa.client() as client:
        client.partner()
    assert str(stoa.requests[0].url) == "https://points.test/v1/partner"


@pytest.mark.parametrize("address", ["points.test", "ftp://points.test", ""])
def test_a_base_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="base address"):
        Client(address, "till", "secret")


def test_bodies_are_plain_json(client: Client, stoa: FakeStoa) -> None:
    client.enrol(display_name="張三", locale="zh-Hant")
    assert stoa.requests[0].headers["Content-Type"] == "application/json"
    assert json.loads(stoa.requests[0].content)["display_name"] == "張三"
    assert stoa.requests[0].headers["User-Agent"].startswith("stoa-sdk/")
