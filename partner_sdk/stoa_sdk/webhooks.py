"""Verify what Stoa's webhooks send: `verify` before anything else looks at it.

    event = webhooks.verify(request.headers, request.body, secret)

The scheme is Standard Webhooks 1.0: ``v1`` (HMAC-SHA256, a secret ``whsec_…``) and ``v1a``
(Ed25519, a public key ``whpk_…``, which needs ``pip install 'stoa-sdk[verify]'``).
"""

import base64
import binascii
import hashlib
import hmac
import importlib
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stoa_sdk.errors import SdkError

__all__ = ["TOLERANCE_S", "WebhookEvent", "WebhookRefused", "sign", "verify"]

TOLERANCE_S = 300
"""How far a timestamp may be from now, in seconds."""

_SECRET, _PUBLIC = "whsec_", "whpk_"


class WebhookRefused(SdkError):  # noqa: N818 - as the errors of the SDK are named
    """A request is not what Stoa sent, or not now: answer 400 and do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEvent:
    """Something that happened.

    Attributes:
        id: the same on every attempt: remember it, for an event may come again.
        type: its topic, such as ``points.earned``.
        timestamp: when it happened, in RFC 3339.
        seq: its number in its stream; it only grows.
        stream: the `member_ref` whose stream it is; `None` for what is of no member.
        data: by topic.
        raw: the whole object.
    """

    id: str
    type: str
    timestamp: str
    seq: int
    stream: str | None
    data: Mapping[str, Any]
    raw: Mapping[str, Any]


def verify(
    headers: Mapping[str, str],
    body: bytes | str,
    secret: str | Iterable[str],
    *,
    now: float | None = None,
    tolerance_s: int = TOLERANCE_S,
) -> WebhookEvent:
    """Return the event of a request that was signed by any of the secrets.

    Args:
        headers: of the request, in whatever case.
        body: the bytes as they came, not parsed and written again.
        secret: ``whsec_…`` or ``whpk_…``; several while one is replaced.
        now: seconds since 1970, by default the machine's clock.
        tolerance_s: how far the timestamp may be from `now`.

    Raises:
        WebhookRefused: no signature fits, a header is missing, it is too old or too new, or the
            body is no event.
    """
    found = {name.lower(): value for name, value in headers.items()}
    raw = body.encode() if isinstance(body, str) else body
    try:
        message_id, stamp = found["webhook-id"], found["webhook-timestamp"]
        signatures = found["webhook-signature"].split()
    except KeyError as missing:
        raise WebhookRefused(f"the header {missing} is missing") from None
    if not (stamp.isascii() and stamp.isdigit()) or len(stamp) > len("99999999999"):
        raise WebhookRefused("the timestamp is no number")
    if abs((time.time() if now is None else now) - int(stamp)) > tolerance_s:
        raise WebhookRefused("the timestamp is too old or too new")
    content = b".".join((message_id.encode(), stamp.encode(), raw))
    secrets = [secret] if isinstance(secret, str) else list(secret)
    # Every pair is looked at, so that the time tells nothing about which one fitted.
    fitting = [_fits(each, content, signatures) for each in secrets]
    if not any(fitting):
        raise WebhookRefused("no signature fits")
    return _event(raw)


def sign(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the ``v1`` signature of a body, for tests and for handing events on."""
    content = b".".join((message_id.encode(), str(timestamp).encode(), body))
    return f"v1,{_hmac(_key(secret, _SECRET), content)}"


def _fits(secret: str, content: bytes, signatures: list[str]) -> bool:
    if secret.startswith(_PUBLIC):
        key = _key(secret, _PUBLIC)
        return any(_signed(key, content, each) for each in _of("v1a", signatures))
    expected = _hmac(_key(secret, _SECRET), content)
    compared = [hmac.compare_digest(expected, each) for each in _of("v1", signatures)]
    return any(compared)


def _of(kind: str, signatures: list[str]) -> list[str]:
    parts = [each.partition(",") for each in signatures]
    return [value for name, _, value in parts if name == kind and value.isascii()]


def _hmac(key: bytes, content: bytes) -> str:
    return base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()


def _signed(key: bytes, content: bytes, signature: str) -> bool:
    try:
        ed25519 = importlib.import_module("cryptography.hazmat.primitives.asymmetric.ed25519")
        wrong = importlib.import_module("cryptography.exceptions").InvalidSignature
    except ModuleNotFoundError as missing:
        raise WebhookRefused("v1a needs Ed25519: pip install 'stoa-sdk[verify]'") from missing
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(key).verify(
            base64.b64decode(signature, validate=True), content
        )
    except (wrong, binascii.Error, ValueError):
        return False
    return True


def _key(secret: str, prefix: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(prefix), validate=True)
    except binascii.Error:
        raise WebhookRefused("the secret is neither whsec_… nor whpk_…") from None


def _event(raw: bytes) -> WebhookEvent:
    try:
        told = json.loads(raw)
        return WebhookEvent(
            id=told["id"],
            type=told["type"],
            timestamp=told["timestamp"],
            seq=told["seq"],
            stream=told["stream"],
            data=told["data"],
            raw=told,
        )
    except (ValueError, TypeError, KeyError):
        raise WebhookRefused("the body is no event") from None
