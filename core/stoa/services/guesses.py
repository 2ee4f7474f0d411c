"""Wrong codes are counted, so that nobody finds a right one by trying (FRD-08).

After ten wrong codes of one who shows them, or a hundred at a partner, within five minutes even a
right one is refused. The count is a statement of its own: `count` has to be asked before the work
opens its transaction, so that the refusal that follows does not undo it. Where counts can't be read
or written nothing is taken: the fault leaves the work (it fails closed).
"""

import hashlib
from datetime import timedelta
from uuid import UUID

from stoa.errors import TooManyGuessesError
from stoa.models import NOBODY
from stoa.services.ledger import array
from stoa.work import Work

__all__ = ["MOST_WRONG", "MOST_WRONG_AT_PARTNER", "WINDOW_S", "caller", "count", "forget", "refuse"]

WINDOW_S = 300
MOST_WRONG = 10
MOST_WRONG_AT_PARTNER = 100
"""How many wrong codes a member or a client, and all at a partner, may show in `WINDOW_S`."""

_GUESSES = """
SELECT coalesce(max(wrong) FILTER (WHERE member_id <> %(all)s), 0),
       coalesce(max(wrong) FILTER (WHERE member_id = %(all)s), 0),
       ceil(extract(epoch FROM max(since) - %(now)s))::bigint + %(window)s
  FROM activity_guesses
 WHERE partner_id = %(partner)s AND member_id = ANY (%(whose)s::uuid[])
   AND since > %(now)s - make_interval(secs => %(window)s)
"""
_COUNT = "SELECT stoa_count_guesses(%s, %s::uuid[], %s, %s)"
_FORGET = "DELETE FROM activity_guesses WHERE since <= %s RETURNING 1"


def refuse(work: Work, partner_id: UUID, *whose: UUID) -> None:
    """Refuse any code where too many wrong ones came before.

    Args:
        whose: the member for whom a code is shown, or `caller` who shows it, or both.

    Raises:
        TooManyGuessesError: `retry_after_s` says when the next one is looked at.
    """
    values = {
        "partner": partner_id, "whose": array((*whose, NOBODY)), "all": NOBODY, "now": work.now(),
        "window": WINDOW_S,
    }  # fmt: skip
    mine, everyones, left_s = work.rows(_GUESSES, values)[0]
    if mine >= MOST_WRONG or everyones >= MOST_WRONG_AT_PARTNER:
        raise TooManyGuessesError(retry_after_s=max(1, int(left_s)))


def count(work: Work, partner_id: UUID, *whose: UUID) -> None:
    """Count a wrong code of each of them, and of all at the partner."""
    work.rows(_COUNT, (partner_id, array(whose), work.now(), WINDOW_S))


def caller(work: Work, store_id: UUID | None = None) -> UUID:
    """Return the name under which wrong codes of the caller are counted, at a store of its own."""
    name = f"{work.actor.name}\n{store_id or ''}"
    return UUID(bytes=hashlib.sha256(name.encode()).digest()[:16])


def forget(work: Work) -> int:
    """Forget the wrong codes of windows that are over; return how many rows went."""
    return len(work.rows(_FORGET, (work.now() - timedelta(seconds=WINDOW_S),)))
