"""Doors of members: enrol one, find one, read the balance."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields, post_load

from stoa.api import answers, spending
from stoa.api.answers import AnswerSchema, BalanceAnswer, MoneyAnswer
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import Day, Text, Word
from stoa.api.schemas import MemberToken, Part, StrictSchema
from stoa.errors import (
    CodeExpiredError,
    CurrencyUnknownError,
    IdentifierTakenError,
    MemberMergedError,
    MemberUnknownError,
    StoreUnknownError,
)
from stoa.services import currencies, idempotency, invitations, ledger, members, step_up
from stoa.services.ledger import Balance, Statement
from stoa.services.members import Found, Token
from stoa.services.partners import CurrencyTerms
from stoa.values.amounts import Money, minor_exponent
from stoa.values.languages import LANGUAGES
from stoa.work import Work

__all__ = ["create_blueprint", "wallet_of"]

_NEXT_DATES = 5


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Who joins, and what they can be found by."""

    display_name: str
    locale: str = "en"
    source: str = ""
    card: str | None = None
    phone: str | None = None
    email: str | None = None
    partner_ref: str | None = None
    born_on: date | None = None
    referral_code: str | None = None
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Lookup:
    """Who is asked for, and at which store."""

    member: Token
    store: str | None = None


@dataclass(frozen=True, slots=True)
class Which:
    """Which of a member's wallets; the one of the alliance's points for ``None``."""

    currency: str | None = None


