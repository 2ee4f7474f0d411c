"""Which draws have tickets for a member now, to be bought or to come with a reward."""

from dataclasses import dataclass
from uuid import UUID

from stoa.errors import DrawClosedError, DrawTierError
from stoa.services import tiers
from stoa.services.draws.documents import held
from stoa.services.draws.lists import Draw, find
from stoa.values.lotteries import Lottery
from stoa.work import Work

__all__ = ["OnSale", "on_sale"]


@dataclass(frozen=True, slots=True)
class OnSale:
    """A draw that has tickets, by the version of its rule that holds."""

    draw: Draw
    version: int
    lottery: Lottery


def on_sale(work: Work, member_id: UUID, code: str) -> OnSale:
    """Return a draw whose tickets a member may have now, but for its limits.

    Raises:
        DrawUnknownError: there is no draw of this code.
        DrawClosedError: tickets are not sold now.
        DrawTierError: it is for members of other tiers.
    """
    found, offer = find(work, code), held(work).get(code)
    standing = found.standing(work.now())
    if standing != "open" or offer is None:
        raise DrawClosedError(state=standing if offer or standing != "open" else "soon")
    version, lottery = offer
    if lottery.tiers and tiers.standing(work, member_id, work.today()).tier not in lottery.tiers:
        raise DrawTierError(tiers=list(lottery.tiers))
    return OnSale(found, version, lottery)
