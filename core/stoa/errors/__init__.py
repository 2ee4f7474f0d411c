"""Every refusal: one class a reason, each with a stable code and a page of its own (RFC 9457).

    StoaError
    ├── BadRequestError 400
    │   ├── IdempotencyKeyInvalidError  idempotency-key-invalid
    │   ├── IdempotencyKeyRequiredError  idempotency-key-required
    │   └── MalformedJsonError  malformed-json
    ├── UnauthorizedError 401
    │   ├── DpopNonceError  dpop-nonce-required
    │   ├── DpopProofError  dpop-proof-invalid
    │   ├── StepUpRequiredError  step-up-required
    │   ├── TokenInvalidError  token-invalid
    │   └── TokenRequiredError  token-required
    ├── UnpaidError 402
    │   └── PartnerFundingExhaustedError  partner-funding-exhausted
    ├── ForbiddenError 403
    │   ├── DrawTierError  draw-tier
    │   ├── FourEyesError  four-eyes
    │   ├── HouseholdRoleError  household-role
    │   ├── PartnerSuspendedError  partner-suspended
    │   ├── PinWrongError  pin-wrong
    │   ├── ScopeRequiredError  scope-required
    │   └── StaticTokenError  static-token
    ├── NotFoundError 404
    │   ├── ActivityUnknownError  activity-unknown
    │   ├── AdjustmentUnknownError  adjustment-unknown
    │   ├── BatchUnknownError  batch-unknown
    │   ├── BenefitUnknownError  benefit-unknown
    │   ├── ChallengeUnknownError  challenge-unknown
    │   ├── ChanceUnknownError  chance-unknown
    │   ├── CheckpointUnknownError  checkpoint-unknown
    │   ├── ClaimUnknownError  claim-unknown
    │   ├── CodeUnknownError  code-unknown
    │   ├── CouponPoolUnknownError  coupon-pool-unknown
    │   ├── CouponUnknownError  coupon-unknown
    │   ├── CreditNoteUnknownError  credit-note-unknown
    │   ├── CurrencyUnknownError  currency-unknown
    │   ├── DisputeUnknownError  dispute-unknown
    │   ├── DoorUnknownError  door-unknown
    │   ├── DrawUnknownError  draw-unknown
    │   ├── EntryUnknownError  entry-unknown
    │   ├── ExchangeUnknownError  exchange-unknown
    │   ├── ExitUnknownError  exit-unknown
    │   ├── HouseholdUnknownError  household-unknown
    │   ├── MemberUnknownError  member-unknown
    │   ├── PackUnknownError  pack-unknown
    │   ├── ParkingQuoteUnknownError  parking-quote-unknown
    │   ├── PartnerUnknownError  partner-unknown
    │   ├── PaymentFileUnknownError  payment-file-unknown
    │   ├── PaymentUnknownError  payment-unknown
    │   ├── PlateUnknownError  plate-unknown
    │   ├── ProposalUnknownError  proposal-unknown
    │   ├── PurchaseUnknownError  purchase-unknown
    │   ├── RedemptionUnknownError  redemption-unknown
    │   ├── ReturnUnknownError  return-unknown
    │   ├── RewardUnknownError  reward-unknown
    │   ├── RuleUnknownError  rule-unknown
    │   ├── SandboxUnknownError  sandbox-unknown
    │   ├── StatementUnknownError  statement-unknown
    │   ├── StayUnknownError  stay-unknown
    │   ├── StoreUnknownError  store-unknown
    │   ├── TicketUnknownError  ticket-unknown
    │   ├── WebhookUnknownError  webhook-unknown
    │   └── WhatIfUnknownError  what-if-unknown
    ├── MethodNotAllowedError 405
    │   └── MethodRefusedError  method-refused
    ├── ConflictError 409
    │   ├── ActivityClosedError  activity-closed
    │   ├── ActivityDoneError  activity-done
    │   ├── ActivityLimitError  activity-limit
    │   ├── ActivityTooSoonError  activity-too-soon
    │   ├── AdjustmentClosedError  adjustment-closed
    │   ├── AlreadyReturnedError  already-returned
    │   ├── ChallengeClosedError  challenge-closed
    │   ├── ChanceClosedError  chance-closed
    │   ├── ChanceLimitError  chance-limit
    │   ├── ChanceTopTierError  chance-top-tier
    │   ├── ClaimClosedError  claim-closed
    │   ├── ClaimExpiredError  claim-expired
    │   ├── ClosingRunningError  closing-running
    │   ├── CodeTakenError  code-taken
    │   ├── CodeUsedError  code-used
    │   ├── CouponClosedError  coupon-closed
    │   ├── CouponRefusedError  coupon-refused
    │   ├── CouponSoldOutError  coupon-sold-out
    │   ├── DisputeClosedError  dispute-closed
    │   ├── DisputeWindowError  dispute-window
    │   ├── DrawClosedError  draw-closed
    │   ├── ErrandClosedError  errand-closed
    │   ├── ExitBlockedError  exit-blocked
    │   ├── FxRateMissingError  fx-rate-missing
    │   ├── GateEventTakenError  gate-event-taken
    │   ├── HoldClosedError  hold-already-resolved
    │   ├── HoldExpiredError  hold-expired
    │   ├── HoldExtendedError  hold-already-extended
    │   ├── HouseholdBusyError  household-busy
    │   ├── HouseholdJoinedError  household-joined
    │   ├── IdempotencyExpiredError  key-expired
    │   ├── IdempotencyInFlightError  idempotency-in-flight
    │   ├── IdentifierTakenError  identifier-taken
    │   ├── InsufficientPointsError  insufficient-points
    │   ├── OrderUsedError  order-used
    │   ├── OutOfStockError  reward-out-of-stock
    │   ├── PackUsedError  pack-used
    │   ├── ParkingQuoteChangedError  parking-quote-changed
    │   ├── ParkingQuoteClosedError  parking-quote-closed
    │   ├── ParkingQuoteExpiredError  parking-quote-expired
    │   ├── PaymentClosedError  payment-closed
    │   ├── PeriodNotNextError  period-not-next
    │   ├── PeriodNotOverError  period-not-over
    │   ├── PeriodOpenError  period-open
    │   ├── PlateLimitError  plate-limit
    │   ├── PlateTakenError  plate-taken
    │   ├── PrizeClosedError  prize-closed
    │   ├── ProofNotReadyError  proof-not-ready
    │   ├── ProposalClosedError  proposal-closed
    │   ├── PurchaseClosedError  purchase-closed
    │   ├── QuoteExpiredError  quote-expired
    │   ├── ReceiptClaimedError  receipt-already-claimed
    │   ├── ReturnResolvedError  return-already-resolved
    │   ├── RewardLimitError  reward-limit
    │   ├── RewardRefusedError  reward-refused
    │   ├── RuleStateError  rule-state
    │   ├── SandboxBusyError  sandbox-busy
    │   ├── SandboxOpenError  sandbox-open
    │   ├── SlotTakenError  slot-taken
    │   ├── StayHeldError  stay-held
    │   ├── StayOddError  stay-odd
    │   ├── TaxCodeUnknownError  tax-code-unknown
    │   ├── TicketClosedError  ticket-closed
    │   ├── TicketLimitError  ticket-limit
    │   ├── TransferLimitError  transfer-limit
    │   ├── WalletBusyError  wallet-busy
    │   ├── WebhookDisabledError  webhook-disabled
    │   └── WebhookLimitError  webhook-limit
    ├── GoneError 410
    │   ├── CodeExpiredError  code-expired
    │   └── MemberMergedError  member-merged
    ├── TooLargeError 413
    │   └── BodyTooLargeError  body-too-large
    ├── MediaTypeUnsupportedError 415
    │   ├── BatchTypeRequiredError  batch-type-required
    │   ├── EvidenceTypeRequiredError  evidence-type-required
    │   └── JsonRequiredError  json-required
    ├── MisdirectedError 421
    │   └── HostUnknownError  host-unknown
    ├── InvalidError 422
    │   ├── BackdateTooOldError  backdate-too-old
    │   ├── BalanceLimitError  balance-limit
    │   ├── ClaimRefusedError  claim-refused
    │   ├── CosignatureRefusedError  cosignature-refused
    │   ├── DestinationNotAllowedError  destination-not-allowed
    │   ├── ExceedsClaimError  exceeds-claim
    │   ├── ExceedsHoldError  exceeds-hold
    │   ├── ExceedsPurchaseError  exceeds-purchase
    │   ├── ExceedsRedemptionError  exceeds-redemption
    │   ├── ExchangeCycleGainsError  exchange-cycle-gains
    │   ├── ExchangeTooSmallError  exchange-too-small
    │   ├── IdempotencyMismatchError  idempotency-mismatch
    │   ├── InvalidAmountError  invalid-amount
    │   ├── InvalidBodyError  invalid-body
    │   ├── InvalidRuleError  invalid-rule
    │   ├── InvalidSettingsError  invalid-settings
    │   ├── LinesDoNotSumError  lines-do-not-sum
    │   ├── OccursInFutureError  occurs-in-future
    │   ├── PluginUnknownError  plugin-unknown
    │   ├── ProofRefusedError  proof-refused
    │   ├── PurchaseRefusedError  purchase-refused
    │   ├── QuoteInvalidError  quote-invalid
    │   ├── RewardWholeError  reward-whole
    │   ├── SameWalletError  same-wallet
    │   ├── SlotUnknownError  slot-unknown
    │   ├── StockFigureError  stock-figure
    │   └── TenderRefusedError  tender-refused
    ├── LockedError 423
    │   ├── MemberFrozenError  member-frozen
    │   └── PinLockedError  pin-locked
    ├── TooManyError 429
    │   ├── BatchesOpenError  batches-open
    │   ├── RateLimitedError  rate-limited
    │   └── TooManyGuessesError  too-many-guesses
    └── UnavailableError 503
        ├── DatabaseUnavailableError  database-unavailable
        ├── OverloadedError  overloaded
        ├── PluginFailedError  plugin-failed
        └── SandboxUnavailableError  sandbox-unavailable

The `slug` names the page, the `code` is it in capitals, the exception's text is the `detail`.
"""

