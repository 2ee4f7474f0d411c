"""The doors of the catalogue: what members can have for points, at all partners."""

from dataclasses import dataclass
from typing import Any

from apiflask import APIBlueprint
from flask import current_app
from marshmallow import ValidationError, fields, post_load

from stoa.api import answers
from stoa.api.answers import AnswerSchema, MoneyAnswer
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import Quick, Text, Word
from stoa.api.history import Digits
from stoa.api.languages import LanguageQuery, Spoken, spoken
from stoa.api.schemas import StrictSchema
from stoa.errors import (
    MemberMergedError,
    MemberUnknownError,
    RewardUnknownError,
    StoreUnknownError,
)
from stoa.services import catalog, ledger, members
from stoa.services.catalog import Offer, Shown, Wish
from stoa.services.members import Token
from stoa.services.rewards import OPERATORS
from stoa.values.languages import LANGUAGES
from stoa.values.rewards import KINDS
from stoa.work import Work

__all__ = ["create_blueprint"]

_MOST = 100
_USUAL = 50
_REASONS = ["points", "tier", "condition", "limit", "stock"]


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is looked for, and which page of it, in which language."""

    q: str = ""
    kind: str | None = None
    partner: str | None = None
    store: str | None = None
    max_points: int | None = None
    ends_soon: bool = False
    affordable: bool = False
    language: str | None = None
    cursor: str | None = None
    limit: int = _USUAL


class YesNo(Quick, fields.Boolean):
    """``true`` or ``false`` in a query."""

    def read(self, value: Any) -> bool:  # noqa: ANN401 - text
        """Return which of the two it is, or refuse it."""
        if value not in ("true", "false"):
            raise ValidationError("Write true or false.")
        return bool(value == "true")


class ShelfQuery(StrictSchema):
    """What is looked for; what is left out narrows nothing."""

    q = Text(1, 100, metadata={"description": "words of titles and descriptions, in any language"})
    kind = Word(KINDS)
    partner = Text(
        1, 64, metadata={"description": "the code of who provides it; `stoa`: the operator"}
    )
    store = Text(
        1, 64, metadata={"description": "code or id of your store: what can be redeemed there"}
    )
    max_points = Digits(10**12)
    ends_soon = YesNo(metadata={"description": "only what ends within 7 days"})
    language = Word(
        LANGUAGES, metadata={"description": "of the texts; else what Accept-Language likes best"}
    )
    cursor = Text(1, 200, metadata={"description": "the `next_cursor` of the page before"})
    limit = Digits(_MOST)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Shelf:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Shelf(**data)


class MemberShelfQuery(ShelfQuery):
    """What is looked for; `affordable` leaves out what costs more than the member has."""

    affordable = YesNo(metadata={"description": "only what the member's points suffice for"})


class LimitsAnswer(AnswerSchema):
    """How often it may be had; ``null`` is no limit."""

    per_member = fields.Integer(allow_none=True)
    per_member_day = fields.Integer(allow_none=True)
    per_day = fields.Integer(allow_none=True, metadata={"description": "by all members"})


class RewardAnswer(AnswerSchema):
    """Something that costs points, and who offers it."""

    reward_id = fields.String(metadata={"examples": ["grocery:mug"]})
    partner = fields.String(metadata={"description": "the provider's code, `stoa`: the operator"})
    partner_name = fields.String()
    kind = fields.String(metadata={"enum": list(KINDS)})
    title = fields.String()
    about = fields.String()
    points = fields.Integer(metadata={"description": "of one"})
    money = fields.Nested(MoneyAnswer, metadata={"description": "paid beside the points"})
    worth = fields.Nested(MoneyAnswer)
    max_quantity = fields.Integer(metadata={"description": "in one redemption"})
    opens_at = fields.DateTime(allow_none=True)
    closes_at = fields.DateTime(
        allow_none=True, metadata={"description": "the first instant at which it is over"}
    )
    tiers = fields.List(fields.String(), metadata={"description": "one is needed; empty: none"})
    partners = fields.List(
        fields.String(), allow_none=True, metadata={"description": "where it is good; null: all"}
    )
    stores = fields.List(
        fields.String(), allow_none=True, metadata={"description": "partner/store; null: all"}
    )
    limits = fields.Nested(LimitsAnswer)
    picture_url = fields.String(allow_none=True)


class OneRewardAnswer(RewardAnswer):
    """A reward as it is offered now."""


class RewardsAnswer(AnswerSchema):
    """A page of rewards, cheapest first."""

    rewards = fields.List(fields.Nested(RewardAnswer))
    next_cursor = fields.String(allow_none=True)


class MemberRewardAnswer(RewardAnswer):
    """A reward, and what is against the member's having it now."""

    short_by_points = fields.Integer(metadata={"description": "missing for one; 0: enough"})
    against = fields.List(
        fields.String(metadata={"enum": _REASONS}), metadata={"description": "empty: can be had"}
    )


