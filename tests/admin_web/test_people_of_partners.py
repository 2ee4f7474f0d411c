"""A partner's people at their own partner: what they do there, and what stays with the operator."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from postbox import an_endpoint, postbox
from stoa.models.audit import AuditRecord
from stoa.services import credentials, requests, rosters, webhooks
from stoa.services.requests import Kept
from stoa.values.identifiers import public_id, uuid_of
from visitor import Visitor, text_of
from world import Coalition


@pytest.fixture
def own(coalition: Coalition) -> str:
    """Return the address of the grocery's pages."""
    return f"/admin/partners/{public_id('prt', coalition.grocery)}"


@pytest.fixture
def li(enter: Callable[[str], Visitor]) -> Visitor:
    """Return an administrator of the grocery who is signed in."""
    return enter("partner_admin")


def test_the_first_page_is_their_partners(li: Visitor, own: str) -> None:
    led = li.get("/admin/")
    assert (led.status_code, led.location) == (303, f"{own}/home")
    page = text_of(li.get(led.location))
    for words in ("Harbour Grocery", "Points issued", "Needs attention", "Partner administrator"):
        assert words in page
    assert "All partners" not in page


def test_a_secret_is_issued_shown_once_and_changed_without_downtime(
    li: Visitor, own: str, coalition: Coalition
) -> None:
    made = li.post(f"{own}/credentials", name="Tills", scopes="earn:write", kind="confidential")
    assert made.status_code == 201
    (secret,) = re.findall(r'id="client-secret">([^<]+)<', made.text)
    (client,) = re.findall(r'id="client-id">([^<]+)<', made.text)
    assert secret not in li.get(f"{own}/credentials/{client}").text
    turned = li.post(f"{own}/credentials/{client}/rotate", overlap="24")
    assert turned.status_code == 201
    with coalition.desk.work(coalition.as_grocery()) as work:
        assert len(credentials.secrets_of(work, client)) == 2
        deeds = work.session.execute(
            select(AuditRecord.deed, AuditRecord.actor).where(AuditRecord.subject == client)
        ).all()
    assert {deed for deed, _ in deeds} == {"client.issue", "client.rotate"}
    assert all(actor.startswith("staff:stf_") for _, actor in deeds)
    assert li.post(f"{own}/credentials/{client}/revoke").status_code == 303
    assert "Revoked" in text_of(li.get(f"{own}/credentials"))


def test_an_app_without_a_secret_is_made_and_led_to_its_addresses(
    li: Visitor, own: str, coalition: Coalition
) -> None:
    assert li.post(f"{own}/credentials", name="", kind="public").status_code == 422
    made = li.post(f"{own}/credentials", name="Our app", kind="public")
    assert made.status_code == 303
    form = li.get(made.location)
    assert form.status_code == 200
    client = made.location.split("/")[-2]
    done = li.post(made.location, redirect_uris="com.example.app:/back", scopes="openid")
    assert done.status_code == 303
    page = text_of(li.get(f"{own}/credentials/{client}"))
    assert "com.example.app:/back" in page
    assert "Make a new secret" not in page
    with coalition.desk.work(coalition.as_grocery()) as work:
        found = credentials.find_client(work, client)
    assert found is not None
    assert (found.kind, found.redirect_uris) == ("public", ("com.example.app:/back",))


def test_a_client_of_another_partner_is_unknown_under_ones_own_address(
    li: Visitor, own: str, coalition: Coalition
) -> None:
    with coalition.desk.work(coalition.as_cinema()) as work:
        foreign, _ = credentials.issue_client(work, coalition.cinema, "kiosk")
    for path, method in (
        ("", "GET"),
        ("/rotate", "POST"),
        ("/revoke", "POST"),
        ("/sign-in", "GET"),
    ):
        form = {"csrf_token": li.token, "overlap": "24"} if method == "POST" else {}
        there = li.client.open(f"{own}/credentials/{foreign}{path}", method=method, data=form)
        gone = li.client.open(f"{own}/credentials/cli_none{path}", method=method, data=form)
        assert (there.status_code, gone.status_code) == (404, 404), path


