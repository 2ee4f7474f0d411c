"""Every refusal: one class a reason, each with a stable code and a page of its own (RFC 9457).

    StoaError
    ├── BadRequestError 400
    │   ├── IdempotencyKeyInvalidError  idempotency-key-invalid
    │   ├── IdempotencyKeyRequiredError  idempotency-key-required
    │   └── MalformedJsonError  malformed-json
    ├── UnauthorizedError 401
    │   ├── TokenInvalidError  token-invalid
    │   └── TokenRequiredError  token-required
    ├── ForbiddenError 403
    │   ├── FourEyesError  four-eyes
    │   ├── PartnerSuspendedError  partner-suspended
    │   └── ScopeRequiredError  scope-required
    ├── NotFoundError 404
    │   ├── AdjustmentUnknownError  adjustment-unknown
    │   ├── BenefitUnknownError  benefit-unknown
    │   ├── ClaimUnknownError  claim-unknown
    │   ├── DoorUnknownError  door-unknown
    │   ├── MemberUnknownError  member-unknown
    │   ├── PartnerUnknownError  partner-unknown
    │   ├── PurchaseUnknownError  purchase-unknown
    │   ├── RedemptionUnknownError  redemption-unknown
    │   ├── RewardUnknownError  reward-unknown
    │   └── StoreUnknownError  store-unknown
    ├── MethodNotAllowedError 405
    │   └── MethodRefusedError  method-refused
    ├── ConflictError 409
    │   ├── AdjustmentClosedError  adjustment-closed
    │   ├── AlreadyReturnedError  already-returned
    │   ├── ClaimClosedError  claim-closed
    │   ├── CodeTakenError  code-taken
    │   ├── HoldClosedError  hold-already-resolved
    │   ├── HoldExpiredError  hold-expired
    │   ├── HoldExtendedError  hold-already-extended
    │   ├── IdempotencyExpiredError  key-expired
    │   ├── IdempotencyInFlightError  idempotency-in-flight
    │   ├── IdentifierTakenError  identifier-taken
    │   ├── InsufficientPointsError  insufficient-points
    │   ├── PurchaseClosedError  purchase-closed
    │   ├── ReceiptClaimedError  receipt-already-claimed
    │   └── WalletBusyError  wallet-busy
    ├── TooLargeError 413
    │   └── BodyTooLargeError  body-too-large
    ├── MediaTypeUnsupportedError 415
    │   └── JsonRequiredError  json-required
    ├── InvalidError 422
    │   ├── BackdateTooOldError  backdate-too-old
    │   ├── BalanceLimitError  balance-limit
    │   ├── ClaimRefusedError  claim-refused
    │   ├── ExceedsHoldError  exceeds-hold
    │   ├── ExceedsPurchaseError  exceeds-purchase
    │   ├── ExceedsRedemptionError  exceeds-redemption
    │   ├── IdempotencyMismatchError  idempotency-mismatch
    │   ├── InvalidAmountError  invalid-amount
    │   ├── InvalidBodyError  invalid-body
    │   ├── InvalidSettingsError  invalid-settings
    │   ├── LinesDoNotSumError  lines-do-not-sum
    │   ├── OccursInFutureError  occurs-in-future
    │   ├── PluginUnknownError  plugin-unknown
    │   └── PurchaseRefusedError  purchase-refused
    ├── LockedError 423
    │   └── MemberFrozenError  member-frozen
    └── UnavailableError 503
        ├── DatabaseUnavailableError  database-unavailable
        └── PluginFailedError  plugin-failed

The `slug` names the page, the `code` is it in capitals, the exception's text is the `detail`.
"""

