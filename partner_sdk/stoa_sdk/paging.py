"""Pages become an iterator: the next page is asked for when the one before has been gone through.

Every door that answers with a cursor has a deed that ends in ``_all``, or the `all` of its group:

    for reward in client.rewards_all(affordable=True):
        ...
    async for delivery in client.webhooks.deliveries_all(webhook_id):
        ...
"""

import functools
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import replace
from typing import Concatenate, ParamSpec, Protocol, TypeVar, cast

from stoa_sdk.calls import AsyncSender, Call, Sender
from stoa_sdk.errors import AnswerUnreadable
from stoa_sdk.records import Record

__all__ = [
    "AsyncGroup",
    "Group",
    "PageT",
    "async_group_pages",
    "async_paged",
    "async_pages",
    "group_pages",
    "paged",
    "pages",
]

P = ParamSpec("P")
ItemT = TypeVar("ItemT")
PageT = TypeVar("PageT", bound=Record)
MethodT = TypeVar("MethodT", bound=Callable[..., object])


class _Leads(Protocol):
    @property
    def next_cursor(self) -> str | None: ...


class Group(Protocol):
    """A group of deeds of a `Client`, such as `client.webhooks`."""

    @property
    def sender(self) -> Sender:
        """Who sends its calls."""
        ...


class AsyncGroup(Protocol):
    """A group of deeds of an `AsyncClient`."""

    @property
    def sender(self) -> AsyncSender:
        """Who sends its calls."""
        ...


def pages(sender: Sender, call: Call[PageT], *, by: str = "cursor") -> Iterator[PageT]:
    """Yield the page of a call and those that follow it.

    Args:
        sender: who asks.
        call: for the first page.
        by: the parameter that takes what a page says the next one begins at.

    Raises:
        AnswerUnreadable: a page leads to itself.
    """
    following: Call[PageT] | None = call
    while following is not None:
        page = sender.send(following)
        yield page
        following = _after(following, page, by)


async def async_pages(
    sender: AsyncSender, call: Call[PageT], *, by: str = "cursor"
) -> AsyncIterator[PageT]:
    """Yield the page of a call and those that follow it; see `pages`."""
    following: Call[PageT] | None = call
    while following is not None:
        page = await sender.send(following)
        yield page
        following = _after(following, page, by)


def paged(
    make: Callable[P, Call[PageT]], items: Callable[[PageT], Iterable[ItemT]], *, by: str = "cursor"
) -> Callable[Concatenate[Sender, P], Iterator[ItemT]]:
    """Return the method of a client that yields what stands on the pages of a call."""

    def method(self: Sender, /, *args: P.args, **kwargs: P.kwargs) -> Iterator[ItemT]:
        for page in pages(self, make(*args, **kwargs), by=by):
            yield from items(page)

    return _told(method, make)


def async_paged(
    make: Callable[P, Call[PageT]], items: Callable[[PageT], Iterable[ItemT]], *, by: str = "cursor"
) -> Callable[Concatenate[AsyncSender, P], AsyncIterator[ItemT]]:
    """Return the same for ``async for``."""

    async def method(
        self: AsyncSender, /, *args: P.args, **kwargs: P.kwargs
    ) -> AsyncIterator[ItemT]:
        async for page in async_pages(self, make(*args, **kwargs), by=by):
            for item in items(page):
                yield item

    return _told(method, make)


def group_pages(
    make: Callable[P, Call[PageT]], items: Callable[[PageT], Iterable[ItemT]], *, by: str = "cursor"
) -> Callable[Concatenate[Group, P], Iterator[ItemT]]:
    """Return the method of a group that yields what stands on the pages of a call."""
    every = paged(make, items, by=by)

    def method(self: Group, /, *args: P.args, **kwargs: P.kwargs) -> Iterator[ItemT]:
        yield from every(self.sender, *args, **kwargs)

    return _told(method, make)


def async_group_pages(
    make: Callable[P, Call[PageT]], items: Callable[[PageT], Iterable[ItemT]], *, by: str = "cursor"
) -> Callable[Concatenate[AsyncGroup, P], AsyncIterator[ItemT]]:
    """Return the same for ``async for``."""
    every = async_paged(make, items, by=by)

    async def method(
        self: AsyncGroup, /, *args: P.args, **kwargs: P.kwargs
    ) -> AsyncIterator[ItemT]:
        async for item in every(self.sender, *args, **kwargs):
            yield item

    return _told(method, make)


def _after(call: Call[PageT], page: PageT, by: str) -> Call[PageT] | None:
    told = cast("_Leads", page).next_cursor
    if told is None:
        return None
    if told == call.query.get(by):
        raise AnswerUnreadable("the page leads to itself", raw=page.raw)
    return replace(call, query={**call.query, by: told})


def _told(method: MethodT, make: Callable[..., object]) -> MethodT:
    """Let a method tell what the maker of its call takes."""
    functools.update_wrapper(method, make)
    method.__doc__ = (
        f"Yield what is on all pages of `{make.__name__}`, each asked for as it is needed.\n\n"
        "    The arguments are those of that call; `limit` is how many a page has.\n    "
    )
    return method
