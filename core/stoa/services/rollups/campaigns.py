"""Campaigns: what each came to against those left out, reckoned by the worker and kept.

Reckoning one reads its purchases and the members (`stoa.services.campaigns.results`), so it is done
at most once an hour, one campaign at a time, and never while somebody waits for a page.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from stoa.services import campaigns
from stoa.values.texts import Texts, read_texts
from stoa.work import Work, alliance_wide

__all__ = ["KEPT_FOR", "Outcome", "outcomes", "reckon_campaigns"]

KEPT_FOR = timedelta(hours=1)
"""How long a campaign's figures stand before they are reckoned again."""

_STALE = """
SELECT r.code FROM rules r LEFT JOIN campaign_figures f ON f.code = r.code
 WHERE r.kind = 'campaign' AND r.version IS NOT NULL
   AND (f.at IS NULL OR f.at < %(stale)s AND (r.state = 'active' OR f.at < %(old)s))
 ORDER BY f.at NULLS FIRST, r.code LIMIT 1
"""
_KEPT = """
SELECT f.code, r.state, f.at, f.figures FROM campaign_figures f
  JOIN rules r ON r.kind = 'campaign' AND r.code = f.code
 ORDER BY r.state = 'active' DESC, f.figures ->> 'last' DESC, f.code LIMIT %(most)s
"""
_KEEP = """
INSERT INTO campaign_figures (code, version, at, figures) VALUES (%s, %s, %s, %s::jsonb)
ON CONFLICT (code) DO UPDATE
   SET version = excluded.version, at = excluded.at, figures = excluded.figures
RETURNING 1
"""
_ENDED_FOR = timedelta(days=1)
_MOST = 50


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a campaign came to when it was reckoned last.

    Attributes:
        state: ``active``, ``paused`` or ``ended``.
        points: paid, less what came back; `members` who got any.
        each_minor: spend of a treated member, in minor units of the programme's money.
        held_each_minor: that of one who was left out; ``None`` where nobody is.
        more_percent: how much more the treated spent; ``None`` where none tells.
    """

    code: str
    name: Texts
    state: str
    at: datetime
    points: int
    members: int
    purchases: int
    treated: int
    each_minor: int
    held_out: int
    held_each_minor: int | None
    more_percent: int | None


@alliance_wide
def reckon_campaigns(work: Work) -> int:
    """Reckon the campaign whose figures are the oldest, where they are an hour old; return 1 or 0.

    Those that are not active any more are reckoned once a day, for returns.
    """
    now = work.now()
    values = {"stale": now - KEPT_FOR, "old": now - _ENDED_FOR}
    rows = work.rows(_STALE, values)
    if not rows:
        return 0
    code = rows[0][0]
    found = campaigns.results(work, code)
    held = found.held_out
    figures: dict[str, Any] = {
        "name": found.campaign.name.document, "last": found.campaign.last.isoformat(),
        "points": found.points, "members": found.members, "purchases": found.purchases,
        "treated": found.treated.members, "each_minor": found.treated.spend_each,
        "held_out": held.members if held else 0,
        "held_each_minor": held.spend_each if held else None, "more_percent": found.more_percent,
    }  # fmt: skip
    work.rows(_KEEP, (code, found.campaign.version, now, json.dumps(figures)))
    return 1


def outcomes(work: Work) -> Sequence[Outcome]:
    """Return what campaigns came to: those that hold first, then the latest; at most fifty."""
    return [
        Outcome(
            code, read_texts(figures["name"]), state, at, figures["points"], figures["members"],
            figures["purchases"], figures["treated"], figures["each_minor"], figures["held_out"],
            figures["held_each_minor"], figures["more_percent"],
        )
        for code, state, at, figures in work.rows(_KEPT, {"most": _MOST})
    ]  # fmt: skip
