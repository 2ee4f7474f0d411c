"""Connect a partner's tills and servers to a Stoa alliance.

from stoa_sdk import Client, Line, card

with Client("https://points.example.org", "client-id", "client-secret") as client:
    earning = client.earn(
        member=card("9912345678901234"),
        store="north",
        receipt_no="R-1001",
        currency="CNY",
        lines=[Line(sku="A", category="grocery", net="836.00")],
    )
    print(earning.points, earning.balance.available)
"""

from importlib.metadata import version

from stoa_sdk.activities import (
    ActivityCode,
    ActivityDone,
    Invited,
    OpenActivity,
    Referrals,
    ReferralState,
)
from stoa_sdk.backs import (
    FoundPurchases,
    FoundRedemptions,
    OriginalSale,
    PaidOut,
    Refund,
    Return,
    ReturnByReceipt,
    WaitingReturn,
    WaitingReturns,
)
from stoa_sdk.batches import (
    AsyncBatches,
    Batch,
    Batches,
    BatchRow,
    BatchStatus,
    RowCounts,
    RowStatus,
)
from stoa_sdk.benefits import (
    Benefit,
    BenefitQuote,
    BenefitSlot,
    BenefitSlots,
    Claim,
    ClaimStatus,
    Considered,
)
from stoa_sdk.brought import (
    OrderChance,
    OrderCoupon,
    OrderPoints,
    OrderTicket,
    SeenCoupon,
    TakenCoupon,
)
from stoa_sdk.calls import Call, new_key
from stoa_sdk.campaigns import Campaign, CampaignBonus, CampaignCap, CampaignStep
from stoa_sdk.catalogue import MemberReward, MemberRewards, Reward, RewardLimits, RewardPage
from stoa_sdk.challenges import (
    Challenge,
    ChallengeProgress,
    Challenges,
    ChallengesOfMember,
    Chance,
    ChanceMode,
    ChanceOffer,
    Chances,
    ChanceState,
    JoinedChallenge,
    Promotion,
    Stamp,
    Step,
    Wording,
    draw_is_true,
)
from stoa_sdk.client import AsyncClient, Client
from stoa_sdk.coupons import (
    AsyncCoupons,
    Coupon,
    Coupons,
    CouponStatus,
    CouponUse,
    CouponUseStatus,
    CouponValidation,
    CouponWorth,
    IssuedCoupon,
    IssuedCoupons,
    MemberCoupon,
    MemberCoupons,
    TicketLine,
)
from stoa_sdk.currencies import Exchange, ExchangeQuote, ExchangeRate, ExchangeTerms
from stoa_sdk.disputes import CreditNote, CreditNotePage, Dispute, DisputePage
from stoa_sdk.draws import (
    BoughtTicket,
    ClaimedPrize,
    Draw,
    DrawMode,
    DrawPrize,
    DrawProof,
    Draws,
    Ticket,
    Tickets,
    TicketState,
)
from stoa_sdk.endpoints import (
    Delivery,
    DeliveryPage,
    DeliveryState,
    Event,
    EventPage,
    Replayed,
    SentTest,
    Webhook,
    WebhookKeys,
    WebhookState,
)
from stoa_sdk.errors import (
    AnswerUnreadable,
    AuthenticationFailed,
    BadRequest,
    CodeExpired,
    CodeUsed,
    Conflict,
    ConnectionFailed,
    Forbidden,
    FundingExhausted,
    Gone,
    HoldExpired,
    InsufficientPoints,
    Invalid,
    Locked,
    MemberMerged,
    MemberUnknown,
    NotFound,
    OfflineLimitReached,
    OutOfStock,
    PinLocked,
    PinWrong,
    Problem,
    QueueUnreadable,
    ReceiptClaimed,
    RewardLimit,
    SdkError,
    ServerFailed,
    StaticToken,
    StepUpRequired,
    TenderRefused,
    TooManyRequests,
    Unavailable,
)
from stoa_sdk.explained import (
    Explained,
    Fate,
    KnownFact,
    LotPoints,
    LotUse,
    Rules,
    Story,
    StoryDeed,
    StoryLine,
    Taken,
    Whose,
)
from stoa_sdk.exposure import OfflineLimits, Room
from stoa_sdk.facts import (
    Available,
    Balance,
    Discount,
    EarnedLine,
    Earning,
    EnrolledMember,
    Entry,
    EntryKind,
    Estimate,
    EstimatedPoints,
    ExpiringPoints,
    Held,
    HoldOutcome,
    MaturingPoints,
    MemberCode,
    MemberStatus,
    Money,
    Partner,
    Payer,
    PinSet,
    Purchase,
    PurchaseLine,
    PurchaseStatus,
    PurchaseTender,
    RedeemRequires,
    Redemption,
    RedemptionStatus,
    ResolvedMember,
    RewardOrder,
    Store,
    TenderKind,
    Wallet,
)
from stoa_sdk.fairness import FairDraw, Unfair, verify_draw
from stoa_sdk.funding import FundingStanding
from stoa_sdk.holds import AsyncHold, Hold
from stoa_sdk.inputs import (
    Line,
    MemberName,
    Original,
    ReturnLine,
    Tender,
    card,
    email,
    partner_ref,
    phone,
    qr,
)
from stoa_sdk.ladders import Ladder, NextTier, Standing, TierBenefit, TierPart, TierTerms
from stoa_sdk.outbox import Delivered, Kept, OutboxQueue, OutboxRun, Refused
from stoa_sdk.pools import Contribution, Departure, Household, HouseholdRole, Transfer
from stoa_sdk.proofs import LogKey, LogKeys, LogText, LogWitness, Receipt

__version__ = version("stoa-sdk")

