"""Draws for points (#58): tickets that are drawn at once, and raffles of all of them together.

Whatever decides is fixed before anybody buys or draws, and told after, so that anybody can reckon
it again without us (`stoa_sdk.fairness`); `values.draws` says how.
"""

from stoa.services.draws.cancelling import cancel
from stoa.services.draws.checking import check
from stoa.services.draws.documents import held, read, save
from stoa.services.draws.duties import attend
from stoa.services.draws.lists import (
    Draw,
    PrizeLine,
    Ticket,
    find,
    find_ticket,
    listed,
    of,
    prizes_of,
)
from stoa.services.draws.opening import activate
from stoa.services.draws.ordered import Batch, admit, give, of_order, of_orders, prepare, take_back
from stoa.services.draws.prizes import Win, claim, give_due, lapse
from stoa.services.draws.proofs import proof
from stoa.services.draws.tickets import Bought, buy, buy_for, draw

__all__ = [
    "Batch",
    "Bought",
    "Draw",
    "PrizeLine",
    "Ticket",
    "Win",
    "activate",
    "admit",
    "attend",
    "buy",
    "buy_for",
    "cancel",
    "check",
    "claim",
    "draw",
    "find",
    "find_ticket",
    "give",
    "give_due",
    "held",
    "lapse",
    "listed",
    "of",
    "of_order",
    "of_orders",
    "prepare",
    "prizes_of",
    "proof",
    "read",
    "save",
    "take_back",
]
