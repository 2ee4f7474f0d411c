"""What a member may enjoy now, as the partners tell it.

A till reads all that its own partner tells, and of the others only what may be enjoyed: a plugin's
reason may speak of what was spent there, so another partner's stays unsaid.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from stoa.models import NOBODY
from stoa.services import members, partners, tiers
from stoa.services.benefits import knowing, meters
from stoa.services.benefits.answers import terms_of
from stoa.services.benefits.asking import standing
from stoa.services.benefits.documents import Held, held
from stoa.services.benefits.granting import Due, due
from stoa.services.benefits.meters import Metered
from stoa.services.members import Token
from stoa.services.partners import Terms
from stoa.values.facts import Benefit, Standing
from stoa.values.languages import ENGLISH
from stoa.values.periods import local_day
from stoa.work import Work

__all__ = ["Enjoyed", "enjoyed", "everywhere", "list_benefits"]


@dataclass(frozen=True, slots=True)
class Enjoyed:
    """A benefit and the partner where it may be enjoyed.

    Attributes:
        partner: the partner's code, as `partner_name` is its name.
        reason: why the member has it; empty where that is not for the reader.
        source: ``document`` or ``plugin``.
        own: whether the partner is the reader's.
    """

    partner: str
    partner_name: str
    benefit: Benefit
    reason: str
    source: str
    own: bool


def enjoyed(work: Work, token: Token, *, others: bool = True) -> list[Enjoyed]:
    """Return what a member may enjoy now: at the caller's partner first, then at the others.

    Of the others it has what is left to enjoy, and a reason only where a document says it.

    Raises:
        MemberUnknownError: nobody has this token.
        MemberMergedError: the member is another one now.
    """
    terms = terms_of(work)
    found = members.find(work, token)
    listed = _told(work, found.id, [terms], own=True)
    if not others:
        return listed
    return listed + [
        replace(each, reason="" if each.source == "plugin" else each.reason)
        for each in everywhere(work, found.id, but=terms.partner_id)
        if each.benefit.available_milli
    ]


def list_benefits(work: Work, token: Token) -> list[Benefit]:
    """Return what a member may enjoy at the caller's partner now: documents' first.

    Raises:
        MemberUnknownError: nobody has this token.
    """
    return [each.benefit for each in enjoyed(work, token, others=False)]


def everywhere(work: Work, member_id: UUID, *, but: UUID = NOBODY) -> list[Enjoyed]:
    """Return what a member may enjoy now at all partners that are active, by the partner's name.

    What a document gives at several partners is listed at each of them.
    A plugin that fails is left out, and nothing else is. How many statements it takes does not
    depend on how many partners there are, once their terms are known.

    Args:
        but: a partner that is left out.
    """
    rows = work.rows("SELECT id, version FROM partners WHERE status = 'active' ORDER BY name")
    known = [
        partners.terms(work, partner_id, version=version)
        for partner_id, version in rows
        if partner_id != but
    ]
    return _told(work, member_id, known, own=False)


@dataclass(frozen=True, slots=True)
class _Part:
    """What a document gives a member at a partner on a day."""

    held: Held
    due: Due
    meter: Metered


def _told(work: Work, member_id: UUID, known: Sequence[Terms], *, own: bool) -> list[Enjoyed]:
    days = {terms.partner_id: _day(work, terms) for terms in known}
    parts = _parts(work, member_id, known, days)
    asked = list(dict.fromkeys(part.meter for each in parts.values() for part in each))
    used = meters.of_documents(work, member_id, asked)
    places = _standings(work, member_id, known, days)
    found = []
    for terms in known:
        written = [_benefit(part, *used[part.meter]) for part in parts[terms.partner_id]]
        codes = {each.code for each in written}
        told: list[Benefit] = []
        if terms.partner_id in places:
            place = places[terms.partner_id]
            told = work.plugins.benefits(terms.plugin, place, terms.settings, work.now())
        sources = [(each, "document") for each in written]
        sources += [(each, "plugin") for each in told if each.code not in codes]
        found += [
            Enjoyed(terms.code, terms.name, each, each.reason, source, own)
            for each, source in sources
        ]
    return found


def _standings(
    work: Work, member_id: UUID, known: Sequence[Terms], days: Mapping[UUID, date]
) -> dict[UUID, Standing]:
    """Return the member's standing at each partner whose plugin tells benefits."""
    asked = [each for each in known if work.plugins.answers(each.plugin, "benefits")]
    if not asked:
        return {}
    if len(asked) == 1:
        terms = asked[0]
        return {terms.partner_id: standing(work, terms, member_id, days[terms.partner_id])}
    of_day = {
        day: tiers.standing(work, member_id, day)
        for day in {days[each.partner_id] for each in asked}
    }
    visits = meters.visits_everywhere(work, member_id)
    return {
        each.partner_id: replace(
            of_day[days[each.partner_id]], visits=visits.get(each.partner_id, 0)
        )
        for each in asked
    }


def _parts(
    work: Work, member_id: UUID, known: Sequence[Terms], days: Mapping[UUID, date]
) -> dict[UUID, list[_Part]]:
    """Return what documents give the member at each partner, before anything was used of it."""
    parts: dict[UUID, list[_Part]] = {each.partner_id: [] for each in known}
    documents, now = held(work), work.now()
    if not documents:
        return parts
    who = knowing.of(work, member_id)
    for terms in known:
        day = days[terms.partner_id]
        for code, each in documents.items():
            benefit = each.benefit
            if not benefit.at.hold(terms.code) or not benefit.holds_on(day):
                continue
            found = due(who, benefit, partner=terms.code, store=None, at=now, day=day)
            if found.milli:
                meter = Metered(code, benefit.group, benefit.meter.every, day)
                parts[terms.partner_id].append(_Part(each, found, meter))
    return parts


def _benefit(part: _Part, used_milli: int, grouped: bool) -> Benefit:  # noqa: FBT001 - as the meters tell it
    benefit = part.held.benefit
    free = 0 if grouped else max(part.due.milli - used_milli, 0)
    names = [give.name.of(ENGLISH) for give in part.due.gives if give.name.written]
    reason = " and ".join(dict.fromkeys(names)) or benefit.name.of(ENGLISH)
    return Benefit(part.held.code, benefit.name.of(ENGLISH), benefit.unit, free, reason)


def _day(work: Work, terms: Terms) -> date:
    zones = [store.zone for store in terms.stores.values()]
    return local_day(work.now(), zones[0] if zones else work.programme.zone)
