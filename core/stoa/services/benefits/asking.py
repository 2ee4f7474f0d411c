"""Asking for a benefit: who wants it where, what counts against it, and what the partner says."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from stoa.errors import (
    BenefitUnknownError,
    ClaimRefusedError,
    MemberFrozenError,
    PartnerSuspendedError,
    StoreUnknownError,
)
from stoa.services import members, partners, tiers
from stoa.services.benefits import costs, meters, receipts
from stoa.services.benefits.receipts import Sold
from stoa.services.benefits.records import Cost, Wish
from stoa.services.member_codes import Shown
from stoa.services.partners import StoreTerms, Terms
from stoa.values.facts import Claim, Considered, Refusal, Standing
from stoa.values.identifiers import public_id
from stoa.values.periods import local_day
from stoa.values.subjects import subject_key
from stoa.work import Work

__all__ = ["Answer", "Asked", "answer", "asked", "standing", "terms_of"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A wish that was looked into: who, where, when, on which day in the store's zone.

    `shown` is the member code by which the member was found.
    """

    wish: Wish
    terms: Terms
    member_id: UUID
    store: StoreTerms
    at: datetime
    day: date
    subject: str
    shown: Shown | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a wish gets: a grant with what it uses and who pays it.

    Attributes:
        source: ``plugin`` or ``document``.
        scope: whose benefit it is; ``NOBODY`` for one of all partners.
    """

    quantity_milli: int
    unit: str
    worth_minor: int
    due_minor: int
    reason: str
    points_option: int | None
    offers: tuple[Considered, ...]
    used: tuple[Sold, ...]
    costs: tuple[Cost, ...]
    source: str
    scope: UUID


def asked(work: Work, wish: Wish) -> Asked:
    """Look into a wish of the caller's.

    Raises:
        MemberUnknownError: nobody has this token.
        MemberMergedError: the member is another one now.
        MemberFrozenError: the membership is frozen.
        StaticTokenError: points shall pay, and this token may earn only.
        CodeExpiredError: the member code is no longer valid.
        StoreUnknownError: the caller has no such store.
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
    subject = subject_key(wish.subject)
    return Asked(wish, terms, found.id, store, at, local_day(at, store.zone), subject, found.shown)


def answer(work: Work, ask: Asked, claim_id: UUID) -> Answer:
    """Ask the partner's plugin for the decision; it counts all but the claim itself.

    Raises:
        BenefitUnknownError: the partner's plugin has no such benefit.
        ClaimRefusedError: the plugin refused; `reason` is its code.
        PluginFailedError: the plugin did not answer.
    """
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
    grant = work.plugins.claim_benefit(terms.plugin, claim, place, terms.settings)
    if grant is None:
        raise BenefitUnknownError
    if isinstance(grant, Refusal):
        raise ClaimRefusedError(grant.detail, reason=grant.code)
    chosen = tuple(sold[number - 1] for number in grant.receipts)
    paid = costs.split(work, terms, grant.worth_minor, shares=grant.shares, used=chosen)
    return Answer(
        grant.quantity_milli, grant.unit, grant.worth_minor, grant.due_minor, grant.reason,
        grant.points_option, grant.offers, chosen, paid, "plugin", terms.partner_id,
    )  # fmt: skip


def standing(work: Work, terms: Terms, member_id: UUID, day: date) -> Standing:
    """Return a member's standing with the spend of a day and the visits to a partner."""
    place = tiers.standing(work, member_id, day)
    return replace(place, visits=meters.visits(work, member_id, terms.partner_id))


def terms_of(work: Work) -> Terms:
    """Return the caller's terms as they are now.

    Raises:
        PartnerSuspendedError: the caller acts for no partner.
    """
    if work.actor.partner_id is None:
        raise PartnerSuspendedError("Benefits are claimed by partners.")
    row = work.rows("SELECT version FROM partners WHERE id = %s", (work.actor.partner_id,))[0]
    return partners.terms(work, work.actor.partner_id, version=row[0])