from stoa_sdk.ordering import HadReward, HadRewards, QuoteObstacle, RewardQuote
from stoa_sdk.parking import (
    AsyncParking,
    Entitlement,
    GateCar,
    GateEvent,
    GateList,
    NotedEvent,
    NotedEvents,
    NotedRow,
    Parking,
    ParkingQuote,
    ParkingQuoteStatus,
    Plate,
    Plates,
    Stay,
    Stays,
    StayState,
)
from stoa_sdk.requests import LoggedRequest, RequestPage
from stoa_sdk.statements import (
    LegalEntity,
    MoneyEntry,
    MoneyEntryPage,
    MoneyRate,
    PointsAccount,
    Position,
    RatedPart,
    Statement,
    StatementDocument,
    StatementLine,
    StatementPage,
    StatementSummary,
)
from stoa_sdk.webhooks import WebhookEvent, WebhookRefused

__all__ = [
    "ActivityCode", "ActivityDone", "AnswerUnreadable", "AsyncBatches", "AsyncClient",
    "AsyncCoupons", "AsyncHold", "AsyncParking", "AuthenticationFailed", "Available", "BadRequest",
    "Balance", "Batch", "BatchRow", "BatchStatus", "Batches", "Benefit", "BenefitQuote",
    "BenefitSlot", "BenefitSlots", "BoughtTicket", "Call", "Campaign", "CampaignBonus",
    "CampaignCap", "CampaignStep", "Challenge", "ChallengeProgress", "Challenges",
    "ChallengesOfMember", "Chance", "ChanceMode", "ChanceOffer", "ChanceState", "Chances", "Claim",
    "ClaimStatus", "ClaimedPrize", "Client", "CodeExpired", "CodeUsed", "Conflict",
    "ConnectionFailed", "Considered", "Contribution", "Coupon", "CouponStatus", "CouponUse",
    "CouponUseStatus", "CouponValidation", "CouponWorth", "Coupons", "CreditNote", "CreditNotePage",
    "Delivered", "Delivery", "DeliveryPage", "DeliveryState", "Departure", "Discount", "Dispute",
    "DisputePage", "Draw", "DrawMode", "DrawPrize", "DrawProof", "Draws", "EarnedLine", "Earning",
    "EnrolledMember", "Entitlement", "Entry", "EntryKind", "Estimate", "EstimatedPoints", "Event",
    "EventPage", "Exchange", "ExchangeQuote", "ExchangeRate", "ExchangeTerms", "ExpiringPoints",
    "Explained", "FairDraw", "Fate", "Forbidden", "FoundPurchases", "FoundRedemptions",
    "FundingExhausted", "FundingStanding", "GateCar", "GateEvent", "GateList", "Gone", "HadReward",
    "HadRewards", "Held", "Hold", "HoldExpired", "HoldOutcome", "Household", "HouseholdRole",
    "InsufficientPoints", "Invalid", "Invited", "IssuedCoupon", "IssuedCoupons", "JoinedChallenge",
    "Kept", "KnownFact", "Ladder", "LegalEntity", "Line", "Locked", "LogKey", "LogKeys", "LogText",
    "LogWitness", "LoggedRequest", "LotPoints", "LotUse", "MaturingPoints", "MemberCode",
    "MemberCoupon", "MemberCoupons", "MemberMerged", "MemberName", "MemberReward", "MemberRewards",
    "MemberStatus", "MemberUnknown", "Money", "MoneyEntry", "MoneyEntryPage", "MoneyRate",
    "NextTier", "NotFound", "NotedEvent", "NotedEvents", "NotedRow", "OfflineLimitReached",
    "OfflineLimits", "OpenActivity", "OrderChance", "OrderCoupon", "OrderPoints", "OrderTicket",
    "Original", "OriginalSale", "OutOfStock", "OutboxQueue", "OutboxRun", "PaidOut", "Parking",
    "ParkingQuote", "ParkingQuoteStatus", "Partner", "Payer", "PinLocked", "PinSet", "PinWrong",
    "Plate", "Plates", "PointsAccount", "Position", "Problem", "Promotion", "Purchase",
    "PurchaseLine", "PurchaseStatus", "PurchaseTender", "QueueUnreadable", "QuoteObstacle",
    "RatedPart", "Receipt", "ReceiptClaimed", "RedeemRequires", "Redemption", "RedemptionStatus",
    "ReferralState", "Referrals", "Refund", "Refused", "Replayed", "RequestPage", "ResolvedMember",
    "Return", "ReturnByReceipt", "ReturnLine", "Reward", "RewardLimit", "RewardLimits",
    "RewardOrder", "RewardPage", "RewardQuote", "Room", "RowCounts", "RowStatus", "Rules",
    "SdkError", "SeenCoupon", "SentTest", "ServerFailed", "Stamp", "Standing", "Statement",
    "StatementDocument", "StatementLine", "StatementPage", "StatementSummary", "StaticToken",
    "Stay", "StayState", "Stays", "Step", "StepUpRequired", "Store", "Story", "StoryDeed",
    "StoryLine", "Taken", "TakenCoupon", "Tender", "TenderKind", "TenderRefused", "Ticket",
    "TicketLine", "TicketState", "Tickets", "TierBenefit", "TierPart", "TierTerms",
    "TooManyRequests", "Transfer", "Unavailable", "Unfair", "WaitingReturn", "WaitingReturns",
    "Wallet", "Webhook", "WebhookEvent", "WebhookKeys", "WebhookRefused", "WebhookState", "Whose",
    "Wording", "__version__", "card", "draw_is_true", "email", "new_key", "partner_ref", "phone",
    "qr", "verify_draw",
]  # fmt: skip
