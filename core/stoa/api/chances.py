"""Doors of chances to be promoted: what is on offer, buy one, draw it, give it back."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from marshmallow import fields, post_load

from stoa.api import answers, spending
from stoa.api.answers import AnswerSchema, BalanceAnswer
from stoa.api.challenges import Nothing, NothingBody, TextsAnswer, member_of, texts
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import Text
from stoa.api.schemas import StrictSchema
from stoa.errors import (
    ChanceClosedError,
    ChanceLimitError,
    ChanceTopTierError,
    ChanceUnknownError,
    CodeExpiredError,
    CodeUsedError,
    InsufficientPointsError,
    MemberFrozenError,
    MemberMergedError,
    MemberUnknownError,
    StaticTokenError,
    WalletBusyError,
)
from stoa.services import chances, idempotency, member_codes, members, promotions
from stoa.services.chances import Bought, Offer
from stoa.services.members import Token
from stoa.services.promotions import Promotion
from stoa.values.identifiers import public_id, uuid_of
from stoa.work import Work

__all__ = ["create_blueprint"]

_NOBODY = [MemberUnknownError, MemberMergedError]
_STATES = ["open", "used", "won", "lost", "refunded"]
_MODES = ["direct", "attempt", "draw"]


@dataclass(frozen=True, slots=True)
class Buying:
    """Which chance a member wants, and the code that the member shows."""

    chance: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """The text that decides a draw together with the seed."""

    nonce: str


class BuyingBody(StrictSchema):
    """A chance to be bought with points."""

    chance = Text(1, 64, required=True, metadata={"examples": ["step-up"]})
    code = Text(1, 64, metadata={"description": "the member code shown; needed by a till"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Buying:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Buying(**data)


class DrawingBody(StrictSchema):
    """A text of the member's or yours; nobody can foresee the draw without it."""

    nonce = Text(1, 100, required=True, metadata={"examples": ["a word of the member's"]})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Drawing:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Drawing(**data)


class OfferAnswer(AnswerSchema):
    """A chance that is on offer."""

    chance = fields.String()
    name = fields.Nested(TextsAnswer)
    ladder = fields.String()
    mode = fields.String(metadata={"enum": _MODES})
    points = fields.Integer()
    needed = fields.Integer(metadata={"description": "how many raise one tier"})
    most_per_year = fields.Integer()
    odds_per_million = fields.Integer(
        allow_none=True, metadata={"description": "of a draw to be won"}
    )


class ChanceAnswer(AnswerSchema):
    """A chance that a member bought."""

    chance_id = fields.String()
    chance = fields.String()
    ladder = fields.String()
    mode = fields.String(metadata={"enum": _MODES})
    state = fields.String(metadata={"enum": _STATES})
    points = fields.Integer()
    bought_at = fields.DateTime()
    undo_until = fields.DateTime()
    odds_per_million = fields.Integer(allow_none=True)
    commitment = fields.String(
        allow_none=True, metadata={"description": "SHA-256 of the seed, in hex: before the draw"}
    )
    seed = fields.String(allow_none=True, metadata={"description": "in hex: after the draw"})
    nonce = fields.String(allow_none=True)
    roll = fields.Integer(
        allow_none=True, metadata={"description": "0 to 999,999; below the odds it is won"}
    )


class PromotionAnswer(ChanceAnswer):
    """A chance after a deed, with the tier that was reached by it and the wallet."""

    tier = fields.String(allow_none=True)
    balance = fields.Nested(BalanceAnswer)


class ChancesAnswer(AnswerSchema):
    """What is on offer, and what the member has bought, the newest first."""

    offers = fields.List(fields.Nested(OfferAnswer))
    chances = fields.List(fields.Nested(ChanceAnswer))


