"""Import a file of purchases: read it, enrol its members, post it part by part, take it up again.

First the whole file is read into a stage, in one transaction: a reading that is killed leaves
nothing. Then the stage is cut into parts by member, in the order of their identifiers, and each
part is planned and posted in a transaction of its own, which also says that it is done. So a killed
import is taken up where it stood, and ends as if it had never been killed.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import UUID

from sqlalchemy import delete, select

from stoa.errors import IdempotencyInFlightError
from stoa.models.imports import ImportLine, ImportRow, ImportRun
from stoa.services import audit
from stoa.services.crew import Crew, OpenDesk
from stoa.services.imports.files import digest_of
from stoa.services.imports.lines import WrongRow
from stoa.services.imports.members import terms_of
from stoa.services.imports.parts import (
    Part,
    Task,
    actor_of,
    cut,
    driver_of,
    plan_part,
    post_part,
)
from stoa.services.imports.stage import CLASSES, Progress, Told, fill_stage
from stoa.values.identifiers import new_uuid, public_id
from stoa.values.mapping import ImportMapping
from stoa.work import Actor, Desk, Work

__all__ = ["CLASSES", "ImportReport", "Progress", "Told", "balances_hash", "run_import"]

PART_LINES = 10_000
"""About how many lines are posted in one transaction."""

_ACTOR = Actor("import")


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a file.

    Attributes:
        id: ``imp_…``; empty for a rehearsal.
        state: ``imported``, ``resumed``, ``already imported`` or ``rehearsed``.
        lines: the lines of the file without its first; the sum of all classes.
        counts: lines by class, and other whole numbers by name.
        wrong: the lines that were not taken, or not wholly, in their order.
    """

    id: str
    state: str
    lines: int
    counts: Mapping[str, int]
    wrong: tuple[WrongRow, ...]


def run_import(
    desk: Desk,
    path: Path,
    mapping: ImportMapping,
    *,
    dry_run: bool = False,
    progress: Told | None = None,
    hands: int = 1,
    open_desk: OpenDesk | None = None,
    part_lines: int = PART_LINES,
) -> ImportReport:
    """Import a file of purchases, or take a killed import up again; the same file is imported once.

    What comes of it is what `earning.earn` and `returns.return_lines` would have made of the same
    purchases, each asked when it happened. The limits of agreements on old purchases and late
    returns do not bind the operator.

    Args:
        dry_run: compute and report everything, and write nothing.
        progress: told now and then how far it is.
        hands: processes that post side by side; more than one needs `open_desk`.
        part_lines: about how many lines are posted in one transaction.

    Raises:
        InvalidBodyError: the mapping does not fit the file or the alliance; `errors` names each.
        IdempotencyInFlightError: the same import is running elsewhere.
        WalletBusyError: tills changed what a part needs five times in a row; run it again.
    """
    told = progress or _nobody
    digest = digest_of(path, mapping)
    with _alone(desk, digest):
        if dry_run:
            return _rehearse(desk, path, mapping, told, part_lines)
        run = _find(desk, digest)
        if run is not None and run.state == "finished":
            return _report(desk, run.id, "already imported")
        with Crew(desk, hands=hands, open_desk=open_desk) as crew:
            state = "imported" if run is None else "resumed"
            run = _staged(desk, path, mapping, run, digest=digest, told=told, size=part_lines)
            _post(desk, mapping, run, crew=crew, told=told)
        _finish(desk, run.id)
        return _report(desk, run.id, state)


_HASH = """
SELECT encode(sha256(convert_to(coalesce(string_agg(line, '|' ORDER BY line), ''), 'UTF8')), 'hex')
  FROM (SELECT concat_ws(' ', coalesce(n.names, 'member ' || w.member_id), w.currency, w.available,
                         w.pending, w.held, w.debt, w.seq) COLLATE "C" AS line
          FROM wallets w LEFT JOIN LATERAL (
               SELECT string_agg(i.kind || ':' || coalesce(p.code, '') || ':' || i.value, ' '
                                 ORDER BY i.kind, p.code, i.value) AS names
                 FROM identifiers i LEFT JOIN partners p ON p.id = i.partner_id
                WHERE i.member_id = w.member_id AND i.kind <> 'card') AS n ON true) AS each
"""


def balances_hash(work: Work) -> str:
    """Return one hash of all balances, the same for two databases with the same history.

    Members go by their identifiers but cards, which are drawn at random as ids are.
    """
    digest: str = work.rows(_HASH)[0][0]
    return digest


def _nobody(_progress: Progress) -> None:
    return


