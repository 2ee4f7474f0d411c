"""What a stay costs by the car park's plugin, with and without a member's free hours."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from stoa.errors import BenefitUnknownError, ClaimRefusedError, MemberFrozenError
from stoa.services import benefits, identity, plates, stays
from stoa.services.benefits import Cost, Wish
from stoa.services.members import Token
from stoa.services.parking.records import Free
from stoa.services.stays import Stay
from stoa.values.facts import Claim, Considered, Grant, Refusal, Standing
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Work

__all__ = ["PARKING", "Priced", "fee_minor", "for_driver", "name_of", "of_member", "used_min"]

PARKING = "free_parking"
"""The benefit by which a car park's plugin prices stays, with free hours and without."""


@dataclass(frozen=True, slots=True)
class Priced:
    """What a stay costs up to an instant, and what is free of it.

    Attributes:
        fee_minor: without what free hours took off it before.
    """

    member_id: UUID | None
    fee_minor: int
    worth_minor: int
    due_minor: int
    points_option: int | None
    entitlements: tuple[Free, ...]

    @property
    def free_min(self) -> int:
        """All minutes that are free."""
        return sum(each.minutes for each in self.entitlements)


def for_driver(work: Work, stay: Stay, at: datetime) -> Priced:
    """Price a stay for the member who has had its plate longest, or for nobody.

    Of members whose membership is frozen or who get nothing here, the next one is looked at.

    Raises:
        BenefitUnknownError: the partner's plugin prices no stays.
        PluginFailedError: the plugin did not answer.
    """
    for member_id in plates.members_of(work, stay.plate):
        try:
            return of_member(work, stay, at, name_of(work, member_id), member_id=member_id)
        except (MemberFrozenError, ClaimRefusedError):
            continue
    full = fee_minor(work, stay, at, off_min=used_min(work, stay))
    return Priced(None, full, 0, full, None, ())


def of_member(work: Work, stay: Stay, at: datetime, token: Token, *, member_id: UUID) -> Priced:
    """Price a stay for a member; raises as `benefits.quote` does."""
    store = stays.terms_of(work).store_of(stay.store_id)
    wish = Wish(
        token, store.code, PARKING, stay.plate, at=at, since=stay.in_at, stay=stay.id
    )  # fmt: skip
    quote = benefits.quote(work, wish)
    return Priced(
        member_id, quote.due.minor + quote.worth.minor, quote.worth.minor, quote.due.minor,
        quote.points_option,
        entitled(work, quote.offers, quote.costs),
    )  # fmt: skip


def entitled(
    work: Work, offers: tuple[Considered, ...], costs: tuple[Cost, ...]
) -> tuple[Free, ...]:
    """Return the free minutes of a grant, each with who pays."""
    partner_id = work.actor.partner_id
    payers = {
        "operator" if each.payer_id is None
        else "partner" if each.payer_id == partner_id
        else "merchants"
        for each in costs
    }  # fmt: skip
    payer = payers.pop() if len(payers) == 1 else "shared"
    return tuple(
        Free(each.code, each.quantity_milli // 1000, payer) for each in offers if each.chosen
    )


def fee_minor(work: Work, stay: Stay, at: datetime, *, off_min: int = 0) -> int:
    """Return what a stay costs anybody, shortened by free minutes, in the store's minor units.

    Raises:
        BenefitUnknownError: the partner's plugin prices no stays.
        PluginFailedError: the plugin did not answer.
    """
    terms = stays.terms_of(work)
    store = terms.store_of(stay.store_id)
    claim = Claim(
        public_id("clm", new_uuid()), PARKING, at, stay.in_at, None, None, "", 0, 0,
        store.currency, stay=public_id("sty", stay.id), stay_used_milli=off_min * 1000,
    )  # fmt: skip
    nobody = Standing("", 0)
    grant = work.plugins.claim_benefit(terms.plugin, claim, nobody, terms.settings)
    if isinstance(grant, Refusal):
        raise ClaimRefusedError(grant.detail, reason=grant.code)
    if not isinstance(grant, Grant):
        raise BenefitUnknownError
    return grant.due_minor + grant.worth_minor


_USED = """
SELECT coalesce(sum(quantity_milli), 0)::bigint FROM claims
 WHERE stay_id = %s AND partner_id = %s AND state IN ('held', 'used')
"""


def used_min(work: Work, stay: Stay) -> int:
    """Return the free minutes that a stay has used, or that are held for it."""
    milli: int = work.rows(_USED, (stay.id, stay.partner_id))[0][0]
    return milli // 1000


def name_of(work: Work, member_id: UUID) -> Token:
    """Return the caller's own name of a member."""
    ref = identity.member_ref(stays.terms_of(work).ref_key, member_id)
    return Token("member_ref", ref)
