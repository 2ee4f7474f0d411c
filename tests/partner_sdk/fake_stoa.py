"""A stand-in for the API: gives out tokens, remembers requests, answers as documented."""

import json
import re
from collections import deque
from typing import Any

import httpx2

from stoa_sdk import AsyncClient, Client

BALANCE = {"currency": "STAR", "available": 880, "pending": 0, "held": 0, "debt": 0}
YUAN = {"amount": "8.80", "currency": "CNY"}
EARNED = {
    "reason": "base",
    "points": 880,
    "payer": "partner",
    "arithmetic": "836.00 at 1 point per 1.00 (base)",
    "expires_on": "2027-12-31",
    "line_nos": [1],
    "rule": "partner:grocer",
    "rule_version": 3,
}
MEMBER = {"member_ref": "mbr_1", "display": "A*", "tier": "base", "status": "active"}
ENTRY = {
    "entry": 3,
    "transaction_id": "txn_3",
    "kind": "earn",
    "points": 880,
    "balance": 880,
    "reason": "base",
    "account": "partner:issued",
    "payer": "partner",
    "partner": "grocer",
    "store": "North",
    "reference": "R-1001",
    "business_date": "2026-05-01",
    "recorded_at": "2026-05-01T12:00:00+08:00",
    "explanation": "836.00 at 1 point per 1.00 (base)",
}
OUTCOME = {
    "redemption_id": "hld_1",
    "status": "captured",
    "points": 500,
    "released": 0,
    "worth": YUAN,
    "transaction_id": "txn_4",
    "balance": BALANCE,
}
RETURN = {
    "return_id": "txn_5",
    "purchase_id": "pur_1",
    "status": "posted",
    "clawed_back": 20,
    "debt_booked": 0,
    "uncollected": 0,
    "restored": 100,
    "unmatched": "0.00",
    "tenders": [{"kind": "card", "amount": "20.00"}],
    "balance": BALANCE,
}
HELD = {
    "redemption_id": "hld_1",
    "status": "held",
    "member_ref": "mbr_1",
    "points": 500,
    "worth": YUAN,
    "reward_id": None,
    "expires_at": "2026-05-01T12:05:00+08:00",
    "balance": BALANCE,
}
WAITING = {
    "return_id": "ret_1",
    "status": "awaiting_original",
    "original": {
        "store": "north",
        "terminal": "",
        "receipt_no": "R-1001",
        "business_date": "2026-05-01",
    },
    "receipt_no": "B-1",
    "received_at": "2026-05-01T12:00:00+08:00",
    "resolved_at": None,
    "refusal": None,
    "transaction_id": None,
}
CLAIM = {
    "claim_id": "clm_1",
    "benefit": "free_parking",
    "status": "used",
    "quantity": "60",
    "unit": "minute",
    "worth": YUAN,
    "due": {"amount": "0.00", "currency": "CNY"},
    "points_option": None,
    "reason": "60 free minutes for gold",
    "held_until": None,
    "slot": "2026-05-08T02:00:00+00:00",
    "points": 0,
    "offers": [{"code": "gold", "worth": YUAN, "chosen": True}],
}
NAME = {"en": "Three visits", "zh-Hans": "三次光临"}
REWARD = {
    "reward_id": "grocer:bag",
    "partner": "grocer",
    "partner_name": "Grocer",
    "kind": "gift",
    "title": "Bag",
    "about": "",
    "points": 300,
    "money": {"amount": "0.00", "currency": "CNY"},
    "worth": {"amount": "8.80", "currency": "CNY"},
    "max_quantity": 5,
    "opens_at": None,
    "closes_at": "2026-06-01T00:00:00+08:00",
    "tiers": ["gold"],
    "partners": None,
    "stores": ["grocer/north"],
    "limits": {"per_member": 2, "per_member_day": None, "per_day": None},
    "picture_url": None,
}
CHALLENGE = {
    "challenge": "three", "version": 1, "name": NAME, "about": {}, "goal": NAME,
    "period": "calendar year", "since": "2026-01-01", "until": "2026-12-31", "join": "automatic",
    "most_per_period": 1, "reward_points": 50, "grants_eligibility": False,
}  # fmt: skip
STEP = {
    "fact": "partners_collected", "target": 5, "found": 3, "missing": 2, "reached": False,
    "now": None, "stamps": [{"place": "grocery", "collected": True}],
}  # fmt: skip
PURSUIT = {
    "challenge": "three", "name": NAME, "since": "2026-01-01", "until": None, "joined": True,
    "completed": 0, "completed_on": None, "points": 0, "steps": [STEP],
}  # fmt: skip
OFFER = {
    "chance": "step-up", "name": NAME, "ladder": "main", "mode": "direct", "points": 100,
    "needed": 1, "most_per_year": 3, "odds_per_million": None,
}  # fmt: skip
CHANCE = {
    "chance_id": "chn_1", "chance": "step-up", "ladder": "main", "mode": "direct",
    "state": "used", "points": 100, "bought_at": "2026-05-01T04:00:00+00:00",
    "undo_until": "2026-05-01T05:00:00+00:00", "odds_per_million": None, "commitment": None,
    "seed": None, "nonce": None, "roll": None,
}  # fmt: skip
PROMOTION = CHANCE | {"tier": "silver", "balance": BALANCE}
DRAW_PRIZE = {
    "prize": "bear", "name": NAME, "worth_minor": 4900, "points": 0, "coupon": None,
    "partner": None, "odds_per_million": 10000, "stock": 20, "left": 19,
}  # fmt: skip
DRAW = {
    "draw": "wheel", "name": NAME, "about": None, "mode": "instant", "state": "open", "points": 10,
    "opens_at": "2026-05-01T04:00:00+00:00", "closes_at": "2026-06-01T04:00:00+00:00",
    "draws_at": None, "per_member": None, "per_member_day": 3, "tiers": [], "tickets": 1000,
    "sold": 7, "prizes": [DRAW_PRIZE], "consolation": None, "terms_hash": "00", "commitment": None,
}  # fmt: skip
TICKET = {
    "ticket_id": "tkt_1", "draw": "wheel", "mode": "instant", "number": 7, "state": "open",
    "points": 10, "bought_at": "2026-05-01T04:00:00+00:00", "terms_hash": "00",
    "commitment": "00", "seed": None, "nonce": None, "roll": None, "turn": None, "stock": None,
    "holder": None, "prize": None, "prize_state": None, "claim_until": None,
}  # fmt: skip
HOUSEHOLD = {"display": "A*", "role": "owner", "members": 1, "balance": BALANCE}
LINE = {
    "line_no": 1,
    "sku": "A",
    "category": "grocery",
    "quantity": "37.800",
    "unit": "L",
    "net": "836.00",
    "returned": "0",
}
RULES = {
    "plugin": "standard",
    "plugin_version": "0.1.0",
    "partner_version": 2,
    "agreement_version": 1,
    "currency_version": 1,
}
LOT = {
    "entry": 1,
    "points": 300,
    "whose": "yours",
    "issuer": "grocery",
    "payer": "partner",
    "price": {"amount": "0.012", "currency": "CNY"},
    "reason": "base",
    "explanation": "836.00 at 1 point per 1.00 (base)",
    "store": "Main store",
    "reference": "R-1001",
    "business_date": "2026-05-01",
    "available_on": "2026-05-01",
    "expires_on": None,
    "moved": False,
    "rules": RULES,
}
USE = {
    "entry": 2,
    "points": 300,
    "kind": "redeem",
    "whose": "another_partner",
    "store": None,
    "reference": None,
    "business_date": "2026-05-02",
}
EXPLAINED = {
    "entry": 2,
    "transaction_id": "txn_1",
    "kind": "redeem",
    "points": -300,
    "balance": 536,
    "account": "burned",
    "whose": "yours",
    "actor": "partner",
    "reason": "tender",
    "explanation": "300 points worth 3.00 CNY (tender)",
    "store": "Main store",
    "reference": "R-1002",
    "business_date": "2026-05-02",
    "recorded_at": "2026-05-02T04:00:00+00:00",
    "price": {"amount": "0.009", "currency": "CNY"},
    "rules": None,
    "brought": LOT,
    "fate": {"left": 0, "held": 0, "taken": [{"account": "burned", "points": 300}], "uses": [USE]},
    "lots": [LOT],
    "owed": 0,
}
GOLD: dict[str, Any] = {
    "tier": "gold",
    "name": {"en": "Gold", "zh-Hans": "金卡"},
    "rank": 1,
    "uplift_percent": 100,
    "discount_basis_points": 500,
    "benefits": [{"code": "gift", "name": {"en": "Birthday gift"}}],
}
LADDER: dict[str, Any] = {
    "ladder": "main",
    "name": {"en": "Members"},
    "main": True,
    "version": 2,
    "tiers": [
        GOLD
        | {
            "qualify": {"fact": "spend", "over": "day", "is": ">=", "value": 80000},
            "says": {"en": "spend at least ¥800.00 on one day"},
        }
    ],
}
STANDING: dict[str, Any] = GOLD | {
    "ladder": "main",
    "ladder_name": {"en": "Members"},
    "main": True,
    "since": "2026-05-01T04:00:00Z",
    "origin": "earned",
    "review_on": "2027-05-01",
    "falls_on": None,
    "until": None,
    "path": {"kind": "fact", "asked": "spend|day", "holds": True},
    "says": {"en": "same-day spend ¥812.00 ≥ ¥800.00 on 1 May 2026"},
    "next": [
        {
            "tier": "jade",
            "name": {"en": "Jade"},
            "says": {"en": "spend ¥188.00 more today for Jade"},
            "parts": [
                {
                    "asked": "spend|day",
                    "compared": ">=",
                    "wanted": 100000,
                    "found": 81200,
                    "missing": 18800,
                    "until": "2026-05-01",
                }
            ],
            "trace": {},
        }
    ],
}

