"""Points currencies: the alliance's and partners' own; who may see which, and wallets in each.

The programme has one currency that every member has a wallet of. Beside it there may be others of
the alliance, and each partner may have its own. A partner sees, issues and redeems the alliance's
and its own; another partner's answers like one that is not there.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from stoa.errors import (
    CodeTakenError,
    CurrencyUnknownError,
    InvalidBodyError,
    MemberUnknownError,
    PartnerUnknownError,
)
from stoa.models.ledger import Currency
from stoa.models.partners import Partner
from stoa.services import audit, ledger, partners
from stoa.services.ledger import Balance, Statement
from stoa.services.partners import CurrencyTerms, Terms
from stoa.values.amounts import Rounding
from stoa.values.identifiers import public_id
from stoa.values.periods import Expiry, ExpiryRule
from stoa.values.tenders import Spending
from stoa.work import Work

__all__ = [
    "DEBT_POLICIES",
    "CurrencyLine",
    "change",
    "find",
    "found",
    "issue_in",
    "issuers",
    "known",
    "listed",
    "statement",
    "wallets",
]

DEBT_POLICIES = ("debt", "negative", "floor")
"""What may become of spent points whose purchase comes back (economics §3.8)."""

_CODE = re.compile(r"[A-Z][A-Z0-9]{1,11}", re.ASCII)
_MAX_NAME = 60
_MOST_POINTS = 10**9


@dataclass(frozen=True, slots=True)
class CurrencyLine:
    """A currency in the list; `issuer` is the partner whose own it is, by id and code."""

    terms: CurrencyTerms
    name: str
    issuer_id: UUID | None
    issuer: str | None

    @property
    def code(self) -> str:
        """The currency's code."""
        return self.terms.code


def found(
    work: Work,
    code: str,
    name: str,
    *,
    issuer_id: UUID | None = None,
    rule: ExpiryRule,
    months: int,
    face_value: Decimal,
    debt_policy: str = "debt",
    grace_days: int = 30,
    rounding: Rounding = Rounding.DOWN,
) -> None:
    """Found a points currency beside the programme's.

    Args:
        code: a capital letter, then 1 to 11 capital letters and digits.
        issuer_id: the partner whose own it is; ``None`` for one of the alliance.
        months: how long points live, by the rule.
        face_value: what a point is worth to a member, in the programme's money.
        debt_policy: one of `DEBT_POLICIES`.
        grace_days: how long points live that come back after their last day.
        rounding: of a fraction of a point.

    Raises:
        CodeTakenError: there is a currency of this code.
        PartnerUnknownError: there is no such partner.
        InvalidBodyError: the code, the name or the terms can't be; `errors` names each.
    """
    errors = _wrong(name, months, face_value, debt_policy, grace_days)
    if not _CODE.fullmatch(code):
        errors["code"] = ["Write a capital letter, then 1 to 11 capital letters and digits."]
    if errors:
        raise InvalidBodyError(errors=errors)
    if work.session.get(Currency, code) is not None or code == work.programme.currency:
        raise CodeTakenError(code_taken=code)
    if issuer_id is not None and work.session.get(Partner, issuer_id) is None:
        raise PartnerUnknownError
    partners.found_currency(
        work, name, rule=rule, months=months, face_value=face_value, debt_policy=debt_policy,
        grace_days=grace_days, rounding=rounding, code=code, issuer_id=issuer_id,
    )  # fmt: skip
    work.session.flush()
    after = {
        "name": name, "issuer": public_id("prt", issuer_id) if issuer_id else None,
        "expiry": rule.value, "months": months, "face_value": str(face_value),
        "debt_policy": debt_policy, "grace_days": grace_days, "rounding": rounding.value,
    }  # fmt: skip
    audit.record(work, "currency.found", code, after=after)
    _renew(work, issuer_id)


