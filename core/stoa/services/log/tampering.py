"""Finds tampering: the whole log is computed again from the ledger; the first bad entry is named.

The walk goes over the log in its own order, in slices that are a short snapshot each, locks nothing
and keeps up with a log that grows meanwhile. What the database's owner can do and how it shows:

    edit a posting or its transaction   its leaf is not the one that was signed
    delete a posting, or insert one     its place is empty; its wallet has more than is logged
    swap two entries                    a leaf stands where another one was signed
    cut the end off                     a checkpoint reaches further than the log
    rewrite a checkpoint                its root, its signature or a cosignature is not good
    rewrite everything and sign again   only a checkpoint that somebody else kept can tell
"""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from stoa.services.log.findings import INSERTED, TRUNCATED, Finding
from stoa.services.log.marks import Mark, Marks
from stoa.services.log.walking import Walk
from stoa.work import Work

__all__ = ["find_tampering"]

_EXTENT = """
SELECT (SELECT coalesce(max(place) + 1, 0) FROM log_entries),
       (SELECT index * 256 + length(hashes) / 32 FROM log_tiles WHERE level = 0
         ORDER BY index DESC LIMIT 1),
       (SELECT count(*) FROM log_heads),
       (SELECT coalesce(max(size), 0) FROM log_checkpoints)
"""
_HEADS = """
SELECT h.member_id, h.currency, h.seq, e.n, e.last, p.n
  FROM (SELECT * FROM log_heads WHERE (member_id, currency) > (%s, %s)
         ORDER BY member_id, currency LIMIT %s) AS h
 CROSS JOIN LATERAL (SELECT count(*) AS n, max(seq) AS last FROM log_entries
        WHERE member_id = h.member_id AND currency = h.currency) AS e
 CROSS JOIN LATERAL (SELECT count(*) AS n FROM postings
        WHERE member_id = h.member_id AND currency = h.currency AND seq <= h.seq) AS p
 ORDER BY h.member_id, h.currency
"""
_INSERTED = """
SELECT p.seq, p.transaction_id FROM postings p
 WHERE p.member_id = %s AND p.currency = %s AND p.seq <= %s AND NOT EXISTS (
       SELECT 1 FROM log_entries WHERE member_id = p.member_id AND currency = p.currency
          AND seq = p.seq)
 ORDER BY p.seq LIMIT 1
"""
_PAGE: Final = 500
_NOBODY = "00000000-0000-0000-0000-000000000000"


def find_tampering(
    work: Work,
    *,
    told: Callable[[int, int], None] | None = None,
    checkpoint: str | None = None,
) -> list[Finding]:
    """Compute the log again from postings and transactions; return what is not as it was signed.

    The findings come in the order of the log, so that the first one names the first bad entry.

    Args:
        told: called after each slice with how much of how much is done.
        checkpoint: a checkpoint that was kept outside, in which the log has to agree.
    """
    size, tiled, wallets, signed = work.rows(_EXTENT)[0]
    marks = Marks(work, largest=signed, outside=checkpoint)
    walk = Walk(work, size, iter(marks))
    for done in walk.steps():
        if told:
            told(done, size + wallets)
    found = walk.findings()
    if (tiled or 0) > size:
        found.append((size, _truncated(f"tiles hold {tiled} entries", size)))
    found += [(size, _too_far(mark, size)) for mark in walk.beyond()]
    marks.look_at_cosignatures()
    found.sort(key=lambda each: each[0])
    findings = [finding for _, finding in found] + marks.findings
    done, after = size, (_NOBODY, "")
    while page := work.rows(_HEADS, (*after, _PAGE)):
        for member_id, currency, seq, logged, last, posted in page:
            if logged != seq or last != seq:
                detail = f"its head says that {seq} postings are logged, of which {logged} are"
                findings.append(_of(member_id, currency, TRUNCATED, detail))
            if posted > seq:
                findings += _inserted(work, member_id, currency, seq)
        after, done = (page[-1][0], page[-1][1]), done + len(page)
        if told:
            told(min(done, size + wallets), size + wallets)
    return findings


def _inserted(work: Work, member_id: UUID, currency: str, seq: int) -> list[Finding]:
    return [
        _of(
            member_id, currency, INSERTED,
            f"posting {number} of transaction {transaction} is not in the log, which is past it",
        )
        for number, transaction in work.rows(_INSERTED, (member_id, currency, seq))
    ]  # fmt: skip


def _of(member_id: UUID, currency: str, check: str, detail: str) -> Finding:
    return Finding(check=check, detail=detail, member_id=member_id, currency=currency)


def _too_far(mark: Mark, size: int) -> Finding:
    whose = "a checkpoint kept outside" if mark.outside else "a checkpoint"
    return _truncated(f"{whose} was signed for {mark.size} entries", size)


def _truncated(why: str, size: int) -> Finding:
    what = f"entry {size} is the first one gone: {why}, {size} are left"
    return Finding(check=TRUNCATED, detail=what, place=f"entry {size}")
