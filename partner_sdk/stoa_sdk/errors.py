"""What can go wrong: one class for each family of refusals, and one for an outcome nobody knows.

    SdkError
    ├── Problem                     Stoa answered no; nothing was done (but see 5xx)
    │   ├── BadRequest              400
    │   ├── AuthenticationFailed    401
    │   ├── Unpaid                  402
    │   │   └── FundingExhausted        PARTNER_FUNDING_EXHAUSTED
    │   ├── Forbidden               403
    │   ├── NotFound                404
    │   │   └── MemberUnknown           MEMBER_UNKNOWN
    │   ├── Conflict                409
    │   │   ├── InsufficientPoints      INSUFFICIENT_POINTS
    │   │   ├── HoldExpired             HOLD_EXPIRED
    │   │   └── ReceiptClaimed          RECEIPT_ALREADY_CLAIMED
    │   ├── Gone                    410
    │   │   └── MemberMerged            MEMBER_MERGED
    │   ├── Invalid                 422
    │   ├── Locked                  423
    │   ├── TooManyRequests         429
    │   ├── ServerFailed            500 and other 5xx: the outcome is unknown
    │   └── Unavailable             502, 503, 504: the outcome is unknown
    ├── ConnectionFailed            no answer: the outcome is unknown
    ├── OfflineLimitReached         too many points would wait in the outbox; nothing was kept
    ├── QueueUnreadable             the file of an outbox is damaged, or of something else
    └── AnswerUnreadable            Stoa did it, but its answer lacks a field

After an unknown outcome, repeat the same deed with the error's `idempotency_key`: it takes effect
once, whether or not the first try arrived.
"""
# ruff: noqa: N818 - the names say what happened, as callers write them after `except`

from collections.abc import Mapping
from typing import Any, ClassVar

__all__ = [
    "AnswerUnreadable",
    "AuthenticationFailed",
    "BadRequest",
    "CodeExpired",
    "CodeUsed",
    "Conflict",
    "ConnectionFailed",
    "Forbidden",
    "FundingExhausted",
    "Gone",
    "HoldExpired",
    "InsufficientPoints",
    "Invalid",
    "Locked",
    "MemberMerged",
    "MemberUnknown",
    "NotFound",
    "OfflineLimitReached",
    "OutOfStock",
    "PinLocked",
    "PinWrong",
    "Problem",
    "QueueUnreadable",
    "ReceiptClaimed",
    "RewardLimit",
    "SdkError",
    "ServerFailed",
    "StaticToken",
    "StepUpRequired",
    "TenderRefused",
    "TooManyRequests",
    "Unavailable",
    "Unpaid",
    "problem",
]

_STANDARD = {"type", "title", "status", "detail", "code", "retryable", "doc_url", "request_id"}
_MAY_SUCCEED_LATER = (429, 502, 503, 504)
_SERVER_SIDE = 500


class SdkError(Exception):
    """Any failure that this package raises by itself.

    Attributes:
        idempotency_key: the key the request carried; `None` for requests that only read.
    """

    idempotency_key: str | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self.args, self.__dict__)


class ConnectionFailed(SdkError):
    """No usable answer came, so nobody knows yet whether the deed was done.

    Repeat the same deed with `idempotency_key`: it takes effect once.
    """

    def __str__(self) -> str:
        reason = super().__str__()
        if self.idempotency_key is None:
            return reason
        key = self.idempotency_key
        return f"{reason}; the outcome is unknown: repeat with idempotency_key={key!r}"


class AnswerUnreadable(SdkError):
    """The deed was done, but the answer is not of the shape that this version reads.

    Attributes:
        raw: the answer as it came.
    """

    def __init__(self, reason: str, *, raw: Mapping[str, Any]) -> None:
        self.raw = raw
        super().__init__(reason)


class OfflineLimitReached(SdkError):
    """A call would promise more points than may wait without the line; nothing was kept.

    Attributes:
        points: what it would promise.
        member_left: what the member has left of the day, `None` without a limit.
        terminal_left: what the terminal has left.
    """

    def __init__(
        self,
        reason: str,
        *,
        points: int = 0,
        member_left: int | None = None,
        terminal_left: int | None = None,
    ) -> None:
        self.points = points
        self.member_left = member_left
        self.terminal_left = terminal_left
        super().__init__(reason)


