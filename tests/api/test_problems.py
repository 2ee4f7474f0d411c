"""Problem documents: what a caller sees when something is wrong, on their side or on ours."""

import json
import re
from html import unescape
from typing import Any

import pytest
from apiflask import APIFlask
from flask import Response
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from stoa.errors import StoaError, refusals
from stoa.services import members
from tills import Till, refused, spec

HIDDEN = "SELECT secret FROM wallets"


@pytest.mark.parametrize(
    "fault",
    [
        OperationalError(HIDDEN, {}, Exception("server closed the connection")),
        InterfaceError(HIDDEN, {}, Exception("the connection is closed")),
        DBAPIError(HIDDEN, {}, Exception("gone"), connection_invalidated=True),
        PoolTimeoutError("QueuePool limit reached"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_a_lost_database_is_told_as_such(
    grocery: Till, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    monkeypatch.setattr(members, "find", _raising(fault))
    body = {"member": {"type": "card", "value": "9900000000000002"}}
    answer = grocery.post("/members/resolve", body)
    assert refused(answer, 503, "DATABASE_UNAVAILABLE")["retryable"]
    assert answer.headers["Retry-After"] == "1"
    assert "SELECT" not in answer.text


@pytest.mark.parametrize(
    "fault", [KeyError("secret"), DBAPIError(HIDDEN, {}, Exception("secret"))], ids=["bug", "SQL"]
)
def test_a_fault_of_ours_tells_nothing_but_its_number(
    app: APIFlask,
    grocery: Till,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    fault: Exception,
) -> None:
    monkeypatch.setattr(members, "find", _raising(fault))
    body = {"member": {"type": "card", "value": "9900000000000002"}}
    answer = app.test_client().post(
        "/v1/members/resolve",
        json=body,
        headers={"Authorization": f"Bearer {grocery.token}", "Idempotency-Key": "k"},
    )
    assert answer.status_code == 500
    assert answer.json is not None
    assert answer.json["code"] == "INTERNAL_ERROR"
    assert "secret" not in answer.text
    assert answer.json["request_id"] in capsys.readouterr().err


NOTHING = [
    ("GET", "/v1", 404, "DOOR_UNKNOWN"),
    ("GET", "/v1/nothing", 404, "DOOR_UNKNOWN"),
    ("GET", "/v1/partner/", 404, "DOOR_UNKNOWN"),
    ("GET", "//v1/partner", 404, "DOOR_UNKNOWN"),
    ("GET", "/v1//partner", 404, "DOOR_UNKNOWN"),
    ("GET", "/v1/../v1/partner", 404, "DOOR_UNKNOWN"),
    ("GET", "/v1/%2e%2e/partner", 404, "DOOR_UNKNOWN"),
    ("GET", "/v1/partner;x=1", 404, "DOOR_UNKNOWN"),
    ("GET", "/problems/nothing", 404, "DOOR_UNKNOWN"),
    ("GET", "/v1/docs/of/../../app.py", 404, "DOOR_UNKNOWN"),
    ("GET", "/v1/docs/of/%2e%2e%2fdoors.py", 404, "DOOR_UNKNOWN"),
    ("DELETE", "/v1/partner", 405, "METHOD_REFUSED"),
    ("DELETE", "/v1/purchases", 405, "METHOD_REFUSED"),
    ("PUT", "/oauth/token", 405, "METHOD_REFUSED"),
]


def test_what_is_not_there_is_a_problem_too(app: APIFlask, subtests: pytest.Subtests) -> None:
    for method, path, status, code in NOTHING:
        with subtests.test(f"{method} {path}"):
            answer = app.test_client().open(path, method=method)
            refused(answer, status, code)
            assert ("Allow" in answer.headers) == (status == 405)


def test_method_override_headers_change_nothing(grocery: Till) -> None:
    headers = {"X-HTTP-Method-Override": "DELETE"}
    answer = grocery.post("/members", {"display_name": "Ada"}, headers=headers)
    assert answer.status_code == 201


def test_every_answer_hardens_browsers_and_names_its_request(app: APIFlask, grocery: Till) -> None:
    client = app.test_client()
    answers: list[Any] = [
        client.get("/livez"),
        client.get("/v1/nothing"),
        client.get("/v1/docs"),
        client.get("/v1/docs/of/docs.js"),
        client.get("/problems"),
        client.post("/oauth/token"),
        grocery.get("/partner"),
        grocery.post("/members", {}),
    ]
    seen = set()
    for answer in answers:
        headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert "Server" not in headers
        assert len(headers.getlist("Cache-Control")) == 1
        seen.add(headers["X-Request-Id"])
        answer.close()
    assert len(seen) == len(answers)
    assert grocery.get("/partner").headers["Cache-Control"] == "no-store"


def test_a_caller_can_not_name_the_request(grocery: Till) -> None:
    answer = grocery.post("/members", {}, headers={"X-Request-Id": "mine\\n forged"})
    assert answer.headers["X-Request-Id"].startswith("req_")


KINDS: list[type[StoaError]] = [*refusals(), StoaError]


def test_every_problem_has_its_page(app: APIFlask, subtests: pytest.Subtests) -> None:
    for kind in KINDS:
        with subtests.test(kind.slug):
            page = app.test_client().get(f"/problems/{kind.slug}")
            assert (page.status_code, page.mimetype) == (200, "text/html")
            code = kind.slug.upper().replace("-", "_")
            for part in (f"<code>{code}</code>", str(kind.status), "What it means", "What to do"):
                assert part in page.text
            example = page.text.split('<code class="language-json">')[1].split("</code>")[0]
            told = json.loads(unescape(re.sub(r"<[^>]+>", "", example)))
            assert (told["code"], told["status"], told["title"]) == (code, kind.status, kind.title)
            assert told["retryable"] == kind.retryable


def test_the_list_of_problems_leads_to_all_of_them(app: APIFlask) -> None:
    page = app.test_client().get("/problems").text
    for kind in KINDS:
        assert f'href="/problems/{kind.slug}"' in page


def test_every_refusal_of_the_document_is_real(app: APIFlask) -> None:
    known = {kind.slug: kind.status for kind in refusals()}
    for doors in spec(app)["paths"].values():
        for operation in doors.values():
            for status, answer in operation["responses"].items():
                told = answer["content"].get("application/problem+json", {"examples": {}})
                for slug in told["examples"]:
                    assert known[slug] == int(status)


def test_a_redirect_is_left_alone(app: APIFlask) -> None:
    @app.get("/moved")
    def moved() -> Response:
        return Response(status=308, headers={"Location": "/elsewhere"})

    assert app.test_client().get("/moved").status_code == 308


def _raising(fault: Exception) -> Any:
    def raising(*_: object) -> None:
        raise fault

    return raising
