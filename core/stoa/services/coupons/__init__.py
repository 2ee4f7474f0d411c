"""Coupons: codes of pools, issued, shown at stores, each use taken once (#62, #63, api 4.7).

pools    save a pool's document, let it hold, read it again
issuing  issue codes within another deed's transaction, take them back
judging  whether a coupon is taken on a ticket, and what it takes off
batches  many codes issued or imported at once, a pool looked through
lists    a member's coupons, and codes that are over
uses     show, validate, reserve, redeem, release, roll back
"""

from stoa.services.coupons.batches import (
    Counts,
    Line,
    Loaded,
    counts,
    issue_batch,
    load,
    search,
)
from stoa.services.coupons.issuing import Issued, cancel, cancel_of, issue, issue_by_partner
from stoa.services.coupons.judging import Shown, Ticket
from stoa.services.coupons.lists import Owned, expire, of
from stoa.services.coupons.pools import activate, find, read, save
from stoa.services.coupons.uses import (
    TTL_S,
    Use,
    Validation,
    expire_reserved,
    redeem,
    release,
    reserve,
    roll_back,
    show,
    validate,
)

__all__ = [
    "TTL_S",
    "Counts",
    "Issued",
    "Line",
    "Loaded",
    "Owned",
    "Shown",
    "Ticket",
    "Use",
    "Validation",
    "activate",
    "cancel",
    "cancel_of",
    "counts",
    "expire",
    "expire_reserved",
    "find",
    "issue",
    "issue_batch",
    "issue_by_partner",
    "load",
    "of",
    "read",
    "redeem",
    "release",
    "reserve",
    "roll_back",
    "save",
    "search",
    "show",
    "validate",
]
