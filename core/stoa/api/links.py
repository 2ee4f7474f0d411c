"""Links of the OpenAPI document: which door takes the id that an answer has (OpenAPI §4.8.20).

What `POST /v1/redemptions` gives as `redemption_id` is what the doors of ``{redemption_id}`` ask
for; whoever draws, tries out or generates a client from the document need not guess that.
"""

import re
from collections.abc import Iterator
from typing import Any

__all__ = ["add_links"]

_PARAMETER = re.compile(r"\{(\w+)\}").findall
_BY_MEMBER = ("/v1/members", "/v1/members/resolve")
"""The doors that lead to a member's own: everything else that names a member came from there."""
_OTHERS = {"code"}
"""A word with several meanings: a member's, an activity's and a coupon's."""


def add_links(spec: dict[str, Any]) -> None:
    """Add links from every POST that answers with an id to the doors that take it in their path."""
    targets = list(_targets(spec))
    for path, doors in spec["paths"].items():
        given = set(_PARAMETER(path))
        for code, answer in doors.get("post", {}).get("responses", {}).items():
            if not code.startswith("2"):
                continue
            own = set() if path in _BY_MEMBER else {"member_ref"}
            told = _names(spec, answer) - _OTHERS - own
            links = {
                name: _link(name, asked, given)
                for name, asked in targets
                if asked & (told - given) and asked <= told | given
            }
            if links:
                answer["links"] = links


def _targets(spec: dict[str, Any]) -> Iterator[tuple[str, set[str]]]:
    for path, doors in spec["paths"].items():
        asked = set(_PARAMETER(path))
        if asked:
            for operation in doors.values():
                yield operation["operationId"], asked


def _names(spec: dict[str, Any], answer: dict[str, Any]) -> set[str]:
    schema = answer["content"]["application/json"]["schema"]
    name = schema.get("$ref", "").rpartition("/")[2]
    return set(spec["components"]["schemas"].get(name, {}).get("properties", {}))


def _link(operation: str, asked: set[str], given: set[str]) -> dict[str, Any]:
    return {
        "operationId": operation,
        "parameters": {
            name: f"$request.path.{name}" if name in given else f"$response.body#/{name}"
            for name in sorted(asked)
        },
    }
