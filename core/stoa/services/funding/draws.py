"""Which pack pays which point: decided in the order of the log, the earliest pack first.

How many points packs pay was decided when they were posted; which packs these are follows from the
order in which the log has them, so that it comes out alike whoever asks, and whenever. Who books
money asks batch by batch, in that order. What a return takes back goes to the packs that had paid
it, the last of them first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from stoa.services.ledger import array
from stoa.values.clearing.packs import Drawn, Pack
from stoa.values.clearing.packs import draw as draw_packs
from stoa.work import Work

__all__ = ["Issued", "Share", "draw"]


@dataclass(frozen=True, slots=True)
class Issued:
    """A posting, by its key, that may have drawn on funding or given back to it."""

    member_id: UUID
    currency: str
    seq: int


@dataclass(frozen=True, slots=True)
class Share:
    """What one pack pays of a posting, at its price; below zero it went back to the pack."""

    issued: Issued
    pack_id: UUID
    points: int
    price: Decimal

    @property
    def amount(self) -> Decimal:
        """What these points cost, exact."""
        return self.points * self.price


_DRAWN = """
SELECT each.n - 1, d.partner_id, d.pool, d.points, d.of_seq
  FROM unnest(%(members)s::uuid[], %(currencies)s::text[], %(seqs)s::bigint[]) WITH ORDINALITY
       AS each (member, currency, seq, n)
  JOIN funding_draws d ON d.member_id = each.member AND d.currency = each.currency
   AND d.seq = each.seq AND d.pool IN ('packs', 'reserve')
 WHERE NOT EXISTS (SELECT 1 FROM pack_draws k WHERE k.member_id = d.member_id
                      AND k.currency = d.currency AND k.seq = d.seq)
 ORDER BY each.n, d.pool
"""
_PACKS = """
SELECT k.partner_id, k.currency, CASE WHEN k.reserve THEN 'reserve' ELSE 'packs' END, k.id,
       k.points - k.refunded, k.price, k.used
  FROM funding_packs k WHERE k.partner_id = ANY(%s::uuid[])
 ORDER BY k.partner_id, k.currency, k.reserve, k.place
"""
_BIRTHS = """
SELECT k.member_id, k.currency, k.seq, k.pack_id, k.points + coalesce((
           SELECT sum(b.points) FROM pack_draws b
             JOIN funding_draws d ON d.member_id = b.member_id AND d.currency = b.currency
              AND d.seq = b.seq AND d.of_seq = k.seq
            WHERE b.member_id = k.member_id AND b.currency = k.currency
              AND b.pack_id = k.pack_id AND b.points < 0), 0)::bigint
  FROM unnest(%s::uuid[], %s::text[], %s::bigint[]) AS each (member, currency, seq)
  JOIN pack_draws k ON k.member_id = each.member AND k.currency = each.currency AND k.seq = each.seq
  JOIN funding_packs p ON p.id = k.pack_id
 GROUP BY k.member_id, k.currency, k.seq, k.pack_id, k.points, p.reserve, p.place
 ORDER BY k.member_id, k.currency, k.seq, p.reserve DESC, p.place DESC
"""
_KEEP = """
SELECT stoa_keep_draws(%s::uuid[], %s::text[], %s::bigint[], %s::uuid[], %s::bigint[])
"""
_KEPT = """
SELECT each.n - 1, k.pack_id, k.points, p.price
  FROM unnest(%(members)s::uuid[], %(currencies)s::text[], %(seqs)s::bigint[]) WITH ORDINALITY
       AS each (member, currency, seq, n)
  JOIN pack_draws k ON k.member_id = each.member AND k.currency = each.currency AND k.seq = each.seq
  JOIN funding_packs p ON p.id = k.pack_id
 ORDER BY each.n, p.reserve, p.place
"""

_Pool = tuple[UUID, str, str]
_Packs = dict[_Pool, tuple[Pack, ...]]
_Births = dict[tuple[UUID, str, int], list[tuple[str, int]]]


def draw(work: Work, issued: Sequence[Issued]) -> list[Share]:
    """Return what packs pay of postings, and keep it; what was kept before is told again.

    Points of a posting that no share names are paid at the price of the posting itself.

    Args:
        issued: in the order of the log, none left out that is before others; asked by one booker
            at a time.
    """
    if not issued:
        return []
    values = {
        "members": array(each.member_id for each in issued),
        "currencies": array(each.currency for each in issued),
        "seqs": array(each.seq for each in issued),
    }
    rows = work.rows(_DRAWN, values)
    if rows:
        _keep(work, list(_drawn(work, issued, rows)))
    return [
        Share(issued[place], pack_id, points, price)
        for place, pack_id, points, price in work.rows(_KEPT, values)
    ]


def _drawn(
    work: Work, issued: Sequence[Issued], rows: Sequence[Any]
) -> Iterator[tuple[Issued, str, int]]:
    packs = _packs(work, {row[1] for row in rows})
    births = _births(work, issued, rows)
    for place, partner_id, pool, points, of_seq in rows:
        one = issued[place]
        key = (partner_id, one.currency, pool)
        if of_seq is None:
            drawn, packs[key] = draw_packs(packs[key], points)
            births.setdefault((one.member_id, one.currency, one.seq), []).extend(
                (each.pack, each.points) for each in reversed(drawn)
            )
        else:
            origin = births.get((one.member_id, one.currency, of_seq), [])
            drawn, packs[key] = _given_back(packs[key], origin, -points)
        for each in drawn:
            yield one, each.pack, each.points


def _given_back(
    packs: tuple[Pack, ...], origin: list[tuple[str, int]], points: int
) -> tuple[tuple[Drawn, ...], tuple[Pack, ...]]:
    """Return which packs have points back: those that had paid them, the last one first."""
    drawn: list[Drawn] = []
    after = {pack.id: pack for pack in packs}
    for place, (name, paid) in enumerate(origin):
        pack = after.get(name)
        part = min(points, paid) if pack is not None else 0
        if pack is None or not part:
            continue
        points -= part
        origin[place] = (name, paid - part)
        back, changed = draw_packs((pack,), -part)
        drawn += back
        after[name] = changed[0]
    return tuple(drawn), tuple(after.values())


def _packs(work: Work, partner_ids: set[UUID]) -> _Packs:
    found: _Packs = {}
    for partner_id, currency, pool, pack_id, points, price, used in work.rows(
        _PACKS, (array(sorted(partner_ids)),)
    ):
        pack = Pack(str(pack_id), points, price, used)
        found[partner_id, currency, pool] = (*found.get((partner_id, currency, pool), ()), pack)
    return found


def _births(work: Work, issued: Sequence[Issued], rows: Sequence[Any]) -> _Births:
    wanted = [(issued[row[0]], row[4]) for row in rows if row[4] is not None]
    births: _Births = {}
    if not wanted:
        return births
    values = (
        array(each.member_id for each, _ in wanted),
        array(each.currency for each, _ in wanted),
        array(seq for _, seq in wanted),
    )
    for member_id, currency, seq, pack_id, points in work.rows(_BIRTHS, values):
        births.setdefault((member_id, currency, seq), []).append((str(pack_id), points))
    return births


def _keep(work: Work, drawn: list[tuple[Issued, str, int]]) -> None:
    values = (
        array(each.member_id for each, _, _ in drawn),
        array(each.currency for each, _, _ in drawn),
        array(each.seq for each, _, _ in drawn),
        array(pack for _, pack, _ in drawn),
        array(points for _, _, points in drawn),
    )
    work.rows(_KEEP, values)
