"""Doors of challenges: those that are on, how a member gets on, and joining one.

Of a stamp card a partner sees the stamps of its own stores; of all others only how many there are.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from marshmallow import fields, post_load

from stoa.api import answers
from stoa.api.answers import AnswerSchema
from stoa.api.doors import Answer, Call, door
from stoa.api.schemas import StrictSchema
from stoa.errors import (
    ChallengeClosedError,
    ChallengeUnknownError,
    MemberMergedError,
    MemberUnknownError,
)
from stoa.services import challenges, idempotency, members
from stoa.services.challenges import Held, Standing
from stoa.services.members import Token
from stoa.values.conditions.wording import phrase
from stoa.values.languages import LANGUAGES
from stoa.values.periods import Period
from stoa.values.progress import Step
from stoa.values.speech import Speech
from stoa.values.texts import Texts
from stoa.work import Work

__all__ = ["Nothing", "NothingBody", "TextsAnswer", "create_blueprint", "member_of", "texts"]

_NOBODY = [MemberUnknownError, MemberMergedError]
_PLACES = ("stores_collected", "partners_collected")


@dataclass(frozen=True, slots=True)
class Nothing:
    """A body without fields."""


class NothingBody(StrictSchema):
    """A body without fields."""

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Nothing:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Nothing(**data)


class TextsAnswer(AnswerSchema):
    """A text in the languages of its readers; where one is not written, another stands in."""

    en = fields.String()
    zh_hans = fields.String(data_key="zh-Hans")
    zh_hant = fields.String(data_key="zh-Hant")


class ChallengeAnswer(AnswerSchema):
    """A challenge that is on."""

    challenge = fields.String(metadata={"examples": ["annual-shopping"]})
    version = fields.Integer()
    name = fields.Nested(TextsAnswer)
    about = fields.Nested(TextsAnswer)
    goal = fields.Nested(TextsAnswer, metadata={"description": "what is to be done, in words"})
    period = fields.String(
        metadata={"enum": ["calendar year", "calendar month", "once", "between two days"]}
    )
    since = fields.Date(allow_none=True, metadata={"description": "the period's first day"})
    until = fields.Date(allow_none=True, metadata={"description": "its last day"})
    join = fields.String(metadata={"enum": ["automatic", "opt-in"]})
    most_per_period = fields.Integer()
    reward_points = fields.Integer(metadata={"description": "0 for none"})
    grants_eligibility = fields.Boolean(metadata={"description": "whether a tier may ask for it"})


class ChallengesAnswer(AnswerSchema):
    """The challenges that are on today."""

    challenges = fields.List(fields.Nested(ChallengeAnswer))


class StampAnswer(AnswerSchema):
    """A stamp of your own."""

    place = fields.String(metadata={"examples": ["grocery/main"]})
    collected = fields.Boolean()


class LeafAnswer(AnswerSchema):
    """One thing that a goal asks for, in numbers; of places, how many."""

    fact = fields.String(metadata={"examples": ["visits|ever", "stores_collected"]})
    target = fields.Integer()
    found = fields.Integer()
    missing = fields.Integer()
    reached = fields.Boolean()
    now = fields.Integer(
        allow_none=True, metadata={"description": "of a streak, how long the present one is"}
    )
    stamps = fields.List(
        fields.Nested(StampAnswer), metadata={"description": "of a stamp card, yours"}
    )


class PursuitAnswer(AnswerSchema):
    """How a member gets on with a challenge."""

    challenge = fields.String()
    name = fields.Nested(TextsAnswer)
    since = fields.Date(allow_none=True)
    until = fields.Date(allow_none=True)
    joined = fields.Boolean()
    completed = fields.Integer(metadata={"description": "how often in this period"})
    completed_on = fields.Date(allow_none=True)
    points = fields.Integer(metadata={"description": "what the last completion brought"})
    steps = fields.List(fields.Nested(LeafAnswer))


class PursuitsAnswer(AnswerSchema):
    """How a member gets on with all challenges that are on."""

    challenges = fields.List(fields.Nested(PursuitAnswer))


class JoinedAnswer(AnswerSchema):
    """The challenge that a member takes part in."""

    challenge = fields.String()
    joined = fields.Boolean()


_NOTHING = NothingBody()


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the doors."""
    blueprint = APIBlueprint("challenges", __name__, tag="Challenges")

    @door(blueprint, "/challenges", scope="rewards:read", gives=ChallengesAnswer)
    def list_challenges(call: Call) -> Answer:
        """List the challenges that are on today, with their goals in words."""
        with call.work() as work:
            on = challenges.offered(work)
            return {"challenges": [_challenge(work, each) for each in on]}

    @door(
        blueprint, "/members/<member_ref>/challenges", scope="balance:read",
        gives=PursuitsAnswer, refuses=_NOBODY,
    )  # fmt: skip
    def read_challenges(call: Call, member_ref: str) -> Answer:
        """Read how far a member is in each challenge, and what is missing in numbers."""
        with call.work() as work:
            own = answers.terms_of(work).code
            found = challenges.of(work, member_of(work, member_ref))
            return {"challenges": [_standing(each, own) for each in found]}

    @door(
        blueprint, "/members/<member_ref>/challenges/<challenge>/join", scope="members:write",
        takes=_NOTHING, gives=JoinedAnswer,
        refuses=[*_NOBODY, ChallengeUnknownError, ChallengeClosedError], example={},
    )  # fmt: skip
    def join_challenge(call: Call, member_ref: str, challenge: str) -> tuple[Answer, bool]:
        """Let a member take part in a challenge; what is done counts from today on."""
        call.body(_NOTHING, Nothing)
        with call.work() as work:
            return idempotency.once(
                work, call.key, lambda: _joined(work, member_of(work, member_ref), challenge)
            )

    return blueprint


