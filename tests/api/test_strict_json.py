"""Bodies as a ledger reads them (reliability INP-01 to INP-08): what two readers may read twice."""

import json
from typing import Any

import pytest

from stoa.work import Desk
from tills import Till, refused, state

JSON = "application/json"
PATH = "/members"


def nested(depth: int) -> bytes:
    return b'{"display_name":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


MALFORMED = {
    "empty": b"",
    "no JSON": b"display_name=Ada",
    "cut off": b'{"display_name": "Ada"',
    "two documents": b'{"display_name": "Ada"}{}',
    "depth 33": nested(33),
    "depth 990": nested(990),
    "depth 100,000": nested(100_000),
    "NaN": b'{"display_name": NaN}',
    "Infinity": b'{"display_name": Infinity}',
    "-Infinity": b'{"display_name": -Infinity}',
    "-0": b'{"display_name": -0}',
    "-0.0": b'{"display_name": -0.0}',
    "1e400": b'{"display_name": 1e400}',
    "5,000 digits": b'{"display_name": ' + b"9" * 5000 + b"}",
    "20 digits": b'{"display_name": ' + b"9" * 20 + b"}",
    "a name twice": b'{"display_name": "Ada", "display_name": "Eve"}',
    "a name twice below": b'{"display_name": {"a": 1, "a": 2}}',
    "UTF-16": json.dumps({"display_name": "Ada"}).encode("utf-16"),
    "UTF-16 without mark": json.dumps({"display_name": "Ada"}).encode("utf-16-le"),
    "byte order mark": b'\xef\xbb\xbf{"display_name": "Ada"}',
    "invalid UTF-8": b'{"display_name": "\xff"}',
    "overlong UTF-8": b'{"display_name": "\xc0\xaf"}',
    "NUL": b'{"display_name": "\\u0000"}',
    "raw control": b'{"display_name": "a\x01b"}',
    "lone surrogate": b'{"display_name": "\\ud800"}',
    "lone surrogate in a name": b'{"\\udfff": "Ada"}',
    "surrogate below": b'{"display_name": [{"a": ["\\ud800x"]}]}',
}


def test_what_is_not_plain_json_is_refused(
    grocery: Till, desk: Desk, subtests: pytest.Subtests
) -> None:
    before = state(desk)
    for case, body in MALFORMED.items():
        with subtests.test(case):
            answer = grocery.post(PATH, data=body, content_type=JSON)
            refused(answer, 400, "MALFORMED_JSON")
    assert state(desk) == before


def test_a_body_is_an_object(grocery: Till, subtests: pytest.Subtests) -> None:
    for text in ("[]", '"text"', "null", "true", "12", "1.5"):
        with subtests.test(text):
            refused(grocery.post(PATH, data=text, content_type=JSON), 422, "INVALID_BODY")


def test_depth_32_is_read(grocery: Till) -> None:
    answer = grocery.post(PATH, data=nested(32), content_type=JSON)
    refused(answer, 422, "INVALID_BODY")


def test_only_json_is_read(grocery: Till, subtests: pytest.Subtests) -> None:
    for content_type in (
        "text/plain",
        "application/evil+json",
        "application/problem+json",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-16",
        "application/json; charset=gbk",
        "",
    ):
        with subtests.test(content_type):
            answer = grocery.post(PATH, data='{"display_name": "A"}', content_type=content_type)
            refused(answer, 415, "JSON_REQUIRED")


def test_json_may_say_that_it_is_utf8(grocery: Till) -> None:
    body = '{"display_name": "张伟 \\ud83d\\ude00"}'
    for content_type in (JSON, "application/json; charset=UTF-8"):
        answer = grocery.post(PATH, data=body, content_type=content_type)
        assert answer.status_code == 201


def test_a_body_of_256_kib_is_read_and_one_byte_more_is_not(grocery: Till) -> None:
    frame = b'{"display_name":""}'
    body = frame[:-2] + b"a" * (256 * 1024 - len(frame)) + frame[-2:]
    refused(grocery.post(PATH, data=body, content_type=JSON), 422, "INVALID_BODY")
    body = body[:-2] + b"a" + body[-2:]
    refused(grocery.post(PATH, data=body, content_type=JSON), 413, "BODY_TOO_LARGE")


def test_a_body_shorter_than_it_says_is_refused(grocery: Till) -> None:
    answer = grocery.post(
        PATH,
        data=b'{"display_name": "Ada"}',
        content_type=JSON,
        environ_overrides={"CONTENT_LENGTH": "1000"},
    )
    refused(answer, 400, "MALFORMED_JSON")


def test_unknown_fields_are_refused(grocery: Till, desk: Desk) -> None:
    before = state(desk)
    for name in ("tenant_id", "balance", "role", "is_admin", "created_at", "partner_id"):
        answer = grocery.post(PATH, {"display_name": "Eve", name: 1})
        assert refused(answer, 422, "INVALID_BODY")["errors"] == {name: ["Unknown field."]}
    assert state(desk) == before


