"""What has to go in order: deeds of one member, and deeds that refer to each other.

A call stands in lanes: its member, the receipt, purchase or redemption that it names, itself. Where
one could not be sent, those behind it in one of its lanes wait; all others go on.

A deed may refer to what an earlier one will answer, though that was not sent yet::

    key = queue.earn(...)
    queue.void_purchase(queue.answer_of(key))
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from stoa_sdk.calls import AnswerT, Call, segment

__all__ = ["ids_of", "lanes_of", "later", "referred", "with_id"]

_LATER = "stoa-queued:"
_REFERENCE = re.compile(r"(?<=/)stoa-queued%3A([^/]+)")
_NAMED = re.compile(r"^v1/(purchases|redemptions|returns)/([^/]+)/")
_IDS = ("purchase_id", "redemption_id", "return_id")
_ID_OF = {"purchases": "purchase_id", "redemptions": "redemption_id", "returns": "return_id"}


def later(key: str) -> str:
    """Return the name of what the call of a key will answer."""
    return f"{_LATER}{key}"


def referred(path: str) -> str | None:
    """Return the key of the call whose answer a path waits for, `None` where it waits for none."""
    found = _REFERENCE.search(path)
    return unquote(found[1]) if found else None


def with_id(call: Call[AnswerT], ids: Mapping[str, str]) -> Call[AnswerT] | None:
    """Return the call with the id that it waited for, `None` where the answer has none."""
    found = _NAMED.match(call.path)
    known = ids.get(_ID_OF[found[1]]) if found else None
    if known is None:
        return None
    return replace(call, path=_REFERENCE.sub(segment(known), call.path))


def ids_of(answer: Mapping[str, Any]) -> dict[str, str]:
    """Return what later calls may need of an answer."""
    return {name: answer[name] for name in _IDS if isinstance(answer.get(name), str)}


def lanes_of(call: Call[AnswerT]) -> tuple[str, ...]:
    """Return the lanes of a call; two calls of one lane are sent in the order they were put."""
    body = call.body or {}
    lanes = [f"key {call.key}"]
    member = body.get("member")
    if isinstance(member, Mapping):
        lanes.append(f"member {member.get('type')} {member.get('value')}")
    sale = body if call.path == "v1/purchases" else body.get("original")
    if isinstance(sale, Mapping):
        named = [sale.get(name) or "" for name in ("store", "terminal", "receipt_no")]
        lanes.append(f"receipt {named}")
    found = _NAMED.match(call.path)
    if found:
        waited = referred(call.path)
        lanes.append(f"{found[1]} {found[2]}" if waited is None else f"key {waited}")
    return tuple(lanes)
