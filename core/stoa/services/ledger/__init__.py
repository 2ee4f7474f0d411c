"""The only way to post points: each deed is one call of a function of `models/functions`."""

from stoa.services.ledger.activities import act
from stoa.services.ledger.adjustments import OpenedLine, adjust, decline, open_lots, propose
from stoa.services.ledger.calls import array
from stoa.services.ledger.chances import buy_chance, draw_chance, undo_chance, use_chances
from stoa.services.ledger.deliveries import (
    give_chances,
    give_tickets,
    lock_wallets,
    take_back_chances,
    take_back_points,
    take_back_tickets,
)
from stoa.services.ledger.draws import buy_ticket, draw_ticket, refund_ticket
from stoa.services.ledger.earning import earn
from stoa.services.ledger.exchange import exchange
from stoa.services.ledger.figures import (
    Balance,
    KeyUsedError,
    Leg,
    LimitReachedError,
    StaleError,
)
from stoa.services.ledger.funding import unfunded
from stoa.services.ledger.grants import grant, ungrant
from stoa.services.ledger.mergers import Moved, merge
from stoa.services.ledger.redemption import capture, extend, hold, refund, release
from stoa.services.ledger.referrals import Side, reward
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
    served,
)

__all__ = [
    "Balance",
    "Entry",
    "KeyUsedError",
    "Leg",
    "LimitReachedError",
    "Moved",
    "OpenedLine",
    "Restore",
    "Side",
    "StaleError",
    "Statement",
    "act",
    "adjust",
    "array",
    "balance_of",
    "buy_chance",
    "buy_ticket",
    "capture",
    "decline",
    "draw_chance",
    "draw_ticket",
    "earn",
    "exchange",
    "expire",
    "extend",
    "give_chances",
    "give_tickets",
    "grant",
    "history",
    "hold",
    "lock_wallets",
    "mature",
    "merge",
    "open_lots",
    "open_wallet",
    "propose",
    "refund",
    "refund_ticket",
    "release",
    "reverse",
    "reward",
    "served",
    "take_back_chances",
    "take_back_points",
    "take_back_tickets",
    "transfer",
    "undo_chance",
    "unfunded",
    "ungrant",
    "use_chances",
]
