"""Failed proofs of clients are counted, so that nobody finds a secret by trying (OAU-20).

After ten failures of one client, or from one network address, within five minutes that door stays
closed until the oldest of them is five minutes old. Where counts can't be read or written nobody is
let in: the fault leaves the work.
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from stoa.services.ledger import array
from stoa.work import Work

__all__ = ["MOST", "WINDOW_S", "count", "door", "forget", "wait_s"]

MOST = 10
WINDOW_S = 300
"""How many failures close a door, and for how long each counts."""

_CLOSED = """
SELECT ceil(extract(epoch FROM max(since) - %(now)s))::bigint + %(window)s FROM door_failures
 WHERE door = ANY (%(doors)s::text[]) AND wrong >= %(most)s
   AND since > %(now)s - make_interval(secs => %(window)s)
"""
_COUNT = "SELECT stoa_count_failures(%s::text[], %s, %s)"
_FORGET = "DELETE FROM door_failures WHERE since <= %s RETURNING 1"


def door(kind: str, name: str) -> str:
    """Return the name of a door: what was sent as a name may be anything, and of any length."""
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{kind}:{digest[:32]}"


def wait_s(work: Work, doors: Sequence[str]) -> int:
    """Return for how many seconds one of these doors stays closed; 0 where all are open."""
    values = {"doors": array(doors), "most": MOST, "now": work.now(), "window": WINDOW_S}
    left = work.rows(_CLOSED, values)[0][0]
    return 0 if left is None else max(1, int(left))


def count(work: Work, doors: Sequence[str]) -> None:
    """Count a failure at each of these doors."""
    work.rows(_COUNT, (array(doors), work.now(), WINDOW_S))


def forget(work: Work) -> int:
    """Forget failures that count no more; return how many rows went."""
    return len(work.rows(_FORGET, (work.now() - timedelta(seconds=WINDOW_S),)))
