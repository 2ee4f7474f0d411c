"""An alliance with three currencies: STAR for all, CINE of the cinema, MART of the grocery."""

from decimal import Decimal
from uuid import UUID

from stoa.services import currencies, exchange
from stoa.values.amounts import Rounding
from stoa.values.exchange import Rate
from stoa.values.periods import ExpiryRule
from stoa.work import Actor, Desk
from world import Coalition

STAFF = Actor("staff:test")


def found(
    desk: Desk,
    code: str,
    issuer_id: UUID | None,
    *,
    rule: ExpiryRule = ExpiryRule.ROLLING,
    months: int = 6,
    rounding: Rounding = Rounding.DOWN,
    debt_policy: str = "debt",
) -> None:
    """Found a currency whose points are worth 0.05 each."""
    with desk.work(STAFF) as work:
        currencies.found(
            work, code, f"{code} points", issuer_id=issuer_id, rule=rule, months=months,
            face_value=Decimal("0.05"), rounding=rounding, debt_policy=debt_policy,
        )  # fmt: skip


def set_rates(desk: Desk, *rates: Rate) -> list[int]:
    """Set rates from today on."""
    with desk.work(STAFF) as work:
        return exchange.set_rates(work, rates)


def issue_in(desk: Desk, partner_id: UUID, code: str) -> None:
    """Let a partner's purchases earn a currency."""
    with desk.work(STAFF) as work:
        currencies.issue_in(work, partner_id, code)


def a_market(coalition: Coalition) -> Coalition:
    """Found CINE and MART; 10 STAR are 3 CINE and back, 2 STAR are 1 MART."""
    found(coalition.desk, "CINE", coalition.cinema)
    found(coalition.desk, "MART", coalition.grocery)
    set_rates(
        coalition.desk,
        Rate("STAR", "CINE", 3, 10),
        Rate("CINE", "STAR", 10, 3),
        Rate("STAR", "MART", 1, 2),
    )
    return coalition
