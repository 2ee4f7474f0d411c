"""The rules of the past: what plugin, settings and terms of points held at a version.

Partners, agreements and currencies keep every version they ever had; nothing here is ever changed,
so what was read once may be remembered.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from stoa.models.ledger import Currency, CurrencyVersion
from stoa.values.amounts import Rounding
from stoa.values.campaigns import Offer
from stoa.values.facts import Standing
from stoa.values.periods import Expiry, ExpiryRule
from stoa.work import Work

__all__ = ["EarnRules", "PartnerRules", "PointsRules", "Shelf", "keep_currency"]

_MOST_REMEMBERED = 2000


@dataclass(frozen=True, slots=True)
class EarnRules:
    """All that decides what a purchase earns, besides the purchase.

    Attributes:
        uplift_percent: what the operator adds to base points for the member's tier.
        expiry: of the points, by the day of the purchase.
        rounding: of a fraction of a point.
        rule: what base lines are earned by, ``partner:grocer``, and `rule_version` of its settings.
        ladder: what the uplift comes of, ``ladder:main``, and `ladder_version` of its document; 0
            where it is not known.
        offer: the campaigns that may hold, and what they asked; ``None`` where there are none.
    """

    plugin: str
    settings: Mapping[str, Any]
    standing: Standing
    uplift_percent: int
    expiry: Expiry
    rounding: Rounding
    rule: str = ""
    rule_version: int = 0
    ladder: str = ""
    ladder_version: int = 0
    offer: Offer | None = None


@dataclass(frozen=True, slots=True)
class PointsRules:
    """How long points of a currency live at a version, and how a fraction of one is rounded."""

    expiry: Expiry
    rounding: Rounding


@dataclass(frozen=True, slots=True)
class PartnerRules:
    """What a partner, by its code, went by at a version; `plugin_version` where it is known."""

    code: str
    version: int
    plugin: str
    settings: Mapping[str, Any]
    plugin_version: str | None


def keep_currency(work: Work, currency: Currency) -> None:
    """Keep a currency's terms as its next version, unless they are those of the last one."""
    work.session.flush()
    work.session.refresh(currency)
    columns = Currency.__table__.columns.keys()
    now = {name: getattr(currency, name) for name in columns if name not in ("code", "version")}
    terms = json.loads(json.dumps(now, default=str))
    last = work.session.scalars(
        select(CurrencyVersion)
        .where(CurrencyVersion.code == currency.code)
        .order_by(CurrencyVersion.version.desc())
        .limit(1)
    ).first()
    if last is not None and last.terms == terms:
        return
    currency.version = last.version + 1 if last else 1
    work.session.add(
        CurrencyVersion(
            code=currency.code, version=currency.version, terms=terms,
            changed_at=work.now(), changed_by=work.actor.name,
        )
    )  # fmt: skip
    work.session.flush()


_PARTNER = """
SELECT p.code, v.version, v.plugin, v.settings, v.plugin_version
  FROM partner_versions v JOIN partners p ON p.id = v.partner_id
 WHERE v.partner_id = %(partner)s AND v.version = %(version)s
"""
_PARTNER_AT = """
SELECT p.code, v.version, v.plugin, v.settings, v.plugin_version
  FROM partner_versions v JOIN partners p ON p.id = v.partner_id
 WHERE v.partner_id = %(partner)s AND v.changed_at <= %(at)s ORDER BY v.version DESC LIMIT 1
"""
_CURRENCY = """
SELECT terms ->> 'expiry_rule', (terms ->> 'expiry_months')::int, terms ->> 'rounding'
  FROM currency_versions
 WHERE code = %(code)s AND version = %(version)s
"""
_CURRENCY_AT = """
SELECT terms ->> 'expiry_rule', (terms ->> 'expiry_months')::int, terms ->> 'rounding'
  FROM currency_versions
 WHERE code = %(code)s
 ORDER BY changed_at <= %(at)s DESC, CASE WHEN changed_at <= %(at)s THEN -version ELSE version END
 LIMIT 1
"""
_PRICE = """
SELECT issue_price FROM agreements WHERE partner_id = %(partner)s AND version = %(version)s
"""


class Shelf:
    """Versions that were read before, at most so many that memory stays bounded."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._known: dict[tuple[object, ...], Any] = {}

    def partner(self, partner_id: UUID, version: int) -> PartnerRules | None:
        """Return what a partner went by at a version; ``None`` when it is not kept."""
        row = self._read(_PARTNER, partner=partner_id, version=version)
        return PartnerRules(*row) if row else None

    def partner_at(self, partner_id: UUID, at: datetime) -> PartnerRules | None:
        """Return what a partner went by at a time; ``None`` before its first version."""
        row = self._ask(_PARTNER_AT, {"partner": partner_id, "at": at})
        return PartnerRules(*row) if row else None

    def points(self, currency: str, version: int) -> PointsRules | None:
        """Return the terms of a currency at a version; ``None`` when it is not kept."""
        return _points(self._read(_CURRENCY, code=currency, version=version))

    def points_at(self, currency: str, at: datetime) -> PointsRules | None:
        """Return the terms of a currency at a time, those of its first version before that."""
        return _points(self._ask(_CURRENCY_AT, {"code": currency, "at": at}))

    def issue_price(self, partner_id: UUID, version: int) -> Decimal | None:
        """Return what a partner paid for a point by a version of its agreement."""
        row = self._read(_PRICE, partner=partner_id, version=version)
        return row[0] if row else None

    def _read(self, statement: Any, **values: object) -> Any:  # noqa: ANN401 - a row
        key = (statement, *values.values())
        if key not in self._known:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[key] = self._ask(statement, values)
        return self._known[key]

    def _ask(self, statement: Any, values: Mapping[str, object]) -> Any:  # noqa: ANN401 - a row
        rows = self._work.rows(statement, values)
        return rows[0] if rows else None


def _points(row: Any) -> PointsRules | None:  # noqa: ANN401 - a row
    if not row:
        return None
    return PointsRules(Expiry(ExpiryRule(row[0]), row[1]), Rounding(row[2] or Rounding.DOWN))
