"""What every door does around its deed: who calls, with which key, which body; and the answer.

A door is a function with a `Call` that returns the JSON object of its answer, or that and whether
it is a repeat. `door` hangs it into a blueprint and describes it for `/v1/openapi.json`.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import wraps
from types import MappingProxyType
from typing import Any, TypeVar
from wsgiref.types import StartResponse, WSGIEnvironment

from apiflask import APIBlueprint
from flask import Flask, Request, Response, current_app, request
from marshmallow import Schema
from werkzeug.exceptions import RequestEntityTooLarge

from stoa.api import http, openapi
from stoa.api.access import CALL, CALLER, TOLD
from stoa.api.limits import Gate
from stoa.api.schemas import StrictSchema
from stoa.errors import BodyTooLargeError, ScopeRequiredError, StoaError, TokenInvalidError
from stoa.oauth.verify import Verifier
from stoa.services import identity, partners
from stoa.work import Actor, Desk, Key, Work

__all__ = ["Answer", "Call", "Door", "Lobby", "door"]

T = TypeVar("T")

Answer = dict[str, Any]
"""The JSON object that a door answers with."""

Door = Callable[..., Answer | tuple[Answer, bool] | tuple[Answer, bool, int]]
"""A door before it hangs: it takes a `Call` and the ids of its path by name.

It returns its answer, whether that is a repeat, and a status where it is not the usual one."""


@dataclass(frozen=True, slots=True)
class Lobby:
    """What stands before all doors: the desk, who tells who is calling, and who may come in."""

    desk: Desk
    verifier: Verifier
    gate: Gate


class Call:
    """One request at a door."""

    __slots__ = ("_ids", "_key", "_lobby", "_object", "_request", "_route", "actor")

    def __init__(self, lobby: Lobby, request: Request, route: str, ids: dict[str, str]) -> None:
        self.actor: Actor = lobby.verifier.caller(
            request.environ.get("HTTP_AUTHORIZATION"), request.environ
        )
        request.environ[CALLER] = self.actor.name
        request.environ[CALL] = self.actor
        self._lobby = lobby
        self._request = request
        self._route = route
        self._ids = ids
        self._key: str | None = None
        self._object: dict[str, Any] = {}

    def of_member(self, own: str | None, ids: dict[str, str]) -> dict[str, str]:
        """Let a member's own token through, for that member alone; ``me`` becomes the reference.

        Raises:
            TokenInvalidError: the door is for partners only.
            ScopeRequiredError: the member did not agree to it.
        """
        member_id, partner_id = self.actor.member_id, self.actor.partner_id
        if own is None or member_id is None or partner_id is None:
            raise TokenInvalidError
        if own not in self.actor.scopes:
            raise ScopeRequiredError(scope=own)
        if ids.get("member_ref") != "me":
            return ids
        with self.work() as work:
            ref_key = partners.terms(work, partner_id).ref_key
        return ids | {"member_ref": identity.member_ref(ref_key, member_id)}

    def work(self) -> AbstractContextManager[Work]:
        """Open a work in the caller's name."""
        return self._lobby.desk.work(self.actor)

    def body(self, schema: StrictSchema, kind: type[T]) -> T:
        """Read the body into the record that the schema makes.

        Raises:
            StoaError: the key or the body is not as it should be.
            marshmallow.ValidationError: a field is not.
        """
        self._key = http.read_key(self._request.environ.get("HTTP_IDEMPOTENCY_KEY"))
        self._object = http.read_object(self._request)
        self._request.environ[TOLD] = self._object
        return _of(kind, schema.read(self._object))

    def file(
        self,
        kinds: Collection[str],
        most_bytes: int,
        other: type[StoaError],
    ) -> tuple[str, bytes]:
        """Read the body as a file; return its media type and its bytes.

        Args:
            kinds: the media types that this door takes.
            most_bytes: what it takes, however large other bodies may be.
            other: what another type is refused with.

        Raises:
            StoaError: the key or the body is not as it should be.
        """
        self._key = http.read_key(self._request.environ.get("HTTP_IDEMPOTENCY_KEY"))
        charset = self._request.mimetype_params.get("charset", "utf-8").lower()
        if self._request.mimetype not in kinds or charset != "utf-8":
            raise other
        self._request.max_content_length = most_bytes
        try:
            raw = self._request.get_data(cache=False)
        except RequestEntityTooLarge:
            raise BodyTooLargeError(f"The file has more than {most_bytes} bytes.") from None
        told = [self._request.mimetype, hashlib.sha256(raw).hexdigest()]
        self._object = {"file": told, "query": http.read_query(self._request)}
        return self._request.mimetype, raw

    def query(self, schema: StrictSchema, kind: type[T]) -> T:
        """Read the query parameters into the record that the schema makes; raises as `body`."""
        return _of(kind, schema.read(http.read_query(self._request)))

    @property
    def key(self) -> Key:
        """The key of the deed; the body has to be read first."""
        if self._key is None:
            raise RuntimeError("read the body before the key")
        mark = http.fingerprint(self._request.method, self._route, self._ids, self._object)
        return Key(self._key, mark)


