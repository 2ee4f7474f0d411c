"""Appending: postings get a place in the log, without a lock on anything of the ledger's.

    look at the newest blocks of `postings`, or walk all wallets  →  which wallets went on
    read what those have beyond their head, in order of `seq`     →  a batch of leaves
    write places, heads and tiles, sign a checkpoint if it is due →  one transaction

A wallet's `seq` has no gaps and is given under the wallet's lock, so what can be read of a wallet
is always a whole beginning of it: nothing can turn up later in front of what is logged.
The blocks are a shortcut that may miss a posting (one that was written long before it was
committed, say); the walk over all wallets finds what they missed.
One appender works at a time. What it remembers between batches is a hint in the worker's memory;
the heads in the database alone say what is logged.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import structlog

from stoa.models import NOBODY
from stoa.services.log import checkpoints
from stoa.services.log.leaves import POSTING, WITH_TRANSACTION, leaf_of
from stoa.services.log.tiles import Tiles
from stoa.values.merkle import leaf_hash
from stoa.work import Work

__all__ = ["BATCH", "append", "more_to_find"]

BATCH = 4000
"""The most leaves of one transaction."""

_LOCK = 5703
_MARGIN_BLOCKS = 256
_MOST_BLOCKS = 1024
_PAGE_WALLETS = 20_000
_SWEEP_EVERY = timedelta(minutes=10)

_log = structlog.get_logger(__name__)

_Wallet = tuple[UUID, str]


@dataclass(slots=True)
class _Hint:
    """Where the next look begins: a block of `postings`, and the wallet that a walk has come to.

    A walk is not under way where `walked_to` is ``None``.
    """

    block: int
    walked_to: _Wallet | None = (NOBODY, "")
    walked_at: datetime | None = None


_TRY = "SELECT pg_try_advisory_xact_lock(%s)"
_WAIT = "SELECT pg_advisory_xact_lock(%s) IS NOT NULL"
_SIZE = "SELECT coalesce(max(place) + 1, 0) FROM log_entries"
_BLOCKS = "SELECT pg_relation_size('postings') / current_setting('block_size')::bigint"
_FRESH = """
SELECT f.member_id, f.currency, coalesce(h.seq, 0), h.blind, f.seq - coalesce(h.seq, 0)
  FROM (SELECT member_id, currency, max(seq) AS seq FROM postings
         WHERE ctid >= %s::text::tid AND ctid < %s::text::tid GROUP BY 1, 2) AS f
  LEFT JOIN log_heads h ON h.member_id = f.member_id AND h.currency = f.currency
 WHERE f.seq > coalesce(h.seq, 0)
"""
_WALK = """
SELECT w.member_id, w.currency, coalesce(h.seq, 0), h.blind, w.seq - coalesce(h.seq, 0)
  FROM (SELECT member_id, currency, seq FROM wallets WHERE (member_id, currency) > (%s, %s)
         ORDER BY member_id, currency LIMIT %s) AS w
  LEFT JOIN log_heads h ON h.member_id = w.member_id AND h.currency = w.currency
 ORDER BY w.member_id, w.currency
"""
_BEYOND = f"""
SELECT p.member_id, p.currency, p.seq, {POSTING}, t.recorded_at
  FROM unnest(%s::uuid[], %s::text[], %s::bigint[]) AS w (member_id, currency, seq)
 CROSS JOIN LATERAL (SELECT * FROM postings
        WHERE member_id = w.member_id AND currency = w.currency AND seq > w.seq
        ORDER BY seq LIMIT %s) AS p {WITH_TRANSACTION}
"""  # noqa: S608 - constants
_ENTRIES = """
INSERT INTO log_entries (place, member_id, currency, seq, sealed)
SELECT * FROM unnest(%s::bigint[], %s::uuid[], %s::text[], %s::bigint[], %s::bytea[])
RETURNING 1
"""
_HEADS = """
INSERT INTO log_heads (member_id, currency, seq, blind)
SELECT * FROM unnest(%s::uuid[], %s::text[], %s::bigint[], %s::bytea[])
    ON CONFLICT (member_id, currency) DO UPDATE SET seq = excluded.seq
