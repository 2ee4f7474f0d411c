"""Reads a request strictly: one JSON object (RFC 8259, RFC 7493), one key, known query parameters.

What other readers let pass is refused here, because two readers that differ are a hole: duplicate
names, ``NaN``, ``-0``, numbers that no other language can hold, UTF-16, lone surrogates, NUL.
"""

import hashlib
import json
import math
from collections.abc import Iterable
from typing import Any, NoReturn

from flask import Request

from stoa.errors import (
    IdempotencyKeyInvalidError,
    IdempotencyKeyRequiredError,
    InvalidBodyError,
    JsonRequiredError,
    MalformedJsonError,
)
from stoa.values.identifiers import MAX_KEY_LENGTH

__all__ = [
    "MAX_BODY_BYTES",
    "fingerprint",
    "read_json",
    "read_key",
    "read_no_query",
    "read_object",
    "read_query",
]

MAX_BODY_BYTES = 256 * 1024
"""The largest body."""

_MAX_DEPTH = 32
_MAX_DIGITS = 19


def read_object(request: Request) -> dict[str, Any]:
    """Return the JSON object of a request's body.

    Raises:
        JsonRequiredError: the content type is not ``application/json`` in UTF-8.
        MalformedJsonError: the body is no JSON as we read it.
        InvalidBodyError: it is JSON, but no object.
    """
    if request.environ.get("CONTENT_TYPE") != "application/json":
        charset = request.mimetype_params.get("charset", "utf-8").lower()
        if request.mimetype != "application/json" or charset != "utf-8":
            raise JsonRequiredError
    return read_json(request.get_data(cache=False))


def read_json(raw: bytes) -> dict[str, Any]:
    """Return the JSON object of a text in UTF-8.

    Raises:
        MalformedJsonError: it is no JSON as we read it.
        InvalidBodyError: it is JSON, but no object.
    """
    try:
        text = raw.decode("utf-8")
        data = _decoder.decode(text)
    except RecursionError:
        raise MalformedJsonError("The body is nested too deeply.") from None
    except ValueError:
        raise MalformedJsonError from None
    if raw.count(b"[") + raw.count(b"{") > _MAX_DEPTH and _deeper(data, _MAX_DEPTH):
        raise MalformedJsonError(f"The body is nested deeper than {_MAX_DEPTH}.")
    if "\\u" in text and not _sound(data):
        raise MalformedJsonError("A text contains NUL or half of a character.")
    if type(data) is not dict:
        raise InvalidBodyError("Send a JSON object.", errors={"": ["Send a JSON object."]})
    return data


def read_query(request: Request) -> dict[str, str]:
    """Return the query parameters, each of which may come once.

    Raises:
        InvalidBodyError: one came twice.
    """
    values = {}
    for name, given in request.args.lists():
        if len(given) > 1:
            raise InvalidBodyError(errors={name: ["Give it once."]})
        values[name] = given[0]
    return values


def read_no_query(request: Request) -> None:
    """Refuse query parameters at a door that knows none.

    Raises:
        InvalidBodyError: there is one.
    """
    if request.query_string:
        raise InvalidBodyError(errors={name: ["Unknown parameter."] for name in request.args})


def read_key(header: str | None) -> str:
    """Return the idempotency key; ``"abc"`` in quotes and ``abc`` are the same one.

    The draft of the header writes a quoted string (RFC 9651 §3.3.3), most callers a bare one.

    Raises:
        IdempotencyKeyRequiredError: there is no such header.
        IdempotencyKeyInvalidError: it is not 1 to 255 printable ASCII characters.
    """
    if header is None:
        raise IdempotencyKeyRequiredError
    key = header.strip(" \t")
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    if not 0 < len(key) <= MAX_KEY_LENGTH or not (key.isascii() and key.isprintable()):
        raise IdempotencyKeyInvalidError
    return key


_SECRETS = ("step_up", "pin")


def fingerprint(method: str, route: str, ids: dict[str, str], body: dict[str, Any]) -> bytes:
    """Return 16 bytes that tell one request from another: the door, its ids and its body.

    The order of names and the spaces between them make no difference. What a member typed in
    secret is left out: four digits would be found from a digest of them.
    """
    told = {name: value for name, value in body.items() if name not in _SECRETS}
    canonical = _canonical([method, route, ids, told])
    return hashlib.sha256(canonical.encode()).digest()[:16]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        raise ValueError("a name comes twice")
    return data


def _whole(text: str) -> int:
    if len(text.lstrip("-")) > _MAX_DIGITS or text == "-0":
        raise ValueError("a number is too long")
    return int(text)


def _fraction(text: str) -> float:
    number = float(text)
    if math.isinf(number) or (number == 0 and text.startswith("-")):
        raise ValueError("a number has no finite value")
    return number


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


_decoder = json.JSONDecoder(
    object_pairs_hook=_unique, parse_int=_whole, parse_float=_fraction, parse_constant=_constant
)


_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def _deeper(data: Any, depth: int) -> bool:  # noqa: ANN401 - parsed JSON
    """Tell whether lists and objects stand deeper in each other than that."""
    level = [data]
    for _ in range(depth):
        boxes = [each for each in level if type(each) in (dict, list)]
        level = [item for each in boxes for item in _items(each)]
    return any(type(each) in (dict, list) for each in level)


def _items(box: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return box.values() if isinstance(box, dict) else box


def _sound(data: Any) -> bool:  # noqa: ANN401 - parsed JSON
    """Tell whether all texts, names included, can be written as UTF-8 and have no NUL."""
    if type(data) is str:
        return "\0" not in data and not any("\ud800" <= letter <= "\udfff" for letter in data)
    if type(data) is dict:
        return all(_sound(name) and _sound(item) for name, item in data.items())
    if type(data) is list:
        return all(_sound(item) for item in data)
    return True