@contextmanager
def _alone(desk: Desk, digest: str) -> Iterator[None]:
    # One transaction stays open and idle beside the import; its end gives the lock back.
    with desk.work(_ACTOR) as work:
        driver_of(work)
        mine = work.rows("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 57))", (digest,))
        if not mine[0][0]:
            raise IdempotencyInFlightError("This file is being imported elsewhere.")
        yield


def _find(desk: Desk, digest: str) -> ImportRun | None:
    with desk.work(_ACTOR) as work:
        return work.session.scalar(select(ImportRun).where(ImportRun.digest == digest))


def _staged(
    desk: Desk,
    path: Path,
    mapping: ImportMapping,
    run: ImportRun | None,
    *,
    digest: str,
    told: Told,
    size: int,
) -> ImportRun:
    """Return the run with its stage filled: read anew, or again where the stage was lost."""
    if run is not None:
        with desk.work(_ACTOR) as work:
            waiting = work.rows(
                "SELECT count(*) FROM import_lines WHERE import_id = %s", (run.id,)
            )[0][0]
            if waiting == run.staged:
                return run
            work.session.execute(delete(ImportLine).where(ImportLine.import_id == run.id))
            fill_stage(work, path, mapping, run.id, told)
            return run
    import_id = new_uuid()
    with desk.work(actor_of(import_id)) as work:
        counts, staged = fill_stage(work, path, mapping, import_id, told)
        run = ImportRun(
            id=import_id, digest=digest, filename=path.name, state="posting",
            parts=len(cut(work, import_id, part_lines=size)), done=0, posted=[], staged=staged,
            part_lines=size, counts=dict(counts), started_at=work.now(),
        )  # fmt: skip
        work.session.add(run)
    return run


def _post(desk: Desk, mapping: ImportMapping, run: ImportRun, *, crew: Crew, told: Told) -> None:
    with desk.work(actor_of(run.id)) as work:
        driver_of(work)
        parts = cut(work, run.id, part_lines=run.part_lines)
        task = Task(run.id, terms_of(work, mapping))
    waiting = [part for part in parts if part.number not in run.posted]
    posted = run.staged - sum(part.lines for part in waiting)
    told(Progress("posting", posted / max(1, run.staged), posted))
    for part, _ in crew.do(partial(_post_part, task), waiting):
        posted += part.lines
        told(Progress("posting", posted / run.staged, posted))


def _post_part(task: Task, desk: Desk, part: Part) -> None:
    post_part(desk, task, part)


def _finish(desk: Desk, import_id: UUID) -> None:
    with desk.work(actor_of(import_id)) as work:
        driver_of(work)
        run = work.session.get_one(ImportRun, import_id, with_for_update=True)
        _check(run.counts)
        if run.done != run.parts:
            raise RuntimeError(f"{run.done} of {run.parts} parts of an import are posted")
        run.state = "finished"
        run.finished_at = work.now()
        work.session.execute(delete(ImportLine).where(ImportLine.import_id == import_id))
        after = {"filename": run.filename, **run.counts}
        audit.record(work, "import.purchases", public_id("imp", import_id), after=after)


def _report(desk: Desk, import_id: UUID, state: str) -> ImportReport:
    with desk.work(_ACTOR) as work:
        run = work.session.get_one(ImportRun, import_id)
        rows = work.session.scalars(
            select(ImportRow).where(ImportRow.import_id == import_id).order_by(ImportRow.line)
        )
        wrong = tuple(WrongRow(row.line, row.code, row.detail) for row in rows)
        counts = run.counts
        return ImportReport(public_id("imp", run.id), state, counts["lines"], counts, wrong)


def _rehearse(
    desk: Desk, path: Path, mapping: ImportMapping, told: Told, part_lines: int
) -> ImportReport:
    """Do everything but post, in one transaction that is rolled back."""
    with desk.work(_ACTOR) as work:
        import_id = new_uuid()
        counts, staged = fill_stage(work, path, mapping, import_id, told)
        task = Task(import_id, terms_of(work, mapping))
        statement = select(ImportRow).where(ImportRow.import_id == import_id)
        wrong = [
            WrongRow(row.line, row.code, row.detail) for row in work.session.scalars(statement)
        ]
        done = 0
        for part in cut(work, import_id, part_lines=part_lines):
            planned = plan_part(work, task, part)
            counts.update(planned.counts)
            wrong += planned.wrong
            done += part.lines
            told(Progress("posting", done / staged, done))
        work.session.rollback()
    _check(counts)
    in_order = tuple(sorted(wrong, key=lambda row: row.line))
    return ImportReport("", "rehearsed", counts["lines"], counts, in_order)


def _check(counts: Mapping[str, int]) -> None:
    classed = sum(counts[name] for name in CLASSES)
    if classed != counts["lines"]:
        raise RuntimeError(f"{classed} lines are accounted for, and the file has {counts['lines']}")
