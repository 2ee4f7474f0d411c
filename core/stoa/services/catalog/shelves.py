"""The catalogue: the rewards of all partners as one list."""

from dataclasses import dataclass
from uuid import UUID

from stoa.services import partners
from stoa.values.amounts import Money
from stoa.values.facts import Reward
from stoa.work import Work

__all__ = ["Offer", "offer", "offers"]


@dataclass(frozen=True, slots=True)
class Offer:
    """A partner's reward in the catalogue; its id is ``<partner code>:<reward code>``."""

    id: str
    partner_id: UUID
    partner: str
    partner_name: str
    reward: Reward
    worth: Money


_ACTIVE = "SELECT id, version FROM partners WHERE status = 'active' ORDER BY name, id"


def offers(work: Work, *, partner_id: UUID | None = None) -> list[Offer]:
    """Return what members can have for points, of all active partners or of one, cheapest first."""
    found = [
        offer
        for each, version in work.rows(_ACTIVE)
        if partner_id in (None, each)
        for offer in _of(work, each, version)
    ]
    return sorted(found, key=lambda offer: (offer.reward.points, offer.id))


def offer(work: Work, partner_id: UUID, reward_id: str) -> Offer | None:
    """Return one reward of a partner by its id; ``None`` when the partner does not offer it."""
    return next((each for each in _of(work, partner_id) if each.id == reward_id), None)


def _of(work: Work, partner_id: UUID, version: int | None = None) -> list[Offer]:
    terms = partners.terms(work, partner_id, version=version)
    money = work.programme.money_currency
    return [
        Offer(
            f"{terms.code}:{reward.code}", partner_id, terms.code, terms.name, reward,
            Money(reward.worth_minor, money),
        )
        for reward in work.plugins.rewards(terms.plugin, terms.settings, work.now())
    ]  # fmt: skip
