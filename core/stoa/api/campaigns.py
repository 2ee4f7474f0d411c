"""The door of campaigns: those that hold at the caller's stores, now or soon."""

from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields

from stoa.api import answers
from stoa.api.answers import AnswerSchema
from stoa.api.doors import Answer, Call, door
from stoa.api.languages import LanguageQuery, Spoken
from stoa.services import campaigns
from stoa.services.campaigns import Listed
from stoa.values.campaigns import Campaign, Fixed, Multiplier, Step
from stoa.values.conditions.wording import phrase
from stoa.values.languages import ENGLISH
from stoa.values.speech import Speech
from stoa.work import Work

__all__ = ["create_blueprint"]

_KINDS = ["multiplier", "fixed", "step", "tiered"]


class StepAnswer(AnswerSchema):
    """An amount of money from which on a bonus is paid."""

    from_minor = fields.Integer()
    points = fields.Integer()


class BonusAnswer(AnswerSchema):
    """What a campaign pays; which fields are told depends on its kind."""

    kind = fields.String(metadata={"enum": _KINDS})
    times_percent = fields.Integer(
        allow_none=True, metadata={"description": "of the base points; 300 is triple"}
    )
    points = fields.Integer(allow_none=True, metadata={"description": "in all, or for every step"})
    every_minor = fields.Integer(
        allow_none=True, metadata={"description": "a step, in minor units"}
    )
    most = fields.Integer(allow_none=True, metadata={"description": "points of one purchase"})
    steps = fields.List(fields.Nested(StepAnswer))


class CapAnswer(AnswerSchema):
    """The most that a member gets in a period."""

    every = fields.String(metadata={"enum": ["day", "week", "month", "campaign"]})
    points = fields.Integer(allow_none=True)
    uses = fields.Integer(allow_none=True)


class CampaignAnswer(AnswerSchema):
    """A campaign of purchases."""

    code = fields.String()
    name = fields.String(metadata={"examples": ["Double weekend"]})
    first_day = fields.Date()
    last_day = fields.Date()
    stores = fields.List(fields.String(), metadata={"description": "codes of yours"})
    condition = fields.String(metadata={"description": "in words; empty for always"})
    bonus = fields.Nested(BonusAnswer)
    caps = fields.List(fields.Nested(CapAnswer))
    categories = fields.List(fields.String(), metadata={"description": "that count; all if none"})
    skus = fields.List(fields.String(), metadata={"description": "that count; all if none"})


class CampaignsAnswer(AnswerSchema):
    """The campaigns, by their first day."""

    campaigns = fields.List(fields.Nested(CampaignAnswer))


_LANGUAGE = LanguageQuery()


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the door."""
    blueprint = APIBlueprint("campaigns", __name__, tag="Purchases")

    @door(
        blueprint, "/campaigns", scope="earn:write", gives=CampaignsAnswer, query=_LANGUAGE,
        refuses=[],
    )  # fmt: skip
    def list_campaigns(call: Call) -> Answer:
        """List the campaigns that hold at your stores now, or within 30 days."""
        asked = call.query(_LANGUAGE, Spoken)
        with call.work() as work:
            speech = Speech(asked.language or ENGLISH, work.programme.money_currency)
            return {"campaigns": [_campaign(each, speech) for each in _found(work)]}

    return blueprint


def _found(work: Work) -> list[Listed]:
    return campaigns.listed_at(work, answers.terms_of(work, fresh=True))


def _campaign(listed: Listed, speech: Speech) -> Answer:
    campaign = listed.campaign
    condition, lines = campaign.condition, campaign.lines
    return {
        "code": campaign.code,
        "name": campaign.name.of(speech.language),
        "first_day": campaign.first.isoformat(),
        "last_day": campaign.last.isoformat(),
        "stores": list(listed.stores),
        "condition": "" if condition is None else phrase(condition, speech),
        "bonus": _bonus(campaign),
        "caps": [
            {"every": cap.every, "points": cap.points, "uses": cap.uses} for cap in campaign.caps
        ],
        "categories": sorted(lines.categories) if lines else [],
        "skus": sorted(lines.skus) if lines else [],
    }


def _bonus(campaign: Campaign) -> dict[str, Any]:
    bonus = campaign.bonus
    told: dict[str, Any] = {
        "kind": "tiered", "times_percent": None, "points": None, "every_minor": None,
        "most": None, "steps": [],
    }  # fmt: skip
    if isinstance(bonus, Multiplier):
        return told | {"kind": "multiplier", "times_percent": bonus.times_percent}
    if isinstance(bonus, Fixed):
        return told | {"kind": "fixed", "points": bonus.points}
    if isinstance(bonus, Step):
        step = {"every_minor": bonus.every_minor, "points": bonus.points, "most": bonus.most}
        return told | {"kind": "step"} | step
    steps = [{"from_minor": least, "points": points} for least, points in bonus.steps]
    return told | {"steps": steps}
