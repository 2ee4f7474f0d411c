"""Earn through the service: the partner's plugin, the tier and the posting, in many processes."""

import multiprocessing
import random
import time
from datetime import UTC, datetime
from hashlib import sha256

from bench.ground import Ground, member_id
from stoa.services import earning, identity, partners
from stoa.services.earning import Report, ReportLine
from stoa.services.members import Token
from stoa.values.facts import Tender, TenderKind
from stoa.values.identifiers import new_uuid
from stoa.work import Actor, Key

_PRINT = sha256(b"bench").digest()[:16]


def service_rate(ground: Ground, *, processes: int, seconds: int, partners_used: int = 1) -> float:
    """Return how many purchases a second the service takes, all processes together."""
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(processes)
    with context.Pool(
        processes, initializer=_prepare, initargs=(ground, start, seconds, partners_used)
    ) as pool:
        return sum(pool.map(_earn, range(processes), chunksize=1))


_job: tuple = ()


def _prepare(*job: object) -> None:
    global _job  # noqa: PLW0603 - what a spawned process is given
    _job = job


def _earn(seed: int) -> float:
    ground, start, seconds, partners_used = _job
    desk = ground.desk()
    chance = random.Random(seed)
    actors = [Actor("client:bench", each) for each in ground.partner_ids[:partners_used]]
    with desk.work(actors[0]) as work:
        keys = [partners.terms(work, actor.partner_id).ref_key for actor in actors]

    def one() -> None:
        place = chance.randrange(len(actors))
        ref = identity.member_ref(keys[place], member_id(chance.randint(1, ground.members)))
        number = str(new_uuid())
        report = Report(
            Token("member_ref", ref), "main", "t1", number, datetime.now(UTC), "CNY",
            (ReportLine(1, "a", "grocery", 1000, "ea", 8800),), (Tender(TenderKind.CARD, 8800),),
        )  # fmt: skip
        with desk.work(actors[place]) as work:
            earning.earn(work, report, key=Key(number, _PRINT))

    for _ in range(200):
        one()
    start.wait()
    began = time.perf_counter()
    done = 0
    while time.perf_counter() - began < seconds:
        one()
        done += 1
    rate = done / (time.perf_counter() - began)
    desk.close()
    return rate
