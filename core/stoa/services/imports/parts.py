"""Cuts the stage of an import into parts by member, and posts one part in one transaction."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import psycopg
from psycopg import sql
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from stoa.errors import WalletBusyError
from stoa.models.imports import ImportRow
from stoa.services import campaigns, ledger
from stoa.services.imports.deeds import Deed
from stoa.services.imports.facts import PlanTerms, staged_receipts
from stoa.services.imports.lines import WrongRow
from stoa.services.imports.plans import Plan, plan
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk, Work

__all__ = ["Part", "Task", "actor_of", "cut", "driver_of", "keep_wrong", "plan_part", "post_part"]

_TRIES = 5
_POSTED_BEFORE = "ST009"
_CHANGED = frozenset({"23505", "40P01", "55P03", "ST002", "ST007"})
_LIMITS = (
    "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;"
    " SET LOCAL lock_timeout = '30s'"
)


@dataclass(frozen=True, slots=True)
class Part:
    """The members of a part, from the first to the last in the order of their identifiers."""

    number: int
    first: str
    last: str
    lines: int


@dataclass(frozen=True, slots=True)
class Task:
    """What is the same for all parts of an import."""

    import_id: UUID
    terms: PlanTerms


def actor_of(import_id: UUID) -> Actor:
    """Return who stands in the transactions of an import: ``import:imp_…``."""
    return Actor(f"import:{public_id('imp', import_id)}")


def driver_of(work: Work) -> psycopg.Connection[Any]:
    """Return the connection of a work's transaction, for COPY, and lift its time limits."""
    connection = work.session.connection()
    connection.exec_driver_sql(_LIMITS)
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)


_MEMBERS = """
SELECT member, count(*) FROM import_lines WHERE import_id = %s GROUP BY member ORDER BY member
"""


def cut(work: Work, import_id: UUID, *, part_lines: int) -> list[Part]:
    """Cut a stage into parts of about so many lines; no member is divided.

    The same stage is always cut at the same places.
    """
    parts: list[Part] = []
    names: list[str] = []
    lines = 0
    for name, count in work.rows(_MEMBERS, (import_id,)):
        names.append(name)
        lines += count
        if lines >= part_lines:
            parts.append(Part(len(parts), names[0], names[-1], lines))
            names, lines = [], 0
    if names:
        parts.append(Part(len(parts), names[0], names[-1], lines))
    return parts


def plan_part(work: Work, task: Task, part: Part) -> Plan:
    """Plan the lines of a part; write nothing."""
    receipts = staged_receipts(work, task.import_id, part.first, part.last)
    return plan(work, receipts, task.terms)


_POST = "SELECT stoa_import(%s, %s, %s, %s, %s::date, %s, %s, %s::jsonb)"


def post_part(desk: Desk, task: Task, part: Part) -> None:
    """Post a part, unless that is done already; its progress stands in the same transaction.

    What tills did meanwhile to a wallet, a receipt or a purchase of the part is read again.

    Raises:
        WalletBusyError: it changed five times.
        PartnerFundingExhaustedError: a partner has not funded the part; once it has, the import
            goes on.
    """
    for _ in range(_TRIES):
        try:
            with desk.work(actor_of(task.import_id)) as work:
                driver = driver_of(work)
                planned = plan_part(work, task, part)
                _stage(driver, task, part, planned.deeds)
                keep_wrong(work, task.import_id, planned.wrong)
                values = (
                    task.import_id, part.number, work.programme.currency, work.now(),
                    work.today(), work.actor.name, task.terms.tells, json.dumps(planned.counts),
                )  # fmt: skip
                work.rows(_POST, values)
                campaigns.give_back_all(work, _of_campaigns(planned.deeds))
        except DBAPIError as wrong:
            state = getattr(wrong.orig, "sqlstate", None)
            if state == _POSTED_BEFORE:
                return
            if state not in _CHANGED:
                with desk.work(actor_of(task.import_id)) as work:
                    raise ledger.unfunded(work, wrong) or wrong from None
        else:
            return
    raise WalletBusyError


def _of_campaigns(deeds: Sequence[Deed]) -> list[tuple[UUID, UUID]]:
    """Return the purchases whose campaigns have points back; no event need tell of the return."""
    return sorted({(deed.member_id, deed.purchase_id) for deed in deeds if deed.of_campaigns})


def keep_wrong(work: Work, import_id: UUID, wrong: Sequence[WrongRow]) -> None:
    """Keep rows that were not taken; those of an earlier reading stay as they are."""
    if wrong:
        rows = [
            {"import_id": import_id, "line": row.line, "code": row.code, "detail": row.detail}
            for row in wrong
        ]
        work.session.execute(insert(ImportRow).on_conflict_do_nothing(), rows)


_STAGE = sql.SQL("COPY import_events (import_id, part, {}) FROM STDIN").format(
    sql.SQL(", ").join(map(sql.Identifier, Deed._fields))
)


def _stage(driver: psycopg.Connection[Any], task: Task, part: Part, deeds: Sequence[Deed]) -> None:
    with driver.cursor() as cursor, cursor.copy(_STAGE) as copy:
        for deed in deeds:
            copy.write_row((task.import_id, part.number, *deed))
