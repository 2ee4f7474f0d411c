"""Transfers: a member gives points to another one; they keep their last day and their payer.

A gift is no earning: it counts for no tier, and it repays no debt of whoever receives it. What a
member owes can't be given away.
"""

from dataclasses import dataclass
from uuid import UUID

from stoa.errors import (
    CodeUsedError,
    IdempotencyMismatchError,
    MemberFrozenError,
    PartnerSuspendedError,
    StoreUnknownError,
)
from stoa.services import idempotency, ledger, member_codes, members
from stoa.services.idempotency import Used
from stoa.services.ledger import Balance, KeyUsedError
from stoa.services.members import Token
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Key, Work

__all__ = ["Gift", "Transferred", "transfer"]


@dataclass(frozen=True, slots=True)
class Gift:
    """Who gives how many points to whom, at which store."""

    giver: Token
    receiver: Token
    points: int
    store: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Transferred:
    """What a transfer did, and both wallets afterwards."""

    id: UUID
    giver_id: UUID
    receiver_id: UUID
    points: int
    balance: Balance
    received: Balance
    replayed: bool = False


def transfer(work: Work, gift: Gift, *, key: Key) -> Transferred:
    """Give points to another member, earliest expiry first.

    Raises:
        MemberUnknownError: nobody has one of the tokens.
        StaticTokenError: the giver's token may earn only.
        CodeExpiredError: the member code is no longer valid.
        CodeUsedError: the member code has paid for something before.
        MemberFrozenError: one of the memberships is frozen.
        StoreUnknownError: the caller has no such store.
        SameWalletError: both tokens lead to one member.
        InsufficientPointsError: fewer points are free.
        TransferLimitError: more than may be given in a day.
        IdempotencyMismatchError: the key belongs to another request.
    """
    partner_id = work.actor.partner_id
    if partner_id is None:
        raise PartnerSuspendedError("Transfers are made at partners.")
    terms, giver, used = members.meet(work, partner_id, gift.giver, key)
    if used is not None:
        return _again(work, partner_id, key, used)
    members.refuse_static(gift.giver)
    receiver = members.find(work, gift.receiver)
    if giver.status != "active" or receiver.status != "active":
        raise MemberFrozenError
    if not terms.may_issue:
        raise PartnerSuspendedError
    store = terms.store(gift.store)
    if store is None:
        raise StoreUnknownError
    transfer_id = new_uuid()
    try:
        with member_codes.spending(work, giver.id, giver.shown):
            balance, received, _ = ledger.transfer(
                work, giver.id, receiver.id, terms.points.code, transfer_id=transfer_id,
                points=gift.points, partner_id=partner_id, store_id=store.id, key=key,
                daily_points=work.programme.transfer_daily_points, reason="transfer",
                reference=gift.reference, facts={"member": public_id("mem", giver.id)},
                facts_to={"member": public_id("mem", receiver.id)},
            )  # fmt: skip
    except KeyUsedError:
        return _again(work, partner_id, key, idempotency.find(work, partner_id, key))
    except CodeUsedError:  # or was it the same request that used it?
        used = idempotency.find(work, partner_id, key)
        if used is None:
            raise
        return _again(work, partner_id, key, used)
    return Transferred(transfer_id, giver.id, receiver.id, gift.points, balance, received)


_AGAIN = "SELECT answer::jsonb FROM keys WHERE partner_id = %s AND key = %s"


def _again(work: Work, partner_id: UUID, key: Key, used: Used | None) -> Transferred:
    kept = work.rows(_AGAIN, (partner_id, key.value))
    if used is None or not kept or not isinstance(kept[0][0], list):
        raise IdempotencyMismatchError
    receiver_id, points, *figures = kept[0][0]
    received = Balance(used.balance.currency, *figures)
    return Transferred(
        used.subject_id, used.member_id, UUID(receiver_id), points, used.balance, received,
        replayed=True,
    )  # fmt: skip
