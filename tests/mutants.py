"""Documents spoilt at random: what somebody might write, forget, or put there."""

import copy
import json
import random
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

__all__ = ["DOCUMENTS", "mutant"]

DOCUMENTS: list[tuple[str, dict[str, Any]]] = [
    (found["kind"], found["document"])
    for path in sorted(
        files("stoa.demo").joinpath("programme").iterdir(), key=lambda each: each.name
    )
    if path.name.endswith(".json")
    for found in [json.loads(path.read_text("utf-8"))]
]
"""Kind and document of every rule of the demo programme."""

_ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    -1,
    0,
    1,
    2,
    7,
    99,
    100,
    101,
    10**6,
    10**9,
    10**12,
    10**15,
    10**16,
    -(10**15),
    10**40,
    1.5,
    float("nan"),
    float("inf"),
    "",
    " ",
    "x",
    "x" * 65,
    "x" * 5000,
    "\x00",
    "a\x00b",
    "\ud800",
    "a\nb",
    "%s",
    "{}",
    "'; --",
    "金卡",
    "2026-02-30",
    "0001-01-01",
    "9999-12-31",
    "2026-05-01",
    "2026-13-01",
    "day",
    "ever",
    "30 days",
    "0 days",
    "99999999 days",
    "calendar year",
    "membership year",
    "12 months",
    "purchase",
    "activity:x",
    "operator",
    "partner",
    "prt:",
    "prt:x",
    "prt:cinema",
    "grocery/main",
    "base",
    "main",
    "silver",
    "gold",
    [],
    {},
    [None],
    [[]],
    [1, 1],
    ["x"],
    ["x", "x"],
    {"en": "x"},
    {"xx": "x"},
    {"all": []},
    {"any": [{}]},
    {"not": None},
    {"fact": "spend", "is": ">=", "value": 1, "over": "ever"},
    {"fact": "first_purchase", "is": "=", "value": False},
    {"fact": "days_since_purchase", "is": "<", "value": 10**15},
    {"fact": "visits", "is": "=", "value": 0, "over": "99999 days"},
)


def mutant(seed: int) -> tuple[str, dict[str, Any]]:
    """Return a kind and a document of it that was spoilt in up to three places."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    kind, document = chance.choice(DOCUMENTS)
    document = copy.deepcopy(document)
    for _ in range(chance.randint(0, 3)):
        _spoil(chance, document)
    return kind, document


def _spoil(chance: random.Random, document: dict[str, Any]) -> None:
    holder, key = chance.choice(list(_places(document)))
    match chance.randrange(6):
        case 0 if isinstance(holder, dict):
            del holder[key]
        case 0 | 1:
            holder[key] = copy.deepcopy(_part(chance))
        case 2 if isinstance(holder, dict):
            holder[chance.choice(("", "x", "list", "most", "caps", "of", "over", key * 2))] = 1
        case 3 if isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        case 4 | 5 if type(holder[key]) is int:
            holder[key] += chance.choice((-1, 1, 100, 10**9))
        case _:
            holder[key] = copy.deepcopy(chance.choice(_ODD))


def _part(chance: random.Random) -> Any:
    holder, key = chance.choice(list(_places(chance.choice(DOCUMENTS)[1])))
    return holder[key]


def _places(part: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(part, dict | list):
        for key in part if isinstance(part, dict) else range(len(part)):
            yield part, key
            yield from _places(part[key])
