"""The OpenAPI document and its page: complete, valid, and all from our own host."""

import re
from typing import Any

import jsonschema_rs
import pytest
from apiflask import APIFlask

from tills import Till, spec

DOORS = {
    "POST /v1/members": "members:write",
    "POST /v1/members/resolve": "members:read",
    "GET /v1/members/{member_ref}/balance": "balance:read",
    "GET /v1/members/{member_ref}/wallets": "balance:read",
    "GET /v1/members/{member_ref}/entries": "balance:read",
    "GET /v1/members/{member_ref}/entries/{entry}/explain": "balance:read",
    "GET /v1/members/{member_ref}/entries/{entry}/proof": "balance:read",
    "GET /v1/members/{member_ref}/benefits": "benefits:read",
    "POST /v1/estimates": "earn:write",
    "POST /v1/purchases": "earn:write",
    "GET /v1/purchases/{purchase_id}": "earn:write",
    "GET /v1/purchases/{purchase_id}/explanation": "earn:write",
    "POST /v1/purchases/{purchase_id}/returns": "earn:write",
    "POST /v1/purchases/{purchase_id}/void": "earn:write",
    "GET /v1/purchases": "earn:write",
    "POST /v1/returns": "earn:write",
    "GET /v1/returns": "earn:write",
    "GET /v1/returns/{return_id}": "earn:write",
    "POST /v1/returns/{return_id}/drop": "earn:write",
    "GET /v1/rewards": "rewards:read",
    "GET /v1/rewards/{reward_id}": "rewards:read",
    "GET /v1/members/{member_ref}/rewards": "balance:read",
    "GET /v1/campaigns": "earn:write",
    "GET /v1/tiers": "members:read",
    "GET /v1/members/{member_ref}/standing": "balance:read",
    "POST /v1/redemptions": "redeem:write",
    "POST /v1/redemptions/quotes": "redeem:write",
    "GET /v1/members/{member_ref}/redemptions": "redeem:write",
    "POST /v1/redemptions/{redemption_id}/capture": "redeem:write",
    "POST /v1/redemptions/{redemption_id}/void": "redeem:write",
    "POST /v1/redemptions/{redemption_id}/extend": "redeem:write",
    "POST /v1/redemptions/{redemption_id}/refund": "redeem:write",
    "GET /v1/redemptions": "redeem:write",
    "GET /v1/redemptions/{redemption_id}": "redeem:write",
    "GET /v1/exchange/rates": "exchange:write",
    "POST /v1/exchanges/quote": "exchange:write",
    "POST /v1/exchanges": "exchange:write",
    "POST /v1/transfers": "transfer:write",
    "POST /v1/activities": "activities:write",
    "POST /v1/activities/codes": "activities:write",
    "GET /v1/activities/codes/{code_id}": "activities:write",
    "POST /v1/activities/links": "activities:write",
    "POST /v1/activities/invitations": "activities:write",
    "GET /v1/members/{member_ref}/activities": "members:read",
    "GET /v1/members/{member_ref}/referrals": "members:read",
    "POST /v1/households": "households:write",
    "POST /v1/households/members": "households:write",
    "POST /v1/households/contributions": "households:write",
    "POST /v1/households/leave": "households:write",
    "GET /v1/members/{member_ref}/household": "households:write",
    "POST /v1/benefits/claims": "benefits:write",
    "POST /v1/members/{member_ref}/code": "codes:write",
    "POST /v1/members/{member_ref}/pin": "codes:write",
    "GET /v1/benefits/claims/{claim_id}": "benefits:write",
    "POST /v1/benefits/claims/{claim_id}/capture": "benefits:write",
    "POST /v1/benefits/claims/{claim_id}/release": "benefits:write",
    "POST /v1/benefits/quotes": "benefits:read",
    "GET /v1/benefits/slots": "benefits:read",
    "GET /v1/coupons/{code}": "coupons:read",
    "POST /v1/coupons/{code}/validate": "coupons:read",
    "POST /v1/coupons/{code}/reserve": "coupons:write",
    "POST /v1/coupons/{code}/redeem": "coupons:write",
    "POST /v1/coupons/{code}/release": "coupons:write",
    "POST /v1/coupons/{code}/rollback": "coupons:write",
    "POST /v1/coupons/issue": "coupons:issue",
    "POST /v1/coupons/batch": "coupons:issue",
    "GET /v1/members/{member_ref}/coupons": "coupons:read",
    "GET /v1/members/{member_ref}/plates": "members:read",
    "POST /v1/members/{member_ref}/plates": "members:write",
    "POST /v1/members/{member_ref}/plates/unbind": "members:write",
    "POST /v1/parking/events": "parking:write",
    "POST /v1/parking/events/batch": "parking:write",
    "POST /v1/batches": "earn:write",
    "GET /v1/batches": "earn:write",
    "GET /v1/batches/{batch_id}": "earn:write",
    "GET /v1/batches/{batch_id}/rows": "earn:write",
    "POST /v1/batches/{batch_id}/cancel": "earn:write",
    "POST /v1/parking/quotes": "parking:write",
    "GET /v1/parking/quotes/{quote_id}": "parking:write",
    "POST /v1/parking/quotes/{quote_id}/apply": "parking:write",
    "POST /v1/parking/quotes/{quote_id}/capture": "parking:write",
    "POST /v1/parking/quotes/{quote_id}/release": "parking:write",
    "GET /v1/parking/offline": "parking:read",
    "GET /v1/parking/stays": "parking:read",
    "GET /v1/parking/stays/{stay_id}": "parking:read",
    "GET /v1/partner": None,
    "GET /v1/challenges": "rewards:read",
    "GET /v1/members/{member_ref}/challenges": "balance:read",
    "POST /v1/members/{member_ref}/challenges/{challenge}/join": "members:write",
    "GET /v1/members/{member_ref}/chances": "balance:read",
    "POST /v1/members/{member_ref}/chances": "redeem:write",
    "POST /v1/members/{member_ref}/chances/{chance_id}/draw": "redeem:write",
    "POST /v1/members/{member_ref}/chances/{chance_id}/undo": "redeem:write",
    "GET /v1/draws": "rewards:read",
    "GET /v1/draws/{draw}": "rewards:read",
    "POST /v1/draws/{draw}/tickets": "redeem:write",
    "POST /v1/draws/tickets/{ticket_id}/draw": "redeem:write",
    "POST /v1/draws/tickets/{ticket_id}/claim": "redeem:write",
    "GET /v1/members/{member_ref}/tickets": "balance:read",
    "POST /v1/webhooks": "webhooks:manage",
    "GET /v1/webhooks": "webhooks:manage",
    "GET /v1/webhooks/{webhook_id}": "webhooks:manage",
    "POST /v1/webhooks/{webhook_id}/rotate": "webhooks:manage",
    "POST /v1/webhooks/{webhook_id}/challenge": "webhooks:manage",
    "POST /v1/webhooks/{webhook_id}/disable": "webhooks:manage",
    "POST /v1/webhooks/{webhook_id}/test": "webhooks:manage",
    "POST /v1/webhooks/{webhook_id}/replay": "webhooks:manage",
    "POST /v1/webhooks/{webhook_id}/retry": "webhooks:manage",
    "GET /v1/webhooks/{webhook_id}/deliveries": "webhooks:manage",
    "GET /v1/events": "events:read",
    "GET /v1/requests": "requests:read",
    "GET /v1/funding": "statements:read",
    "GET /v1/positions": "statements:read",
    "GET /v1/statements": "statements:read",
    "GET /v1/statements/{statement_id}": "statements:read",
    "GET /v1/statements/{statement_id}/entries": "statements:read",
    "POST /v1/statements/{statement_id}/disputes": "disputes:write",
    "GET /v1/disputes": "statements:read",
    "GET /v1/disputes/{dispute_id}": "statements:read",
    "POST /v1/disputes/{dispute_id}/withdraw": "disputes:write",
    "POST /v1/disputes/{dispute_id}/evidence": "disputes:write",
    "GET /v1/credit-notes": "statements:read",
}


