"""Cuts stored purchases into parts by member, and counts one part by the kind of the question."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

from stoa.models import NOBODY
from stoa.services.whatif import campaigns, ladders, rates
from stoa.services.whatif.drafts import Question
from stoa.work import Actor, Desk, Work

__all__ = ["ACTOR", "KINDS", "Part", "count", "cut"]

ACTOR = Actor("what-if")
"""Who reads; a run writes nothing but its own result."""

_Counter = Callable[[Work, Question, UUID, UUID], tuple[dict[str, Any], list[Any]]]

KINDS: Mapping[str, _Counter] = MappingProxyType(
    {"rate": rates.count_part, "ladder": ladders.count_part, "campaign": campaigns.count_part}
)
"""What counts a part: answers its tally, and the members who move."""


@dataclass(frozen=True, slots=True)
class Part:
    """The members after one up to another, and how many purchases they have."""

    number: int
    after: UUID
    last: UUID
    purchases: int


_CUT = """
SELECT (array_agg(member_id ORDER BY member_id DESC))[1], sum(n)::bigint
  FROM (SELECT member_id, n, div(sum(n + 1) OVER (ORDER BY member_id) - 1, %(size)s) AS part
          FROM (SELECT m.id AS member_id, count(p.id) AS n
                  FROM members m
                  LEFT JOIN purchases p ON p.member_id = m.id
                   AND p.business_date >= coalesce(%(since)s::date, p.business_date)
                   AND p.business_date <= coalesce(%(until)s::date, p.business_date)
                 GROUP BY m.id) AS each) AS walk
 GROUP BY part ORDER BY part
"""


def cut(work: Work, question: Question, *, size: int) -> list[Part]:
    """Cut the members into parts of about so many purchases; no member is divided."""
    values = {"size": size, "since": question.since, "until": question.until}
    parts: list[Part] = []
    after = NOBODY
    for number, (last, purchases) in enumerate(work.rows(_CUT, values)):
        parts.append(Part(number, after, last, purchases))
        after = last
    return parts


def count(question: Question, desk: Desk, part: Part) -> tuple[dict[str, Any], list[Any]]:
    """Return the tally of a part, and the members who move as rows of `whatif_members`."""
    with desk.work(ACTOR) as work:
        return KINDS[question.kind](work, question, part.after, part.last)
