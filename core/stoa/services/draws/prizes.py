"""Prizes: points and coupons are given at once, all others handed over in a store; each once."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import structlog
from sqlalchemy import select

from stoa.errors import PrizeClosedError, StoaError, StoreUnknownError, TicketUnknownError
from stoa.models.ledger import Currency
from stoa.models.partners import Partner
from stoa.services import coupons, ledger, partners
from stoa.services.draws.documents import version
from stoa.services.ledger import Leg, LimitReachedError
from stoa.values.arithmetic import Says, part, plain, prize
from stoa.values.identifiers import public_id
from stoa.values.lotteries import Lottery
from stoa.values.payers import split
from stoa.values.periods import Expiry, ExpiryRule
from stoa.values.wire import as_json
from stoa.work import Work

__all__ = ["Win", "claim", "fund", "give", "give_due", "lapse", "reason_of", "won_by"]

_FIRST_WAIT_S, _LAST_WAIT_S = 10, 3600
_MOST_DOUBLINGS = 9

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Win:
    """A unit of a prize that a ticket won.

    Attributes:
        member_id: who goes on, where the winner was merged into another member.
        state: ``owed``, ``given``, ``waiting``, ``claimed`` or ``lapsed``.
        partner: code of the only one who hands it over; empty for any.
        version: of the rule by which the ticket was bought.
    """

    draw: str
    prize: str
    unit: int
    member_id: UUID
    ticket_id: UUID
    state: str
    points: int
    coupon: str
    partner: str
    won_at: datetime
    tries: int
    claim_until: date | None
    resolved_at: datetime | None
    version: int


_WIN = """
SELECT w.draw, w.prize, w.unit, coalesce(m.merged_into, m.id), w.ticket_id, w.state, w.points,
       w.coupon, w.partner, w.won_at, w.tries, w.claim_until, w.resolved_at, t.version
  FROM draw_wins w
  JOIN members m ON m.id = w.member_id
  JOIN tickets t ON t.member_id = w.member_id AND t.id = w.ticket_id
"""
_TICKET = "SELECT 1 FROM tickets WHERE id = %s"
_OF_TICKET = _WIN + " WHERE w.ticket_id = %s FOR UPDATE OF w"
_DUE = (
    _WIN
    + " WHERE w.state = 'owed' AND w.next_at <= %s ORDER BY w.next_at LIMIT 1"
    + " FOR UPDATE OF w SKIP LOCKED"
)
_GIVEN = """
UPDATE draw_wins SET state = 'given', resolved_at = %s, given_id = %s
 WHERE ticket_id = %s AND state = 'owed' RETURNING 1
"""
_LATER = "UPDATE draw_wins SET tries = tries + 1, next_at = %s WHERE ticket_id = %s RETURNING 1"
_CLAIM = """
UPDATE draw_wins SET state = 'claimed', resolved_at = %s, partner_id = %s, store_id = %s
 WHERE ticket_id = %s AND state = 'waiting' RETURNING 1
"""
_LAPSE = """
UPDATE draw_wins SET state = 'lapsed', resolved_at = %s
 WHERE state = 'waiting' AND claim_until < %s RETURNING member_id, ticket_id, draw, prize
"""


def reason_of(code: str) -> str:
    """Return the reason of a prize's postings and the name of its budget: ``draw:…``."""
    return f"draw:{code}"


def fund(work: Work, code: str, lottery: Lottery) -> None:
    """Give a draw the budget of its points; what was paid before counts on it."""
    if lottery.budget_points:
        values = (reason_of(code), lottery.budget_points)
        work.rows("SELECT stoa_fund_campaign(%s, %s)", values)


def won_by(work: Work, ticket_id: UUID) -> Win | None:
    """Return what a ticket won, locked until the work ends; ``None`` for nothing."""
    rows = work.rows(_OF_TICKET, (ticket_id,))
    return Win(*rows[0]) if rows else None


def give(work: Work, win: Win) -> bool:
    """Give points or a coupon that are owed, once; tell whether they could be.

    Where they can't, the worker tries again later.
    """
    try:
        with work.session.begin_nested():
            given_id = _coupon(work, win) if win.coupon else _grant(work, win)
            work.rows(_GIVEN, (work.now(), given_id, win.ticket_id))
    except (StoaError, LimitReachedError) as wrong:
        _log.warning("draw.prize_not_given", draw=win.draw, prize=win.prize, why=str(wrong))
        wait = min(_FIRST_WAIT_S << min(win.tries, _MOST_DOUBLINGS), _LAST_WAIT_S)
        work.rows(_LATER, (work.now() + timedelta(seconds=wait), win.ticket_id))
        return False
    return True


