"""Webhooks: a partner is told what happened, signed, in order, until it has heard it (P9).

    feed        what each partner hears, in one order, under ids and numbers that never change
    endpoints   where it is sent: named, challenged, rotated, disabled
    delivering  sent by any number of workers, one request of a stream at a time, for 75 hours
    replaying   sent again when the partner asks
    withholding what a member who takes a consent back leaves of it: numbers without facts
    journal     what was sent, and what came back

A stream is what one partner hears of one member; what is of no member is a stream too. A stream
that fails waits for its next attempt, and no other stream waits with it.
"""

from stoa.services.webhooks.delivering import EACH, HANDS, WITHIN_MS, carry_on
from stoa.services.webhooks.endpoints import (
    CHALLENGE,
    GAP,
    MOST,
    OVERLAP,
    TEST,
    TOPICS,
    Endpoint,
    Keys,
    create,
    disable,
    find,
    keys_of,
    of_partner,
    prove,
    rotate,
    send_test,
)
from stoa.services.webhooks.feed import KEPT, Page, Told, arrange, enqueue, open_feed, read
from stoa.services.webhooks.forgetting import forget
from stoa.services.webhooks.journal import (
    Attempt,
    Delivery,
    Hour,
    Standing,
    attempts,
    deliveries,
    hours,
    standing,
)
from stoa.services.webhooks.replaying import replay, retry
from stoa.services.webhooks.withholding import withhold

__all__ = [
    "CHALLENGE",
    "EACH",
    "GAP",
    "HANDS",
    "KEPT",
    "MOST",
    "OVERLAP",
    "TEST",
    "TOPICS",
    "WITHIN_MS",
    "Attempt",
    "Delivery",
    "Endpoint",
    "Hour",
    "Keys",
    "Page",
    "Standing",
    "Told",
    "arrange",
    "attempts",
    "carry_on",
    "create",
    "deliveries",
    "disable",
    "enqueue",
    "find",
    "forget",
    "hours",
    "keys_of",
    "of_partner",
    "open_feed",
    "prove",
    "read",
    "replay",
    "retry",
    "rotate",
    "send_test",
    "standing",
    "withhold",
]
