"""Campaigns as data: when, who, where and what, how much, and who pays; the arithmetic of them.

    {"name": {"en": "Double weekend"}, "from": "2026-11-01", "until": "2026-11-30",
     "condition": {"fact": "weekday", "is": "in", "value": ["saturday", "sunday"]},
     "bonus": {"kind": "multiplier", "times_percent": 200},
     "caps": [{"every": "day", "points": 500}], "budget_points": 100000,
     "payers": [{"payer": "operator", "share": 50}, {"payer": "partner", "share": 50}]}

A document is read once (`read_campaign`); which campaigns a purchase meets, what they pay and who
pays it (`award`) is arithmetic of whole numbers that depends on nothing but its arguments, so that
a purchase is reckoned again as it was. What may still be paid is kept elsewhere: budgets and caps
come in as limits.
"""

from stoa.values.campaigns.awards import Award, Awarded, Limit, Offer, award
from stoa.values.campaigns.bonuses import Sale, bonus_points
from stoa.values.campaigns.moments import (
    BOUGHT,
    bought,
    holds_on,
    hour_of,
    local_facts,
)
from stoa.values.campaigns.reading import read_campaign
from stoa.values.campaigns.records import (
    EVERY,
    FOREVER,
    Campaign,
    Cap,
    Chosen,
    Fixed,
    Multiplier,
    Payer,
    Step,
    Tiered,
    held_out,
    period_of,
)

__all__ = [
    "BOUGHT",
    "EVERY",
    "FOREVER",
    "Award",
    "Awarded",
    "Campaign",
    "Cap",
    "Chosen",
    "Fixed",
    "Limit",
    "Multiplier",
    "Offer",
    "Payer",
    "Sale",
    "Step",
    "Tiered",
    "award",
    "bonus_points",
    "bought",
    "held_out",
    "holds_on",
    "hour_of",
    "local_facts",
    "period_of",
    "read_campaign",
]
