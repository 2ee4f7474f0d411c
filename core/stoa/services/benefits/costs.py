"""Who pays what a claim is worth: written beside the claim, for clearing, to the minor unit."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import delete, insert, select

from stoa.errors import PluginFailedError
from stoa.models.benefits import ClaimCost
from stoa.services.benefits.receipts import Sold
from stoa.services.benefits.records import Cost
from stoa.services.partners import Terms
from stoa.values.costs import OPERATOR, PARTNER, split_cost
from stoa.values.facts import CostShare
from stoa.work import Work

__all__ = ["keep", "of", "split"]

_IDS = "SELECT code, id FROM partners WHERE code = ANY(%s)"


def split(
    work: Work, terms: Terms, minor: int, *, shares: Sequence[CostShare], used: Sequence[Sold]
) -> tuple[Cost, ...]:
    """Split a worth over its payers, each named once.

    Args:
        terms: of the partner that is asked.
        shares: as a grant or a document says; the partner pays all where there are none.
        used: the receipts that the claim uses.

    Raises:
        PluginFailedError: a partner is named that there is not.
    """
    sellers: dict[str, int] = {}
    for each in used:
        name = f"prt:{each.seller}"
        sellers[name] = sellers.get(name, 0) + each.minor
    ids: dict[str, UUID | None] = {OPERATOR: None, PARTNER: terms.partner_id}
    ids |= {f"prt:{each.seller}": each.seller_id for each in used}
    ids |= _named(work, [each.payer for each in shares if each.payer not in ids])
    paid: dict[UUID | None, int] = {}
    for payer, cost in split_cost(minor, shares, sellers).items():
        if payer not in ids:
            raise PluginFailedError(f"Nobody is {payer}, who should pay.", plugin=terms.plugin)
        paid[ids[payer]] = paid.get(ids[payer], 0) + cost
    return tuple(Cost(payer_id, cost) for payer_id, cost in paid.items())


def keep(work: Work, claim_id: UUID, costs: Sequence[Cost]) -> None:
    """Write the costs of a claim, in place of those written before."""
    work.session.execute(delete(ClaimCost).where(ClaimCost.claim_id == claim_id))
    rows = [
        {"claim_id": claim_id, "place": place, "payer_id": each.payer_id, "minor": each.minor}
        for place, each in enumerate(costs, 1)
    ]
    if rows:
        work.session.execute(insert(ClaimCost), rows)


def of(work: Work, claim_id: UUID) -> tuple[Cost, ...]:
    """Return the costs of a claim, in the order of its payers."""
    rows = work.session.execute(
        select(ClaimCost.payer_id, ClaimCost.minor)
        .where(ClaimCost.claim_id == claim_id)
        .order_by(ClaimCost.place)
    )
    return tuple(Cost(payer_id, minor) for payer_id, minor in rows)


def _named(work: Work, payers: Sequence[str]) -> Mapping[str, UUID]:
    codes = [payer.removeprefix("prt:") for payer in payers if payer.startswith("prt:")]
    if not codes:
        return {}
    return {f"prt:{code}": partner_id for code, partner_id in work.rows(_IDS, (codes,))}
