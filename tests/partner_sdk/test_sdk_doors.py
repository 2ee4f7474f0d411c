"""Every door of the API has a call in the SDK, and no call of the SDK leads nowhere."""

import importlib
import inspect
import pkgutil
import re
import typing
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

from apiflask import APIFlask

import stoa_sdk
from stoa.api import sandbox
from stoa_sdk import AsyncClient, Client, GateEvent, Line, Original, card
from stoa_sdk.calls import Call
from stoa_sdk.inputs import Member
from tills import app, spec

__all__ = ["app"]

NOW = datetime(2026, 5, 1, tzinfo=UTC)
EVENT = GateEvent(plate="A", state="IN", at=NOW, carpark="main")
GIVEN: dict[Any, Any] = {
    str: "x",
    int: 1,
    bytes: b"x",
    datetime: NOW,
    date: date(2026, 5, 1),
    Member: card("99"),
    Original: Original(store="main", receipt_no="R", business_date=date(2026, 5, 1)),
    GateEvent: EVENT,
    Sequence[GateEvent]: [EVENT],
    Sequence[Line]: [Line(sku="A", category="", net="1.00")],
}
WAYS: dict[str, dict[str, Any]] = {
    "batches.send": {"path_or_rows": [{"kind": "void"}]},
    "batches.find": {"batch": "x"},
    "batches.row_page": {"batch": "x"},
    "batches.cancel": {"batch": "x"},
    "resources.hold": {"points": 1},
    "exchange": {},
}
"""Arguments that a type alone does not tell."""

NOT_CALLS = ("get", "post", "call_of")


def makers() -> Iterator[tuple[str, Callable[..., Call[Any]]]]:
    """Give every function of the SDK that makes a call."""
    for found in pkgutil.iter_modules(stoa_sdk.__path__):
        if found.ispkg or found.name == "__main__":
            continue
        home = importlib.import_module(f"stoa_sdk.{found.name}")
        for name, made in vars(home).items():
            ours = inspect.isfunction(made) and made.__module__ == f"stoa_sdk.{found.name}"
            if not ours or name.startswith("_") or name in NOT_CALLS:
                continue
            if typing.get_origin(typing.get_type_hints(made).get("return")) is Call:
                yield f"{found.name}.{name}", made


def called(name: str, make: Callable[..., Call[Any]]) -> Call[Any]:
    """Make a call with whatever it needs."""
    hints, given = typing.get_type_hints(make), dict(WAYS.get(name, {}))
    for each in inspect.signature(make).parameters.values():
        if each.default is each.empty and each.name not in given:
            given[each.name] = GIVEN[hints[each.name]]
    return make(**given)


def doors_of_the_sdk() -> dict[str, str]:
    return {
        name: f"{call.method} /{call.path}" for name, call in
        ((name, called(name, make)) for name, make in makers())
    }  # fmt: skip


def test_every_door_has_a_call_and_every_call_a_door(app: APIFlask) -> None:
    doors = {
        f"{method.upper()} {path}": re.compile(
            f"{method.upper()} " + re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))
        )
        for path, each in spec(app)["paths"].items()
        for method in each
    }
    asked = doors_of_the_sdk()
    assert len(asked) > 90
    told = set(asked.values())
    missing = [name for name, shape in doors.items() if not any(map(shape.fullmatch, told))]
    assert missing == []
    public = app.url_map.bind("localhost")
    within = _sandbox().url_map.bind("localhost")
    for door in asked.values():
        if not any(shape.fullmatch(door) for shape in doors.values()):
            method, path = door.split(" ")
            sandboxes = path.startswith("/v1/sandbox")  # doors of their own, none of them live
            (within if sandboxes else public).match(path, method)  # raises where nothing answers


def _sandbox() -> APIFlask:
    only = APIFlask("sandbox")
    only.register_blueprint(sandbox.create_blueprint(), url_prefix="/v1")
    return only


def test_both_clients_have_every_group_and_deed() -> None:
    sync, waited = (kind("http://x.example", "id", "secret") for kind in (Client, AsyncClient))
    groups = {name for name in vars(sync) if not name.startswith("_")}
    assert groups == {name for name in vars(waited) if not name.startswith("_")}
    for name in groups:
        both = [
            {each for each in dir(getattr(client, name)) if not each.startswith("_")}
            for client in (sync, waited)
        ]
        assert both[0] == both[1], name
