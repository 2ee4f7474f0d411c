"""Reads a file of purchases line by line: plain, ``.gz`` or ``.xz``.

Every line of the file ends as one of three things here: a line of the stage, a line that is counted
and left (nobody's, or of no article), or a wrong one with its code and detail.
"""

import csv
import gzip
import hashlib
import io
import lzma
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast
from uuid import UUID

from stoa.errors import InvalidBodyError
from stoa.services.imports.lines import Meanings, RowRefused, Shop, WrongRow
from stoa.values.mapping import ImportMapping

__all__ = ["LineReader", "digest_of", "unpacked"]

_BLOCK = 2_000


def digest_of(path: Path, mapping: ImportMapping) -> str:
    """Return the SHA-256 of a file's bytes with its mapping; the file's name is no part of it."""
    with path.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    return hashlib.sha256(f"{content} {mapping.digest}".encode()).hexdigest()


class LineReader:
    """Reads one file once; the counts and the wrong rows grow while its blocks are taken.

    Args:
        import_id: stands in front of every staged line.
        now: lines more than five minutes later lie in the future.

    Raises:
        InvalidBodyError: columns of the mapping are not in the file, or others are not named in it.
    """

    def __init__(
        self,
        path: Path,
        mapping: ImportMapping,
        shops: Mapping[tuple[str, str], Shop],
        *,
        import_id: UUID,
        now: datetime,
    ) -> None:
        self.counts = Counter(dict.fromkeys(("no_member", "non_article", "rejected"), 0))
        self.wrong: list[WrongRow] = []
        self.lines = 0
        self.staged = 0
        self._mapping = mapping
        self._means = Meanings(mapping, shops, now=now)
        self._import_id = import_id
        self._size = max(1, path.stat().st_size)
        self._raw = path.open("rb")
        self._text = io.TextIOWrapper(
            unpacked(path, self._raw),
            encoding=mapping.encoding,
            errors="surrogateescape",
            newline="",
        )
        self._rows = csv.reader(self._text, delimiter=mapping.delimiter)
        try:
            self._places = self._find_columns()
        except BaseException:
            self.close()
            raise

    @property
    def progress(self) -> float:
        """How much of the file has been read, from 0 to 1."""
        return min(1.0, self._raw.tell() / self._size) if not self._raw.closed else 1.0

    def close(self) -> None:
        """Close the file."""
        self._text.close()
        self._raw.close()

    def blocks(self) -> Iterator[str]:
        """Give the staged lines as blocks of COPY's text format, in the order of `COLUMNS`."""
        mapping, places = self._mapping, self._places
        receipt_at, article_at, member_at = places["receipt"], places["article"], places["member"]
        quantity_at, time_at = places["quantity"], places["occurred_at"]
        price_at = places.get("amount", places.get("unit_price", 0))
        shop_at = places.get("shop", article_at)
        category_at, unit_at, terminal_at = (
            places.get(name) for name in ("category", "unit", "terminal")
        )
        prefix = mapping.returns.receipt_prefix
        negative = mapping.returns.negative_quantity
        means = self._means
        no_article, stores, members = means.no_article, means.stores, means.members
        words, times, quantities, amounts = (
            means.words, means.times, means.quantities, means.amounts
        )  # fmt: skip
        counts, width, head = self.counts, len(self._header), f"{self._import_id}\t"
        block: list[str] = []
        for line, row in self._numbered():
            self.lines += 1
            if len(row) != width:
                text = f"It has {len(row)} columns, the first line {width}."
                self._reject(line, RowRefused("UNREADABLE", text))
                continue
            try:
                named = row[member_at].strip()
                if not named:
                    counts["no_member"] += 1
                    continue
                if no_article[row[article_at]]:
                    counts["non_article"] += 1
                    continue
                store_id, zone_name = stores[row[shop_at]]
                member = members[named]
                receipt = words[row[receipt_at], "receipt"]
                sku = words[row[article_at], "article"]
                quantity = quantities[row[quantity_at]]
                returned = (bool(prefix) and receipt.startswith(prefix)) or (
                    negative and quantity < 0
                )
                net = 0
                if not returned:
                    net = amounts[row[quantity_at], row[price_at]]
                at, day = times[row[time_at], zone_name]
                block.append(
                    f"{head}{member}\t{line}\t{'t' if returned else 'f'}\t{store_id}\t"
                    f"{'' if terminal_at is None else words[row[terminal_at], '']}\t"
                    f"{receipt}\t{day}\t{at}\t{sku}\t"
                    f"{'' if category_at is None else words[row[category_at], '']}\t"
                    f"{'ea' if unit_at is None else words[row[unit_at], 'unit']}\t"
                    f"{abs(quantity)}\t{net}\n"
                )
            except RowRefused as wrong:
                self._reject(line, wrong)
            if len(block) == _BLOCK:
                self.staged += _BLOCK
                yield "".join(block)
                block.clear()
        self.staged += len(block)
        yield "".join(block)

    def _reject(self, line: int, wrong: RowRefused) -> None:
        self.counts["rejected"] += 1
        self.wrong.append(WrongRow(line, wrong.code, str(wrong)))

    def _numbered(self) -> Iterator[tuple[int, list[str]]]:
        # A line is named by the first physical line it stands on; empty ones are none.
        last = self._rows.line_num
        while True:
            try:
                row = next(self._rows)
            except StopIteration:
                return
            except (csv.Error, EOFError, OSError, lzma.LZMAError) as wrong:
                if isinstance(wrong, csv.Error):
                    row = []
                    yield last + 1, row
                    last = self._rows.line_num
                    continue
                raise InvalidBodyError(
                    f"The file is damaged after line {last}: {wrong}.",
                    errors={"file": [str(wrong)]},
                ) from wrong
            if row:
                yield last + 1, row
            last = self._rows.line_num

    def _find_columns(self) -> dict[str, int]:
        try:
            header = next(self._rows, [])
        except (csv.Error, EOFError, OSError, lzma.LZMAError) as wrong:
            raise InvalidBodyError(
                f"The file can't be read: {wrong}.", errors={"file": [str(wrong)]}
            ) from wrong
        self._header = [name.strip() for name in header]
        errors: dict[str, list[str]] = {}
        there = ", ".join(self._header) or "nothing"
        for name, column in self._mapping.columns.used.items():
            if self._header.count(column) != 1:
                number = "no" if column not in self._header else "more than one"
                text = f"The file has {number} column {column}; its first line names {there}."
                errors[f"columns.{name}"] = [text]
        used = set(self._mapping.columns.used.values())
        for column in sorted(set(self._header) - used - set(self._mapping.columns.ignored)):
            errors[f"columns.ignored.{column}"] = [
                "The file has this column; use it, or name it in columns.ignored."
            ]
        if errors:
            raise InvalidBodyError(errors=errors)
        return {
            name: self._header.index(column) for name, column in self._mapping.columns.used.items()
        }


def unpacked(path: Path, raw: BinaryIO) -> BinaryIO:
    """Return the content of a file that may be packed, by the end of its name."""
    if path.suffix == ".xz":
        return cast("BinaryIO", lzma.open(raw))
    if path.suffix == ".gz":
        return cast("BinaryIO", gzip.open(raw))
    return raw
