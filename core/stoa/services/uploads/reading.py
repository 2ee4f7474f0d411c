"""Reads a file that was handed in: whatever it is becomes CSV with commas in UTF-8.

A file of lines of JSON gets the columns of all its lines; where a cell holds a line break the
lines after it are numbered as in the file that was handed in.
"""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass

from stoa.errors import InvalidBodyError

__all__ = ["MOST_BYTES", "Sheet", "read_file", "rows_of"]

MOST_BYTES = 16 * 1024 * 1024
"""The most that the admin web takes; what is larger goes by the command line."""

_MOST_COLUMNS = 200
_MOST_NAME = 200
_SAMPLE = 5
_ENCODINGS = ("utf-8-sig", "gb18030", "cp1252")
_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DELIMITERS = ",;\t|"
_PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"\xfd7zXZ", b"%PDF", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True, slots=True)
class Sheet:
    """The columns of a file, its first rows, how many rows there are, and all of it as CSV."""

    columns: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    rows: int
    content: bytes


def read_file(filename: str, raw: bytes) -> Sheet:
    """Read a file.

    Args:
        filename: tells lines of JSON by ``.ndjson`` or ``.jsonl``.

    Raises:
        InvalidBodyError: it is empty, too large, packed, or neither CSV nor lines of JSON; `errors`
            has a word under ``file``: ``empty``, ``size``, ``packed``, ``text``, ``json``,
            ``columns`` or ``same``.
    """
    if len(raw) > MOST_BYTES:
        raise _refused("size", f"The file has {len(raw)} bytes, {MOST_BYTES} are the most.")
    if raw.startswith(_PACKED):
        raise _refused("packed", "This is a workbook or a packed file, not CSV.")
    text = _decoded(raw)
    if not text.strip():
        raise _refused("empty", "The file is empty.")
    lines = filename.lower().endswith((".ndjson", ".jsonl"))
    rows = _json_rows(text) if lines else _csv_rows(text)
    header = [name.strip() for name in rows[0]]
    if len(header) > _MOST_COLUMNS or not any(header):
        raise _refused("columns", "The first line names 1 to 200 columns.")
    if len(set(header)) < len(header) or max(map(len, header)) > _MOST_NAME:
        raise _refused("same", "Each column needs a name of its own in the first line.")
    if len(rows) == 1:
        raise _refused("empty", "The file has a first line and no other.")
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([header, *rows[1:]])
    sample = tuple(tuple(row) for row in rows[1 : _SAMPLE + 1] if row)
    found = sum(1 for row in rows[1:] if row)
    return Sheet(tuple(header), sample, found, out.getvalue().encode())


def rows_of(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Give each row of a sheet's content with the number of the line where it begins."""
    with io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="") as text:
        rows = csv.reader(text)
        last = 0
        for row in rows:
            yield last + 1, row
            last = rows.line_num


def _decoded(raw: bytes) -> str:
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            encodings: tuple[str, ...] = (encoding,)
            break
    else:
        encodings = _ENCODINGS
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise _refused("text", "The file is no text.")


def _csv_rows(text: str) -> list[list[str]]:
    first = text.lstrip().partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as wrong:
        raise _refused("text", f"The file is no CSV: {wrong}.") from wrong
    return rows


def _json_rows(text: str) -> list[list[str]]:
    columns: dict[str, None] = {}
    found: list[dict[str, object]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            found.append({})
            continue
        try:
            each = json.loads(line)
        except ValueError:
            each = None
        if not isinstance(each, dict):
            raise _refused("json", f"Line {number} is no object of JSON.")
        columns.update(dict.fromkeys(map(str, each)))
        found.append(each)
    names = list(columns)
    return [names, *([_cell(each.get(name)) for name in names] if each else [] for each in found)]


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _refused(word: str, text: str) -> InvalidBodyError:
    return InvalidBodyError(text, errors={"file": [word]})
