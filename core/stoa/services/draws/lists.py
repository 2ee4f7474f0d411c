"""Draws as they stand, with their prizes; and the tickets that members bought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from stoa.errors import DrawUnknownError, TicketUnknownError
from stoa.services import rulebook
from stoa.services.draws.documents import KIND
from stoa.work import Work

__all__ = ["Draw", "PrizeLine", "Ticket", "find", "find_ticket", "listed", "of", "prizes_of"]


@dataclass(frozen=True, slots=True)
class Draw:
    """A draw as it stands.

    Attributes:
        state: ``open``, ``closed``, ``revealed`` or ``cancelled``.
        terms: what is promised, for ever; `terms_hash` is their SHA-256.
        seed: of a raffle that is revealed; nobody is told it before.
        root: of the list of a raffle's tickets, from its close on.
        drawn: how many tickets of an instant draw were drawn.
    """

    code: str
    mode: str
    state: str
    points: int
    terms: Mapping[str, Any]
    terms_hash: bytes
    commitment: bytes | None
    seed: bytes | None
    root: bytes | None
    opens_at: datetime
    closes_at: datetime
    draws_at: datetime | None
    tickets: int
    sold: int
    drawn: int
    closed_at: datetime | None
    resolved_at: datetime | None
    document: Mapping[str, Any]
    rule_state: str

    def standing(self, now: datetime) -> str:
        """Return ``soon``, ``open``, ``paused``, ``over``, or the state that ended it."""
        if self.state != "open":
            return self.state
        if now >= self.closes_at:
            return "over"
        if self.rule_state != "active":
            return "paused"
        return "open" if now >= self.opens_at else "soon"


@dataclass(frozen=True, slots=True)
class PrizeLine:
    """A prize of a draw: how many are left, and what became of those won."""

    code: str
    place: int
    odds: int
    stock: int
    remaining: int
    points: int
    coupon: str
    partner: str
    owed: int
    given: int
    waiting: int
    lapsed: int


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket that a member bought.

    Attributes:
        member_id: who bought it: the member, or one who was merged into the member.
        state: ``open``, ``won``, ``lost`` or ``refunded``.
        commitment: SHA-256 of the seed that decides it: its own, or its raffle's.
        seed: its own, told once it is drawn.
        holder: the member's name on the list of a raffle, from its close on.
        turn: its place among all tickets of an instant draw that were drawn.
        stock: how many of each prize were left when it was drawn.
        win: what became of its prize: ``owed``, ``given``, ``waiting``, ``claimed``, ``lapsed``.
    """

    member_id: UUID
    id: UUID
    draw: str
    mode: str
    number: int
    state: str
    points: int
    commitment: bytes
    seed: bytes | None
    holder: str | None
    nonce: str | None
    roll: int | None
    turn: int | None
    stock: Sequence[int] | None
    prize: str | None
    bought_at: datetime
    resolved_at: datetime | None
    terms: Mapping[str, Any]
    terms_hash: bytes
    win: str | None
    claim_until: date | None


_DRAWS = """
SELECT d.code, d.mode, d.state, d.points, d.terms, d.terms_hash, d.commitment,
       CASE WHEN d.state = 'revealed' THEN d.seed END, d.root, d.opens_at, d.closes_at, d.draws_at,
       d.tickets, d.sold, d.drawn, d.closed_at, d.resolved_at, v.document, r.state
  FROM draws d
  JOIN rules r ON r.kind = 'draw' AND r.code = d.code
  JOIN rule_versions v ON v.kind = r.kind AND v.code = r.code
   AND v.version = coalesce(r.version, r.latest)
"""
_FIND = _DRAWS + " WHERE d.code = %s"
_LISTED = (
    _DRAWS
    + " WHERE %(all)s OR d.state IN ('open', 'closed')"
    + " ORDER BY d.state IN ('open', 'closed') DESC, d.closes_at, d.code LIMIT %(most)s"
)
_PRIZES = """
SELECT p.prize, p.place, p.odds, p.stock, p.remaining, p.points, p.coupon, p.partner,
       count(*) FILTER (WHERE w.state = 'owed'),
       count(*) FILTER (WHERE w.state IN ('given', 'claimed')),
       count(*) FILTER (WHERE w.state = 'waiting'), count(*) FILTER (WHERE w.state = 'lapsed')
  FROM draw_prizes p LEFT JOIN draw_wins w ON w.draw = p.draw AND w.prize = p.prize
 WHERE p.draw = %s
 GROUP BY p.draw, p.prize ORDER BY p.place = 0, p.place
"""
_TICKETS = """
SELECT t.member_id, t.id, t.draw, d.mode, t.number, t.state, t.points,
       coalesce(t.commitment, d.commitment), CASE WHEN t.roll IS NOT NULL THEN t.seed END, t.holder,
       t.nonce, t.roll, t.turn, t.stock, t.prize, t.bought_at, t.resolved_at, d.terms, d.terms_hash,
       w.state, w.claim_until
  FROM tickets t
  JOIN draws d ON d.code = t.draw
  LEFT JOIN draw_wins w ON w.ticket_id = t.id
"""
_OF = f"""{_TICKETS}
 WHERE t.member_id = %(member)s OR t.member_id IN (
       SELECT m.id FROM members m WHERE m.merged_into = %(member)s)
 ORDER BY t.bought_at DESC, t.id DESC LIMIT %(most)s
"""  # noqa: S608 - constants
_TICKET = _TICKETS + " WHERE t.id = %s"


def find(work: Work, code: str) -> Draw:
    """Return a draw that was let hold.

    Raises:
        DrawUnknownError: there is none of this code.
    """
    rows = work.rows(_FIND, (code,)) if "\0" not in code else ()  # no text of the database has it
    if not rows:
        raise DrawUnknownError
    return Draw(*rows[0])


def listed(work: Work, *, ended: bool = False, most: int = 200) -> list[Draw]:
    """Return the draws that were let hold, those that end first first.

    Args:
        ended: also those that are revealed or cancelled.
    """
    draws = [Draw(*row) for row in work.rows(_LISTED, {"all": ended, "most": most})]
    if ended:
        return draws
    held = rulebook.current(work).of(KIND)
    return [each for each in draws if each.code in held or each.sold]


def prizes_of(work: Work, code: str) -> list[PrizeLine]:
    """Return the prizes of a draw in their order, the consolation last."""
    return [PrizeLine(*row) for row in work.rows(_PRIZES, (code,))]


def of(work: Work, member_id: UUID, *, most: int = 100) -> list[Ticket]:
    """Return the tickets that a member bought, the newest first."""
    return [Ticket(*row) for row in work.rows(_OF, {"member": member_id, "most": most})]


def find_ticket(work: Work, ticket_id: UUID) -> Ticket:
    """Return a ticket.

    Raises:
        TicketUnknownError: there is none of this id.
    """
    rows = work.rows(_TICKET, (ticket_id,))
    if not rows:
        raise TicketUnknownError
    return Ticket(*rows[0])
