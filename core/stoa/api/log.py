"""Doors of the transparency log: public texts for anybody, and a partner's receipts.

What is public is what the C2SP specifications write: it is no JSON, it needs no token, and it tells
nothing of any member. What was signed never changes, so caches may keep it.
"""

from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from apiflask import APIBlueprint
from flask import Blueprint, Response, jsonify, request
from marshmallow import fields, post_load

from stoa.api import http
from stoa.api.answers import AnswerSchema, instant
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import Text
from stoa.api.members import wallet_of
from stoa.api.schemas import StrictSchema
from stoa.errors import (
    BodyTooLargeError,
    CurrencyUnknownError,
    DoorUnknownError,
    EntryUnknownError,
    InvalidBodyError,
    MalformedJsonError,
    MemberMergedError,
    MemberUnknownError,
    ProofNotReadyError,
)
from stoa.services import currencies, log, members
from stoa.services.members import Token
from stoa.values.merkle import HASH_BYTES
from stoa.work import Actor, Desk, Work

__all__ = ["create_blueprint", "create_public"]

_ANYBODY = Actor("public")
_MAX_DIGITS = 15
_MAX_NOTE_BYTES = 64 * 1024
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Which:
    """Of which currency the entry is."""

    currency: str | None = None


class LeafQuery(StrictSchema):
    """Of which currency the entry is."""

    currency = Text(1, 12, metadata={"description": "the alliance's points by default, or yours"})

    @post_load
    def make(self, data: dict[str, str], **_: Any) -> Which:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Which(**data)


class ReceiptAnswer(AnswerSchema):
    """What the log shows of an entry, and the proof that it is in the tree that was signed."""

    entry = fields.String(
        metadata={"description": "the leaf's own text, byte for byte: canonical JSON (RFC 8785)"}
    )
    proof = fields.String(
        metadata={"description": "c2sp.org/tlog-proof@v1: index, audit path, signed checkpoint"}
    )


_WHICH = LeafQuery()


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the partner's door."""
    blueprint = APIBlueprint("log", __name__, tag="Members")

    @door(
        blueprint, "/members/<member_ref>/entries/<entry>/proof", scope="balance:read",
        gives=ReceiptAnswer, query=_WHICH,
        refuses=[
            MemberUnknownError, MemberMergedError, EntryUnknownError, CurrencyUnknownError,
            ProofNotReadyError,
        ],
    )  # fmt: skip
    def prove_entry(call: Call, member_ref: str, entry: str) -> Answer:
        """Get the receipt of an entry of your own: it can be verified without us, for ever."""
        which = call.query(_WHICH, Which)
        with call.work() as work:
            return _receipt(work, member_ref, entry, which.currency)

    return blueprint


def create_public(desk: Desk) -> Blueprint:
    """Return the blueprint of what everybody may read, and of the witnesses' door."""
    blueprint = Blueprint("transparency", __name__, url_prefix="/v1/log")

    @blueprint.get("/checkpoint")
    def newest() -> Response:
        http.read_no_query(request)
        with desk.work(_ANYBODY) as work:
            return _text(log.newest(work).note)

    @blueprint.get("/checkpoint/<size>")
    def of_size(size: str) -> Response:
        http.read_no_query(request)
        with desk.work(_ANYBODY) as work:
            return _text(log.of_size(work, _number(size)).note)

    @blueprint.get("/consistency")
    def consistency() -> Response:
        asked = http.read_query(request)
        if asked.keys() != {"from", "to"}:
            raise InvalidBodyError(errors={"": ["Give from and to, and nothing else."]})
        old, new = _number(asked["from"]), _number(asked["to"])
        with desk.work(_ANYBODY) as work:
            path = log.consistency(work, old, new)
        return _text("".join(f"{b64encode(each).decode()}\n" for each in path))

    @blueprint.get("/tile/<level>/<path:number>")
    def tile(level: str, number: str) -> Response:
        http.read_no_query(request)
        index, width = _tile_of(number)
        with desk.work(_ANYBODY) as work:
            hashes = log.published_tile(
                work, _number(level), index, width=width, size=log.size_signed(work)
            )
        if hashes is None or len(hashes) != width * HASH_BYTES:
            raise DoorUnknownError
        response = Response(hashes, mimetype="application/octet-stream")
        response.headers["Cache-Control"] = _FOR_EVER
        return response

    @blueprint.get("/keys")
    def keys() -> Response:
        http.read_no_query(request)
        with desk.work(_ANYBODY) as work:
            return jsonify(_keys(work))

    @blueprint.post("/cosignatures")
    def cosign() -> Response:
        http.read_no_query(request)
        with desk.work(_ANYBODY) as work:
            return jsonify(witnesses=log.cosign(work, _note()))

    return blueprint


def _receipt(work: Work, member_ref: str, entry: str, currency: str | None) -> Answer:
    member_id = wallet_of(work, member_ref)
    code = work.programme.currency if currency is None else currencies.find(work, currency).code
    partner_id = work.actor.partner_id
    known = entry.isascii() and entry.isdigit() and len(entry) <= _MAX_DIGITS
    if partner_id is None or not known or str(int(entry)) != entry:
        raise EntryUnknownError
    try:
        found = log.receipt_of(work, member_id, code, int(entry), partner_id=partner_id)
    except EntryUnknownError:
        members.find(work, Token("member_ref", member_ref))
        raise
    return {"entry": found.entry, "proof": found.proof}


def _keys(work: Work) -> Answer:
    keys = log.keys_of(work)
    return {
        "origin": keys[0].vkey.name if keys else work.programme.log_origin,
        "keys": [
            {
                "vkey": key.vkey.text,
                "created_at": instant(key.created_at),
                "retired_at": instant(key.retired_at) if key.retired_at else None,
                "succession": key.succession,
            }
            for key in keys
        ],
        "witnesses": [
            {"vkey": witness.vkey.text, "added_at": instant(witness.added_at)}
            for witness in log.witnesses_of(work)
        ],
    }


def _note() -> str:
    """Return the note in the body, as text.

    Raises:
        BodyTooLargeError: it is no note, it is that long.
        MalformedJsonError: it is no UTF-8.
    """
    raw = request.get_data(cache=False)
    if len(raw) > _MAX_NOTE_BYTES:
        raise BodyTooLargeError
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedJsonError("The body is no text in UTF-8.") from None


def _tile_of(path: str) -> tuple[int, int]:
    """Read the path of a tile, such as ``x001/x234/067`` or ``x001/x234/067.p/8``.

    Raises:
        DoorUnknownError: it is none.
    """
    full, dot, partial = path.partition(".p/")
    steps = full.split("/")
    digits = [step.removeprefix("x") for step in steps]
    marked = [step.startswith("x") for step in steps]
    three = all(len(each) == 3 and each.isascii() and each.isdigit() for each in digits)  # noqa: PLR2004 - tlog-tiles
    if (
        not three
        or any(marked) != (len(steps) > 1)
        or marked != [True] * (len(steps) - 1) + [False]
    ):
        raise DoorUnknownError
    number = int("".join(digits))
    width = _number(partial) if dot else log.WIDTH
    if len("".join(digits)) > _MAX_DIGITS or not 0 < width <= log.WIDTH - bool(dot):
        raise DoorUnknownError
    return number, width


def _number(text: str) -> int:
    plain = text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
    if not plain or str(int(text)) != text:
        raise DoorUnknownError
    return int(text)


def _text(text: str) -> Response:
    return Response(text, mimetype="text/plain")
