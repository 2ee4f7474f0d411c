"""Referrals: who invites a member that buys is rewarded once, and so is who came (#13, #55, #57).

    waiting → purchased → rewarded
       ↑          |           |         a purchase that comes back un-counts: what was given for it
       └──────────┘         undone      is taken back, and the next purchase counts anew

Events move the states; points come and go in beats of their own, both sides or neither.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from stoa.errors import InvalidRuleError, PartnerFundingExhaustedError, WalletBusyError
from stoa.services import currencies, diaries, ledger, mergers, rulebook
from stoa.services.ledger import LimitReachedError, Side
from stoa.services.outbox import Heard
from stoa.services.rulebook import Book
from stoa.values.arithmetic import plain, referral
from stoa.values.conditions import WrongRuleError
from stoa.values.diary import Entry
from stoa.values.identifiers import public_id
from stoa.values.limits import limit_uses
from stoa.values.payers import split
from stoa.values.periods import local_day
from stoa.values.referrals import Referral, read_referral
from stoa.values.wire import as_json
from stoa.work import Work

__all__ = ["activate", "follow", "read", "review", "reward", "save", "take_back"]

_KIND = "referral"
_MOST_READ = 100


def read(document: Mapping[str, Any]) -> Referral:
    """Read a referral's document.

    Raises:
        InvalidRuleError: it can't be, or says what the law forbids; `errors` names each place.
    """
    try:
        return read_referral(document)
    except WrongRuleError as wrong:
        raise InvalidRuleError(errors=wrong.errors) from None


_PARTNERS = "SELECT code, id FROM partners WHERE code = ANY(%s)"


def save(work: Work, code: str, document: Mapping[str, Any], *, note: str = "") -> int:
    """Save a referral's document as its next version; return the version.

    Raises:
        InvalidRuleError: it can't be, or a partner who shall pay is unknown.
    """
    rule = read(document)
    known = {row[0] for row in work.rows(_PARTNERS, ([each.partner for each in rule.payers],))}
    errors = {
        f"reward.payers.{place}.payer": ["There is no such partner."]
        for place, each in enumerate(rule.payers)
        if each.partner and each.partner not in known
    }
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
    work.rows("SELECT stoa_fund_campaign(%s, %s)", (f"{_KIND}:{code}", rule.budget_points))
    return book


def follow(_: Work, heard: Heard) -> None:
    """Look at a member's referral again after points of a purchase came or went."""
    if heard.member_id is not None and "purchase" in heard.event.facts:
        after_return = heard.event.topic == "points.clawed_back"
        heard.at_end(_after_return if after_return else _after_purchase)


_INVITED = """
SELECT DISTINCT r.invitee_id
  FROM members m JOIN referrals r ON r.invitee_id = coalesce(m.merged_into, m.id)
 WHERE m.id = ANY(%s) AND r.state <> 'refused' AND (r.first_purchase_id IS NULL OR %s)
 ORDER BY r.invitee_id
"""


def _after_purchase(work: Work, members: Sequence[UUID]) -> None:
    """Review the referrals in which no purchase counts yet: one statement where there is none."""
    for (invitee_id,) in work.rows(_INVITED, (list(members), False)):
        review(work, invitee_id, after_return=False)


def _after_return(work: Work, members: Sequence[UUID]) -> None:
    for (invitee_id,) in work.rows(_INVITED, (list(members), True)):
        review(work, invitee_id, after_return=True)


class _Row(NamedTuple):
    invitee_id: UUID
    inviter_id: UUID
    state: str
    invited_on: date
    purchase_id: UUID | None
    rule: str | None
    rule_version: int | None
    given: bool


_LOOK = """
SELECT invitee_id, inviter_id, state, (invited_at AT TIME ZONE %s::text)::date,
       first_purchase_id, rule, rule_version, inviter_bonus IS NOT NULL OR invitee_bonus IS NOT NULL
  FROM referrals WHERE invitee_id = %s AND state <> 'refused' FOR UPDATE
"""
_BUYS = """
UPDATE referrals
   SET state = %(state)s, reason = '', first_purchase_id = %(purchase)s, purchased_on = %(day)s,
       purchased_at = %(now)s, due_on = %(due)s, rule = %(rule)s, rule_version = %(version)s
 WHERE invitee_id = %(invitee)s RETURNING 1
"""
_LOSES = """
UPDATE referrals
   SET state = %(state)s, reason = '', first_purchase_id = NULL, purchased_on = NULL,
       purchased_at = NULL, due_on = NULL
 WHERE invitee_id = %(invitee)s RETURNING 1
"""


