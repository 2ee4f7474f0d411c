"""The catalogue: the rewards of all partners, the operator's among them, as one list.

listing       a page of it, and one offer
refreshing    the table that lists read, drawn from documents and plugins
shelves       what a partner's plugin offers at this instant
"""

from stoa.services.catalog.listing import SOON_DAYS, Offer, Page, Wish, find, page
from stoa.services.catalog.refreshing import refresh
from stoa.services.catalog.wishes import Shown, Window, of_member

__all__ = [
    "SOON_DAYS",
    "Offer",
    "Page",
    "Shown",
    "Window",
    "Wish",
    "find",
    "of_member",
    "page",
    "refresh",
]
