"""Funding on the earn path: one busy partner, open, within packs, and within a credit."""

from decimal import Decimal

from bench import earn
from bench.ground import Ground
from stoa.services import funding
from stoa.services.funding import FundingTerms
from stoa.work import Actor

_OFFICE = Actor("staff:finance")
_LARGE = 10**11
_TERMS = {
    "open": FundingTerms(),
    "prepaid": FundingTerms("prepaid", alert_points=1_000),
    "credit": FundingTerms("credit", credit_limit=Decimal(10**9)),
}


def rates(ground: Ground, *, processes: int, seconds: int, rounds: int) -> dict[str, list[float]]:
    """Return purchases a second of one partner by how it is funded.

    Rounds go through all of them in turn, so that a slow minute of the machine slows each; every
    other round goes the other way, so that none is always the first.
    """
    measured: dict[str, list[float]] = {name: [] for name in _TERMS}
    for place in range(rounds):
        for name in list(_TERMS)[:: 1 if place % 2 == 0 else -1]:
            _fund(ground, name)
            rate = earn.service_rate(ground, processes=processes, seconds=seconds)
            measured[name].append(rate)
    _fund(ground, "open")
    return measured


def _fund(ground: Ground, name: str) -> None:
    desk = ground.desk()
    with desk.work(_OFFICE) as work:
        partner_id = ground.partner_ids[0]
        funding.set_terms(work, partner_id, _TERMS[name])
        if name == "prepaid" and not funding.packs_of(work, partner_id):
            funding.buy(work, partner_id, _LARGE, price=Decimal("0.011"))
    desk.close()