def door(
    blueprint: APIBlueprint,
    rule: str,
    *,
    scope: str | None,
    gives: type[Schema],
    own: str | None = None,
    takes: StrictSchema | None = None,
    query: StrictSchema | None = None,
    file: Mapping[str, str] | None = None,
    status: int = 200,
    also: Mapping[int, type[Schema]] = MappingProxyType({}),
    refuses: Sequence[type[StoaError]] = (),
    example: Answer | None = None,
) -> Callable[[Door], Door]:
    """Hang a door: ``POST`` where it takes a body or a file, ``GET`` otherwise.

    Args:
        scope: what the token must allow; ``None`` for any token.
        own: what the token of a member who signed in must allow instead; ``None`` refuses them. The
            member's ``member_ref`` may be written ``me``.
        gives: the schema of the answer; it documents, the door's own dict is sent.
        takes: the schema that the door reads its body with.
        query: the schema that it reads the query with; other parameters are refused.
        file: the media types of the file that it takes, each with an example.
        also: what it answers with another status; another door gives these schemas too.
        refuses: the problems of this door, besides those that every door has.
        example: a body that would be taken.
    """
    writes = takes is not None or file is not None
    method = "POST" if writes else "GET"

    def hang(deed: Door) -> Door:
        @wraps(deed)
        def view(**ids: str) -> Response:
            app, asked = _present()
            lobby: Lobby = app.extensions["stoa.lobby"]
            call = Call(lobby, asked, rule, ids)
            let_in = lobby.gate.enter(call.actor.partner_id, writes=writes)
            try:
                if call.actor.member_id is not None:
                    ids = call.of_member(own, ids)
                elif scope is not None and scope not in call.actor.scopes:
                    raise ScopeRequiredError(scope=scope)
                if query is None:
                    http.read_no_query(asked)
                told = deed(call, **ids)
            finally:
                lobby.gate.leave(let_in)
            facts, repeated, code = _in_full(told, status)
            return _response(facts, code, repeated=repeated)

        openapi.describe(
            view, tag=str(blueprint.tag), method=method, scope=scope, gives=gives, takes=takes,
            query=query, file=file, status=status, also=also, refuses=refuses, example=example,
        )  # fmt: skip
        blueprint.add_url_rule(rule, deed.__name__, view, methods=[method])
        return deed

    return hang


def _in_full(
    told: Answer | tuple[Answer, bool] | tuple[Answer, bool, int], status: int
) -> tuple[Answer, bool, int]:
    if not isinstance(told, tuple):
        return told, False, status
    return told if len(told) > 2 else (*told, status)  # noqa: PLR2004 - a status of its own


def _of(kind: type[T], record: object) -> T:
    if not isinstance(record, kind):
        raise TypeError(f"the schema made a {type(record).__name__}, not a {kind.__name__}")
    return record


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _present() -> tuple[Flask, Request]:
    """Return the app and the request themselves; their proxies cost at every touch."""
    app: Any = current_app
    asked: Any = request
    return app._get_current_object(), asked._get_current_object()  # noqa: SLF001 - as documented


class _JsonResponse(Response):
    """An answer that is complete as it is: nothing in it depends on the request."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(self.status, list(self.headers))
        # A list: what else can be iterated over, granian asks for piece by piece.
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [self.data]


def _response(facts: Answer, status: int, *, repeated: bool) -> Response:
    response = _JsonResponse(_encode(facts), status, mimetype="application/json")
    if repeated:
        response.headers["Idempotent-Replayed"] = "true"
    return response
