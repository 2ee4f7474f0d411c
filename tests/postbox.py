"""A partner's postbox for webhooks: it echoes challenges, keeps letters, misbehaves on demand."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from receivers import Asked, Receiver, Respond, answer, receiver
from stoa.egress import Egress
from stoa.services import outbox, webhooks
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Actor, Desk, Work
from stoa.worker import follow
from world import FixedClock

WORKER = Actor("worker")

Choose = Callable[["Letter"], Respond]


@dataclass(frozen=True)
class Letter:
    """One request to the postbox."""

    headers: dict[str, str]
    raw: bytes

    @property
    def told(self) -> dict[str, Any]:
        """What it says."""
        told: dict[str, Any] = json.loads(self.raw)
        return told

    @property
    def id(self) -> str:
        """The event's id."""
        return self.headers["webhook-id"]


@dataclass
class Postbox:
    """Where letters arrive; `choose` says how each is answered, by default with 204."""

    server: Receiver
    choose: Choose = field(default=lambda _letter: answer(204))
    proves: bool = True
    letters: list[Letter] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, line: socket.socket, asked: Asked) -> None:
        """Answer one request."""
        letter = Letter(asked.headers, asked.body)
        told = letter.told
        if told["type"] == webhooks.CHALLENGE and self.proves:
            answer(200, json.dumps(told["data"]).encode())(line, asked)
            return
        with self.lock:
            self.letters.append(letter)
        self.choose(letter)(line, asked)

    @property
    def ids(self) -> list[str]:
        """The ids of what came, in order."""
        return [letter.id for letter in self.letters]


@contextmanager
def postbox(desk: Desk) -> Iterator[Postbox]:
    """Run a postbox, and let the desk send to it."""
    with receiver() as server:
        box = Postbox(server)
        server.respond = box
        opened = [f"{each.host}:{each.port}" for each in desk.egress._opened]
        desk.egress = Egress(allow=[server.place, *opened])
        yield box


def deliver(desk: Desk, *, within_ms: int = 2_000) -> int:
    """Send all that is due now."""
    return webhooks.carry_on(desk, WORKER, within_ms=within_ms)


def an_endpoint(
    desk: Desk, partner_id: UUID, box: Postbox, *, topics: tuple[str, ...] = ()
) -> UUID:
    """Register a postbox as a partner's endpoint, and let it prove itself."""
    with desk.work(WORKER) as work:
        made = webhooks.create(work, partner_id, box.server.url, name="box", topics=topics)
    deliver(desk)
    return made


def happen(
    desk: Desk,
    partner_id: UUID | None,
    *members: UUID,
    topic: str = "points.burned",
    points: int = 7,
) -> list[str]:
    """Let an event happen to each member, and be told; return the events' ids."""
    hush(desk)
    with desk.work(WORKER) as work:
        for member in members:
            next_millisecond()
            facts = {"member": public_id("mem", member), "points": points, "secret": "canary"}
            work.record(topic, facts, member_id=member, partner_id=partner_id)
        work.session.flush()
        rows = work.rows("SELECT id FROM outbox WHERE state = 'new' ORDER BY id")
    tell(desk)
    return [public_id("evt", row[0]) for row in rows]


def next_millisecond() -> None:
    """Let ids that are made from now on be greater than those before."""
    before = new_uuid().int >> 80
    while new_uuid().int >> 80 == before:
        pass


def hush(desk: Desk) -> None:
    """Let nobody hear that members were enrolled."""
    with desk.work(WORKER) as work:
        work.rows(
            "UPDATE outbox SET state = 'told' WHERE topic = 'member.enrolled'"
            " AND state = 'new' RETURNING 1"
        )


def tell(desk: Desk) -> None:
    """Let one worker tell what waits in the outbox."""
    with desk.work(WORKER) as work:
        outbox.tell(work, follow, keep=webhooks.enqueue, limit=10_000, within_s=60)


def until_quiet(desk: Desk, clock: FixedClock, *, most: timedelta, step_s: float) -> None:
    """Move the clock on in steps and deliver at each, for so long."""
    gone = timedelta()
    while gone < most:
        clock.move(seconds=step_s)
        gone += timedelta(seconds=step_s)
        deliver(desk)


def states(work: Work) -> dict[str, int]:
    """Return how many deliveries are in each state."""
    return dict(
        tuple(row)
        for row in work.rows(
            "SELECT state, count(*) FROM webhook_deliveries"
            " WHERE member_id <> endpoint_id GROUP BY 1"
        )
    )
