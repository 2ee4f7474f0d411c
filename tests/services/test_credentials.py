"""Clients of partners: issued, listed, rotated, revoked, and each change in the audit trail."""

from uuid import uuid4

import pytest

from stoa.errors import InvalidBodyError, PartnerUnknownError
from stoa.services import credentials, identity
from stoa.services.credentials import TILL_SCOPES
from stoa.work import Actor, Desk
from world import Coalition, FixedClock

STAFF = Actor("staff:test")


def test_a_client_is_issued_with_a_secret_that_is_told_once(
    desk: Desk, coalition: Coalition
) -> None:
    with desk.work(STAFF) as work:
        client_id, secret = credentials.issue_client(work, coalition.grocery, "tills")
    with desk.work(STAFF) as work:
        (client,) = credentials.clients_of(work, coalition.grocery)
        assert credentials.find_client(work, client_id) == client
        assert credentials.clients_of(work, coalition.cinema) == []
    assert (client.id, client.name, client.partner_id) == (client_id, "tills", coalition.grocery)
    assert client.scopes == TILL_SCOPES
    assert client.revoked_at is None
    assert client.grants == ("client_credentials",)
    assert (client.kind, client.redirect_uris, client.dpop) == ("confidential", (), "off")
    with desk.work(STAFF) as work:
        (hashed,) = credentials.live_hashes(work, client_id, secret)
    assert identity.secret_fits(hashed, secret)


def test_scopes_keep_their_order_and_come_once(desk: Desk, coalition: Coalition) -> None:
    with desk.work(STAFF) as work:
        asked = ["earn:write", "members:read", "earn:write"]
        client_id, _ = credentials.issue_client(work, coalition.grocery, "tills", asked)
    with desk.work(STAFF) as work:
        client = credentials.find_client(work, client_id)
    assert client is not None
    assert client.scopes == ("members:read", "earn:write")


@pytest.mark.parametrize("scopes", [[], ["everything"], ["earn:write", ""]])
def test_unknown_scopes_are_refused(desk: Desk, coalition: Coalition, scopes: list[str]) -> None:
    with pytest.raises(InvalidBodyError), desk.work(STAFF) as work:
        credentials.issue_client(work, coalition.grocery, "tills", scopes)


def test_a_client_belongs_to_a_partner(desk: Desk, coalition: Coalition) -> None:
    with pytest.raises(PartnerUnknownError), desk.work(STAFF) as work:
        credentials.issue_client(work, uuid4(), "tills")
    assert coalition.desk is desk


def test_a_revoked_client_stays_revoked(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    with desk.work(STAFF) as work:
        client_id, _ = credentials.issue_client(work, coalition.grocery, "tills")
    with desk.work(STAFF) as work:
        credentials.revoke_client(work, client_id)
    with desk.work(STAFF) as work:
        client = credentials.find_client(work, client_id)
        assert client is not None
        assert client.revoked_at == clock.now
        for deed in (credentials.revoke_client, credentials.rotate_secret):
            with pytest.raises(InvalidBodyError):
                deed(work, client_id)


def test_there_is_no_client_of_a_made_up_id(desk: Desk) -> None:
    with desk.work(STAFF) as work:
        assert credentials.find_client(work, "cli_nobody") is None


def test_every_change_is_in_the_audit_trail(desk: Desk, coalition: Coalition) -> None:
    with desk.work(STAFF) as work:
        client_id, _ = credentials.issue_client(work, coalition.grocery, "tills")
        credentials.rotate_secret(work, client_id)
        credentials.revoke_client(work, client_id)
        credentials.rotate_signing_key(work)
    with desk.work(STAFF) as work:
        rows = work.rows("SELECT deed FROM audit_records WHERE actor = 'staff:test' ORDER BY deed")
        found = " ".join(
            str(row) for row in work.rows("SELECT audit_records::text FROM audit_records")
        )
    assert [row[0] for row in rows] == [
        "client.issue",
        "client.revoke",
        "client.rotate",
        "signing_key.rotate",
    ]
    assert "stoa_" not in found
    assert "argon2" not in found