def member_of(work: Work, member_ref: str) -> UUID:
    """Return the member behind a pairwise reference.

    Raises:
        MemberUnknownError: it leads to nobody.
        MemberMergedError: the member is another one now.
    """
    return members.find(work, Token("member_ref", member_ref)).id


def texts(each: Texts) -> Answer:
    """Return a text in all languages of its readers, empty where there is none."""
    return {name: each.of(name) if each.written else "" for name in LANGUAGES}


def _joined(work: Work, member_id: UUID, code: str) -> Answer:
    challenges.join(work, member_id, code)
    return {"challenge": code, "joined": True}


def _challenge(work: Work, each: Held) -> Answer:
    it = each.challenge
    period = it.period_of(work.today())
    money = work.programme.money_currency
    goal = {name: phrase(it.goal.document, Speech(name, money)) for name in LANGUAGES}
    between = isinstance(it.period, Period)
    return {
        "challenge": each.code,
        "version": each.version,
        "name": texts(it.name),
        "about": texts(it.about),
        "goal": goal,
        "period": "between two days" if between else it.period,
        "since": _day(period.start if period else None),
        "until": _day(period.end - timedelta(days=1) if period and period.end < date.max else None),
        "join": "opt-in" if it.opt_in else "automatic",
        "most_per_period": it.most_per_period,
        "reward_points": it.reward.points if it.reward else 0,
        "grants_eligibility": it.grants_eligibility,
    }


def _standing(each: Standing, own: str) -> Answer:
    return {
        "challenge": each.held.code,
        "name": texts(each.held.challenge.name),
        "since": _day(each.since),
        "until": _day(each.until),
        "joined": each.joined,
        "completed": each.completed,
        "completed_on": _day(each.completed_on),
        "points": each.points,
        "steps": [_step(step, own) for step in each.steps],
    }


def _step(step: Step, own: str) -> Answer:
    return {
        "fact": step.asked,
        "target": _count(step.target),
        "found": _count(step.found),
        "missing": _count(step.missing),
        "reached": step.reached,
        "now": step.now,
        "stamps": _stamps(step, own),
    }


def _stamps(step: Step, own: str) -> list[Answer]:
    """Return the stamps of a partner: of another one's stores it learns nothing."""
    if step.asked not in _PLACES or not isinstance(step.target, tuple):
        return []
    found = step.found if isinstance(step.found, tuple) else ()
    mine = [place for place in step.target if place.partition("/")[0] == own]
    return [{"place": place, "collected": place in found} for place in mine]


def _count(value: int | tuple[str, ...]) -> int:
    return len(value) if isinstance(value, tuple) else value


def _day(day: date | None) -> str | None:
    return None if day is None or day in (date.min, date.max) else day.isoformat()
