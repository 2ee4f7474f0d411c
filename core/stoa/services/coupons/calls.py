"""Call the functions of `models/functions/coupons.sql`: a refusal for each of their SQLSTATEs."""

from collections.abc import Callable, Sequence
from typing import Any, LiteralString

from sqlalchemy.exc import DBAPIError

from stoa.errors import (
    CouponClosedError,
    CouponPoolUnknownError,
    CouponRefusedError,
    CouponSoldOutError,
    CouponUnknownError,
    StoaError,
    WalletBusyError,
)
from stoa.work import Work

__all__ = ["send"]

_ATTEMPTS = 3
_DEADLOCK = "40P01"


def send(work: Work, statement: LiteralString, values: tuple[Any, ...]) -> Sequence[Any]:
    """Call a function within the work's transaction; return its rows. A deadlock is tried thrice.

    Raises:
        CouponUnknownError: there is no such code or use.
        CouponRefusedError: the code is not taken; `reason` says why.
        CouponClosedError: the use is closed; `state` says how.
        CouponSoldOutError: fewer are left than wanted.
        CouponPoolUnknownError: the pool never held.
        WalletBusyError: a row stayed locked for too long.
    """
    work.session.flush()  # and opened, so that all is of one transaction
    for attempt in range(_ATTEMPTS):
        try:
            with work.apart():
                return work.rows(statement, values)
        except DBAPIError as wrong:
            state = getattr(wrong.orig, "sqlstate", None)
            if state == _DEADLOCK and attempt < _ATTEMPTS - 1:
                continue
            detail = getattr(getattr(wrong.orig, "diag", None), "message_detail", None)
            refusal = _REFUSALS.get(state)
            if refusal is None:
                raise
            raise refusal(detail or "") from None
    raise WalletBusyError


_REFUSALS: dict[str | None, Callable[[str], StoaError]] = {
    "ST080": lambda _: CouponUnknownError(),
    "ST081": lambda reason: CouponRefusedError(reason=reason),
    "ST082": lambda state: CouponClosedError(state=state),
    "ST083": lambda left: CouponSoldOutError(left=int(left or 0)),
    "ST084": lambda _: CouponPoolUnknownError(),
    "ST085": lambda _: CouponRefusedError(reason="on_this_receipt"),
    "55P03": lambda _: WalletBusyError(),
    "40P01": lambda _: WalletBusyError(),
    "25P02": lambda _: WalletBusyError(),  # a deadlock ended the transaction around
}
