"""Conditions: the rules of the alliance that need no code, as trees of facts compared.

    {"any": [
        {"fact": "spend", "over": "day", "is": ">=", "value": 80000},
        {"fact": "spend", "over": "30 days", "is": ">=", "value": 200000}
    ]}

A tree is data: it is read once against a closed vocabulary, which names every mistake with its
place; then it is asked, in microseconds, whether it holds, or for a trace that says of every node
what was found and what was wanted. Numbers are whole; no text is ever executed (design §5).
"""

from stoa.values.conditions.trees import Ask, Condition, Trace, WrongRuleError, read_condition
from stoa.values.conditions.vocabulary import (
    BENEFIT,
    CAMPAIGN,
    CHALLENGE,
    CHANNELS,
    REWARD,
    SEGMENT,
    TIER,
    WEEKDAYS,
    Fact,
    FactKind,
    Facts,
    Unit,
    Vocabulary,
)
from stoa.values.conditions.windows import Span, Window, read_window

__all__ = [
    "BENEFIT",
    "CAMPAIGN",
    "CHALLENGE",
    "CHANNELS",
    "REWARD",
    "SEGMENT",
    "TIER",
    "WEEKDAYS",
    "Ask",
    "Condition",
    "Fact",
    "FactKind",
    "Facts",
    "Span",
    "Trace",
    "Unit",
    "Vocabulary",
    "Window",
    "WrongRuleError",
    "read_condition",
    "read_window",
]
