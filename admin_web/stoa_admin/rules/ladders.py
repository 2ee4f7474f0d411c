"""The form of a ladder: its tiers, how each is reached, and how standings are reviewed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stoa.errors import InvalidRuleError
from stoa.services import tiers
from stoa.values.conditions import TIER
from stoa_admin.language import gettext, noted
from stoa_admin.rules.choices import name_of
from stoa_admin.rules.parts import Part, PartKind
from stoa_admin.rules.telling import Told

__all__ = ["PARTS", "Rung", "doubts", "others", "rungs"]

TIERS = (
    Part(PartKind.NAMES, "name", noted("Name")),
    Part(
        PartKind.TEXT, "code", noted("Code"),
        noted("Short and for ever, such as gold: members' standings refer to it."),
    ),
    Part(
        PartKind.NUMBER, "uplift_percent", noted("More points"),
        noted("Added to the base points of every purchase; the alliance pays."),
        unit="%", start=0, absent=0,
    ),
    Part(
        PartKind.NUMBER, "discount_basis_points", noted("Discount at the till"), unit="%",
        scale=2, start=0, absent=0,
    ),
    Part(
        PartKind.ROWS, "benefits", noted("Benefits"),
        noted("What comes with the tier and costs no points."),
        add=noted("Add a benefit"), row=noted("Benefit"), absent=[],
        parts=(
            Part(PartKind.NAMES, "name", noted("Name")),
            Part(PartKind.TEXT, "code", noted("Code")),
        ),
    ),
    Part(
        PartKind.FLAG, "inherits", noted("Has the benefits of the tiers below as well"),
        start=True, absent=False,
    ),
    Part(
        PartKind.CONDITION, "qualify", noted("How a member gets here"),
        noted("The lowest tier needs none: everybody starts there."),
        optional=True, vocabulary=TIER,
    ),
)  # fmt: skip

PARTS = (
    Part(PartKind.NAMES, "name", noted("Name")),
    Part(
        PartKind.FLAG, "main", noted("This is the main ladder"),
        noted("Its tiers decide points and discounts; exactly one ladder is the main one."),
        absent=False,
    ),
    Part(
        PartKind.ROWS, "tiers", noted("Tiers"), noted("The lowest first."),
        parts=TIERS, add=noted("Add a tier"), row=noted("Tier"), ordered=True,
        start=[
            {"code": "basic", "name": {"en": "Basic"}, "uplift_percent": 0,
             "discount_basis_points": 0, "benefits": [], "inherits": True, "qualify": None},
        ],
    ),
    Part(
        PartKind.NUMBER, "visit_gap_minutes", noted("Receipts within this time are one visit"),
        noted("In one store."), unit=noted("minutes"), start=30, absent=30,
    ),
    Part(
        PartKind.MANY, "qualifying", noted("Points that qualify"),
        noted("Which points count towards a tier."),
        choices=(("base", noted("base points")), ("uplift", noted("points for the tier")),
                 ("campaign", noted("points of campaigns"))),
        start=["base"], absent=["base"],
    ),
    Part(
        PartKind.GROUP, "review", noted("Review"),
        noted("Standings are looked at again from time to time"), optional=True,
        start={"every": "12 months", "grace_days": 30, "soft_landing": True,
               "on_return": "recalculate"},
        parts=(
            Part(
                PartKind.CHOICE, "every", noted("Standings are reviewed"),
                choices=(
                    ("12 months", noted("12 months after a member got there")),
                    ("calendar year", noted("at the end of each calendar year")),
                    ("membership year", noted("on each anniversary of the enrolment")),
                    ("never", noted("never: a tier once reached is kept")),
                ),
                start="12 months", absent="never",
            ),
            Part(
                PartKind.NUMBER, "grace_days", noted("Days of grace"),
                noted("So long after the review a member may still make up for what is missing."),
                unit=noted("days"), start=30, absent=0,
            ),
            Part(
                PartKind.FLAG, "soft_landing", noted("Soft landing"),
                noted("A member falls by one tier at a time."), start=True,
                absent=True,
            ),
            Part(
                PartKind.CHOICE, "on_return", noted("When goods come back"),
                choices=(
                    ("recalculate", noted("the standing is reckoned again")),
                    ("keep", noted("the standing is kept")),
                ),
                start="recalculate", absent="recalculate",
            ),
        ),
    ),
)  # fmt: skip
"""A ladder's document, part by part."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A tier as the ladder shows it.

    Attributes:
        qualify: in words, how a member gets there; empty for the lowest.
        uplift: percent added to base points; `discount` basis points off at the till.
        benefits: the tier's own; `inherited` those of the tiers below that it has as well.
        members: how many stand there; ``None`` where that is not asked.
    """

    code: str
    name: str
    qualify: str
    uplift: int
    discount: int
    benefits: tuple[str, ...]
    inherited: tuple[str, ...]
    members: int | None = None


def rungs(
    told: Sequence[Told], document: Mapping[str, Any], counts: Mapping[str, int] | None = None
) -> list[Rung]:
    """Return the tiers of a ladder, the lowest first; `counts` are members by tier."""
    said = {each.place: each.text for each in told}
    found: list[Rung] = []
    for number, tier in enumerate(document.get("tiers") or []):
        below = found[-1] if found and tier.get("inherits") else None
        found.append(
            Rung(
                str(tier.get("code")), name_of(tier, str(tier.get("code"))),
                said.get(f"tiers.{number}.qualify", ""),
                tier.get("uplift_percent") or 0, tier.get("discount_basis_points") or 0,
                tuple(name_of(each, str(each.get("code"))) for each in tier.get("benefits") or ()),
                (*below.inherited, *below.benefits) if below else (),
                None if counts is None else counts.get(str(tier.get("code")), 0),
            )
        )  # fmt: skip
    return found


def others(told: Sequence[Told]) -> list[Told]:
    """Return what is said of a rule beside its tiers."""
    return [each for each in told if not each.place.startswith("tiers.")]


def doubts(document: Mapping[str, Any]) -> list[str]:
    """Return where a higher tier has less than the one below, in words; none of what is wrong."""
    try:
        found = tiers.lint(tiers.read(document))
    except InvalidRuleError:
        return []
    names = {
        str(tier.get("code")): name_of(tier, str(tier.get("code")))
        for tier in document.get("tiers") or []
    }
    perks = {
        str(perk.get("code")): name_of(perk, str(perk.get("code")))
        for tier in document.get("tiers") or []
        for perk in tier.get("benefits") or []
    }
    return [_doubt(each, names, perks) for each in found]


def _doubt(each: tiers.Warned, names: Mapping[str, str], perks: Mapping[str, str]) -> str:
    tier, below = names.get(each.tier, each.tier), names.get(each.below, each.below)
    if each.lack is tiers.Lack.BENEFIT:
        what = perks.get(each.what, each.what)
        return gettext(
            "%(tier)s lacks the benefit “%(what)s” that %(below)s has.",
            tier=tier, what=what, below=below,
        )  # fmt: skip
    if each.lack is tiers.Lack.DISCOUNT:
        return gettext("%(tier)s has less discount than %(below)s.", tier=tier, below=below)
    return gettext("%(tier)s gets fewer points than %(below)s.", tier=tier, below=below)
