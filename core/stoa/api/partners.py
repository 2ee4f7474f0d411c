"""The door of the caller's own partner: its stores, and what its token allows."""

from apiflask import APIBlueprint
from marshmallow import fields

from stoa.api import answers
from stoa.api.answers import AnswerSchema
from stoa.api.doors import Answer, Call, door
from stoa.services.partners import StoreTerms, Terms
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["create_blueprint"]


class StoreAnswer(AnswerSchema):
    """A store, and the zone of its business day."""

    store_id = fields.String()
    code = fields.String(metadata={"examples": ["main"]})
    name = fields.String()
    site = fields.String(metadata={"description": "the code of the place where it stands"})
    zone = fields.String(metadata={"examples": ["Asia/Shanghai"]})
    currency = fields.String(metadata={"examples": ["CNY"]})


class PartnerAnswer(AnswerSchema):
    """Your partner."""

    partner_id = fields.String()
    code = fields.String()
    name = fields.String()
    stores = fields.List(fields.Nested(StoreAnswer))
    scopes = fields.List(fields.String(), metadata={"description": "what this token allows"})


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the door."""
    blueprint = APIBlueprint("partners", __name__, tag="Partner")

    @door(blueprint, "/partner", scope=None, gives=PartnerAnswer)
    def read_partner(call: Call) -> Answer:
        """Read who you are: your partner, its stores, and what this token allows."""
        with call.work() as work:
            return _partner(work, answers.terms_of(work, fresh=True))

    return blueprint


def _partner(work: Work, terms: Terms) -> Answer:
    stores = {store.id: store for store in terms.stores.values()}
    return {
        "partner_id": public_id("prt", terms.partner_id),
        "code": terms.code,
        "name": terms.name,
        "stores": [_store(store) for store in stores.values()],
        "scopes": sorted(work.actor.scopes),
    }


def _store(store: StoreTerms) -> Answer:
    return {
        "store_id": public_id("sto", store.id),
        "code": store.code,
        "name": store.name,
        "site": store.site,
        "zone": store.zone,
        "currency": store.currency,
    }
