"""Growth: what an earn and a member's history page cost when the ledger is ten times larger.

The postings are made by the ledger's own function, called set-wise, so that tables and indexes have
the shape that years of service give them: members in random order, days in order.
"""

import itertools
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from bench.ceiling import FACTS, LINE, TENDER, WHY
from bench.ground import Ground, member_id
from stoa.services import ledger
from stoa.work import Actor

_FILL = """
DO $$
DECLARE n bigint; days integer;
BEGIN
  PERFORM setseed({seed});
  FOR i IN {start}..{stop} LOOP
    days := i::bigint * 700 / {last};
    n := 1 + {lane} + {lanes} * floor(random() * ({members} / {lanes}));
    PERFORM stoa_earn(
      ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'STAR', now(),
      '{partner}', '{store}', uuidv7()::text, '\\x000102030405060708090a0b0c0d0e0f'::bytea, false,
      uuidv7(), 'posted', 't1', i::text, (date '2024-01-01' + days), now(),
      'CNY', 8800, '{line}', '{tender}', 'client', '{why}', 96, '{{88,8}}',
      '{{base,tier_uplift}}', ARRAY['{partner}', NULL]::uuid[], 0.012, current_date, false,
      date_trunc('month', current_date + days)::date + 60, uuidv7(), '{facts}');
  END LOOP;
END $$
"""


def fill(
    ground: Ground, *, start: int, stop: int, last: int, told: Callable[[int, int], None]
) -> None:
    """Post purchases number `start` to `stop`, two postings each, on four connections.

    Each connection has members of its own, so that none waits for another.
    """
    step = 5_000
    lanes = 4
    chunks = list(range(start, stop, step))
    done = itertools.count(1)

    def run(lane: int) -> None:
        for first in chunks[lane::lanes]:
            text = _FILL.format(
                seed=random.Random(first).random(), start=first, stop=min(first + step, stop) - 1,
                members=ground.members, partner=ground.partner_ids[0], store=ground.store_ids[0],
                last=last, lane=lane, lanes=lanes, line=LINE, tender=TENDER, why=WHY, facts=FACTS,
            )  # fmt: skip
            ground.run(text.replace("%", "%%"))
            told(next(done), len(chunks))

    with ThreadPoolExecutor(lanes) as pool:
        list(pool.map(run, range(lanes)))
    ground.run("DELETE FROM outbox")
    ground.run("VACUUM ANALYZE")
    ground.run("CHECKPOINT")


def page_seconds(ground: Ground, *, count: int = 3000) -> tuple[float, float]:
    """Return the seconds of one history page and of one balance, of random members."""
    desk = ground.desk()
    chance = random.Random(7)
    ids = [member_id(chance.randint(1, ground.members)) for _ in range(count)]
    with desk.work(Actor("bench")) as work:
        for each in ids[:200]:
            ledger.history(work, each, "STAR")
            ledger.balance_of(work, each, "STAR")
        began = time.perf_counter()
        for each in ids:
            ledger.history(work, each, "STAR")
        middle = time.perf_counter()
        for each in ids:
            ledger.balance_of(work, each, "STAR")
        end = time.perf_counter()
    desk.close()
    return (middle - began) / count, (end - middle) / count
