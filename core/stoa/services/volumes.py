"""Volumes: how many points of a partner a month moved, for what its agreement prices."""

from datetime import date
from uuid import UUID

from stoa.services import positions
from stoa.values.clearing.effects import Volume
from stoa.values.periods import add_months
from stoa.work import Work

__all__ = ["last_month", "of_month"]

_OF_LOTS = """
SELECT coalesce(-sum(points), 0)::bigint FROM money_sums
 WHERE points_currency = %s AND period = %s AND line = 'burned' AND issuer_id = %s
"""


def last_month(work: Work) -> date:
    """Return the first day of the last month that is over."""
    return add_months(work.today().replace(day=1), -1)


def of_month(work: Work, partner_id: UUID, first: date) -> Volume:
    """Return the points of the programme that a partner paid for and redeemed in a month.

    Those of its own lots are as the money journal has booked them in the month's period.

    Args:
        first: the month's first day, by business days.
    """
    points, until = work.programme.currency, add_months(first, 1)
    issued = positions.position(
        work, points, account="issued", payer_id=partner_id, since=first, until=until
    )
    burned = positions.position(
        work, points, account="burned", partner_id=partner_id, since=first, until=until
    )
    of_lots: int = work.rows(_OF_LOTS, (points, f"{first:%Y-%m}", partner_id))[0][0]
    return Volume(issued.points, -burned.points, of_lots)
