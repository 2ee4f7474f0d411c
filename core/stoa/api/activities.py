"""Doors of activities and referrals: what members do without buying, and whom they brought."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields, post_load

from stoa.api import answers
from stoa.api.answers import AnswerSchema, BalanceAnswer
from stoa.api.doors import Answer, Call, door
from stoa.api.fields import Instant, Text, Whole, Word
from stoa.api.schemas import MemberToken, Part, StrictSchema
from stoa.errors import (
    ActivityClosedError,
    ActivityDoneError,
    ActivityLimitError,
    ActivityTooSoonError,
    ActivityUnknownError,
    BalanceLimitError,
    CodeExpiredError,
    CodeUnknownError,
    MemberFrozenError,
    MemberMergedError,
    MemberUnknownError,
    PartnerFundingExhaustedError,
    PartnerSuspendedError,
    ProofRefusedError,
    StoreUnknownError,
    TooManyGuessesError,
    WalletBusyError,
)
from stoa.services import activities, idempotency, invitations, members
from stoa.services.activities import Code, Done, Open, Reported
from stoa.services.invitations import Invited
from stoa.services.members import Token
from stoa.values.activities import KINDS, ONCE_PER
from stoa.values.identifiers import public_id, uuid_of
from stoa.values.languages import LANGUAGES
from stoa.work import Work

__all__ = ["create_blueprint"]

_STATES = ["waiting", "purchased", "rewarded", "undone", "refused"]
_REASONS = "why it is refused or gives nothing, such as `shared_device`; else empty"
_PROOFS = ["code", "link", "invitation", "purchase", "reference", "profile", "none"]


@dataclass(frozen=True, slots=True)
class CodeTerms:
    """A code that a place shall show."""

    activity: str
    store: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    most_uses: int | None = None
    step_s: int | None = None


@dataclass(frozen=True, slots=True)
class LinkTerms:
    """A link that a member shares."""

    member: Token
    activity: str
    device: str


@dataclass(frozen=True, slots=True)
class InvitationTerms:
    """An invitation of a member to a survey."""

    member: Token
    activity: str
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class Tongue:
    """In which language to name things."""

    language: str = "en"


class ActivityBody(StrictSchema):
    """What a member did."""

    member = Part(MemberToken, required=True)
    activity = Text(1, 64, required=True, metadata={"examples": ["check-in"]})
    store = Text(1, 64, metadata={"description": "code or id of your store"})
    proof = Text(0, 64, metadata={"description": "the code, the purchase's id, your own number"})
    device = Text(
        1, 128,
        metadata={"description": "what your app calls the phone; of a link, who opened it"},
    )  # fmt: skip

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Done:  # noqa: ANN401 - marshmallow's
        """Return the record of the deeds."""
        return Done(**data)


class CodeBody(StrictSchema):
    """A code that a place shall show."""

    activity = Text(1, 64, required=True)
    store = Text(1, 64, metadata={"description": "code or id of your store; else any of yours"})
    valid_from = Instant()
    valid_until = Instant()
    most_uses = Whole(1, 10_000_000, metadata={"description": "over all members"})
    step_s = Whole(10, 3600, metadata={"description": "seconds after which it changes"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> CodeTerms:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return CodeTerms(**data)


class LinkBody(StrictSchema):
    """A link that a member shares."""

    member = Part(MemberToken, required=True)
    activity = Text(1, 64, required=True)
    device = Text(1, 128, required=True, metadata={"description": "what your app calls the phone"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> LinkTerms:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return LinkTerms(**data)


class InvitationBody(StrictSchema):
    """An invitation of a member to a survey."""

    member = Part(MemberToken, required=True)
    activity = Text(1, 64, required=True)
    valid_until = Instant(required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> InvitationTerms:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return InvitationTerms(**data)


class TongueQuery(StrictSchema):
    """In which language to name things."""

    language = Word(LANGUAGES)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Tongue:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Tongue(**data)


class ReportedAnswer(AnswerSchema):
    """What an activity earned."""

    activity_id = fields.String(metadata={"examples": ["txn_01m8155c9qf4r9yj3v0w4q1ztb"]})
    activity = fields.String()
    points = fields.Integer()
    member_ref = fields.String()
    balance = fields.Nested(BalanceAnswer)


class OpenActivityAnswer(AnswerSchema):
    """An activity that a member can do."""

    activity = fields.String()
    name = fields.String()
    kind = fields.String(metadata={"enum": list(KINDS)})
    proof = fields.String(metadata={"enum": _PROOFS})
    points = fields.Integer()
    once_per = fields.String(metadata={"enum": list(ONCE_PER)})
    until = fields.Date(allow_none=True, metadata={"description": "its last day"})
    done = fields.Boolean(metadata={"description": "done already in this period"})


class OpenActivitiesAnswer(AnswerSchema):
    """The activities that hold today at your stores, by their codes."""

    activities = fields.List(fields.Nested(OpenActivityAnswer))


class CodeAnswer(AnswerSchema):
    """A code as it is shown, shared or sent; it is told here alone."""

    code_id = fields.String()
    activity = fields.String()
    code = fields.String(metadata={"examples": ["7KQ2W9MRA3XTE"]})
    until = fields.DateTime(allow_none=True, metadata={"description": "when it changes or ends"})


class InvitedAnswer(AnswerSchema):
    """One member who came by the code, without who that is."""

    state = fields.String(metadata={"enum": _STATES})
    reason = fields.String(metadata={"description": _REASONS})
    invited_at = fields.DateTime()
    purchased_on = fields.Date(allow_none=True)
    rewarded_at = fields.DateTime(allow_none=True)


class ReferralsAnswer(AnswerSchema):
    """A member's own code, and what became of those who came by it."""

    code = fields.String(metadata={"examples": ["7KQ2W9MRA3XTE"]})
    purchasing = fields.Integer(metadata={"description": "came and bought; returns un-count"})
    rewarded = fields.Integer()
    invitations = fields.List(fields.Nested(InvitedAnswer), metadata={"description": "newest 100"})


