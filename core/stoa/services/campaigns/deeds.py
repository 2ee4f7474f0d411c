"""What people do with campaigns: save a version, let it hold, pause it, end it.

Nobody mints by configuration: each has a budget, and a budget above `budget_limit` needs another
person than the one who saved the version.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from stoa.errors import InvalidRuleError
from stoa.models.partners import Agreement, Partner
from stoa.services import rulebook
from stoa.services.campaigns.budgets import fund
from stoa.services.rulebook import Book
from stoa.values.campaigns import Campaign, read_campaign
from stoa.values.conditions import WrongRuleError
from stoa.work import Work

__all__ = ["activate", "end", "end_past", "pause", "read", "resume", "save"]

_KIND = "campaign"


def read(document: Mapping[str, Any], code: str = "") -> Campaign:
    """Read a campaign's document.

    Raises:
        InvalidRuleError: it can't be; `errors` names each place.
    """
    try:
        return read_campaign(document, code)
    except WrongRuleError as wrong:
        raise InvalidRuleError(errors=wrong.errors) from None


def save(work: Work, code: str, document: Mapping[str, Any], *, note: str = "") -> int:
    """Save a campaign's document as its next version; return the version.

    Raises:
        InvalidRuleError: it can't be, or a partner who shall pay is unknown.
    """
    if not 0 < len(code) <= _MOST_LETTERS or not code.isprintable() or ":" in code:
        raise InvalidRuleError(
            errors={"code": [f"A code has 1 to {_MOST_LETTERS} characters and no colon."]}
        )
    _check_payers(work, read(document, code))
    return rulebook.save(work, _KIND, code, document, note=note)


_MOST_LETTERS = 64


def activate(work: Work, code: str, version: int | None = None) -> Book:
    """Let a version hold, the latest by default, with its budget; return its book.

    What was paid of the campaign before counts on the budget.

    Raises:
        RuleUnknownError: there is no such campaign or version.
        RuleStateError: the campaign has ended.
        FourEyesError: as `rulebook.check_eyes`.
    """
    kept = rulebook.find(work, _KIND, code)
    chosen = version or kept.latest
    campaign = read(rulebook.document(work, _KIND, code, chosen), code)
    rulebook.check_eyes(work, _KIND, code, chosen)
    _check_payers(work, campaign)
    book = rulebook.activate(work, _KIND, code, chosen)
    fund(work, code, campaign.budget_points)
    return book


def pause(work: Work, code: str) -> Book:
    """Let a campaign rest; raises as `rulebook.pause`."""
    return rulebook.pause(work, _KIND, code)


def resume(work: Work, code: str) -> Book:
    """Let a paused campaign hold again; raises as `rulebook.resume`."""
    return rulebook.resume(work, _KIND, code)


def end(work: Work, code: str) -> Book:
    """End a campaign for ever; raises as `rulebook.end`."""
    return rulebook.end(work, _KIND, code)


def end_past(work: Work) -> int:
    """End the campaigns of which no purchase can be reported any more; return how many.

    A till may report late: a campaign ends when its last day is older than any agreement takes.
    """
    late = work.session.scalar(select(func.max(Agreement.backdate_days))) or 0
    today = work.today()
    done = 0
    for line in rulebook.listed(work, _KIND):
        if line.state not in ("active", "paused") or line.version is None:
            continue
        held = read(rulebook.document(work, _KIND, line.code, line.version), line.code)
        if held.last + timedelta(days=late + 1) < today:
            rulebook.end(work, _KIND, line.code)
            done += 1
    return done


def _check_payers(work: Work, campaign: Campaign) -> None:
    codes = [each.payer.removeprefix("prt:") for each in campaign.payers]
    known = set(work.session.scalars(select(Partner.code).where(Partner.code.in_(codes))))
    errors = {
        f"payers.{place}.payer": ["There is no such partner."]
        for place, each in enumerate(campaign.payers)
        if each.payer.startswith("prt:") and each.payer.removeprefix("prt:") not in known
    }
    if errors:
        raise InvalidRuleError(errors=errors)
