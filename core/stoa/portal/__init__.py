"""The developers' site: the guides of ``docs/``, every door and every problem, as pages.

It knows no web framework: `Site` makes texts of pages, a server hands them out, a command writes
them as files.
"""

from stoa.portal.pages import Asset, Page
from stoa.portal.site import Site

__all__ = ["Asset", "Page", "Site"]