class QueueUnreadable(SdkError):
    """The file of an outbox is damaged, or of something else; it is left as it is."""


class Problem(SdkError):
    """Stoa, or something on the way to it, answered with an error (RFC 9457).

    Attributes:
        code: the stable name to branch on, such as ``INSUFFICIENT_POINTS``.
        status: the HTTP status.
        title: the reason in a few words.
        detail: the reason in this case.
        retryable: whether the same request may succeed later.
        retry_after_s: how many seconds to wait before that, where the answer says so.
        doc_url: the page that explains the code.
        request_id: what to tell support.
        members: the facts that came with it, such as ``short_by_points``.
        documented: whether Stoa itself named the code; false for the page of a proxy.
    """

    code_of_class: ClassVar[str | None] = None

    def __init__(
        self,
        document: Mapping[str, Any],
        *,
        status: int,
        retry_after_s: float | None = None,
    ) -> None:
        retryable = document.get("retryable")
        self.documented = isinstance(document.get("code"), str)
        self.code = str(document.get("code") or f"HTTP_{status}")
        self.status = status
        self.title = str(document.get("title") or "")
        self.detail = str(document.get("detail") or self.title)
        self.retryable = retryable if isinstance(retryable, bool) else status in _MAY_SUCCEED_LATER
        self.retry_after_s = retry_after_s
        self.doc_url = _text_or_none(document.get("doc_url"))
        self.request_id = _text_or_none(document.get("request_id"))
        self.members = {name: fact for name, fact in document.items() if name not in _STANDARD}
        request = f" [request {self.request_id}]" if self.request_id else ""
        super().__init__(f"{self.code} ({status}): {self.detail}{request}")


class BadRequest(Problem):
    """The request could not be read (400)."""


class AuthenticationFailed(Problem):
    """The client id, its secret or the token was not accepted (401)."""


class StepUpRequired(AuthenticationFailed):
    """So many points need the member's PIN or confirmation; `ways` says which the member has."""

    code_of_class = "STEP_UP_REQUIRED"

    @property
    def ways(self) -> list[str]:
        """What the member may give: ``pin`` or ``confirmation``."""
        ways = self.members.get("ways")
        return [str(way) for way in ways] if isinstance(ways, list) else []


class Unpaid(Problem):
    """Nobody has paid for what is asked (402)."""


class FundingExhausted(Unpaid):
    """The partner who pays the points has not funded them, and none of them was issued.

    Send the same deed again, with the same key, once it has.
    """

    code_of_class = "PARTNER_FUNDING_EXHAUSTED"

    @property
    def left_points(self) -> int | None:
        """What your packs have left; `None` where a credit pays, or another partner."""
        return _count_or_none(self.members.get("left_points"))


class Forbidden(Problem):
    """The caller may not do this: a scope is missing, or the partner is suspended (403)."""


class PinWrong(Forbidden):
    """The member's PIN is another one; after a few more it is locked."""

    code_of_class = "PIN_WRONG"


class StaticToken(Forbidden):
    """What never changes earns and finds, and may not spend; `ways` may: ``qr`` for a till.

    A `member_ref` spends where the operator gave the client the scope ``redeem:refs``.
    """

    code_of_class = "STATIC_TOKEN"

    @property
    def ways(self) -> list[str]:
        """The kinds of names by which the client may spend."""
        ways = self.members.get("ways")
        return [str(way) for way in ways] if isinstance(ways, list) else []


class NotFound(Problem):
    """The thing is not there, or belongs to another partner (404)."""


class MemberUnknown(NotFound):
    """No member has this card, contact or reference."""

    code_of_class = "MEMBER_UNKNOWN"


class Conflict(Problem):
    """The deed does not fit the present state (409)."""