class MemberRewardsAnswer(AnswerSchema):
    """A page of rewards as a member sees them, what the points suffice for first."""

    available = fields.Integer(metadata={"description": "the points that can be spent"})
    rewards = fields.List(fields.Nested(MemberRewardAnswer))
    next_cursor = fields.String(allow_none=True)


_SHELF = ShelfQuery()
_MEMBER_SHELF = MemberShelfQuery()
_LANGUAGE = LanguageQuery()


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the doors."""
    blueprint = APIBlueprint("catalog", __name__, tag="Rewards")

    @door(
        blueprint, "/rewards", scope="rewards:read", gives=RewardsAnswer, query=_SHELF,
        refuses=[StoreUnknownError],
    )  # fmt: skip
    def list_rewards(call: Call) -> Answer:
        """List the rewards of all partners, cheapest first, or those that are looked for."""
        shelf = call.query(_SHELF, Shelf)
        language = spoken(shelf.language)
        with call.work() as work:
            found = catalog.page(work, _wish(work, shelf), cursor=shelf.cursor, limit=shelf.limit)
            return {
                "rewards": [_reward(offer, language) for offer in found.offers],
                "next_cursor": found.next,
            }

    @door(
        blueprint, "/rewards/<reward_id>", scope="rewards:read", gives=OneRewardAnswer,
        query=_LANGUAGE, refuses=[RewardUnknownError],
    )  # fmt: skip
    def read_reward(call: Call, reward_id: str) -> Answer:
        """Read one reward as it is offered now."""
        language = spoken(call.query(_LANGUAGE, Spoken).language)
        with call.work() as work:
            return _reward(catalog.find(work, reward_id), language)

    @door(
        blueprint, "/members/<member_ref>/rewards", scope="balance:read",
        gives=MemberRewardsAnswer, query=_MEMBER_SHELF,
        refuses=[MemberUnknownError, MemberMergedError, StoreUnknownError],
    )  # fmt: skip
    def list_member_rewards(call: Call, member_ref: str) -> Answer:
        """List the rewards as a member sees them: what can be afforded first, and why not."""
        shelf = call.query(_MEMBER_SHELF, Shelf)
        language = spoken(shelf.language)
        with call.work() as work:
            return _of_member(work, member_ref, shelf, language)

    return blueprint


def _wish(work: Work, shelf: Shelf) -> Wish:
    at = None
    if shelf.store is not None:
        terms = answers.terms_of(work, fresh=True)
        store = terms.store(shelf.store)
        if store is None:
            raise StoreUnknownError
        at = (terms.code, store.code)
    return Wish(shelf.q, shelf.kind, shelf.partner, at, shelf.max_points, shelf.ends_soon)


def _of_member(work: Work, member_ref: str, shelf: Shelf, language: str) -> Answer:
    member = members.find(work, Token("member_ref", member_ref))
    balance = ledger.balance_of(work, member.id, work.programme.currency).balance
    found = catalog.of_member(
        work, member, _wish(work, shelf), available=balance.available,
        affordable=shelf.affordable, cursor=shelf.cursor, limit=shelf.limit,
    )  # fmt: skip
    return {
        "available": balance.available,
        "rewards": [_shown(each, language) for each in found.shown],
        "next_cursor": found.next,
    }


def _shown(shown: Shown, language: str) -> Answer:
    return {
        **_reward(shown.offer, language),
        "short_by_points": shown.short_by,
        "against": list(shown.against),
    }


def _reward(offer: Offer, language: str) -> Answer:
    limits = offer.limits
    return {
        "reward_id": offer.id,
        "partner": offer.provider or OPERATORS,
        "partner_name": offer.provider_name,
        "kind": offer.kind,
        "title": offer.title.of(language),
        "about": offer.about.of(language) if offer.about.written else "",
        "points": offer.points,
        "money": answers.money(offer.money),
        "worth": answers.money(offer.worth),
        "max_quantity": offer.max_quantity,
        "opens_at": offer.opens and answers.instant(offer.opens),
        "closes_at": offer.closes and answers.instant(offer.closes),
        "tiers": list(offer.tiers),
        "partners": None if offer.partners is None else list(offer.partners),
        "stores": None if offer.stores is None else list(offer.stores),
        "limits": {
            "per_member": limits.per_member,
            "per_member_day": limits.per_member_day,
            "per_day": limits.per_day,
        },
        "picture_url": _url(offer.picture) if offer.picture else None,
    }


def _url(picture: str) -> str:
    public_url: str = current_app.config["STOA_PUBLIC_URL"]
    return f"{public_url}/pictures/{picture}"
