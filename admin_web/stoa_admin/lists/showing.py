"""A list on a page: what stands in it, and the addresses of everything next to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import abort, make_response, redirect, render_template, request, url_for
from werkzeug import Response

from stoa.errors import InvalidBodyError
from stoa.services import views
from stoa.services.views import Kept, View
from stoa.values.listing import Page, Wish
from stoa.work import Work
from stoa_admin.front import by_htmx, person
from stoa_admin.lists import files
from stoa_admin.lists.asking import file_asked, wish_of
from stoa_admin.lists.declaring import Column, Deed, Listing

__all__ = ["EVERYTHING", "Shown", "may_do", "read"]


EVERYTHING = "all"
"""``?view=all`` shows a list without the view that it opens with."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A list as somebody asked for it.

    Attributes:
        columns: those that are shown.
        options: the values of choices, by filter.
        fixed: what the room asks of the source besides.
        kept: the views and columns that who asks keeps.
        deeds: what who asks may do to many rows at once.
    """

    listing: Listing[Any]
    wish: Wish
    page: Page[Any]
    columns: tuple[Column[Any], ...]
    options: Mapping[str, Mapping[str, str]]
    fixed: Mapping[str, Any]
    kept: Kept
    deeds: tuple[Deed, ...]

    def answer(self, template: str, **context: object) -> str | Response:
        """Return the page, or the file that was asked for."""
        usual = self.kept.usual
        if usual and usual.query and not request.args:
            return redirect(f"{self.place()}?{usual.query}", code=303)
        kind = file_asked()
        if kind:
            return files.hand_over(self.listing, self.wish, kind, self.fixed)
        page = render_template(template, listed=self, **context)
        if not by_htmx():
            return page
        answer = make_response(page)
        mark = request.args.get("after") or request.args.get("before")
        if not mark:
            answer.headers["HX-Replace-Url"] = self.address()
        return answer

    def address(self, **changes: str | None) -> str:
        """Return the address of this list with some parameters changed; ``None`` leaves one out.

        Pages begin anew unless `changes` name one.
        """
        kept = {"q": self.wish.words, **self.wish.chosen, **dict(self.carried())}
        given: dict[str, Any] = {
            name: value for name, value in {**kept, **changes}.items() if value
        }
        return url_for(request.endpoint or "", **(request.view_args or {}), **given)

    def place(self) -> str:
        """Return the address of the list without anything asked of it."""
        return url_for(request.endpoint or "", **(request.view_args or {}))

    def bare(self) -> str:
        """Return the address of the list with nothing left out."""
        everything = EVERYTHING if self.kept.usual else None
        return self.address(q=None, view=everything, **dict.fromkeys(self.wish.chosen))

    def query(self) -> str:
        """Return what a view of these rows keeps: the filters and the order."""
        return urlsplit(self.address()).query

    def view_address(self, view: View) -> str:
        """Return the address of the rows of a view."""
        return f"{self.place()}?{view.query or f'view={EVERYTHING}'}"

    def is_on(self, view: View) -> bool:
        """Whether these are the rows of a view."""
        return view.query == self.query()

    def carried(self) -> list[tuple[str, str]]:
        """Return what the form of filters carries along: the order, and what the room keeps."""
        names = ("sort", *self.listing.keeps)
        return [(name, request.args[name]) for name in names if request.args.get(name)]

    def sorted_by(self, column: Column[Any]) -> str:
        """Return whether rows are ``ascending`` or ``descending`` by a column, or neither."""
        if not column.sort or self.wish.sort.removeprefix("-") != column.sort:
            return ""
        return "descending" if self.wish.sort.startswith("-") else "ascending"

    def sort_address(self, column: Column[Any]) -> str:
        """Return the address of the rows in order by a column; the other way round by the same."""
        now = self.sorted_by(column)
        first_down = column.kind in ("ago", "instant", "day", "points", "money", "figure")
        down = now == "ascending" if now else first_down
        return self.address(sort=f"-{column.sort}" if down else column.sort)

    def words_of(self, name: str) -> Mapping[str, str]:
        """Return the values of a choice with their words."""
        found = next(each for each in self.listing.filters if each.name == name)
        return self.options.get(name) or found.options


def read(
    work: Work,
    listing: Listing[Any],
    *,
    options: Mapping[str, Mapping[str, str]] | None = None,
    **fixed: object,
) -> Shown:
    """Return a list as the address asks for it; a mark that is none is answered with 404.

    Args:
        options: the values of choices that depend on what there is, such as partners by code.
        fixed: what the source asks for besides, such as the partner whose list it is.
    """
    given = options or {}
    who = person()
    mine = views.kept(work, who, listing.name)
    wish = wish_of(listing, given, who.page_rows)
    try:
        page = listing.source(work, wish, **fixed)
    except InvalidBodyError:
        abort(404)
    names = set(mine.columns)
    columns = tuple(
        each
        for place, each in enumerate(listing.columns)
        if place == 0 or (each.name in names if names else each.shown)
    )
    return Shown(listing, wish, page, columns, given, fixed, mine, may_do(listing))


def may_do(listing: Listing[Any]) -> tuple[Deed, ...]:
    """Return what who is signed in may do to many rows of a list."""
    who = person()
    return tuple(
        each
        for each in listing.deeds
        if who.may(each.asks) and (who.partner_id is None or each.for_partners)
    )
