"""What a member may enjoy now, as the partners tell it.

A till reads all that its own partner tells, and of the others only what may be enjoyed: a plugin's
reason may speak of what was spent there, so another partner's stays unsaid.
"""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from stoa.models import NOBODY
from stoa.services import members, partners
from stoa.services.benefits import meters
from stoa.services.benefits.answers import terms_of
from stoa.services.benefits.asking import standing
from stoa.services.benefits.documents import held
from stoa.services.benefits.granting import due, left
from stoa.services.members import Token
from stoa.services.partners import Terms
from stoa.values.facts import Benefit
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
    listed = _told(work, terms, found.id, own=True)
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
    A plugin that fails is left out, and nothing else is.

    Args:
        but: a partner that is left out.
    """
    rows = work.rows("SELECT id, version FROM partners WHERE status = 'active' ORDER BY name")
    found = []
    for partner_id, version in rows:
        if partner_id == but:
            continue
        terms = partners.terms(work, partner_id, version=version)
        found += _told(work, terms, member_id, own=False)
    return found


def _told(work: Work, terms: Terms, member_id: UUID, *, own: bool) -> list[Enjoyed]:
    day = _day(work, terms)
    written = _documents(work, terms, member_id, day)
    codes = {each.code for each in written}
    place = standing(work, terms, member_id, day)
    told = work.plugins.benefits(terms.plugin, place, terms.settings, work.now())
    sources = [(each, "document") for each in written]
    sources += [(each, "plugin") for each in told if each.code not in codes]
    return [
        Enjoyed(terms.code, terms.name, each, each.reason, source, own) for each, source in sources
    ]


def _documents(work: Work, terms: Terms, member_id: UUID, day: date) -> list[Benefit]:
    listed = []
    for code, known in held(work).items():
        benefit = known.benefit
        if not benefit.at.hold(terms.code) or not benefit.holds_on(day):
            continue
        found = due(
            work, member_id, benefit, partner=terms.code, store=None, at=work.now(), day=day
        )
        if not found.milli:
            continue
        free = left(work, member_id, known, found, subject="", day=day, stay=None, claim_id=NOBODY)
        if benefit.group and meters.of_group(
            work, member_id, benefit.group, besides=code, subject="", every=benefit.meter.every,
            day=day, stay=None,
        ):  # fmt: skip
            free = 0
        names = [give.name.of(ENGLISH) for give in found.gives if give.name.written]
        reason = " and ".join(dict.fromkeys(names)) or benefit.name.of(ENGLISH)
        listed.append(Benefit(code, benefit.name.of(ENGLISH), benefit.unit, max(free, 0), reason))
    return listed


def _day(work: Work, terms: Terms) -> date:
    zones = [store.zone for store in terms.stores.values()]
    return local_day(work.now(), zones[0] if zones else work.programme.zone)