def review(work: Work, invitee_id: UUID, *, after_return: bool) -> None:
    """Bring a member's referral to the state that the purchases ask for.

    The first purchase counts that stands and covers what the rule asks, net of what came back.
    The rule of that moment decides what will be given for it; without one nothing is.

    Args:
        after_return: something came back; without that, a purchase that counts goes on counting.
    """
    work.session.connection()
    rows = work.rows(_LOOK, (work.programme.zone, invitee_id))
    if not rows:
        return
    row = _Row(*rows[0])
    if row.purchase_id is not None and not after_return:
        return
    code, version, rule = _rule_of(work, row)
    entry = _first(work, row, rule)
    if entry is None or entry.purchase_id is None:
        if row.purchase_id is not None:
            state = "undone" if row.given else "waiting"
            work.rows(_LOSES, {"state": state, "invitee": invitee_id})
            _tell(work, "referral.undone", row)
        return
    if row.purchase_id == entry.purchase_id:
        return
    due = entry.day + timedelta(days=rule.settle_days) if rule and not row.given else None
    values = {
        "state": "rewarded" if row.given else "purchased", "purchase": entry.purchase_id,
        "day": entry.day, "now": work.now(), "due": due, "rule": code, "version": version,
        "invitee": invitee_id,
    }  # fmt: skip
    work.rows(_BUYS, values)
    if row.purchase_id is None:
        _tell(work, "referral.purchased", row)


class _Due(NamedTuple):
    invitee_id: UUID
    inviter_id: UUID
    purchase_id: UUID
    rule: str
    version: int


_DUE = """
SELECT r.invitee_id, r.inviter_id, r.first_purchase_id, r.rule, r.rule_version FROM referrals r
  JOIN members a ON a.id = r.inviter_id AND a.status = 'active'
  JOIN members b ON b.id = r.invitee_id AND b.status = 'active'
 WHERE r.due_on <= %s AND r.state = 'purchased' AND r.rule IS NOT NULL
 ORDER BY r.due_on, r.invitee_id LIMIT %s
"""
_GIVES_NO_MORE = """
UPDATE referrals SET due_on = NULL, reason = %s
 WHERE invitee_id = %s AND first_purchase_id = %s AND state = 'purchased' RETURNING 1
"""


_LATER = """
UPDATE referrals SET due_on = %s
 WHERE invitee_id = %s AND first_purchase_id = %s AND state = 'purchased' RETURNING 1
"""


def reward(work: Work, *, limit: int = 100, stopping: Callable[[], bool] = lambda: False) -> int:
    """Reward the referrals whose day has come, each once; return how many.

    A referral for which the rule's budget or the inviter's limit lacks points still counts, and is
    never rewarded: its reason says so. One whose payer has not funded it waits for another day.

    Args:
        limit: the most referrals of one call.
        stopping: asked before each; the rest waits when it says so.
    """
    done = 0
    for row in work.rows(_DUE, (work.today(), limit)):
        if stopping():
            break
        due = _Due(*row)
        try:
            done += _reward(work, due)
        except LimitReachedError as reached:
            told = (f"limit:{reached.by}", due.invitee_id, due.purchase_id)
            work.rows(_GIVES_NO_MORE, told)
        except PartnerFundingExhaustedError:
            tomorrow = work.today() + timedelta(days=1)
            work.rows(_LATER, (tomorrow, due.invitee_id, due.purchase_id))
        except WalletBusyError:
            continue  # found again the next time
    return done


_GIVEN = """
SELECT r.invitee_id FROM referrals r
 WHERE r.state IN ('undone', 'refused')
   AND (r.inviter_bonus IS NOT NULL OR r.invitee_bonus IS NOT NULL)
 ORDER BY r.invitee_id LIMIT %s
"""
_BONUSES = """
SELECT t.member_id, t.id, t.currency FROM referrals r
  JOIN members m ON m.id IN (r.inviter_id, r.invitee_id)
                 OR m.merged_into IN (r.inviter_id, r.invitee_id)
  JOIN transactions t ON t.member_id = m.id AND t.id IN (r.inviter_bonus, r.invitee_bonus)
 WHERE r.invitee_id = %s AND r.state IN ('undone', 'refused')
 ORDER BY t.member_id, t.id
   FOR UPDATE OF r
"""
_TAKEN = """
UPDATE referrals SET inviter_bonus = NULL, invitee_bonus = NULL, rewarded_at = NULL
 WHERE invitee_id = %s RETURNING 1
"""


