"""Provenance: where points came from and what became of them, posting by posting.

A posting that brings points is the birth of a lot and carries its issuer, payer, price and dates;
its transaction names the rules. A posting that takes points names the lots it took. So every
burned point leads to its lot, and a lot that came from another wallet, by a transfer or a merge,
names its birth there, step by step up to the purchase that earned it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from stoa.errors import EntryUnknownError
from stoa.work import Work

__all__ = ["Explained", "Fate", "LotOf", "Movement", "Use", "Versions", "explain"]

_MOST_STEPS = 64
_MOST_USES = 100
_ACTORS = {"client": "partner", "staff": "staff", "worker": "worker"}


class Versions(NamedTuple):
    """The rules a deed went by, as far as they were kept with it."""

    plugin: str | None
    plugin_version: str | None
    partner: int | None
    agreement: int | None
    currency: int | None


class Movement(NamedTuple):
    """A posting with its transaction.

    Attributes:
        account: of the other side; `issuer_id` is its partner: who issued, or where was burned.
        payer_id: who pays for points that came; ``None`` is the operator.
        price: money a point: what the payer pays for it, or what its burning is paid with.
        partner_id: who did the deed; ``None`` where no partner did.
        actor: what kind of actor: ``partner``, ``staff``, ``worker`` or ``operator``.
        origin: of a lot from another wallet, the member, currency and number of its birth there.
        line: what its transaction's explanation holds of it, as parsed JSON.
    """

    member_id: UUID
    currency: str
    seq: int
    transaction_id: UUID
    kind: str
    points: int
    balance: int
    account: str
    reason: str
    issuer_id: UUID | None
    payer_id: UUID | None
    price: Decimal | None
    available_on: date | None
    expires_on: date | None
    partner_id: UUID | None
    store_id: UUID | None
    reference: str
    business_date: date
    recorded_at: datetime
    reason_code: str
    actor: str
    arithmetic: str | None
    versions: Versions
    origin: tuple[UUID, str, int] | None
    line: Any = None


@dataclass(frozen=True, slots=True)
class LotOf:
    """Points of one lot.

    Attributes:
        points: those meant here: all of the lot, or those a posting took of it.
        chain: its birth in this wallet first, then those in the wallets before, the earning last.
    """

    points: int
    chain: tuple[Movement, ...]

    @property
    def birth(self) -> Movement:
        """The posting that brought the lot into this wallet."""
        return self.chain[0]

    @property
    def source(self) -> Movement:
        """The posting with which the points came into the world, as far as it was followed."""
        return self.chain[-1]

    @property
    def whole(self) -> bool:
        """Whether the chain was followed to its end."""
        return self.source.origin is None


class Use(NamedTuple):
    """A posting that took points of a lot: where, when and how many."""

    seq: int
    points: int
    kind: str
    account: str
    reason: str
    partner_id: UUID | None
    store_id: UUID | None
    reference: str
    business_date: date
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a lot: what is left, what was taken by account, and the last hundred uses."""

    left: int
    held: int
    taken: dict[str, int]
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """One posting, all told.

    Attributes:
        lot: the lot it was the birth of, if it was, with what became of it in `fate`.
        lots: those it took points of, earliest end first.
        owed: points it took that were in no lot any more and became debt.
    """

    entry: Movement
    lot: LotOf | None
    fate: Fate | None
    lots: tuple[LotOf, ...]
    owed: int


