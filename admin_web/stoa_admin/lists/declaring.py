"""What a room says of its list: columns, filters, orders, and where its rows come from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from stoa.values.listing import Page
from stoa.work import Work

__all__ = ["KINDS", "Column", "Deed", "Empty", "Filter", "Listing", "Source"]

Row = TypeVar("Row")

KINDS = frozenset(
    {"text", "code", "points", "figure", "money", "ago", "instant", "day", "state", "words",
     "chips", "progress", "person"}
)  # fmt: skip
"""How a cell is written.

``state`` is a badge, ``words`` one of the column's words, ``chips`` a text each, ``figure`` a text
that stands right, ``money`` a `Money`, ``progress`` two whole numbers: how many of how many.
"""

Source = Callable[..., Page[Row]]
"""Where rows come from: called with a `Work`, a `Wish` and what the room asks for besides, by name.

It answers with a page by key, in a number of statements that no row adds to, and raises an
`InvalidBodyError` where the mark is none of this list.
"""


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """A column.

    Attributes:
        name: in addresses and in what people keep.
        label: its heading, noted for the catalogues.
        value: what a cell holds.
        kind: one of `KINDS`.
        sort: the order of the source that its heading asks for; empty for none.
        link: where a cell leads; the row leads there, too.
        under: a second text of the cell, smaller.
        words: of values, noted for the catalogues, where the kind is ``state`` or ``words``.
        shown: whether people see it who chose no columns.
        personal: it tells of a person: files hold it only for who may change members.
    """

    name: str
    label: str
    value: Callable[[Row], Any]
    kind: str = "text"
    sort: str = ""
    link: Callable[[Row], str | None] | None = None
    under: Callable[[Row], str] | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    shown: bool = True
    personal: bool = False

    def __post_init__(self) -> None:
        """Refuse a kind that nothing writes."""
        if self.kind not in KINDS:
            message = f"no cell is written as {self.kind!r}"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter: a choice among words, a text, or a day.

    Attributes:
        kind: ``choice``, ``text`` or ``day``.
        options: the values of a choice with their words, noted for the catalogues; where there are
            none, the room gives them with `Listing` when it shows the page.
    """

    name: str
    label: str
    kind: str = "choice"
    options: Mapping[str, str] = field(default_factory=dict)
    placeholder: str = ""


@dataclass(frozen=True, slots=True)
class Empty:
    """What a list without a row teaches; texts are noted for the catalogues."""

    picture: str
    title: str
    text: str
    door: str = ""
    button: str = ""
    asks: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """What may be done to many rows at once, through the service that does it to one.

    Attributes:
        asks: the permission of whoever may.
        says: what will happen to how many, in words, for the confirmation.
        does: does it to the row of this public id; a `StoaError` leaves the row as it was.
        reason: a reason is asked for.
        undo: the deed that takes it back; empty where nothing does.
    """

    name: str
    label: str
    asks: str
    says: Callable[[int], str]
    does: Callable[[Work, str, str], object]
    done: str
    reason: bool = False
    danger: bool = False
    undo: str = ""
    for_partners: bool = False


@dataclass(frozen=True, slots=True)
class Listing(Generic[Row]):
    """A list of a room.

    Attributes:
        name: in what people keep: views, choices of columns.
        title: what the rows are called, noted for the catalogues.
        source: where rows come from.
        key: the public id of a row.
        none: what is said where there is nothing yet.
        search: the label of the search, empty for none; `placeholder` stands in the field.
        no_match: what helps where nothing fits what is looked for.
        deeds: what may be done to many rows at once.
        keeps: other parameters of the address that links keep.
    """

    name: str
    title: str
    source: Source[Row]
    columns: tuple[Column[Row], ...]
    key: Callable[[Row], str]
    none: Empty
    filters: tuple[Filter, ...] = ()
    search: str = ""
    placeholder: str = ""
    no_match: str = ""
    sort: str = ""
    keeps: tuple[str, ...] = ()
    deeds: tuple[Deed, ...] = ()

    def column(self, name: str) -> Column[Row] | None:
        """Return a column by its name."""
        return next((each for each in self.columns if each.name == name), None)

    def deed(self, name: str) -> Deed | None:
        """Return a deed by its name."""
        return next((each for each in self.deeds if each.name == name), None)
