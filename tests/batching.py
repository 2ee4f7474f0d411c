"""Batches for tests: files of rows, sent by a till and carried out at once."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from stoa.api import batching
from stoa.services import batches
from stoa.services.batches import Post
from stoa.work import Desk
from tills import Till

__all__ = ["NDJSON", "carry_out", "ndjson", "rows_of", "send"]

NDJSON = "application/x-ndjson"


def ndjson(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as a file."""
    return "".join(f"{json.dumps(row)}\n" for row in rows)


def send(till: Till, rows: Sequence[Mapping[str, Any]] | str, way: str = "", **named: Any) -> Any:
    """Send rows, or the text of a file, and return the answer's JSON."""
    data = rows if isinstance(rows, str) else ndjson(rows)
    named = {"content_type": NDJSON} | named
    answer = till.post(f"/batches{way}", data=data.encode(), **named)
    assert answer.status_code == 202, answer.text
    return answer.json


def carry_out(desk: Desk, post: Post = batching.post) -> int:
    """Carry all batches out; return how many chunks that took."""
    chunks = 0
    while batches.carry_on(desk, post):
        chunks += 1
    return chunks


def rows_of(till: Till, batch: Mapping[str, Any], status: str = "") -> list[dict[str, Any]]:
    """Return all rows of a batch, page after page."""
    query = {"limit": "40"} | ({"status": status} if status else {})
    found: list[dict[str, Any]] = []
    while True:
        page = till.get(f"/batches/{batch['batch_id']}/rows", **query).json
        found += page["rows"]
        if page["next_cursor"] is None:
            return found
        query["cursor"] = page["next_cursor"]
