"""Meters: what was used of a benefit, or is held, that counts against a claim."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from stoa.models import NOBODY
from stoa.values.benefits import period
from stoa.work import Work, alliance_wide

__all__ = [
    "Metered",
    "Used",
    "lock",
    "of_documents",
    "of_group",
    "of_member",
    "of_plugin",
    "of_subject",
    "visits",
    "visits_everywhere",
]


@dataclass(frozen=True, slots=True)
class Used:
    """Thousandths of the unit: of the day, the subject on it, ever, the stay, the subject ever."""

    day_milli: int
    subject_milli: int
    ever_milli: int
    stay_milli: int
    subject_ever_milli: int


_USED = """
SELECT coalesce(sum(quantity_milli) FILTER (
                WHERE member_id = %(member)s AND business_date = %(day)s), 0)::bigint,
       coalesce(sum(quantity_milli) FILTER (
                WHERE subject = %(subject)s AND subject <> ''
                  AND business_date = %(day)s), 0)::bigint,
       coalesce(sum(quantity_milli) FILTER (WHERE member_id = %(member)s), 0)::bigint,
       coalesce(sum(quantity_milli) FILTER (WHERE stay_id = %(stay)s::uuid), 0)::bigint,
       coalesce(sum(quantity_milli) FILTER (
                WHERE subject = %(subject)s AND subject <> ''), 0)::bigint
  FROM claims
 WHERE partner_id = %(partner)s AND benefit = %(benefit)s AND source = 'plugin'
   AND state IN ('held', 'used') AND id <> %(claim)s
   AND (member_id = %(member)s OR stay_id = %(stay)s::uuid
        OR subject = %(subject)s AND subject <> '')
"""


@alliance_wide
def of_plugin(
    work: Work,
    member_id: UUID,
    *,
    partner_id: UUID,
    benefit: str,
    subject: str,
    day: date,
    stay: UUID | None,
    claim_id: UUID,
) -> Used:
    """Return what counts against a claim of a plugin's benefit, but for the claim itself."""
    values = {
        "member": member_id, "day": day, "subject": subject, "stay": stay, "partner": partner_id,
        "benefit": benefit, "claim": claim_id,
    }  # fmt: skip
    return Used(*work.rows(_USED, values)[0])


_PERIOD = """
   AND source = 'document' AND state IN ('held', 'used') AND id <> %(claim)s
   AND CASE WHEN %(entry)s THEN stay_id = %(stay)s::uuid
            ELSE business_date >= %(first)s AND business_date < %(after)s END
"""
_OF_MEMBER = f"""
SELECT coalesce(sum(quantity_milli), 0)::bigint FROM claims
 WHERE benefit = %(benefit)s AND (member_id = %(member)s OR %(entry)s AND stay_id = %(stay)s::uuid)
{_PERIOD}"""  # noqa: S608 - constants
_OF_SUBJECT = f"""
SELECT coalesce(sum(quantity_milli), 0)::bigint FROM claims
 WHERE benefit = %(benefit)s AND subject = %(subject)s AND subject <> ''
{_PERIOD}"""  # noqa: S608 - constants
_OF_GROUP = f"""
SELECT min(benefit) FROM claims
 WHERE benefit_group = %(group)s AND benefit <> %(benefit)s
   AND (member_id = %(member)s OR subject = %(subject)s AND subject <> ''
        OR %(entry)s AND stay_id = %(stay)s::uuid)
{_PERIOD}"""  # noqa: S608 - constants


@alliance_wide
def of_member(
    work: Work,
    member_id: UUID,
    benefit: str,
    *,
    every: str,
    day: date,
    stay: UUID | None,
    claim_id: UUID,
) -> int:
    """Return what a member used or holds of a document's benefit in the period of a day.

    Args:
        every: as meters say; for an ``entry`` it is what anybody used for the stay.
    """
    values = _within(every, day, stay, claim_id) | {"member": member_id, "benefit": benefit}
    found: int = work.rows(_OF_MEMBER, values)[0][0]
    return found


@alliance_wide
def of_subject(
    work: Work,
    subject: str,
    benefit: str,
    *,
    every: str,
    day: date,
    stay: UUID | None,
    claim_id: UUID,
) -> int:
    """Return what anybody used or holds of it for a subject in the period of a day."""
    values = _within(every, day, stay, claim_id) | {"subject": subject, "benefit": benefit}
    found: int = work.rows(_OF_SUBJECT, values)[0][0]
    return found


