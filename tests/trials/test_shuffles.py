"""Queues of several tills, uploaded in any order, twice and in pieces, end as if all had gone well.

Each till keeps a day in its queue while the line is down. Then everything is sent at once: the next
piece is always that of a till drawn by lot, an upload dies in its middle before or after a request
arrived, and of some tills an old copy of the file is sent besides. The wallets have to be those of
tills to whom nothing happened (FLT-05, FLT-12, IDM-15).

A larger run, by hand: ``STOA_SHUFFLE=12x150 pytest tests/trials/test_shuffles.py -k any_order``.
"""

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import httpx2
import pytest
from apiflask import APIFlask

from stoa.services import invariants
from stoa.work import Actor, Desk
from stoa_sdk import Client, OutboxQueue
from tills import Till, app, grocery
from trials.tillbox import SABOTEURS, put
from world import FixedClock

__all__ = ["app", "grocery"]

TILLS, DEEDS = map(int, os.environ.get("STOA_SHUFFLE", "3x8").split("x"))
MEMBERS = 5
MOST_UPLOADS = 400 * TILLS
Upload = Callable[[OutboxQueue, Random | None], int]
_DYING = 0.9


class KilledError(BaseException):
    """The end of an upload in its middle: nothing after it runs, as after SIGKILL."""


class Dying(httpx2.BaseTransport):
    """A line on which an upload dies at some request, before it arrives or after.

    Attributes:
        asked: how many requests arrived.
    """

    def __init__(self, app: APIFlask, dice: Random) -> None:
        self._inside = httpx2.WSGITransport(app=app)
        self._dice = dice
        self.asked = 0
        self.left: int | None = None

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Pass a request on, unless it is the one at which the upload dies."""
        if not request.url.path.startswith("/v1/"):
            return self._inside.handle_request(request)
        if self.left is not None:
            self.left -= 1
        dies = self.left is not None and self.left < 0
        if dies and self._dice.random() < 0.5:
            raise KilledError
        self.asked += 1
        answer = self._inside.handle_request(request)
        if dies:
            raise KilledError
        return answer


def a_day(terminal: str, dice: Random) -> list[dict[str, Any]]:
    """Return a till's deeds: sales of members by their number, returns and voids of them."""
    deeds: list[dict[str, Any]] = []
    sales: list[int] = []
    for number in range(DEEDS):
        kind = dice.choice(["sale", "sale", "return", "void"]) if sales else "sale"
        deed: dict[str, Any] = {"kind": kind, "receipt_no": f"{terminal}-{number}"}
        if kind == "sale":
            sales.append(number)
            deed |= {"member": dice.randrange(MEMBERS), "net": f"{dice.randint(1, 99)}.00"}
        else:
            deed["of"] = sales.pop(dice.randrange(len(sales)))
        deeds.append(deed | {"terminal": terminal})
    return deeds


def filled(
    file: Path, deeds: list[dict[str, Any]], cards: list[str], kind: type[OutboxQueue]
) -> None:
    """Put a day into a queue while the line is down."""
    queue = kind(file)
    for deed in deeds:
        put(queue, deed | ({"card": cards[deed["member"]]} if "member" in deed else {}))


def entries_of(till: Till, ref: str) -> list[dict[str, Any]]:
    """Return all entries of a member."""
    query, found = {"limit": "100"}, []
    while True:
        page = till.get(f"/members/{ref}/entries", **query).json
        found += page["entries"]
        if page["next_cursor"] is None:
            return found
        query["cursor"] = page["next_cursor"]


def state(till: Till, members: list[dict[str, Any]]) -> str:
    """Return a hash of members' wallets and of the points of each entry of their histories."""
    found = []
    for each in members:
        ref = till.ref_of(each)
        wallet = till.get(f"/members/{ref}/balance").json
        entries = entries_of(till, ref)
        found.append([wallet[name] for name in ("available", "pending", "held", "debt")])
        found.append(sorted([entry["kind"], entry["points"]] for entry in entries))
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()


