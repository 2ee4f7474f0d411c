"""Doors of draws for points: those that there are, tickets, drawing one, prizes, the proof."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Blueprint, Response, jsonify, request
from marshmallow import fields, post_load

from stoa.api import answers, http, spending
from stoa.api.answers import AnswerSchema, BalanceAnswer
from stoa.api.challenges import TextsAnswer, member_of, texts
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import Text
from stoa.api.schemas import MemberToken, Part, StrictSchema
from stoa.errors import (
    CodeExpiredError,
    CodeUsedError,
    DrawClosedError,
    DrawTierError,
    DrawUnknownError,
    InsufficientPointsError,
    MemberFrozenError,
    MemberMergedError,
    MemberUnknownError,
    PrizeClosedError,
    StaticTokenError,
    StoreUnknownError,
    TicketClosedError,
    TicketLimitError,
    TicketUnknownError,
    WalletBusyError,
)
from stoa.services import draws, idempotency
from stoa.services.draws import Bought, Draw, PrizeLine, Ticket, Win
from stoa.services.members import Token
from stoa.values.identifiers import public_id, uuid_of
from stoa.values.texts import read_texts
from stoa.work import Actor, Desk, Work

__all__ = ["create_blueprint", "create_public"]

_ANYBODY = Actor("public")
_NOBODY = [MemberUnknownError, MemberMergedError]
_MODES = ["instant", "raffle"]
_STANDINGS = ["soon", "open", "paused", "over", "closed", "revealed", "cancelled"]
_STATES = ["open", "won", "lost", "refunded"]
_WINS = ["owed", "given", "waiting", "claimed", "lapsed"]


@dataclass(frozen=True, slots=True)
class TicketWanted:
    """Who buys a ticket."""

    member: Token


@dataclass(frozen=True, slots=True)
class TicketDrawing:
    """The text that decides a draw together with the seed."""

    nonce: str


@dataclass(frozen=True, slots=True)
class HandingOver:
    """In which store a prize is handed over."""

    store: str


class TicketBuyingBody(StrictSchema):
    """Who buys a ticket with points."""

    member = Part(MemberToken, required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> TicketWanted:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return TicketWanted(**data)


class TicketDrawBody(StrictSchema):
    """A text of the member's or yours; nobody can foresee the draw without it."""

    nonce = Text(1, 100, required=True, metadata={"examples": ["a word of the member's"]})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> TicketDrawing:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return TicketDrawing(**data)