_ACTIVITY, _CODE, _LINK = ActivityBody(), CodeBody(), LinkBody()
_INVITATION, _TONGUE = InvitationBody(), TongueQuery()
_WHO = {"type": "card", "value": "9900000000000002"}
_MEMBER = [MemberUnknownError, MemberMergedError, MemberFrozenError, CodeExpiredError]


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the doors."""
    blueprint = APIBlueprint("activities", __name__, tag="Activities")

    @door(
        blueprint, "/activities", scope="activities:write", takes=_ACTIVITY, gives=ReportedAnswer,
        status=201,
        refuses=[
            *_MEMBER, PartnerSuspendedError, StoreUnknownError, ActivityUnknownError,
            ActivityClosedError, ActivityDoneError, ActivityLimitError, ActivityTooSoonError,
            ProofRefusedError, TooManyGuessesError, BalanceLimitError, WalletBusyError,
            PartnerFundingExhaustedError,
        ],
        example={"member": _WHO, "activity": "check-in", "store": "main", "proof": "7KQ2W9MRA3XTE"},
    )  # fmt: skip
    def report_activity(call: Call) -> tuple[Answer, bool]:
        """Report what a member did; it earns once for what it is about."""
        done = call.body(_ACTIVITY, Done)
        with call.work() as work:
            told = activities.report(work, done, key=call.key)
            return _reported(work, told), told.replayed

    @door(
        blueprint, "/members/<member_ref>/activities", scope="members:read",
        gives=OpenActivitiesAnswer, query=_TONGUE, refuses=[MemberUnknownError, MemberMergedError],
    )  # fmt: skip
    def list_activities(call: Call, member_ref: str) -> Answer:
        """List the activities that a member can do at your stores."""
        tongue = call.query(_TONGUE, Tongue)
        with call.work() as work:
            found = members.find(work, Token("member_ref", member_ref))
            listed = activities.opened(work, found.id, answers.terms_of(work).code)
            return {"activities": [_open(each, tongue.language) for each in listed]}

    @door(
        blueprint, "/activities/codes", scope="activities:write", takes=_CODE, gives=CodeAnswer,
        status=201, refuses=[PartnerSuspendedError, ActivityUnknownError, StoreUnknownError],
        example={"activity": "check-in", "store": "main", "step_s": 30},
    )  # fmt: skip
    def make_code(call: Call) -> tuple[Answer, bool]:
        """Make a code that your store shows; it proves that a member was there."""
        terms = call.body(_CODE, CodeTerms)
        with call.work() as work:
            return idempotency.once(work, call.key, lambda: _made(work, terms))

    @door(
        blueprint, "/activities/codes/<code_id>", scope="activities:write", gives=CodeAnswer,
        refuses=[CodeUnknownError],
    )  # fmt: skip
    def read_code(call: Call, code_id: str) -> Answer:
        """Read what a changing code of yours shows now."""
        known = uuid_of("acd", code_id)
        if known is None:
            raise CodeUnknownError
        with call.work() as work:
            return _code(activities.shown(work, known))

    @door(
        blueprint, "/activities/links", scope="activities:write", takes=_LINK, gives=CodeAnswer,
        status=201, refuses=[*_MEMBER, PartnerSuspendedError, ActivityUnknownError],
        example={"member": _WHO, "activity": "share", "device": "ios-5f0c7b5e"},
    )  # fmt: skip
    def make_link(call: Call) -> tuple[Answer, bool]:
        """Make a link that a member shares; it earns when others open it."""
        terms = call.body(_LINK, LinkTerms)
        with call.work() as work:
            return idempotency.once(
                work, call.key,
                lambda: _code(
                    activities.link(work, terms.member, terms.activity, device=terms.device)
                ),
            )  # fmt: skip

    @door(
        blueprint, "/activities/invitations", scope="activities:write", takes=_INVITATION,
        gives=CodeAnswer, status=201,
        refuses=[*_MEMBER, PartnerSuspendedError, ActivityUnknownError],
        example={"member": _WHO, "activity": "survey", "valid_until": "2026-06-01T00:00:00Z"},
    )  # fmt: skip
    def invite_member(call: Call) -> tuple[Answer, bool]:
        """Invite a member to a survey of yours; done, it earns once."""
        terms = call.body(_INVITATION, InvitationTerms)
        with call.work() as work:
            return idempotency.once(
                work, call.key,
                lambda: _code(
                    activities.invite(
                        work, terms.member, terms.activity, valid_until=terms.valid_until
                    )
                ),
            )  # fmt: skip

    @door(
        blueprint, "/members/<member_ref>/referrals", scope="members:read", gives=ReferralsAnswer,
        refuses=[MemberUnknownError, MemberMergedError],
    )  # fmt: skip
    def read_referrals(call: Call, member_ref: str) -> Answer:
        """Read a member's own code for friends, and what became of those who came by it."""
        with call.work() as work:
            found = members.find(work, Token("member_ref", member_ref))
            listed = invitations.invited(work, found.id)
            counts = invitations.counts(work, found.id)
            return {
                "code": invitations.code_of(work, found.id),
                "purchasing": counts["purchased"] + counts["rewarded"],
                "rewarded": counts["rewarded"],
                "invitations": [_invited(each) for each in listed],
            }

    return blueprint


