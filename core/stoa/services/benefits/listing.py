"""What a member may enjoy now, as the partners tell it."""

from datetime import date

from stoa.services import members
from stoa.services.benefits.asking import standing, terms_of
from stoa.services.members import Token
from stoa.services.partners import Terms
from stoa.values.facts import Benefit
from stoa.values.periods import local_day
from stoa.work import Work

__all__ = ["list_benefits"]


def list_benefits(work: Work, token: Token) -> list[Benefit]:
    """Return what the caller's partner offers a member now.

    Raises:
        MemberUnknownError: nobody has this token.
    """
    terms = terms_of(work)
    found = members.find(work, token)
    place = standing(work, terms, found.id, _day(work, terms))
    return work.plugins.benefits(terms.plugin, place, terms.settings, work.now())


def _day(work: Work, terms: Terms) -> date:
    zones = [store.zone for store in terms.stores.values()]
    return local_day(work.now(), zones[0] if zones else work.programme.zone)