RETURNING 1
"""


def append(work: Work, *, limit: int = BATCH, at_once: bool = False, patient: bool = False) -> int:
    """Log the next postings and sign a checkpoint if one is due; return how many were logged.

    Args:
        limit: the most of one call, which is one transaction.
        at_once: sign a checkpoint of whatever is new, though it were not due.
        patient: wait for another appender, in place of leaving the work to it.

    Returns:
        0 where there is nothing to log, or another appender is at it.

    Raises:
        LogBrokenError: the log is not what it was; nothing is written.
    """
    work.session.connection()
    if not work.rows(_WAIT if patient else _TRY, (_LOCK,))[0][0]:
        return 0
    hint = _hint(work)
    size = work.rows(_SIZE)[0][0]
    look = _look(work, hint, limit)
    done = _log_some(work, look.wallets, size=size, limit=limit)
    if look.complete and done < limit:
        hint.block, hint.walked_to = look.block, look.walked_to
        if look.walked_to is None and look.walked:
            hint.walked_at = work.now()
    checkpoints.sign(work, size=size + done, at_once=at_once)
    return done


def more_to_find(work: Work) -> bool:
    """Tell whether a walk over all wallets is under way, so that more may be found."""
    return "log" not in work.memo or _hint(work).walked_to is not None


def _hint(work: Work) -> _Hint:
    if "log" not in work.memo:
        work.memo["log"] = _Hint(block=work.rows(_BLOCKS)[0][0])
    return cast("_Hint", work.memo["log"])


@dataclass(frozen=True, slots=True)
class _Look:
    """Wallets that went on, whether these are all that were found, and where to look next."""

    wallets: list[Any]
    complete: bool
    block: int
    walked_to: _Wallet | None
    walked: bool


def _look(work: Work, hint: _Hint, limit: int) -> _Look:
    """Find wallets with postings beyond their head: those of the newest blocks, then a walk's."""
    until = work.rows(_BLOCKS)[0][0]
    begin = max(0, min(hint.block, until) - _MARGIN_BLOCKS)
    end = min(until, begin + _MARGIN_BLOCKS + _MOST_BLOCKS)
    found = list(work.rows(_FRESH, (f"({begin},0)", f"({end},0)")))
    walked_to = hint.walked_to
    if walked_to is None and (not hint.walked_at or work.now() - hint.walked_at >= _SWEEP_EVERY):
        walked_to = (NOBODY, "")
    walked = walked_to is not None and sum(row[4] for row in found) < limit
    if walked and walked_to is not None:
        page = work.rows(_WALK, (*walked_to, _PAGE_WALLETS))
        known = {(row[0], row[1]) for row in found}
        found += [row for row in page if row[4] > 0 and (row[0], row[1]) not in known]
        walked_to = (page[-1][0], page[-1][1]) if len(page) == _PAGE_WALLETS else None
    taken, rows = 0, 0
    while taken < len(found) and rows < limit:
        rows += found[taken][4]
        taken += 1
    return _Look(found[:taken], taken == len(found), end, walked_to, walked)


def _log_some(work: Work, wallets: list[Any], *, size: int, limit: int) -> int:
    """Log what the wallets have beyond their heads, in the order of its recording."""
    if not wallets:
        return 0
    blinds = {(row[0], row[1]): row[3] or secrets.token_bytes(32) for row in wallets}
    columns = [[row[column] for row in wallets] for column in range(3)]
    heads = {(row[0], row[1]): row[2] for row in wallets}
    rows = _in_order(work.rows(_BEYOND, (*columns, limit)), heads)
    entries, leaves = [], []
    for place, (member_id, currency, seq, posting, transaction, _) in enumerate(rows, size):
        blind = blinds[member_id, currency]
        leaf = leaf_of(posting, transaction, blind=blind)
        entries.append((place, member_id, currency, seq, leaf.sealed))
        leaves.append(leaf_hash(leaf.text.encode()))
    if not entries:
        return 0
    try:
        Tiles(work).grow(leaves, size=size)
    except LookupError as wrong:
        raise checkpoints.LogBrokenError(str(wrong)) from wrong
    work.rows(_ENTRIES, tuple(list(each) for each in zip(*entries, strict=True)))
    kept = [(*wallet, seq, blinds[wallet]) for wallet, seq in heads.items() if seq]
    work.rows(_HEADS, tuple(list(each) for each in zip(*kept, strict=True)))
    return len(entries)


def _in_order(rows: Any, heads: dict[_Wallet, int]) -> list[Any]:  # noqa: ANN401 - rows
    """Return the rows in the order of recording, and move the heads over them.

    Those of a wallet stay in the order of their `seq`.

    Wallets would else lie in blocks, which tells what the partners of a member must not know: that
    entries beside each other are one member's. What a wallet has behind a gap, or behind a posting
    without its transaction, has to wait: neither can be unless the ledger was tampered with.
    """
    keyed, at, tie = [], dict[_Wallet, datetime](), dict[_Wallet, bytes]()
    for row in sorted(rows, key=lambda each: each[2]):
        wallet, seq = (row[0], row[1]), row[2]
        if seq != heads[wallet] + 1 or row[4] is None:
            _log.error("log.gap", member=str(row[0]), currency=row[1], seq=seq)
            continue
        heads[wallet] = seq
        at[wallet] = max(row[5], at.get(wallet, row[5]))
        tie.setdefault(wallet, secrets.token_bytes(8))
        keyed.append((at[wallet], tie[wallet], seq, row))
    return [row for *_, row in sorted(keyed, key=lambda each: each[:3])]
