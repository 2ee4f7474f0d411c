"""What a member may enjoy now, as the partners tell it."""

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

__all__ = ["everywhere", "list_benefits"]


def list_benefits(work: Work, token: Token) -> list[Benefit]:
    """Return what a member may enjoy at the caller's partner now: documents' first.

    Raises:
        MemberUnknownError: nobody has this token.
    """
    terms = terms_of(work)
    found = members.find(work, token)
    return _of(work, terms, found.id)


def everywhere(work: Work, member_id: UUID) -> list[tuple[str, Benefit]]:
    """Return what a member may enjoy now at all partners that are active, by the partner's name.

    What a document gives at several partners is listed at each of them.
    """
    rows = work.rows("SELECT id, version FROM partners WHERE status = 'active' ORDER BY name")
    found = []
    for partner_id, version in rows:
        terms = partners.terms(work, partner_id, version=version)
        found += [(terms.name, each) for each in _of(work, terms, member_id)]
    return found


def _of(work: Work, terms: Terms, member_id: UUID) -> list[Benefit]:
    day = _day(work, terms)
    own = _documents(work, terms, member_id, day)
    codes = {each.code for each in own}
    place = standing(work, terms, member_id, day)
    told = work.plugins.benefits(terms.plugin, place, terms.settings, work.now())
    return own + [each for each in told if each.code not in codes]


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
