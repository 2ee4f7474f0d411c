"""Every door with a cursor has an iterator that goes on, with and without ``await``."""

import asyncio
import inspect
import re
import typing
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from apiflask import APIFlask

from stoa_sdk import AnswerUnreadable, AsyncClient, Client
from tills import app, spec

__all__ = ["app"]

EMPTY: dict[str, Any] = {
    "entries": [],
    "rewards": [],
    "redemptions": [],
    "returns": [],
    "batches": [],
    "rows": [],
    "stays": [],
    "deliveries": [],
    "events": [],
    "requests": [],
    "statements": [],
    "disputes": [],
    "credit_notes": [],
    "available": 0,
    "currency": "STAR",
}
GIVEN = {
    "member": "mbr_1",
    "member_ref": "mbr_1",
    "batch": "bat_1",
    "webhook_id": "whe_1",
    "statement_id": "stm_1",
}
BASE = "https://points.test"


class Pages:
    """A server each of whose lists has three pages, with nothing on them."""

    def __init__(self, *, stuck: bool = False) -> None:
        self.asked: list[httpx2.Request] = []
        self.stuck = stuck

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/oauth/token":
            return httpx2.Response(200, json={"access_token": "t", "expires_in": 600})
        self.asked.append(request)
        place = request.url.params.get("cursor") or request.url.params.get("before") or "1"
        more = place != "3"
        following = place if self.stuck else str(int(place) + 1) if more else None
        feed = {"cursor": following or place, "more": more}
        told = {"next_cursor": following, "next_before": following}
        return httpx2.Response(200, json=EMPTY | told | feed)


def iterators(client: object) -> dict[str, Callable[..., Any]]:
    """Return every method of a client and of its groups that gives an iterator."""
    groups = {name: each for name, each in vars(client).items() if not name.startswith("_")}
    return {
        f"{group}.{name}".lstrip("."): method
        for group, home in {"": client, **groups}.items()
        for name, method in inspect.getmembers(home, inspect.ismethod)
        if inspect.isgeneratorfunction(method) or inspect.isasyncgenfunction(method)
    }


def _given(method: Callable[..., Any]) -> list[str]:
    asked = inspect.signature(inspect.unwrap(method)).parameters.values()
    return [GIVEN[each.name] for each in asked if each.default is each.empty and each.name in GIVEN]


def doors_with_a_cursor(app: APIFlask) -> dict[str, tuple[re.Pattern[str], str]]:
    """Return each door of the document whose pages are led through, and its parameter."""
    found = {}
    for path, deeds in spec(app)["paths"].items():
        for each in deeds.get("get", {}).get("parameters", ()):
            if each["in"] == "query" and each["name"] in {"cursor", "before"}:
                shape = re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)))
                found[path] = (shape, each["name"])
    return found


def test_every_door_with_a_cursor_has_an_iterator(app: APIFlask) -> None:
    server = Pages()
    with Client(BASE, "till", "secret", transport=httpx2.MockTransport(server)) as client:
        led: dict[str, list[dict[str, str]]] = {}
        for method in iterators(client).values():
            assert list(method(*_given(method))) == []
            for request in server.asked:
                led.setdefault(request.url.path, []).append(dict(request.url.params))
            server.asked.clear()
    doors = doors_with_a_cursor(app)
    assert len(doors) >= 10
    for path, (shape, name) in doors.items():
        asked = [queries for each, queries in led.items() if shape.fullmatch(each)]
        assert asked, f"no iterator goes through {path}"
        assert [query.get(name) for query in asked[0][:3]] == [None, "2", "3"], path
        rest = [{key: query[key] for key in query if key != name} for query in asked[0][:3]]
        assert rest[0] == rest[1] == rest[2], path


def test_the_async_client_has_the_same_iterators() -> None:
    server = Pages()

    async def every() -> set[str]:
        transport = httpx2.MockTransport(server)
        async with AsyncClient(BASE, "till", "secret", transport=transport) as client:
            found = iterators(client)
            for method in found.values():
                assert [each async for each in method(*_given(method))] == []
                assert len(server.asked) == 3
                server.asked.clear()
            return set(found)

    names = asyncio.run(every())
    with Client(BASE, "till", "secret", transport=httpx2.MockTransport(server)) as client:
        assert names == set(iterators(client))
    assert {"history", "rewards_all", "batches.rows", "webhooks.deliveries_all"} <= names


def test_nothing_is_asked_before_it_is_needed() -> None:
    server = Pages()
    with Client(BASE, "till", "secret", transport=httpx2.MockTransport(server)) as client:
        client.rewards_all(max_points=100)
        assert server.asked == []
        next(client.rewards_all(max_points=100), None)
    assert [dict(each.url.params)["max_points"] for each in server.asked] == ["100"] * 3


def test_a_page_that_leads_to_itself_ends_in_an_error() -> None:
    server = Pages(stuck=True)
    with (
        Client(BASE, "till", "secret", transport=httpx2.MockTransport(server)) as client,
        pytest.raises(AnswerUnreadable, match="leads to itself"),
    ):
        list(client.webhooks.deliveries_all("whe_1", limit=5))
    assert len(server.asked) == 2


def test_an_iterator_tells_its_types_and_its_arguments() -> None:
    told = inspect.signature(Client.rewards_all).parameters
    assert "max_points" in told
    assert typing.cast("str", Client.rewards_all.__doc__).startswith("Yield what is on all pages")
