"""Taking a partner in: a checklist that leads through the pages of each step and back.

Each step is a page of its own that stands anyway; on it a bar tells which step it is, and leads to
the one before and the one after. What was typed into a form and not sent stays in the browser.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from flask import g, render_template, url_for

from stoa.services import onboarding, rosters
from stoa.services.onboarding import Progress
from stoa.values.identifiers import public_id
from stoa_admin.front import id_of, open_work
from stoa_admin.gate import opens
from stoa_admin.language import gettext, noted
from stoa_admin.room import Room

__all__ = ["Bar", "bar", "doors", "page"]

doors = Room("onboarding", __name__, reads="partners.read")

_DOORS: Mapping[str, str] = MappingProxyType(
    {
        "entity": "entities.page",
        "agreement": "agreements.new",
        "store": "stores.new",
        "plugin": "knobs.page",
        "credentials": "credentials.page",
        "webhook": "webhooks.page",
        "sandbox": "sandbox.page",
    }
)
_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "entity": noted("Legal entity"),
        "agreement": noted("Agreement"),
        "store": noted("First store"),
        "plugin": noted("Plugin and its settings"),
        "credentials": noted("Credentials"),
        "webhook": noted("Webhook"),
        "sandbox": noted("Sandbox"),
    }
)
_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "entity": noted("As whom papers and the bank know it: legal name, address, account."),
        "agreement": noted(
            "What a point costs it and brings it, how it is funded; a second person approves."
        ),
        "store": noted(
            "Purchases are reported by store; the store's site gives the time zone of its days."
        ),
        "plugin": noted("How many points a purchase earns, and what members get for them."),
        "credentials": noted("Its tills sign in with them. The secret is shown once."),
        "webhook": noted("Where its systems hear what happens to its members."),
        "sandbox": noted("A copy with invented members, where its people try everything."),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """A step as it is drawn."""

    name: str
    title: str
    text: str
    address: str
    done: bool
    optional: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar on a step's page: which step it is, the one before and the one after."""

    number: int
    total: int
    done: int
    title: str
    before: str
    after: str


@doors.get("/partners/<partner>/onboarding")
def page(partner: str) -> str:
    """Show what is done and what is missing of taking a partner in."""
    partner_id = id_of("prt", partner)
    with open_work() as work:
        line = rosters.partner(work, partner_id)
        progress = onboarding.progress_of(work, partner_id)
    return render_template(
        "admin/onboarding/page.html",
        partner=line,
        progress=progress,
        ways=_ways(partner_id, progress),
        tab="onboarding",
    )


def bar(step: str, partner_id: UUID) -> Bar | None:
    """Return the bar of a step's page; ``None`` once nothing is missing, and for partners' people.

    Args:
        step: ``store`` and so on; empty for the partner's own page.
    """
    if g.person.partner_id is not None:
        return None
    with open_work() as work:
        progress = onboarding.progress_of(work, partner_id)
    if progress.ready:
        return None
    ways = _ways(partner_id, progress)
    names = [each.name for each in ways]
    place = names.index(step) if step in names else -1
    following = place + 1 if place >= 0 else names.index(progress.next)
    return Bar(
        place + 1,
        len(progress.steps),
        progress.done,
        ways[place].title if place >= 0 else "",
        ways[place - 1].address if place > 0 else "",
        ways[following].address if following < len(ways) else "",
    )


def _ways(partner_id: UUID, progress: Progress) -> list[Way]:
    return [
        Way(
            each.name, gettext(_NAMES[each.name]), gettext(_TEXTS[each.name]),
            _address(_DOORS[each.name], partner_id), each.done, each.optional,
        )
        for each in progress.steps
    ]  # fmt: skip


def _address(door: str, partner_id: UUID) -> str:
    """Return where a door is for a partner; empty where the person may not come in."""
    if not opens(door):
        return ""
    return url_for(f"admin.{door}", partner=public_id("prt", partner_id))
