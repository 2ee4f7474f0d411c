"""What of a request may be kept for the people who write a partner's software, and what is masked.

Texts are masked unless the name that they stand under is known to hold nothing secret and nothing
of a person, and unless they look it too: a card number in the place of an article's number is
masked there. Whatever is new is masked until its name is put on the list.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote

__all__ = ["MASK", "MOST_LETTERS", "excerpt", "key_shown", "path_shown"]

MASK = "•••"
"""What stands in the place of what is not kept."""

MOST_LETTERS = 2000
"""How much of a body or an answer is kept."""

_MOST_ITEMS = 20
_OPEN = frozenset(
    {
        *(
            "store",
            "terminal",
            "receipt_no",
            "currency",
            "business_date",
            "sku",
            "category",
            "unit",
        ),
        *("quantity", "net", "amount", "unit_price", "kind", "type", "status", "state", "outcome"),
        *("title", "detail", "doc_url", "scope", "errors", "retry_after_s"),
        *("reward", "benefit", "challenge", "draw", "campaign", "tier", "ladder", "rule", "role"),
        *("day", "carpark", "pool", "topic", "topics", "from_currency", "to_currency", "locale"),
        *("language", "source", "arithmetic", "event", "activity", "slot", "at", "since", "until"),
        *("start", "end", "from", "to", "in", "out", "entry", "member_ref", "worth", "price"),
        *("rule_version", "payer", "issuer", "against", "pay", "limit", "own", "q", "method"),
        *("statuses", "scopes", "zone", "trade", "round", "rounding", "rate", "value_of_points"),
    }
)
"""Names under which texts may be kept."""

_CLOSED = re.compile(
    r"pin$|^pin|code|secret|token|passw|phone|mail|card|otp|proof|nonce|key|confirm|value|plate"
    r"|step_up|assertion|subject|name|born|address|deliver|seed|answer|url$|device|partner_ref|cursor",
    re.IGNORECASE,
)
"""Names below which nothing is kept, whatever it is."""

_IDS = re.compile(r"[a-z]{3}_[0-9a-z]{20,40}|[a-z0-9-]{1,32}:[a-z0-9-]{1,40}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_WHEN = re.compile(r"\d{4}-\d\d-\d\d(T[\d:.]{5,15}(Z|[+-]\d\d:\d\d)?)?")
_NAME = re.compile(r"[a-z][a-z0-9_.]{0,60}")
_PERSONAL = re.compile(
    r"@|\d(?:[ .()/-]?\d){8,}|(?=[A-Z]*\d)[0-9A-Z]{10,}|(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{24,}"
)
_MOST_TEXT = 240
_MOST_NUMBER = 10**9
_PLACE = re.compile(r"<(?:\w+:)?(\w+)>")


def excerpt(told: Any, *, code: str = "") -> str:  # noqa: ANN401 - parsed JSON
    """Return the beginning of a JSON text; what is not known to be harmless is masked.

    Args:
        code: of the problem that it is, which may be told; every other code is somebody's.
    """
    masked = _masked(told, "")
    if code:
        masked["code"] = code
    text = json.dumps(masked, ensure_ascii=False)
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1] + "…"


def path_shown(route: str, path: str, query: str) -> str:
    """Return the path of a request, with the places of its door and its query masked alike."""
    places = {
        number: found[1]
        for number, part in enumerate(route.split("/"))
        if (found := _PLACE.fullmatch(part))
    }
    parts = [
        _text(unquote(part), places[number]) if number in places else part
        for number, part in enumerate(path.split("/"))
    ]
    pairs = [
        (_name(name), _text(value, name))
        for name, value in parse_qsl(query, keep_blank_values=True)[:_MOST_ITEMS]
    ]
    shown = "/".join(parts)
    return f"{shown}?{'&'.join(f'{name}={value}' for name, value in pairs)}" if pairs else shown


def key_shown(key: str) -> str:
    """Return an idempotency key as it is kept; one in which somebody may be named is masked."""
    bare = key.strip(' "')[:255]
    return bare if _UUID.fullmatch(bare) or not _PERSONAL.search(bare) else MASK


def _masked(told: Any, name: str) -> Any:  # noqa: ANN401 - parsed JSON
    closed = _closed(name)
    if isinstance(told, Mapping) and not closed:
        return {
            _name(each): _masked(inner, each) for each, inner in list(told.items())[:_MOST_ITEMS]
        }
    if isinstance(told, list):
        return [_masked(inner, name) for inner in told[:_MOST_ITEMS]]
    if isinstance(told, str):
        return _text(told, name)
    if told is None or isinstance(told, bool):
        return told
    return MASK if closed or isinstance(told, Mapping) or abs(told) >= _MOST_NUMBER else told


@lru_cache(maxsize=4096)
def _closed(name: str) -> bool:
    return _CLOSED.search(name) is not None


@lru_cache(maxsize=4096)
def _open(name: str) -> bool:
    inner = name.rpartition(".")[2]  # what is wrong with a body is told as lines.0.net
    return inner in _OPEN or inner.endswith(("_id", "_at"))


@lru_cache(maxsize=4096)
def _name(name: str) -> str:
    """Return a name as it is kept; whoever sends a body may write anything there."""
    return name if _NAME.fullmatch(name) and not _PERSONAL.search(name) else MASK


def _text(text: str, name: str) -> str:
    if not _open(name):
        return MASK if text else text
    if _IDS.fullmatch(text) or _WHEN.fullmatch(text):
        return text
    return MASK if len(text) > _MOST_TEXT or _PERSONAL.search(text) else text
