"""Runs of what-if: asked, listed, cancelled; the members whom one would move."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from stoa.errors import InvalidBodyError, WhatIfUnknownError
from stoa.services import audit
from stoa.services.whatif import drafts
from stoa.values import whatif
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Work

__all__ = [
    "STATES",
    "Member",
    "Run",
    "ask",
    "cancel",
    "find",
    "listed",
    "members",
]

STATES = ("waiting", "running", "done", "failed", "cancelled")
"""A run waits, runs, and ends in one of the last three."""

_MOST_MEMBERS = 200

_SETTLE: Mapping[str, Callable[[Work, Mapping[str, Any]], dict[str, Any]]] = MappingProxyType(
    {"rate": drafts.settle_rate, "ladder": drafts.settle_ladder}
)


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it stands.

    Attributes:
        draft: the whole draft, as it was settled when the run was asked.
        day: on which members stand where the ladders say.
        total: purchases to be passed, 0 before it is taken; `passed` of them are.
        tally: of the parts that are done (`stoa.values.whatif`).
        fault: why it failed.
    """

    id: UUID
    kind: str
    draft: Mapping[str, Any]
    since: date | None
    until: date | None
    day: date
    state: str
    total: int
    passed: int
    tally: Mapping[str, Any]
    fault: str
    asked_at: datetime
    asked_by: str
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def percent(self) -> int:
        """How far it is; 100 only when it is done."""
        if self.state == "done":
            return 100
        return min(99, 100 * self.passed // self.total) if self.total else 0

    @property
    def ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.state not in ("waiting", "running")


@dataclass(frozen=True, slots=True)
class Member:
    """A member who would stand in another tier.

    Attributes:
        rise: how many tiers up, below zero down.
        points: of the span's purchases that the draft gives more.
        missing: what is known of the way to the tier above.
    """

    member_id: UUID
    name: str
    before: str
    after: str
    rise: int
    points: int
    missing: Mapping[str, Any]


_ASK = """
INSERT INTO whatif_runs (id, kind, draft, since, until, day, state, done, total, passed, tally,
                         attempts, holder, fault, asked_at, asked_by)
VALUES (%(id)s, %(kind)s, %(draft)s::text::jsonb, %(since)s, %(until)s, %(day)s, 'waiting', '{}',
        0, 0, %(tally)s::text::jsonb, 0, '', '', %(now)s, %(actor)s)
RETURNING id
"""


def ask(
    work: Work,
    kind: str,
    draft: Mapping[str, Any],
    *,
    since: date | None = None,
    until: date | None = None,
    day: date | None = None,
) -> UUID:
    """Put a question down for the workers; return the id of its run.

    Args:
        kind: ``rate``, ``ladder`` or ``campaign``.
        since: the first business day of the purchases; all of before where ``None``.
        until: the last one.
        day: the day on which members stand where the ladders say; today by default.

    Raises:
        InvalidBodyError: the span is none, or a field of the draft does not fit.
        InvalidRuleError: the document does not fit; `errors` names each place.
        InvalidSettingsError: a setting does not fit.
    """
    if since and until and since > until:
        raise InvalidBodyError(errors={"until": ["The last day lies before the first."]})
    if kind == "campaign":
        settled = drafts.settle_campaign(work, draft, since=since, until=until)
    else:
        settled = _SETTLE[kind](work, draft)
    run_id = new_uuid()
    values = {
        "id": run_id, "kind": kind, "draft": json.dumps(settled), "since": since, "until": until,
        "day": day or work.today(), "tally": json.dumps(whatif.empty()), "now": work.now(),
        "actor": work.actor.name,
    }  # fmt: skip
    audit.record(work, "whatif.ask", public_id("wif", run_id), after={"kind": kind})
    work.rows(_ASK, values)
    return run_id


_COLUMNS = """
    id, kind, draft, since, until, day, state, total, passed, tally, fault, asked_at, asked_by,
    started_at, ended_at
"""
_FIND = f"SELECT {_COLUMNS} FROM whatif_runs WHERE id = %(id)s"  # noqa: S608 - constants
_LISTED = f"SELECT {_COLUMNS} FROM whatif_runs ORDER BY asked_at DESC, id DESC LIMIT %(most)s"  # noqa: S608 - constants
_CANCEL = """
UPDATE whatif_runs SET state = 'cancelled', ended_at = %(now)s
 WHERE id = %(id)s AND state IN ('waiting', 'running')
RETURNING id
"""
_MEMBERS = """
SELECT w.member_id, coalesce(m.display_name, ''), w.before, w.after, w.rise, w.points, w.missing
  FROM whatif_members w LEFT JOIN members m ON m.id = w.member_id
 WHERE w.run_id = %(run)s AND (w.rise, w.member_id) > (%(rise)s, %(member)s::uuid)
   AND w.rise BETWEEN %(low)s AND %(high)s
 ORDER BY w.rise, w.member_id LIMIT %(most)s
"""
_LOWEST = -1000


def find(work: Work, run_id: UUID) -> Run:
    """Return a run.

    Raises:
        WhatIfUnknownError: there is no such run.
    """
    rows = work.rows(_FIND, {"id": run_id})
    if not rows:
        raise WhatIfUnknownError
    return Run(*rows[0])


def listed(work: Work, *, most: int = 50) -> list[Run]:
    """Return the latest runs, the last one asked first."""
    return [Run(*row) for row in work.rows(_LISTED, {"most": most})]


def cancel(work: Work, run_id: UUID) -> bool:
    """Cancel a run; return whether it had not ended yet.

    Raises:
        WhatIfUnknownError: there is no such run.
    """
    find(work, run_id)
    done = bool(work.rows(_CANCEL, {"id": run_id, "now": work.now()}))
    if done:
        audit.record(work, "whatif.cancel", public_id("wif", run_id))
    return done


def members(
    work: Work,
    run_id: UUID,
    *,
    falls: bool | None = None,
    after: tuple[int, UUID] | None = None,
    most: int = 50,
) -> list[Member]:
    """Return members who would move, those who fall furthest first, a page at a time.

    Args:
        falls: those who would fall, or only those who would rise; both where ``None``.
        after: the rise and the id of the last member of the page before.
        most: at most 200.
    """
    low = 1 if falls is False else _LOWEST
    high = -1 if falls else -_LOWEST
    rise, member = after or (_LOWEST, UUID(int=0))
    values = {
        "run": run_id, "rise": rise, "member": member, "low": low, "high": high,
        "most": min(most, _MOST_MEMBERS),
    }  # fmt: skip
    return [Member(*row) for row in work.rows(_MEMBERS, values)]