class InsufficientPoints(Conflict):
    """The wallet has fewer points available than asked for."""

    code_of_class = "INSUFFICIENT_POINTS"

    @property
    def available_points(self) -> int | None:
        """The points that could be held instead."""
        return _count_or_none(self.members.get("available_points"))

    @property
    def short_by_points(self) -> int | None:
        """The points that are missing."""
        return _count_or_none(self.members.get("short_by_points"))


class OutOfStock(Conflict):
    """Fewer units of the reward are left than were wanted."""

    code_of_class = "REWARD_OUT_OF_STOCK"

    @property
    def left_units(self) -> int | None:
        """The units that could be had instead."""
        return _count_or_none(self.members.get("left_units"))


class RewardLimit(Conflict):
    """The reward is limited, for a member or for a day, and the limit is reached."""

    code_of_class = "REWARD_LIMIT"

    @property
    def left_units(self) -> int | None:
        """The units that the limit still allows."""
        return _count_or_none(self.members.get("left_units"))


class CodeUsed(Conflict):
    """The member code has paid for something already; each one does so once."""

    code_of_class = "CODE_USED"


class HoldExpired(Conflict):
    """The hold ran out before it was captured; its points are available again."""

    code_of_class = "HOLD_EXPIRED"


class ReceiptClaimed(Conflict):
    """This store, terminal and business date has a purchase with this receipt number."""

    code_of_class = "RECEIPT_ALREADY_CLAIMED"


class Gone(Problem):
    """The thing was there, and is no more (410)."""


class CodeExpired(Gone):
    """The member code is too old or none; ask the member for the one shown now."""

    code_of_class = "CODE_EXPIRED"


class MemberMerged(Gone):
    """The member proved to be another one; ask again with `member_ref`, and keep that one."""

    code_of_class = "MEMBER_MERGED"

    @property
    def member_ref(self) -> str | None:
        """The member who goes on."""
        return _text_or_none(self.members.get("member_ref"))


class Invalid(Problem):
    """The request was read and makes no sense (422)."""

    @property
    def errors(self) -> dict[str, list[str]]:
        """What is wrong with each field, by its name; empty where no field is to blame."""
        found = self.members.get("errors")
        return dict(found) if isinstance(found, Mapping) else {}


class TenderRefused(Invalid):
    """Points may not pay so: `members` tell the least, the step and the most."""

    code_of_class = "TENDER_REFUSED"


class Locked(Problem):
    """The membership is frozen: points neither come nor go (423)."""


class PinLocked(Locked):
    """Too many PINs were wrong; wait `retry_after_s` seconds."""

    code_of_class = "PIN_LOCKED"


class TooManyRequests(Problem):
    """The caller sends faster than it may (429)."""


class ServerFailed(Problem):
    """Something went wrong on the server; repeat with the same key to learn the outcome (5xx)."""


class Unavailable(Problem):
    """Stoa can't be reached just now; repeat with the same key later (502, 503, 504)."""


_BY_STATUS: dict[int, type[Problem]] = {
    400: BadRequest,
    401: AuthenticationFailed,
    402: Unpaid,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Gone,
    422: Invalid,
    423: Locked,
    429: TooManyRequests,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}
_BY_CODE = {
    kind.code_of_class: kind
    for kind in (
        MemberUnknown,
        MemberMerged,
        InsufficientPoints,
        HoldExpired,
        ReceiptClaimed,
        OutOfStock,
        RewardLimit,
        FundingExhausted,
    )
}


def problem(
    document: Mapping[str, Any], *, status: int, retry_after_s: float | None = None
) -> Problem:
    """Return the problem of the right class: by its code, else by its status."""
    family = _BY_STATUS.get(status, ServerFailed if status >= _SERVER_SIDE else Problem)
    kind = _BY_CODE.get(str(document.get("code")), family)
    return kind(document, status=status, retry_after_s=retry_after_s)


def _restored(kind: type[SdkError], args: tuple[Any, ...], facts: dict[str, Any]) -> SdkError:
    """Return the error that another process raised, as a pool of workers hands it over."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(facts)
    return error


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _count_or_none(value: object) -> int | None:
    return value if isinstance(value, int) else None
