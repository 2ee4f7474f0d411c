"""Usage of benefits: what was claimed over some days, what it cost whom, and what nobody uses.

A benefit that has not been used for long costs attention and gives none: the report says since when
(requirement `#80`), so that the operator may pause or end it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from stoa.services import rulebook
from stoa.services.benefits.documents import KIND
from stoa.values.languages import ENGLISH, stand_ins
from stoa.values.periods import Period
from stoa.work import Work

__all__ = ["Payer", "Usage", "by_day", "report"]


@dataclass(frozen=True, slots=True)
class Payer:
    """What one payer paid; `name` is empty for the operator."""

    name: str
    minor: int


@dataclass(frozen=True, slots=True)
class Usage:
    """A benefit's claims over some days; a plugin's is named with its partner.

    Attributes:
        partner: the name of the partner whose plugin gives it; empty for a document's.
        state: of the document; ``active`` for a plugin's.
        used: claims that were used, as `held`, `released` and `expired` are of the others.
        quantity_milli: of those used, as are `members`, `worth_minor` and `costs`.
        last_used: the last business day of all on which it was used; ``None`` for never.
    """

    benefit: str
    name: str
    partner: str
    source: str
    state: str
    used: int
    held: int
    released: int
    expired: int
    members: int
    quantity_milli: int
    unit: str
    worth_minor: int
    currency: str
    costs: tuple[Payer, ...]
    last_used: date | None

    def unused_since(self, day: date) -> int | None:
        """Return for how many days nobody used it by a day; ``None`` where nobody ever did."""
        return None if self.last_used is None else max((day - self.last_used).days, 0)


_KEY = "c.source, c.benefit, CASE WHEN c.source = 'plugin' THEN c.partner_id END"
_CLAIMS = f"""
SELECT {_KEY}, c.money_currency, c.unit,
       count(*) FILTER (WHERE c.state = 'used'), count(*) FILTER (WHERE c.state = 'held'),
       count(*) FILTER (WHERE c.state = 'released'), count(*) FILTER (WHERE c.state = 'expired'),
       count(DISTINCT c.member_id) FILTER (WHERE c.state = 'used'),
       coalesce(sum(c.quantity_milli) FILTER (WHERE c.state = 'used'), 0)::bigint,
       coalesce(sum(c.worth_minor) FILTER (WHERE c.state = 'used'), 0)::bigint
  FROM claims c WHERE c.business_date >= %(first)s AND c.business_date < %(after)s
 GROUP BY 1, 2, 3, 4, 5 ORDER BY 12 DESC, 2, 3
"""  # noqa: S608 - constants
_COSTS = f"""
SELECT {_KEY}, c.money_currency, c.unit, coalesce(p.name, ''), sum(k.minor)::bigint
  FROM claims c
  JOIN claim_costs k ON k.claim_id = c.id
  LEFT JOIN partners p ON p.id = k.payer_id
 WHERE c.business_date >= %(first)s AND c.business_date < %(after)s AND c.state = 'used'
 GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 7 DESC, 6
"""  # noqa: S608 - constants
_LAST = f"""
SELECT {_KEY}, max(c.business_date) FROM claims c WHERE c.state = 'used' GROUP BY 1, 2, 3
"""  # noqa: S608 - constants


def report(work: Work, days: Period, *, language: str = ENGLISH) -> list[Usage]:
    """Return what became of each benefit over some days, the costliest first.

    Documents that nobody claimed stand at the end. Days are business days of the stores.
    """
    span = {"first": days.start, "after": days.end}
    names = {row[0]: row[1] for row in work.rows("SELECT id, name FROM partners")}
    lines = {line.code: line for line in rulebook.listed(work, KIND) if line.state != "draft"}
    last = {tuple(row[:3]): row[3] for row in work.rows(_LAST)}
    costs: dict[tuple[Any, ...], list[Payer]] = {}
    for row in work.rows(_COSTS, span):
        costs.setdefault(tuple(row[:5]), []).append(Payer(row[5], row[6]))
    found = []
    for row in work.rows(_CLAIMS, span):
        source, code, partner_id, currency, unit = row[:5]
        line = lines.get(code) if source == "document" else None
        found.append(
            Usage(
                code, _name(line.document if line else {}, language) or code,
                names.get(partner_id, ""), source, line.state if line else "active", row[5],
                row[6], row[7], row[8], row[9], row[10], unit, row[11], currency,
                tuple(costs.get(tuple(row[:5]), ())), last.get(tuple(row[:3])),
            )
        )  # fmt: skip
    claimed = {each.benefit for each in found if each.source == "document"}
    for code, line in lines.items():
        if code not in claimed:
            unit = str(line.document.get("unit", ""))
            found.append(
                Usage(
                    code, _name(line.document, language), "", "document", line.state, 0, 0, 0, 0,
                    0, 0, unit, 0, work.programme.money_currency, (),
                    last.get(("document", code, None)),
                )
            )  # fmt: skip
    return found


_BY_DAY = """
SELECT business_date, count(*) FROM claims
 WHERE business_date >= %(first)s AND business_date < %(after)s AND state = 'used'
 GROUP BY 1 ORDER BY 1
"""


def by_day(work: Work, days: Period) -> Sequence[tuple[date, int]]:
    """Return how many claims were used on each business day that has any."""
    rows = work.rows(_BY_DAY, {"first": days.start, "after": days.end})
    return [(row[0], row[1]) for row in rows]


def _name(document: Mapping[str, Any], language: str) -> str:
    texts = document.get("name") or {}
    return next((texts[each] for each in stand_ins(language) if each in texts), "")