def change(
    work: Work,
    code: str,
    *,
    name: str | None = None,
    rule: ExpiryRule | None = None,
    months: int | None = None,
    face_value: Decimal | None = None,
    debt_policy: str | None = None,
    grace_days: int | None = None,
    rounding: Rounding | None = None,
    spending: Spending | None = None,
) -> None:
    """Change the name or terms of a currency for points to come; what is ``None`` stays as it is.

    Raises:
        CurrencyUnknownError: there is none of this code.
        InvalidBodyError: the name or the terms can't be; `errors` names each.
    """
    row = work.session.get(Currency, code, with_for_update=True)
    if row is None:
        raise CurrencyUnknownError
    before = _told(row)
    name = row.name if name is None else name
    months = row.expiry_months if months is None else months
    face_value = row.face_value if face_value is None else face_value
    debt_policy = debt_policy or row.debt_policy
    grace_days = row.grace_days if grace_days is None else grace_days
    errors = _wrong(name, months, face_value, debt_policy, grace_days)
    errors |= _wrong_spending(spending) if spending else {}
    if errors:
        raise InvalidBodyError(errors=errors)
    partners.found_currency(
        work, name, rule=rule or ExpiryRule(row.expiry_rule), months=months, face_value=face_value,
        debt_policy=debt_policy, grace_days=grace_days,
        rounding=rounding or Rounding(row.rounding), code=code, spending=spending,
    )  # fmt: skip
    work.session.flush()
    audit.record(work, "currency.change", code, before=before, after=_told(row))
    _renew(work, row.issuer_id)


def issue_in(work: Work, partner_id: UUID, code: str) -> int:
    """Let a partner's purchases from now on earn points of a currency: the alliance's or its own.

    Returns:
        The partner's new version.

    Raises:
        PartnerUnknownError: there is no such partner.
        CurrencyUnknownError: there is no such currency, or it is another partner's.
    """
    partner = work.session.get(Partner, partner_id, with_for_update=True)
    if partner is None:
        raise PartnerUnknownError
    currency = work.session.get(Currency, code)
    if currency is None or currency.issuer_id not in (None, partner_id):
        raise CurrencyUnknownError
    before = {"currency": partner.points_currency or work.programme.currency}
    partner.points_currency = None if code == work.programme.currency else code
    audit.record(
        work, "partner.issue_in", public_id("prt", partner_id), before=before,
        after={"currency": code},
    )  # fmt: skip
    return partners.renew(work, partner_id)


_LISTED = """
SELECT c.code, c.expiry_rule, c.expiry_months, c.face_value, c.money_currency, c.debt_policy,
       c.grace_days, c.rounding, c.version, c.min_points, c.step, c.max_share_percent,
       c.step_up_points, c.name, c.issuer_id, p.code
  FROM currencies c LEFT JOIN partners p ON p.id = c.issuer_id
 WHERE %(partner)s::uuid IS NULL OR c.issuer_id IS NULL OR c.issuer_id = %(partner)s
 ORDER BY c.code <> %(first)s, c.issuer_id IS NOT NULL, c.code
"""


def listed(work: Work) -> list[CurrencyLine]:
    """Return the currencies that the caller may see: the programme's first, partners' own last."""
    values = {"partner": work.actor.partner_id, "first": work.programme.currency}
    return [_line(row) for row in work.rows(_LISTED, values)]


def find(work: Work, code: str | None) -> CurrencyTerms:
    """Return a currency that the caller may see; the programme's for ``None``.

    Raises:
        CurrencyUnknownError: there is none of this code, or it is another partner's.
    """
    if work.actor.partner_id is not None:
        return known(work, partners.terms(work, work.actor.partner_id), code)
    for line in listed(work):
        if line.code == (code or work.programme.currency):
            return line.terms
    raise CurrencyUnknownError


def known(work: Work, terms: Terms, code: str | None) -> CurrencyTerms:
    """Return a currency that a partner may see, as its terms remember it, or as it is now.

    Raises:
        CurrencyUnknownError: there is none of this code, or it is another partner's.
    """
    code = code or work.programme.currency
    found_ = terms.currencies.get(code)
    if found_ is None:
        found_ = partners.terms(work, terms.partner_id, version=-1).currencies.get(code)
    if found_ is None:
        raise CurrencyUnknownError
    return found_


_MEMBER = "SELECT 1 FROM members WHERE id = %s"


