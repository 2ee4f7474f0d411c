"""Tills for tests: callers with a token; every answer is held against the OpenAPI document."""

import itertools
import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import jsonschema_rs
import pytest
from apiflask import APIFlask
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.test import TestResponse

from stoa.api.spending import REFS
from stoa.app import create_app
from stoa.config import Settings
from stoa.services import credentials
from stoa.work import Actor, Desk
from world import Coalition

__all__ = ["MORE", "Till", "app", "cinema", "grocery", "refused", "spec", "state", "till_of"]

MORE = (
    REFS, "webhooks:manage", "events:read", "requests:read", "statements:read", "disputes:write",
)  # fmt: skip
"""What a till of the tests may do beside what tills get by default."""

_keys = itertools.count(1)


@pytest.fixture
def app(settings: Settings, desk: Desk, coalition: Coalition) -> APIFlask:
    """Return the whole app on this test's coalition."""
    assert coalition.desk is desk
    return create_app(settings, desk=desk)


@pytest.fixture
def grocery(app: APIFlask, coalition: Coalition) -> "Till":
    """Return a till of the grocery."""
    return till_of(app, coalition.desk, coalition.grocery)


@pytest.fixture
def cinema(app: APIFlask, coalition: Coalition) -> "Till":
    """Return a till of the cinema."""
    return till_of(app, coalition.desk, coalition.cinema)


def till_of(
    app: APIFlask, desk: Desk, partner_id: UUID, *, plain: bool = False, **asked: str
) -> "Till":
    """Issue a client to a partner and return a till that has its token.

    Args:
        plain: it has no more scopes than a till gets by default, and spends by a code alone.
    """
    more = () if plain else MORE
    scopes = (*credentials.TILL_SCOPES, *more)
    with desk.work(Actor("cli")) as work:
        client_id, secret = credentials.issue_client(work, partner_id, "till", scopes)
    return Till(app, client_id, secret, "").renewed(**asked)


@dataclass
class Till:
    """A caller: `post` makes a fresh key for every request unless it is given one."""

    app: APIFlask
    client_id: str
    secret: str
    token: str

    def post(
        self,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        **raw: Any,
    ) -> Any:
        """Send a body, or `data=` with a content type as it is."""
        sent = {
            "Authorization": f"Bearer {self.token}",
            "Idempotency-Key": f"key-{next(_keys)}" if key is None else key,
        } | dict(headers or {})
        given = raw or {"json": {} if body is None else body}
        return self._told(self.client().post(f"/v1{path}", headers=sent, **given))

    def get(self, path: str, *, accepts: str = "", **query: str) -> Any:
        """Ask; `accepts` are the languages that the caller likes."""
        headers = {"Authorization": f"Bearer {self.token}"}
        if accepts:
            headers["Accept-Language"] = accepts
        return self._told(self.client().get(f"/v1{path}", headers=headers, query_string=query))

    def client(self) -> Any:
        """Return a client of its own for each request: threads share none."""
        return self.app.test_client()

    def renewed(self, **asked: str) -> "Till":
        """Return the same till with a fresh token, after the clock has moved."""
        form = {"grant_type": "client_credentials"} | asked
        answer = self.client().post("/oauth/token", data=form, auth=(self.client_id, self.secret))
        assert answer.status_code == 200, answer.text
        return Till(self.app, self.client_id, self.secret, answer.json["access_token"])

    def enrol(self, name: str = "Ada", **identifiers: str) -> dict[str, Any]:
        """Enrol a member."""
        answer = self.post("/members", {"display_name": name} | identifiers)
        assert answer.status_code == 201, answer.text
        _refs[self.client_id, answer.json["card"]] = answer.json["member_ref"]
        return dict(answer.json)

    def earn(self, member: Mapping[str, Any], total: str = "100.00", **changes: Any) -> Any:
        """Report a purchase of one line; return the answer's JSON."""
        answer = self.post("/purchases", self.a_purchase(member, total, **changes))
        assert answer.status_code == 201, answer.text
        return answer.json

    def a_purchase(
        self, member: Mapping[str, Any], total: str = "100.00", **changes: Any
    ) -> dict[str, Any]:
        """Return the body of a purchase with a receipt number of its own."""
        return {
            "member": {"type": "card", "value": member["card"]},
            "store": "main",
            "terminal": "t1",
            "receipt_no": f"R-{next(_keys)}",
            "occurred_at": "2026-05-01T12:00:00+08:00",
            "currency": "CNY",
            "lines": [{"line_no": 1, "sku": "A", "quantity": "1", "net": total}],
        } | changes

    def a_hold(self, member: Mapping[str, Any], points: Any = 10, **changes: Any) -> dict[str, Any]:
        """Return the body of a hold for a member whom the partner has met."""
        known = {"type": "member_ref", "value": self.ref_of(member)}
        return {"member": known, "store": "main", "points": points} | changes

    def ref_of(self, member: Mapping[str, Any]) -> str:
        """Return the member's name at the till's partner."""
        known = self.client_id, member["card"]
        if known not in _refs:
            card = {"type": "card", "value": member["card"]}
            answer = self.post("/members/resolve", {"member": card})
            assert answer.status_code == 200, answer.text
            _refs[known] = answer.json["member_ref"]
        return _refs[known]

    def _told(self, answer: TestResponse) -> Any:
        _check_answer(self.app, answer)
        return answer


