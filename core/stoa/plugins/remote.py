"""The partner's own server answers: questions and errands as signed requests, in any language.

    POST {url}   {"hook": "earn_lines", "facts": {...}}
    200          {"answer": [...]}

Both ways carry the headers of Standard Webhooks (``webhook-id``, ``webhook-timestamp``,
``webhook-signature``), made with one key; the answer is signed over the id of its question, so that
no other answer can stand in for it. Requests leave by `stoa.egress`, which reaches public hosts
only. What a partner's server is told are the facts of the hook and no settings.

A module says that its partners answer so by ``answered_by = "https"``; its settings are then
`url`, `key`, `deadline_ms`, and for each hook ``asks_<hook>``.
"""

import base64
import hmac
import json
import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from secrets import token_hex
from time import time
from typing import Any

from stoa import hookspecs
from stoa.egress import Egress, SendingError
from stoa.plugins import codec
from stoa.plugins.failing import NoAnswerError

__all__ = ["MARK", "Remote", "sign"]

MARK = "https"
"""What a module's ``answered_by`` is when its partners' servers answer."""

_ERRAND_S = 30.0
_WINDOW_S = 300
_OK = 200
_ERRANDS = ("fulfil", "cancel_fulfilment", "happened")
_LEAST_KEY = 24


class Remote:
    """A plugin whose partners' servers answer.

    Attributes:
        hooks: those that a partner may choose to answer: all of them.

    Args:
        egress: the way out.
        errand_s: how long an errand may take.
        clock: seconds since 1970, for the stamps of requests.
    """

    def __init__(
        self,
        name: str,
        *,
        egress: Egress,
        errand_s: float = _ERRAND_S,
        clock: Callable[[], float] = time,
    ) -> None:
        self.name = name
        self.hooks = frozenset(hookspecs.__all__)
        self._egress = egress
        self._errand_s = errand_s
        self._clock = clock

    def answers(self, hook: str, settings: Mapping[str, Any]) -> bool:
        """Tell whether a partner said that its server answers a hook."""
        return bool(settings.get("url")) and settings.get(f"asks_{hook}") is True

    def key(self, settings: Mapping[str, Any]) -> str:
        """Return whose server it is: what one partner's fails at, says nothing of another's."""
        return json.dumps([settings.get("url"), settings.get("key")])

    def ask(self, hook: str, facts: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:  # noqa: ANN401 - checked by callers
        """Ask one hook; return the answer, read but not checked.

        Raises:
            NoAnswerError: there is none, or none that can be read or believed.
        """
        key = _key(settings.get("key", ""))
        body = json.dumps(
            {"hook": hook, "facts": codec.question(hook, facts)}, separators=(",", ":")
        ).encode()
        number, stamp = f"msg_{token_hex(12)}", str(int(self._clock()))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": number,
            "webhook-timestamp": stamp,
            "webhook-signature": sign(key, number, stamp, body),
        }
        within_s = self._errand_s if hook in _ERRANDS else settings["deadline_ms"] / 1000
        try:
            reply = self._egress.post(settings["url"], body, headers=headers, within_s=within_s)
        except SendingError as wrong:
            kind = {"timeout": "late", "busy": "busy"}.get(wrong.kind, "gone")
            raise NoAnswerError(kind, str(wrong)) from wrong
        if reply.status != _OK:
            raise NoAnswerError("gone", f"The partner's server answered {reply.status}.")
        if not reply.whole:
            raise NoAnswerError("garbage", "The answer is too long.")
        self._believe(key, number, reply.headers, reply.body)
        return _read(hook, reply.body)

    def _believe(self, key: bytes, number: str, headers: Mapping[str, str], body: bytes) -> None:
        stamp = headers.get("webhook-timestamp", "")
        if not re.fullmatch(r"[0-9]{1,12}", stamp) or (abs(self._clock() - int(stamp)) > _WINDOW_S):
            raise NoAnswerError("garbage", "The answer is from another time.")
        wanted = sign(key, number, stamp, body)
        given = headers.get("webhook-signature", "").split(" ")
        if not any(hmac.compare_digest(wanted.encode(), each.encode()) for each in given):
            raise NoAnswerError("garbage", "The answer is not signed with the key.")


def sign(key: bytes, number: str, stamp: str, body: bytes) -> str:
    """Return the signature of Standard Webhooks, version 1."""
    mac = hmac.new(key, f"{number}.{stamp}.".encode() + body, sha256).digest()
    return f"v1,{base64.b64encode(mac).decode()}"


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    if len(key) < _LEAST_KEY:
        raise NoAnswerError("gone", "The key is no whsec_ of 24 bytes or more.")
    return key


def _read(hook: str, body: bytes) -> Any:  # noqa: ANN401 - by the hook
    try:
        said = json.loads(body)
        if type(said) is not dict or said.keys() != {"answer"}:
            raise NoAnswerError("garbage", 'The answer is no {"answer": ...}.')
        return codec.answered(hook, said["answer"])
    except (ValueError, RecursionError) as wrong:
        raise NoAnswerError("garbage", str(wrong)[:300]) from wrong