def give_due(work: Work) -> bool:
    """Give the prize that is owed longest and is not being given; tell whether there was one."""
    work.session.connection()  # what is taken stays locked until it is given
    rows = work.rows(_DUE, (work.now(),))
    if rows:
        give(work, Win(*rows[0]))
    return bool(rows)


def claim(work: Work, ticket_id: UUID, store: str) -> Win:
    """Hand a prize over in a store of the caller's, once.

    Raises:
        TicketUnknownError: there is no such ticket.
        PrizeClosedError: the ticket won none that waits, it waits elsewhere, or no longer.
        StoreUnknownError: the caller has no such store.
    """
    if work.actor.partner_id is None:
        raise StoreUnknownError
    work.session.connection()  # all of it is one transaction
    terms = partners.terms(work, work.actor.partner_id)
    site = terms.store(store)
    if site is None:
        raise StoreUnknownError
    win = won_by(work, ticket_id)
    if win is None and not work.rows(_TICKET, (ticket_id,)):
        raise TicketUnknownError
    if win is None:
        raise PrizeClosedError(state="none")
    if win.state != "waiting":
        raise PrizeClosedError(state=win.state)
    if win.claim_until is not None and win.claim_until < work.today():
        raise PrizeClosedError(state="lapsed")
    if win.partner and win.partner != terms.code:
        raise PrizeClosedError(state="elsewhere")
    work.rows(_CLAIM, (work.now(), terms.partner_id, site.id, ticket_id))
    facts = _facts(win.member_id, win.ticket_id, win.draw, win.prize)
    work.record("prize.claimed", facts, member_id=win.member_id, partner_id=terms.partner_id)
    return _again(work, ticket_id)


def lapse(work: Work) -> int:
    """Let prizes lapse that nobody came for in time; return how many."""
    work.session.connection()
    gone = work.rows(_LAPSE, (work.now(), work.today()))
    for member_id, ticket_id, draw, code in gone:
        facts = _facts(member_id, ticket_id, draw, code)
        work.record("prize.lapsed", facts, member_id=member_id, partner_id=None)
    return len(gone)


def _again(work: Work, ticket_id: UUID) -> Win:
    found = won_by(work, ticket_id)
    if found is None:
        raise PrizeClosedError(state="none")
    return found


def _facts(member_id: UUID, ticket_id: UUID, draw: str, code: str) -> dict[str, Any]:
    return {
        "member": public_id("mem", member_id), "ticket": public_id("tkt", ticket_id), "draw": draw,
        "prize": code,
    }  # fmt: skip


def _grant(work: Work, win: Win) -> UUID:
    """Grant the points of a prize; return the id of the transaction, made of the ticket's."""
    lottery = version(work, win.draw, win.version)
    reason, transaction_id = reason_of(win.draw), uuid5(win.ticket_id, "prize")
    currency = work.session.get_one(Currency, work.programme.currency)
    rule = Expiry(ExpiryRule(currency.expiry_rule), currency.expiry_months)
    legs = _legs(work, lottery, win.points, reason)
    ledger.grant(
        work, win.member_id, currency.code, transaction_id=transaction_id,
        subject_id=win.ticket_id, reference=win.draw, reason_code="draw", legs=legs,
        expires_on=rule.last_day(work.today()),
        explanation={"lines": [_line(win, leg) for leg in legs]},
        facts={
            "member": public_id("mem", win.member_id), "points": win.points,
            "currency": currency.code, "reason": reason,
        },
        uses=[{"campaign": reason, "points": win.points, "caps": []}],
    )  # fmt: skip
    return transaction_id


def _coupon(work: Work, win: Win) -> UUID:
    """Issue the coupon of a prize to the member; return its id."""
    origin = f"draw:{win.ticket_id}"
    return coupons.issue(work, win.coupon, member_id=win.member_id, origin=origin)[0].id


def _line(win: Win, leg: Leg) -> dict[str, Any]:
    says: Says = (prize(win.points, draw=win.draw),)
    if leg.points < win.points:
        says = (*says, part(leg.points, of=win.points))
    return {
        "reason": leg.reason, "points": leg.points, "arithmetic": plain(says),
        "rule": reason_of(win.draw), "rule_version": win.version, "says": as_json(says),
    }  # fmt: skip


def _legs(work: Work, lottery: Lottery, points: int, reason: str) -> list[Leg]:
    codes = [payer.partner for payer in lottery.payers if payer.partner]
    known = select(Partner.code, Partner.id).where(Partner.code.in_(codes))
    found: dict[str, UUID] = {row.code: row.id for row in work.session.execute(known)}
    parts = split(points, lottery.payers)
    return [
        Leg(share, reason, found.get(payer.partner))
        for payer, share in zip(lottery.payers, parts, strict=True)
        if share
    ]