@pytest.fixture(autouse=True)
def _today(clock: FixedClock) -> None:
    clock.now = datetime.now(UTC)  # as the tills' own clocks


@pytest.fixture
def upload(app: APIFlask, grocery: Till) -> Upload:
    """Return what sends a queue, dying at some request or not; it tells how many arrived."""

    def send(queue: OutboxQueue, dice: Random | None) -> int:
        line = Dying(app, dice or Random())
        if dice is not None and dice.random() < _DYING:
            line.left = dice.randrange(4)
        with (
            suppress(KilledError),
            Client(
                "http://localhost", grocery.client_id, grocery.secret, attempts=1, transport=line
            ) as client,
        ):
            queue.send(client)
        return line.asked

    return send


def storm(tmp_path: Path, upload: Upload, kind: type[OutboxQueue]) -> tuple[int, int]:
    """Send all queues in any order, twice and in pieces; return uploads and requests."""
    dice = Random(11)
    files = sorted(tmp_path.glob("storm-*.sqlite3"))
    for file in files[::2]:
        shutil.copy(file, file.with_suffix(".old"))
    open_ = [*files, *(file.with_suffix(".old") for file in files[::2])]
    uploads = requests = 0
    while open_ and uploads < MOST_UPLOADS:
        file = dice.choice(open_)
        queue = kind(file)
        requests += upload(queue, dice)
        uploads += 1
        if len(queue) == 0:
            open_.remove(file)
    return uploads, requests


def prepare(
    tmp_path: Path, grocery: Till, kind: type[OutboxQueue]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Fill the queues of tills in peace and of tills in a storm, who sell the same."""
    ours, theirs = ([grocery.enrol() for _ in range(MEMBERS)] for _ in range(2))
    for name, members, made in (("storm", ours, kind), ("peace", theirs, OutboxQueue)):
        cards = [each["card"] for each in members]
        for number in range(TILLS):
            deeds = a_day(f"{name}-{number}", Random(number))
            filled(tmp_path / f"{name}-{number}.sqlite3", deeds, cards, made)
    return ours, theirs


def test_queues_in_any_order_twice_and_in_pieces_end_in_the_same_state(
    grocery: Till, desk: Desk, tmp_path: Path, upload: Upload
) -> None:
    ours, theirs = prepare(tmp_path, grocery, OutboxQueue)
    for file in sorted(tmp_path.glob("peace-*.sqlite3")):
        upload(OutboxQueue(file), None)
    uploads, requests = storm(tmp_path, upload, OutboxQueue)
    told = f"{TILLS} tills, {TILLS * DEEDS} deeds: {uploads} uploads, {requests} requests arrived"
    sys.stdout.write(f"{told}\n")
    assert requests > TILLS * DEEDS, "nothing arrived twice: this was no storm"
    for file in [*tmp_path.glob("*.sqlite3"), *tmp_path.glob("*.old")]:
        queue = OutboxQueue(file)
        assert (len(queue), queue.refused()) == (0, []), file.name
    assert state(grocery, ours) == state(grocery, theirs)
    with desk.work(Actor("cli")) as work:
        assert invariants.check_invariants(work) == []


@pytest.mark.parametrize("kind", ["late-keys", "forgetful"])
def test_a_queue_that_is_wrong_on_purpose_ends_in_another_state(
    grocery: Till,
    tmp_path: Path,
    upload: Upload,
    kind: str,
) -> None:
    ours, theirs = prepare(tmp_path, grocery, OutboxQueue)
    for file in sorted(tmp_path.glob("peace-*.sqlite3")):
        upload(OutboxQueue(file), None)
    try:
        storm(tmp_path, upload, SABOTEURS[kind])
        files = [*tmp_path.glob("storm-*.sqlite3"), *tmp_path.glob("storm-*.old")]
        refused = [each for file in files for each in OutboxQueue(file).refused()]
    except ValueError:
        return  # a call that was done before it was answered can't be read any more
    assert refused or state(grocery, ours) != state(grocery, theirs)
