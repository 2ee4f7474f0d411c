"""A till killed a hundred times on a bad line ends as one that nothing happened to (IDM-15)."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from apiflask import APIFlask
from werkzeug.serving import WSGIRequestHandler, make_server

from stoa.services import invariants
from stoa.work import Actor, Desk
from stoa_sdk import OutboxQueue
from tills import Till, app, grocery
from world import FixedClock

__all__ = ["app", "grocery"]

DEEDS = 40


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's
        pass


@pytest.fixture
def url(app: APIFlask, clock: FixedClock) -> Iterator[str]:
    """Serve the app on a port of its own; the tills' clocks are the machine's."""
    clock.now = datetime.now(UTC)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def a_day(terminal: str, cards: list[str], seed: int) -> list[dict[str, Any]]:
    """Return deeds of a till: sales, returns and voids of its own sales."""
    dice = Random(seed)
    deeds: list[dict[str, Any]] = []
    what: dict[str, Any]
    open_sales: list[int] = []
    for number in range(DEEDS):
        kind = dice.choice(["sale", "sale", "return", "void"]) if open_sales else "sale"
        receipt = {"receipt_no": f"{terminal}-{number}", "terminal": terminal}
        if kind == "sale":
            open_sales.append(number)
            what = {"card": dice.choice(cards), "net": f"{dice.randint(1, 99)}.00"}
        else:
            what = {"of": open_sales.pop(dice.randrange(len(open_sales)))}
        deeds.append({"kind": kind} | receipt | what)
    return deeds


def run(
    tmp_path: Path, url: str, till: Till, deeds: list[dict[str, Any]], **changes: Any
) -> OutboxQueue:
    """Let a till work through its deeds; return its queue."""
    name = deeds[0]["terminal"]
    plan: dict[str, Any] = {
        "url": url, "client_id": till.client_id, "secret": till.secret, "deeds": deeds,
        "queue": str(tmp_path / f"{name}.sqlite3"), "queue_kind": "", "kills": 0, "trouble": 0.0,
        "seed": 1,
    } | changes  # fmt: skip
    file = tmp_path / f"{name}.json"
    file.write_text(json.dumps(plan))
    told = subprocess.run(
        [sys.executable, "-m", "trials.tillbox", str(file)],
        cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    return OutboxQueue(plan["queue"])


def wallets(till: Till, members: list[dict[str, Any]]) -> list[Any]:
    found = [till.get(f"/members/{till.ref_of(each)}/balance").json for each in members]
    return [[each[name] for name in ("available", "pending", "held", "debt")] for each in found]


def test_a_hundred_kills_on_a_bad_line_change_nothing(
    url: str, desk: Desk, grocery: Till, tmp_path: Path
) -> None:
    ours, theirs = ([grocery.enrol() for _ in range(3)] for _ in range(2))
    queues = [
        run(
            tmp_path, url, grocery,
            a_day(terminal, [each["card"] for each in members], seed=7),
            kills=kills, trouble=0.2 if kills else 0.0,
        )
        for terminal, members, kills in (("peace", theirs, 0), ("storm", ours, 100))
    ]  # fmt: skip
    for queue in queues:
        assert queue.refused() == []
        assert [each.state for each in queue.calls()] == ["done"] * DEEDS
    assert wallets(grocery, ours) == wallets(grocery, theirs)
    with desk.work(Actor("cli")) as work:
        assert invariants.check_invariants(work) == []
        count = "SELECT count(*) FROM purchases GROUP BY terminal"
        (storm,), (peace,) = work.rows(count)
        assert storm == peace


@pytest.mark.parametrize("kind", ["late-keys", "forgetful"])
def test_a_queue_that_is_wrong_on_purpose_is_found(
    url: str, grocery: Till, tmp_path: Path, kind: str
) -> None:
    ours, theirs = ([grocery.enrol() for _ in range(3)] for _ in range(2))
    for terminal, members in (("peace", theirs), ("storm", ours)):
        deeds = a_day(terminal, [each["card"] for each in members], seed=7)
        bad = terminal == "storm"
        queue = run(
            tmp_path, url, grocery, deeds,
            trouble=0.5 if bad else 0.0, queue_kind=kind if bad else "",
        )  # fmt: skip
    well = all(each.state == "done" for each in queue.calls())
    assert not well or wallets(grocery, ours) != wallets(grocery, theirs)
