"""One unit of work: a transaction with its session, plugins, clock and actor.

A work that never opens its session sends each statement as a transaction of its own: that is how
the hot paths read once and write once. A work that opened its session does everything in that one
transaction, which commits when the work ends well.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import wraps
from typing import Any, Concatenate, LiteralString, ParamSpec, TypeVar, cast
from uuid import UUID

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, PoolProxiedConnection, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from stoa.egress import Egress
from stoa.models import NOBODY
from stoa.models.outbox import OutboxEvent
from stoa.plugins import Plugins
from stoa.statements import Line
from stoa.values.identifiers import new_uuid
from stoa.values.periods import local_day

__all__ = [
    "EVERYWHERE",
    "Actor",
    "Clock",
    "Desk",
    "Key",
    "Programme",
    "Work",
    "alliance_wide",
    "system_clock",
]

Given = ParamSpec("Given")
T = TypeVar("T")

EVERYWHERE = "*"
"""The reach of the operator's people, the worker and the command line: all partners' rows."""

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Return the present instant, aware, UTC; the one place that reads the machine's clock."""
    return datetime.now(UTC)


_OF_PARTNERS = ("client", "member", "till")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a partner's client, a person of the staff, the worker, or the command line.

    Attributes:
        name: stored with every transaction: ``client:cli_…``, ``staff:stf_…``, ``worker``, ``cli``.
        partner_id: the partner whose data the actor may touch; ``None`` for the operator's people.
        scopes: what an OAuth token allows.
        member_id: the member for whom alone the actor may act: one who signed in at the partner.
    """

    name: str
    partner_id: UUID | None = None
    scopes: frozenset[str] = frozenset()
    member_id: UUID | None = None

    def __post_init__(self) -> None:
        """Refuse nobody, and a partner's caller without its partner.

        Raises:
            ValueError: there is no name, or it says that a partner asks and not which one.
        """
        kind = self.name.partition(":")[0]
        if not kind or (kind in _OF_PARTNERS and self.partner_id is None):
            raise ValueError(f"an actor {self.name!r} acts for no partner")

    @property
    def is_operators_person(self) -> bool:
        """Whether a person of the operator acts: no machine, and nobody of a partner."""
        return self.name.startswith("staff:") and self.partner_id is None

    @property
    def reach(self) -> str:
        """What row-level security lets the actor see: a partner's rows, or all of them."""
        return EVERYWHERE if self.partner_id is None else str(self.partner_id)


@dataclass(frozen=True, slots=True)
class Key:
    """An idempotency key with the fingerprint of its request (the first 16 bytes of a SHA-256)."""

    value: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Programme:
    """What holds for the whole alliance: its points, its money, the zone in which points expire.

    A member gives away at most `transfer_daily_points` a day.
    One person may adjust `adjustment_limit` points alone for a member on a day, and let a rule hold
    alone whose budget is at most `budget_limit` points; a rule holds `rule_delay_s` after that.
    `log_origin` is the name under which the transparency log signs. Partners' requests are kept
    `request_log_days`.
    """

    currency: str
    money_currency: str
    zone: str
    hold_ttl_s: int
    transfer_daily_points: int = 100_000
    log_origin: str = "localhost/log"
    adjustment_limit: int = 5_000
    rule_delay_s: int = 0
    budget_limit: int = 100_000
    request_log_days: int = 7


@dataclass(slots=True)
class Work:
    """What a deed needs; every function of `stoa.services` takes one first.

    `egress` checks where a request may go; none is sent while a transaction is open.
    `memo` outlives the work: deeds keep there what seldom changes, with the version they read.
    """

    actor: Actor
    plugins: Plugins
    programme: Programme
    clock: Clock
    memo: dict[Any, Any]
    egress: Egress
    _hot: Engine
    _cold: Engine
    reach: str
    _session: Session | None = field(default=None)
    _lent: PoolProxiedConnection | None = field(default=None)

    @property
    def session(self) -> Session:
        """The ORM session of this work's transaction, opened when first asked for."""
        if self._session is None:
            self._session = _Session(self._cold, expire_on_commit=False, info={"work": self})
        return self._session

    def now(self) -> datetime:
        """Return the present instant."""
        return self.clock()

    def today(self) -> date:
        """Return the present day in the programme's zone, by which points expire."""
        return local_day(self.clock(), self.programme.zone)

    def rows(
        self, statement: LiteralString, values: Sequence[Any] | Mapping[str, Any] = ()
    ) -> Sequence[Any]:
        """Send one statement to the driver (``%s`` or ``%(name)s``); return its rows.

        It joins the session's transaction where there is one, and is its own otherwise.
        On its own it goes from the pool's connection straight to libpq: what SQLAlchemy and a
        cursor put around it costs more than the statement's round trip (``make bench``).

        Raises:
            sqlalchemy.exc.DBAPIError: whatever the driver raised, as ``orig``.
        """
        if self._session is not None:
            return self._session.connection().exec_driver_sql(statement, values or None).all()
        try:
            if self._lent is None:
                self._lent = self._hot.raw_connection()
            return _line_of(self._lent).rows(statement, values, self.reach)
        except psycopg.Error as wrong:
            if self._lent is not None and _line_of(self._lent).closed:
                self._lent.invalidate(wrong)
                self.hang_up()
                self._hot.dispose()  # what ended this one has ended its idle neighbours too
            raise DBAPIError.instance(
                statement, values, wrong, psycopg.Error, dialect=self._hot.dialect
            ) from wrong

    @contextmanager
    def on_behalf(self, actor: Actor) -> Iterator[None]:
        """Act for somebody who asked earlier: what is done meanwhile is theirs."""
        mine, self.actor = self.actor, actor
        with self._seeing(actor.reach):
            try:
                yield
            finally:
                self.actor = mine

    @contextmanager
    def _seeing(self, reach: str) -> Iterator[None]:
        before = self._see(reach)
        try:
            yield
        finally:
            self._see(before)

    def _see(self, reach: str) -> str:
        """See a partner's rows, or all, from here on; return what was seen before."""
        before, self.reach = self.reach, reach
        session = self._session
        if session is not None and session.in_transaction() and reach != before:
            _see(session.connection(), reach)
        return before

    def apart(self) -> AbstractContextManager[object]:
        """Return a savepoint for a statement that may be refused, where there is a transaction.

        What is refused then leaves the transaction as it was, and it may go on.
        """
        return self._session.begin_nested() if self._session is not None else nullcontext()

    def hang_up(self) -> None:
        """Give the connection of single statements back; the next one takes another."""
        if self._lent is not None:
            self._lent.close()
            self._lent = None

    def record(
        self, topic: str, facts: dict[str, Any], *, member_id: UUID | None, partner_id: UUID | None
    ) -> None:
        """Put an event into the outbox of this work's transaction."""
        self.session.add(
            OutboxEvent(
                member_id=member_id or NOBODY,
                id=new_uuid(),
                topic=topic,
                partner_id=partner_id,
                at=self.now(),
                facts=facts,
                state="new",
                attempts=0,
            )
        )


