"""Coupons: `client.coupons` looks at codes, takes them on tickets, gives them back.

    told = client.coupons.validate("7KQ2-W9MR-A3XTE", store="main", amount="120.00")
    use = client.coupons.reserve("7KQ2-W9MR-A3XTE", store="main", amount="120.00")
    client.coupons.redeem("7KQ2-W9MR-A3XTE", store="main", amount="120.00", receipt_no="R-1",
                          use=use.use_id)

Everything that writes takes `idempotency_key`; without one, a new key is made.
"""

import functools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Concatenate, ParamSpec

from stoa_sdk.calls import AnswerT, AsyncSender, Call, Sender, get, post, segment
from stoa_sdk.facts import Money
from stoa_sdk.inputs import Amount, Member, Quantity, amount_text, as_member, quantity_text
from stoa_sdk.records import Record

__all__ = [
    "AsyncCoupons",
    "Coupon",
    "CouponStatus",
    "CouponUse",
    "CouponUseStatus",
    "CouponValidation",
    "CouponWorth",
    "Coupons",
    "IssuedCoupon",
    "IssuedCoupons",
    "MemberCoupon",
    "MemberCoupons",
    "TicketLine",
]

P = ParamSpec("P")


class CouponStatus(StrEnum):
    """What has become of a code."""

    ISSUED = "issued"
    SPENT = "spent"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class CouponUseStatus(StrEnum):
    """What has become of a use of a code."""

    RESERVED = "reserved"
    REDEEMED = "redeemed"
    RELEASED = "released"
    EXPIRED = "expired"
    ROLLED_BACK = "rolled_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketLine:
    """A line of a ticket: its article, what it costs in all, how many there are."""

    sku: str
    amount: Amount
    quantity: Quantity = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponWorth(Record):
    """What a coupon is worth: an ``amount``, a ``percent``, an ``article`` or a ``service``."""

    kind: str
    amount: Money | None
    basis_points: int | None
    most: Money | None
    sku: str | None
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon(Record):
    """A coupon as it stands; `valid_until` is its last day."""

    coupon_id: str
    last4: str
    pool: str
    name: str
    about: str | None
    worth: CouponWorth
    min_spend: Money
    status: CouponStatus | str
    valid_from: date
    valid_until: date
    uses: int
    uses_left: int
    stacks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberCoupon(Coupon):
    """A coupon of a member, with its code: whoever shows it uses it."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberCoupons(Record):
    """The coupons of a member that your stores take."""

    coupons: tuple[MemberCoupon, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponValidation(Record):
    """Whether a coupon would be taken on a ticket: its `discount`, or the `reason` why not."""

    valid: bool
    reason: str | None
    discount: Money | None
    coupon: Coupon


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponUse(Record):
    """A use of a coupon, reserved or redeemed; keep its `use_id`."""

    use_id: str
    coupon_id: str
    last4: str
    pool: str
    status: CouponUseStatus | str
    discount: Money
    receipt_no: str | None
    reserved_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCoupon(Record):
    """A coupon as it was issued."""

    coupon_id: str
    code: str
    valid_from: date
    valid_until: date
    uses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCoupons(Record):
    """Coupons that were issued together."""

    pool: str
    member_ref: str | None
    coupons: tuple[IssuedCoupon, ...]


def find(code: str, *, language: str | None = None) -> Call[Coupon]:
    """Return a coupon by its code; needs ``coupons:read``.

    Raises:
        NotFound: ``COUPON_UNKNOWN``; it counts as a guess.
        TooManyRequests: ``TOO_MANY_GUESSES``, wrong codes came before.
    """
    return get(f"v1/coupons/{segment(code)}", Coupon, {"language": language})


def of(member_ref: str, *, language: str | None = None) -> Call[MemberCoupons]:
    """Return the coupons of a member that your stores take; needs ``coupons:read``."""
    path = f"v1/members/{segment(member_ref)}/coupons"
    return get(path, MemberCoupons, {"language": language})


def validate(
    code: str,
    *,
    store: str,
    amount: Amount | None = None,
    lines: Sequence[TicketLine] = (),
    member: Member | None = None,
    receipt_no: str | None = None,
    together: Sequence[str] = (),
    idempotency_key: str | None = None,
) -> Call[CouponValidation]:
    """Tell what a coupon would take off a ticket; nothing is written; needs ``coupons:read``.

    Args:
        code: as it was typed or scanned.
        store: the code or id of your store.
        amount: of the ticket before any coupon; or its `lines`.
        lines: needed for a coupon of an article.
        member: whose ticket it is, where the pool counts uses by member.
        receipt_no: the till's number, if it has one already.
        together: other codes that shall be taken on the same ticket.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        NotFound: ``COUPON_UNKNOWN``; it counts as a guess.
        TooManyRequests: ``TOO_MANY_GUESSES``, wrong codes came before.
    """
    body = _ticket(store, amount, lines, member, receipt_no=receipt_no, together=together)
    return post(_path(code, "validate"), CouponValidation, body, idempotency_key)


def reserve(
    code: str,
    *,
    store: str,
    amount: Amount | None = None,
    lines: Sequence[TicketLine] = (),
    member: Member | None = None,
    receipt_no: str | None = None,
    together: Sequence[str] = (),
    ttl_seconds: int | None = None,
    idempotency_key: str | None = None,
) -> Call[CouponUse]:
    """Set one use of a coupon aside for a ticket; needs ``coupons:write``.

    Args:
        code: as it was typed or scanned; the ticket is told as to `validate`.
        store: the code or id of your store.
        amount: of the ticket before any coupon; or its `lines`.
        lines: needed for a coupon of an article.
        member: whose ticket it is.
        receipt_no: the till's number, if it has one already.
        together: other codes that shall be taken on the same ticket.
        ttl_seconds: for how long, 30 to 86400.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        NotFound: ``COUPON_UNKNOWN``; it counts as a guess.
        Conflict: ``COUPON_REFUSED``; the member `reason` says why.
        TooManyRequests: ``TOO_MANY_GUESSES``, wrong codes came before.
    """
    body = _ticket(store, amount, lines, member, receipt_no=receipt_no, together=together)
    body["ttl_seconds"] = ttl_seconds
    return post(_path(code, "reserve"), CouponUse, body, idempotency_key)


def redeem(
    code: str,
    *,
    store: str,
    receipt_no: str,
    amount: Amount | None = None,
    lines: Sequence[TicketLine] = (),
    member: Member | None = None,
    together: Sequence[str] = (),
    use: str | None = None,
    idempotency_key: str | None = None,
) -> Call[CouponUse]:
    """Take one use of a coupon on a receipt; needs ``coupons:write``.

    Args:
        code: as it was typed or scanned; the ticket is told as to `validate`.
        store: the code or id of your store.
        receipt_no: the till's number.
        amount: of the ticket before any coupon; or its `lines`.
        lines: needed for a coupon of an article.
        member: whose ticket it is.
        together: other codes that shall be taken on the same ticket.
        use: the `use_id` of the reservation, where there is one.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        NotFound: ``COUPON_UNKNOWN``; it counts as a guess.
        Conflict: ``COUPON_REFUSED``, ``COUPON_CLOSED``.
        TooManyRequests: ``TOO_MANY_GUESSES``, wrong codes came before.
    """
    body = _ticket(store, amount, lines, member, receipt_no=receipt_no, together=together)
    body["use"] = use
    return post(_path(code, "redeem"), CouponUse, body, idempotency_key)


def release(code: str, use: str, *, idempotency_key: str | None = None) -> Call[CouponUse]:
    """Let go of a reservation; needs ``coupons:write``.

    Raises:
        NotFound: ``COUPON_UNKNOWN``.
        Conflict: ``COUPON_CLOSED``.
    """
    return post(_path(code, "release"), CouponUse, {"use": use}, idempotency_key)


def roll_back(
    code: str,
    *,
    use: str | None = None,
    receipt_no: str | None = None,
    idempotency_key: str | None = None,
) -> Call[CouponUse]:
    """Undo a redemption of yours, by its `use` or its receipt; needs ``coupons:write``.

    Raises:
        NotFound: ``COUPON_UNKNOWN``.
        Conflict: ``COUPON_CLOSED``, it was rolled back before.
    """
    body = {"use": use, "receipt_no": receipt_no}
    return post(_path(code, "rollback"), CouponUse, body, idempotency_key)


def issue(
    pool: str,
    *,
    member: Member | None = None,
    count: int | None = None,
    idempotency_key: str | None = None,
) -> Call[IssuedCoupons]:
    """Issue 1 to 100 coupons of a pool that names you; needs ``coupons:issue``.

    Raises:
        NotFound: ``COUPON_POOL_UNKNOWN``.
        Conflict: ``COUPON_SOLD_OUT``; the member `left` says how many there are.
    """
    named = as_member(member).as_object() if member is not None else None
    body = {"pool": pool, "member": named, "count": count}
    return post("v1/coupons/issue", IssuedCoupons, body, idempotency_key)


def issue_batch(
    pool: str, count: int, *, idempotency_key: str | None = None
) -> Call[IssuedCoupons]:
    """Issue up to 1000 coupons for whoever shows their codes; needs ``coupons:issue``.

    Raises:
        NotFound: ``COUPON_POOL_UNKNOWN``.
        Conflict: ``COUPON_SOLD_OUT``; the member `left` says how many there are.
    """
    body = {"pool": pool, "count": count}
    return post("v1/coupons/batch", IssuedCoupons, body, idempotency_key)


def _deed(make: Callable[P, Call[AnswerT]]) -> Callable[Concatenate["Coupons", P], AnswerT]:
    @functools.wraps(make)
    def deed(self: "Coupons", /, *args: P.args, **kwargs: P.kwargs) -> AnswerT:
        return self.sender.send(make(*args, **kwargs))

    return deed


def _async_deed(
    make: Callable[P, Call[AnswerT]],
) -> Callable[Concatenate["AsyncCoupons", P], Awaitable[AnswerT]]:
    @functools.wraps(make)
    async def deed(self: "AsyncCoupons", /, *args: P.args, **kwargs: P.kwargs) -> AnswerT:
        return await self.sender.send(make(*args, **kwargs))

    return deed


@dataclass(frozen=True, slots=True)
class Coupons:
    """The coupons of a `Client`: what `client.coupons` is."""

    sender: Sender

    find = _deed(find)
    of = _deed(of)
    validate = _deed(validate)
    reserve = _deed(reserve)
    redeem = _deed(redeem)
    release = _deed(release)
    roll_back = _deed(roll_back)
    issue = _deed(issue)
    issue_batch = _deed(issue_batch)


@dataclass(frozen=True, slots=True)
class AsyncCoupons:
    """The coupons of an `AsyncClient`; each deed is awaited."""

    sender: AsyncSender

    find = _async_deed(find)
    of = _async_deed(of)
    validate = _async_deed(validate)
    reserve = _async_deed(reserve)
    redeem = _async_deed(redeem)
    release = _async_deed(release)
    roll_back = _async_deed(roll_back)
    issue = _async_deed(issue)
    issue_batch = _async_deed(issue_batch)


def _path(code: str, deed: str) -> str:
    return f"v1/coupons/{segment(code)}/{deed}"


def _ticket(
    store: str,
    amount: Amount | None,
    lines: Sequence[TicketLine],
    member: Member | None,
    *,
    receipt_no: str | None,
    together: Sequence[str],
) -> dict[str, Any]:
    return {
        "store": store,
        "amount": None if amount is None else amount_text(amount),
        "lines": [
            {
                "sku": each.sku,
                "amount": amount_text(each.amount),
                "quantity": quantity_text(each.quantity),
            }
            for each in lines
        ]
        or None,
        "member": as_member(member).as_object() if member is not None else None,
        "receipt_no": receipt_no,
        "with": list(together) or None,
    }
