"""Cancel a draw: nobody wins any longer, and open tickets go back to the lots they came from."""

from uuid import UUID

from stoa.errors import DrawClosedError, DrawUnknownError, TicketClosedError
from stoa.services import audit, ledger, rulebook
from stoa.services.draws.documents import KIND
from stoa.services.draws.prizes import reason_of
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["cancel", "refund_due"]

_LOCK = "SELECT state, sold FROM draws WHERE code = %s FOR UPDATE"
_CANCEL = """
UPDATE draws SET state = 'cancelled', resolved_at = %s, closed_at = NULL WHERE code = %s RETURNING 1
"""
_WON = "SELECT coalesce(sum(points), 0)::bigint FROM draw_wins WHERE draw = %s"
_OPEN = """
SELECT t.member_id, t.id, t.points, t.version FROM tickets t
 WHERE t.draw = %s AND t.state = 'open' AND t.origin = '' ORDER BY t.number LIMIT %s
"""
_WAITING = "SELECT code FROM draws WHERE state = 'cancelled' AND closed_at IS NULL ORDER BY code"
_DONE = "UPDATE draws SET closed_at = %s WHERE code = %s AND closed_at IS NULL RETURNING 1"
_GRACE = """
SELECT c.grace_days FROM currencies c JOIN draws d ON d.currency = c.code WHERE d.code = %s
"""


def cancel(work: Work, code: str, *, reason: str) -> int:
    """Cancel a draw for ever; the worker gives its open tickets back.

    What was won in it before stays won.

    Returns:
        How many tickets were sold.

    Raises:
        DrawUnknownError: there is no draw of this code.
        DrawClosedError: it is revealed, or was cancelled before.
    """
    rule = work.rows("SELECT state FROM rules WHERE kind = %s AND code = %s", (KIND, code))
    if rule and rule[0][0] in ("active", "paused"):
        rulebook.end(work, KIND, code)
    work.session.connection()
    rows = work.rows(_LOCK, (code,))
    if not rows:
        raise DrawUnknownError
    state, sold = rows[0]
    if state not in ("open", "closed"):
        raise DrawClosedError(state=state)
    work.rows(_CANCEL, (work.now(), code))
    won = work.rows(_WON, (code,))[0][0]
    if work.rows("SELECT 1 FROM campaign_funds WHERE campaign = %s", (reason_of(code),)):
        work.rows("SELECT stoa_fund_campaign(%s, %s)", (reason_of(code), won))
    audit.record(
        work, "draw.cancel", f"draw/{code}", before={"state": state},
        after={"state": "cancelled", "reason": reason},
    )  # fmt: skip
    work.record("draw.cancelled", {"draw": code}, member_id=None, partner_id=None)
    return int(sold)


def refund_due(work: Work, *, limit: int = 100) -> int:
    """Give open tickets of cancelled draws back, each in a transaction of its own; return how many.

    Every worker may do it at once: a ticket is given back once.
    """
    for (code,) in work.rows(_WAITING):
        tickets = work.rows(_OPEN, (code, limit))
        grace = work.rows(_GRACE, (code,))[0][0]
        for member_id, ticket_id, points, version in tickets:
            _refund(work, code, member_id, ticket_id, points=points, version=version, grace=grace)
        if len(tickets) < limit:
            work.rows(_DONE, (work.now(), code))
        return len(tickets) or 1
    return 0


def _refund(
    work: Work, code: str, member_id: UUID, ticket_id: UUID, *, points: int, version: int,
    grace: int,
) -> None:  # fmt: skip
    text = f"{points} points of a ticket of {code} given back"
    line = {
        "reason": "refund", "arithmetic": text, "rule": reason_of(code), "rule_version": version,
    }  # fmt: skip
    facts = {
        "member": public_id("mem", member_id), "ticket": public_id("tkt", ticket_id), "draw": code,
    }  # fmt: skip
    try:
        ledger.refund_ticket(
            work, member_id, ticket_id, grace_days=grace, explanation={"lines": [line]},
            facts=facts,
        )  # fmt: skip
    except TicketClosedError:
        return  # another worker was here
