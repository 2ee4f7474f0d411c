"""Stories of a till: what comes before, and the one deed that a fault of the line strikes."""

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from stoa_sdk.conformance.counter import Counter

__all__ = ["STORIES", "Story"]

Story = Callable[[Counter, str], Callable[[], Any]]
"""Given a counter and a member, it does what comes before and returns the deed itself."""


def _sale(counter: Counter, member: str) -> Callable[[], Any]:
    sale = counter.sale(member, "100.00", "19.90")
    return lambda: counter.till.earn(sale)


def _return(counter: Counter, member: str) -> Callable[[], Any]:
    sale = counter.sale(member)
    counter.till.earn(sale)
    number = counter.receipt()
    return lambda: counter.till.give_back(sale, number, None)


def _return_of_an_article(counter: Counter, member: str) -> Callable[[], Any]:
    sale = counter.sale(member, "60.00", "40.00")
    counter.till.earn(sale)
    number = counter.receipt()
    return lambda: counter.till.give_back(sale, number, {2: 1})


def _void(counter: Counter, member: str) -> Callable[[], Any]:
    sale = counter.sale(member)
    counter.till.earn(sale)
    return lambda: counter.till.void(sale)


def _hold(counter: Counter, member: str) -> Callable[[], Any]:
    points = _rich(counter, member)
    return lambda: counter.till.hold(member, points // 2)


def _capture(counter: Counter, member: str) -> Callable[[], Any]:
    hold, _ = _held(counter, member)
    number = counter.receipt()
    return lambda: counter.till.capture(hold, None, number)


def _capture_of_a_part(counter: Counter, member: str) -> Callable[[], Any]:
    hold, points = _held(counter, member)
    number = counter.receipt()
    return lambda: counter.till.capture(hold, points // 2, number)


def _release(counter: Counter, member: str) -> Callable[[], Any]:
    hold, _ = _held(counter, member)
    return lambda: counter.till.release(hold)


def _refund(counter: Counter, member: str) -> Callable[[], Any]:
    hold, points = _held(counter, member)
    counter.till.capture(hold, None, counter.receipt())
    number = counter.receipt()
    return lambda: counter.till.refund(hold, points // 2, number)


STORIES = MappingProxyType[str, Story](
    {
        "a sale": _sale,
        "a return": _return,
        "a return of an article": _return_of_an_article,
        "a void": _void,
        "a hold": _hold,
        "a capture": _capture,
        "a capture of a part": _capture_of_a_part,
        "a release": _release,
        "a refund of a part": _refund,
    }
)
"""Each deed of a till, with what has to come before it."""


def _rich(counter: Counter, member: str) -> int:
    """Let a member earn; return what can be spent."""
    counter.till.earn(counter.sale(member, "500.00"))
    counter.till.settle()
    points = counter.observer.available(member)
    if points < 4:  # noqa: PLR2004 - halves of it, and halves of those
        raise AssertionError("a sale of 500.00 must earn points that can be spent at once")
    return points


def _held(counter: Counter, member: str) -> tuple[str, int]:
    points = _rich(counter, member) // 2
    return counter.till.hold(member, points), points
