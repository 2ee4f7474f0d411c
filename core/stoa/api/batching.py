"""A row of a batch: read as its own door reads a body, done by the same deed, answered the same.

The row is the body of its door, with its `kind` and, if the sender likes, its `key`. Without one,
the key is made of what names the deed in the till's own world: store, terminal, receipt and day.
So a row that was posted at its door answers as a repeat here, and the other way round.
"""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

from stoa.api import http, problems
from stoa.api.doors import Answer
from stoa.api.earning import PurchaseBody, earned_answer
from stoa.api.parked import Asked, OriginalBody, OriginalReturnBody, parked_answer
from stoa.api.returns import ReasonBody, ReturnBody, returned_answer
from stoa.api.schemas import Part
from stoa.errors import BodyTooLargeError, InvalidBodyError, PurchaseUnknownError, StoaError
from stoa.services import checkouts, parked, returns
from stoa.services.batches import Again, Done
from stoa.services.parked import Parked
from stoa.values.identifiers import uuid_of
from stoa.work import Key, Work

__all__ = ["KINDS", "csv_lines", "natural_key", "ndjson_lines", "post"]

KINDS = ("purchase", "return", "void")
"""What a row may be."""

_MAX_CSV_FIELD = 64 * 1024
_WHOLE = frozenset({"line_no"})
_SWITCHES = {"true": True, "false": False}
_KEY_BYTES = 20


class VoidBody(ReasonBody):
    """A void of the sale of a receipt."""

    original = Part(OriginalBody, required=True)

    def make(self, data: dict[str, Any], **_: Any) -> Any:  # noqa: ANN401 - marshmallow's
        """Return the sale and the reason."""
        return data["original"], data.get("reason", "")


_PURCHASE, _RETURN, _BY_RECEIPT = PurchaseBody(), ReturnBody(), OriginalReturnBody()
_VOID, _VOID_BY_RECEIPT = ReasonBody(), VoidBody()


def post(work: Work, line: str, name: str) -> Done:
    """Do what a row says, once for its key; return its answer, or the problem of its refusal.

    Args:
        name: of the row, for its problem: ``bat_…/17``.

    Raises:
        Again: it may succeed a moment later.
    """
    kind, key = "", ""
    try:
        row = _read(line)
        kind = str(row.pop("kind"))
        given = row.pop("key", None)
        key = natural_key(kind, row) if given is None else _key(given)
        answer, replayed = _DEEDS[kind](work, row, key)
    except Exception as raised:
        refusal = problems.refusal_of(raised)
        problem = problems.document(refusal, public_url="", request_id=name)
        done = Done(kind, key, problem, refused=True)
        if refusal.retryable or type(refusal) is StoaError:
            raise Again(done) from raised
        return done
    return Done(kind, key, answer, replayed=replayed)


def natural_key(kind: str, row: Mapping[str, Any]) -> str:
    """Return the key that a row has by what it is; what names nothing has the key of all of it."""
    if kind == "purchase":
        day = row.get("business_date") or row.get("occurred_at")
        named: list[Any] = [row.get("store"), row.get("terminal"), row.get("receipt_no"), day]
    else:
        named = [row.get("purchase_id"), row.get("original")]
        named += [row.get("terminal"), row.get("receipt_no")] if kind == "return" else []
    text = json.dumps([kind, *named], sort_keys=True, separators=(",", ":"))
    return f"row_{hashlib.sha256(text.encode()).hexdigest()[: 2 * _KEY_BYTES]}"


def ndjson_lines(text: str) -> list[tuple[int, str]]:
    """Return the lines that are not empty, each with its number."""
    lines = enumerate(text.split("\n"), 1)
    return [(number, line) for number, line in lines if line and not line.isspace()]


def csv_lines(text: str) -> list[tuple[int, str]]:
    """Return the rows of a table as JSON lines, each with the number of its last line.

    The first row names columns by the path of a field: ``store``, ``member.value``,
    ``lines.0.net``. An empty cell is a field that is not there.

    Raises:
        InvalidBodyError: a row has more cells than the table has columns, or quotes do not end.
    """
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    found = []
    try:
        paths = [[_step(each) for each in name.strip().split(".")] for name in next(reader, [])]
        for cells in reader:
            if not any(cells):
                continue
            if len(cells) > len(paths):
                raise InvalidBodyError(errors={str(reader.line_num): ["More cells than columns."]})
            found.append((reader.line_num, json.dumps(_object(paths, cells), ensure_ascii=False)))
    except (csv.Error, TypeError) as wrong:
        raise InvalidBodyError(errors={str(reader.line_num): [f"No row: {wrong}."]}) from None
    return found


