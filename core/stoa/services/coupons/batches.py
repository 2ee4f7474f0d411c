"""Batches: many codes issued at once, codes of others imported, a pool looked through.

A file of codes has one a line: the code alone, the code and its last day with a comma between, or a
JSON object with ``code`` and ``until``. A line that can't be is named and left out; the others are
kept, and a second time nothing is new.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from stoa.errors import CouponPoolUnknownError
from stoa.services import audit
from stoa.services.coupons import pools
from stoa.services.coupons.calls import send
from stoa.services.coupons.issuing import MOST_AT_ONCE, Issued, issue
from stoa.services.coupons.pools import Kept
from stoa.services.ledger import array
from stoa.values.coupons import CODE_LETTERS, read_coupon_code
from stoa.values.identifiers import new_uuid
from stoa.work import Work

__all__ = ["Counts", "Line", "Loaded", "counts", "issue_batch", "load", "search"]

_MOST_FOUND = 100
_LAST = 4


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of a pool's codes; `left` is ``None`` where as many may be issued as you like.

    `redeemed` counts uses, and `discount_minor` is what they took off.
    """

    ready: int
    issued: int
    spent: int
    expired: int
    cancelled: int
    redeemed: int
    discount_minor: int
    left: int | None


@dataclass(frozen=True, slots=True)
class Line:
    """A code as a list shows it: its last letters, never all of it."""

    id: UUID
    last4: str
    state: str
    member_id: UUID | None
    uses: int
    uses_left: int
    valid_until: date
    origin: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a file: how many codes are new, and what is wrong by the line's number."""

    new: int
    errors: dict[int, str]


def issue_batch(work: Work, pool: str, count: int) -> list[Issued]:
    """Issue many codes for whoever shows them, as one batch; all or none.

    Args:
        count: 1 to 10,000.

    Raises:
        CouponPoolUnknownError: no pool of this code holds.
        CouponSoldOutError: fewer are left; `left` says how many.
        InvalidBodyError: the count can't be.
    """
    batch = f"batch:{new_uuid()}"
    made = issue(work, pool, member_id=None, origin=batch, count=count)
    audit.record(work, "coupon.issue", f"coupon/{pool}", after={"count": count, "origin": batch})
    return made


_IMPORT = (
    "SELECT * FROM stoa_import_coupons(%s, %s::integer, %s, %s::text[], %s::uuid[], %s::uuid[],"
    " %s, %s::integer, %s::date, %s::date[], %s, %s)"
)


def load(work: Work, pool: str, lines: Iterable[str], *, state: str = "ready") -> Loaded:
    """Keep codes that were made elsewhere, in a pool whose codes are ``imported``.

    Args:
        state: ``ready`` to be given out later, or ``issued`` where people have them already.

    Raises:
        CouponPoolUnknownError: no such pool of imported codes holds.
    """
    kept = pools.find(work, pool)
    if kept.pool.codes != "imported":
        raise CouponPoolUnknownError("Codes of this pool are made here, not imported.")
    errors: dict[int, str] = {}
    origin = f"batch:{new_uuid()}"
    rows = list(_read(lines, kept, errors))
    new = 0
    for start in range(0, len(rows), MOST_AT_ONCE):
        some = rows[start : start + MOST_AT_ONCE]
        codes = array(code for _, code, _ in some)
        values = (
            pool, kept.version, work.now(), codes, array(new_uuid() for _ in some),
            array(None for _ in some), state, kept.pool.uses, kept.pool.first,
            array(until for _, _, until in some), work.actor.name, origin,
        )  # fmt: skip
        fresh = {row[0] for row in send(work, _IMPORT, values)}
        new += len(fresh)
        for number, code, _ in some:
            if code not in fresh:
                errors[number] = "This code is there already."
    audit.record(work, "coupon.import", f"coupon/{pool}", after={"new": new, "origin": origin})
    return Loaded(new, dict(sorted(errors.items())))


_COUNTS = """
SELECT count(*) FILTER (WHERE state = 'ready'), count(*) FILTER (WHERE state = 'issued'),
       count(*) FILTER (WHERE state = 'spent'), count(*) FILTER (WHERE state = 'expired'),
       count(*) FILTER (WHERE state = 'cancelled'),
       (SELECT count(*) FROM coupon_uses WHERE pool = %(pool)s AND state = 'redeemed'),
       (SELECT coalesce(sum(discount_minor), 0)::bigint FROM coupon_uses
         WHERE pool = %(pool)s AND state = 'redeemed'),
       (SELECT sum(remaining)::bigint FROM coupon_stripes WHERE pool = %(pool)s)
  FROM coupons WHERE pool = %(pool)s
"""


def counts(work: Work, pool: str) -> Counts:
    """Return what became of a pool's codes."""
    return Counts(*work.rows(_COUNTS, {"pool": pool})[0])


_SEARCH = """
SELECT id, right(code, 4), state, member_id, uses, uses_left, valid_until, origin
  FROM coupons
 WHERE pool = %(pool)s AND (%(state)s = '' OR state = %(state)s)
   AND (%(code)s = '' OR code = %(code)s) AND (%(last)s = '' OR right(code, 4) = %(last)s)
 ORDER BY issued_at DESC, id DESC LIMIT %(most)s
"""


def search(work: Work, pool: str, *, text: str = "", state: str = "") -> list[Line]:
    """Return a pool's codes, the newest hundred that fit.

    Args:
        text: a whole code, or the last four letters of one; all of them where empty.
        state: one of `stoa.values.coupons.STATES`; any where empty.
    """
    letters = "".join(each for each in text.upper() if each.isalnum())
    whole = read_coupon_code(text) or ""
    if letters and not whole and len(letters) != _LAST:
        return []
    values = {
        "pool": pool, "state": state, "code": whole, "most": _MOST_FOUND,
        "last": "" if whole else letters.translate(str.maketrans("OIL", "011")),
    }  # fmt: skip
    return [Line(*row) for row in work.rows(_SEARCH, values)]


def _read(
    lines: Iterable[str], kept: Kept, errors: dict[int, str]
) -> Iterator[tuple[int, str, date]]:
    seen: set[str] = set()
    for number, line in enumerate(lines, 1):
        text, until = _fields(line.strip())
        if not line.strip() or str(text).lower() == "code":  # the heading of a table
            continue
        code = read_coupon_code(str(text))
        last = _day(until, kept.pool.last)
        if code is None:
            errors[number] = (
                f"A code has {CODE_LETTERS.start} to {CODE_LETTERS.stop - 1} letters and digits."
            )
        elif last is None:
            errors[number] = "Write the last day such as 2026-12-31."
        elif code in seen:
            errors[number] = "This code stands in the file twice."
        else:
            seen.add(code)
            yield number, code, min(last, kept.pool.last)


def _fields(line: str) -> tuple[Any, Any]:
    if not line.startswith("{"):
        code, _, until = line.partition(",")
        return code.strip().strip('"'), until.strip().strip('"')
    try:
        found = json.loads(line)
    except ValueError:
        return "", ""
    return found.get("code", ""), found.get("until") or ""


def _day(text: object, default: date) -> date | None:
    if not text:
        return default
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None
