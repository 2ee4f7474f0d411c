"""Standard Webhooks: what is signed, how ``v1`` signs it, and when an attempt is made again.

Source: the Standard Webhooks specification 1.0, and reliability P9.
"""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

__all__ = [
    "GIVE_UP",
    "MAX_BODY_BYTES",
    "RETRIES",
    "body_of",
    "retry_after",
    "sign",
    "signed_content",
]

RETRIES: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""How long after each failed attempt the next one is made, give or take a tenth."""

GIVE_UP: Final = timedelta(hours=75, minutes=35)
"""How long an event is tried: what is older and fails once more is dead."""

MAX_BODY_BYTES: Final = 20_000
"""The largest body; what would be larger is told without its facts."""

_TENTH: Final = 10


def signed_content(message_id: str, timestamp: int, body: bytes) -> bytes:
    """Return the bytes that a signature is made of: id, seconds since 1970, body."""
    return b".".join((message_id.encode(), str(timestamp).encode(), body))


def sign(secret: str, content: bytes) -> str:
    """Return ``v1,…``, the HMAC-SHA256 of the content.

    Args:
        secret: ``whsec_`` and base64 of 24 to 64 bytes.
    """
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return f"v1,{base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()}"


def retry_after(attempts: int, random: Random) -> timedelta | None:
    """Return how long after a failed attempt the next one is due; ``None`` after the last.

    Args:
        attempts: how many were made.
    """
    if attempts > len(RETRIES):
        return None
    whole = RETRIES[attempts - 1]
    milliseconds = whole // timedelta(milliseconds=1)
    shift = milliseconds // _TENTH
    return timedelta(milliseconds=milliseconds + random.randint(-shift, shift))


def body_of(  # one field each
    *, event_id: str, topic: str, at: datetime, seq: int, stream: str | None,
    data: dict[str, Any] | None,
) -> str:  # fmt: skip
    """Return the body of an event, as it is signed, sent and kept.

    Args:
        data: what happened; ``None`` where that may not be told any more.
    """
    told = {
        "id": event_id, "type": topic, "timestamp": at.isoformat(), "seq": seq, "stream": stream,
        "data": data or {},
    }  # fmt: skip
    if data is None:
        told["withheld"] = True
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    if len(text.encode()) >= MAX_BODY_BYTES:
        told |= {"data": {}, "truncated": True}
        text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return text