from stoa.errors.adjustments import (
    AdjustmentClosedError,
    AdjustmentUnknownError,
    FourEyesError,
)
from stoa.errors.kinds import (
    BadRequestError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    LockedError,
    MediaTypeUnsupportedError,
    MethodNotAllowedError,
    NotFoundError,
    StoaError,
    TooLargeError,
    UnauthorizedError,
    UnavailableError,
    refusals,
)
from stoa.errors.members import (
    IdentifierTakenError,
    MemberFrozenError,
    MemberUnknownError,
)
from stoa.errors.partners import (
    BenefitUnknownError,
    ClaimClosedError,
    ClaimRefusedError,
    ClaimUnknownError,
    CodeTakenError,
    InvalidSettingsError,
    PartnerSuspendedError,
    PartnerUnknownError,
    PluginFailedError,
    PluginUnknownError,
    RewardUnknownError,
    StoreUnknownError,
)
from stoa.errors.points import (
    BalanceLimitError,
    ExceedsHoldError,
    ExceedsRedemptionError,
    HoldClosedError,
    HoldExpiredError,
    HoldExtendedError,
    InsufficientPointsError,
    RedemptionUnknownError,
    WalletBusyError,
)
from stoa.errors.purchases import (
    AlreadyReturnedError,
    BackdateTooOldError,
    ExceedsPurchaseError,
    LinesDoNotSumError,
    OccursInFutureError,
    PurchaseClosedError,
    PurchaseRefusedError,
    PurchaseUnknownError,
    ReceiptClaimedError,
)
from stoa.errors.requests import (
    BodyTooLargeError,
    DatabaseUnavailableError,
    DoorUnknownError,
    IdempotencyExpiredError,
    IdempotencyInFlightError,
    IdempotencyKeyInvalidError,
    IdempotencyKeyRequiredError,
    IdempotencyMismatchError,
    InvalidAmountError,
    InvalidBodyError,
    JsonRequiredError,
    MalformedJsonError,
    MethodRefusedError,
    ScopeRequiredError,
    TokenInvalidError,
    TokenRequiredError,
)

__all__ = [
    "AdjustmentClosedError",
    "AdjustmentUnknownError",
    "AlreadyReturnedError",
    "BackdateTooOldError",
    "BadRequestError",
    "BalanceLimitError",
    "BenefitUnknownError",
    "BodyTooLargeError",
    "ClaimClosedError",
    "ClaimRefusedError",
    "ClaimUnknownError",
    "CodeTakenError",
    "ConflictError",
    "DatabaseUnavailableError",
    "DoorUnknownError",
    "ExceedsHoldError",
    "ExceedsPurchaseError",
    "ExceedsRedemptionError",
    "ForbiddenError",
    "FourEyesError",
    "HoldClosedError",
    "HoldExpiredError",
    "HoldExtendedError",
    "IdempotencyExpiredError",
    "IdempotencyInFlightError",
    "IdempotencyKeyInvalidError",
    "IdempotencyKeyRequiredError",
    "IdempotencyMismatchError",
    "IdentifierTakenError",
    "InsufficientPointsError",
    "InvalidAmountError",
    "InvalidBodyError",
    "InvalidError",
    "InvalidSettingsError",
    "JsonRequiredError",
    "LinesDoNotSumError",
    "LockedError",
    "MalformedJsonError",
    "MediaTypeUnsupportedError",
    "MemberFrozenError",
    "MemberUnknownError",
    "MethodNotAllowedError",
    "MethodRefusedError",
    "NotFoundError",
    "OccursInFutureError",
    "PartnerSuspendedError",
    "PartnerUnknownError",
    "PluginFailedError",
    "PluginUnknownError",
    "PurchaseClosedError",
    "PurchaseRefusedError",
    "PurchaseUnknownError",
    "ReceiptClaimedError",
    "RedemptionUnknownError",
    "RewardUnknownError",
    "ScopeRequiredError",
    "StoaError",
    "StoreUnknownError",
    "TokenInvalidError",
    "TokenRequiredError",
    "TooLargeError",
    "UnauthorizedError",
    "UnavailableError",
    "WalletBusyError",
    "refusals",
]
