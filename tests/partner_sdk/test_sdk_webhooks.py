"""The SDK verifies what webhooks send, and refuses everything else."""

import base64
import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from standardwebhooks import Webhook

from stoa_sdk import WebhookRefused, webhooks
from stoa_sdk.cli import main

NOW = 1_777_608_000
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OTHER = "whsec_" + base64.b64encode(bytes(range(1, 33))).decode()
BODY = (
    '{"id":"evt_1","type":"points.earned","timestamp":"2026-05-01T04:00:00+00:00","seq":7,'
    '"stream":"mbr_x","data":{"名":1}}'
).encode()


def headers(*signatures: str, stamp: int = NOW) -> dict[str, str]:
    """Return the headers of a request."""
    return {
        "Webhook-Id": "evt_1",
        "webhook-timestamp": str(stamp),
        "WEBHOOK-SIGNATURE": " ".join(signatures),
    }


def signed(secret: str = SECRET, stamp: int = NOW, body: bytes = BODY) -> str:
    """Return the signature of a body."""
    return webhooks.sign(secret, message_id="evt_1", timestamp=stamp, body=body)


def test_what_was_signed_is_read() -> None:
    event = webhooks.verify(headers(signed()), BODY, SECRET, now=NOW)
    assert (event.id, event.type, event.seq, event.stream) == (
        "evt_1", "points.earned", 7, "mbr_x",
    )  # fmt: skip
    assert event.data == {"名": 1}
    assert webhooks.verify(headers(signed()), BODY.decode(), SECRET, now=NOW + 300)


@pytest.mark.parametrize("secrets", [[OTHER, SECRET], [SECRET, OTHER]])
def test_any_signature_by_any_secret_is_enough(secrets: Sequence[str]) -> None:
    several = headers("v1,AAAA", "v2,x", "v1a,AAAA", signed(), "garbage")
    assert webhooks.verify(several, BODY, secrets, now=NOW)


def test_a_strangers_signer_makes_the_same_signature() -> None:
    at = dt.datetime.fromtimestamp(NOW, dt.UTC)
    assert Webhook(SECRET).sign("evt_1", at, BODY.decode()) == signed()


def test_the_asymmetric_signature_is_verified() -> None:
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    made = key.sign(b"evt_1.%d." % NOW + BODY)
    told = headers(f"v1a,{base64.b64encode(made).decode()}")
    known = f"whpk_{base64.b64encode(public).decode()}"
    assert webhooks.verify(told, BODY, known, now=NOW).id == "evt_1"
    for body, secret in ((BODY + b" ", known), (BODY, SECRET)):
        with pytest.raises(WebhookRefused):
            webhooks.verify(told, body, secret, now=NOW)


@pytest.mark.parametrize(
    ("told", "body", "now"),
    [
        (headers(signed()), BODY.replace(b"7", b"8"), NOW),
        (headers(signed()) | {"Webhook-Id": "evt_2"}, BODY, NOW),
        (headers(signed(), stamp=NOW + 1), BODY, NOW),
        (headers(signed()), BODY, NOW + 301),
        (headers(signed()), BODY, NOW - 301),
        (headers(signed(OTHER)), BODY, NOW),
        (headers(signed().replace("v1,", "v1a,")), BODY, NOW),
        (headers(""), BODY, NOW),
        (headers("v1,é"), BODY, NOW),
        (headers(signed()) | {"webhook-timestamp": "１"}, BODY, NOW),
        (headers(signed()) | {"webhook-timestamp": "9" * 40}, BODY, NOW),
        ({}, BODY, NOW),
        (headers(signed(body=b"[]")), b"[]", NOW),
        (headers(signed(body=b"{")), b"{", NOW),
        (headers(signed(body=b"{}")), b"{}", NOW),
    ],
)
def test_everything_else_is_refused(told: dict[str, str], body: bytes, now: int) -> None:
    with pytest.raises(WebhookRefused):
        webhooks.verify(told, body, SECRET, now=now)


def test_what_is_no_secret_is_refused() -> None:
    with pytest.raises(WebhookRefused):
        webhooks.verify(headers(signed()), BODY, "whsec_%%%", now=NOW)


def test_the_command_line_verifies_a_request_that_was_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path
    (folder / "body").write_bytes(BODY)
    lines = [f"{name}: {value}" for name, value in headers(signed()).items()]
    (folder / "headers").write_text("\n".join(lines))
    asked = ["webhook", "verify", str(folder / "body"), "--headers", str(folder / "headers")]
    assert main([*asked, "--secret", SECRET, "--any-time"]) == 0
    assert main([*asked, "--secret", OTHER, "--any-time"]) == 1
    assert main([*asked, "--secret", SECRET]) == 1
    said = capsys.readouterr().out
    assert "PROVEN: points.earned evt_1, number 7 of mbr_x" in said
    assert "NOT PROVEN: no signature fits" in said
