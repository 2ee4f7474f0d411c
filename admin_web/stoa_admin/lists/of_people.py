"""The lists of members and partners."""

from types import MappingProxyType
from uuid import UUID

from flask import url_for

from stoa.errors import MemberUnknownError, PartnerUnknownError
from stoa.services import members, partners, rosters
from stoa.services.listings import people
from stoa.services.rosters import MemberLine, PartnerLine
from stoa.values.identifiers import public_id, uuid_of
from stoa.work import Work
from stoa_admin.front import front
from stoa_admin.language import gettext, ngettext, noted, word
from stoa_admin.lists.declaring import Column, Deed, Empty, Filter, Listing

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


def _freeze(work: Work, member: str, reason: str) -> None:
    members.freeze(work, _living(work, member, "active"), reason=reason)


def _thaw(work: Work, member: str, reason: str) -> None:
    members.thaw(work, _living(work, member, "frozen"), reason=reason)


def _living(work: Work, member: str, status: str) -> UUID:
    """Return the id of a member that has this status, so that nothing else is changed."""
    member_id = uuid_of("mem", member)
    if member_id is None or rosters.member(work, member_id).status != status:
        raise MemberUnknownError
    return member_id


def _suspend(work: Work, partner: str, _reason: str) -> None:
    partners.suspend(work, _partner_in(work, partner, "active"))


def _reinstate(work: Work, partner: str, _reason: str) -> None:
    partners.reinstate(work, _partner_in(work, partner, "suspended"))


def _partner_in(work: Work, partner: str, status: str) -> UUID:
    partner_id = uuid_of("prt", partner)
    if partner_id is None or rosters.partner(work, partner_id).status != status:
        raise PartnerUnknownError
    return partner_id


MEMBERS = Listing(
    name="members",
    title=noted("Members"),
    source=people.members,
    key=lambda each: public_id("mem", each.id),
    columns=(
        Column(
            "name", noted("Member"), lambda each: each.name, "person", sort="name", link=_member,
            personal=True,
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
    deeds=(
        Deed(
            "freeze", noted("Freeze"), "members.change",
            lambda num: ngettext(
                "%(num)d member will be frozen: no points come or go until they are thawed.",
                "%(num)d members will be frozen: no points come or go until they are thawed.",
                num,
            ),
            _freeze, noted("Frozen"), reason=True, danger=True, undo="thaw",
        ),
        Deed(
            "thaw", noted("Thaw"), "members.change",
            lambda num: ngettext(
                "%(num)d member may earn and redeem again.",
                "%(num)d members may earn and redeem again.",
                num,
            ),
            _thaw, noted("Thawed"), reason=True, undo="freeze",
        ),
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
    deeds=(
        Deed(
            "suspend", noted("Suspend"), "partners.change",
            lambda num: ngettext(
                "%(num)d partner will be suspended: its purchases are refused from now on.",
                "%(num)d partners will be suspended: their purchases are refused from now on.",
                num,
            ),
            _suspend, noted("Suspended"), danger=True, undo="reinstate",
        ),
        Deed(
            "reinstate", noted("Reinstate"), "partners.change",
            lambda num: ngettext(
                "%(num)d partner may issue points again.",
                "%(num)d partners may issue points again.",
                num,
            ),
            _reinstate, noted("Reinstated"), undo="suspend",
        ),
    ),
)  # fmt: skip
"""The list of partners, by name."""
