"""What the site is made of: a page with its headings, and a file as it is."""

from dataclasses import dataclass

__all__ = ["Asset", "Heading", "Page"]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a page and what stands below it, up to the next one.

    Attributes:
        level: 1 for the page's own.
        anchor: its name in an address; empty for the page's own.
        title: without marks.
        text: the words below it, for the search.
    """

    level: int
    anchor: str
    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page before its frame is drawn around it.

    Attributes:
        path: where it is, from the root of the site: ``/developers/sdk``.
        title: its own heading, without marks.
        body: HTML.
        headings: in their order, the page's own first.
        group: the key of the group it stands in, as `words` names it; empty for none.
        links: where it leads to within the site, with anchors.
        broken: links of its source that lead nowhere.
    """

    path: str
    title: str
    body: str
    headings: tuple[Heading, ...]
    group: str = ""
    links: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that pages need: a style, a script, a picture, the index of the search."""

    path: str
    media_type: str
    data: bytes