class PrizeClaimBody(StrictSchema):
    """Where a prize is handed over."""

    store = Text(1, 64, required=True, metadata={"description": "code or id of your store"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> HandingOver:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return HandingOver(**data)


class PrizeAnswer(AnswerSchema):
    """A prize of a draw."""

    prize = fields.String()
    name = fields.Nested(TextsAnswer)
    worth_minor = fields.Integer(metadata={"description": "in the programme's money"})
    points = fields.Integer(metadata={"description": "0 where it is no points"})
    coupon = fields.String(allow_none=True, metadata={"description": "the pool of its coupon"})
    partner = fields.String(
        allow_none=True, metadata={"description": "the only one who hands it over"}
    )
    odds_per_million = fields.Integer(
        allow_none=True, metadata={"description": "of an instant draw, while there are any"}
    )
    stock = fields.Integer()
    left = fields.Integer()


class DrawAnswer(AnswerSchema):
    """A draw as it stands."""

    draw = fields.String()
    name = fields.Nested(TextsAnswer)
    about = fields.Nested(TextsAnswer, allow_none=True)
    mode = fields.String(metadata={"enum": _MODES})
    state = fields.String(metadata={"enum": _STANDINGS})
    points = fields.Integer(metadata={"description": "what a ticket costs"})
    opens_at = fields.DateTime()
    closes_at = fields.DateTime(metadata={"description": "no ticket is sold from then on"})
    draws_at = fields.DateTime(allow_none=True, metadata={"description": "of a raffle"})
    per_member = fields.Integer(allow_none=True)
    per_member_day = fields.Integer(allow_none=True)
    tiers = fields.List(fields.String(), metadata={"description": "who may buy; all for none"})
    tickets = fields.Integer(metadata={"description": "the most that are sold"})
    sold = fields.Integer()
    prizes = fields.List(fields.Nested(PrizeAnswer))
    consolation = fields.Nested(PrizeAnswer, allow_none=True)
    terms_hash = fields.String(metadata={"description": "SHA-256 of what is promised, in hex"})
    commitment = fields.String(
        allow_none=True, metadata={"description": "of a raffle: SHA-256 of its seed, in hex"}
    )


class OneDrawAnswer(DrawAnswer):
    """One draw as it stands."""


class DrawsAnswer(AnswerSchema):
    """The draws that there are."""

    draws = fields.List(fields.Nested(DrawAnswer))


class TicketAnswer(AnswerSchema):
    """A ticket that a member bought."""

    ticket_id = fields.String()
    draw = fields.String()
    mode = fields.String(metadata={"enum": _MODES})
    number = fields.Integer(metadata={"description": "its place in the list of the draw"})
    state = fields.String(metadata={"enum": _STATES})
    points = fields.Integer()
    bought_at = fields.DateTime()
    terms_hash = fields.String(metadata={"description": "SHA-256 of what was promised, in hex"})
    commitment = fields.String(metadata={"description": "SHA-256 of the seed, in hex"})
    seed = fields.String(allow_none=True, metadata={"description": "in hex: after the draw"})
    nonce = fields.String(allow_none=True)
    roll = fields.Integer(allow_none=True, metadata={"description": "0 to 999,999"})
    turn = fields.Integer(
        allow_none=True, metadata={"description": "its place among all that were drawn"}
    )
    stock = fields.List(
        fields.Integer(), allow_none=True,
        metadata={"description": "how many of each prize were left before"},
    )  # fmt: skip
    holder = fields.String(
        allow_none=True, metadata={"description": "the member on a raffle's list, once closed"}
    )
    prize = fields.String(allow_none=True)
    prize_state = fields.String(allow_none=True, metadata={"enum": [*_WINS, None]})
    claim_until = fields.Date(
        allow_none=True, metadata={"description": "the last day to come for the prize"}
    )


class BoughtTicketAnswer(TicketAnswer):
    """A ticket after a deed, with the wallet."""

    balance = fields.Nested(BalanceAnswer)


class TicketsAnswer(AnswerSchema):
    """The tickets that a member bought, the newest first."""

    tickets = fields.List(fields.Nested(TicketAnswer))


class PrizeClaimAnswer(AnswerSchema):
    """A prize that was handed over."""

    ticket_id = fields.String()
    draw = fields.String()
    prize = fields.String()
    unit = fields.Integer(metadata={"description": "which one of its stock"})
    state = fields.String(metadata={"enum": _WINS})
    claimed_at = fields.DateTime(allow_none=True)


_TICKET = TicketBuyingBody()
_DRAWING = TicketDrawBody()
_CLAIM = PrizeClaimBody()


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the partners' doors."""
    blueprint = APIBlueprint("draws", __name__, tag="Draws")

    @door(blueprint, "/draws", scope="rewards:read", gives=DrawsAnswer)
    def list_draws(call: Call) -> Answer:
        """List the draws that are not over, with their odds and prizes."""
        with call.work() as work:
            return {"draws": [_draw(work, each) for each in draws.listed(work)]}

    @door(
        blueprint, "/draws/<draw>", scope="rewards:read", gives=OneDrawAnswer,
        refuses=[DrawUnknownError],
    )  # fmt: skip
    def read_draw(call: Call, draw: str) -> Answer:
        """Read a draw: its odds, prizes and hashes, told before anybody buys."""
        with call.work() as work:
            return _draw(work, draws.find(work, draw))

    @door(
        blueprint, "/draws/<draw>/tickets", scope="redeem:write", takes=_TICKET,
        gives=BoughtTicketAnswer, status=201,
        refuses=[
            *_NOBODY, MemberFrozenError, DrawUnknownError, DrawClosedError, DrawTierError,
            TicketLimitError, InsufficientPointsError, WalletBusyError, StaticTokenError,
            CodeExpiredError, CodeUsedError,
        ],
        example={"member": {"type": "qr", "value": "7KQ2W9MR3XTE0A5CVB1DZ"}},
    )  # fmt: skip
    def buy_ticket(call: Call, draw: str) -> tuple[Answer, bool]:
        """Let a member buy a ticket with points; its commitment is worth keeping."""
        wanted = call.body(_TICKET, TicketWanted)
        spending.refuse(call.actor, wanted.member)
        with call.work() as work:
            return idempotency.once(
                work,
                call.key,
                lambda: _bought(work, draws.buy_for(work, wanted.member, draw)),
            )

    @door(
        blueprint, "/draws/tickets/<ticket_id>/draw", scope="redeem:write", takes=_DRAWING,
        gives=BoughtTicketAnswer,
        refuses=[
            TicketUnknownError, TicketClosedError, DrawClosedError, MemberFrozenError,
            WalletBusyError,
        ],
        example={"nonce": "a word of the member's"},
    )  # fmt: skip
    def draw_ticket(call: Call, ticket_id: str) -> tuple[Answer, bool]:
        """Draw a ticket of an instant draw, once; points and coupons are the member's at once."""
        drawing = call.body(_DRAWING, TicketDrawing)
        with call.work() as work:
            return idempotency.once(
                work,
                call.key,
                lambda: _bought(work, draws.draw(work, _known(ticket_id), nonce=drawing.nonce)),
            )

    @door(
        blueprint, "/draws/tickets/<ticket_id>/claim", scope="redeem:write", takes=_CLAIM,
        gives=PrizeClaimAnswer,
        refuses=[TicketUnknownError, PrizeClosedError, StoreUnknownError],
        example={"store": "main"},
    )  # fmt: skip
    def claim_prize(call: Call, ticket_id: str) -> tuple[Answer, bool]:
        """Hand a prize over in a store of yours, once."""
        handing = call.body(_CLAIM, HandingOver)
        with call.work() as work:
            return idempotency.once(
                work,
                call.key,
                lambda: _claimed(draws.claim(work, _known(ticket_id), handing.store)),
            )

    @door(
        blueprint, "/members/<member_ref>/tickets", scope="balance:read", gives=TicketsAnswer,
        refuses=_NOBODY,
    )  # fmt: skip
    def list_tickets(call: Call, member_ref: str) -> Answer:
        """List the tickets that a member has bought, the newest first."""
        with call.work() as work:
            bought = draws.of(work, member_of(work, member_ref))
            return {"tickets": [_ticket(each) for each in bought]}

    return blueprint


def create_public(desk: Desk) -> Blueprint:
    """Return the blueprint of the door that needs no token: the proof names no member."""
    blueprint = Blueprint("draws_public", __name__, url_prefix="/v1")

    @blueprint.get("/draws/<draw>/result")
    def read_result(draw: str) -> Response:
        """Tell all that is published of a draw, for `stoa-sdk draw verify`."""
        http.read_no_query(request)
        with desk.work(_ANYBODY) as work:
            response = jsonify(draws.proof(work, draw))
        response.headers["Cache-Control"] = "public, max-age=5"
        return response

    return blueprint


def _known(ticket_id: str) -> UUID:
    known = uuid_of("tkt", ticket_id)
    if known is None:
        raise TicketUnknownError
    return known


def _draw(work: Work, each: Draw) -> Answer:
    lines = {line.code: line for line in draws.prizes_of(work, each.code)}
    terms, document = each.terms, each.document
    consolation = terms["consolation"]
    about = document.get("about")
    return {
        "draw": each.code,
        "name": texts(read_texts(document["name"])),
        "about": texts(read_texts(about, most=len(str(about)))) if about else None,
        "mode": each.mode,
        "state": each.standing(work.now()),
        "points": each.points,
        "opens_at": answers.instant(each.opens_at),
        "closes_at": answers.instant(each.closes_at),
        "draws_at": answers.instant(each.draws_at) if each.draws_at else None,
        "per_member": terms["per_member"] or None,
        "per_member_day": terms["per_member_day"] or None,
        "tiers": terms["tiers"],
        "tickets": each.tickets,
        "sold": each.sold,
        "prizes": [_prize(prize, lines[prize["code"]]) for prize in terms["prizes"]],
        "consolation": _prize(consolation, lines["consolation"]) if consolation else None,
        "terms_hash": each.terms_hash.hex(),
        "commitment": each.commitment.hex() if each.commitment else None,
    }


def _prize(prize: dict[str, Any], line: PrizeLine) -> Answer:
    return {
        "prize": line.code,
        "name": texts(read_texts(prize["name"])),
        "worth_minor": prize["worth_minor"],
        "points": line.points,
        "coupon": line.coupon or None,
        "partner": line.partner or None,
        "odds_per_million": line.odds or None,
        "stock": line.stock,
        "left": line.remaining,
    }


def _ticket(each: Ticket) -> Answer:
    return {
        "ticket_id": public_id("tkt", each.id),
        "draw": each.draw,
        "mode": each.mode,
        "number": each.number,
        "state": each.state,
        "points": each.points,
        "bought_at": answers.instant(each.bought_at),
        "terms_hash": each.terms_hash.hex(),
        "commitment": each.commitment.hex(),
        "seed": each.seed.hex() if each.seed else None,
        "nonce": each.nonce,
        "roll": each.roll,
        "turn": each.turn,
        "stock": list(each.stock) if each.stock is not None else None,
        "holder": each.holder,
        "prize": each.prize,
        "prize_state": each.win,
        "claim_until": each.claim_until.isoformat() if each.claim_until else None,
    }


def _bought(work: Work, done: Bought) -> Answer:
    return _ticket(done.ticket) | {"balance": answers.balance(work, done.balance)}


def _claimed(win: Win) -> Answer:
    return {
        "ticket_id": public_id("tkt", win.ticket_id),
        "draw": win.draw,
        "prize": win.prize,
        "unit": win.unit,
        "state": win.state,
        "claimed_at": answers.instant(win.resolved_at) if win.resolved_at else None,
    }
