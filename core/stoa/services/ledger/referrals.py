"""Post what inviter and invitee get: both bonuses or neither."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from stoa.services.ledger.calls import array, send
from stoa.values.identifiers import new_uuid
from stoa.work import Work

__all__ = ["Side", "reward"]

_REWARD = (
    "SELECT stoa_reward_referral(%s::uuid, %s, %s, %s::date, %s::uuid, %s, %s::bigint[],"
    " %s::uuid[], %s::jsonb, %s::bigint[], %s, %s::uuid[], %s::date, %s::jsonb, %s::jsonb)"
)


@dataclass(frozen=True, slots=True)
class Side:
    """What one of the two gets: points by payer, 0 where a payer pays nothing of them."""

    legs: tuple[int, ...]
    explanation: dict[str, Any]
    facts: dict[str, Any]
    uses: tuple[dict[str, Any], ...]

    @property
    def points(self) -> int:
        """All points."""
        return sum(self.legs)


def reward(
    work: Work,
    invitee_id: UUID,
    *,
    purchase_id: UUID,
    sides: tuple[Side, Side],
    reason: str,
    payers: Sequence[UUID | None],
    expires_on: date | None,
) -> bool:
    """Reward a referral whose day has come, once; return whether this call did it.

    Args:
        purchase_id: that it is for; another one by now means that nothing is done.
        sides: of the inviter, and of the invitee.
        payers: as many as each side has legs; ``None`` is the operator.

    Raises:
        LimitReachedError: the rule's budget or the inviter's cap has less left.
        BalanceLimitError: a wallet would pass 9 × 10^15 points.
        WalletBusyError: a wallet stayed locked for too long.
    """
    values = (
        invitee_id, work.programme.currency, work.now(), work.today(), purchase_id,
        work.actor.name, array(side.points for side in sides), array(new_uuid() for _ in sides),
        json.dumps([side.explanation for side in sides]),
        array(leg for side in sides for leg in side.legs), reason, array(payers), expires_on,
        json.dumps([side.facts for side in sides]), json.dumps([side.uses for side in sides]),
    )  # fmt: skip
    done: bool = send(work, _REWARD, values)[0]
    return done
