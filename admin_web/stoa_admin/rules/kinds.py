"""The kinds of rules: how each is called, its form, and the deeds of its service."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stoa.services import rulebook
from stoa.work import Work
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
        save: reads and saves a document; raises `InvalidRuleError`.
    """

    name: str
    title: str
    add: str
    teach: str
    icon: str
    parts: Sequence[Part]
    save: Callable[..., int]


def _keep(kind: str) -> Callable[..., int]:
    def save(work: Work, code: str, document: Mapping[str, Any], *, note: str = "") -> int:
        return rulebook.save(work, kind, code, document, note=note)

    return save


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "ladder", noted("Ladders"), noted("Add a ladder"),
            noted("A ladder says which tiers there are, how a member reaches each, and what comes with it: more points, a discount, benefits."),
            "stairs-up", ladders.PARTS, _keep("ladder"),
        ),
        Kind(
            "campaign", noted("Campaigns"), noted("Add a campaign"),
            noted("A campaign gives extra points for a while: when, to whom, where and for what you say, up to a budget."),
            "speakerphone", campaigns.PARTS, _keep("campaign"),
        ),
    )
}  # fmt: skip
"""All kinds by name, in the order of the room."""
