"""The secrets of an endpoint and its signatures: ``v1`` and ``v1a``, of every secret that lives."""

import base64
import secrets as random
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from stoa.values.webhooks import sign, signed_content

__all__ = ["Secret", "headers_of", "new_secret"]

_SHARED_BYTES = 32


class Secret(NamedTuple):
    """What one generation of an endpoint's secrets is, as text.

    Attributes:
        shared: ``whsec_…``, of ``v1``: the partner has it too.
        private: ``whsk_…``, of ``v1a``: never leaves us.
        public: ``whpk_…``, by which ``v1a`` is verified.
    """

    shared: str
    private: str
    public: str


def new_secret() -> Secret:
    """Make a shared secret of 256 random bits, and a key pair."""
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return Secret(
        "whsec_" + _base64(random.token_bytes(_SHARED_BYTES)),
        "whsk_" + _base64(key.private_bytes_raw()),
        "whpk_" + _base64(public),
    )


def headers_of(
    message_id: str, body: bytes, *, at: datetime, seq: int, secrets: Sequence[Secret]
) -> dict[str, str]:
    """Return the headers of a request: its id, its time, and a signature of each kind a secret.

    Args:
        at: when it is sent; receivers refuse what is older than five minutes.
        secrets: those that live, the newest first.
    """
    timestamp = int(at.timestamp())
    content = signed_content(message_id, timestamp, body)
    signatures = [sign(each.shared, content) for each in secrets]
    signatures += [_sign_v1a(each.private, content) for each in secrets]
    return {
        "Content-Type": "application/json",
        "User-Agent": "Stoa-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
        "webhook-seq": str(seq),
    }


def _sign_v1a(private: str, content: bytes) -> str:
    key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(private.removeprefix("whsk_")))
    return f"v1a,{_base64(key.sign(content))}"


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
