"""The knobs of a partner whose own server answers: where it is, its key, what it is asked."""

from stoa.values.settings import Kind, Setting

__all__ = ["ASKED", "KNOBS"]

ASKED = (
    ("refuse_purchase", "Ask whether a purchase may be taken", False),
    ("earn_lines", "Ask what a purchase earns", True),
    ("benefits", "Ask for the benefits of a member", False),
    ("claim_benefit", "Ask for the decision on a claim", False),
    ("rewards", "Ask for the rewards", False),
    ("price_reward", "Ask for the price of an order", False),
    ("fulfil", "Ask to hand out an order", False),
    ("cancel_fulfilment", "Ask to undo an order", False),
    ("happened", "Tell what happened", False),
)
"""The hooks, what the operator reads of each, and whether it is asked by default."""

KNOBS = (
    Setting(
        name="url",
        kind=Kind.TEXT,
        label="Address of the partner's server",
        default="",
        help="Where questions are sent, such as https://rules.example/stoa; https only.",
    ),
    Setting(
        name="key",
        kind=Kind.TEXT,
        label="Key for both ways",
        default="",
        help="Signs questions and answers: whsec_ and 32 random bytes in base64.",
    ),
    Setting(
        name="deadline_ms",
        kind=Kind.INTEGER,
        label="Longest wait for an answer",
        default=150,
        unit="ms",
        help="A till waits so long for a question at the most; errands have 30 s.",
        minimum=50,
        maximum=2000,
    ),
    *(Setting(f"asks_{hook}", Kind.BOOLEAN, label, default) for hook, label, default in ASKED),
)
"""What the operator's form shows; only what is asked costs a request."""
