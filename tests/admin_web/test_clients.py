"""A client's page: secrets rotate without downtime, keys are added and ended, tokens are bound."""

import re

import pytest
from joserfc.jwk import ECKey

from stoa.services import credentials, identity
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk
from visitor import Visitor, text_of
from world import Coalition, FixedClock

CLI = Actor("cli")


@pytest.fixture
def client_id(desk: Desk, coalition: Coalition) -> str:
    """Return a client of the grocery."""
    with desk.work(CLI) as work:
        issued, _ = credentials.issue_client(work, coalition.grocery, "tills")
    return issued


@pytest.fixture
def address(coalition: Coalition, client_id: str) -> str:
    """Return the address of its page."""
    partner = public_id("prt", coalition.grocery)
    return f"/admin/partners/{partner}/credentials/{client_id}"


def test_a_secret_is_rotated_and_the_old_one_ends_later(
    operator: Visitor, desk: Desk, address: str, client_id: str, clock: FixedClock
) -> None:
    assert address.rpartition("/")[2] in operator.get(address.rpartition("/")[0]).text
    answer = operator.post(f"{address}/rotate", overlap="168")
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    shown = re.search(r'id="client-secret">([^<]+)<', answer.text)
    assert shown is not None
    assert shown[1] not in operator.get(address).text
    with desk.work(CLI) as work:
        new, old = credentials.secrets_of(work, client_id)
        (hashed,) = credentials.live_hashes(work, client_id, shown[1])
    assert identity.secret_fits(hashed, shown[1])
    assert new.ends_at is None
    assert old.ends_at is not None
    assert (old.ends_at - clock.now).days == 7
    assert old.prefix in operator.get(address).text
    ended = operator.post(f"{address}/secrets/{old.id}/end")
    assert "no longer fits" in text_of(operator.get(ended.location))
    again = operator.post(f"{address}/secrets/{old.id}/end")
    assert "ended already" in text_of(operator.get(again.location))
    assert operator.post(f"{address}/rotate", overlap="1").status_code == 400


def test_a_public_key_is_pasted_and_ended(
    operator: Visitor, desk: Desk, address: str, client_id: str
) -> None:
    key = ECKey.generate_key("P-256")
    refused = operator.post(f"{address}/keys", keys=key.as_pem(private=True).decode())
    assert refused.status_code == 422
    assert "private part" in text_of(refused)
    operator.post(f"{address}/keys", keys=key.as_pem(private=False).decode())
    assert key.thumbprint() in operator.get(address).text
    operator.post(f"{address}/keys/end", kid=key.thumbprint())
    with desk.work(CLI) as work:
        assert credentials.keys_of(work, client_id) == []
    again = operator.post(f"{address}/keys/end", kid=key.thumbprint())
    assert "ended already" in text_of(operator.get(again.location))


def test_a_client_is_bound_and_loses_scopes(
    operator: Visitor, desk: Desk, address: str, client_id: str
) -> None:
    operator.post(f"{address}/change", scopes=["earn:write"], dpop="required")
    with desk.work(CLI) as work:
        client = credentials.find_client(work, client_id)
    assert client is not None
    assert (client.scopes, client.dpop) == (("earn:write",), "required")
    assert operator.post(f"{address}/change", scopes=["all"]).status_code == 422
    assert operator.post(f"{address}/change", dpop="required").status_code == 422


def test_a_client_of_another_partner_has_no_page_here(
    operator: Visitor, desk: Desk, coalition: Coalition, address: str, client_id: str
) -> None:
    with desk.work(CLI) as work:
        foreign, _ = credentials.issue_client(work, coalition.cinema, "tills")
    elsewhere = address.replace(client_id, foreign)
    assert operator.get(elsewhere).status_code == 404
    for door in ("rotate", "keys", "keys/end", "change", "secrets/sec_x/end"):
        assert operator.post(f"{elsewhere}/{door}", overlap="0", keys="x").status_code == 404
    with desk.work(CLI) as work:
        assert len(credentials.secrets_of(work, foreign)) == 1


def test_a_revoked_client_is_shown_and_not_changed(
    operator: Visitor, desk: Desk, address: str, client_id: str
) -> None:
    with desk.work(CLI) as work:
        credentials.revoke_client(work, client_id)
    assert "Make a new secret" not in operator.get(address).text
    for door in ("rotate", "keys", "change"):
        answer = operator.post(f"{address}/{door}", overlap="0", keys="x", scopes="earn:write")
        assert "ended already" in text_of(operator.get(answer.location))
