"""Words for what the services name: reasons, states of disputes and payments, verdicts."""

from stoa_admin.language import noted

__all__ = ["DISPUTE_STATES", "PAYMENT_STATES", "REASON_NAMES", "VERDICTS"]

REASON_NAMES = {
    "points": noted("The points are wrong"),
    "rate": noted("The rate is wrong"),
    "duplicate": noted("It was counted twice"),
    "not_ours": noted("It is not ours"),
    "returned": noted("The goods came back"),
    "fraud": noted("Fraud"),
    "other": noted("Another reason"),
}
DISPUTE_STATES = {
    "open": noted("To be decided"),
    "upheld": noted("Line upheld"),
    "credited": noted("Credited"),
    "withdrawn": noted("Withdrawn"),
    "lapsed": noted("Lapsed"),
}
PAYMENT_STATES = {
    "proposed": noted("To be moved"),
    "sent": noted("Sent to the bank"),
    "settled": noted("Settled"),
    "failed": noted("Sent back by the bank"),
    "cancelled": noted("Cancelled"),
}
VERDICTS = {
    "matched": noted("Matched"),
    "differs": noted("Differs"),
    "unknown": noted("Nobody's"),
    "twice": noted("Recorded before"),
}
