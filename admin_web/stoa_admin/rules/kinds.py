"""The kinds of rules: how each is called, and its form."""

from collections.abc import Sequence
from dataclasses import dataclass

from stoa_admin.language import noted
from stoa_admin.rules import campaigns, ladders
from stoa_admin.rules.parts import Part

__all__ = ["KINDS", "Kind"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of rules.

    Attributes:
        title: its plural, marked for the catalogs like all other texts.
        add: what the button says that makes a new one.
        teach: what a rule of this kind is for.
        icon: the name of its picture; `parts` its form.
    """

    name: str
    title: str
    add: str
    teach: str
    icon: str
    parts: Sequence[Part]


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "ladder", noted("Ladders"), noted("Add a ladder"),
            noted(
                "A ladder says which tiers there are, how a member reaches each, and what comes"
                " with it: more points, a discount, benefits."
            ),
            "stairs-up", ladders.PARTS,
        ),
        Kind(
            "campaign", noted("Campaigns"), noted("Add a campaign"),
            noted(
                "A campaign gives extra points for a while: when, to whom, where and for what you"
                " say, up to a budget."
            ),
            "speakerphone", campaigns.PARTS,
        ),
    )
}  # fmt: skip
"""All kinds by name, in the order of the room."""
