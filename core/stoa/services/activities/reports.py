"""Reports: a partner tells what a member did, and it earns, exactly once.

What is refused has no effect but for wrong codes, which are counted. One reading statement for the
partner, the member and the key, one for the book, up to two for the proof, and one that writes.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from stoa.errors import (
    ActivityClosedError,
    ActivityLimitError,
    ActivityUnknownError,
    IdempotencyMismatchError,
    MemberFrozenError,
    PartnerSuspendedError,
    StoreUnknownError,
)
from stoa.services import currencies, devices, idempotency, ledger, members
from stoa.services.activities import proofs, rules
from stoa.services.activities.proofs import Evidence, Shown
from stoa.services.activities.rules import Held
from stoa.services.idempotency import Used
from stoa.services.ledger import Balance, KeyUsedError, Leg, LimitReachedError
from stoa.services.members import Found, Token
from stoa.services.partners import StoreTerms, Terms
from stoa.values import arithmetic
from stoa.values.activities import subject_of
from stoa.values.arithmetic import Says
from stoa.values.identifiers import new_uuid, public_id
from stoa.values.limits import limit_uses
from stoa.values.payers import split
from stoa.values.periods import local_day
from stoa.values.wire import as_json
from stoa.work import Key, Work

__all__ = ["Done", "Reported", "hand_over", "report"]


@dataclass(frozen=True, slots=True)
class Done:
    """What a member did, as a partner tells it.

    Attributes:
        activity: the rule's code.
        store: code or id of the partner's store; ``None`` where it was at none.
        proof: what the activity asks for: a code, the id of a purchase, your own reference.
        device: what the app calls the phone; of a link, the one on which it was opened.
    """

    member: Token
    activity: str
    store: str | None = None
    proof: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class Reported:
    """What an activity earned; `replayed` when the key had done it before."""

    id: UUID
    member_id: UUID
    activity: str
    points: int
    balance: Balance
    replayed: bool = False


def report(work: Work, done: Done, *, key: Key) -> Reported:
    """Report what a member did; it earns exactly once for the key, and for what it is about.

    It should be a work's first deed: wrong codes are then counted whatever becomes of the work.

    Raises:
        MemberUnknownError: nobody has this token.
        MemberMergedError: the member is another one now.
        MemberFrozenError: the membership is frozen.
        PartnerSuspendedError: the caller is no active partner.
        StoreUnknownError: the caller has no such store.
        ActivityUnknownError: no such activity holds here.
        ActivityClosedError: it has not begun, or is over.
        ProofRefusedError: the proof is none.
        TooManyGuessesError: too many wrong codes came before.
        ActivityDoneError: it earned for this before.
        ActivityTooSoonError: it was done a moment ago.
        ActivityLimitError: the budget is spent or a limit is reached.
        InvalidBodyError: a proof or a device is missing.
        IdempotencyMismatchError: the key belongs to another request.
        BalanceLimitError: the wallet would pass 9 × 10^15 points.
        WalletBusyError: the wallet stayed locked for too long.
    """
    partner_id = work.actor.partner_id
    if partner_id is None:
        raise PartnerSuspendedError("Activities are reported by partners.")
    terms, found, used = members.meet(work, partner_id, done.member, key)
    if used is not None:
        return _again(work, used)
    store = _accepted(terms, found, done.store)
    kept = _open(work, terms, store, done.activity)
    device = devices.hashed(work, done.device) if done.device else None
    shown = Shown(done.activity, partner_id, store.id if store else None, done.proof, device)
    evidence = proofs.check(work, kept.rule, found, shown)
    try:
        return _post(
            work, terms, found, store=store, kept=kept, shown=shown, evidence=evidence, key=key
        )  # fmt: skip
    except LimitReachedError as limit:
        raise ActivityLimitError(by=limit.by) from None
    except KeyUsedError:
        return _again(work, idempotency.find(work, partner_id, key))


_HAND_OVER = """
UPDATE activities a SET member_id = %(new)s WHERE member_id = %(old)s AND NOT EXISTS (
       SELECT 1 FROM activities b WHERE b.member_id = %(new)s AND b.activity = a.activity
          AND b.subject = a.subject) RETURNING 1
