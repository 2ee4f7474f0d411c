"""Tickets: bought with points, drawn once with a text of whoever draws.

All of a deed is one transaction: the points are burned and the ticket is there, or neither; the
ticket is drawn and its prize is the member's, or neither.
"""

import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from stoa.models.ledger import Currency
from stoa.services import ledger, member_codes, members, promotions
from stoa.services.draws import prizes
from stoa.services.draws.lists import Draw, Ticket, find_ticket
from stoa.services.draws.selling import on_sale
from stoa.services.ledger import Balance
from stoa.services.members import Token
from stoa.values.arithmetic import drawing, plain
from stoa.values.draws import commitment
from stoa.values.identifiers import new_uuid, public_id
from stoa.values.wire import as_json
from stoa.work import Work

__all__ = ["Bought", "buy", "buy_for", "draw"]

_SEED_BYTES = 32
_HEIR = "SELECT coalesce(merged_into, id) FROM members WHERE id = %s"


@dataclass(frozen=True, slots=True)
class Bought:
    """A ticket after a deed, and the wallet."""

    ticket: Ticket
    balance: Balance


def buy(work: Work, member_id: UUID, code: str) -> Bought:
    """Let a member buy a ticket; its transaction says what decides it, before anybody can know.

    Raises:
        DrawUnknownError: there is no draw of this code.
        DrawClosedError: tickets are not sold now.
        DrawTierError: it is for members of other tiers.
        TicketLimitError: no more are sold, to this member or at all.
        InsufficientPointsError: fewer points are free than a ticket costs.
        MemberFrozenError: the member is frozen.
        WalletBusyError: the wallet stayed locked for too long.
    """
    promotions.refuse_frozen(work, member_id)
    sale = on_sale(work, member_id, code)
    found, version, lottery = sale.draw, sale.version, sale.lottery
    ticket_id, currency = new_uuid(), work.session.get_one(Currency, work.programme.currency)
    seed = secrets.token_bytes(_SEED_BYTES) if found.mode == "instant" else None
    balance = ledger.buy_ticket(
        work, member_id, code, ticket_id=ticket_id, version=version, points=found.points,
        seed=seed, most=lottery.per_member, most_day=lottery.per_member_day,
        net_of_debt=currency.debt_policy == "negative",
        explanation=_explained(found, version, seed), facts=_facts(member_id, ticket_id, code),
    )  # fmt: skip
    return Bought(find_ticket(work, ticket_id), balance)


def buy_for(work: Work, token: Token, code: str) -> Bought:
    """Let a member buy a ticket who shows a code; the code is used up with it.

    Raises:
        StaticTokenError: the token may earn and look up only.
        CodeExpiredError: the code is no longer valid.
        CodeUsedError: it has paid for something.
        MemberUnknownError: nobody has this token.
        StoaError: as `buy`.
    """
    members.refuse_static(token)
    found = members.find(work, token)
    with member_codes.spending(work, found.id, found.shown):
        return buy(work, found.id, code)


def draw(work: Work, ticket_id: UUID, *, nonce: str) -> Bought:
    """Draw a ticket of an instant draw, once, with a text of whoever draws; its prize is given.

    Raises:
        TicketUnknownError: there is no such ticket, or it is drawn with all others.
        TicketClosedError: it was drawn or given back before.
        DrawClosedError: the draw was cancelled.
        MemberFrozenError: the member is frozen.
        WalletBusyError: the wallet stayed locked for too long.
    """
    work.session.connection()  # what is drawn and what is given are one transaction
    bought = find_ticket(work, ticket_id)
    member_id: UUID = work.rows(_HEIR, (bought.member_id,))[0][0]
    promotions.refuse_frozen(work, member_id)
    facts = _facts(member_id, ticket_id, bought.draw)
    ledger.draw_ticket(work, bought.member_id, ticket_id, nonce=nonce, facts=facts)
    win = prizes.won_by(work, ticket_id)
    if win is not None and win.state == "owed":
        prizes.give(work, win)
    balance = ledger.balance_of(work, member_id, work.programme.currency).balance
    return Bought(find_ticket(work, ticket_id), balance)


def _explained(found: Draw, version: int, seed: bytes | None) -> dict[str, Any]:
    """Return the arithmetic, with the hashes of the seed and of what is promised.

    The leaf of the transparency log holds the explanation, so that no other seed and no other odds
    take their place.
    """
    says = (drawing(found.points, draw=found.code),)
    kept = commitment(seed) if seed else found.commitment or b""
    rule = prizes.reason_of(found.code)
    line = {
        "reason": "ticket", "arithmetic": plain(says), "rule": rule, "rule_version": version,
        "says": as_json(says),
    }  # fmt: skip
    return {
        "lines": [line],
        "rule": rule,
        "rule_version": version,
        "commitment": kept.hex(),
        "terms_hash": found.terms_hash.hex(),
    }


def _facts(member_id: UUID, ticket_id: UUID, code: str) -> dict[str, Any]:
    return {
        "member": public_id("mem", member_id),
        "ticket": public_id("tkt", ticket_id),
        "draw": code,
    }
