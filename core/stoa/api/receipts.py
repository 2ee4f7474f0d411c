"""Doors that find what a receipt number led to, for a till that never got its answer."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields, post_load

from stoa.api import answers
from stoa.api.answers import AnswerSchema
from stoa.api.doors import Answer, Call, door
from stoa.api.earning import SoldAnswer, sold_answer
from stoa.api.fields import Day, Text
from stoa.api.redemption import RedemptionAnswer, standing
from stoa.api.schemas import StrictSchema
from stoa.errors import StoreUnknownError
from stoa.services import purchases, redemption
from stoa.services.partners import StoreTerms
from stoa.services.purchases import Place
from stoa.values.periods import local_day
from stoa.work import Work

__all__ = ["PurchaseQuery", "RedemptionQuery", "create_blueprint"]


@dataclass(frozen=True, slots=True)
class Printed:
    """Where and when a receipt was printed."""

    store: str
    receipt_no: str
    terminal: str = ""
    business_date: date | None = None


class RedemptionQuery(StrictSchema):
    """The receipt number, or the reference of a hold, and the store."""

    store = Text(1, 64, required=True, metadata={"description": "code or id of your store"})
    receipt_no = Text(1, 64, required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Printed:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Printed(**data)


class PurchaseQuery(RedemptionQuery):
    """The receipt as it was reported; without a day, that of today at the store."""

    terminal = Text(0, 64, metadata={"description": "as reported; empty without one"})
    business_date = Day()


class FoundPurchaseAnswer(SoldAnswer):
    """A purchase as it stands, found by its receipt."""


class FoundRedemptionAnswer(RedemptionAnswer):
    """A redemption as it stands, found by its receipt."""


class PurchasesAnswer(AnswerSchema):
    """The purchase of a receipt: one or none."""

    purchases = fields.List(fields.Nested(FoundPurchaseAnswer))


class RedemptionsAnswer(AnswerSchema):
    """The redemptions of a receipt, the latest first; at most 100."""

    redemptions = fields.List(fields.Nested(FoundRedemptionAnswer))


_PURCHASE = PurchaseQuery()
_REDEMPTION = RedemptionQuery()


def create_blueprint() -> APIBlueprint:
    """Return the blueprint of the doors."""
    blueprint = APIBlueprint("receipts", __name__, tag="Purchases")

    @door(
        blueprint, "/purchases", scope="earn:write", gives=PurchasesAnswer, query=_PURCHASE,
        refuses=[StoreUnknownError],
    )  # fmt: skip
    def find_purchase(call: Call) -> Answer:
        """Find the purchase of a receipt, after a lost answer."""
        printed = call.query(_PURCHASE, Printed)
        with call.work() as work:
            store = _store(work, printed.store)
            day = printed.business_date or local_day(work.now(), store.zone)
            place = Place(store.id, printed.terminal, printed.receipt_no, day)
            sold = purchases.find_by_receipt(work, place)
            return {"purchases": [sold_answer(work, sold)] if sold else []}

    @door(
        blueprint, "/redemptions", scope="redeem:write", gives=RedemptionsAnswer,
        query=_REDEMPTION, refuses=[StoreUnknownError],
    )  # fmt: skip
    def find_redemptions(call: Call) -> Answer:
        """Find the redemptions of a receipt number or reference, after a lost answer."""
        printed = call.query(_REDEMPTION, Printed)
        with call.work() as work:
            found = redemption.find_by_receipt(work, printed.store, printed.receipt_no)
            return {"redemptions": [standing(work, each) for each in found]}

    return blueprint


def _store(work: Work, name: str) -> StoreTerms:
    store = answers.terms_of(work).store(name) or answers.terms_of(work, fresh=True).store(name)
    if store is None:
        raise StoreUnknownError
    return store
