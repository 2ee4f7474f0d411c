"""What is asked of a benefit and what it answers, whoever decides; and whose wish it is."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from stoa.errors import PartnerSuspendedError
from stoa.services import partners
from stoa.services.benefits.receipts import Sold
from stoa.services.benefits.records import Cost, Wish
from stoa.services.member_codes import Shown
from stoa.services.partners import StoreTerms, Terms
from stoa.values.facts import Considered
from stoa.work import Work

__all__ = ["Answer", "Asked", "terms_of"]


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
        version: of the document.
        group: of which one benefit is enjoyed at a time; may be empty.
        resource: what is booked; empty for nothing.
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
    version: int = 0
    group: str = ""
    resource: str = ""


def terms_of(work: Work) -> Terms:
    """Return the caller's terms as they are now.

    Raises:
        PartnerSuspendedError: the caller acts for no partner.
    """
    if work.actor.partner_id is None:
        raise PartnerSuspendedError("Benefits are claimed by partners.")
    row = work.rows("SELECT version FROM partners WHERE id = %s", (work.actor.partner_id,))[0]
    return partners.terms(work, work.actor.partner_id, version=row[0])
