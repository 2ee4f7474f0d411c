"""Parties of a close: partners with what was agreed, and the operator, as they stand on paper."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from stoa.services import clearing_terms, entities, partner_terms
from stoa.values.clearing.clauses import Clauses, Mode
from stoa.values.clearing.statements import Entity
from stoa.values.clearing.terms import Terms
from stoa.values.periods import zone
from stoa.work import Work

__all__ = ["Closing", "begin", "clauses_of"]


@dataclass(frozen=True, slots=True)
class Closing:
    """What a close is about.

    Attributes:
        last_day: the last business day: rates, taxes and agreements are those of it.
        entities: all partners by their ids, as they were known when the last day ended.
    """

    points_currency: str
    money_currency: str
    period: str
    mode: Mode
    last_day: date
    terms: Terms
    entities: Mapping[UUID, Entity]

    @property
    def operator(self) -> Entity:
        """The operator on paper."""
        each = self.terms.operator
        return Entity(each.name, "", each.address, each.tax_number, each.account, each.bic)

    def entity(self, partner_id: UUID | None) -> Entity:
        """Return a party on paper."""
        if partner_id is None:
            return self.operator
        return self.entities[partner_id]

    def code_of(self, partner_id: UUID) -> str:
        """Return the code by which a partner stands on paper."""
        return self.entities[partner_id].code


_MONEY = "SELECT money_currency FROM currencies WHERE code = %s"
_MODE = "SELECT stoa_mode_of(%s, %s)"


def begin(work: Work, currency: str, period: str, last_day: date) -> Closing:
    """Return what is needed to close a period of a points currency."""
    money = work.rows(_MONEY, (currency,))
    midnight = datetime.combine(last_day + timedelta(days=1), time.min, zone(work.programme.zone))
    return Closing(
        currency, money[0][0] if money else work.programme.money_currency, period,
        Mode(work.rows(_MODE, (currency, period))[0][0]), last_day,
        clearing_terms.of_period(work, currency, period),
        entities.at(work, midnight),
    )  # fmt: skip


def clauses_of(work: Work, partner_id: UUID, day: date) -> Clauses:
    """Return what was agreed with a partner about clearing, on a day."""
    return partner_terms.terms_now(work, partner_id).agreement_on(day).clauses
