"""Finding anything: things by name or number, pages by what they are called, in one dialog.

A script shows the answer as one types; without one it is a page of its own.
"""

from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for

from stoa.services import finding
from stoa.services.finding import Found
from stoa.values.identifiers import public_id
from stoa_admin import gate
from stoa_admin.front import open_work, person
from stoa_admin.language import gettext, noted
from stoa_admin.room import SIGNED_IN, Room

__all__ = ["Hit", "doors", "page"]

doors = Room("finding", __name__, reads=SIGNED_IN, changes=SIGNED_IN)

_ASKS = {
    "member": "members.read",
    "partner": "partners.read",
    "purchase": "members.read",
    "redemption": "members.read",
    "rule": "programme.read",
    "statement": "clearing.read",
    "dispute": "clearing.read",
    "batch": "batches.read",
}
_OF_PARTNERS = ("statement", "dispute", "batch")
_GROUPS = {
    "page": (noted("Pages and settings"), "compass"),
    "member": (noted("Members"), "users"),
    "partner": (noted("Partners"), "building-store"),
    "purchase": (noted("Purchases"), "receipt"),
    "redemption": (noted("Redemptions"), "ticket"),
    "rule": (noted("Rules, rewards and coupons"), "book"),
    "statement": (noted("Statements"), "file-text"),
    "dispute": (noted("Disputes"), "hand-stop"),
    "batch": (noted("Batches"), "stack-2"),
}
_MOST_PAGES = 6

# Pages by their names; what stands behind a bar are other words for them.
_PAGES = (
    ("dashboard.page", noted("Overview"), noted("dashboard, figures, chart")),
    ("members.roster", noted("Members"), noted("people, customers, wallets")),
    ("partners.roster", noted("Partners"), noted("brands, shops, stores")),
    ("partners.new", noted("Add a partner"), noted("onboard, new brand")),
    ("adjustments.page", noted("Approvals"), noted("four eyes, adjustments")),
    ("rules.overview", noted("Rules"), noted("campaigns, tiers, ladders, challenges, referrals")),
    ("whatif.roster", noted("What if?"), noted("simulation, forecast")),
    ("currencies.page", noted("Currencies"), noted("points, expiry, debt, settings")),
    ("catalogue.page", noted("Catalogue"), noted("rewards, pictures")),
    ("orders.page", noted("Stock"), noted("units, inventory")),
    ("orders.redemptions", noted("Redemptions"), noted("orders")),
    ("benefits.page", noted("Benefits"), noted("claims")),
    ("parking.page", noted("Parking"), noted("stays, plates, car")),
    ("fulfilment.page", noted("Fulfilment"), noted("deliveries, errands")),
    ("positions.page", noted("Clearing"), noted("positions, net, settlement")),
    ("periods.page", noted("Periods"), noted("close a month, clearing")),
    ("statements.page", noted("Statements"), noted("invoices, papers")),
    ("disputes.page", noted("Disputes"), noted("objections, held back")),
    ("payments.page", noted("Payments"), noted("bank, funding, transfers")),
    ("liability.page", noted("Liability"), noted("breakage, outstanding points")),
    ("money.page", noted("Journal"), noted("entries, postings, money")),
    ("people.page", noted("Staff"), noted("roles, invite, permissions")),
    (
        "account.page", noted("Your account"),
        noted("password, language, time zone, light, dark, settings"),
    ),
    ("factors.page", noted("Second factor"), noted("TOTP, authenticator, recovery codes")),
)  # fmt: skip
_OWN_PAGES = (
    ("home.page", noted("Home"), noted("dashboard, figures, chart")),
    ("partners.page", noted("Stores"), noted("shops")),
    ("agreements.page", noted("Agreement"), noted("contract, prices, terms")),
    ("knobs.page", noted("Plugin and settings"), noted("rates, shelf")),
    ("people.page", noted("People"), noted("roles, invite, permissions")),
    ("partners.changes", noted("Changes"), noted("audit, who changed what")),
    ("credentials.page", noted("Credentials"), noted("client, secret, keys")),
    ("webhooks.page", noted("Webhooks"), noted("events, deliveries, endpoints")),
    ("batches.page", noted("Batches"), noted("files, imports")),
    ("requests.page", noted("Requests"), noted("log, errors, calls")),
    ("sandbox.page", noted("Sandbox"), noted("test data")),
    ("shares.page", noted("Limits"), noted("rate, quota")),
    ("positions.of", noted("Live position"), noted("net, clearing")),
    ("funding.page", noted("Funding"), noted("deposit, packs, budget")),
)

_SHARED = ("statements.page", "disputes.page", "payments.page", "account.page", "factors.page")


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found, and where it leads."""

    name: str
    more: str
    address: str


@doors.get("/finding")
def page() -> str:
    """Show what fits what is looked for; a script gets the list of it alone."""
    text = request.args.get("q", "")[:100]
    groups = _found(text) if text.strip() else []
    part = request.args.get("part") == "list"
    template = "admin/lists/found.html" if part else "admin/lists/finding.html"
    return render_template(template, groups=groups, text=text.strip())


def _found(text: str) -> list[tuple[str, str, str, list[Hit]]]:
    who = person()
    kinds = [
        kind
        for kind, permission in _ASKS.items()
        if who.may(permission) and (who.partner_id is None or kind in _OF_PARTNERS)
    ]
    with open_work() as work:
        things = finding.find(work, text, kinds)
    hits: dict[str, list[Hit]] = {"page": _pages(text)}
    for each in things:
        hits.setdefault(each.kind, []).append(Hit(each.name, each.more, _address(each)))
    return [
        (kind, gettext(title), picture, hits[kind])
        for kind, (title, picture) in _GROUPS.items()
        if hits.get(kind)
    ]


def _pages(text: str) -> list[Hit]:
    wanted = text.casefold().split()
    mine = person().partner_id
    if mine is not None:
        partner = public_id("prt", mine)
        rooms = [(each, url_for(f"admin.{each[0]}", partner=partner)) for each in _OWN_PAGES]
        rooms += [(each, url_for(f"admin.{each[0]}")) for each in _PAGES if each[0] in _SHARED]
    else:
        rooms = [(each, url_for(f"admin.{each[0]}")) for each in _PAGES]
    found = []
    for (door, name, others), address in rooms:
        words = f"{gettext(name)} {gettext(others)} {name}".casefold()
        if gate.opens(door) and all(word in words for word in wanted):
            first = gettext(name).casefold().startswith(wanted[0]) if wanted else False
            found.append((not first, Hit(gettext(name), "", address)))
    return [hit for _, hit in sorted(found, key=lambda each: each[0])][:_MOST_PAGES]


def _address(each: Found) -> str:
    member, seq = each.place
    kind, _, code = each.key.partition("/")
    places: dict[str, tuple[str, dict[str, Any]]] = {
        "member": ("members.page", {"member": each.key}),
        "partner": ("partners.page", {"partner": each.key}),
        "purchase": ("provenance.page", {"member": member, "seq": seq}),
        "redemption": ("members.page", {"member": member}),
        "rule": ("rules.page", {"kind": kind, "code": code}),
        "statement": ("statements.show", {"statement": each.key}),
        "dispute": ("disputes.show", {"dispute": each.key}),
        "batch": ("batches.page", {"partner": member}),
    }
    door, place = places[each.kind]
    return url_for(f"admin.{door}", **place)
