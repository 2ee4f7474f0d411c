"""The form of a reward: what it costs, what a member gets, who gives it out, where and when."""

from stoa.values.conditions import REWARD
from stoa_admin.language import noted
from stoa_admin.rules import funding
from stoa_admin.rules.parts import MONEY, Part, PartKind

__all__ = ["PARTS"]

_TIMES = noted("times")
_COUPON = Part(
    PartKind.CHOICE, "coupon", noted("Coupon that is issued"), choices="coupons", optional=True,
)  # fmt: skip
_DAYS = (
    ("mon", noted("Monday")), ("tue", noted("Tuesday")), ("wed", noted("Wednesday")),
    ("thu", noted("Thursday")), ("fri", noted("Friday")), ("sat", noted("Saturday")),
    ("sun", noted("Sunday")),
)  # fmt: skip
_SLOTS = Part(
    PartKind.GROUP, "slots", noted("A time has to be booked"), optional=True,
    parts=(
        Part(PartKind.TEXT, "resource", noted("Code of what is booked")),
        Part(
            PartKind.NUMBER, "minutes", noted("Length of a slot"), unit=noted("minutes"), start=60,
        ),
        Part(PartKind.NUMBER, "places", noted("Places of a slot"), start=1),
        Part(
            PartKind.NUMBER, "ahead_days", noted("Can be booked ahead for"), unit=noted("days"),
            start=14, absent=14,
        ),
        Part(
            PartKind.GROUP, "open", noted("Open"),
            noted("Two times a day, one on each line, such as 10:00 and 18:00."),
            parts=tuple(
                Part(PartKind.LINES, day, label, optional=True) for day, label in _DAYS
            ),
        ),
    ),
)  # fmt: skip
_KINDS = {
    "voucher": (_COUPON,),
    "gift": (),
    "discount": (_COUPON,),
    "service": (_COUPON, _SLOTS),
    "currency": (
        Part(
            PartKind.GROUP, "currency", noted("Points of a partner's own"),
            parts=(
                Part(PartKind.TEXT, "code", noted("Code of the currency")),
                Part(PartKind.NUMBER, "points", noted("How many of one"), start=100),
            ),
        ),
    ),
    "ticket": (Part(PartKind.CHOICE, "draw", noted("Draw"), choices="draws"),),
    "chance": (Part(PartKind.CHOICE, "chance", noted("Promotion chance"), choices="chances"),),
    "donation": (),
}  # fmt: skip

_MOMENT = noted("A day such as 2026-05-01, or a moment such as 2026-05-01T20:00:00+08:00.")

PARTS = (
    Part(PartKind.NAMES, "name", noted("Name")),
    Part(PartKind.NAMES, "about", noted("What members read about it"), optional=True),
    Part(
        PartKind.MODE, "kind", noted("What a member gets"),
        choices=(
            ("voucher", noted("a voucher")),
            ("gift", noted("a gift that is handed over")),
            ("discount", noted("a discount")),
            ("service", noted("a service")),
            ("currency", noted("points of a partner's own")),
            ("ticket", noted("a ticket of a draw")),
            ("chance", noted("a chance to be promoted")),
            ("donation", noted("a donation")),
        ),
        variants=_KINDS, start="gift",
    ),
    Part(PartKind.NUMBER, "points", noted("Price"), unit=funding.POINTS, start=1000),
    Part(
        PartKind.NUMBER, "money_minor", noted("Money beside the points"), scale=MONEY, start=0,
        absent=0,
    ),
    Part(PartKind.NUMBER, "worth_minor", noted("What it is worth"), scale=MONEY, start=1000),
    Part(
        PartKind.CHOICE, "provider", noted("Who gives it out"),
        noted("And is reimbursed for it."), choices="providers", start="operator",
        absent="operator",
    ),
    Part(
        PartKind.GROUP, "at", noted("Only redeemed at some partners or stores"), optional=True,
        parts=(
            Part(
                PartKind.MANY, "partners", noted("Partners"), noted("None ticked means all."),
                choices="partners", optional=True, absent="all",
            ),
            Part(
                PartKind.MANY, "stores", noted("Stores"), noted("None ticked means all of them."),
                choices="stores", optional=True,
            ),
        ),
    ),
    Part(PartKind.TEXT, "from", noted("Can be had from"), _MOMENT, optional=True),
    Part(
        PartKind.TEXT, "until", noted("Can be had until"),
        noted("A day is meant whole; a moment is the first that is too late."), optional=True,
    ),
    Part(
        PartKind.MANY, "tiers", noted("Only for members of these tiers"),
        noted("None ticked means all."), choices="tiers", optional=True,
    ),
    Part(
        PartKind.CONDITION, "who", noted("Only for members of whom this holds"), optional=True,
        vocabulary=REWARD,
    ),
    Part(
        PartKind.NUMBER, "per_member", noted("A member has it at most"), unit=_TIMES,
        optional=True,
    ),
    Part(
        PartKind.NUMBER, "per_member_day", noted("A member has it on a day at most"), unit=_TIMES,
        optional=True,
    ),
    Part(
        PartKind.NUMBER, "per_day", noted("All members have it on a day at most"), unit=_TIMES,
        optional=True,
    ),
    Part(PartKind.NUMBER, "max_quantity", noted("Most at once"), start=1, absent=1),
    Part(
        PartKind.NUMBER, "stock", noted("In stock at first"),
        noted("Empty where nobody counts."), optional=True,
    ),
    Part(
        PartKind.CHOICE, "fulfil", noted("Who hands it out"),
        choices=(
            ("none", noted("the store, or nobody has to")),
            ("plugin", noted("the plugin of who gives it out")),
        ),
        start="none", absent="none",
    ),
    Part(
        PartKind.TEXT, "picture", noted("Number of its picture"),
        noted("Upload it on the page of the catalogue first."), optional=True,
    ),
    funding.payers("funders"),
)  # fmt: skip
"""A reward's document, part by part."""