_BUY = BuyingBody()
_DRAW = DrawingBody()
_NOTHING = NothingBody()


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the doors."""
    blueprint = APIBlueprint("chances", __name__, tag="Chances")

    @door(
        blueprint, "/members/<member_ref>/chances", scope="balance:read", gives=ChancesAnswer,
        refuses=_NOBODY,
    )  # fmt: skip
    def list_chances(call: Call, member_ref: str) -> Answer:
        """List the chances on offer, and those that a member has bought."""
        with call.work() as work:
            bought = chances.of(work, member_of(work, member_ref))
            return {
                "offers": [_offer(each) for each in chances.offers(work)],
                "chances": [_chance(each) for each in bought],
            }

    @door(
        blueprint, "/members/<member_ref>/chances", scope="redeem:write", takes=_BUY,
        gives=PromotionAnswer, status=201,
        refuses=[
            *_NOBODY, MemberFrozenError, ChanceUnknownError, ChanceTopTierError,
            ChanceLimitError, InsufficientPointsError, WalletBusyError, StaticTokenError,
            CodeExpiredError, CodeUsedError,
        ],
        example={"chance": "step-up", "code": "7KQ2W9MR3XTE0A5CVB1DZ"},
    )  # fmt: skip
    def buy_chance(call: Call, member_ref: str) -> tuple[Answer, bool]:
        """Let a member buy a chance; a direct one raises a tier at once."""
        wanted = call.body(_BUY, Buying)
        by = Token("qr", wanted.code) if wanted.code else Token("member_ref", member_ref)
        spending.refuse(call.actor, by)

        def bought(work: Work) -> Answer:
            member_id = member_of(work, member_ref)
            found = members.find(work, by)
            if found.id != member_id:
                raise MemberUnknownError
            with member_codes.spending(work, member_id, found.shown):
                return _promotion(work, promotions.buy(work, member_id, wanted.chance))

        with call.work() as work:
            return idempotency.once(work, call.key, lambda: bought(work))

    @door(
        blueprint, "/members/<member_ref>/chances/<chance_id>/draw", scope="redeem:write",
        takes=_DRAW, gives=PromotionAnswer,
        refuses=[
            *_NOBODY, MemberFrozenError, ChanceUnknownError, ChanceClosedError, WalletBusyError,
        ],
        example={"nonce": "a word of the member's"},
    )  # fmt: skip
    def draw_chance(call: Call, member_ref: str, chance_id: str) -> tuple[Answer, bool]:
        """Draw a chance, once; the seed that is told now has the hash that was told before."""
        drawing = call.body(_DRAW, Drawing)
        with call.work() as work:
            return idempotency.once(
                work,
                call.key,
                lambda: _promotion(
                    work,
                    promotions.draw(
                        work, member_of(work, member_ref), _known(chance_id), nonce=drawing.nonce
                    ),
                ),
            )

    @door(
        blueprint, "/members/<member_ref>/chances/<chance_id>/undo", scope="redeem:write",
        takes=_NOTHING, gives=PromotionAnswer,
        refuses=[*_NOBODY, ChanceUnknownError, ChanceClosedError, WalletBusyError], example={},
    )  # fmt: skip
    def undo_chance(call: Call, member_ref: str, chance_id: str) -> tuple[Answer, bool]:
        """Give an unused chance back within its time; its points return to their lots."""
        call.body(_NOTHING, Nothing)
        with call.work() as work:
            return idempotency.once(
                work,
                call.key,
                lambda: _promotion(
                    work,
                    promotions.undo(work, member_of(work, member_ref), _known(chance_id)),
                ),
            )

    return blueprint


def _known(chance_id: str) -> UUID:
    known = uuid_of("chn", chance_id)
    if known is None:
        raise ChanceUnknownError
    return known


def _offer(each: Offer) -> Answer:
    return {
        "chance": each.code,
        "name": texts(each.chance.name),
        "ladder": each.chance.ladder,
        "mode": each.chance.mode,
        "points": each.chance.points,
        "needed": each.chance.needed,
        "most_per_year": each.chance.most_per_year,
        "odds_per_million": each.chance.odds_per_million or None,
    }


def _chance(each: Bought) -> Answer:
    drawn = each.drawn or {}
    return {
        "chance_id": public_id("chn", each.id),
        "chance": each.code,
        "ladder": each.ladder,
        "mode": each.mode,
        "state": each.state,
        "points": each.points,
        "bought_at": answers.instant(each.bought_at),
        "undo_until": answers.instant(each.undo_until),
        "odds_per_million": each.odds or None,
        "commitment": each.commitment.hex() if each.commitment else None,
        "seed": each.seed.hex() if each.seed else None,
        "nonce": drawn.get("nonce"),
        "roll": drawn.get("roll"),
    }


def _promotion(work: Work, done: Promotion) -> Answer:
    return _chance(done.bought) | {
        "tier": done.tier,
        "balance": answers.balance(work, done.balance),
    }
