"""Rounds: claim what is due, ask, and settle what was heard, of all partners side by side."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from stoa.services import identity, partners
from stoa.services.fulfilment.asking import Asked, Asking, Question
from stoa.services.fulfilment.claiming import Errand, claim
from stoa.services.fulfilment.settling import settle
from stoa.work import Actor, Desk, Work

__all__ = ["DEADLINE_MS", "EACH", "HANDS", "carry_on"]

DEADLINE_MS = 30_000
"""How long a plugin is waited for."""

HANDS = 32
"""How many plugins one worker asks at once."""

EACH = 4
"""How many of them one partner's."""

_PAUSE_MS = 250
_IN_A_ROW = 3
_SOONEST, _LATEST = timedelta(seconds=10), timedelta(minutes=5)


@dataclass(slots=True)
class _Rest:
    """A partner that failed several times in a row is left alone a while, then asked one thing."""

    failures: int = 0
    until: datetime | None = None

    def heard(self, now: datetime, *, well: bool) -> None:
        self.failures = 0 if well else self.failures + 1
        self.until = None
        if self.failures >= _IN_A_ROW:
            times = 2 ** min(self.failures - _IN_A_ROW, 10)
            self.until = now + min(_SOONEST * times, _LATEST)


@dataclass(slots=True)
class _Round:
    asking: Asking
    rests: dict[UUID, _Rest] = field(default_factory=dict)

    def away(self, now: datetime) -> list[UUID]:
        """Return the partners that rest, or hold as many threads as they may."""
        resting = [who for who, rest in self.rests.items() if rest.until and rest.until > now]
        tried = [who for who, rest in self.rests.items() if rest.until and self.asking.at(who)]
        return [*resting, *tried, *self.asking.busy(EACH)]

    def heard(self, asked: Asked, now: datetime) -> None:
        rest = self.rests.setdefault(asked.errand.provider_id, _Rest())
        rest.heard(now, well=not asked.wrong)


def carry_on(
    desk: Desk,
    actor: Actor,
    *,
    stopping: Callable[[], bool] = lambda: False,
    deadline_ms: int = DEADLINE_MS,
    hands: int = HANDS,
) -> int:
    """Ask about all that is due, until nothing is; return how many errands were asked about.

    A partner that hangs or fails is asked less and less, and keeps nobody else waiting.

    Args:
        actor: who stands in what is written.
        stopping: asked before each claim; what is being asked about is then waited for.
        deadline_ms: how long a plugin is waited for; below `LEASE`.
        hands: how many are asked at once.
    """
    memo = _memo(desk, actor, deadline_ms)
    asking, done = memo.asking, 0
    heard = asking.answers(0)  # of those that nobody waited for any more
    while True:
        for asked in heard:
            memo.heard(asked, desk.clock())
            settle(desk, actor, asked)
            done += 1
        free = hands - asking.waiting()
        if free > 0 and not stopping():
            with desk.work(actor) as work:
                claimed = claim(work, limit=free, each=EACH, away=memo.away(work.now()))
                for errand in claimed:
                    asking.ask(_question(work, errand))
        heard = asking.answers(_PAUSE_MS)
        if not heard and not asking.waiting():
            return done


def _memo(desk: Desk, actor: Actor, deadline_ms: int) -> _Round:
    with desk.work(actor) as work:
        memo: _Round = work.memo.setdefault(
            ("errands", deadline_ms), _Round(Asking(work.plugins, deadline_ms))
        )
    return memo


def _question(work: Work, errand: Errand) -> Question:
    terms = partners.terms(work, errand.provider_id, version=-1)
    ref = identity.member_ref(terms.ref_key, errand.buyer_id)
    order = errand.order(member=ref, currency=work.programme.money_currency)
    return Question(errand, terms.plugin, order, dict(terms.settings))
