"""Fulfilment: partners are asked to hand out what points paid for, until they did or never will.

An errand is an order that its provider's plugin has yet to be asked about, or yet to undo:

    queued      fulfil             done | failed: the order is refunded to its original lots
    cancelling  cancel_fulfilment  cancelled | failed: a person has to look

Any number of workers may run side by side: one claims an errand for a minute under a token of its
own, with ``SKIP LOCKED``, asks while it holds no lock and no transaction, and writes what it heard
where the token is still its own. A worker that is killed between the two is found out by the time,
and the errand is asked about again: at least once by us, once at the partner, by the order's id.

    claiming  which errands are due, whose token they have
    asking    plugins in threads, with a deadline
    settling  what an answer does to the order
    rounds    claim, ask and settle, side by side
    desk      what people see of it, and may do
    cancelled orders of tickets whose draw was cancelled
"""

from stoa.services.fulfilment.cancelled import give_back
from stoa.services.fulfilment.claiming import GIVE_UP, LEASE, Errand
from stoa.services.fulfilment.desk import Waiting, count, give_up, page, try_again
from stoa.services.fulfilment.rounds import DEADLINE_MS, EACH, HANDS, carry_on

__all__ = [
    "DEADLINE_MS",
    "EACH",
    "GIVE_UP",
    "HANDS",
    "LEASE",
    "Errand",
    "Waiting",
    "carry_on",
    "count",
    "give_back",
    "give_up",
    "page",
    "try_again",
]
