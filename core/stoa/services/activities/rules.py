"""Rules of activities: documents saved and activated, and which of them are open to a member."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from stoa.errors import ActivityUnknownError, InvalidRuleError
from stoa.services import rulebook
from stoa.services.rulebook import Book
from stoa.values.activities import Activity, read_activity
from stoa.values.conditions import WrongRuleError
from stoa.values.limits import period_start
from stoa.values.payers import PayerShare
from stoa.work import Work

__all__ = [
    "Held",
    "Open",
    "activate",
    "budget_of",
    "find",
    "opened",
    "payer_ids",
    "read",
    "save",
]

_KIND = "activity"
_MOST_READ = 500
_FUND = "SELECT stoa_fund_campaign(%s, %s)"
_PARTNERS = "SELECT code, id FROM partners WHERE code = ANY(%s)"


@dataclass(frozen=True, slots=True)
class Held:
    """An activity that holds, by its version and that of the book."""

    code: str
    version: int
    rule: Activity
    book: int


@dataclass(frozen=True, slots=True)
class Open:
    """An activity that a member can do, and whether it was done in its present period."""

    code: str
    version: int
    rule: Activity
    done: bool


def read(document: Mapping[str, Any]) -> Activity:
    """Read an activity's document.

    Raises:
        InvalidRuleError: it can't be; `errors` names each place.
    """
    try:
        return read_activity(document)
    except WrongRuleError as wrong:
        raise InvalidRuleError(errors=wrong.errors) from None


def save(work: Work, code: str, document: Mapping[str, Any], *, note: str = "") -> int:
    """Save an activity's document as its next version; return the version.

    Raises:
        InvalidRuleError: it can't be, or names a partner that is not there.
    """
    rule = read(document)
    missing = _missing(work, {each.partner for each in rule.payers if each.partner})
    errors = {
        f"payers.{place}.payer": ["There is no such partner."]
        for place, each in enumerate(rule.payers)
        if each.partner in missing
    }
    unknown = _missing(work, {store.partition("/")[0] for store in rule.stores})
    if unknown:
        errors["stores"] = [f"There is no partner {code}." for code in sorted(unknown)]
    if errors:
        raise InvalidRuleError(errors=errors)
    return rulebook.save(work, _KIND, code, document, note=note)


def activate(work: Work, code: str, version: int | None = None) -> Book:
    """Let a version hold, the latest by default, with its budget; return the book.

    Raises:
        RuleUnknownError: there is no such rule or version.
        RuleStateError: the rule has ended.
        FourEyesError: as `rulebook.check_eyes`.
    """
    chosen = version or rulebook.find(work, _KIND, code).latest
    rule = read(rulebook.document(work, _KIND, code, chosen))
    rulebook.check_eyes(work, _KIND, code, chosen)
    book = rulebook.activate(work, _KIND, code, chosen)
    work.rows(_FUND, (budget_of(code), rule.budget_points))
    return book


def budget_of(code: str) -> str:
    """Return the name under which an activity's budget and limits are kept."""
    return f"{_KIND}:{code}"


def find(work: Work, code: str) -> Held:
    """Return an activity that holds now.

    Raises:
        ActivityUnknownError: no activity of this code holds.
    """
    book = rulebook.current(work)
    kept = book.of(_KIND).get(code)
    if kept is None:
        raise ActivityUnknownError
    rule = _remembered(work, code, kept.version, kept.document)
    return Held(code, kept.version, rule, book.version)


_DONE = "SELECT activity, subject FROM activities WHERE member_id = %s AND activity = ANY(%s)"


def opened(work: Work, member_id: UUID, partner: str) -> list[Open]:
    """Return the activities that hold today at a partner, in the order of their codes.

    Args:
        partner: the partner's code.
    """
    today = work.today()
    rules = [
        (code, kept.version, _remembered(work, code, kept.version, kept.document))
        for code, kept in rulebook.current(work).of(_KIND).items()
    ]
    shown = [each for each in rules if each[2].is_on(today) and _near(each[2], partner)]
    rows = work.rows(_DONE, (member_id, [code for code, _, _ in shown])) if shown else []
    done = {(row[0], row[1]) for row in rows}
    return [
        Open(code, version, rule, (code, _period(rule, today)) in done)
        for code, version, rule in shown
    ]


def payer_ids(
    work: Work, payers: tuple[PayerShare, ...], reporting_id: UUID | None
) -> list[UUID | None]:
    """Return who pays, by id, in the order of the payers; ``None`` is the operator.

    A partner that left is stood in for by the operator.
    """
    named = sorted({each.partner for each in payers if each.partner})
    rows = work.rows(_PARTNERS, (named,)) if named else []
    ids = dict(map(tuple, rows))
    return [reporting_id if each.payer == "partner" else ids.get(each.partner) for each in payers]


def _near(rule: Activity, partner: str) -> bool:
    return not rule.stores or any(each.partition("/")[0] == partner for each in rule.stores)


def _period(rule: Activity, today: date) -> str:
    if rule.once_per == "ever":
        return "ever"
    if rule.once_per == "subject":
        return ""
    return f"{rule.once_per}:{period_start(rule.once_per, today).isoformat()}"


def _missing(work: Work, codes: set[str]) -> set[str]:
    return codes - {row[0] for row in work.rows(_PARTNERS, (sorted(codes),))} if codes else set()


def _remembered(work: Work, code: str, version: int, document: Mapping[str, Any]) -> Activity:
    known: dict[tuple[str, int], Activity] = work.memo.setdefault("activities", {})
    rule = known.get((code, version))
    if rule is None:
        if len(known) >= _MOST_READ:
            known.clear()
        rule = known[code, version] = read(document)
    return rule
