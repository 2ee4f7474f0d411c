"""The campaigns that a partner's members can count on: those that hold at its stores, or will."""

from dataclasses import dataclass
from datetime import timedelta

from stoa.services import rulebook
from stoa.services.campaigns.books import at
from stoa.services.partners import Terms
from stoa.values.campaigns import Campaign
from stoa.work import Work

__all__ = ["Listed", "listed_at"]

_SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Listed:
    """A campaign and the stores of a partner at which it may hold, by their codes."""

    campaign: Campaign
    stores: tuple[str, ...]


def listed_at(work: Work, terms: Terms) -> list[Listed]:
    """Return the campaigns at a partner's stores that hold now or within 30 days.

    They come by their first day; what the member or the receipt must bring is left open.
    """
    book = at(work, rulebook.current(work).version)
    today = work.today()
    stores = {each.id: each for each in terms.stores.values()}.values()
    found = []
    for campaign in book.campaigns:
        if not (campaign.last >= today and campaign.first <= today + _SOON):
            continue
        codes = tuple(
            sorted(
                store.code
                for store in stores
                if campaign.condition is None
                or campaign.condition.possible(
                    {
                        "partner": terms.code,
                        "store": f"{terms.code}/{store.code}",
                        "channel": store.channel,
                    }
                )
            )
        )
        if codes:
            found.append(Listed(campaign, codes))
    return sorted(found, key=lambda each: (each.campaign.first, each.campaign.code))
