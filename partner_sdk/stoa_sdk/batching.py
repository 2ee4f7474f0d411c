"""``stoa-sdk batch send``, ``rows``, ``list`` and ``cancel``: a day's file, sent and watched."""

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from stoa_sdk import logins
from stoa_sdk.batches import Batch, BatchRow
from stoa_sdk.client import Client

__all__ = ["add_commands", "bar", "painter", "table"]

_NOT = "NOT DONE"
_SHOWN = 20
_CELLS = 30
_SEND = """
FILE is what a till or a shop's software wrote: one JSON object a line, or .csv whose first row
names the columns. A row has a kind (purchase, return or void) and the words of its own door:

  {"kind":"purchase","member":{"type":"card","value":"99…"},"store":"main","receipt_no":"R-1",
   "occurred_at":"2026-05-01T12:00:00+08:00","currency":"CNY",
   "lines":[{"line_no":1,"sku":"A-1","quantity":"1","net":"836.00"}]}

Each row is done once, by a key of its own. When rows fail, mend them and send the same file again:
what was done is not done twice.

examples:
  stoa-sdk batch send sales.csv --dry-run --watch     try every row without effect
  stoa-sdk batch send sales.csv --watch               do them; ends with 1 where a row failed
  stoa-sdk batch rows bat_… --status failed --json > failed.ndjson
"""


def add_commands(commands: Any) -> None:  # noqa: ANN401 - argparse has no public name for it
    """Hang the commands into the command line."""
    batch = commands.add_parser("batch", help="send a file of purchases, returns and voids")
    deeds = batch.add_subparsers(required=True, metavar="DEED")
    send = deeds.add_parser(
        "send", help="send a file", epilog=_SEND,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    send.add_argument("file", type=Path, help="NDJSON, or .csv")
    send.add_argument("--dry-run", action="store_true", help="try every row without effect")
    send.add_argument("--watch", action="store_true", help="wait for its end, and show the bar")
    send.set_defaults(run=_send, unknown=_NOT)
    watch = deeds.add_parser("watch", help="wait for the end of a batch that was sent")
    rows = deeds.add_parser("rows", help="its rows, and why they failed")
    for each in (watch, rows):
        each.add_argument("batch", help="its id, bat_…")
    for each in (send, watch):
        each.add_argument("--every", type=float, default=1.0, metavar="S", help="how often to look")
    watch.set_defaults(run=_watch, unknown=_NOT)
    rows.add_argument("--status", choices=["waiting", "done", "repeated", "failed"])
    rows.add_argument("--json", action="store_true", help="one JSON object a line, for programs")
    rows.set_defaults(run=_rows, unknown=_NOT)
    every = deeds.add_parser("list", help="your batches, the latest first")
    every.add_argument("--limit", type=int, default=_SHOWN, metavar="N", help="at most so many")
    every.set_defaults(run=_list, unknown=_NOT)
    cancel = deeds.add_parser("cancel", help="leave the rows that wait undone; what was done stays")
    cancel.add_argument("batch", help="its id, bat_…")
    cancel.set_defaults(run=_cancel, unknown=_NOT)


def bar(batch: Batch, *, cells: int = _CELLS) -> str:
    """Return how far a batch is, on one line: ``[#####-----] 500 of 1000, 3 failed``."""
    rows = batch.rows
    ended = rows.total - rows.waiting
    full = cells * ended // rows.total if rows.total else cells
    failed = f", {rows.failed} failed" if rows.failed else ""
    return f"[{'#' * full}{'-' * (cells - full)}] {ended} of {rows.total}{failed}"


def table(rows: Sequence[BatchRow], *, width: int = 100) -> list[str]:
    """Return rows as lines of a table that are at most `width` letters wide."""
    cells = [("row", "kind", "status", "code", "why")]
    cells += [
        (
            str(row.row_no), row.kind or "", str(row.status),
            str((row.problem or {}).get("code", "")), str((row.problem or {}).get("detail", "")),
        )
        for row in rows
    ]  # fmt: skip
    wide = [max(len(row[place]) for row in cells) for place in range(4)]
    lines = [
        "  ".join([*(cell.ljust(wide[place]) for place, cell in enumerate(row[:4])), row[4]])
        for row in cells
    ]
    return [line.rstrip() if len(line) <= width else f"{line[: width - 1]}…" for line in lines]


def _send(asked: argparse.Namespace) -> Iterator[str]:
    with logins.client() as client:
        batch = client.batches.send(asked.file, dry_run=asked.dry_run)
        yield f"{batch.batch_id}: {batch.rows.total} rows are sent"
        if not asked.watch:
            yield f"watch it: stoa-sdk batch watch {batch.batch_id}"
            return
        yield from _to_the_end(client, batch.batch_id, every_s=asked.every)


def _watch(asked: argparse.Namespace) -> Iterator[str]:
    with logins.client() as client:
        yield from _to_the_end(client, asked.batch, every_s=asked.every)


def _to_the_end(client: Client, batch_id: str, *, every_s: float) -> Iterator[str]:
    ended = client.batches.wait(batch_id, progress=painter(sys.stderr), every_s=every_s)
    rows = ended.rows
    yield f"{ended.status}: {rows.done} done, {rows.repeated} done before, {rows.failed} failed"
    if ended.dry_run:
        yield "nothing had an effect: this was a dry run"
    if rows.failed:
        failed = client.batches.rows(batch_id, status="failed")
        yield from table(list(islice(failed, _SHOWN)), width=_width())
        if rows.failed > _SHOWN:
            yield f"and {rows.failed - _SHOWN} more"
        raise ValueError(
            f"{rows.failed} of {rows.total} rows failed without effect; mend them and send the"
            f" file again (all of them: stoa-sdk batch rows {batch_id} --status failed)"
        )


def painter(out: TextIO) -> Callable[[Batch], object]:
    """Return what paints the bar anew on a terminal, and tells each change elsewhere."""
    told = ""

    def paint(batch: Batch) -> None:
        nonlocal told
        line = bar(batch)
        if out.isatty():
            out.write(f"\r\x1b[K{line}" + ("\n" if batch.ended else ""))
        elif line != told:
            out.write(f"{line}\n")
        out.flush()
        told = line

    return paint


def _rows(asked: argparse.Namespace) -> Iterator[str]:
    with logins.client() as client:
        rows = client.batches.rows(asked.batch, status=asked.status)
        if asked.json:
            for row in rows:
                yield json.dumps(dict(row.raw), ensure_ascii=False)
            return
        yield from table(list(rows), width=_width())


def _list(asked: argparse.Namespace) -> Iterator[str]:
    with logins.client() as client:
        for each in islice(client.batches.all(), asked.limit):
            tried = " (dry run)" if each.dry_run else ""
            when = f"{each.made_at:%Y-%m-%d %H:%M}"
            yield f"{each.batch_id} {when} {each.status:9} {bar(each)}{tried}"


def _cancel(asked: argparse.Namespace) -> list[str]:
    with logins.client() as client:
        batch = client.batches.cancel(asked.batch)
    return [f"{batch.batch_id} is {batch.status}: {batch.rows.waiting} rows stay undone"]


def _width() -> int:
    return shutil.get_terminal_size((100, 24)).columns
