"""Every refusal: one class a reason, each with a stable code and a page of its own (RFC 9457).

    StoaError
    ├── BadRequestError 400
    │   ├── IdempotencyKeyRequiredError  idempotency-key-required
    │   ├── IdempotencyKeyInvalidError  idempotency-key-invalid
    │   └── MalformedJsonError  malformed-json
    ├── UnauthorizedError 401
    │   ├── TokenRequiredError  token-required
    │   └── TokenInvalidError  token-invalid
    ├── ForbiddenError 403
    │   ├── ScopeRequiredError  scope-required
    │   └── PartnerSuspendedError  partner-suspended
    ├── NotFoundError 404
    │   ├── MemberUnknownError  member-unknown
    │   ├── PurchaseUnknownError  purchase-unknown
    │   ├── RedemptionUnknownError  redemption-unknown
    │   ├── StoreUnknownError  store-unknown
    │   ├── RewardUnknownError  reward-unknown
    │   ├── BenefitUnknownError  benefit-unknown
    │   ├── ClaimUnknownError  claim-unknown
    │   ├── PartnerUnknownError  partner-unknown
    │   └── DoorUnknownError  door-unknown
    ├── MethodNotAllowedError 405
    │   └── MethodRefusedError  method-refused
    ├── ConflictError 409
    │   ├── InsufficientPointsError  insufficient-points
    │   ├── HoldExpiredError  hold-expired
    │   ├── HoldClosedError  hold-already-resolved
    │   ├── AlreadyReturnedError  already-returned
    │   ├── PurchaseClosedError  purchase-closed
    │   ├── ReceiptClaimedError  receipt-already-claimed
    │   ├── IdempotencyInFlightError  idempotency-in-flight
    │   ├── IdempotencyExpiredError  key-expired
    │   ├── IdentifierTakenError  identifier-taken
    │   ├── CodeTakenError  code-taken
    │   ├── ClaimClosedError  claim-closed
    │   └── WalletBusyError  wallet-busy
    ├── TooLargeError 413
    │   └── BodyTooLargeError  body-too-large
    ├── MediaTypeUnsupportedError 415
    │   └── JsonRequiredError  json-required
    ├── InvalidError 422
    │   ├── InvalidBodyError  invalid-body
    │   ├── InvalidAmountError  invalid-amount
    │   ├── IdempotencyMismatchError  idempotency-mismatch
    │   ├── LinesDoNotSumError  lines-do-not-sum
    │   ├── BackdateTooOldError  backdate-too-old
    │   ├── OccursInFutureError  occurs-in-future
    │   ├── ExceedsPurchaseError  exceeds-purchase
    │   ├── ExceedsHoldError  exceeds-hold
    │   ├── BalanceLimitError  balance-limit
    │   ├── InvalidSettingsError  invalid-settings
    │   ├── PurchaseRefusedError  purchase-refused
    │   ├── ClaimRefusedError  claim-refused
    │   └── PluginUnknownError  plugin-unknown
    ├── LockedError 423
    │   └── MemberFrozenError  member-frozen
    └── UnavailableError 503
        ├── PluginFailedError  plugin-failed
        └── DatabaseUnavailableError  database-unavailable

The `slug` names the page, the `code` is it in capitals, the exception's text is the `detail`.
"""

from typing import Any, ClassVar


class StoaError(Exception):
    """A deed was refused and had no effect.

    Attributes:
        slug: names the reason and its page.
        title: the reason in a few words.
        status: the HTTP status.
        retryable: whether the same request may succeed later, after `retry_after_s` if known.
        members: machine-readable facts, with units in their names.
    """

    slug: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Something went wrong on our side"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False
    retry_after_s: ClassVar[int | None] = None

    def __init__(self, detail: str = "", **members: Any) -> None:  # noqa: ANN401 - any JSON
        super().__init__(detail or self.title)
        self.members = members

    @property
    def code(self) -> str:
        """The stable code, such as ``INSUFFICIENT_POINTS``."""
        return self.slug.upper().replace("-", "_")


def refusals() -> list[type[StoaError]]:
    """Return every concrete refusal, in the order of this page."""
    groups = StoaError.__subclasses__()
    return [refusal for group in groups for refusal in group.__subclasses__()]


class BadRequestError(StoaError):
    """The request can't be read."""

    status = 400


class IdempotencyKeyRequiredError(BadRequestError):
    """A POST came without the header that makes its repetition safe."""

    slug = "idempotency-key-required"
    title = "Send an Idempotency-Key header"