def take_back(work: Work, *, limit: int = 10, stopping: Callable[[], bool] = lambda: False) -> int:
    """Take back what was given for referrals that count no more; return for how many.

    Args:
        limit: the most referrals of one call.
        stopping: asked before each; the rest waits when it says so.
    """
    done = 0
    for (invitee_id,) in work.rows(_GIVEN, (limit,)):
        if stopping():
            break
        work.session.connection()
        try:
            with work.session.begin_nested():
                done += _take_back(work, invitee_id)
        except WalletBusyError:
            continue  # found again the next time
    return done


def _take_back(work: Work, invitee_id: UUID) -> bool:
    bonuses = work.rows(_BONUSES, (invitee_id,))
    for member_id, bonus_id, currency in bonuses:
        mergers.passed_on(work, member_id, partial(_ungrant, work, member_id, bonus_id, currency))
    if bonuses:
        work.rows(_TAKEN, (invitee_id,))
    return bool(bonuses)


def _ungrant(work: Work, member_id: UUID, bonus_id: UUID, currency: str) -> ledger.Balance:
    told = "the purchase came back, or the invitation proved to be none"
    return ledger.ungrant(
        work, member_id, currency, transaction_id=bonus_id, reason_code="referral_undone",
        explanation={"lines": [{"reason": "referral_undone", "arithmetic": told}]},
        facts={"member": public_id("mem", member_id)},
    )  # fmt: skip


def _reward(work: Work, due: _Due) -> bool:
    rule = _kept(work, due.rule, due.version)
    name = f"{_KIND}:{due.rule}"
    codes = [each.partner for each in rule.payers if each.partner]
    ids = dict(map(tuple, work.rows(_PARTNERS, (codes,)))) if codes else {}
    sides = (
        _side(work, due, rule, name, "inviter", rule.inviter_points),
        _side(work, due, rule, name, "friend", rule.invitee_points),
    )
    expires_on = currencies.find(work, None).expiry.last_day(work.today())
    return ledger.reward(
        work, due.invitee_id, purchase_id=due.purchase_id, sides=sides, reason=name,
        payers=[ids.get(each.partner) for each in rule.payers], expires_on=expires_on,
    )  # fmt: skip


def _side(work: Work, due: _Due, rule: Referral, name: str, side: str, points: int) -> Side:  # noqa: PLR0917 - one side of a reward
    legs = split(points, rule.payers)
    says = (referral(points, side=side),)
    line = {
        "reason": name, "arithmetic": plain(says), "rule": name, "rule_version": due.version,
        "says": as_json(says),
    }  # fmt: skip
    member_id = due.inviter_id if side == "inviter" else due.invitee_id
    caps = rule.caps if side == "inviter" else ()
    return Side(
        legs, {"rule": name, "rule_version": due.version, "lines": [line for leg in legs if leg]},
        {"referral": due.rule, "points": points, "member": public_id("mem", member_id)},
        (limit_uses(name, points, caps, work.today()),),
    )  # fmt: skip


def _rule_of(work: Work, row: _Row) -> tuple[str | None, int | None, Referral | None]:
    """Return the rule that a referral was counted by, or the one that holds now."""
    if row.rule is not None and row.rule_version is not None and row.purchase_id is not None:
        return row.rule, row.rule_version, _kept(work, row.rule, row.rule_version)
    for kept in rulebook.current(work).of(_KIND).values():
        return kept.code, kept.version, read(kept.document)
    return None, None, None


_KEPT = """
SELECT document FROM rule_versions WHERE kind = 'referral' AND code = %s AND version = %s
"""


def _kept(work: Work, code: str, version: int) -> Referral:
    """Return a version of a rule, which never changes; it is read without opening a session."""
    known: dict[tuple[str, int], Referral] = work.memo.setdefault("referrals", {})
    if (code, version) not in known:
        if len(known) >= _MOST_READ:
            known.clear()
        known[code, version] = read(work.rows(_KEPT, (code, version))[0][0])
    return known[code, version]


def _first(work: Work, row: _Row, rule: Referral | None) -> Entry | None:
    """Return the first purchase that counts: on the day of the invitation or after it."""
    least = max(1, rule.min_spend_minor if rule else 1)
    within = rule.within_days if rule else None
    last = row.invited_on + timedelta(days=within) if within is not None else date.max
    fitting = [
        entry
        for entry in diaries.of(work, row.invitee_id).entries
        if entry.spend_minor >= least
        and row.invited_on <= entry.day <= last
        and entry.day <= local_day(work.now(), work.programme.zone) + timedelta(days=1)
    ]
    return min(fitting, key=lambda entry: (entry.day, entry.at), default=None)


def _tell(work: Work, topic: str, row: _Row) -> None:
    facts = {"member": public_id("mem", row.inviter_id)}
    work.record(topic, facts, member_id=row.inviter_id, partner_id=None)
