"""Delivering: claim what is due, send it with no transaction open, settle what came of it.

Any number of workers may do this side by side. One that is killed after the receiver had said 2xx
leaves a lease that ends, and the event is sent again under the same id (WHK-09).
"""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from time import monotonic_ns

from stoa.egress import SendingError
from stoa.services.webhooks import feed
from stoa.services.webhooks.claiming import Letter, claim
from stoa.services.webhooks.settling import Heard, settle
from stoa.services.webhooks.signing import headers_of
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk

__all__ = ["EACH", "HANDS", "WITHIN_MS", "carry_on"]

HANDS = 32
"""How many requests of one worker are under way at once."""

EACH = 5
"""How many of them are claimed for one endpoint at a time; twice that may be under way."""

WITHIN_MS = 15_000
"""How long a receiver may take, from its name's lookup to the last byte."""

_PAUSE_MS = 250


def carry_on(
    desk: Desk,
    actor: Actor,
    *,
    stopping: Callable[[], bool] = lambda: False,
    hands: int = HANDS,
    within_ms: int = WITHIN_MS,
) -> int:
    """Send all that is due, until nothing is; return how many requests were made.

    A receiver that hangs keeps its own streams waiting and nobody else's.

    Args:
        actor: who stands in what is written.
        stopping: asked before each claim; what is under way is then waited for.
        hands: how many requests are under way at once.
        within_ms: how long one may take.
    """
    under_way: dict[Future[Heard], Letter] = {}
    done = 0
    with ThreadPoolExecutor(hands, "stoa-webhook") as threads:
        while True:
            claimed: list[Letter] = []
            if len(under_way) < hands and not stopping():
                claimed = _claim(desk, actor, under_way, free=hands - len(under_way))
            for letter in claimed:
                under_way[threads.submit(_send, desk, letter, within_ms)] = letter
            if not under_way:
                return done
            ready, _ = wait(under_way, _PAUSE_MS / 1000, return_when=FIRST_COMPLETED)
            if ready:
                for each in ready:
                    del under_way[each]
                with desk.work(actor) as work:
                    settle(work, [each.result() for each in ready])
                done += len(ready)


def _claim(
    desk: Desk, actor: Actor, under_way: dict[Future[Heard], Letter], *, free: int
) -> list[Letter]:
    with desk.work(actor) as work:
        feed.arrange(work)
    held = Counter(letter.endpoint_id for letter in under_way.values())
    away = [endpoint for endpoint, count in held.items() if count >= EACH]
    with desk.work(actor) as work:
        return claim(work, limit=free, each=EACH, away=away, late=list(held))


def _send(desk: Desk, letter: Letter, within_ms: int) -> Heard:
    at, start = desk.clock(), monotonic_ns()
    body = letter.body.encode()
    headers = headers_of(
        public_id("evt", letter.event_id),
        body,
        at=desk.wall(),
        seq=letter.seq,
        secrets=letter.secrets,
    )
    reply, wrong = None, None
    try:
        reply = desk.egress.post(letter.url, body, headers=headers, within_s=within_ms / 1000)
    except SendingError as told:
        wrong = told
    return Heard(letter, at, (monotonic_ns() - start) // 1_000_000, reply, wrong)
