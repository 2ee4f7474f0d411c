"""Fills the stage of an import: the whole file is read, understood and sorted by member.

All of it is one transaction, with the enrolment of new members: a killed reading leaves nothing.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from stoa.services.imports.files import LineReader
from stoa.services.imports.lines import WrongRow, find_shops
from stoa.services.imports.members import enrol_unknown, terms_of
from stoa.services.imports.parts import driver_of, keep_wrong
from stoa.values.mapping import ImportMapping
from stoa.work import Work

__all__ = ["CLASSES", "Progress", "Told", "fill_stage"]

CLASSES = (
    "earned",
    "returned",
    "unmatched_return",
    "no_member",
    "non_article",
    "already_known",
    "rejected",
)
"""What every line of a file is, exactly one of them; `docs/import.md` tells each."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is: the step, what part of it from 0 to 1, the lines so far."""

    step: str
    share: float
    lines: int


Told = Callable[[Progress], None]
"""Is told how far an import is."""


def fill_stage(
    work: Work, path: Path, mapping: ImportMapping, import_id: UUID, told: Told
) -> tuple[Counter[str], int]:
    """Read the file into the stage, refuse what can't be, enrol who is unknown.

    Returns:
        The counts so far, and how many lines stand in the stage.

    Raises:
        InvalidBodyError: the mapping does not fit the file or the alliance; `errors` names each.
    """
    driver = driver_of(work)
    shops = find_shops(work, mapping)
    terms = terms_of(work, mapping)
    reader = LineReader(path, mapping, shops, import_id=import_id, now=work.now())
    try:
        with driver.cursor() as cursor, cursor.copy("COPY import_lines FROM STDIN") as copy:
            for block in reader.blocks():
                copy.write(block)
                told(Progress("reading", reader.progress, reader.lines))
    finally:
        reader.close()
    claimed = _refuse_claimed(work, import_id)
    keep_wrong(work, import_id, [*reader.wrong, *claimed])
    counts: Counter[str] = Counter(dict.fromkeys(CLASSES, 0))
    counts.update(reader.counts)
    counts["rejected"] += len(claimed)
    counts["lines"] = reader.lines
    if mapping.member.enrol:
        counts["enrolled"] = enrol_unknown(work, import_id, mapping, terms)
    return counts, reader.staged - len(claimed)


_SHARED = """
SELECT 1 FROM import_lines WHERE import_id = %s
 GROUP BY returned, store_id, terminal, receipt_no, business_date
HAVING min(member) <> max(member) LIMIT 1
"""
_CLAIMED = """
WITH shared AS MATERIALIZED (
    SELECT returned, store_id, terminal, receipt_no, business_date, min(line) AS line
      FROM import_lines WHERE import_id = %(id)s GROUP BY 1, 2, 3, 4, 5
    HAVING min(member) <> max(member)
), owners AS MATERIALIZED (
    SELECT s.*, l.member FROM shared s
      JOIN import_lines l ON l.import_id = %(id)s AND l.line = s.line
)
DELETE FROM import_lines l USING owners o
 WHERE l.import_id = %(id)s AND l.returned = o.returned AND l.store_id = o.store_id
   AND l.terminal = o.terminal AND l.receipt_no = o.receipt_no
   AND l.business_date = o.business_date AND l.member <> o.member
RETURNING l.line, o.line
"""


def _refuse_claimed(work: Work, import_id: UUID) -> list[WrongRow]:
    """Refuse the lines of a receipt that belong to another member than its first line."""
    if not work.rows(_SHARED, (import_id,)):
        return []
    text = "Line {} gives this receipt to another member."
    return [
        WrongRow(line, "RECEIPT_ALREADY_CLAIMED", text.format(first))
        for line, first in work.rows(_CLAIMED, {"id": import_id})
    ]