STORY = {
    "purchase_id": "pur_1",
    "member_ref": "mbr_1",
    "language": "zh-Hans",
    "status": "posted",
    "store": "Star",
    "receipt_no": "R-1001",
    "business_date": "2026-05-01",
    "tier": "金卡",
    "facts": [{"key": "tier", "text": "会员等级：金卡"}],
    "deeds": [
        {
            "transaction_id": "txn_3",
            "kind": "earn",
            "currency": "STAR",
            "points": 836,
            "business_date": "2026-05-01",
            "recorded_at": "2026-05-01T04:00:00+00:00",
            "lines": [
                {
                    "entry": 1,
                    "points": 836,
                    "account": "issued",
                    "reason": "base",
                    "headline": "消费于 Star",
                    "arithmetic": "836 元，每 1 元得 1 积分",
                    "rule": "partner:grocery",
                    "rule_version": 2,
                    "rule_name": "Star",
                    "wants": None,
                    "payer": "partner",
                    "available_on": "2026-05-01",
                    "expires_on": "2027-05-31",
                }
            ],
        }
    ],
}
ANSWERS: dict[str, dict[str, Any]] = {
    "POST /v1/members": MEMBER
    | {"card": "9900000000000009", "enrolled_at": "2026-05-01T12:00:00+08:00", "balance": BALANCE},
    "POST /v1/members/resolve": MEMBER
    | {"can_earn": True, "can_redeem": True, "balance": {"available": 880}},
    "POST /v1/members/[^/]+/code": {
        "code": "7KQ2W9MR3XTE0A5CVB1DZ",
        "renews_at": "2026-05-01T04:00:30Z",
        "expires_at": "2026-05-01T04:01:00Z",
        "confirmation": None,
    },
    "POST /v1/members/[^/]+/pin": {"member_ref": "mbr_1", "pin_set": True},
    "GET /v1/members/[^/]+/balance": BALANCE
    | {
        "maturing": [{"points": 40, "on": "2026-06-15"}],
        "expiring": [{"points": 500, "on": "2026-12-31"}],
        "money_value": YUAN,
        "as_of": "2026-05-01T04:00:00Z",
        "ledger_position": 3,
    },
    "GET /v1/members/[^/]+/entries": {"entries": [ENTRY], "next_cursor": None},
    "GET /v1/members/[^/]+/entries/[0-9]+/explain": EXPLAINED,
    "GET /v1/members/[^/]+/benefits": {
        "benefits": [
            {
                "benefit": "free_parking",
                "title": "Parking",
                "unit": "minute",
                "available": "60",
                "reason": "gold",
                "partner": "garage",
                "partner_name": "Parkhaus Mitte",
                "own": True,
            }
        ]
    },
    "POST /v1/estimates": {
        "points": {"base": 880, "uplift": 880, "campaign": 0, "total": 1760},
        "lines": [EARNED],
        "balance": BALANCE,
        "discount": {"basis_points": 500, "amount": "44.00", "total": "836.00"},
    },
    "POST /v1/purchases": {
        "purchase_id": "pur_1",
        "status": "posted",
        "member_ref": "mbr_1",
        "points": 880,
        "lines": [EARNED],
        "balance": BALANCE,
        "transaction_id": "txn_3",
    },
    "GET /v1/purchases/[^/]+": {
        "purchase_id": "pur_1",
        "status": "posted",
        "store": "north",
        "terminal": "",
        "receipt_no": "R-1001",
        "occurred_at": "2026-05-01T12:00:00+08:00",
        "business_date": "2026-05-01",
        "currency": "CNY",
        "total": "836.00",
        "lines": [LINE],
        "tenders": [{"kind": "card", "amount": "836.00"}],
        "earned": [EARNED],
    },
    "GET /v1/purchases/[^/]+/explanation": STORY,
    "POST /v1/purchases/[^/]+/returns": RETURN,
    "GET /v1/purchases": {"purchases": []},
    "GET /v1/redemptions": {"redemptions": []},
    "POST /v1/returns": WAITING,
    "GET /v1/returns": {"returns": [WAITING], "next_cursor": None},
    "GET /v1/returns/[^/]+": WAITING,
    "POST /v1/returns/[^/]+/drop": WAITING | {"status": "dropped"},
    "POST /v1/redemptions/[^/]+/refund": {
        "refund_id": "txn_9",
        "redemption_id": "hld_1",
        "status": "captured",
        "points": 100,
        "refunded": 100,
        "refundable": 400,
        "worth": YUAN,
        "balance": BALANCE,
    },
    "POST /v1/redemptions/[^/]+/extend": HELD,
    "POST /v1/purchases/[^/]+/void": RETURN | {"status": "voided"},
    "GET /v1/campaigns": {
        "campaigns": [
            {
                "code": "weekend",
                "name": "Double weekend",
                "first_day": "2026-05-01",
                "last_day": "2026-05-31",
                "stores": ["north"],
                "condition": "on a Saturday or a Sunday",
                "bonus": {
                    "kind": "multiplier",
                    "times_percent": 200,
                    "points": None,
                    "every_minor": None,
                    "most": None,
                    "steps": [],
                },
                "caps": [{"every": "day", "points": 500, "uses": None}],
                "categories": [],
                "skus": [],
            }
        ]
    },
    "GET /v1/tiers": {"rulebook": 3, "ladders": [LADDER]},
    "GET /v1/members/[^/]+/standing": {"member_ref": "mbr_1", "standings": [STANDING]},
    "GET /v1/rewards": {
        "rewards": [
            {
                "reward_id": "grocer:bag",
                "partner": "grocer",
                "partner_name": "Grocer",
                "title": "Bag",
                "points": 300,
                "worth": YUAN,
                "max_quantity": 5,
            }
        ],
        "next_cursor": None,
    },
    "GET /v1/rewards/[^/]+": REWARD,
    "GET /v1/members/[^/]+/rewards": {
        "available": 400,
        "rewards": [REWARD | {"short_by_points": 0, "against": ["tier"]}],
        "next_cursor": None,
    },
    "POST /v1/redemptions": HELD,
    "POST /v1/redemptions/quotes": {
        "quote": "WyJ4Il0.abc",
        "reward_id": "grocer:bag",
        "quantity": 2,
        "points": 600,
        "money": YUAN,
        "worth": YUAN,
        "left_units": 3,
        "against": [{"reason": "tier"}],
        "expires_at": "2026-05-01T12:05:00+08:00",
    },
    "GET /v1/members/[^/]+/redemptions": {
        "redemptions": [
            {
                "redemption_id": "hld_1",
                "reward_id": "grocer:bag",
                "kind": "voucher",
                "quantity": 1,
                "points": 300,
                "money": YUAN,
                "slot": None,
                "draw": "wheel",
                "tickets": [{"ticket_id": "tkt_1", "number": 7, "state": "open"}],
                "chance": None,
                "chances": [],
                "credited": {"currency": "CINE", "points": 5},
                "coupons": [
                    {"coupon_id": "cpn_1", "code": "7KQ2W9MR3XTE0", "valid_until": "2026-06-01"}
                ],
                "status": "issued",
                "fulfilment": "none",
                "reference": None,
                "placed_at": "2026-05-01T12:00:00+08:00",
                "resolved_at": None,
            }
        ],
        "next_cursor": None,
    },
    "POST /v1/redemptions/[^/]+/capture": OUTCOME,
    "POST /v1/redemptions/[^/]+/void": OUTCOME
    | {"status": "voided", "points": 0, "released": 500, "transaction_id": None},
    "GET /v1/redemptions/[^/]+": {
        "redemption_id": "hld_1",
        "status": "captured",
        "points": 500,
        "captured": 500,
        "worth": YUAN,
        "purpose": "tender",
        "reward_id": None,
        "store": "pump-1",
        "receipt_no": "F-1",
        "created_at": "2026-05-01T12:00:00+08:00",
        "expires_at": "2026-05-01T12:05:00+08:00",
        "resolved_at": "2026-05-01T12:01:00+08:00",
    },
    "POST /v1/households": HOUSEHOLD,
    "POST /v1/households/members": HOUSEHOLD | {"role": "spender"},
    "POST /v1/households/contributions": HOUSEHOLD | {"points": 5, "own_balance": BALANCE},
    "POST /v1/households/leave": {"given_back": 5, "closed": False, "balance": BALANCE},
    "GET /v1/members/[^/]+/household": HOUSEHOLD,
    "GET /v1/challenges": {"challenges": [CHALLENGE]},
    "GET /v1/members/[^/]+/challenges": {"challenges": [PURSUIT]},
    "POST /v1/members/[^/]+/challenges/[^/]+/join": {"challenge": "three", "joined": True},
    "GET /v1/members/[^/]+/chances": {"offers": [OFFER], "chances": [CHANCE]},
    "POST /v1/members/[^/]+/chances": PROMOTION,
    "POST /v1/members/[^/]+/chances/[^/]+/draw": PROMOTION,
    "POST /v1/members/[^/]+/chances/[^/]+/undo": PROMOTION,
    "GET /v1/draws": {"draws": [DRAW]},
    "GET /v1/draws/[^/]+": DRAW,
    "POST /v1/draws/[^/]+/tickets": TICKET | {"balance": BALANCE},
    "POST /v1/draws/tickets/[^/]+/draw": TICKET | {"state": "lost", "balance": BALANCE},
    "POST /v1/draws/tickets/[^/]+/claim": {
        "ticket_id": "tkt_1",
        "draw": "wheel",
        "prize": "bear",
        "unit": 1,
        "state": "claimed",
        "claimed_at": None,
    },
    "GET /v1/draws/[^/]+/result": {
        "draw": "wheel",
        "mode": "instant",
        "state": "open",
        "terms": {},
        "terms_hash": "00",
        "sold": 7,
    },
    "GET /v1/members/[^/]+/tickets": {"tickets": [TICKET]},
    "POST /v1/activities": {
        "activity_id": "txn_7",
        "activity": "check-in",
        "points": 5,
        "member_ref": "mbr_1",
        "balance": BALANCE,
    },
    "GET /v1/members/[^/]+/activities": {
        "activities": [
            {
                "activity": "check-in",
                "name": "Check in",
                "kind": "check_in",
                "proof": "code",
                "points": 5,
                "once_per": "day",
                "until": None,
                "done": False,
            }
        ]
    },
    "(POST|GET) /v1/activities/(codes|links|invitations)(/[^/]+)?": {
        "code_id": "acd_1",
        "activity": "check-in",
        "code": "7KQ2W9MRA3XTE",
        "until": None,
    },
    "GET /v1/members/[^/]+/referrals": {
        "code": "7KQ2W9MRA3XTE",
        "purchasing": 1,
        "rewarded": 0,
        "invitations": [
            {
                "state": "purchased",
                "reason": "",
                "invited_at": "2026-05-01T12:00:00+08:00",
                "purchased_on": "2026-05-02",
                "rewarded_at": None,
            }
        ],
    },
    "POST /v1/transfers": {
        "transfer_id": "txn_6",
        "points": 5,
        "from_ref": "mbr_1",
        "to_ref": "mbr_2",
        "balance": BALANCE,
        "to_balance": None,
    },
    "POST /v1/benefits/claims": CLAIM,
    "GET /v1/benefits/slots": {
        "slots": [
            {
                "starts": "2026-05-08T02:00:00+00:00",
                "ends": "2026-05-08T03:00:00+00:00",
                "places": 8,
                "left": 5,
            }
        ]
    },
    "POST /v1/benefits/quotes": CLAIM | {"receipts": 2},
    "POST /v1/benefits/claims/[^/]+/capture": CLAIM,
    "GET /v1/benefits/claims/[^/]+": CLAIM,
    "POST /v1/benefits/claims/[^/]+/release": CLAIM | {"status": "released"},
    "GET /v1/partner": {
        "partner_id": "prt_1",
        "code": "grocer",
        "name": "Grocer",
        "stores": [
            {
                "store_id": "sto_1",
                "code": "north",
                "name": "North",
                "site": "mall",
                "zone": "Asia/Shanghai",
                "currency": "CNY",
            }
        ],
        "scopes": ["earn:write"],
    },
}