def test_501_lines_are_too_many(grocery: Till) -> None:
    member = grocery.enrol()
    line = {"line_no": 1, "sku": "A", "quantity": "1", "net": "1.00"}
    lines = [line | {"line_no": number} for number in range(1, 502)]
    answer = grocery.post("/purchases", grocery.a_purchase(member, lines=lines))
    problem = refused(answer, 422, "INVALID_BODY")
    assert problem["errors"] == {"lines": ["Give a list of 1 to 500."]}
    assert grocery.earn(member, lines=lines[:500])["points"] == 500


def test_a_flood_of_errors_is_told_in_brief(grocery: Till) -> None:
    member = grocery.enrol()
    answer = grocery.post("/purchases", grocery.a_purchase(member, lines=[{}] * 500))
    problem = refused(answer, 422, "INVALID_BODY")
    assert len(problem["errors"]) == 100
    assert problem["errors"]["lines.0.net"] == ["Missing data for required field."]
    many = grocery.a_purchase(member, lines=[[]] * 60_000)
    refused(grocery.post("/purchases", many), 422, "INVALID_BODY")


BAD_FIELDS: dict[str, tuple[dict[str, Any], str]] = {
    "a net as number": ({"lines": [{"net": 10}]}, "lines.0.net"),
    "a net below zero": ({"lines": [{"net": "-1.00"}]}, "lines.0.net"),
    "a net with exponent": ({"lines": [{"net": "1e2"}]}, "lines.0.net"),
    "a net with grouping": ({"lines": [{"net": "1_000"}]}, "lines.0.net"),
    "a net in other digits": ({"lines": [{"net": "１２"}]}, "lines.0.net"),
    "a net too fine": ({"lines": [{"net": "1.001"}]}, "lines.0.net"),
    "a net too large": ({"lines": [{"net": "10000000000.01"}]}, "lines.0.net"),
    "no quantity": ({"lines": [{"quantity": "0"}]}, "lines.0.quantity"),
    "a quantity too fine": ({"lines": [{"quantity": "1.0001"}]}, "lines.0.quantity"),
    "a line number as text": ({"lines": [{"line_no": "1"}]}, "lines.0.line_no"),
    "a line number as truth": ({"lines": [{"line_no": True}]}, "lines.0.line_no"),
    "line number zero": ({"lines": [{"line_no": 0}]}, "lines.0.line_no"),
    "earn as number": ({"lines": [{"earn": 1}]}, "lines.0.earn"),
    "two lines of one number": ({"lines": [{}, {}]}, "lines"),
    "no lines": ({"lines": []}, "lines"),
    "lines that are none": ({"lines": {"0": {}}}, "lines"),
    "a time without offset": ({"occurred_at": "2026-05-01T12:00:00"}, "occurred_at"),
    "a time as number": ({"occurred_at": 1777608000}, "occurred_at"),
    "the 31st of February": ({"occurred_at": "2026-02-31T12:00:00Z"}, "occurred_at"),
    "the year 1": ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "occurred_at"),
    "the year 9999": ({"occurred_at": "9999-12-31T23:59:59-14:00"}, "occurred_at"),
    "a day of the week": ({"business_date": "2026-W18-5"}, "business_date"),
    "a day that is none": ({"business_date": "2026-02-30"}, "business_date"),
    "a currency in small letters": ({"currency": "cny"}, "currency"),
    "a tender of no kind": ({"tenders": [{"kind": "shells", "amount": "1"}]}, "tenders.0.kind"),
    "a tender below zero": ({"tenders": [{"kind": "card", "amount": "-1"}]}, "tenders.0.amount"),
    "an empty receipt number": ({"receipt_no": ""}, "receipt_no"),
    "a receipt number as number": ({"receipt_no": 1001}, "receipt_no"),
    "a receipt number of two lines": ({"receipt_no": "a\nb"}, "receipt_no"),
    "a member of no kind": ({"member": {"type": "soul", "value": "x"}}, "member.type"),
    "a member as text": ({"member": "card"}, "member"),
}


def test_a_wrong_field_is_named_and_nothing_is_done(
    grocery: Till, desk: Desk, subtests: pytest.Subtests
) -> None:
    member = grocery.enrol()
    line = {"line_no": 1, "sku": "A", "quantity": "1", "net": "1.00"}
    before = state(desk)
    for case, (changes, path) in BAD_FIELDS.items():
        body = grocery.a_purchase(member) | changes
        if isinstance(changes.get("lines"), list):
            body["lines"] = [line | change for change in changes["lines"]]
        with subtests.test(case):
            answer = grocery.post("/purchases", body)
            assert list(refused(answer, 422, "INVALID_BODY")["errors"]) == [path]
    assert state(desk) == before


def test_a_receipt_of_many_large_lines_is_too_much(grocery: Till) -> None:
    member = grocery.enrol()
    line = {"line_no": 1, "sku": "A", "quantity": "1", "net": "6000000000.00"}
    body = grocery.a_purchase(member, lines=[line, line | {"line_no": 2}])
    problem = refused(grocery.post("/purchases", body), 422, "INVALID_BODY")
    assert problem["errors"] == {"lines": ["This is too much."]}