def statement(work: Work, member_id: UUID, code: str | None = None) -> Statement:
    """Return a member's wallet of a currency; an empty one where nothing was earned of it yet.

    Raises:
        CurrencyUnknownError: the caller may see no such currency.
        MemberUnknownError: there is no such member.
    """
    currency = find(work, code)
    try:
        return ledger.balance_of(work, member_id, currency.code)
    except MemberUnknownError:
        if not work.rows(_MEMBER, (member_id,)):
            raise
    return Statement(
        Balance(currency.code, 0, 0, 0, 0), (), currency.face_value, currency.money_currency,
        currency.debt_policy,
    )  # fmt: skip


_WALLETS = "SELECT currency FROM wallets WHERE member_id = %s"


def wallets(work: Work, member_id: UUID) -> list[Statement]:
    """Return a member's wallets that the caller may see, in the order of `listed`.

    Raises:
        MemberUnknownError: there is no such member.
    """
    there = {row[0] for row in work.rows(_WALLETS, (member_id,))}
    seen = [line.code for line in listed(work) if line.code in there]
    if not seen:
        raise MemberUnknownError
    return [ledger.balance_of(work, member_id, code) for code in seen]


def issuers(work: Work) -> dict[str, str]:
    """Return the currency that each partner's purchases earn, by the partners' codes."""
    rows = work.session.execute(select(Partner.code, Partner.points_currency)).all()
    return {row[0]: row[1] or work.programme.currency for row in rows}


def _wrong(
    name: str, months: int, face_value: Decimal, debt_policy: str, grace_days: int
) -> dict[str, list[str]]:
    errors = {}
    if not 1 <= len(name) <= _MAX_NAME or not name.isprintable():
        errors["name"] = [f"Write a name of 1 to {_MAX_NAME} characters."]
    if not 1 <= months <= 1200:  # noqa: PLR2004 - a century
        errors["months"] = ["Choose between 1 and 1200."]
    if not (face_value.is_finite() and 0 <= face_value < 10**6):
        errors["face_value"] = ["Choose between 0 and 999999.999999."]
    if debt_policy not in DEBT_POLICIES:
        errors["debt_policy"] = [f"Choose one of {', '.join(DEBT_POLICIES)}."]
    if not 0 <= grace_days <= 3650:  # noqa: PLR2004 - ten years
        errors["grace_days"] = ["Choose between 0 and 3650."]
    return errors


def _wrong_spending(spending: Spending) -> dict[str, list[str]]:
    errors = {}
    for name in ("min_points", "step"):
        if not 1 <= getattr(spending, name) <= _MOST_POINTS:
            errors[name] = [f"Choose between 1 and {_MOST_POINTS}."]
    if not 1 <= spending.max_share_percent <= 100:  # noqa: PLR2004 - percent
        errors["max_share_percent"] = ["Choose between 1 and 100."]
    if spending.step_up_points is not None and not 0 <= spending.step_up_points <= _MOST_POINTS:
        errors["step_up_points"] = [f"Choose between 0 and {_MOST_POINTS}."]
    return errors


def _told(row: Currency) -> dict[str, object]:
    return {
        "name": row.name, "expiry": row.expiry_rule, "months": row.expiry_months,
        "face_value": str(row.face_value), "debt_policy": row.debt_policy,
        "grace_days": row.grace_days, "rounding": row.rounding, "min_points": row.min_points,
        "step": row.step, "max_share_percent": row.max_share_percent,
        "step_up_points": row.step_up_points,
    }  # fmt: skip


def _renew(work: Work, issuer_id: UUID | None) -> None:
    """Let servers read again what they remember of the currency with its partners' terms."""
    whose = Partner.id == issuer_id if issuer_id else Partner.id.is_not(None)
    for partner_id in work.session.scalars(select(Partner.id).where(whose).order_by(Partner.id)):
        partners.renew(work, partner_id)


def _line(row: Any) -> CurrencyLine:  # noqa: ANN401 - a row of _LISTED
    terms = CurrencyTerms(
        row[0], Expiry(ExpiryRule(row[1]), row[2]), row[3], row[4], row[5], row[6],
        Rounding(row[7]), row[8], Spending(*row[9:13]),
    )  # fmt: skip
    return CurrencyLine(terms, row[13], row[14], row[15])
