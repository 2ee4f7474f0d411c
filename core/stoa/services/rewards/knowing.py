"""What an offer is: a document's reward or a plugin's, in one shape, as it is at this instant."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from stoa.errors import RewardUnknownError
from stoa.services import partners, rulebook
from stoa.services.partners import Terms
from stoa.services.rewards.documents import OPERATORS, Held, at, offer_id
from stoa.values import facts
from stoa.values.amounts import Money
from stoa.values.facts import Order, Standing
from stoa.values.places import Places
from stoa.values.rewards import Reward
from stoa.values.texts import Texts
from stoa.work import Work

__all__ = ["DOCUMENT", "PLUGIN", "Known", "known", "of_document", "of_plugin", "price"]

DOCUMENT = "document"
PLUGIN = "plugin"


@dataclass(frozen=True, slots=True)
class Known:
    """An offer.

    Attributes:
        id: ``<partner's code>:<reward's code>``, ``stoa:<code>`` for the operator's own.
        source: `DOCUMENT` or `PLUGIN`.
        version: of the document, or of the partner whose settings the plugin was asked with.
        rulebook: the version of the book that holds it; 0 for a plugin's.
        provider_id: who gives it out and is reimbursed; ``None`` for the operator.
        reward: all that it says.
        worth: of one.
        opens: the first instant at which it may be had, `closes` the first one too late.
    """

    id: str
    code: str
    source: str
    version: int
    rulebook: int
    provider_id: UUID | None
    provider_name: str
    reward: Reward
    worth: Money
    opens: datetime | None
    closes: datetime | None

    @property
    def stocked(self) -> bool:
        """Whether units of it are counted."""
        return self.reward.stock is not None

    @property
    def money(self) -> Money:
        """What is paid for one beside the points."""
        return Money(self.reward.money_minor, self.worth.currency)

    def is_open(self, at: datetime) -> bool:
        """Tell whether an instant lies in its window."""
        begun = self.opens is None or self.opens <= at
        return begun and (self.closes is None or at < self.closes)


_PARTNER = "SELECT id, version, name FROM partners WHERE code = %s AND status = 'active'"


def known(work: Work, offer: str) -> Known:
    """Return an offer by its id, as it is now; of one id a document goes before a plugin's.

    Raises:
        RewardUnknownError: there is none, or its provider is not active.
        PluginFailedError: the provider's plugin did not answer.
    """
    code, colon, reward = offer.partition(":")
    if not colon or "\0" in offer:
        raise RewardUnknownError
    book = rulebook.current(work).version
    held = at(work, book).get(offer)
    if code == OPERATORS and held is not None:
        return of_document(work, held, book=book, provider=None)
    rows = work.rows(_PARTNER, (code,))
    if not rows:
        raise RewardUnknownError
    provider: tuple[UUID, int, str] = tuple(rows[0])
    if held is not None:
        return of_document(work, held, book=book, provider=(provider[0], provider[2]))
    terms = partners.terms(work, provider[0], version=provider[1])
    for each in work.plugins.rewards(terms.plugin, terms.settings, work.now()):
        if each.code == reward:
            return of_plugin(work, each, terms)
    raise RewardUnknownError


def price(work: Work, offer: Known, standing: Standing, *, quantity: int) -> int:
    """Return the points of so many for a member; a plugin may make its own a price of their own.

    Raises:
        PluginFailedError: the provider's plugin did not answer.
    """
    listed = offer.reward.points * quantity
    if offer.source == DOCUMENT or offer.provider_id is None:
        return listed
    terms = partners.terms(work, offer.provider_id, version=offer.version)
    order = Order(offer.code, quantity)
    own = work.plugins.price_reward(terms.plugin, order, standing, terms.settings)
    return listed if own is None else own


def of_document(work: Work, held: Held, *, book: int, provider: tuple[UUID, str] | None) -> Known:
    """Return the offer of a document.

    Args:
        book: the version of the rulebook.
        provider: its id and name; ``None`` for the operator.
    """
    provider_id, name = provider or (None, "")
    reward, zone = held.reward, work.programme.zone
    return Known(
        offer_id(reward.provider, held.code), held.code, DOCUMENT, held.version, book,
        provider_id, name, reward, Money(reward.worth_minor, work.programme.money_currency),
        reward.opens(zone), reward.closes(zone),
    )  # fmt: skip


def of_plugin(work: Work, told: facts.Reward, terms: Terms) -> Known:
    """Return the offer of a plugin: good at its partner's own stores."""
    titles = {"en": told.title, **dict(told.titles)}
    reward = Reward(
        name=Texts(tuple(titles.items())),
        about=Texts((("en", told.about),) if told.about else ()),
        kind=told.kind,
        points=told.points,
        worth_minor=told.worth_minor,
        money_minor=told.money_minor,
        provider=terms.code,
        at=Places(frozenset([terms.code])),
        fulfil=told.fulfil,
        last=told.until,
        max_quantity=told.max_quantity,
        picture=told.picture,
        stock=told.stock,
    )
    return Known(
        offer_id(terms.code, told.code), told.code, PLUGIN, terms.version, 0, terms.partner_id,
        terms.name, reward, Money(told.worth_minor, work.programme.money_currency), None,
        told.until,
    )  # fmt: skip
