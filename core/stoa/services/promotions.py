"""Promotions: chances are bought with points, raise a tier, are drawn, or are given back (#11).

All of a deed is one transaction: the points are burned and the tier raised, or neither is.
"""

import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from stoa.errors import (
    ChanceTopTierError,
    ChanceUnknownError,
    MemberFrozenError,
)
from stoa.models.ledger import Currency
from stoa.services import chances, ledger, tiers
from stoa.services.chances import Bought, Offer
from stoa.services.ledger import Balance
from stoa.services.tiers import Ladders
from stoa.services.tiers.assessing import Case, cases, lock, moment, settle
from stoa.values.draws import commitment
from stoa.values.footings import Footing, by_hand
from stoa.values.identifiers import new_uuid, public_id
from stoa.values.ladders import Ladder, Tier
from stoa.work import Work

__all__ = [
    "Promotion",
    "buy",
    "draw",
    "ladder_of",
    "next_tier",
    "raised_directly",
    "refuse_frozen",
    "undo",
]

_SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class Promotion:
    """A chance after a deed, the wallet, and the tier that was reached by it."""

    bought: Bought
    balance: Balance
    tier: str | None


def buy(work: Work, member_id: UUID, code: str) -> Promotion:
    """Let a member buy a chance; with enough of them a direct one raises a tier at once.

    Raises:
        ChanceUnknownError: no chance of this code is on offer.
        ChanceTopTierError: the member stands in the highest tier: nothing is sold.
        ChanceLimitError: the member has bought as many as a calendar year allows.
        InsufficientPointsError: fewer points are free than it costs.
        MemberFrozenError: the member is frozen.
        WalletBusyError: the wallet stayed locked for too long.
    """
    refuse_frozen(work, member_id)
    offer = chances.offer(work, code)
    ladder = ladder_of(work, offer.chance.ladder)
    lock(work, [member_id])
    next_tier(work, member_id, ladder)
    chance_id, currency = new_uuid(), work.session.get_one(Currency, work.programme.currency)
    seed = secrets.token_bytes(_SEED_BYTES) if offer.chance.mode == "draw" else None
    balance = ledger.buy_chance(
        work, member_id, currency.code, chance_id=chance_id, code=code, version=offer.version,
        chance=offer.chance, seed=seed, net_of_debt=currency.debt_policy == "negative",
        explanation=_explained(offer, seed), facts=_facts(member_id, chance_id, code),
    )  # fmt: skip
    tier = None
    if offer.chance.mode == "direct":
        tier = raised_directly(work, member_id, offer, ladder)
    return Promotion(chances.find(work, member_id, chance_id), balance, tier)


def draw(work: Work, member_id: UUID, chance_id: UUID, *, nonce: str) -> Promotion:
    """Draw a chance, once, with a text of whoever draws; a win raises one tier.

    Raises:
        ChanceUnknownError: the member has no such chance to draw.
        ChanceClosedError: it was drawn or given back before.
        MemberFrozenError: the member is frozen.
        WalletBusyError: the wallet stayed locked for too long.
    """
    refuse_frozen(work, member_id)
    lock(work, [member_id])
    bought = chances.find(work, member_id, chance_id)
    facts = _facts(member_id, chance_id, bought.code)
    state, _, _ = ledger.draw_chance(work, bought.member_id, chance_id, nonce=nonce, facts=facts)
    tier = None
    if state == "won":
        tier = _raise(work, member_id, ladder_of(work, bought.ladder), f"chance {bought.code}: won")
    balance = ledger.balance_of(work, member_id, work.programme.currency).balance
    return Promotion(chances.find(work, member_id, chance_id), balance, tier)


