"""The doors of tiers: the ladders that hold, and a member's standing with what is missing."""

from datetime import date
from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields

from stoa.api import answers
from stoa.api.answers import AnswerSchema
from stoa.api.doors import Answer, Call, door
from stoa.api.members import wallet_of
from stoa.errors import MemberMergedError, MemberUnknownError
from stoa.services import members, tiers
from stoa.services.tiers import Outlook, View
from stoa.values.conditions.wording import phrase
from stoa.values.goals import Part
from stoa.values.ladders import Ladder, Perk, Tier
from stoa.values.languages import LANGUAGES
from stoa.values.speech import Speech
from stoa.work import Work

__all__ = ["create_blueprint"]

_LANGUAGES = {"description": "by language", "examples": [{"en": "Gold", "zh-Hans": "金卡"}]}
_TREE = {"description": "a condition: all, any, not, or a fact"}
_TRACE = {"description": "a condition as it came out: each fact with what was found"}
_WHOLE_OR_ELSE = {"description": "a whole number, or words"}


def _texts(**metadata: Any) -> fields.Dict:  # noqa: ANN401 - of marshmallow
    return fields.Dict(keys=fields.String(), values=fields.String(), metadata=_LANGUAGES | metadata)


def _json(metadata: dict[str, Any]) -> fields.Dict:
    return fields.Dict(keys=fields.String(), allow_none=True, metadata=metadata)


class PerkAnswer(AnswerSchema):
    """A benefit that comes with a tier."""

    code = fields.String(metadata={"examples": ["birthday_gift"]})
    name = _texts()


class TierAnswer(AnswerSchema):
    """A tier, what it brings and how it is reached."""

    tier = fields.String(metadata={"examples": ["gold"]})
    name = _texts()
    rank = fields.Integer(metadata={"description": "0 for the lowest"})
    uplift_percent = fields.Integer(metadata={"description": "added to base points"})
    discount_basis_points = fields.Integer(metadata={"description": "500 are 5 percent"})
    benefits = fields.List(fields.Nested(PerkAnswer))
    qualify = _json(_TREE)
    says = _texts(description="how it is reached, by language; empty where it is given by hand")


class LadderAnswer(AnswerSchema):
    """A ladder that holds, lowest tier first."""

    ladder = fields.String(metadata={"examples": ["main"]})
    name = _texts()
    main = fields.Boolean(metadata={"description": "whether uplift and discount come of it"})
    version = fields.Integer()
    tiers = fields.List(fields.Nested(TierAnswer))


class LaddersAnswer(AnswerSchema):
    """The ladders of a rulebook."""

    rulebook = fields.Integer(metadata={"description": "grows with every change of a rule"})
    ladders = fields.List(fields.Nested(LadderAnswer))


class PartAnswer(AnswerSchema):
    """A fact of a tier's condition as it is today."""

    asked = fields.String(metadata={"examples": ["spend|30 days"]})
    compared = fields.String(metadata={"examples": [">="]})
    wanted = fields.Raw(metadata=_WHOLE_OR_ELSE)
    found = fields.Raw(metadata=_WHOLE_OR_ELSE)
    missing = fields.Integer(allow_none=True)
    until = fields.Date(
        allow_none=True, metadata={"description": "the last day on which all that was found counts"}
    )


class OutlookAnswer(AnswerSchema):
    """A higher tier, and how far it is."""

    tier = fields.String()
    name = _texts()
    says = _texts(description="what is missing, by language")
    parts = fields.List(fields.Nested(PartAnswer))
    trace = _json(_TRACE)


class StandingAnswer(AnswerSchema):
    """Where a member stands in a ladder."""

    ladder = fields.String()
    ladder_name = _texts()
    main = fields.Boolean()
    tier = fields.String()
    name = _texts()
    rank = fields.Integer()
    uplift_percent = fields.Integer()
    discount_basis_points = fields.Integer()
    benefits = fields.List(fields.Nested(PerkAnswer))
    since = fields.DateTime(allow_none=True)
    origin = fields.String(allow_none=True, metadata={"examples": ["earned"]})
    review_on = fields.Date(allow_none=True)
    falls_on = fields.Date(allow_none=True)
    until = fields.Date(allow_none=True, metadata={"description": "of a tier given for a time"})
    path = _json(_TRACE)
    says = _texts(description="the path that won the tier, by language")
    next = fields.List(fields.Nested(OutlookAnswer))


