"""The worker: what follows an event, and what falls due by the clock.

    FOLLOWS  topic → deeds that follow the event, told from the outbox
    BEATS    deeds repeated every few seconds, by every worker
    TURNS    deeds at set times, each once among all workers: jobs of procrastinate

PostgreSQL is the queue of all three, so that any number of workers may run side by side.
A worker asked to stop finishes the batch it is at; one that is killed leaves nothing half done, for
a batch is one transaction, and a job it was at is asked for again at its next time.
"""

import asyncio
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from types import MappingProxyType
from typing import Final

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from sqlalchemy import make_url

from stoa.api import batching
from stoa.config import Settings
from stoa.database import APP_ROLE
from stoa.post import Office
from stoa.services import (
    agreements,
    authorizations,
    batches,
    benefits,
    campaigns,
    catalog,
    challenges,
    chores,
    clockwork,
    coupons,
    credentials,
    disputes,
    draws,
    exits,
    failures,
    fulfilment,
    funding,
    guesses,
    households,
    idempotency,
    journal,
    log,
    mail,
    member_codes,
    mergers,
    notices,
    outbox,
    parked,
    parking,
    positions,
    referrals,
    requests,
    rollups,
    segments,
    sign_in,
    stays,
    stock,
    tiers,
    uploads,
    webhooks,
    whatif,
)
from stoa.services.crew import OpenDesk
from stoa.services.outbox import Heard
from stoa.work import Actor, Desk, Work

__all__ = [
    "ACTOR",
    "BEATS",
    "FOLLOWS",
    "TURNS",
    "Beat",
    "Turn",
    "Worker",
    "follow",
    "worker_limits",
]

ACTOR: Final = Actor("worker")
"""Who stands in the transactions of what falls due."""

Follow = Callable[[Work, Heard], None]
Stopping = Callable[[], bool]

FOLLOWS: Mapping[str, tuple[Follow, ...]] = MappingProxyType(
    {
        "member.enrolled": (notices.tell_plugin,),
        "member.pin_locked": (),
        "points.earned": (
            notices.tell_plugin,
            tiers.after_earning,
            referrals.follow,
            challenges.follow,
        ),
        "points.clawed_back": (
            notices.tell_plugin,
            tiers.after_return,
            campaigns.give_back,
            referrals.follow,
            challenges.follow,
        ),
        "points.reserved": (notices.tell_plugin,),
        "points.burned": (notices.tell_plugin,),
        "points.released": (notices.tell_plugin,),
        "points.expired": (notices.tell_plugin,),
        "points.activated": (notices.tell_plugin,),
        "points.refunded": (notices.tell_plugin,),
        "points.exchanged": (notices.tell_plugin,),
        "points.transferred": (notices.tell_plugin,),
        "member.merged": (
            notices.tell_plugin,
            tiers.after_earning,
            challenges.follow,
            rollups.after_merger,
        ),
        "access.revoked": (notices.tell_plugin, authorizations.tell_member),
        "consent.withdrawn": (notices.tell_plugin, webhooks.withhold),
        "points.adjusted": (notices.tell_plugin,),
        "referral.purchased": (notices.tell_plugin, tiers.after_earning),
        "referral.undone": (notices.tell_plugin, tiers.after_return),
        "referral.rewarded": (notices.tell_plugin,),
        "benefit.held": (notices.tell_plugin,),
        "benefit.claimed": (notices.tell_plugin,),
        "benefit.released": (notices.tell_plugin,),
        "benefit.expired": (notices.tell_plugin,),
        "parking.entered": (notices.tell_plugin,),
        "parking.left": (notices.tell_plugin, parking.car_left),
        "challenge.completed": (notices.tell_plugin, tiers.after_earning),
        "challenge.undone": (notices.tell_plugin, tiers.after_return),
        "chance.bought": (notices.tell_plugin, tiers.after_earning),
        "chance.drawn": (notices.tell_plugin,),
        "chance.refunded": (notices.tell_plugin,),
        "ticket.bought": (notices.tell_plugin,),
        "ticket.drawn": (notices.tell_plugin,),
        "ticket.won": (notices.tell_plugin,),
        "ticket.refunded": (notices.tell_plugin,),
        "draw.closed": (notices.tell_plugin,),
        "draw.revealed": (notices.tell_plugin,),
        "draw.cancelled": (notices.tell_plugin,),
        "prize.claimed": (notices.tell_plugin,),
        "prize.lapsed": (notices.tell_plugin,),
        "reward.fulfilled": (notices.tell_plugin,),
        "reward.failed": (notices.tell_plugin,),
        "coupon.issued": (notices.tell_plugin,),
        "coupon.reserved": (notices.tell_plugin,),
        "coupon.redeemed": (notices.tell_plugin,),
        "coupon.released": (notices.tell_plugin,),
        "coupon.rolled_back": (notices.tell_plugin,),
        "coupon.expired": (notices.tell_plugin,),
        "coupon.cancelled": (notices.tell_plugin,),
        "campaign.exhausted": (notices.tell_plugin,),
        "partner.exit_stage": (notices.tell_plugin,),
        "funding.low": (notices.tell_plugin,),
        "statement.ready": (notices.tell_plugin,),
        "funding.exhausted": (notices.tell_plugin,),
        "dispute.opened": (notices.tell_plugin,),
        "dispute.resolved": (notices.tell_plugin,),
        "tier.upgraded": (notices.tell_plugin, tiers.after_upgrade),
        "tier.downgraded": (notices.tell_plugin,),
        "tier.will_downgrade": (notices.tell_plugin,),
    }
)
"""What follows an event, in order: the table to add to when something new shall follow."""


