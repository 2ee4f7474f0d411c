"""Credentials: a secret is shown once, revoked for good, and only for the partner it belongs to."""

import re

from stoa.services import credentials, identity
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk
from visitor import Visitor, text_of
from world import Coalition


def address(coalition: Coalition) -> str:
    """Return the address of the grocery's credentials."""
    return f"/admin/partners/{public_id('prt', coalition.grocery)}/credentials"


def test_a_secret_is_shown_once_and_fits(
    operator: Visitor, desk: Desk, coalition: Coalition
) -> None:
    assert "No credentials yet" in text_of(operator.get(address(coalition)))
    scopes = ["earn:write", "members:read"]
    answer = operator.post(address(coalition), name=" Tills  of main ", scopes=scopes)
    assert answer.status_code == 201
    secret = re.search(r'id="client-secret">([^<]+)<', answer.text)
    assert secret is not None
    with desk.work(Actor("cli")) as work:
        (client,) = credentials.clients_of(work, coalition.grocery)
    assert (client.name, client.scopes) == ("Tills of main", ("members:read", "earn:write"))
    with desk.work(Actor("cli")) as work:
        (hashed,) = credentials.live_hashes(work, client.id, secret[1])
    assert identity.secret_fits(hashed, secret[1])
    assert answer.headers["Cache-Control"] == "no-store"
    again = operator.get(address(coalition)).text
    assert client.id in again
    assert secret[1] not in again


def test_a_client_without_name_or_scope_is_not_issued(
    operator: Visitor, desk: Desk, coalition: Coalition
) -> None:
    for form in (
        {"name": "", "scopes": "earn:write"},
        {"name": "x"},
        {"name": "x", "scopes": "all"},
    ):
        assert operator.post(address(coalition), **form).status_code == 422
    with desk.work(Actor("cli")) as work:
        assert credentials.clients_of(work, coalition.grocery) == []


def test_a_client_is_revoked_for_good(operator: Visitor, desk: Desk, coalition: Coalition) -> None:
    with desk.work(Actor("cli")) as work:
        client_id, _ = credentials.issue_client(work, coalition.grocery, "tills")
    answer = operator.post(f"{address(coalition)}/{client_id}/revoke")
    assert "The client is revoked" in text_of(operator.get(answer.location))
    again = operator.post(f"{address(coalition)}/{client_id}/revoke")
    assert "revoked already" in text_of(operator.get(again.location))
    with desk.work(Actor("cli")) as work:
        (client,) = credentials.clients_of(work, coalition.grocery)
    assert client.revoked_at is not None


def test_a_client_of_another_partner_is_not_there(
    operator: Visitor, desk: Desk, coalition: Coalition
) -> None:
    with desk.work(Actor("cli")) as work:
        client_id, _ = credentials.issue_client(work, coalition.cinema, "tills")
    assert operator.post(f"{address(coalition)}/{client_id}/revoke").status_code == 404
    with desk.work(Actor("cli")) as work:
        (client,) = credentials.clients_of(work, coalition.cinema)
    assert client.revoked_at is None