"""
_HAND_OVER_CODES = """
UPDATE activity_codes SET member_id = %(new)s WHERE member_id = %(old)s RETURNING 1
"""


def hand_over(work: Work, old_id: UUID, new_id: UUID) -> None:
    """Count what a merged member did as done by the one who goes on, so that it earns no more."""
    values = {"old": old_id, "new": new_id}
    work.rows(_HAND_OVER, values)
    work.rows(_HAND_OVER_CODES, values)


def _accepted(terms: Terms, found: Found, name: str | None) -> StoreTerms | None:
    if not terms.may_issue:
        raise PartnerSuspendedError
    if found.status != "active":
        raise MemberFrozenError
    store = terms.store(name) if name is not None else None
    if name is not None and store is None:
        raise StoreUnknownError
    return store


def _open(work: Work, terms: Terms, store: StoreTerms | None, code: str) -> Held:
    kept = rules.find(work, code)
    if not kept.rule.is_at(terms.code, store.code if store else None):
        raise ActivityUnknownError
    if not kept.rule.is_on(_day(work, store)):
        since, until = kept.rule.since, kept.rule.until
        raise ActivityClosedError(
            since=since and since.isoformat(), until=until and until.isoformat()
        )
    return kept


def _day(work: Work, store: StoreTerms | None) -> date:
    return local_day(work.now(), store.zone if store else work.programme.zone)


def _post(
    work: Work,
    terms: Terms,
    found: Found,
    *,
    store: StoreTerms | None,
    kept: Held,
    shown: Shown,
    evidence: Evidence,
    key: Key,
) -> Reported:
    rule, day = kept.rule, _day(work, store)
    subject = subject_of(rule, evidence.about, day)
    claims = list(evidence.claims)
    if shown.device is not None and rule.proof != "link":
        claims.append(proofs.claim("device", shown.device.hex(), subject))
    name = rules.budget_of(kept.code)
    payers = rules.payer_ids(work, rule.payers, terms.partner_id)
    legs = [
        Leg(points, name, payer)
        for points, payer in zip(split(rule.points, rule.payers), payers, strict=True)
        if points
    ]
    activity_id = new_uuid()
    facts = {
        "activity": kept.code, "kind": rule.kind, "points": rule.points,
        "member": public_id("mem", found.id), "store": store.code if store else None,
    }  # fmt: skip
    balance = ledger.act(
        work, found.id, work.programme.currency, activity_id=activity_id, activity=kept.code,
        kind=rule.kind, version=kept.version, subject=subject, day=day,
        gap_s=rule.min_gap_minutes * 60, claims=claims, code_id=evidence.code_id,
        partner_id=terms.partner_id, store_id=store.id if store else None, key=key, reference="",
        explanation=_explained(kept, legs), legs=legs, price=terms.agreement_on(day).issue_price,
        expires_on=currencies.known(work, terms, None).expiry.last_day(day), facts=facts,
        uses=[limit_uses(name, rule.points, rule.caps, work.today())],
    )  # fmt: skip
    return Reported(activity_id, found.id, kept.code, rule.points, balance)


def _explained(kept: Held, legs: list[Leg]) -> dict[str, Any]:
    name, points = rules.budget_of(kept.code), kept.rule.points
    lines = []
    for leg in legs:
        says: Says = (arithmetic.activity(points, activity=kept.code),)
        if leg.points != points:
            says = (*says, arithmetic.part(leg.points, of=points))
        lines.append({
            "reason": leg.reason, "points": leg.points, "arithmetic": arithmetic.plain(says),
            "rule": name, "rule_version": kept.version, "says": as_json(says),
        })  # fmt: skip
    return {"rulebook": kept.book, "lines": lines}


_AGAIN = """
SELECT a.id, a.activity, (SELECT sum((line ->> 'points')::bigint)
         FROM jsonb_array_elements(t.explanation -> 'lines') AS line)::bigint
  FROM transactions t JOIN activities a ON a.id = t.id AND a.member_id IN (
       t.member_id, (SELECT merged_into FROM members WHERE id = t.member_id))
 WHERE t.member_id = %s AND t.id = %s
"""


def _again(work: Work, used: Used | None) -> Reported:
    rows = work.rows(_AGAIN, (used.member_id, used.subject_id)) if used else ()
    if used is None or not rows:
        raise IdempotencyMismatchError
    activity_id, code, points = rows[0]
    return Reported(activity_id, used.member_id, code, points, used.balance, replayed=True)
