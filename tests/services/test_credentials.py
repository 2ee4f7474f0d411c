"""Clients of partners: issued, listed, rotated, revoked, and each change in the audit trail."""

import json
import re
from datetime import timedelta
from uuid import uuid4

import argon2
import pytest
from joserfc.jwk import ECKey

from routes import HASHER
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


def test_a_secret_has_a_checksum_that_scanners_can_use() -> None:
    secret = credentials.new_client_secret()
    assert re.fullmatch("stoa_sk_live_[0-9A-Za-z]{49}", secret)
    assert credentials.is_ours(secret)
    assert credentials.is_ours(credentials.new_client_secret("test"))
    for wrong in (secret[:-1], secret[:-1] + "_", secret.replace("live", "test"), "", "stoa_sk_"):
        assert not credentials.is_ours(wrong)


def test_a_secret_ends_when_the_later_of_two_rotations_would_not(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    with desk.work(STAFF) as work:
        client_id, first = credentials.issue_client(work, coalition.grocery, "tills")
        credentials.rotate_secret(work, client_id, overlap=timedelta(hours=1))
        credentials.rotate_secret(work, client_id, overlap=timedelta(hours=5))
    with desk.work(STAFF) as work:
        assert len(credentials.secrets_of(work, client_id)) == 3
        assert len(credentials.live_hashes(work, client_id, first)) == 1
    clock.move(hours=1)
    with desk.work(STAFF) as work:
        assert len(credentials.secrets_of(work, client_id)) == 2
        assert credentials.live_hashes(work, client_id, first) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Send a JWK"), ("[]", "holds no keys"), ('{"keys": []}', "holds no keys"),
        ('{"keys": [1]}', "holds no keys"), ("[" * 5000, "Send a JWK"), ("x" * 20_000, "too long"),
        ('{"kty": "oct", "k": "AAAA"}', "nothing symmetric"), ('{"kty": ["EC"]}', "nothing"),
        ('{"kty": "EC", "crv": "P-521"}', "P-256"), ('{"kty": "OKP", "crv": "X25519"}', "Ed25519"),
        ('{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}', "no key that can be read"),
        ('{"kty": "RSA", "n": "AAAA", "e": "AQAB"}', "2048"), ('{"kty": "RSA", "n": 7}', "2048"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "no public key"),
        ("-----BEGIN EC PRIVATE KEY-----\nAAAA", "private part"),
    ],
)  # fmt: skip
def test_what_is_no_strong_public_key_is_refused(
    desk: Desk, coalition: Coalition, text: str, why: str
) -> None:
    with desk.work(STAFF) as work:
        client_id, _ = credentials.issue_client(work, coalition.grocery, "tills")
    with desk.work(STAFF) as work, pytest.raises(InvalidBodyError) as refused:
        credentials.add_keys(work, client_id, text)
    assert why in refused.value.members["errors"]["keys"][0]


def test_a_key_says_what_it_is_for(desk: Desk, coalition: Coalition) -> None:
    jwk = dict(ECKey.generate_key("P-256").as_dict(private=False))
    with desk.work(STAFF) as work:
        client_id, _ = credentials.issue_client(work, coalition.grocery, "tills")
    for wrong in ({"use": "enc"}, {"alg": "RS256"}, {"kid": 7}, {"kid": "x" * 129}, {"kid": "\n"}):
        with desk.work(STAFF) as work, pytest.raises(InvalidBodyError):
            credentials.add_keys(work, client_id, json.dumps(jwk | wrong))
    eight = {"keys": [jwk | {"kid": str(number)} for number in range(8)]}
    with desk.work(STAFF) as work:
        assert len(credentials.add_keys(work, client_id, json.dumps(eight))) == 8
    with desk.work(STAFF) as work, pytest.raises(InvalidBodyError):
        credentials.add_keys(work, client_id, json.dumps(jwk))


def test_secrets_are_hashed_at_the_cost_that_owasp_asks_for() -> None:
    assert HASHER.time_cost >= 2
    assert HASHER.memory_cost >= 19_456  # KiB
    assert HASHER.type is argon2.Type.ID