def undo(work: Work, member_id: UUID, chance_id: UUID) -> Promotion:
    """Give an unused chance back; its points return to the lots they came from.

    Raises:
        ChanceUnknownError: the member has no such chance.
        ChanceClosedError: it is used, drawn or given back, or its time for that is over.
        WalletBusyError: the wallet stayed locked for too long.
    """
    bought = chances.find(work, member_id, chance_id)
    currency = work.session.get_one(Currency, work.programme.currency)
    text = f"{bought.points} points of the chance {bought.code} given back"
    balance = ledger.undo_chance(
        work, bought.member_id, chance_id, grace_days=currency.grace_days,
        explanation={"lines": [{"reason": "refund", "arithmetic": text}]},
        facts=_facts(member_id, chance_id, bought.code),
    )  # fmt: skip
    return Promotion(chances.find(work, member_id, chance_id), balance, None)


def raised_directly(work: Work, member_id: UUID, offer: Offer, ladder: Ladder) -> str | None:
    """Use up as many chances as one tier needs, where there are so many, and raise the member."""
    tier = next_tier(work, member_id, ladder)
    told = {"ladder": ladder.code, "tier": tier.code, "at": work.now().isoformat()}
    needed = offer.chance.needed
    if not ledger.use_chances(work, member_id, ladder.code, needed, code=offer.code, use=told):
        return None
    return _raise(work, member_id, ladder, f"{needed} x chance {offer.code}")


def _raise(work: Work, member_id: UUID, ladder: Ladder, reason: str) -> str | None:
    """Put a member into the next tier; ``None`` in the highest one, reached meanwhile."""
    only = Ladders(0, {ladder.code: ladder}, ladder)
    reached: list[str] = []

    def step(case: Case) -> Footing | None:
        rank = ladder.tier(case.tier).rank + 1
        if rank >= len(ladder.tiers):
            return None
        reached.append(ladder.tiers[rank].code)
        return by_hand(
            ladder, case.footing, reached[0], case.known, moment(work), reason=reason,
            origin="bought",
        )  # fmt: skip

    settle(work, list(cases(work, [member_id], ladders=only)), step)
    return reached[0] if reached else None


def next_tier(work: Work, member_id: UUID, ladder: Ladder) -> Tier:
    """Return the tier above the one in which a member stands.

    Raises:
        ChanceTopTierError: there is none.
    """
    was = tiers.of(work, member_id).get(ladder.code)
    here = ladder.tier(was.tier if was else None)
    if here.rank + 1 >= len(ladder.tiers):
        raise ChanceTopTierError(tier=here.code)
    return ladder.tiers[here.rank + 1]


def ladder_of(work: Work, code: str) -> Ladder:
    """Return a ladder that holds.

    Raises:
        ChanceUnknownError: there is none of this code, so that its chances are good for nothing.
    """
    ladder = tiers.current(work).by_code.get(code)
    if ladder is None:
        raise ChanceUnknownError
    return ladder


_STATUS = "SELECT status FROM members WHERE id = %s"


def refuse_frozen(work: Work, member_id: UUID) -> None:
    """Refuse a member who is not active.

    Raises:
        MemberFrozenError: the member is frozen, or is not there.
    """
    rows = work.rows(_STATUS, (member_id,))
    if not rows or rows[0][0] != "active":
        raise MemberFrozenError


def _explained(offer: Offer, seed: bytes | None) -> dict[str, Any]:
    """Return the arithmetic; of a draw also its odds and the hash of its seed, before it is drawn.

    The leaf of the transparency log holds the explanation, so that no other seed takes its place.
    """
    told: dict[str, Any] = {
        "lines": [
            {
                "reason": "chance",
                "arithmetic": f"{offer.chance.points} points for the chance {offer.code}",
            }
        ],
        "rule": f"chance:{offer.code}",
        "rule_version": offer.version,
    }
    if seed is not None:
        told["odds_per_million"] = offer.chance.odds_per_million
        told["commitment"] = commitment(seed).hex()
    return told


def _facts(member_id: UUID, chance_id: UUID, code: str) -> dict[str, Any]:
    return {
        "member": public_id("mem", member_id),
        "chance": public_id("chn", chance_id),
        "code": code,
    }