class IdempotencyKeyInvalidError(BadRequestError):
    """The key is empty, longer than 255 characters, or not printable ASCII."""

    slug = "idempotency-key-invalid"
    title = "The Idempotency-Key is not usable"


class MalformedJsonError(BadRequestError):
    """The body is no JSON by RFC 8259 and RFC 7493: duplicate names, NaN, too deep, not UTF-8."""

    slug = "malformed-json"
    title = "The body is no valid JSON"


class UnauthorizedError(StoaError):
    """The caller is not known."""

    status = 401


class TokenRequiredError(UnauthorizedError):
    """No bearer token came with the request (RFC 6750 §3.1)."""

    slug = "token-required"
    title = "Send an access token"


class TokenInvalidError(UnauthorizedError):
    """The token is malformed, expired, revoked or meant for another audience (RFC 6750 §3.1)."""

    slug = "token-invalid"
    title = "The access token is not valid"


class ForbiddenError(StoaError):
    """The caller may not do this."""

    status = 403


class ScopeRequiredError(ForbiddenError):
    """The token does not carry the scope that this door asks for (RFC 6750 §3.1)."""

    slug = "scope-required"
    title = "The token lacks a scope"


class PartnerSuspendedError(ForbiddenError):
    """The operator has suspended the partner: it issues no points until it is reinstated."""

    slug = "partner-suspended"
    title = "This partner is suspended"


class NotFoundError(StoaError):
    """The thing is not there, or not the caller's: both answer alike."""

    status = 404


class MemberUnknownError(NotFoundError):
    """No member has this token or reference."""

    slug = "member-unknown"
    title = "No such member"


class PurchaseUnknownError(NotFoundError):
    """The partner has no purchase of this id."""

    slug = "purchase-unknown"
    title = "No such purchase"


class RedemptionUnknownError(NotFoundError):
    """The partner has no redemption of this id."""

    slug = "redemption-unknown"
    title = "No such redemption"


class StoreUnknownError(NotFoundError):
    """The partner has no store of this id or code."""

    slug = "store-unknown"
    title = "No such store"


class RewardUnknownError(NotFoundError):
    """The catalogue has no reward of this id."""

    slug = "reward-unknown"
    title = "No such reward"


class BenefitUnknownError(NotFoundError):
    """The partner offers no benefit of this code to this member."""

    slug = "benefit-unknown"
    title = "No such benefit"


class ClaimUnknownError(NotFoundError):
    """The partner has no benefit claim of this id."""

    slug = "claim-unknown"
    title = "No such claim"


class PartnerUnknownError(NotFoundError):
    """There is no partner of this id."""

    slug = "partner-unknown"
    title = "No such partner"


class DoorUnknownError(NotFoundError):
    """No door of the API has this path."""

    slug = "door-unknown"
    title = "There is nothing here"


class MethodNotAllowedError(StoaError):
    """The path is right, the method is not."""

    status = 405


class MethodRefusedError(MethodNotAllowedError):
    """The path exists, the method does not."""

    slug = "method-refused"
    title = "This door does not take this method"


class ConflictError(StoaError):
    """The deed does not fit the present state."""

    status = 409


class InsufficientPointsError(ConflictError):
    """The wallet has fewer points available than asked for."""

    slug = "insufficient-points"
    title = "Not enough points"


class HoldExpiredError(ConflictError):
    """The hold ran out before it was captured; its points are available again."""

    slug = "hold-expired"
    title = "The hold has expired"


class HoldClosedError(ConflictError):
    """The hold was captured, voided or expired before."""

    slug = "hold-already-resolved"
    title = "The hold is already resolved"


class AlreadyReturnedError(ConflictError):
    """The purchase, or all of this line, was returned before."""

    slug = "already-returned"
    title = "Already returned"


class PurchaseClosedError(ConflictError):
    """The purchase is void, or its business day is over."""

    slug = "purchase-closed"
    title = "The purchase can't be changed any more"


class ReceiptClaimedError(ConflictError):
    """A purchase with this store, terminal, receipt number and business date exists."""

    slug = "receipt-already-claimed"
    title = "This receipt was already reported"


class IdempotencyInFlightError(ConflictError):
    """A request with this Idempotency-Key has not finished yet."""

    slug = "idempotency-in-flight"
    title = "The same request is still running"
    retryable = True
    retry_after_s = 1


