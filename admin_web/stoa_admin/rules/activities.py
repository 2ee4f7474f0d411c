"""The form of an activity: what members do without buying, how it is proved, what it earns."""

from stoa_admin.language import noted
from stoa_admin.rules import funding
from stoa_admin.rules.parts import Part, PartKind

__all__ = ["PARTS"]

_NONE = ("none", noted("none: the partner's word is enough"))


def _proof(*proofs: tuple[str, str]) -> tuple[Part, ...]:
    return (
        Part(
            PartKind.CHOICE, "proof", noted("Proof"), choices=(*proofs, _NONE),
            start=proofs[0][0], absent=proofs[0][0],
        ),
    )  # fmt: skip


_CODE = ("code", noted("a code shown on the spot"))

_KINDS = {
    "check_in": _proof(_CODE),
    "event": _proof(_CODE),
    "share": _proof(("link", noted("a link that others open"))),
    "survey": _proof(
        ("invitation", noted("an invitation")), ("reference", noted("the partner's reference"))
    ),
    "review": (),
    "profile": (
        Part(
            PartKind.MANY, "fields", noted("What the profile must have"),
            choices=(
                ("phone", noted("phone")), ("email", noted("e-mail")),
                ("birthday", noted("birthday")),
            ),
            start=["phone", "email"],
        ),
    ),
}  # fmt: skip

PARTS = (
    Part(PartKind.NAMES, "name", noted("Name")),
    Part(
        PartKind.MODE, "kind", noted("What members do"),
        choices=(
            ("check_in", noted("check in")), ("event", noted("come to an event")),
            ("share", noted("share a link")), ("survey", noted("answer a survey")),
            ("review", noted("review what they bought")),
            ("profile", noted("complete their profile")),
        ),
        variants=_KINDS, start="check_in",
    ),
    Part(PartKind.NUMBER, "points", noted("Points"), unit=funding.POINTS, start=5),
    Part(
        PartKind.CHOICE, "once_per", noted("A member may do it"),
        choices=(
            ("subject", noted("once for each thing it is about")), ("day", noted("once a day")),
            ("week", noted("once a week")), ("month", noted("once a month")),
            ("ever", noted("once")),
        ),
        start="day", optional=True,
    ),
    Part(PartKind.DAY, "from", noted("First day"), optional=True),
    Part(PartKind.DAY, "until", noted("Last day"), optional=True),
    Part(
        PartKind.MANY, "stores", noted("Where"), noted("None ticked means everywhere."),
        choices="places", optional=True,
    ),
    Part(
        PartKind.NUMBER, "min_gap_minutes", noted("Pause between two of them"),
        unit=noted("minutes"), start=0, absent=0,
    ),
    funding.caps(("ever", noted("a whole life"))),
    funding.BUDGET,
    funding.payers("payers"),
)  # fmt: skip
"""An activity's document, part by part."""
