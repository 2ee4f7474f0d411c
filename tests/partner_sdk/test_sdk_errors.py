"""A problem document becomes an exception of its family, or of its code."""

import pickle

import httpx2
import pytest

from partner_sdk.fake_stoa import FakeStoa, refusal
from stoa_sdk import (
    AuthenticationFailed,
    BadRequest,
    Client,
    Conflict,
    ConnectionFailed,
    Forbidden,
    HoldExpired,
    InsufficientPoints,
    Invalid,
    Locked,
    MemberUnknown,
    NotFound,
    Problem,
    ReceiptClaimed,
    SdkError,
    ServerFailed,
    TooManyRequests,
    Unavailable,
)
from stoa_sdk.answers import problem_of


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "MALFORMED_JSON", BadRequest),
        (401, "TOKEN_INVALID", AuthenticationFailed),
        (403, "SCOPE_REQUIRED", Forbidden),
        (404, "STORE_UNKNOWN", NotFound),
        (404, "MEMBER_UNKNOWN", MemberUnknown),
        (405, "METHOD_REFUSED", Problem),
        (409, "CLAIM_CLOSED", Conflict),
        (409, "INSUFFICIENT_POINTS", InsufficientPoints),
        (409, "HOLD_EXPIRED", HoldExpired),
        (409, "RECEIPT_ALREADY_CLAIMED", ReceiptClaimed),
        (422, "INVALID_BODY", Invalid),
        (423, "MEMBER_FROZEN", Locked),
        (429, "TOO_MANY_REQUESTS", TooManyRequests),
        (500, "INTERNAL_ERROR", ServerFailed),
        (507, "SOME_NEW_TROUBLE", ServerFailed),
        (503, "PLUGIN_FAILED", Unavailable),
    ],
)
def test_a_problem_is_caught_by_its_family_or_its_code(
    status: int, code: str, kind: type[Problem]
) -> None:
    problem = problem_of(refusal(status, code))
    assert type(problem) is kind
    assert isinstance(problem, SdkError)
    assert problem.code == code


def test_the_classes_by_code_stay_in_their_family() -> None:
    assert issubclass(MemberUnknown, NotFound)
    assert {InsufficientPoints.__base__, HoldExpired.__base__, ReceiptClaimed.__base__} == {
        Conflict
    }


def test_a_problem_carries_everything_that_came(client: Client, stoa: FakeStoa) -> None:
    stoa.will(refusal(409, "INSUFFICIENT_POINTS", available_points=80, short_by_points=20))
    with pytest.raises(InsufficientPoints) as caught:
        client.hold(member="mbr_1", store="north", points=100)
    problem = caught.value
    assert (problem.status, problem.title, problem.detail) == (409, "A title", "A detail")
    assert problem.doc_url == "https://points.test/problems/insufficient-points"
    assert problem.request_id == "req_1"
    assert not problem.retryable
    assert problem.members == {"available_points": 80, "short_by_points": 20}
    assert (problem.available_points, problem.short_by_points) == (80, 20)
    assert str(problem) == "INSUFFICIENT_POINTS (409): A detail [request req_1]"


def test_invalid_fields_are_named() -> None:
    wrong = {"lines": ["too many"]}
    problem = problem_of(refusal(422, "INVALID_BODY", errors=wrong))
    assert isinstance(problem, Invalid)
    assert problem.errors == wrong
    plain = problem_of(refusal(422, "LINES_DO_NOT_SUM"))
    assert isinstance(plain, Invalid)
    assert plain.errors == {}


def test_points_that_did_not_come_are_not_made_up() -> None:
    problem = problem_of(refusal(409, "INSUFFICIENT_POINTS"))
    assert isinstance(problem, InsufficientPoints)
    assert problem.available_points is None


def test_a_problem_reaches_another_process_whole() -> None:
    problem = problem_of(refusal(409, "INSUFFICIENT_POINTS", short_by_points=20))
    problem.idempotency_key = "till-7"
    copy = pickle.loads(pickle.dumps(problem))  # noqa: S301 - our own bytes
    assert (type(copy), str(copy), vars(copy)) == (type(problem), str(problem), vars(problem))
    lost = pickle.loads(pickle.dumps(ConnectionFailed("cut off")))  # noqa: S301 - our own bytes
    assert str(lost) == "cut off"


def test_the_page_of_a_proxy_is_a_problem_without_a_code_of_ours() -> None:
    page = httpx2.Response(502, text="<html>Bad Gateway</html>", headers={"X-Request-Id": "r-9"})
    problem = problem_of(page)
    assert isinstance(problem, Unavailable)
    assert (problem.code, problem.documented, problem.retryable) == ("HTTP_502", False, True)
    assert (problem.title, problem.request_id) == ("Bad Gateway", "r-9")
