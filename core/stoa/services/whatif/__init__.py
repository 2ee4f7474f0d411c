"""What-if: stored purchases replayed against a draft of a rate, a ladder or a campaign (#4).

A run asks what a draft would have come to on the purchases of a span: points and cost by payer,
members who change, members who move between tiers. It reads in large sets, locks nothing and writes
nothing but its own result. The rules of now tried as a draft come to a difference of zero.
"""

from stoa.services.whatif.carrying import carry_on
from stoa.services.whatif.runs import (
    STATES,
    Member,
    Run,
    ask,
    cancel,
    find,
    listed,
    members,
)

__all__ = [
    "STATES",
    "Member",
    "Run",
    "ask",
    "cancel",
    "carry_on",
    "find",
    "listed",
    "members",
]
