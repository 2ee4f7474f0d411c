"""Accounts of the money journal, and whose position an entry moves (economics §3.2).

An entry debits one account and credits another, so it can't be unbalanced. Those of a partner
name it; all others are the operator's books. Whoever is debited owes the amount, who is credited
is owed it, the operator like any other: so positions of all parties add up to zero.
"""

from enum import StrEnum

__all__ = ["OF_PARTNERS", "Account"]


class Account(StrEnum):
    """An account; those in `OF_PARTNERS` are kept for each partner."""

    RECEIVABLE = "AR"
    PAYABLE = "AP"
    CASH = "CASH:reserve"
    DEFERRED = "LIAB:deferred_points"
    PREPAID = "LIAB:prepaid"
    HELD = "LIAB:dispute_hold"
    POINTS_REVENUE = "REV:points"
    FEES = "REV:fee"
    REDEMPTION = "COST:redemption"
    BENEFITS = "COST:benefits"
    EXCHANGE = "FX:gain_loss"
    TAX_OUTPUT = "TAX:output"
    TAX_INPUT = "TAX:input"
    ROUNDING = "ROUNDING"
    MEMO = "MEMO:points"
    """Both sides of what moves points and no money."""


OF_PARTNERS = frozenset({Account.RECEIVABLE, Account.PAYABLE, Account.HELD})
"""Accounts that are kept for each partner."""