_COLUMNS = """
       p.member_id, p.currency, p.seq, p.transaction_id, t.kind, p.points, p.balance, p.account,
       p.reason, p.partner_id, p.payer_id, p.price, p.available_on, p.expires_on,
       t.partner_id, t.store_id, t.reference, t.business_date, t.recorded_at, t.reason_code,
       t.actor, t.explanation -> 'lines' -> (p.seq - t.first_seq)::int ->> 'arithmetic',
       t.explanation ->> 'plugin', coalesce(t.explanation ->> 'plugin_version', v.plugin_version),
       (t.explanation ->> 'partner_version')::int, (t.explanation ->> 'agreement_version')::int,
       (t.explanation ->> 'currency_version')::int,
       p.origin_member_id, p.origin_currency, p.origin_seq,
       t.explanation -> 'lines' -> (p.seq - t.first_seq)::int
"""
_HEADER = """
 CROSS JOIN LATERAL (SELECT * FROM transactions
         WHERE member_id = p.member_id AND id = p.transaction_id LIMIT 1) AS t
  LEFT JOIN partner_versions v
    ON v.partner_id = t.partner_id AND v.version = (t.explanation ->> 'partner_version')::int
"""
_ENTRY = f"""
SELECT 0, {_COLUMNS} FROM postings p {_HEADER}
 WHERE p.member_id = %(member)s AND p.currency = %(currency)s AND p.seq = %(seq)s
UNION ALL
SELECT u.points, {_COLUMNS} FROM lot_uses u
  JOIN postings p ON p.member_id = u.member_id AND p.currency = u.currency AND p.seq = u.lot_seq
 {_HEADER}
 WHERE u.member_id = %(member)s AND u.currency = %(currency)s AND u.seq = %(seq)s
"""  # noqa: S608 - constants
_ORIGINS = f"""
SELECT 0, {_COLUMNS} FROM unnest(%s::uuid[], %s::text[], %s::bigint[]) AS o (member, currency, seq)
  JOIN postings p ON p.member_id = o.member AND p.currency = o.currency AND p.seq = o.seq
 {_HEADER}
"""  # noqa: S608 - constants
_LEFT = """
SELECT 'left', coalesce(sum(remaining), 0)::bigint, coalesce(sum(held), 0)::bigint FROM lots
 WHERE member_id = %(member)s AND currency = %(currency)s AND seq = %(seq)s
UNION ALL
SELECT p.account, sum(u.points)::bigint, 0 FROM lot_uses u
  JOIN postings p ON p.member_id = u.member_id AND p.currency = u.currency AND p.seq = u.seq
 WHERE u.member_id = %(member)s AND u.currency = %(currency)s AND u.lot_seq = %(seq)s
   AND u.seq > %(seq)s
 GROUP BY p.account
"""
_USES = """
SELECT u.seq, u.points, t.kind, p.account, p.reason, t.partner_id, t.store_id, t.reference,
       t.business_date, t.recorded_at
  FROM (SELECT * FROM lot_uses
         WHERE member_id = %(member)s AND currency = %(currency)s AND lot_seq = %(seq)s
           AND seq > %(seq)s ORDER BY seq DESC LIMIT %(most)s) AS u
  JOIN postings p ON p.member_id = u.member_id AND p.currency = u.currency AND p.seq = u.seq
 CROSS JOIN LATERAL (SELECT * FROM transactions
         WHERE member_id = p.member_id AND id = p.transaction_id LIMIT 1) AS t
 ORDER BY u.seq DESC
"""


def explain(work: Work, member_id: UUID, currency: str, seq: int) -> Explained:
    """Tell where the points of a posting came from, and what became of those it brought.

    One statement for the posting with the lots it took of, one for each step of their way through
    other wallets, and two for what became of a lot it brought.

    Raises:
        EntryUnknownError: the member has no posting of this number.
    """
    at = {"member": member_id, "currency": currency, "seq": seq, "most": _MOST_USES}
    found = [(row[0], _movement(row[1:])) for row in work.rows(_ENTRY, at)]
    entry = next((each for taken, each in found if not taken), None)
    if entry is None:
        raise EntryUnknownError
    took = [LotOf(taken, (birth,)) for taken, birth in found if taken]
    took.sort(key=lambda lot: (lot.birth.expires_on or date.max, lot.birth.seq))
    brings = entry.points > 0 and entry.account != "debt" and not took
    mine = [LotOf(entry.points, (entry,))] if brings else []
    followed = _followed(work, [*mine, *took])
    return Explained(
        entry=entry,
        lot=followed[0] if brings else None,
        fate=_fate(work, at) if brings else None,
        lots=tuple(followed[len(mine) :]),
        owed=max(0, -entry.points - sum(lot.points for lot in took)),
    )


def _followed(work: Work, lots: Sequence[LotOf]) -> list[LotOf]:
    lots = list(lots)
    for _ in range(_MOST_STEPS):
        wanted = sorted({lot.source.origin for lot in lots if lot.source.origin is not None})
        if not wanted:
            break
        rows = work.rows(_ORIGINS, [list(column) for column in zip(*wanted, strict=True)])
        births = [_movement(row[1:]) for row in rows]
        known = {(each.member_id, each.currency, each.seq): each for each in births}
        further = [known.get(lot.source.origin) if lot.source.origin else None for lot in lots]
        if not any(further):
            break
        lots = [
            replace(lot, chain=(*lot.chain, birth)) if birth else lot
            for lot, birth in zip(lots, further, strict=True)
        ]
    return lots


def _fate(work: Work, at: dict[str, Any]) -> Fate:
    rows = work.rows(_LEFT, at)
    left, held = rows[0][1:]
    uses = tuple(Use(*row) for row in work.rows(_USES, at))
    return Fate(left, held, {row[0]: row[1] for row in rows[1:]}, uses)


def _movement(row: Sequence[Any]) -> Movement:
    actor = _ACTORS.get(row[20].partition(":")[0], "operator")
    origin = (row[27], row[28], row[29]) if row[29] is not None else None
    facts: list[Any] = [*row[:20], actor, row[21], Versions(*row[22:27]), origin, row[30]]
    return Movement(*facts)