def _reported(work: Work, told: Reported) -> Answer:
    return {
        "activity_id": public_id("txn", told.id),
        "activity": told.activity,
        "points": told.points,
        "member_ref": answers.member_ref(work, told.member_id),
        "balance": answers.balance(work, told.balance),
    }


def _open(each: Open, language: str) -> Answer:
    rule = each.rule
    return {
        "activity": each.code,
        "name": rule.name.of(language),
        "kind": rule.kind,
        "proof": rule.proof,
        "points": rule.points,
        "once_per": rule.once_per,
        "until": rule.until.isoformat() if rule.until else None,
        "done": each.done,
    }


def _made(work: Work, terms: CodeTerms) -> Answer:
    return _code(
        activities.make(
            work, terms.activity, store=terms.store, valid_from=terms.valid_from,
            valid_until=terms.valid_until, most_uses=terms.most_uses, step_s=terms.step_s,
        )
    )  # fmt: skip


def _code(code: Code) -> Answer:
    return {
        "code_id": public_id("acd", code.id),
        "activity": code.activity,
        "code": code.text,
        "until": answers.instant(code.until) if code.until else None,
    }


def _invited(each: Invited) -> Answer:
    return {
        "state": each.state,
        "reason": each.reason,
        "invited_at": answers.instant(each.invited_at),
        "purchased_on": each.purchased_on.isoformat() if each.purchased_on else None,
        "rewarded_at": answers.instant(each.rewarded_at) if each.rewarded_at else None,
    }
