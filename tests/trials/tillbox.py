"""A till for trials: a process that puts deeds into its queue, sends them, and is killed at that.

    python -m trials.tillbox PLAN

The plan is a JSON file. The mother process forks one till after the other, kills each with SIGKILL
after a random while, and lets the last one finish. A till knows nothing but its queue: how many
deeds it has put is how many its file has. Its line loses requests and answers, and sends some
requests twice.
"""

import json
import os
import select
import signal
import sys
import traceback
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import httpx2

from stoa_sdk import Client, Line, OutboxQueue, card, new_key
from stoa_sdk.calls import Call
from stoa_sdk.queue_file import QueueFile
from stoa_sdk.records import Record

__all__ = ["SABOTEURS", "main", "put"]

_LONGEST_S = 0.2


class _BadLine(httpx2.BaseTransport):
    """A line that loses requests and answers, and sends some requests twice."""

    def __init__(self, dice: Random, trouble: float) -> None:
        self._dice = dice
        self._trouble = trouble
        self._line = httpx2.HTTPTransport()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        bad = request.url.path.startswith("/v1/") and self._dice.random() < self._trouble
        how = self._dice.choice(["request", "answer", "twice"]) if bad else ""
        if how == "request":
            raise httpx2.ConnectError("the request was lost", request=request)
        answer = self._line.handle_request(request)
        if how == "answer":
            raise httpx2.ReadError("the answer was lost", request=request)
        if how == "twice":
            answer.read()
            answer.close()
            return self._line.handle_request(request)
        return answer


class _LateKeys(OutboxQueue):
    """A saboteur: the key is made when a call is sent."""

    def _referring(self, call: Call[Record]) -> Call[Record] | None:
        found = super()._referring(call)
        return None if found is None else replace(found, key=new_key())


class _Forgetful(OutboxQueue):
    """A saboteur: a call is done before it is answered."""

    def _referring(self, call: Call[Record]) -> Call[Record] | None:
        found = super()._referring(call)
        self._done(str(call.key), {})
        return found


SABOTEURS: dict[str, type[OutboxQueue]] = {"late-keys": _LateKeys, "forgetful": _Forgetful}
"""Queues that are wrong on purpose, by name."""


def main(plan_file: str) -> None:
    """Fork, kill and fork again; the last till is left in peace."""
    plan = json.loads(Path(plan_file).read_text("utf-8"))
    dice = Random(plan["seed"])
    QueueFile(Path(plan["queue"]))
    for number in range(plan["kills"] + 1):
        last = number == plan["kills"]
        till = os.fork()
        if till == 0:
            _live(plan, number)
        if not last:
            select.select([], [], [], dice.uniform(0, _LONGEST_S))
            os.kill(till, signal.SIGKILL)
        _, how = os.waitpid(till, 0)
        if last and how:
            raise SystemExit(1)


def _live(plan: dict[str, Any], number: int) -> None:
    """Be a till, and end without what its mother would do at her end."""
    try:
        _work(plan, Random(plan["seed"] + number))
    except BaseException:  # noqa: BLE001 - the mother is told by the status
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _work(plan: dict[str, Any], dice: Random) -> None:
    queue = SABOTEURS.get(plan["queue_kind"], OutboxQueue)(plan["queue"])
    line = _BadLine(dice, plan["trouble"])
    with Client(
        plan["url"], plan["client_id"], plan["secret"], attempts=1, transport=line
    ) as client:
        for deed in plan["deeds"][len(queue.calls()) :]:
            put(queue, deed)
            if dice.random() < 0.5:
                queue.send(client)
        for _ in range(200):
            if not len(queue):
                return
            queue.send(client)


def put(queue: OutboxQueue, deed: dict[str, Any]) -> None:
    """Keep a deed of a plan in a queue."""
    kind = deed["kind"]
    if kind == "sale":
        queue.earn(
            member=card(deed["card"]), store="main", terminal=deed["terminal"], currency="CNY",
            receipt_no=deed["receipt_no"], lines=[Line(sku="A", category="", net=deed["net"])],
        )  # fmt: skip
    elif kind == "void":
        queue.void_purchase(queue.answer_of(queue.calls()[deed["of"]].key))
    else:
        queue.return_(queue.answer_of(queue.calls()[deed["of"]].key), receipt_no=deed["receipt_no"])


if __name__ == "__main__":
    main(sys.argv[1])
