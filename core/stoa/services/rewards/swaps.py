"""Rewards of points: which currency's points a reward may bring, so that it makes none of nothing.

A reward turns points of the programme into points of another currency. Together with the rates at
which points are exchanged it must not close a cycle that gains (`stoa.values.exchange`).
"""

from stoa.values.amounts import Rounding
from stoa.values.exchange import Rate, gaining_cycle
from stoa.values.rewards import Reward
from stoa.work import Work

__all__ = ["wrong"]

_ISSUER = """
SELECT p.code FROM currencies c LEFT JOIN partners p ON p.id = c.issuer_id WHERE c.code = %s
"""
_RATES = """
SELECT r.from_currency, r.to_currency, r.numerator, r.denominator, r.rounding
  FROM (SELECT DISTINCT ON (e.from_currency, e.to_currency) e.* FROM exchange_rates e
         WHERE e.effective_from <= %s
         ORDER BY e.from_currency, e.to_currency, e.effective_from DESC, e.version DESC) AS r
 WHERE r.numerator > 0
"""


def wrong(work: Work, reward: Reward) -> str:
    """Tell why a reward may not bring its points now; empty where it may, or brings none."""
    if reward.delivers != "currency" or reward.currency is None:
        return ""
    code, points = reward.currency
    if code == work.programme.currency:
        return "Points are not paid with points of the same currency."
    rows = work.rows(_ISSUER, (code,))
    if not rows:
        return f"There is no currency {code}."
    if rows[0][0] not in (None, reward.provider):
        return f"{code} is another partner's: only who issues it may give it out."
    ways = [
        Rate(source, target, numerator, denominator, Rounding(rounding))
        for source, target, numerator, denominator, rounding in work.rows(_RATES, (work.today(),))
        if (source, target) != (work.programme.currency, code)
    ]
    cycle = gaining_cycle([*ways, Rate(work.programme.currency, code, points, reward.points)])
    if cycle is None:
        return ""
    return f"Whoever exchanges these points goes round {' → '.join(cycle.currencies)} and gains."
