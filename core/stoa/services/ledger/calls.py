"""Call the ledger's functions: one statement each, a refusal for each of their SQLSTATEs."""

import json
from collections.abc import Callable, Iterable
from typing import Any, LiteralString

from sqlalchemy.exc import DBAPIError

from stoa.errors import (
    ActivityDoneError,
    ActivityTooSoonError,
    AdjustmentClosedError,
    AdjustmentUnknownError,
    BalanceLimitError,
    ChanceClosedError,
    ChanceLimitError,
    ChanceUnknownError,
    DrawClosedError,
    EntryUnknownError,
    ExceedsHoldError,
    ExceedsRedemptionError,
    FourEyesError,
    HoldClosedError,
    HoldExpiredError,
    HoldExtendedError,
    InsufficientPointsError,
    InvalidBodyError,
    OutOfStockError,
    ProofRefusedError,
    ReceiptClaimedError,
    RedemptionUnknownError,
    RewardLimitError,
    RewardWholeError,
    SameWalletError,
    SlotTakenError,
    StoaError,
    StockFigureError,
    TicketClosedError,
    TicketLimitError,
    TicketUnknownError,
    TransferLimitError,
    WalletBusyError,
)
from stoa.services.ledger.figures import Balance, KeyUsedError, LimitReachedError, StaleError
from stoa.services.ledger.funding import unfunded
from stoa.work import Work

__all__ = ["array", "balance", "send", "send_all"]


def array(values: Iterable[object]) -> str:
    """Write an array as PostgreSQL reads it: a third of the cost of adapting a list."""
    return "{" + ",".join("NULL" if each is None else _quoted(each) for each in values) + "}"


def balance(currency: str, wallet: Any) -> Balance:  # noqa: ANN401 - a row of wallets
    """Return the figures of a row of wallets."""
    return Balance(currency, wallet[2], wallet[3], wallet[4], wallet[5], wallet[6])


def send(work: Work, statement: LiteralString, values: tuple[Any, ...], *, points: int = 0) -> Any:  # noqa: ANN401 - a row
    """Call a function and return its row; a deadlock is tried thrice.

    Args:
        points: how many were wanted, to tell how many were missing.

    Raises:
        StoaError: the ledger refused; see `models/functions/wallets.sql` for its codes.
        KeyUsedError: the key had its effect before.
        LimitReachedError: a campaign has less left than it was to pay.
        StaleError: what was read has changed meanwhile.
        LimitReachedError: a campaign has less left than it was to pay.
    """
    return send_all(work, statement, values, points=points)[0]


def send_all(
    work: Work, statement: LiteralString, values: tuple[Any, ...], *, points: int = 0
) -> Any:  # noqa: ANN401 - rows
    """Call a function and return its rows, as `send` does."""
    for attempt in range(3):
        try:
            with work.apart():
                return work.rows(statement, values)
        except DBAPIError as wrong:
            state = getattr(wrong.orig, "sqlstate", None)
            if state == "40P01" and attempt < 2:  # noqa: PLR2004 - a deadlock is tried thrice
                continue
            refusal = _refusal(state, wrong, points) or unfunded(work, wrong)
            if refusal is None:
                raise
            raise refusal from None
    raise WalletBusyError


_COUNTED: dict[str | None, tuple[type[StoaError], str]] = {
    "ST006": (ExceedsHoldError, "held_points"),
    "ST010": (ExceedsRedemptionError, "left_points"),
    "ST021": (TransferLimitError, "left_points"),
    "ST070": (ChanceLimitError, "most_per_year"),
    "ST092": (RewardWholeError, "points"),
    "ST099": (StockFigureError, "left_units"),
}


def _lacking(told: Any) -> StoaError:  # noqa: ANN401 - JSON
    if told["kind"] == "slot":
        return SlotTakenError(left_places=told["left"])
    if told["kind"] == "day":
        return RewardLimitError(limit="per_day", left_units=told["left"])
    return OutOfStockError(left_units=told["left"])


_LIMITED: dict[str | None, Callable[[Any], Exception]] = {
    "ST041": lambda told: LimitReachedError(told["campaign"], told["left"], told["by"]),
    "ST042": lambda told: LimitReachedError(told["campaign"], told["left"], told["by"]),
    "ST090": _lacking,
    "ST091": lambda told: RewardLimitError(limit=told["limit"], left_units=told["left"]),
}


def _refusal(state: str | None, wrong: DBAPIError, points: int) -> Exception | None:
    detail = getattr(getattr(wrong.orig, "diag", None), "message_detail", None)
    constraint = getattr(getattr(wrong.orig, "diag", None), "constraint_name", None)
    if state == "ST003":
        available = int(detail or 0)
        return InsufficientPointsError(
            available_points=available, short_by_points=points - available
        )
    if state in _LIMITED:
        return _LIMITED[state](json.loads(detail or "{}"))
    if state == "ST004":
        return HoldClosedError(state=detail)
    if state in _COUNTED:
        counted, name = _COUNTED[state]
        members: dict[str, Any] = {name: int(detail or 0)}
        return counted(**members)
    if state == "23514" and constraint == "ck_wallets_limit":
        return BalanceLimitError()
    kinds: dict[str | None, Callable[[], Exception]] = {
        "ST001": KeyUsedError,
        "ST002": ReceiptClaimedError,
        "ST005": HoldExpiredError,
        "ST007": StaleError,
        "ST008": RedemptionUnknownError,
        "ST011": HoldExtendedError,
        "ST020": SameWalletError,
        "ST031": FourEyesError,
        "ST032": lambda: AdjustmentClosedError(state=detail),
        "ST033": AdjustmentUnknownError,
        "ST034": lambda: InvalidBodyError(errors={"expires_on": ["This day is over."]}),
        "ST060": EntryUnknownError,
        "ST061": ActivityDoneError,
        "ST062": ProofRefusedError,
        "ST063": lambda: ActivityTooSoonError(retry_after_s=int(detail or 0)),
        "ST071": ChanceUnknownError,
        "ST072": lambda: ChanceClosedError(state=detail),
        "ST140": lambda: TicketLimitError(**json.loads(detail or "{}")),
        "ST141": lambda: DrawClosedError(state=detail),
        "ST142": TicketUnknownError,
        "ST143": lambda: TicketClosedError(state=detail),
        "55P03": WalletBusyError,
        "40P01": WalletBusyError,
        "25P02": WalletBusyError,  # a deadlock ended the transaction around
    }
    kind = kinds.get(state)
    return kind() if kind else None


def _quoted(value: object) -> str:
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
