"""Opening balances: each line of a file becomes a lot, once, whatever happens meanwhile.

A line is known by the SHA-256 of what the file says and its number, so a file that is imported
again, under another name or after a kill, opens only what is not open yet. Lines are read in a
stream and opened some thousands at a time, one statement each, which is all or nothing.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from stoa.models import NOBODY
from stoa.services import audit, ledger
from stoa.services.imports.balances import Row, Terms, digest_of, read_rows, terms_of
from stoa.services.imports.lines import WrongRow
from stoa.services.imports.stage import Progress, Told
from stoa.services.ledger import OpenedLine
from stoa.work import Actor, Desk, Work

__all__ = ["OpeningReport", "open_balances"]

BATCH_LINES = 4_000
"""How many lines are opened by one statement."""

_ACTOR = Actor("import")


@dataclass(frozen=True, slots=True)
class OpeningReport:
    """What became of a file.

    Attributes:
        lines: the lines of the file without its first and empty ones: opened, known and wrong.
        opened: lines that opened a lot now; `points` is their sum.
        known: lines that had opened one before.
        members: how many members were given points now.
        by_partner: points opened now by the partner's code; ``""`` for the operator's.
        wrong: the lines that could not be taken, in their order.
    """

    lines: int
    opened: int
    points: int
    known: int
    members: int
    by_partner: dict[str, int]
    wrong: tuple[WrongRow, ...]


def open_balances(
    desk: Desk,
    path: Path,
    currency: str,
    *,
    actor: Actor = _ACTOR,
    dry_run: bool = False,
    progress: Told | None = None,
    batch_lines: int = BATCH_LINES,
) -> OpeningReport:
    """Open a lot for each line of a file; lines that did so before are left.

    Args:
        currency: whose points they are.
        dry_run: compute and report everything, and write nothing.
        progress: told after each batch how far it is.
        batch_lines: how many lines are opened by one statement.

    Raises:
        InvalidBodyError: the file can't be read, or there is no such currency.
        BalanceLimitError: a wallet would pass its limit; what was opened before stays.
        WalletBusyError: wallets stayed locked for too long; run it again.
    """
    digest = digest_of(path, currency)
    with desk.work(actor) as work:
        terms = terms_of(work, currency)
    wrong: list[WrongRow] = []
    totals = Counter[str]()
    by_partner = Counter[str]()
    members: set[UUID] = set()
    size = max(1, path.stat().st_size)
    with path.open("rb") as raw, closing(read_rows(path, raw, terms, wrong)) as lines:
        while batch := list(islice(lines, batch_lines)):
            with desk.work(actor) as work:
                found = _find(work, batch, terms, wrong)
                before = _known(work, digest, found) if dry_run else set()
                points = {each.line: each.points for each in found if each.line not in before}
                if not dry_run:
                    points = ledger.open_lots(work, currency, digest=digest, lines=found)
            for row, each in zip(_taken(batch, found), found, strict=True):
                if each.line in points:
                    by_partner[row.partner] += each.points
                    members.add(each.member_id)
            totals.update(opened=len(points), points=sum(points.values()))
            totals.update(known=len(found) - len(points))
            if progress:
                done = totals["opened"] + totals["known"] + len(wrong)
                read = size if raw.closed else raw.tell()
                progress(Progress("posting", read / size, done))
    report = OpeningReport(
        totals["opened"] + totals["known"] + len(wrong), totals["opened"], totals["points"],
        totals["known"], len(members), dict(by_partner), tuple(sorted(wrong, key=_by_line)),
    )  # fmt: skip
    if report.opened and not dry_run:
        _tell(desk, actor, path, currency, digest=digest, report=report)
    return report


def _by_line(row: WrongRow) -> int:
    return row.line


_OWNERS = """
SELECT i.kind, i.value, i.member_id
  FROM unnest(%s::text[], %s::text[]) AS named (kind, value)
  JOIN identifiers i ON i.kind = named.kind AND i.partner_id = %s AND i.value = named.value
  JOIN members m ON m.id = i.member_id AND m.status IN ('active', 'frozen')
"""


def _find(work: Work, batch: list[Row], terms: Terms, wrong: list[WrongRow]) -> list[OpenedLine]:
    values = ([row.kind for row in batch], [row.value for row in batch], NOBODY)
    owners: dict[tuple[str, str], Any] = {row[:2]: row[2] for row in _plain(work, values)}
    found = []
    for row in batch:
        member_id = owners.get((row.kind, row.value))
        if member_id is None:
            wrong.append(WrongRow(row.line, "MEMBER_UNKNOWN", f"Nobody has this {row.kind}."))
            continue
        found.append(
            OpenedLine(
                row.line, member_id, row.points, row.earned_on, row.expires_on,
                terms.partners.get(row.partner), row.reference,
            )
        )  # fmt: skip
    return found


def _plain(work: Work, values: tuple[list[str], list[str], UUID]) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in work.rows(_OWNERS, values)]


def _taken(batch: list[Row], found: list[OpenedLine]) -> Iterator[Row]:
    lines = {each.line for each in found}
    return (row for row in batch if row.line in lines)


def _known(work: Work, digest: bytes, found: list[OpenedLine]) -> set[int]:
    values = (digest, [each.line for each in found])
    statement = "SELECT line FROM openings WHERE digest = %s AND line = ANY(%s)"
    return {row[0] for row in work.rows(statement, values)}


def _tell(
    desk: Desk, actor: Actor, path: Path, currency: str, *, digest: bytes, report: OpeningReport
) -> None:
    after = {
        "filename": path.name,
        "currency": currency,
        "lines": report.lines,
        "opened": report.opened,
        "points": report.points,
        "members": report.members,
    }
    with desk.work(actor) as work:
        audit.record(work, "import.openings", f"openings_{digest.hex()[:32]}", after=after)
