"""The door of the catalogue: what members can have for points, at all partners."""

from dataclasses import dataclass
from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields, post_load

from stoa.api import answers
from stoa.api.answers import AnswerSchema, MoneyAnswer
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import Text
from stoa.api.schemas import StrictSchema
from stoa.errors import StoreUnknownError
from stoa.services import catalog
from stoa.services.catalog import Offer
from stoa.work import Work

__all__ = ["create_blueprint"]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the reward shall be redeemed; anywhere for ``None``."""

    store: str | None = None


class ShelfQuery(StrictSchema):
    """Where the reward shall be redeemed."""

    store = Text(1, 64, metadata={"description": "code or id of your store: what it gives out"})

    @post_load
    def make(self, data: dict[str, str], **_: Any) -> Shelf:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Shelf(**data)


class RewardAnswer(AnswerSchema):
    """Something that costs points, and who offers it."""

    reward_id = fields.String(metadata={"examples": ["grocery:mug"]})
    partner = fields.String(metadata={"description": "the partner's code"})
    partner_name = fields.String()
    title = fields.String()
    points = fields.Integer(metadata={"description": "of one"})
    worth = fields.Nested(MoneyAnswer)
    max_quantity = fields.Integer(metadata={"description": "in one redemption"})


class RewardsAnswer(AnswerSchema):
    """The rewards, cheapest first."""

    rewards = fields.List(fields.Nested(RewardAnswer))


_SHELF = ShelfQuery()


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the door."""
    blueprint = APIBlueprint("catalog", __name__, tag="Rewards")

    @door(
        blueprint, "/rewards", scope="rewards:read", gives=RewardsAnswer, query=_SHELF,
        refuses=[StoreUnknownError],
    )  # fmt: skip
    def list_rewards(call: Call) -> Answer:
        """List the rewards of all partners, or those that one of your stores gives out."""
        shelf = call.query(_SHELF, Shelf)
        with call.work() as work:
            return {"rewards": [_reward(offer) for offer in _offers(work, shelf)]}

    return blueprint


def _offers(work: Work, shelf: Shelf) -> list[Offer]:
    if shelf.store is None:
        return catalog.offers(work)
    if answers.terms_of(work, fresh=True).store(shelf.store) is None:
        raise StoreUnknownError
    return catalog.offers(work, partner_id=work.actor.partner_id)


def _reward(offer: Offer) -> Answer:
    return {
        "reward_id": offer.id,
        "partner": offer.partner,
        "partner_name": offer.partner_name,
        "title": offer.reward.title,
        "points": offer.reward.points,
        "worth": answers.money(offer.worth),
        "max_quantity": offer.reward.max_quantity,
    }
