"""One kind of list for all rooms: search, filters, order, pages, columns, views, files, deeds.

A room declares a `Listing` and shows it with `read`; everything else is the same everywhere.
"""

from stoa_admin.lists.declaring import Column, Deed, Empty, Filter, Listing
from stoa_admin.lists.showing import Shown, read

__all__ = ["Column", "Deed", "Empty", "Filter", "Listing", "Shown", "read"]