def _read(line: str) -> dict[str, Any]:
    raw = line.encode()
    if len(raw) > http.MAX_BODY_BYTES:
        raise BodyTooLargeError
    row = http.read_json(raw)
    kind = row.setdefault("kind", "purchase")
    if kind not in KINDS:
        raise InvalidBodyError(errors={"kind": [f"Write one of: {', '.join(KINDS)}."]})
    return row


def _key(given: object) -> str:
    return http.read_key(given if isinstance(given, str) else "")


def _purchase(work: Work, row: Mapping[str, Any], key: str) -> tuple[Answer, bool]:
    mark = http.fingerprint("POST", "/purchases", {}, dict(row))
    done = checkouts.earn(work, _PURCHASE.read(dict(row)), key=Key(key, mark))
    return earned_answer(work, done), done.earned.replayed


def _return(work: Work, row: Mapping[str, Any], key: str) -> tuple[Answer, bool]:
    if "purchase_id" not in row:
        mark = Key(key, http.fingerprint("POST", "/returns", {}, dict(row)))
        asked: Asked = _BY_RECEIPT.read(dict(row))
        done, repeated = parked.take_back(work, asked.original, asked.back, key=mark)
        if isinstance(done, Parked):
            return parked_answer(work, done), repeated
        return returned_answer(work, done), repeated
    ids, body, known = _of_a_purchase(row)
    mark = Key(key, http.fingerprint("POST", "/purchases/<purchase_id>/returns", ids, body))
    told = returns.take_back(work, known, _RETURN.read(body), key=mark)
    return returned_answer(work, told), told.replayed


def _void(work: Work, row: Mapping[str, Any], key: str) -> tuple[Answer, bool]:
    if "purchase_id" not in row:
        mark = Key(key, http.fingerprint("POST", "/batches/void", {}, dict(row)))
        original, reason = _VOID_BY_RECEIPT.read(dict(row))
        known = parked.sold_at(work, original).id
    else:
        ids, body, known = _of_a_purchase(row)
        mark = Key(key, http.fingerprint("POST", "/purchases/<purchase_id>/void", ids, body))
        reason = _VOID.read(body).reason
    told = returns.void(work, known, key=mark, reason=reason)
    return returned_answer(work, told), told.replayed


_DEEDS: dict[str, Callable[[Work, Mapping[str, Any], str], tuple[Answer, bool]]] = {
    "purchase": _purchase,
    "return": _return,
    "void": _void,
}


def _of_a_purchase(row: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, Any], UUID]:
    """Return the ids and the body as the door of a purchase has them, and the purchase."""
    body = dict(row)
    named = body.pop("purchase_id")
    known = uuid_of("pur", named) if isinstance(named, str) else None
    if known is None:
        raise PurchaseUnknownError
    return {"purchase_id": named}, body, known


def _step(name: str) -> str | int:
    return int(name) if name.isascii() and name.isdigit() and len(name) < 4 else name  # noqa: PLR2004 - lists have 500 items


def _object(paths: list[list[str | int]], cells: list[str]) -> dict[str, Any]:
    """Return the object that a row of cells says; a line without a number gets its place."""
    tree: dict[str | int, Any] = {}
    for path, cell in zip(paths, cells, strict=False):
        if not cell:
            continue
        branch = tree
        for step in path[:-1]:
            branch = branch.setdefault(step, {})
        branch[path[-1]] = _value(str(path[-1]), cell)
    row: dict[str, Any] = _listed(tree)
    for place, line in enumerate(_dicts(row.get("lines")), 1):
        line.setdefault("line_no", place)
    return row


def _value(name: str, cell: str) -> Any:  # noqa: ANN401 - a fact of JSON
    if name in _WHOLE and cell.isascii() and cell.isdigit():
        return int(cell)
    return _SWITCHES.get(cell, cell) if name == "earn" else cell


def _listed(branch: Any) -> Any:  # noqa: ANN401 - a tree of cells
    if not isinstance(branch, dict):
        return branch
    if branch and all(isinstance(step, int) for step in branch):
        return [_listed(branch[step]) for step in sorted(branch)]
    return {str(step): _listed(each) for step, each in branch.items()}


def _dicts(told: object) -> Iterator[dict[str, Any]]:
    yield from (each for each in (told if isinstance(told, list) else []) if isinstance(each, dict))
