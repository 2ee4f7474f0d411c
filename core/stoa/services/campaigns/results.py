"""What a campaign came to: points by payer, members reached, and spend against those left out."""

from dataclasses import dataclass
from uuid import UUID

from stoa.services import rulebook
from stoa.services.campaigns.budgets import funds
from stoa.services.campaigns.deeds import read
from stoa.values.campaigns import Campaign
from stoa.work import Work

__all__ = ["Group", "Paid", "Results", "results"]

_KIND = "campaign"


@dataclass(frozen=True, slots=True)
class Paid:
    """What a payer paid.

    Attributes:
        partner: its code, and `name` its name; ``None`` for the operator.
        points: given, less what returns took back.
        taken_back: of what was given.
        members: how many got any.
    """

    payer_id: UUID | None
    partner: str | None
    name: str | None
    points: int
    taken_back: int
    members: int


@dataclass(frozen=True, slots=True)
class Group:
    """Members and what they spent since the campaign's first day, in the programme's money."""

    members: int
    buyers: int
    spend_minor: int

    @property
    def spend_each(self) -> int:
        """Minor units a member, rounded down; 0 for nobody."""
        return self.spend_minor // self.members if self.members else 0


@dataclass(frozen=True, slots=True)
class Results:
    """What a campaign came to so far.

    Attributes:
        members: who got anything; `purchases` on how many it was paid.
        treated: all who could get it; `held_out` those left out to measure it, ``None`` where
            nobody is.
    """

    campaign: Campaign
    granted: int
    left: int
    payers: tuple[Paid, ...]
    members: int
    purchases: int
    treated: Group
    held_out: Group | None

    @property
    def points(self) -> int:
        """What was paid, less what came back."""
        return sum(each.points for each in self.payers)

    @property
    def more_percent(self) -> int | None:
        """How much more a treated member spent than one left out; ``None`` where none tells.

        In whole percent, rounded down; below zero where they spent less.
        """
        if self.held_out is None or not self.held_out.spend_each:
            return None
        return (
            100 * (self.treated.spend_each - self.held_out.spend_each) // self.held_out.spend_each
        )


_PAID = """
SELECT p.payer_id, a.code, a.name, sum(p.points)::bigint,
       coalesce(-sum(p.points) FILTER (WHERE p.points < 0), 0)::bigint,
       count(DISTINCT p.member_id) FILTER (WHERE p.points > 0)
  FROM postings p LEFT JOIN partners a ON a.id = p.payer_id
 WHERE p.reason = %(reason)s AND p.account = 'issued'
 GROUP BY p.payer_id, a.code, a.name ORDER BY sum(p.points) DESC, a.code
"""
_REACHED = """
SELECT count(DISTINCT coalesce(m.merged_into, m.id)), count(DISTINCT p.transaction_id)
  FROM postings p JOIN members m ON m.id = p.member_id
 WHERE p.reason = %(reason)s AND p.account = 'issued' AND p.points > 0
"""
_GROUPS = """
WITH spent AS (
    SELECT coalesce(m.merged_into, m.id) AS id, sum(p.total_minor)::bigint AS minor
      FROM purchases p JOIN members m ON m.id = p.member_id
     WHERE p.business_date BETWEEN %(first)s AND %(last)s AND p.status IN ('posted', 'pending')
       AND p.money_currency = %(money)s
     GROUP BY 1
)
SELECT held, count(*), count(minor), coalesce(sum(minor), 0)::bigint
  FROM (SELECT ('x' || left(md5(%(code)s || ':' || m.id), 8))::bit(32)::bigint %% 100
               < %(percent)s AS held, s.minor
          FROM members m LEFT JOIN spent AS s ON s.id = m.id
         WHERE m.status <> 'merged') AS each
 GROUP BY held
"""


def results(work: Work, code: str) -> Results:
    """Return what a campaign came to, by the version that holds or held last.

    Spend is that of purchases not returned in whole, of the campaign's days up to today.
    It reads all postings and the purchases of those days: a page keeps it for a while.

    Raises:
        RuleUnknownError: there is no such campaign.
    """
    line = rulebook.find(work, _KIND, code)
    version = line.version or line.latest
    campaign = read(rulebook.document(work, _KIND, code, version), code)
    values = {
        "reason": campaign.reason, "code": code, "percent": campaign.holdout_percent,
        "first": campaign.first, "last": min(campaign.last, work.today()),
        "money": work.programme.money_currency,
    }  # fmt: skip
    members, purchases = work.rows(_REACHED, values)[0]
    groups = {row[0]: Group(*row[1:]) for row in work.rows(_GROUPS, values)}
    fund = funds(work, [code]).get(code)
    nobody = Group(0, 0, 0)
    return Results(
        campaign, fund.granted if fund else 0, fund.left if fund else 0,
        tuple(Paid(*row) for row in work.rows(_PAID, values)), members, purchases,
        groups.get(False, nobody),
        groups.get(True, nobody) if campaign.holdout_percent else None,
    )  # fmt: skip