Scripted = httpx2.Response | Exception


def answer(status: int = 200, body: object = None, **headers: str) -> httpx2.Response:
    """Return an answer; ``Retry_After="3"`` becomes the header ``Retry-After``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.Response(status, json=body, headers=named)


def refusal(status: int, code: str, **members: object) -> httpx2.Response:
    """Return a problem document."""
    page = f"https://points.test/problems/{code.lower().replace('_', '-')}"
    document: dict[str, object] = {
        "type": page,
        "doc_url": page,
        "title": "A title",
        "detail": "A detail",
    }
    document |= {"code": code, "request_id": "req_1", "retryable": False}
    return httpx2.Response(status, json=document | {"status": status} | members)


class FakeStoa:
    """Answers each door with its documented shape, or first with what a test has scripted."""

    def __init__(self) -> None:
        self.requests: list[httpx2.Request] = []
        self.bearers: list[str] = []
        self.token_requests: list[httpx2.Request] = []
        self.token_life_s = 3600
        self.scripted: deque[Scripted] = deque()
        self.token_scripted: deque[Scripted] = deque()

    def will(self, *answers: Scripted) -> None:
        """Answer the next requests so, before the documented shapes."""
        self.scripted.extend(answers)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/oauth/token"):
            self.token_requests.append(request)
            return self._play(self.token_scripted) or self._token()
        self.requests.append(request)
        self.bearers.append(request.headers["Authorization"])
        return self._play(self.scripted) or self._documented(request)

    def client(self, **options: Any) -> Client:
        """Return a client of this alliance."""
        transport = httpx2.MockTransport(self)
        return Client("https://points.test", "till", "secret", transport=transport, **options)

    def async_client(self, **options: Any) -> AsyncClient:
        """Return an async client of this alliance."""
        transport = httpx2.MockTransport(self)
        return AsyncClient("https://points.test", "till", "secret", transport=transport, **options)

    @property
    def last_body(self) -> Any:
        """The JSON of the last request."""
        return json.loads(self.requests[-1].content)

    @property
    def asked(self) -> list[str]:
        """Method and path of every request but those for tokens."""
        return [f"{request.method} {request.url.path}" for request in self.requests]

    @property
    def keys(self) -> list[str | None]:
        """The idempotency key of every request but those for tokens."""
        return [request.headers.get("Idempotency-Key") for request in self.requests]

    def _token(self) -> httpx2.Response:
        token = f"token-{len(self.token_requests)}"
        life_s = self.token_life_s
        return answer(body={"access_token": token, "token_type": "Bearer", "expires_in": life_s})

    @staticmethod
    def _play(script: deque[Scripted]) -> httpx2.Response | None:
        if not script:
            return None
        scripted = script.popleft()
        if isinstance(scripted, Exception):
            raise scripted
        return scripted

    @staticmethod
    def _documented(request: httpx2.Request) -> httpx2.Response:
        path = request.url.raw_path.decode().partition("?")[0]
        asked = f"{request.method} {path}"
        for door, body in ANSWERS.items():
            if re.fullmatch(door, asked):
                return answer(201 if request.method == "POST" else 200, body)
        return refusal(404, "DOOR_UNKNOWN")