class StandingsAnswer(AnswerSchema):
    """A member's standing in every ladder, the main one first."""

    member_ref = fields.String()
    standings = fields.List(fields.Nested(StandingAnswer))


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the doors."""
    blueprint = APIBlueprint("tiers", __name__, tag="Tiers")

    @door(blueprint, "/tiers", scope="members:read", gives=LaddersAnswer)
    def list_tiers(call: Call) -> Answer:
        """List the ladders that hold, with what each tier brings and how it is reached."""
        with call.work() as work:
            ladders = tiers.current(work)
            return {
                "rulebook": ladders.version,
                "ladders": [_ladder(work, each) for each in ladders.by_code.values()],
            }

    @door(
        blueprint, "/members/<member_ref>/standing", scope="balance:read",
        own="wallet:read", gives=StandingsAnswer,
        refuses=[MemberUnknownError, MemberMergedError],
    )  # fmt: skip
    def read_standing(call: Call, member_ref: str) -> Answer:
        """Read where a member stands, by which path, and what is missing for the next tier."""
        with call.work() as work:
            member_id = wallet_of(work, member_ref)
            members.refuse_merged(work, member_id)
            views = tiers.view(work, member_id)
            return {
                "member_ref": answers.member_ref(work, member_id),
                "standings": [_standing(view) for view in views],
            }

    return blueprint


def _ladder(work: Work, ladder: Ladder) -> Answer:
    return {
        "ladder": ladder.code,
        "name": ladder.name.document,
        "main": ladder.main,
        "version": ladder.version,
        "tiers": [
            _tier(ladder, tier)
            | {
                "qualify": tier.qualify.document if tier.qualify else None,
                "says": _reached(work, ladder, tier),
            }
            for tier in ladder.tiers
        ],
    }


def _tier(ladder: Ladder, tier: Tier) -> Answer:
    return {
        "tier": tier.code,
        "name": tier.name.document,
        "rank": tier.rank,
        "uplift_percent": tier.uplift_percent,
        "discount_basis_points": tier.discount_basis_points,
        "benefits": [_perk(perk) for perk in ladder.perks(tier.code)],
    }


def _perk(perk: Perk) -> Answer:
    return {"code": perk.code, "name": perk.name.document}


def _reached(work: Work, ladder: Ladder, tier: Tier) -> Answer:
    if tier.qualify is None:
        return {}
    names = {
        language: {f"tier:{each.code}": each.name.of(language) for each in ladder.tiers}
        for language in LANGUAGES
    }
    money = work.programme.money_currency
    return {
        language: phrase(tier.qualify, Speech(language, money, names[language]))
        for language in LANGUAGES
    }


def _standing(view: View) -> Answer:
    footing = view.footing
    return {
        "ladder": view.ladder.code,
        "ladder_name": view.ladder.name.document,
        "main": view.ladder.main,
        **_tier(view.ladder, view.tier),
        "since": answers.instant(footing.since) if footing else None,
        "origin": footing.origin if footing else None,
        "review_on": _day(footing.review_on) if footing else None,
        "falls_on": _day(footing.falls_on) if footing else None,
        "until": _day(footing.until) if footing else None,
        "path": footing.path if footing else None,
        "says": dict(view.says),
        "next": [_outlook(each) for each in view.next],
    }


def _outlook(outlook: Outlook) -> Answer:
    goal = outlook.goal
    return {
        "tier": goal.tier.code,
        "name": goal.tier.name.document,
        "says": dict(outlook.says),
        "parts": [_part(part) for part in goal.parts],
        "trace": goal.trace,
    }


def _part(part: Part) -> Answer:
    return {
        "asked": part.asked,
        "compared": part.compared,
        "wanted": part.wanted,
        "found": part.found,
        "missing": part.missing,
        "until": _day(part.until),
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
