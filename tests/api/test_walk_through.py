"""One member's day across the stores, at the doors that tills, gates and terminals use.

She earns at the grocery and the bakery, becomes silver, parks free by the receipts and the tier,
pays half a dinner with points at a third partner, returns a dish, and wins a draw. At its end the
ledger, the benefits' meter and what each partner issued, burned and pays agree to the unit.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import pytest
from apiflask import APIFlask

from ladders import a_ladder
from stoa.models import NOBODY
from stoa.services import invariants, partners, positions, programmes
from stoa.values.rulefiles import RuleFile
from stoa.work import Actor, Desk
from stoa.worker import ACTOR, BEATS, TURNS
from tills import Till, till_of
from world import Coalition, FixedClock, code

SILVER: dict[str, Any] = {"fact": "spend", "over": "day", "is": ">=", "value": 500_00}
LADDER = a_ladder(SILVER, None) | {"name": {"en": "Harbour tiers"}}
POOL: dict[str, Any] = {
    "name": {"en": "A basket of fruit"},
    "worth": {"kind": "amount", "minor": 30_00},
    "accepted_at": {"partners": ["market"]},
    "from": "2026-05-01", "until": "2026-05-31",
    "payers": [{"payer": "operator", "share": 60}, {"payer": "prt:market", "share": 40}],
}  # fmt: skip
RAFFLE: dict[str, Any] = {
    "name": {"en": "May draw"}, "mode": "raffle", "points": 100, "allowed_draw": True,
    "from": "2026-05-01", "until": "2026-05-02", "draws_at": "2026-05-03T10:00",
    "prizes": [
        {"code": "fruit", "name": {"en": "A basket of fruit"}, "worth_minor": 30_00, "stock": 1,
         "coupon": "fruit"},
    ],
}  # fmt: skip
PARTNERS: dict[str, tuple[str, Mapping[str, Any]]] = {
    "market": ("standard", {"base_rate": "20"}),
    "bakery": ("standard", {"base_rate": "20"}),
    "garage": ("parking", {"tier_hours": [{"tier": "silver", "hours": 1}]}),
    "kitchen": ("dining", {"base_rate": "1"}),
}
PLATE = "沪A12345"


class Day:
    """The alliance, one till a partner, and a clock."""

    def __init__(self, app: APIFlask, desk: Desk, coalition: Coalition, clock: FixedClock) -> None:
        self.desk, self.clock, self._app = desk, clock, app
        self.ids: dict[str, UUID] = {}
        self.tills: dict[str, Till] = {}
        self._receipts = 0
        with desk.work(Actor("cli")) as work:
            for name, (plugin, settings) in PARTNERS.items():
                self.ids[name] = partners.onboard(
                    work, name, name.title(), trade=name, plugin=plugin, settings=dict(settings)
                )
                partners.add_store(
                    work, self.ids[name], coalition.site, "main", "Main store", currency="CNY"
                )
            for rule in (
                RuleFile("ladder", "main", LADDER),
                RuleFile("coupon", "fruit", POOL),
                RuleFile("draw", "may", RAFFLE),
            ):
                programmes.load(work, [rule])
        for name, partner_id in self.ids.items():
            self.tills[name] = till_of(app, desk, partner_id)

    def at(self, time: str, day: str = "2026-05-02") -> "Day":
        """Move the clock to a time in Shanghai, and let the worker do what is due."""
        self.clock.now = datetime.fromisoformat(f"{day}T{time}:00+08:00").astimezone(
            self.clock.now.tzinfo
        )
        self.work()
        return self

    def work(self) -> None:
        """Let the worker do all that follows, until nothing is left to do."""
        while sum(self._do(beat) for beat in BEATS):
            pass
        for turn in TURNS:
            self._do(turn)

    def _do(self, deed: Any) -> int:
        with self.desk.work(ACTOR) as work:
            return int(deed.deed(work, lambda: False))

    def till(self, name: str) -> Till:
        """Return a partner's till with a token of now."""
        self.tills[name] = self.tills[name].renewed()
        return self.tills[name]

    def post(self, name: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Send something that has to be done."""
        answer = self.till(name).post(path, dict(body))
        assert answer.status_code == 201, answer.text
        return dict(answer.json)

    def buys(self, name: str, member: str, total: str, **changes: Any) -> dict[str, Any]:
        """Report a purchase of one line by the member's card."""
        self._receipts += 1
        body = {
            "member": {"type": "card", "value": member}, "store": "main", "terminal": "t1",
            "receipt_no": f"D-{self._receipts}", "occurred_at": self.clock.now.isoformat(),
            "currency": "CNY",
            "lines": [{"line_no": 1, "sku": "A", "quantity": "1", "net": total}],
        }  # fmt: skip
        return self.post(name, "/purchases", body | changes)

    def shown(self, member_id: UUID) -> dict[str, str]:
        """Return the code that the member shows now."""
        with self.desk.work(Actor("cli")) as work:
            token = code(work, member_id)
        return {"type": token.kind, "value": token.value}

    def standing(self, ref: str) -> str:
        """Return the member's tier, as the garage is told it."""
        told = self.till("garage").get(f"/members/{ref}/standing").json
        return str(told["standings"][0]["tier"])

    def position(
        self, account: str, *, partner_id: UUID | None = None, payer_id: UUID | None = None
    ) -> int:
        """Return what wallets gained from a counter account, by partner or payer."""
        with self.desk.work(Actor("cli")) as work:
            return positions.position(
                work, "STAR", account=account, partner_id=partner_id, payer_id=payer_id
            ).points

    def rows(self, statement: LiteralString, *values: object) -> list[Any]:
        """Ask the database."""
        with self.desk.work(Actor("cli")) as work:
            return [tuple(row) for row in work.rows(statement, values)]


@pytest.fixture
def day(app: APIFlask, desk: Desk, coalition: Coalition, clock: FixedClock) -> Day:
    return Day(app, desk, coalition, clock)


_COSTS = """
SELECT payer_id, sum(c.minor)::bigint FROM claim_costs c JOIN claims k ON k.id = c.claim_id
 WHERE k.member_id = %s AND k.state = 'used' GROUP BY payer_id
"""
_METER = """
SELECT benefit, sum(quantity_milli)::bigint, sum(worth_minor)::bigint, sum(due_minor)::bigint
  FROM claims WHERE member_id = %s AND state = 'used' GROUP BY benefit
"""
_LOTS = """
SELECT p.reason, l.remaining FROM lots l
  JOIN postings p ON p.member_id = l.member_id AND p.currency = l.currency AND p.seq = l.seq
 WHERE l.member_id = %s ORDER BY l.expires_on, l.seq
"""


def test_a_day_across_the_stores_agrees_to_the_unit(day: Day) -> None:
    day.at("10:00")
    ada = day.till("market").enrol("Ada")
    card = ada["card"]
    ((member_id,),) = day.rows("SELECT id FROM members WHERE display_name = 'Ada'")
    ref = day.till("garage").ref_of(ada)
    day.post("garage", f"/members/{ref}/plates", {"plate": PLATE})
    day.post("garage", "/parking/events", a_pass("IN", day))

    # She earns at the grocery and at the bakery, and is silver by the day's 500.00.
    day.at("10:30")
    assert day.buys("market", card, "300.00")["points"] == 6_600
    day.at("11:00")
    assert day.buys("bakery", card, "200.00")["points"] == 4_400
    day.at("11:05")
    assert day.standing(ref) == "silver"

    # Two hours by the receipts and one by the tier: 2 h 50 min, 30.00, are free.
    day.at("12:50")
    quote = day.post("garage", "/parking/quotes", {"plate": PLATE})
    assert (quote["fee"]["amount"], quote["due"]["amount"]) == ("30.00", "0.00")
    day.post("garage", f"/parking/quotes/{quote['quote_id']}/apply", {"pay": "money"})
    day.post("garage", "/parking/events", a_pass("OUT", day))
    day.work()

    # Half a dinner of 200.00 with points, by the code on her phone.
    day.at("19:00")
    held = day.post(
        "kitchen", "/redemptions",
        {"member": day.shown(member_id), "store": "main", "points": 10_000},
    )  # fmt: skip
    paid = held["redemption_id"]
    day.post("kitchen", f"/redemptions/{paid}/capture", {"receipt_no": "K-1"})
    dinner = day.buys(
        "kitchen", card, "0.00", receipt_no="K-1",
        lines=[
            {"line_no": 1, "sku": "duck", "quantity": "1", "net": "160.00"},
            {"line_no": 2, "sku": "soup", "quantity": "1", "net": "40.00"},
        ],
        tenders=[
            {"kind": "points", "amount": "100.00", "redemption_id": paid},
            {"kind": "card", "amount": "100.00"},
        ],
    )  # fmt: skip
    assert (dinner["points"], dinner["balance"]["available"]) == (120, 1_120)

    # The soup goes back: half of it in money, half in points of their old lots.
    day.at("20:00")
    back = day.post(
        "kitchen", f"/purchases/{dinner['purchase_id']}/returns",
        {"receipt_no": "K-2", "lines": [{"line_no": 2, "quantity": "1"}]},
    )  # fmt: skip
    assert (back["clawed_back"], back["restored"]) == (24, 2_000)
    assert back["balance"]["available"] == 3_096

    # The only ticket of the raffle wins; the basket is fetched at the grocery.
    day.at("21:00")
    ticket = day.post("market", "/draws/may/tickets", {"member": day.shown(member_id)})
    assert ticket["balance"]["available"] == 2_996
    day.at("10:05", "2026-05-03")
    mine = day.till("market").get(f"/members/{day.till('market').ref_of(ada)}/tickets").json
    assert [(each["prize"], each["state"]) for each in mine["tickets"]] == [("fruit", "won")]
    coupons = day.till("market").get(f"/members/{day.till('market').ref_of(ada)}/coupons").json
    (basket,) = coupons["coupons"]
    taken = day.post(
        "market", f"/coupons/{basket['code']}/redeem",
        {"store": "main", "receipt_no": "M-9", "amount": "50.00"},
    )  # fmt: skip
    assert taken["discount"]["amount"] == "30.00"
    day.work()

    check_ledger(day, member_id)
    check_benefits(day, member_id)
    check_positions(day)


def a_pass(state: str, day: Day) -> dict[str, str]:
    """Return what a gate tells of the car that passes it now."""
    return {"plate": PLATE, "state": state, "at": day.clock.now.isoformat(), "carpark": "main"}


def check_ledger(day: Day, member_id: UUID) -> None:
    """The wallet, its lots and every invariant agree; what came back is where it was."""
    assert day.rows(
        "SELECT available, pending, held, debt FROM wallets WHERE member_id = %s", member_id
    ) == [(2_996, 0, 0, 0)]
    lots = day.rows(_LOTS, member_id)
    assert sum(left for _, left in lots) == 2_996
    assert "refund" not in {reason for reason, _ in lots}
    with day.desk.work(Actor("cli")) as work:
        assert invariants.check_invariants(work) == []


def check_benefits(day: Day, member_id: UUID) -> None:
    """Three hours are metered, and their 30.00 paid half by the operator, half by who sold."""
    assert day.rows(_METER, member_id) == [("free_parking", 170_000, 30_00, 0)]
    costs = dict(day.rows(_COSTS, member_id))
    assert costs == {None: 15_00, day.ids["market"]: 9_00, day.ids["bakery"]: 6_00}
    used = day.rows("SELECT payer_id, minor FROM coupon_costs")
    assert dict(used) == {None: 18_00, day.ids["market"]: 12_00}


def check_positions(day: Day) -> None:
    """Each partner issued, paid for and burned what its till saw; all of it is the wallet."""
    issued = {name: day.position("issued", partner_id=each) for name, each in day.ids.items()}
    assert issued == {"market": 6_600, "bakery": 4_400, "kitchen": 96, "garage": 0}
    paid = {name: day.position("issued", payer_id=each) for name, each in day.ids.items()}
    assert paid == {"market": 6_000, "bakery": 4_000, "kitchen": 80, "garage": 0}
    assert day.position("issued", payer_id=NOBODY) == 600 + 400 + 20 - 4
    assert day.position("burned", partner_id=day.ids["kitchen"]) == -8_000
    assert day.position("burned", partner_id=NOBODY) == -100
    assert day.position("issued") + day.position("burned") == 2_996
