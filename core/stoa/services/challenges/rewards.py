"""Rewards of challenges: granted once a run, within the budget, and taken back with it."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from stoa.errors import PartnerFundingExhaustedError
from stoa.models.ledger import Currency
from stoa.models.partners import Partner
from stoa.services import ledger
from stoa.services.challenges.documents import Held
from stoa.services.ledger import Leg, LimitReachedError
from stoa.values.arithmetic import Says, challenge, part, plain
from stoa.values.challenges import Reward
from stoa.values.identifiers import public_id
from stoa.values.payers import split
from stoa.values.periods import Expiry, ExpiryRule
from stoa.values.wire import as_json
from stoa.work import Work

__all__ = ["fund", "give", "reason_of", "take_back"]


def reason_of(code: str) -> str:
    """Return the reason of a reward's postings and the name of its budget: ``challenge:…``."""
    return f"challenge:{code}"


def fund(work: Work, one: Held) -> int:
    """Give a challenge the budget of its version; return the points that are left of it."""
    values = (reason_of(one.code), one.challenge.budget_points)
    left: int = work.rows("SELECT stoa_fund_campaign(%s, %s)", values)[0][0]
    work.memo.setdefault("challenges.funded", {})[one.code] = one.version
    return left


def give(
    work: Work, member_id: UUID, one: Held, transaction_id: UUID, progress: list[dict[str, Any]]
) -> bool:
    """Grant a challenge's reward, once for the transaction's id; tell whether there was one.

    A budget that is used up, or a payer who has not funded it, pays nobody: the challenge is
    completed all the same.

    Raises:
        BalanceLimitError: the wallet would pass 9 × 10^15 points.
        WalletBusyError: the wallet stayed locked for too long.
    """
    reward = one.challenge.reward
    if reward is None:
        return False
    if work.memo.get("challenges.funded", {}).get(one.code) != one.version:
        fund(work, one)
    reason = reason_of(one.code)
    legs = _legs(work, reward, reason)
    currency = work.session.get_one(Currency, work.programme.currency)
    rule = Expiry(ExpiryRule(currency.expiry_rule), currency.expiry_months)
    facts = {
        "member": public_id("mem", member_id), "points": reward.points,
        "currency": currency.code, "reason": reason,
    }  # fmt: skip
    for _ in range(2):
        try:
            ledger.grant(
                work, member_id, currency.code, transaction_id=transaction_id,
                reference=one.code, reason_code="challenge", legs=legs,
                expires_on=rule.last_day(work.today()), facts=facts,
                explanation={
                    "lines": [_line(one, reward, leg) for leg in legs],
                    "progress": progress,
                },
                uses=[{"campaign": reason, "points": reward.points, "caps": []}],
            )  # fmt: skip
        except PartnerFundingExhaustedError:
            return False
        except LimitReachedError:
            # It may lack its fund alone: the work that had funded it came to nothing.
            if fund(work, one) < reward.points:
                return False
        else:
            return True
    return False


def _line(one: Held, reward: Reward, leg: Leg) -> dict[str, Any]:
    says: Says = (challenge(reward.points, challenge=one.code),)
    if leg.points < reward.points:
        says = (*says, part(leg.points, of=reward.points))
    return {
        "reason": leg.reason, "points": leg.points, "arithmetic": plain(says),
        "rule": reason_of(one.code), "rule_version": one.version, "says": as_json(says),
    }  # fmt: skip


def take_back(work: Work, member_id: UUID, code: str, transaction_id: UUID) -> None:
    """Take a reward back, once: what was spent of it is owed by the currency's policy.

    Raises:
        WalletBusyError: the wallet stayed locked for too long.
    """
    reason = reason_of(code)
    text = f"the goal of the challenge {code} was left by what came back"
    lines = work.rows(_LINES, (member_id, transaction_id))[0][0]
    ledger.ungrant(
        work, member_id, work.programme.currency, transaction_id=transaction_id,
        reason_code="challenge_undone",
        explanation={"lines": [{"reason": reason, "arithmetic": text}] * lines},
        facts={"member": public_id("mem", member_id), "reason": reason},
    )  # fmt: skip


_LINES = """
SELECT jsonb_array_length(explanation -> 'lines') FROM transactions
 WHERE member_id = %s AND id = %s
"""


def _legs(work: Work, reward: Reward, reason: str) -> list[Leg]:
    codes = [payer.partner for payer in reward.payers if payer.partner]
    known = select(Partner.code, Partner.id).where(Partner.code.in_(codes))
    partners: dict[str, UUID] = {row.code: row.id for row in work.session.execute(known)}
    parts = split(reward.points, reward.payers)
    return [
        Leg(points, reason, partners.get(payer.partner))
        for payer, points in zip(reward.payers, parts, strict=True)
        if points
    ]
