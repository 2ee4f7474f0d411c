"""A partner's requests at the admin web: filters in the address, one in full, nobody else's."""

import os
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from stoa.services import earning, requests
from stoa.services.requests import Kept
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk
from visitor import Visitor, text_of
from windows import Open, faults, fits, sign_in
from world import Coalition, a_key


def address(partner: UUID) -> str:
    return f"/admin/partners/{public_id('prt', partner)}/requests"


@pytest.fixture
def asked(desk: Desk, coalition: Coalition) -> Kept:
    """Keep sixty requests of the grocery, one of them refused."""
    with desk.work(Actor("journal")) as work:
        good = Kept(
            coalition.grocery, work.now(), "GET", "/v1/partner", "/v1/partner", 200, "", 900,
            "req_good", "", "cli_1", "", '{"partner_id": "prt_1"}',
        )  # fmt: skip
        wrong = replace(
            good, method="POST", route="/v1/purchases", path="/v1/purchases", status=409,
            code="RECEIPT_ALREADY_CLAIMED", request_id="req_wrong", idempotency_key="till-7:81",
            body='{"store": "main", "member": {"type": "card", "value": "•••"}}',
        )  # fmt: skip
        more = [
            replace(good, at=good.at - timedelta(minutes=n + 1), request_id=f"req_{n}")
            for n in range(60)
        ]
        requests.write(work, [good, wrong, *more])
    return wrong


def test_requests_are_found_by_filters_in_the_address(
    operator: Visitor, coalition: Coalition, asked: Kept
) -> None:
    where = address(coalition.grocery)
    page = operator.get(where)
    assert "RECEIPT_ALREADY_CLAIMED" in text_of(page)
    assert "?after=" in page.text
    refused = text_of(operator.get(f"{where}?status=4xx&method=POST&path=/v1/pur&since=2020-01-01"))
    assert asked.path in refused
    assert "/v1/partner" not in refused
    assert "Nothing matches" in text_of(operator.get(f"{where}?status=5xx"))
    for odd in ("status=nonsense", "since=never", "method=PUT"):
        assert operator.get(f"{where}?{odd}").status_code == 200
    assert operator.get(f"{where}?before=rql_x").status_code == 404


def test_one_request_is_shown_in_full_to_its_partner_alone(
    operator: Visitor, coalition: Coalition, asked: Kept
) -> None:
    shown = text_of(operator.get(f"{address(coalition.grocery)}/{asked.request_id}"))
    for told in ("till-7:81", "•••", "RECEIPT_ALREADY_CLAIMED", "409"):
        assert told in shown
    other = operator.get(f"{address(coalition.cinema)}/{asked.request_id}")
    assert other.status_code == 404


@pytest.mark.browser
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_the_pages_of_requests_are_accessible_and_fit(
    open_page: Open, coalition: Coalition, asked: Kept, *, width: int, theme: str
) -> None:
    with coalition.desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(coalition.a_member()), key=a_key())
    page = open_page(width=width, theme=theme)
    sign_in(page)
    for path in ("", f"/{asked.request_id}"):
        page.goto(f"{address(coalition.grocery)}{path}")
        if os.environ.get("SHOTS"):
            page.screenshot(path=f"{os.environ['SHOTS']}/req-{width}-{len(path)}.png")
        assert faults(page) == [], path
        assert fits(page), path