def spec(app: APIFlask) -> dict[str, Any]:
    """Return the OpenAPI document of an app, drawn up once for all tests."""
    if not _spec:
        _spec.update(json.loads(app.test_client().get("/v1/openapi.json").text))
    return _spec


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    """Check that an answer is this problem, complete, and return its document."""
    assert (answer.status_code, answer.json["code"]) == (status, code), answer.text
    document = dict(answer.json)
    slug = code.lower().replace("_", "-")
    assert answer.mimetype == "application/problem+json"
    assert document["status"] == status
    assert document["type"] == document["doc_url"] == f"http://localhost/problems/{slug}"
    assert document["request_id"] == answer.headers["X-Request-Id"]
    assert ("Retry-After" in answer.headers) == document["retryable"]
    return document


def state(desk: Desk) -> dict[str, str]:
    """Return the number and the hash of the rows of every table that a refusal may not touch."""
    with desk.work(Actor("test")) as work:
        rows: Any = work.rows
        return {name: rows(_STATE.format(name=name))[0][0] for (name,) in rows(_TABLES)}


_spec: dict[str, Any] = {}
_refs: dict[tuple[str, str], str] = {}
_validators: dict[tuple[str, str, str], Any] = {}
_TABLES = """
SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'
ORDER BY 1
"""
_STATE = """
SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {name} t
"""


def _check_answer(app: APIFlask, answer: TestResponse) -> None:
    path, method, status = answer.request.path, answer.request.method, str(answer.status_code)
    try:
        rule, _ = app.url_map.bind("localhost").match(path, method, return_rule=True)
    except (NotFound, MethodNotAllowed):
        return
    path, method = rule.rule.replace("<", "{").replace(">", "}"), method.lower()
    parts = spec(app)["components"]["schemas"]
    told = spec(app)["paths"][path][method]["responses"]
    assert status in told, f"{method} {path} does not tell of {status}: {answer.text}"
    assert answer.mimetype in told[status]["content"], answer.mimetype
    if (path, method, status) not in _validators:
        schema = told[status]["content"][answer.mimetype]["schema"]
        closed = {name: _closed(name, part) for name, part in parts.items()}
        _validators[path, method, status] = jsonschema_rs.validator_for(
            schema | {"components": {"schemas": closed}}, validate_formats=True
        )
    _validators[path, method, status].validate(answer.json)


def _closed(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of an answer as one that takes no other field: ours must be complete."""
    closed = deepcopy(dict(schema))
    if name.endswith("Answer"):
        closed["additionalProperties"] = False
    return closed
