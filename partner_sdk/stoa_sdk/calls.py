"""A request as a value: what to ask, with which key, and what kind of answer to expect.

Deeds make calls and clients send them, so that the same deed works now, later from the outbox,
and with or without ``await``.
"""

import json
import secrets
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import quote

from stoa_sdk import activities, backs, benefits, challenges, draws, facts, pools, proofs
from stoa_sdk.records import Record

__all__ = [
    "AnswerT",
    "AsyncSender",
    "Call",
    "Sender",
    "call_of",
    "get",
    "new_key",
    "post",
    "read_key",
    "segment",
]

AnswerT = TypeVar("AnswerT", bound=Record)

_MAX_KEY = 255
_PRINTABLE = range(0x20, 0x7F)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[AnswerT]):
    """One request to Stoa; sending it twice has one effect, because its key is part of it.

    Attributes:
        method: ``GET`` or ``POST``.
        path: below the base address, such as ``v1/purchases``.
        answer: the record that the answer becomes.
        key: the `Idempotency-Key`; `None` only for ``GET``.
        body: the JSON object to send.
        query: the parameters of the address.
        content: a file to send instead of a body, of the type `content_type`.
    """

    method: str
    path: str
    answer: type[AnswerT]
    key: str | None = None
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    query: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = field(default=None, repr=False)
    content_type: str = ""

    def as_json(self) -> str:
        """Return the call as text that `call_of` reads back, also in another process.

        Raises:
            ValueError: it sends a file.
        """
        if self.content is not None:
            raise ValueError("a file is sent at once: it is not kept")
        return json.dumps(
            {
                "method": self.method,
                "path": self.path,
                "answer": self.answer.__name__,
                "key": self.key,
                "body": self.body,
                "query": dict(self.query),
            }
        )


def call_of(text: str) -> Call[Record]:
    """Return the call that `Call.as_json` wrote."""
    stored = json.loads(text)
    homes = {
        name: home
        for home in (facts, activities, backs, benefits, pools, proofs, challenges, draws)
        for name in home.__all__
    }
    return Call(**stored | {"answer": getattr(homes[stored["answer"]], stored["answer"])})


def post(
    path: str, answer: type[AnswerT], body: Mapping[str, Any], key: str | None
) -> Call[AnswerT]:
    """Return the call that sends a body, without what is `None` in it."""
    given = {name: value for name, value in body.items() if value is not None}
    return Call(method="POST", path=path, answer=answer, key=read_key(key), body=given)


def get(
    path: str, answer: type[AnswerT], query: Mapping[str, str | None] | None = None
) -> Call[AnswerT]:
    """Return the call that asks, without what is `None` in its query."""
    given = {name: value for name, value in (query or {}).items() if value is not None}
    return Call(method="GET", path=path, answer=answer, query=given)


def segment(text: str) -> str:
    """Return an id as a part of a path.

    Raises:
        ValueError: it is empty.
    """
    if not text:
        raise ValueError("an id is missing")
    return quote(text, safe="")


class Sender(Protocol):
    """Whatever sends calls and waits for their answers."""

    def send(self, call: Call[AnswerT]) -> AnswerT:
        """Send the call and return its answer."""
        ...


class AsyncSender(Protocol):
    """Whatever sends calls and can be awaited."""

    async def send(self, call: Call[AnswerT]) -> AnswerT:
        """Send the call and return its answer."""
        ...


def new_key() -> str:
    """Return a new idempotency key: a UUID of version 7, which grows with time (RFC 9562 §5.7).

    Keys that grow with time keep the server's index of keys warm.
    """
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & (2**48 - 1)) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


def read_key(key: str | None) -> str:
    """Return the caller's key, or a new one where the caller gave none.

    Raises:
        ValueError: the key is empty, longer than 255 characters, padded, or not printable ASCII.
    """
    if key is None:
        return new_key()
    printable = all(ord(letter) in _PRINTABLE for letter in key) and key == key.strip()
    if not 0 < len(key) <= _MAX_KEY or not printable:
        raise ValueError("an idempotency key is 1 to 255 printable ASCII characters, unpadded")
    return key
