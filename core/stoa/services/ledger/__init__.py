"""The only way to post points: each deed is one call of a function of `models/functions`."""

from stoa.services.ledger.earning import earn
from stoa.services.ledger.exchange import exchange
from stoa.services.ledger.figures import Balance, KeyUsedError, Leg, StaleError
from stoa.services.ledger.mergers import Moved, merge
from stoa.services.ledger.redemption import capture, extend, hold, refund, release
from stoa.services.ledger.returns import Restore, reverse
from stoa.services.ledger.transfers import transfer
from stoa.services.ledger.wallets import (
    Entry,
    Statement,
    balance_of,
    expire,
    history,
    mature,
    open_wallet,
)

__all__ = [
    "Balance",
    "Entry",
    "KeyUsedError",
    "Leg",
    "Moved",
    "Restore",
    "StaleError",
    "Statement",
    "balance_of",
    "capture",
    "earn",
    "exchange",
    "expire",
    "extend",
    "history",
    "hold",
    "mature",
    "merge",
    "open_wallet",
    "refund",
    "release",
    "reverse",
    "transfer",
]