def follow(work: Work, heard: Heard) -> None:
    """Do all that follows an event.

    Raises:
        KeyError: a newer release wrote the event; its workers will know what follows.
    """
    for deed in FOLLOWS[heard.event.topic]:
        deed(work, heard)


@dataclass(frozen=True, slots=True)
class Beat:
    """A deed that every worker repeats: at once after a call that did `full`, else `every_s`."""

    name: str
    every_s: float
    full: int
    deed: Callable[[Work, Stopping], int]


@dataclass(frozen=True, slots=True)
class Turn:
    """A deed at set times, once among all workers; `cron` is in UTC."""

    name: str
    cron: str
    deed: Callable[[Work, Stopping], int]


BEATS = (
    Beat(
        "tell",
        0.5,
        100,
        lambda work, _: outbox.tell(work, follow, keep=webhooks.enqueue, limit=100),
    ),
    Beat(
        "expire_holds",
        5.0,
        500,
        lambda work, stopping: clockwork.expire_holds(work, limit=500, stopping=stopping),
    ),
    Beat(
        "expire_claims",
        5.0,
        100,
        lambda work, stopping: benefits.expire_due(work, limit=100, stopping=stopping),
    ),
    Beat("expire_coupons", 5.0, 200, lambda work, _: coupons.expire_reserved(work, limit=200)),
    Beat("end_coupons", 60.0, 500, lambda work, _: coupons.expire(work, limit=500)),
    Beat("recheck_tiers", 0.5, 200, lambda work, _: tiers.recheck_due(work, limit=200)),
    Beat("review_tiers", 60.0, 200, lambda work, _: tiers.review_due(work, limit=200)),
    Beat("sweep_tiers", 5.0, 1, lambda work, _: tiers.sweep(work)),
    Beat("log", 1.0, log.BATCH // 4, lambda work, _: log.append(work)),
    Beat("fold_positions", 1.0, 5000, lambda work, _: positions.fold(work, limit=5000)),
    Beat("book_money", 1.0, journal.BATCH, lambda work, _: journal.book(work)),
    Beat("roll_up", 1.0, rollups.BATCH, lambda work, _: rollups.fold(work)),
    Beat("book_dues", 5.0, 1000, lambda work, _: journal.book_dues(work, limit=1000)),
    Beat(
        "match_returns",
        3.0,
        20,
        lambda work, stopping: parked.match(work, limit=20, stopping=stopping),
    ),
    Beat("referrals", 5.0, 100, lambda work, stopping: referrals.reward(work, stopping=stopping)),
    Beat("draws", 5.0, 1, lambda work, stopping: draws.attend(work, stopping=stopping)),
    Beat("cancelled_orders", 5.0, 20, lambda work, _: fulfilment.give_back(work, limit=20)),
    Beat("funding", 5.0, 1000, lambda work, _: funding.note(work)),
    Beat("undone", 5.0, 10, lambda work, stopping: referrals.take_back(work, stopping=stopping)),
)
"""The outbox is told within half a second, a hold or a held benefit is let go of within five, a
return that came before its sale is posted within three of it.

A posting is in the transparency log within two seconds, and under a signature within a minute.
"""

TURNS = (
    # A day of any zone begins at a quarter of an hour of UTC.
    Turn(
        "expire_points",
        "1,16,31,46 * * * *",
        lambda work, stopping: clockwork.expire_points(work, stopping=stopping),
    ),
    Turn(
        "mature_points",
        "2,17,32,47 * * * *",
        lambda work, stopping: clockwork.mature_points(work, stopping=stopping),
    ),
    Turn(
        "settle_pending",
        "* * * * *",
        lambda work, stopping: clockwork.settle_pending(work, stopping=stopping),
    ),
    Turn("segments", "* * * * *", lambda work, stopping: segments.refresh(work, stopping=stopping)),
    Turn("sweep", "* * * * *", lambda work, stopping: mergers.sweep(work, stopping=stopping)),
    Turn("pools", "* * * * *", lambda work, stopping: households.sweep(work, stopping=stopping)),
    Turn("offers", "* * * * *", lambda work, _: catalog.refresh(work, whole=True)),
    Turn("exits", "* * * * *", lambda work, _: exits.due(work) + exits.notify(work)),
    Turn("agreements", "* * * * *", lambda work, _: agreements.begin(work)),
    Turn("lapse_disputes", "19 * * * *", lambda work, _: disputes.lapse(work)),
    Turn("roll_up_tiers", "* * * * *", lambda work, _: rollups.fold_tiers(work)),
    Turn("reckon_campaigns", "* * * * *", lambda work, _: rollups.reckon_campaigns(work)),
    Turn("count_members", "*/10 * * * *", lambda work, _: rollups.count_members(work)),
    Turn("exhausted", "* * * * *", lambda work, _: campaigns.note_exhausted(work)),
    Turn("end_campaigns", "9 * * * *", lambda work, _: campaigns.end_past(work)),
    Turn("forget_answers", "17 3 * * *", lambda work, _: idempotency.forget(work)),
    Turn("forget_stock", "57 3 * * *", lambda work, _: stock.forget(work)),
    Turn("forget_proofs", "*/10 * * * *", lambda work, _: credentials.forget_ended(work)),
    Turn("parking_quotes", "* * * * *", lambda work, _: parking.expire_due(work)),
    Turn("forget_parking", "57 3 * * *", lambda work, _: parking.forget(work)),
    Turn("forget_stays", "47 3 * * *", lambda work, _: stays.forget(work)),
    Turn("forget_batches", "7 * * * *", lambda work, _: batches.forget(work)),
    Turn("forget_failures", "27 * * * *", lambda work, _: failures.forget(work)),
    Turn("forget_guesses", "37 * * * *", lambda work, _: guesses.forget(work)),
    Turn(
        "forget_requests",
        "33 * * * *",
        lambda work, stopping: requests.forget(work, stopping=stopping),
    ),
    Turn("forget_uploads", "37 4 * * *", lambda work, _: uploads.forget(work)),
    Turn("forget_mails", "43 * * * *", lambda work, _: mail.forget(work)),
    Turn("forget_authorizations", "53 * * * *", lambda work, _: authorizations.forget(work)),
    Turn("forget_sign_ins", "51 * * * *", lambda work, _: sign_in.forget(work)),
    Turn("forget_codes", "47 * * * *", lambda work, _: member_codes.forget(work)),
    Turn(
        "forget_webhooks",
        "7 4 * * *",
        lambda work, stopping: webhooks.forget(work, stopping=stopping),
    ),
    Turn(
        "forget_events",
        "27 * * * *",
        lambda work, stopping: outbox.forget(work, stopping=stopping),
    ),
)
"""Points mature and end within a quarter of an hour after midnight in the programme's zone."""

_AFTER_FAILURE_S = 5.0
_JOB_THREADS = 4
_STATEMENT_MS = 600_000
_IDLE_MS = 60_000

_log = structlog.get_logger(__name__)


def worker_limits(settings: Settings) -> Settings:
    """Return the settings with the time limits of background work (reliability §4.4)."""
    return replace(
        settings,
        statement_timeout_ms=max(settings.statement_timeout_ms, _STATEMENT_MS),
        idle_timeout_ms=max(settings.idle_timeout_ms, _IDLE_MS),
    )


class Worker:
    """One worker of any number: tells events, does what falls due, until it is asked to stop.

    Args:
        desk: opened with `worker_limits`.
        url: the application's URL of the same database, for the job queue.
        hands: processes that carry out a what-if; more than one needs `open_desk`.
        batch_rows_per_s: the most rows of one partner's batches in a second; 0 for any number.
        office: where letters to members go; without one they wait.
        more: beats besides.
    """

    def __init__(
        self,
        desk: Desk,
        url: str,
        *,
        hands: int = 1,
        open_desk: OpenDesk | None = None,
        batch_rows_per_s: int = 500,
        office: Office | None = None,
        more: Sequence[Beat] = (),
    ) -> None:
        self._desk = desk
        self._url = url
        self._beats = (
            *BEATS,
            Beat("whatif", 2.0, 1, self._try_out),
            Beat("errands", 1.0, 1, self._run_errands),
            Beat("webhooks", 0.5, 1, self._send_webhooks),
            Beat("batches", 0.5, 1, self._carry_batches),
            Beat("imports", 1.0, 1, self._carry_imports),
            *([Beat("mails", 1.0, 1, partial(self._send_mails, office))] if office else []),
            *more,
        )
        self._hands = hands
        self._batch_rows_per_s = batch_rows_per_s
        self._open_desk = open_desk
        self._stopping = threading.Event()
        self._notes = chores.Notes(desk, ACTOR)

    def run(self) -> None:
        """Work until `stop`, SIGTERM or SIGINT; then finish what is begun and return."""
        asyncio.run(self._run())

    def stop(self) -> None:
        """Ask the worker to finish; any thread may."""
        _log.info("worker.stopping")
        self._stopping.set()

    async def _run(self) -> None:
        if threading.current_thread() is threading.main_thread():
            for each in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(each, self.stop)
        # Every beat has a thread of its own, whatever the number of cores; jobs have the others.
        threads = ThreadPoolExecutor(len(self._beats) + _JOB_THREADS, "stoa-worker")
        asyncio.get_running_loop().set_default_executor(threads)
        queue = self._queue()
        async with queue.open_async():
            jobs = asyncio.create_task(self._jobs(queue))
            _log.info("worker.ready")
            await asyncio.gather(*(asyncio.to_thread(self._repeat, beat) for beat in self._beats))
            jobs.cancel()
            with suppress(asyncio.CancelledError):
                await jobs
        _log.info("worker.stopped")

    def _repeat(self, beat: Beat) -> None:
        while not self._stopping.is_set():
            begun = monotonic()
            try:
                with self._desk.work(ACTOR) as work:
                    done = beat.deed(work, self._stopping.is_set)
            except Exception as wrong:  # noqa: BLE001 - the next beat may find the database back
                _log.exception("worker.failed", deed=beat.name)
                self._notes.failed(beat.name, f"{beat.every_s:g}", begun, wrong)
                self._stopping.wait(_AFTER_FAILURE_S)
                continue
            self._notes.did(beat.name, f"{beat.every_s:g}", begun, done)
            if done < beat.full:
                self._stopping.wait(beat.every_s)

    def _try_out(self, _work: Work, stopping: Stopping) -> int:
        # Minutes of reckoning: in processes of their own they leave this one free for its beats.
        return whatif.carry_on(
            self._desk, hands=self._hands, open_desk=self._open_desk, stopping=stopping
        )

    def _run_errands(self, _work: Work, stopping: Stopping) -> int:
        # Partners are asked with no transaction open, and what they say is written by its own.
        return fulfilment.carry_on(self._desk, ACTOR, stopping=stopping)

    def _send_webhooks(self, _work: Work, stopping: Stopping) -> int:
        # Receivers are waited for with no transaction open.
        return webhooks.carry_on(self._desk, ACTOR, stopping=stopping)

    def _carry_batches(self, _work: Work, stopping: Stopping) -> int:
        # A chunk holds its batch, and its rows are posted by works of their own.
        return batches.carry_on(
            self._desk, batching.post, rows_per_s=self._batch_rows_per_s, stopping=stopping
        )

    def _carry_imports(self, _work: Work, stopping: Stopping) -> int:
        # A file is read and posted by works of its own.
        return uploads.carry_on(self._desk, stopping=stopping)

    def _send_mails(self, office: Office, _work: Work, stopping: Stopping) -> int:
        return mail.carry_on(self._desk, ACTOR, office, stopping=stopping)

    async def _jobs(self, queue: App) -> None:
        while True:
            try:
                await queue.run_worker_async(
                    name="stoa",
                    install_signal_handlers=False,
                    delete_jobs="successful",
                    fetch_job_polling_interval=_AFTER_FAILURE_S,
                )
            except ConnectorException:
                _log.exception("worker.failed", deed="jobs")
            await asyncio.sleep(_AFTER_FAILURE_S)

    def _queue(self) -> App:
        """Return the job queue with every turn on it."""
        url = make_url(self._url).set(drivername="postgresql")
        queue = App(
            connector=PsycopgConnector(
                conninfo=url.render_as_string(hide_password=False),
                kwargs={"options": f"-c role={APP_ROLE}", "application_name": "stoa-jobs"},
                min_size=1,
                max_size=4,
            )
        )
        for turn in TURNS:
            self._put(queue, turn)

        @queue.periodic(cron="*/10 * * * *")
        @queue.task(name="bury", queueing_lock="bury")
        async def bury(timestamp: int) -> None:  # noqa: ARG001 - every periodic task is given it
            """End the jobs of workers that were killed; their next time comes anyway."""
            for job in await queue.job_manager.get_stalled_jobs():
                await queue.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)
            await queue.job_manager.delete_old_jobs(nb_hours=72, include_failed=True)

        return queue

    def _put(self, queue: App, turn: Turn) -> None:
        @queue.task(name=turn.name, queueing_lock=turn.name)
        def take(timestamp: int) -> None:
            begun = monotonic()
            soon = periodic.croniter.get_next(float, start_time=timestamp + 1)
            next_at = datetime.fromtimestamp(soon, UTC)
            try:
                with self._desk.work(ACTOR) as work:
                    done = turn.deed(work, self._stopping.is_set)
            except Exception as wrong:
                self._notes.failed(turn.name, turn.cron, begun, wrong, next_at)
                raise
            self._notes.did(turn.name, turn.cron, begun, done, next_at)
            if done:
                _log.info("worker.did", deed=turn.name, count=done)

        periodic = queue.periodic_registry.register_task(
            task=take, cron=turn.cron, periodic_id="", configure_kwargs={}
        )
