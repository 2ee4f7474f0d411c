"""A till: asks over HTTP, writes down what it asks, and repeats what it knows nothing of."""

import json
import socket
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from random import Random
from threading import Lock
from time import monotonic
from typing import Any
from urllib.parse import urlencode

from trials.cluster import patience
from trials.history import Call, Outcome, Recorder, UnclassifiedError, classify
from trials.town import Shop

__all__ = ["Door", "Till", "Tokens", "UnresolvedError"]

_RENEW_S = 240
_PATIENCE_S = 40.0


class UnresolvedError(AssertionError):
    """A deed that never came to a yes or a no."""


@dataclass(frozen=True)
class Door:
    """Where clients connect: the server itself, or a proxy before it."""

    port: int
    timeout_s: float = 10.0

    def connect(self) -> socket.socket:
        """Open a connection that sends what it is given at once."""
        wire = socket.create_connection(("127.0.0.1", self.port), timeout=self.timeout_s)
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return wire


class Tokens:
    """The access tokens of shops, shared by their tills and renewed in time.

    They are asked for at the server itself, so that a proxy counts deeds only.
    """

    def __init__(self, port: int) -> None:
        self._door = Door(port)
        self._lock = Lock()
        self._known: dict[str, tuple[float, str]] = {}

    def of(self, shop: Shop, *, fresh: bool = False) -> str:
        """Return a token of a shop."""
        with self._lock:
            since, token = self._known.get(shop.client_id, (0.0, ""))
            if fresh or not token or monotonic() - since > _RENEW_S:
                token = self._ask(shop)
                self._known[shop.client_id] = (monotonic(), token)
            return token

    def _ask(self, shop: Shop) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": shop.client_id,
            "client_secret": shop.secret,
        }
        until = monotonic() + _PATIENCE_S
        while True:
            try:
                with self._door.connect() as wire:
                    status, _, body = exchange(
                        wire, "POST", "/oauth/token", urlencode(form).encode(),
                        {"Content-Type": "application/x-www-form-urlencoded"},
                    )  # fmt: skip
                if status == 200:
                    return str(body["access_token"])
            except (OSError, HTTPException, ValueError):
                pass
            if monotonic() > until:
                raise UnresolvedError(f"no token for {shop.code}")
            patience(0.05)


class Till:
    """One client of a shop with a connection of its own; one thread uses it.

    Args:
        new_keys: a saboteur: what is repeated gets another key each time.
    """

    def __init__(
        self, door: Door, shop: Shop, tokens: Tokens, recorder: Recorder, chance: Random,
        *, new_keys: bool = False,
    ) -> None:  # fmt: skip
        self.shop = shop
        self.chance = chance
        self._door = door
        self._tokens = tokens
        self._recorder = recorder
        self._new_keys = new_keys
        self._wire: socket.socket | None = None

    def do(self, op: str, path: str, args: Mapping[str, Any], *, mark: str) -> Call:
        """Do a deed once; repeat it with its key until it is done or refused.

        Raises:
            UnresolvedError: it stays unknown for too long.
        """
        deed = self.new_name()
        key = deed
        until = monotonic() + _PATIENCE_S
        pause = 0.01
        while True:
            call = self.once(op, path, args, mark=mark, key=key, deed=deed)
            if call.outcome in (Outcome.DONE, Outcome.REFUSED):
                return call
            if monotonic() > until:
                raise UnresolvedError(f"{op} {deed} got no answer but {call.status} {call.body}")
            if self._new_keys and call.outcome is Outcome.AMBIGUOUS:
                key = self.new_name()
            patience(pause * self.chance.uniform(0.5, 1.5))
            pause = min(pause * 2, 0.5)

    def once(
        self, op: str, path: str, args: Mapping[str, Any], *, mark: str, key: str, deed: str
    ) -> Call:
        """Send one request and write down what came of it."""
        call = self._recorder.asked(
            deed, partner=str(self.shop.id), key=key, op=op, mark=mark, path=path, args=args
        )
        try:
            wire = self._connected()
        except OSError:
            return self._recorder.told(call, Outcome.TRANSIENT)  # nothing was sent
        try:
            status, headers, body = self._exchange(wire, "POST", path, dict(args), key)
        except (OSError, HTTPException, ValueError):
            self.hang_up()
            return self._recorder.told(call, Outcome.AMBIGUOUS)
        try:
            outcome = classify(status, body)
        except UnclassifiedError:
            self._recorder.told(call, Outcome.AMBIGUOUS, status=status)
            raise
        if body.get("code") == "TOKEN_INVALID":
            self._tokens.of(self.shop, fresh=True)
        replayed = headers.get("idempotent-replayed") == "true"
        return self._recorder.told(call, outcome, status=status, body=body, replayed=replayed)

    def look(self, path: str) -> dict[str, Any] | None:
        """Read something; ``None`` where there was no answer."""
        try:
            status, _, body = self._exchange(self._connected(), "GET", path, None, None)
        except (OSError, HTTPException, ValueError):
            self.hang_up()
            return None
        return body if classify(status, body) is Outcome.DONE else None

    def new_name(self) -> str:
        """Return a name that nobody else has: for a deed, a key, a receipt."""
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))

    def hang_up(self) -> None:
        """Close the connection."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    def _connected(self) -> socket.socket:
        if self._wire is None:
            self._wire = self._door.connect()
        return self._wire

    def _exchange(
        self, wire: socket.socket, method: str, path: str, body: dict[str, Any] | None,
        key: str | None,
    ) -> tuple[int, dict[str, str], Any]:  # fmt: skip
        headers = {"Authorization": f"Bearer {self._tokens.of(self.shop)}"}
        if key is not None:
            headers |= {"Idempotency-Key": key, "Content-Type": "application/json"}
        data = b"" if body is None else json.dumps(body).encode()
        status, told, found = exchange(wire, method, f"/v1{path}", data, headers)
        if told.get("connection", "").lower() == "close":
            self.hang_up()
        return status, told, found


def exchange(
    wire: socket.socket, method: str, path: str, data: bytes, headers: Mapping[str, str]
) -> tuple[int, dict[str, str], Any]:
    """Send one request in one piece; return status, headers and JSON of a complete answer.

    Raises:
        OSError: the connection was lost.
        HTTPException: likewise, in the middle of the answer.
        ValueError: the body is no JSON.
    """
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(data)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    wire.sendall("\r\n".join([*lines, "", ""]).encode() + data)
    with HTTPResponse(wire, method=method) as answer:
        answer.begin()
        body = answer.read()
        return answer.status, {n.lower(): v for n, v in answer.getheaders()}, json.loads(body)
