"""Netting: from who owes whom to one position each, and to the payments that settle them.

A owes B 100, B owes C 80, C owes A 60: together A owes 40, B and C get 20 each, and 40 move
instead of 240 (economics §3.5).

A position above zero is owed by the party, one below zero is owed to it. What a party owes itself
stays in the matrix, as a memo, and moves nothing.

The least number of payments is a packing problem that no known algorithm solves quickly (it holds
subset sum). Here the largest debtor pays the largest creditor, again and again: never more payments
than parties less one, and always the least money.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["Due", "gross", "netted_pairs", "payments", "positions"]

Party = TypeVar("Party")


@dataclass(frozen=True, slots=True)
class Due(Generic[Party]):
    """What one party owes another, in whole minor units above zero."""

    debtor: Party
    creditor: Party
    minor: int


def gross(dues: Iterable[Due[Party]]) -> int:
    """Return what would move without netting: all that is owed to others."""
    return sum(due.minor for due in dues if due.debtor != due.creditor)


def netted_pairs(dues: Iterable[Due[Party]], order: Mapping[Party, int]) -> list[Due[Party]]:
    """Return at most one due for each two parties, and each memo: the bilateral matrix.

    Args:
        order: the place of each party; it decides the order of what is returned.
    """
    sums: dict[tuple[Party, Party], int] = defaultdict(int)
    for due in dues:
        sums[due.debtor, due.creditor] += due.minor
    netted = []
    for (debtor, creditor), minor in sums.items():
        rest = minor if debtor == creditor else minor - sums.get((creditor, debtor), 0)
        if rest > 0:
            netted.append(Due(debtor, creditor, rest))
    return sorted(netted, key=lambda due: (order[due.debtor], order[due.creditor]))


def positions(dues: Iterable[Due[Party]]) -> dict[Party, int]:
    """Return the net of each party that is named; their sum is zero."""
    nets: dict[Party, int] = defaultdict(int)
    for due in dues:
        nets[due.debtor] += due.minor
        nets[due.creditor] -= due.minor
    return dict(nets)


def payments(nets: Mapping[Party, int], order: Mapping[Party, int]) -> list[Due[Party]]:
    """Return payments that bring every position to zero.

    Args:
        nets: a position each, in minor units of one currency.
        order: the place of each party; it decides between equal positions.

    Raises:
        ValueError: the positions do not add up to zero.
    """
    if sum(nets.values()):
        message = f"the positions add up to {sum(nets.values())}, not to zero"
        raise ValueError(message)
    debtors = {party: net for party, net in nets.items() if net > 0}
    creditors = {party: -net for party, net in nets.items() if net < 0}
    paid = []
    while debtors:
        debtor = _largest(debtors, order)
        creditor = _largest(creditors, order)
        minor = min(debtors[debtor], creditors[creditor])
        paid.append(Due(debtor, creditor, minor))
        for open_, party in ((debtors, debtor), (creditors, creditor)):
            open_[party] -= minor
            if not open_[party]:
                del open_[party]
    return paid


def _largest(amounts: Mapping[Party, int], order: Mapping[Party, int]) -> Party:
    return min(amounts, key=lambda party: (-amounts[party], order[party]))
