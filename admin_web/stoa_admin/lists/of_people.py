"""The lists of members and partners."""

from types import MappingProxyType

from flask import url_for

from stoa.services.listings import people
from stoa.services.rosters import MemberLine, PartnerLine
from stoa.values.identifiers import public_id
from stoa_admin.front import front
from stoa_admin.language import gettext, noted, word
from stoa_admin.lists.declaring import Column, Empty, Filter, Listing

__all__ = ["MEMBERS", "MEMBER_STATES", "PARTNERS", "PARTNER_STATES"]

MEMBER_STATES = MappingProxyType(
    {
        "active": noted("Active"),
        "frozen": noted("Frozen"),
        "closed": noted("Closed"),
        "merged": noted("Merged"),
    }
)
"""What members may be, in the words of the page."""

PARTNER_STATES = MappingProxyType(
    {
        "active": noted("Active"),
        "suspended": noted("Suspended"),
        "no_enrol": noted("Enrols nobody"),
        "no_earn": noted("Issues nothing"),
        "no_burn": noted("Redeems nothing"),
        "archived": noted("Left"),
    }
)
"""What partners may be, in the words of the page."""


def _member(each: MemberLine) -> str:
    return url_for("admin.members.page", member=public_id("mem", each.id))


def _partner(each: PartnerLine) -> str:
    return url_for("admin.partners.page", partner=public_id("prt", each.id))


def _plugin(each: PartnerLine) -> str:
    titles = {plugin.name: plugin.title for plugin in front().desk.plugins.all()}
    if each.plugin not in titles:
        return gettext("%(plugin)s, not installed", plugin=each.plugin)
    return word(titles[each.plugin])


MEMBERS = Listing(
    name="members",
    title=noted("Members"),
    source=people.members,
    key=lambda each: public_id("mem", each.id),
    columns=(
        Column(
            "name", noted("Member"), lambda each: each.name, "person", link=_member, personal=True
        ),
        Column("card", noted("Card"), lambda each: each.card, "code", personal=True),
        Column("tier", noted("Tier"), lambda each: each.tier),
        Column("points", noted("Points"), lambda each: each.points, "points"),
        Column("moved", noted("Last moved"), lambda each: each.updated_at, "ago"),
        Column(
            "enrolled", noted("Enrolled"), lambda each: each.enrolled_at, "day", sort="enrolled"
        ),
        Column("number", noted("Number"), lambda each: public_id("mem", each.id), "code",
               shown=False),
        Column("status", noted("State"), lambda each: each.status, "state", words=MEMBER_STATES),
    ),
    filters=(
        Filter("status", noted("State"), options=MEMBER_STATES),
        Filter("since", noted("Enrolled since"), "day"),
    ),
    search=noted("Search the members"),
    placeholder=noted("Find a member: name, card, phone, e-mail"),
    sort="-enrolled",
    none=Empty(
        "users",
        noted("No members yet"),
        noted(
            "Members enrol at the partners' tills and apps, or come with an import. "
            "Whoever enrols appears here at once."
        ),
    ),
    no_match=noted(
        "Try fewer letters, the last digits of the card, or the e-mail address. "
        "A partner's own number has to be whole."
    ),
)  # fmt: skip
"""The list of members, those who enrolled last first."""

PARTNERS = Listing(
    name="partners",
    title=noted("Partners"),
    source=people.partners,
    key=lambda each: public_id("prt", each.id),
    columns=(
        Column(
            "name", noted("Partner"), lambda each: each.name, sort="name", link=_partner,
            under=lambda each: each.code,
        ),
        Column("trade", noted("Trade"), lambda each: each.trade, sort="trade"),
        Column("plugin", noted("Plugin"), _plugin),
        Column("stores", noted("Stores"), lambda each: each.stores, "points"),
        Column("since", noted("Since"), lambda each: each.onboarded_at, "day", sort="since"),
        Column("status", noted("State"), lambda each: each.status, "state", words=PARTNER_STATES),
    ),
    filters=(
        Filter("status", noted("State"), options=PARTNER_STATES),
        Filter("plugin", noted("Plugin")),
    ),
    search=noted("Search the partners"),
    placeholder=noted("Name, code or trade"),
    sort="name",
    none=Empty(
        "building-store",
        noted("No partners yet"),
        noted(
            "A partner is a brand of the alliance with stores, a plugin that says what its "
            "purchases earn, and credentials for its tills."
        ),
        "partners.new", noted("Add the first partner"), "partners.change",
    ),
    no_match=noted("Search by name, code or trade; parts of words are enough."),
)  # fmt: skip
"""The list of partners, by name."""
