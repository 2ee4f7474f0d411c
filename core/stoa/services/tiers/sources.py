"""What tiers ask that no purchase tells: referrals, invitees, challenges, chances; as days.

Each is one statement for a batch of members and gives the days on which something counted; how many
of them lie in a window is then reckoned as for purchases. A fact that stands in no table here never
counts.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import LiteralString
from uuid import UUID

from stoa.values.assessments import Happened
from stoa.values.ladders import Ladder
from stoa.work import Work

__all__ = ["SOURCES", "happened"]

SOURCES: Mapping[str, LiteralString] = MappingProxyType(
    {
        "purchasing_referrals": """
            SELECT inviter_id, purchased_on FROM referrals
             WHERE inviter_id = ANY(%(members)s) AND state IN ('purchased', 'rewarded')
        """,
        "invitees_in_tier": """
            SELECT r.inviter_id, (s.since AT TIME ZONE %(zone)s)::date
              FROM referrals r JOIN standings s ON s.member_id = r.invitee_id
             WHERE r.inviter_id = ANY(%(members)s) AND r.state IN ('purchased', 'rewarded')
               AND s.ladder = %(ladder)s AND s.tier = ANY(%(tiers)s)
        """,
        "challenges_done": """
            SELECT r.member_id, r.completed_on
              FROM challenge_runs r
              JOIN rule_versions v ON v.kind = 'challenge' AND v.code = r.challenge
               AND v.version = r.version
             WHERE r.member_id = ANY(%(members)s) AND r.challenge = %(of)s
               AND r.state = 'completed' AND (v.document -> 'grants_eligibility')::boolean
        """,
        "chances": """
            SELECT coalesce(m.merged_into, m.id), c.bought_on
              FROM members m JOIN chances c ON c.member_id = m.id
             WHERE (m.id = ANY(%(members)s) OR m.merged_into = ANY(%(members)s))
               AND c.ladder = %(of)s AND c.state = 'open' AND c.mode <> 'draw'
        """,
    }
)
"""By the name of a fact, the statement that gives ``(member_id, day)``.

It is given ``members``, ``of`` (what the fact is of), ``ladder``, and ``tiers``: those of the
ladder from the one named by ``of`` upwards.
"""


def happened(work: Work, ladder: Ladder, members: Sequence[UUID]) -> dict[UUID, Happened]:
    """Return what else happened to members that a ladder asks for: a statement a fact."""
    asked = {(ask.fact.name, ask.of) for ask in ladder.asks if ask.fact.name in SOURCES}
    found: dict[UUID, dict[tuple[str, str], list[date]]] = {}
    for name, of in sorted(asked):
        rank = ladder.tier(of).rank
        values = {
            "members": list(members), "of": of, "ladder": ladder.code, "zone": work.programme.zone,
            "tiers": [tier.code for tier in ladder.tiers[rank:]] if ladder.has(of) else [],
        }  # fmt: skip
        for member_id, day in work.rows(SOURCES[name], values):
            found.setdefault(member_id, {}).setdefault((name, of), []).append(day)
    return {member_id: dict(days) for member_id, days in found.items()}
