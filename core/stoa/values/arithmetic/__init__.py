"""How points came about, in figures that every language can tell: a closed set of kinds.

    says = (times(300, of=200, points=400), limited(120, by="budget"))
    plain(says)     300 % of 200 base points: 400 points more; limited to 120 points by the budget
    tell(says, Speech("zh-Hans"))   基础积分 200 的 300%：加赠 400 积分；受活动预算所限，实得 120…

A line of points keeps its figures with the `plain` English; each reader is told anew. Lines from
before the figures, and those of deeds that keep a text alone, are read by their shapes
(`read_plain`).
"""

from stoa.values.arithmetic.kinds import FIGURES, Arithmetic, Kind, Says, fits
from stoa.values.arithmetic.making import (
    activity,
    by_hand,
    challenge,
    drawing,
    fixed,
    limited,
    part,
    per_money,
    per_quantity,
    percent,
    prize,
    referral,
    step,
    ticket,
    tiered,
    times,
    visit,
)
from stoa.values.arithmetic.reading import read_plain
from stoa.values.arithmetic.telling import plain, tell

__all__ = [
    "FIGURES",
    "Arithmetic",
    "Kind",
    "Says",
    "activity",
    "by_hand",
    "challenge",
    "drawing",
    "fits",
    "fixed",
    "limited",
    "part",
    "per_money",
    "per_quantity",
    "percent",
    "plain",
    "prize",
    "read_plain",
    "referral",
    "step",
    "tell",
    "ticket",
    "tiered",
    "times",
    "visit",
]