@alliance_wide
def of_group(
    work: Work,
    member_id: UUID,
    group: str,
    *,
    besides: str,
    subject: str,
    every: str,
    day: date,
    stay: UUID | None,
) -> str:
    """Return the code of another benefit of a group that was enjoyed in the period; else empty."""
    values = _within(every, day, stay, NOBODY)
    values |= {"member": member_id, "group": group, "benefit": besides, "subject": subject}
    return str(work.rows(_OF_GROUP, values)[0][0] or "")


@dataclass(frozen=True, slots=True)
class Metered:
    """A document's benefit whose meter is asked for on a day, and its group, which may be empty."""

    benefit: str
    group: str
    every: str
    day: date


_OF_DOCUMENTS = """
SELECT (SELECT coalesce(sum(c.quantity_milli), 0)::bigint FROM claims c
         WHERE c.member_id = %(member)s AND c.benefit = a.benefit AND c.source = 'document'
           AND c.state IN ('held', 'used') AND c.business_date >= a.first
           AND c.business_date < a.after),
       a.grp <> '' AND EXISTS (SELECT 1 FROM claims c
         WHERE c.member_id = %(member)s AND c.benefit_group = a.grp AND c.benefit <> a.benefit
           AND c.source = 'document' AND c.state IN ('held', 'used')
           AND c.business_date >= a.first AND c.business_date < a.after)
  FROM unnest(%(benefits)s::text[], %(groups)s::text[], %(firsts)s::date[], %(afters)s::date[])
       WITH ORDINALITY AS a (benefit, grp, first, after, n)
 ORDER BY a.n
"""


def of_documents(
    work: Work, member_id: UUID, asked: Sequence[Metered]
) -> dict[Metered, tuple[int, bool]]:
    """Return what a member used or holds of each, and whether another one of its group: at once.

    Without a stay there is none of what is metered by the stay.
    """
    if not asked:
        return {}
    spans = [period(each.every, each.day) for each in asked]
    values = {
        "member": member_id,
        "benefits": [each.benefit for each in asked],
        "groups": [each.group for each in asked],
        "firsts": [span.start for span in spans],
        "afters": [
            span.start if each.every == "entry" else span.end
            for each, span in zip(asked, spans, strict=True)
        ],
    }
    rows = work.rows(_OF_DOCUMENTS, values)
    return {each: (row[0], row[1]) for each, row in zip(asked, rows, strict=True)}


def _within(every: str, day: date, stay: UUID | None, claim_id: UUID) -> dict[str, object]:
    span = period(every, day)
    return {
        "entry": every == "entry", "stay": stay, "first": span.start, "after": span.end,
        "claim": claim_id,
    }  # fmt: skip


def lock(work: Work, *names: object) -> None:
    """Let one claim at a time go on that has these names in common, until the work ends."""
    text = "/".join(str(name) for name in names)
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], signed=True)
    work.session.execute(select(func.pg_advisory_xact_lock(number)))


_VISITS = """
SELECT count(DISTINCT business_date) FROM purchases
 WHERE member_id IN (SELECT id FROM members WHERE id = %(member)s OR merged_into = %(member)s)
   AND partner_id = %(partner)s AND status IN ('posted', 'pending')
"""


def visits(work: Work, member_id: UUID, partner_id: UUID) -> int:
    """Return on how many days a member bought something that did not all come back."""
    found: int = work.rows(_VISITS, {"member": member_id, "partner": partner_id})[0][0]
    return found


_VISITS_EVERYWHERE = """
SELECT partner_id, count(DISTINCT business_date) FROM purchases
 WHERE member_id IN (SELECT id FROM members WHERE id = %(member)s OR merged_into = %(member)s)
   AND status IN ('posted', 'pending') GROUP BY partner_id
"""


def visits_everywhere(work: Work, member_id: UUID) -> dict[UUID, int]:
    """Return the visits to every partner; without one it is missing."""
    return {row[0]: row[1] for row in work.rows(_VISITS_EVERYWHERE, {"member": member_id})}