FILES = ("POST /v1/batches", "POST /v1/disputes/{dispute_id}/evidence")
"""Doors that take a file instead of a body."""


def operations(app: APIFlask) -> dict[str, Any]:
    return {
        f"{method.upper()} {path}": operation
        for path, doors in spec(app)["paths"].items()
        for method, operation in doors.items()
    }


def test_every_door_is_told_with_its_scope(app: APIFlask) -> None:
    told = {name: door["security"][0]["oauth2"] for name, door in operations(app).items()}
    assert told == {name: [scope] if scope else [] for name, scope in DOORS.items()}


def test_it_is_openapi_3_1_at_the_public_address(app: APIFlask) -> None:
    document = spec(app)
    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": "http://localhost"}]
    flow = document["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]
    assert flow["tokenUrl"] == "http://localhost/oauth/token"
    assert set(flow["scopes"]) == {*filter(None, DOORS.values()), "redeem:refs"}


def test_every_schema_is_json_schema(app: APIFlask) -> None:
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    for schema in spec(app)["components"]["schemas"].values():
        jsonschema_rs.meta.validate(dialect | schema)


def test_every_operation_is_told_in_full(app: APIFlask) -> None:
    names = set()
    tags = {tag["name"] for tag in spec(app)["tags"]}
    for name, operation in operations(app).items():
        names.add(operation["operationId"])
        assert operation["summary"].endswith(".") or operation["summary"], name
        assert set(operation["tags"]) <= tags
        for status, answer in operation["responses"].items():
            assert "X-Request-Id" in answer["headers"]
            kind = "application/json" if status < "300" else "application/problem+json"
            assert list(answer["content"]) == [kind]
        references = [each.get("$ref") for each in operation["parameters"]]
        keyed = "#/components/parameters/IdempotencyKey" in references
        assert keyed == name.startswith("POST")
    assert len(names) == len(DOORS)


def test_every_example_is_a_body_that_is_taken(app: APIFlask) -> None:
    schemas = spec(app)["components"]["schemas"]
    for name, operation in operations(app).items():
        if not name.startswith("POST"):
            continue
        content = operation["requestBody"]["content"].get("application/json")
        if content is None:
            assert name in FILES
            continue
        schema = content["schema"] | {"components": {"schemas": schemas}}
        jsonschema_rs.validator_for(schema).validate(content.get("example", {}))


def test_every_reference_leads_somewhere(app: APIFlask) -> None:
    def references(part: Any) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
            return own + [each for inner in part.values() for each in references(inner)]
        if isinstance(part, list):
            return [each for inner in part for each in references(inner)]
        return []

    for reference in references(spec(app)):
        found: Any = spec(app)
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def test_the_page_asks_no_other_host(app: APIFlask) -> None:
    client = app.test_client()
    page = client.get("/v1/docs")
    links = set(re.findall(r'(?:src|href)="([^"]+)"', page.text)) - {"data:,"}
    assert links
    for link in links:
        assert link.startswith("/")
        answer = client.get(link)
        assert answer.status_code == 200, link
        answer.close()
    assert re.findall(r"<script(?![^>]*src=)", page.text) == []


def test_the_web_of_the_operator_is_not_part_of_it(app: APIFlask) -> None:
    assert {path.split("/")[1] for path in spec(app)["paths"]} == {"v1"}


@pytest.mark.parametrize("door", ["report_purchase", "estimate_purchase"])
def test_the_examples_of_purchases_earn(grocery: Till, app: APIFlask, door: str) -> None:
    path = {"report_purchase": "/purchases", "estimate_purchase": "/estimates"}[door]
    body = operations(app)[f"POST /v1{path}"]["requestBody"]["content"]["application/json"]
    member = grocery.enrol(card=body["example"]["member"]["value"])
    assert member["card"] == "9900000000000002"
    assert grocery.post(path, body["example"]).status_code in (200, 201)