class IdempotencyExpiredError(ConflictError):
    """The key had its effect more than 30 days ago; its answer is no longer kept."""

    slug = "key-expired"
    title = "The Idempotency-Key is too old"


class IdentifierTakenError(ConflictError):
    """The card, phone, e-mail or partner reference belongs to another member."""

    slug = "identifier-taken"
    title = "Another member has this identifier"


class CodeTakenError(ConflictError):
    """Another partner, site or store has this code."""

    slug = "code-taken"
    title = "This code is in use"


class ClaimClosedError(ConflictError):
    """The benefit claim was released before."""

    slug = "claim-closed"
    title = "The claim is already resolved"


class WalletBusyError(ConflictError):
    """Too many requests move points of this wallet at once."""

    slug = "wallet-busy"
    title = "The wallet is busy"
    retryable = True
    retry_after_s = 1


class TooLargeError(StoaError):
    """The request is too large."""

    status = 413


class BodyTooLargeError(TooLargeError):
    """A body may have at most 256 KiB."""

    slug = "body-too-large"
    title = "The body is too large"


class MediaTypeUnsupportedError(StoaError):
    """The body is of a kind that is not read here."""

    status = 415


class JsonRequiredError(MediaTypeUnsupportedError):
    """The body must be JSON with the content type application/json."""

    slug = "json-required"
    title = "Send application/json"


class InvalidError(StoaError):
    """The request was read and makes no sense."""

    status = 422


class InvalidBodyError(InvalidError):
    """Fields are missing, unknown or out of range; `errors` names each."""

    slug = "invalid-body"
    title = "Some fields are not valid"


class InvalidAmountError(InvalidError):
    """Points are whole numbers from 1 to 10^12, written as JSON integers."""

    slug = "invalid-amount"
    title = "The amount is not valid"


class IdempotencyMismatchError(InvalidError):
    """The key belongs to a request with another body or to another door."""

    slug = "idempotency-mismatch"
    title = "The Idempotency-Key was used for another request"


class LinesDoNotSumError(InvalidError):
    """The tenders of a purchase must add up to its lines."""

    slug = "lines-do-not-sum"
    title = "Lines and tenders differ"


class BackdateTooOldError(InvalidError):
    """The partner's agreement limits how far back a purchase may lie."""

    slug = "backdate-too-old"
    title = "The purchase is too old"


class OccursInFutureError(InvalidError):
    """A purchase may lie at most five minutes ahead of the server's clock."""

    slug = "occurs-in-future"
    title = "The purchase lies in the future"


class ExceedsPurchaseError(InvalidError):
    """All returns of a line together may not exceed what was bought."""

    slug = "exceeds-purchase"
    title = "More returned than bought"


class ExceedsHoldError(InvalidError):
    """A capture may take at most the points of its hold."""

    slug = "exceeds-hold"
    title = "More captured than held"


class BalanceLimitError(InvalidError):
    """A wallet holds at most 9 × 10^15 points."""

    slug = "balance-limit"
    title = "The wallet would pass its limit"


class InvalidSettingsError(InvalidError):
    """Settings do not fit what the plugin asks for; `errors` names each."""

    slug = "invalid-settings"
    title = "Some settings are not valid"


class PurchaseRefusedError(InvalidError):
    """The partner's plugin refused the purchase; `reason` says why."""

    slug = "purchase-refused"
    title = "The partner's rules refuse the purchase"


class ClaimRefusedError(InvalidError):
    """The partner's plugin refused the claim; `reason` says why."""

    slug = "claim-refused"
    title = "The benefit can't be claimed"


class PluginUnknownError(InvalidError):
    """No installed plugin has this name."""

    slug = "plugin-unknown"
    title = "No such plugin"


class LockedError(StoaError):
    """The thing is locked."""

    status = 423


class MemberFrozenError(LockedError):
    """The membership is frozen: points neither come nor go."""

    slug = "member-frozen"
    title = "The member is frozen"


class UnavailableError(StoaError):
    """Something that is needed is not there just now."""

    status = 503
    retryable = True
    retry_after_s = 1


class PluginFailedError(UnavailableError):
    """The plugin raised, or its answer was not usable; try again or ask the operator."""

    slug = "plugin-failed"
    title = "The partner's plugin did not answer"


class DatabaseUnavailableError(UnavailableError):
    """Nothing was done, or it is unknown: repeat with the same Idempotency-Key."""

    slug = "database-unavailable"
    title = "The database can't be reached"
