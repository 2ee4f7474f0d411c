"""Watching: which partners need somebody's eye, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from stoa.work import Work

__all__ = ["QUIET_DAYS", "Sign", "Watched", "watched"]

QUIET_DAYS = 7
"""After so many days without a member's purchase or redemption a partner counts as silent."""

_WATCHED = """
SELECT p.id, p.code, p.name, p.status, p.plugin, e.stage, f.low_at IS NOT NULL,
       f.exhausted_at IS NOT NULL,
       (SELECT count(*) FROM disputes d WHERE d.partner_id = p.id AND d.state = 'open'),
       (SELECT count(*) FROM (SELECT 1 FROM webhook_deliveries w
         WHERE w.partner_id = p.id AND w.state = 'dead' LIMIT 1000) AS those),
       (SELECT a.day FROM activity_days a WHERE a.partner_id = p.id AND a.members > 0
         ORDER BY a.day DESC LIMIT 1), p.onboarded_at::date
  FROM partners p
  LEFT JOIN partner_exits e ON e.partner_id = p.id AND e.archived_at IS NULL
  LEFT JOIN partner_funding f ON f.partner_id = p.id
 WHERE %(partner)s::uuid IS NULL OR p.id = %(partner)s
 ORDER BY p.name, p.id
"""


@dataclass(frozen=True, slots=True)
class Sign:
    """One reason to look: its name, how many, and since when.

    Attributes:
        name: ``exhausted``, ``low``, ``plugin``, ``webhooks``, ``disputes``, ``leaving``,
            ``suspended``, ``silent`` or ``never``.
        is_urgent: whether members or money suffer meanwhile.
        count: of events or disputes; at most 1,000 of events.
        detail: the stage of an exit.
        since: the day of the last sale of a silent partner.
    """

    name: str
    is_urgent: bool
    count: int = 0
    detail: str = ""
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Watched:
    """A partner and the signs that somebody should look."""

    id: UUID
    code: str
    name: str
    signs: tuple[Sign, ...]

    @property
    def is_urgent(self) -> bool:
        """Whether any of the signs is."""
        return any(sign.is_urgent for sign in self.signs)


def watched(work: Work, *, partner_id: UUID | None = None) -> Sequence[Watched]:
    """Return partners with signs that somebody should look, the urgent ones first."""
    broken = {each.name for each in work.plugins.broken()}
    today = work.today()
    found = [
        Watched(row[0], row[1], row[2], tuple(_signs(row, broken, today)))
        for row in work.rows(_WATCHED, {"partner": partner_id})
    ]
    return sorted((each for each in found if each.signs), key=lambda each: not each.is_urgent)


def _signs(row: tuple[object, ...], broken: set[str], today: date) -> list[Sign]:
    _, _, _, status, plugin, stage, low, exhausted, disputes, dead, last, since = row
    signs = []
    if exhausted:
        signs.append(Sign("exhausted", is_urgent=True))
    elif low:
        signs.append(Sign("low", is_urgent=False))
    if plugin in broken:
        signs.append(Sign("plugin", is_urgent=True))
    if isinstance(dead, int) and dead:
        signs.append(Sign("webhooks", is_urgent=True, count=dead))
    if isinstance(disputes, int) and disputes:
        signs.append(Sign("disputes", is_urgent=False, count=disputes))
    if stage:
        signs.append(Sign("leaving", is_urgent=False, detail=str(stage)))
    if status == "suspended":
        signs.append(Sign("suspended", is_urgent=False))
    elif not stage:
        signs += _silence(last, since, today)
    return signs


def _silence(last: object, since: object, today: date) -> list[Sign]:
    quiet = today - timedelta(days=QUIET_DAYS)
    if isinstance(last, date):
        return [Sign("silent", is_urgent=False, since=last)] if last <= quiet else []
    return [Sign("never", is_urgent=False)] if isinstance(since, date) and since <= quiet else []
