"""Asking for a benefit: who wants it where, what counts against it, and what the partner says."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from stoa.errors import (
    BenefitUnknownError,
    ClaimRefusedError,
    MemberFrozenError,
    StoreUnknownError,
)
from stoa.services import members, tiers
from stoa.services.benefits import costs, meters, receipts
from stoa.services.benefits.answers import Answer, Asked, terms_of
from stoa.services.benefits.documents import Held, held
from stoa.services.benefits.granting import grant
from stoa.services.benefits.records import Wish
from stoa.services.partners import Terms
from stoa.values.facts import Claim, Refusal, Standing
from stoa.values.identifiers import public_id
from stoa.values.periods import local_day
from stoa.values.subjects import subject_key
from stoa.work import Work

__all__ = ["answer", "asked", "document", "standing"]


def asked(work: Work, wish: Wish) -> Asked:
    """Look into a wish of the caller's.

    Raises:
        MemberUnknownError: nobody has this token.
        MemberMergedError: the member is another one now.
        MemberFrozenError: the membership is frozen.
        StaticTokenError: points shall pay, and this token may earn only.
        CodeExpiredError: the member code is no longer valid.
        StoreUnknownError: the caller has no such store.
        ClaimRefusedError: it begins after it ends.
    """
    terms = terms_of(work)
    if wish.points:
        members.refuse_static(wish.member)
    found = members.find(work, wish.member)
    if found.status != "active":
        raise MemberFrozenError
    store = terms.store(wish.store)
    if store is None:
        raise StoreUnknownError
    at = wish.at or work.now()
    if wish.since is not None and wish.since > at:
        raise ClaimRefusedError("It begins after it ends: are the clocks right?", reason="to_come")
    subject = subject_key(wish.subject)
    return Asked(wish, terms, found.id, store, at, local_day(at, store.zone), subject, found.shown)


def answer(work: Work, ask: Asked, claim_id: UUID) -> Answer:
    """Ask the document that holds here, or else the partner's plugin; all but the claim counts.

    Raises:
        BenefitUnknownError: there is no such benefit here.
        ClaimRefusedError: it is refused; `reason` says why.
        PluginFailedError: the plugin did not answer.
    """
    known = document(work, ask)
    if known is not None:
        return grant(work, ask, known, claim_id)
    return _of_plugin(work, ask, claim_id)


def document(work: Work, ask: Asked) -> Held | None:
    """Return the document that decides a wish; ``None`` where it is the plugin's."""
    known = held(work).get(ask.wish.benefit)
    if known is None or not known.benefit.at.hold(ask.terms.code, ask.store.code):
        return None
    return known if known.benefit.holds_on(ask.day) else None


def _of_plugin(work: Work, ask: Asked, claim_id: UUID) -> Answer:
    wish, terms = ask.wish, ask.terms
    used = meters.of_plugin(
        work, ask.member_id, partner_id=terms.partner_id, benefit=wish.benefit,
        subject=ask.subject, day=ask.day, stay=wish.stay, claim_id=claim_id,
    )  # fmt: skip
    sold = receipts.free(
        work, ask.member_id, ask.store, day=ask.day, scope=terms.partner_id,
        benefit=wish.benefit, claim_id=claim_id,
    )  # fmt: skip
    claim = Claim(
        public_id("clm", claim_id), wish.benefit, ask.at, wish.since, wish.quantity_milli,
        wish.unit_price_minor, ask.subject, used.day_milli, used.subject_milli,
        ask.store.currency, receipts.shown(sold, terms.partner_id), used.ever_milli,
        public_id("sty", wish.stay) if wish.stay else "", used.stay_milli,
        used.subject_ever_milli,
    )  # fmt: skip
    place = standing(work, terms, ask.member_id, ask.day)
    given = work.plugins.claim_benefit(terms.plugin, claim, place, terms.settings)
    if given is None:
        raise BenefitUnknownError
    if isinstance(given, Refusal):
        raise ClaimRefusedError(given.detail, reason=given.code)
    chosen = tuple(sold[number - 1] for number in given.receipts)
    paid = costs.split(work, terms, given.worth_minor, shares=given.shares, used=chosen)
    return Answer(
        given.quantity_milli, given.unit, given.worth_minor, given.due_minor, given.reason,
        given.points_option, given.offers, chosen, paid, "plugin", terms.partner_id,
    )  # fmt: skip


def standing(work: Work, terms: Terms, member_id: UUID, day: date) -> Standing:
    """Return a member's standing with the spend of a day and the visits to a partner."""
    place = tiers.standing(work, member_id, day)
    return replace(place, visits=meters.visits(work, member_id, terms.partner_id))