class EnrolmentBody(StrictSchema):
    """A member who joins; a card, phone, e-mail or reference must be nobody else's."""

    display_name = Text(1, 100, required=True, metadata={"examples": ["张伟"]})
    locale = Word(LANGUAGES)
    source = Text(0, 64, metadata={"description": "where the member was won, such as till"})
    card = Text(8, 23, metadata={"description": "a printed card; else a new number is given"})
    phone = Text(8, 32, metadata={"examples": ["+8613800138000"]})
    email = Text(3, 254, metadata={"examples": ["wei@example.org"]})
    partner_ref = Text(1, 64, metadata={"description": "your own number of the member"})
    born_on = Day(1880, metadata={"description": "day of birth; never told again"})
    referral_code = Text(
        0, 64, metadata={"description": "of the member who told of the programme; else ignored"}
    )
    device = Text(1, 128, metadata={"description": "what your app calls the phone"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Enrolment:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Enrolment(**data)


class LookupBody(StrictSchema):
    """Who is asked for."""

    member = Part(MemberToken, required=True)
    store = Text(1, 64, metadata={"description": "code or id of your store"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Lookup:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Lookup(**data)


class WhichQuery(StrictSchema):
    """Which of a member's wallets."""

    currency = Text(1, 12, metadata={"description": "the alliance's points by default, or yours"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Which:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Which(**data)


class EnrolledAnswer(AnswerSchema):
    """The new member."""

    member_ref = fields.String(metadata={"description": "the member's name at your partner"})
    card = fields.String(metadata={"examples": ["9900000000000002"]})
    display = fields.String(metadata={"description": "masked", "examples": ["张*"]})
    tier = fields.String(metadata={"examples": ["basic"]})
    status = fields.String(metadata={"enum": ["active"]})
    enrolled_at = fields.DateTime()
    balance = fields.Nested(BalanceAnswer)


class AvailableAnswer(AnswerSchema):
    """What can be spent now."""

    available = fields.Integer()


class RequiresAnswer(AnswerSchema):
    """What spending points needs, besides enough of them."""

    token_types = fields.List(
        fields.String(),
        metadata={"description": "one of these has to name the member; empty where it did"},
    )
    min_points = fields.Integer(metadata={"minimum": 1})
    step = fields.Integer(metadata={"minimum": 1})
    max_share_percent = fields.Integer(metadata={"description": "of the ticket"})
    step_up_above_points = fields.Integer(
        allow_none=True, metadata={"description": "more need a PIN or a confirmation"}
    )
    step_up_ways = fields.List(fields.String(metadata={"enum": ["confirmation", "pin"]}))


class ResolvedAnswer(AnswerSchema):
    """The member as a till may know it."""

    member_ref = fields.String()
    display = fields.String(metadata={"examples": ["张*"]})
    tier = fields.String(metadata={"examples": ["gold"]})
    status = fields.String(metadata={"enum": ["active", "frozen"]})
    can_earn = fields.Boolean()
    can_redeem = fields.Boolean(metadata={"description": "by what `redeem_requires` tells"})
    redeem_requires = fields.Nested(RequiresAnswer)
    balance = fields.Nested(AvailableAnswer)
    discount_basis_points = fields.Integer(
        metadata={"description": "what your till takes off for the tier; 500 are 5 percent"}
    )


class ExpiringAnswer(AnswerSchema):
    """Points that can be spent for the last time on a day."""

    points = fields.Integer()
    on = fields.Date()


class MaturingAnswer(AnswerSchema):
    """Pending points that can be spent from a day on."""

    points = fields.Integer()
    on = fields.Date()


class WalletAnswer(BalanceAnswer):
    """A wallet with what matures and what expires next and what it is worth."""

    maturing = fields.List(fields.Nested(MaturingAnswer), metadata={"description": "next 5 days"})

    expiring = fields.List(fields.Nested(ExpiringAnswer), metadata={"description": "next 5 days"})
    money_value = fields.Nested(MoneyAnswer)
    as_of = fields.DateTime()
    ledger_position = fields.Integer(metadata={"description": "grows with every entry"})


class WalletsAnswer(AnswerSchema):
    """A member's wallets of the alliance's currencies and of your own."""

    wallets = fields.List(fields.Nested(WalletAnswer))


_ENROLMENT = EnrolmentBody()
_WHICH = WhichQuery()
_LOOKUP = LookupBody()


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the doors."""
    blueprint = APIBlueprint("members", __name__, tag="Members")

    @door(
        blueprint, "/members", scope="members:write", takes=_ENROLMENT, gives=EnrolledAnswer,
        status=201, refuses=[IdentifierTakenError],
        example={"display_name": "张伟", "phone": "+8613800138000", "locale": "zh-Hans"},
    )  # fmt: skip
    def enrol_member(call: Call) -> tuple[Answer, bool]:
        """Enrol a member with a card and an empty wallet."""
        who = call.body(_ENROLMENT, Enrolment)
        with call.work() as work:
            return idempotency.once(work, call.key, lambda: _enrolled(work, who))

    @door(
        blueprint, "/members/resolve", scope="members:read", takes=_LOOKUP, gives=ResolvedAnswer,
        refuses=[MemberUnknownError, MemberMergedError, StoreUnknownError, CodeExpiredError],
        example={"member": {"type": "card", "value": "9900000000000002"}, "store": "main"},
    )  # fmt: skip
    def resolve_member(call: Call) -> Answer:
        """Find a member by card, phone, e-mail or reference; nothing is written."""
        lookup = call.body(_LOOKUP, Lookup)
        with call.work() as work:
            return _resolved(work, lookup)

    @door(
        blueprint, "/members/<member_ref>/balance", scope="balance:read",
        own="wallet:read", gives=WalletAnswer,
        query=_WHICH, refuses=[MemberUnknownError, MemberMergedError, CurrencyUnknownError],
    )  # fmt: skip
    def read_balance(call: Call, member_ref: str) -> Answer:
        """Read what a member's wallet holds, what of it expires next and what it is worth."""
        which = call.query(_WHICH, Which)
        with call.work() as work:
            member_id = wallet_of(work, member_ref)
            if which.currency is None:
                found = ledger.balance_of(work, member_id, work.programme.currency)
            else:
                found = currencies.statement(work, member_id, which.currency)
            figures = found.balance
            if not (figures.available or figures.pending or figures.held or figures.debt):
                members.refuse_merged(work, member_id)  # whose wallet is empty for ever
            return _wallet(work, found)

    @door(
        blueprint, "/members/<member_ref>/wallets", scope="balance:read",
        own="wallet:read", gives=WalletsAnswer,
        refuses=[MemberUnknownError, MemberMergedError],
    )  # fmt: skip
    def list_wallets(call: Call, member_ref: str) -> Answer:
        """List a member's wallets: of the alliance's points, and of your own."""
        with call.work() as work:
            member_id = wallet_of(work, member_ref)
            members.refuse_merged(work, member_id)
            found = currencies.wallets(work, member_id)
            return {"wallets": [_wallet(work, each) for each in found]}

    return blueprint


def wallet_of(work: Work, member_ref: str) -> Any:  # noqa: ANN401 - a UUID
    """Return the id behind a pairwise reference, which may be nobody's.

    Raises:
        MemberUnknownError: it is no reference at all.
    """
    return members.lookup(work, Token("member_ref", member_ref))["member"]


def _enrolled(work: Work, who: Enrolment) -> Answer:
    found, card = members.enrol(
        work, who.display_name, locale=who.locale, source=who.source, card=who.card,
        phone=who.phone, email=who.email, partner_ref=who.partner_ref,
        born_on=who.born_on,
    )  # fmt: skip
    invitations.join(work, found.id, who.referral_code or "", device=who.device or "")
    return {
        "member_ref": answers.member_ref(work, found.id),
        "card": card,
        "display": members.masked(found.display_name),
        "tier": found.tier,
        "status": found.status,
        "enrolled_at": answers.instant(found.enrolled_at),
        "balance": answers.balance(work, Balance(work.programme.currency, 0, 0, 0, 0)),
    }


def _resolved(work: Work, lookup: Lookup) -> Answer:
    found = members.find(work, lookup.member)
    terms = answers.terms_of(work, fresh=True)
    if lookup.store is not None and terms.store(lookup.store) is None:
        raise StoreUnknownError
    statement = ledger.balance_of(work, found.id, work.programme.currency)
    active = found.status == "active"
    return {
        "member_ref": answers.member_ref(work, found.id),
        "display": members.masked(found.display_name),
        "tier": found.tier,
        "status": found.status,
        "can_earn": active and terms.status == "active",
        "can_redeem": active,
        "redeem_requires": _requires(work, lookup.member, found, terms.currencies),
        "balance": {"available": statement.balance.available},
        "discount_basis_points": found.discount_basis_points,
    }


def _requires(
    work: Work, token: Token, found: Found, known: Mapping[str, CurrencyTerms]
) -> dict[str, Any]:
    rules, ways = known[work.programme.currency].spending, spending.ways(work.actor)
    steps_up = rules.step_up_points is not None
    has_pin = steps_up and step_up.has_pin(work, found.id)
    return {
        "token_types": [] if token.kind in ways else ways,
        "min_points": rules.min_points,
        "step": rules.step,
        "max_share_percent": rules.max_share_percent,
        "step_up_above_points": rules.step_up_points,
        "step_up_ways": [*(["confirmation"] if steps_up else []), *(["pin"] if has_pin else [])],
    }


def _wallet(work: Work, statement: Statement) -> Answer:
    exponent = minor_exponent(statement.money_currency)
    worth = (Decimal(statement.balance.available) * statement.face_value).scaleb(exponent)
    minor = int(worth.to_integral_value(ROUND_FLOOR))
    return answers.balance(work, statement.balance) | {
        "maturing": _dated(statement.maturing),
        "expiring": _dated(statement.expiring),
        "money_value": answers.money(Money(minor, statement.money_currency)),
        "as_of": answers.instant(work.now()),
        "ledger_position": statement.balance.seq,
    }


def _dated(dates: tuple[tuple[date, int], ...]) -> list[dict[str, Any]]:
    return [{"points": points, "on": day.isoformat()} for day, points in dates[:_NEXT_DATES]]
