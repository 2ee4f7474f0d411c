"""A call becomes a method: one that sends it, or one that keeps it as a hold."""

import functools
from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec

from stoa_sdk.calls import AnswerT, AsyncSender, Call, Sender
from stoa_sdk.facts import Held
from stoa_sdk.holds import AsyncHold, Hold

__all__ = ["async_deed", "async_holding", "deed", "holding"]

P = ParamSpec("P")


def deed(make: Callable[P, Call[AnswerT]]) -> Callable[Concatenate[Sender, P], AnswerT]:
    """Return the method that sends the call."""

    @functools.wraps(make)
    def method(self: Sender, /, *args: P.args, **kwargs: P.kwargs) -> AnswerT:
        return self.send(make(*args, **kwargs))

    return method


def holding(make: Callable[P, Call[Held]]) -> Callable[Concatenate[Sender, P], Hold]:
    """Return the method that makes a hold of the call."""

    @functools.wraps(make)
    def method(self: Sender, /, *args: P.args, **kwargs: P.kwargs) -> Hold:
        return Hold(self, make(*args, **kwargs))

    return method


def async_deed(
    make: Callable[P, Call[AnswerT]],
) -> Callable[Concatenate[AsyncSender, P], Awaitable[AnswerT]]:
    """Return the method that sends the call when it is awaited."""

    @functools.wraps(make)
    async def method(self: AsyncSender, /, *args: P.args, **kwargs: P.kwargs) -> AnswerT:
        return await self.send(make(*args, **kwargs))

    return method


def async_holding(
    make: Callable[P, Call[Held]],
) -> Callable[Concatenate[AsyncSender, P], AsyncHold]:
    """Return the method that makes a hold of the call, to be awaited."""

    @functools.wraps(make)
    def method(self: AsyncSender, /, *args: P.args, **kwargs: P.kwargs) -> AsyncHold:
        return AsyncHold(self, make(*args, **kwargs))

    return method
