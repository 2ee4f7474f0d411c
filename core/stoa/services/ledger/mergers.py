"""Move all that one member's wallets hold and owe to another member's."""

from dataclasses import dataclass
from uuid import UUID

from stoa.services.ledger.calls import send
from stoa.work import Key, Work

__all__ = ["Moved", "merge"]

_MERGE = """
SELECT coalesce(jsonb_agg(jsonb_build_array(m.code, m.points, m.owed)), '[]')
  FROM stoa_merge(%s::uuid, %s::uuid, %s, %s::date, %s, %s::uuid, %s) AS m
"""


@dataclass(frozen=True, slots=True)
class Moved:
    """What a merger moved of one currency: points, held and pending ones included, and debt."""

    currency: str
    points: int
    debt: int


def merge(
    work: Work,
    old_id: UUID,
    new_id: UUID,
    *,
    partner_id: UUID | None = None,
    key: Key | None = None,
) -> tuple[Moved, ...]:
    """Move lots, open holds and debt of every currency; the new member repays what can be repaid.

    It may be called again: it moves what came back to the old wallets since.

    Args:
        key: of the deed that brought something back, so that its answer shows the new wallet.

    Raises:
        SameWalletError: both are one member.
        BalanceLimitError: a wallet would pass 9 × 10^15 points.
        WalletBusyError: a wallet stayed locked for too long.
    """
    values = (
        old_id, new_id, work.now(), work.today(), work.actor.name, partner_id, key and key.value,
    )  # fmt: skip
    return tuple(Moved(*row) for row in send(work, _MERGE, values)[0])