def test_an_endpoint_is_registered_and_its_secret_shown_once(
    li: Visitor, operator: Visitor, own: str, coalition: Coalition
) -> None:
    with postbox(coalition.desk) as box:
        refused = li.post(f"{own}/webhooks", url="http://10.0.0.1/", name="x" * 90)
        assert refused.status_code == 422
        for words in ("public host", "at most 80"):
            assert words in text_of(refused)
        made = li.post(f"{own}/webhooks", url=box.server.url, name="Shop", topics="points.earned")
        assert made.status_code == 201
        (secret,) = re.findall(r'id="hook-secret">([^<]+)<', made.text)
        assert secret.startswith("whsec_")
        assert secret not in li.get(f"{own}/webhooks").text
        (webhook,) = set(re.findall(r"whk_[0-9a-z]{26}", made.text))
        turned = li.post(f"{own}/webhooks/{webhook}/rotate")
        assert turned.status_code == 201
        assert secret not in turned.text
        assert 'id="hook-secret"' not in operator.post(f"{own}/webhooks/{webhook}/rotate").text
        missing = li.post(f"{own}/webhooks/whk_{'0' * 26}/rotate")
        assert missing.status_code == 404
        li.post(f"{own}/webhooks/{webhook}/disable")
        endpoint_id = uuid_of("whk", webhook)
        assert endpoint_id
        with coalition.desk.work(coalition.as_grocery()) as work:
            found = webhooks.find(work, endpoint_id, partner_id=coalition.grocery)
        assert (found.state, found.reason, found.topics) == (
            "disabled",
            "asked",
            ("points.earned",),
        )
        by_operator = operator.post(f"{own}/webhooks", url=box.server.url, name="")
        assert by_operator.status_code == 303  # and no secret is shown


def test_an_endpoint_of_another_partner_can_not_be_named(
    li: Visitor, own: str, coalition: Coalition
) -> None:
    with postbox(coalition.desk) as box:
        foreign = public_id("whk", an_endpoint(coalition.desk, coalition.cinema, box))
    for deed in ("rotate", "disable", "test", "challenge", "retry", "replay"):
        assert li.post(f"{own}/webhooks/{foreign}/{deed}", days="1").status_code == 404
    assert li.get(f"{own}/webhooks/{foreign}").status_code == 404


def test_what_binds_the_alliance_stays_with_the_operator(
    li: Visitor, own: str, coalition: Coalition
) -> None:
    assert li.get(f"{own}/stores/new").status_code == 200
    site = {"site": "new", "site_name": "Moon", "site_code": "moon", "zone": "Asia/Shanghai"}
    store = {"name": "Annex", "code": "annex", "currency": "CNY"}
    assert li.post(f"{own}/stores/new", **store, **site).status_code == 403
    with coalition.desk.work(coalition.as_grocery()) as work:
        (here, *_) = rosters.sites(work)
        version = rosters.partner(work, coalition.grocery).version
    told = li.post(f"{own}/stores/new", **store, site=public_id("sit", here.id))
    assert told.status_code == 303
    assert "Annex" in text_of(li.get(own))
    other = li.post(f"{own}/plugin", plugin="fuel", version=version + 1)
    assert other.status_code == 403
    for path in ("/suspend", "/limits", "/agreement/new"):
        assert li.post(own + path).status_code == 403


def test_partner_staff_sees_and_does_not_change(enter: Callable[[str], Visitor], own: str) -> None:
    mo = enter("partner_staff")
    for path in ("", "/credentials", "/webhooks", "/plugin", "/limits", "/changes"):
        page = mo.get(own + path)
        assert page.status_code == 200, path
        assert "btn-primary" not in page.text, path
    assert mo.post(f"{own}/credentials", name="x", scopes="earn:write").status_code == 403


def test_the_first_page_names_what_was_refused_last(
    li: Visitor, own: str, coalition: Coalition
) -> None:
    refused = Kept(
        coalition.grocery, coalition.desk.clock(), "POST", "/v1/purchases", "/v1/purchases", 409,
        "DUPLICATE_RECEIPT", 900, "req_0123456789abcdef0123", "k", "tills", "{}", "{}",
    )  # fmt: skip
    with coalition.desk.work(coalition.as_grocery()) as work:
        requests.write(work, [refused, replace(refused, status=201, code="", request_id="req_1")])
    page = li.get(f"{own}/home")
    assert "DUPLICATE_RECEIPT" in text_of(page)
    assert page.text.count("requests/req_") == 1
    assert li.get(f"{own}/requests/{refused.request_id}").status_code == 200