def alliance_wide(
    deed: Callable[Concatenate[Work, Given], T],
) -> Callable[Concatenate[Work, Given], T]:
    """Let a deed see what a member did at all partners: where the alliance itself reckons.

    Tiers, campaigns, limits and free hours count purchases of anywhere. What comes of it may be
    told to a partner; the rows themselves never (`adr/0012-rows-know-their-partner.md`).
    """

    @wraps(deed)
    def done(work: Work, /, *args: Given.args, **more: Given.kwargs) -> T:
        before = work._see(EVERYWHERE)  # noqa: SLF001 - the work's own module
        try:
            return deed(work, *args, **more)
        finally:
            work._see(before)  # noqa: SLF001

    return done


class Desk:
    """Where works are opened: one a process, with its engines, plugins, clock and programme.

    Requests to partners leave by `egress`, by default one that is open to public hosts only.
    `wall` is the clock of everybody else, by which what leaves the house is dated; a sandbox, whose
    own clock may be ahead of it, is the only place where it is another one than `clock`.
    """

    def __init__(
        self,
        *,
        hot: Engine,
        cold: Engine,
        plugins: Plugins,
        programme: Programme,
        clock: Clock = system_clock,
        egress: Egress | None = None,
        wall: Clock | None = None,
    ) -> None:
        self.plugins = plugins
        self.programme = programme
        self.clock = clock
        self.wall = wall or clock
        self.egress = egress or Egress()
        self._memo: dict[Any, Any] = {}
        self._hot = hot
        self._cold = cold

    @contextmanager
    def work(self, actor: Actor) -> Iterator[Work]:
        """Open a work; commit at its end, or roll back when a refusal or a fault leaves it."""
        work = Work(
            actor,
            self.plugins,
            self.programme,
            self.clock,
            self._memo,
            self.egress,
            self._hot,
            self._cold,
            actor.reach,
        )
        try:
            yield work
            if work._session is not None:  # noqa: SLF001 - the desk owns its works
                work._session.commit()  # noqa: SLF001
        finally:
            work.hang_up()
            if work._session is not None:  # noqa: SLF001
                work._session.close()  # noqa: SLF001

    def real(self) -> "Desk":
        """Return this desk by the clock on the wall: for credentials, whose other end goes by it.

        It shares everything else; where the two clocks are one, it is the desk itself.
        """
        if self.wall is self.clock:
            return self
        return Desk(
            hot=self._hot, cold=self._cold, plugins=self.plugins, programme=self.programme,
            clock=self.wall, egress=self.egress,
        )  # fmt: skip

    def close(self) -> None:
        """Let go of every connection, and of every process of a plugin."""
        self.plugins.close()
        self.hang_up()

    def hang_up(self) -> None:
        """Let go of every connection; the next work opens others."""
        self._hot.dispose()
        self._cold.dispose()


class _Session(Session):
    """A session whose every transaction is told first what it may see."""


@event.listens_for(_Session, "after_begin")
def _begin(session: Session, _transaction: object, connection: Connection) -> None:
    _see(connection, session.info["work"].reach)


def _see(connection: Connection, reach: str) -> None:
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    if driver.info.transaction_status != TransactionStatus.INERROR:
        # No query: what has to be said before the first one may still follow.
        connection.exec_driver_sql(f"SET LOCAL stoa.partner = '{reach}'")


def _line_of(lent: PoolProxiedConnection) -> Line:
    """Return the line of a connection; it stays with the connection as long as that lives."""
    line: Line | None = lent.info.get("stoa.line")
    if line is None:
        line = lent.info["stoa.line"] = Line(
            cast("psycopg.Connection[Any]", lent.driver_connection)
        )
    return line