from stoa.errors.activities import (
    ActivityClosedError,
    ActivityDoneError,
    ActivityLimitError,
    ActivityTooSoonError,
    ActivityUnknownError,
    CodeUnknownError,
    ProofRefusedError,
    TooManyGuessesError,
)
from stoa.errors.adjustments import AdjustmentClosedError, AdjustmentUnknownError, FourEyesError
from stoa.errors.batches import BatchesOpenError, BatchTypeRequiredError, BatchUnknownError
from stoa.errors.challenges import (
    ChallengeClosedError,
    ChallengeUnknownError,
    ChanceClosedError,
    ChanceLimitError,
    ChanceTopTierError,
    ChanceUnknownError,
)
from stoa.errors.clearing import (
    ClosingRunningError,
    CreditNoteUnknownError,
    DisputeClosedError,
    DisputeUnknownError,
    DisputeWindowError,
    EvidenceTypeRequiredError,
    ExitBlockedError,
    ExitUnknownError,
    FxRateMissingError,
    PaymentClosedError,
    PaymentFileUnknownError,
    PaymentUnknownError,
    PeriodNotNextError,
    PeriodNotOverError,
    PeriodOpenError,
    ProposalClosedError,
    ProposalUnknownError,
    StatementUnknownError,
    TaxCodeUnknownError,
)
from stoa.errors.coupons import (
    CouponClosedError,
    CouponPoolUnknownError,
    CouponRefusedError,
    CouponSoldOutError,
    CouponUnknownError,
)
from stoa.errors.currencies import (
    CurrencyUnknownError,
    ExchangeCycleGainsError,
    ExchangeTooSmallError,
    ExchangeUnknownError,
)
from stoa.errors.destinations import DestinationNotAllowedError
from stoa.errors.draws import (
    DrawClosedError,
    DrawTierError,
    DrawUnknownError,
    PrizeClosedError,
    TicketClosedError,
    TicketLimitError,
    TicketUnknownError,
)
from stoa.errors.funding import (
    PackUnknownError,
    PackUsedError,
    PartnerFundingExhaustedError,
)
from stoa.errors.households import (
    HouseholdBusyError,
    HouseholdJoinedError,
    HouseholdRoleError,
    HouseholdUnknownError,
)
from stoa.errors.kinds import (
    BadRequestError,
    ConflictError,
    ForbiddenError,
    GoneError,
    InvalidError,
    LockedError,
    MediaTypeUnsupportedError,
    MethodNotAllowedError,
    MisdirectedError,
    NotFoundError,
    StoaError,
    TooLargeError,
    TooManyError,
    UnauthorizedError,
    UnavailableError,
    refusals,
)
from stoa.errors.limits import HostUnknownError, OverloadedError, RateLimitedError
from stoa.errors.log import CheckpointUnknownError, CosignatureRefusedError, ProofNotReadyError
from stoa.errors.members import (
    CodeExpiredError,
    CodeUsedError,
    IdentifierTakenError,
    MemberFrozenError,
    MemberMergedError,
    MemberUnknownError,
    PinLockedError,
    PinWrongError,
    StaticTokenError,
    StepUpRequiredError,
)
from stoa.errors.orders import (
    ErrandClosedError,
    OrderUsedError,
    OutOfStockError,
    QuoteExpiredError,
    QuoteInvalidError,
    RewardLimitError,
    RewardWholeError,
    SlotTakenError,
    SlotUnknownError,
    StockFigureError,
)
from stoa.errors.parking import (
    GateEventTakenError,
    ParkingQuoteChangedError,
    ParkingQuoteClosedError,
    ParkingQuoteExpiredError,
    ParkingQuoteUnknownError,
    PlateLimitError,
    PlateTakenError,
    PlateUnknownError,
    StayHeldError,
    StayOddError,
    StayUnknownError,
)
from stoa.errors.partners import (
    BenefitUnknownError,
    ClaimClosedError,
    ClaimExpiredError,
    ClaimRefusedError,
    ClaimUnknownError,
    CodeTakenError,
    ExceedsClaimError,
    InvalidSettingsError,
    PartnerSuspendedError,
    PartnerUnknownError,
    PluginFailedError,
    PluginUnknownError,
    RewardRefusedError,
    RewardUnknownError,
    StoreUnknownError,
)
from stoa.errors.points import (
    BalanceLimitError,
    EntryUnknownError,
    ExceedsHoldError,
    ExceedsRedemptionError,
    HoldClosedError,
    HoldExpiredError,
    HoldExtendedError,
    InsufficientPointsError,
    RedemptionUnknownError,
    SameWalletError,
    TenderRefusedError,
    TransferLimitError,
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
    ReturnResolvedError,
    ReturnUnknownError,
)
from stoa.errors.requests import (
    BodyTooLargeError,
    DatabaseUnavailableError,
    DoorUnknownError,
    DpopNonceError,
    DpopProofError,
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
from stoa.errors.rules import InvalidRuleError, RuleStateError, RuleUnknownError, WhatIfUnknownError
from stoa.errors.sandboxes import (
    SandboxBusyError,
    SandboxOpenError,
    SandboxUnavailableError,
    SandboxUnknownError,
)
from stoa.errors.webhooks import WebhookDisabledError, WebhookLimitError, WebhookUnknownError

__all__ = [
    "ActivityClosedError", "ActivityDoneError", "ActivityLimitError", "ActivityTooSoonError",
    "ActivityUnknownError", "AdjustmentClosedError", "AdjustmentUnknownError",
    "AlreadyReturnedError", "BackdateTooOldError", "BadRequestError", "BalanceLimitError",
    "BatchTypeRequiredError", "BatchUnknownError", "BatchesOpenError", "BenefitUnknownError",
    "BodyTooLargeError", "ChallengeClosedError", "ChallengeUnknownError", "ChanceClosedError",
    "ChanceLimitError", "ChanceTopTierError", "ChanceUnknownError", "CheckpointUnknownError",
    "ClaimClosedError", "ClaimExpiredError", "ClaimRefusedError", "ClaimUnknownError",
    "ClosingRunningError", "CodeExpiredError", "CodeTakenError", "CodeUnknownError",
    "CodeUsedError", "ConflictError", "CosignatureRefusedError", "CouponClosedError",
    "CouponPoolUnknownError", "CouponRefusedError", "CouponSoldOutError", "CouponUnknownError",
    "CreditNoteUnknownError", "CurrencyUnknownError", "DatabaseUnavailableError",
    "DestinationNotAllowedError", "DisputeClosedError", "DisputeUnknownError", "DisputeWindowError",
    "DoorUnknownError", "DpopNonceError", "DpopProofError", "DrawClosedError", "DrawTierError",
    "DrawUnknownError", "EntryUnknownError", "ErrandClosedError", "EvidenceTypeRequiredError",
    "ExceedsClaimError",
    "ExceedsHoldError", "ExceedsPurchaseError", "ExceedsRedemptionError", "ExchangeCycleGainsError",
    "ExchangeTooSmallError", "ExchangeUnknownError", "ExitBlockedError", "ExitUnknownError",
    "ForbiddenError", "FourEyesError", "FxRateMissingError", "GateEventTakenError", "GoneError",
    "HoldClosedError", "HoldExpiredError", "HoldExtendedError", "HostUnknownError",
    "HouseholdBusyError", "HouseholdJoinedError", "HouseholdRoleError", "HouseholdUnknownError",
    "IdempotencyExpiredError", "IdempotencyInFlightError", "IdempotencyKeyInvalidError",
    "IdempotencyKeyRequiredError", "IdempotencyMismatchError", "IdentifierTakenError",
    "InsufficientPointsError", "InvalidAmountError", "InvalidBodyError", "InvalidError",
    "InvalidRuleError", "InvalidSettingsError", "JsonRequiredError", "LinesDoNotSumError",
    "LockedError", "MalformedJsonError", "MediaTypeUnsupportedError", "MemberFrozenError",
    "MemberMergedError", "MemberUnknownError", "MethodNotAllowedError", "MethodRefusedError",
    "MisdirectedError", "NotFoundError", "OccursInFutureError", "OrderUsedError", "OutOfStockError",
    "OverloadedError", "PackUnknownError", "PackUsedError", "ParkingQuoteChangedError",
    "ParkingQuoteClosedError", "ParkingQuoteExpiredError", "ParkingQuoteUnknownError",
    "PartnerFundingExhaustedError", "PartnerSuspendedError", "PartnerUnknownError",
    "PaymentClosedError", "PaymentFileUnknownError", "PaymentUnknownError", "PeriodNotNextError",
    "PeriodNotOverError", "PeriodOpenError", "PinLockedError", "PinWrongError", "PlateLimitError",
    "PlateTakenError", "PlateUnknownError", "PluginFailedError", "PluginUnknownError",
    "PrizeClosedError", "ProofNotReadyError", "ProofRefusedError", "ProposalClosedError",
    "ProposalUnknownError", "PurchaseClosedError", "PurchaseRefusedError", "PurchaseUnknownError",
    "QuoteExpiredError", "QuoteInvalidError", "RateLimitedError", "ReceiptClaimedError",
    "RedemptionUnknownError", "ReturnResolvedError", "ReturnUnknownError", "RewardLimitError",
    "RewardRefusedError", "RewardUnknownError", "RewardWholeError", "RuleStateError",
    "RuleUnknownError", "SameWalletError", "SandboxBusyError", "SandboxOpenError",
    "SandboxUnavailableError", "SandboxUnknownError", "ScopeRequiredError", "SlotTakenError",
    "SlotUnknownError", "StatementUnknownError", "StaticTokenError", "StayHeldError",
    "StayOddError", "StayUnknownError", "StepUpRequiredError", "StoaError", "StockFigureError",
    "StoreUnknownError", "TaxCodeUnknownError", "TenderRefusedError", "TicketClosedError",
    "TicketLimitError", "TicketUnknownError", "TokenInvalidError", "TokenRequiredError",
    "TooLargeError", "TooManyError", "TooManyGuessesError", "TransferLimitError",
    "UnauthorizedError", "UnavailableError", "WalletBusyError", "WebhookDisabledError",
    "WebhookLimitError", "WebhookUnknownError", "WhatIfUnknownError", "refusals",
]  # fmt: skip
