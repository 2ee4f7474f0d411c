"""The overview: its first byte with many members and postings against few.

Members, wallets, transactions and postings are there in full; what the page reads is added up from
them by one statement a table, as the worker's batches would have left it. Days of single members
and places in the log, which no page reads, are left out.
"""

import re
import secrets
import time
from dataclasses import replace

from flask.testing import FlaskClient

from bench.ground import Ground
from stoa.app import create_app
from stoa.services import rollups, staff
from stoa.work import Actor

_EMAIL, _PASSWORD = "bench@example.org", "a long word for the bench"
_ID = "('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid"
_DEED = "('00000000-0000-7001-8000-' || lpad((n * 1000 + k)::text, 12, '0'))::uuid"
_WHERE = "(ARRAY[{partners}]::uuid[])[1 + (n * 7 + k * 13) % {count}]"
_DAY = "current_date - ((n * 31 + k * 67) % 365)::int"
_LEDGER = f"""
INSERT INTO transactions (member_id, id, kind, currency, partner_id, subject_id, reference,
       business_date, occurred_at, recorded_at, first_seq, actor, reason_code, explanation)
SELECT {_ID}, {_DEED}, 'earn', 'STAR', {_WHERE}, {_DEED}, '', {_DAY}, now(), now(), 2 * k - 1,
       'bench', '', '{{{{}}}}'
  FROM generate_series({{first}}, {{last}}) AS n CROSS JOIN generate_series(1, {{each}}) AS k;
INSERT INTO postings (member_id, currency, seq, transaction_id, points, balance, account,
       partner_id, payer_id, reason, price, available_on, expires_on)
SELECT {_ID}, 'STAR', 2 * k - 1 + side, {_DEED}, CASE side WHEN 0 THEN 10 ELSE -4 END, 6,
       CASE side WHEN 0 THEN 'issued' ELSE 'burned' END, {_WHERE}, {_WHERE}, '', 0.012,
       CASE side WHEN 0 THEN current_date END, CASE side WHEN 0 THEN current_date + 90 END
  FROM generate_series({{first}}, {{last}}) AS n CROSS JOIN generate_series(1, {{each}}) AS k
 CROSS JOIN generate_series(0, 1) AS side;
"""
_SUMS = """
INSERT INTO positions
SELECT p.currency, p.account, p.partner_id, p.payer_id, t.business_date, sum(p.points),
       coalesce(sum(p.points) FILTER (WHERE p.points > 0), 0), count(*)
  FROM postings p JOIN transactions t ON t.member_id = p.member_id AND t.id = p.transaction_id
 GROUP BY 1, 2, 3, 4, 5;
INSERT INTO activity_days
SELECT partner_id, day, coalesce(before, '0001-01-01'), count(*)
  FROM (SELECT member_id, partner_id, day,
               lag(day) OVER (PARTITION BY member_id, partner_id ORDER BY day) AS before
          FROM (SELECT DISTINCT t.member_id, each.id AS partner_id, t.business_date AS day
                  FROM transactions t CROSS JOIN LATERAL (VALUES (t.partner_id),
                       ('00000000-0000-0000-0000-000000000000'::uuid)) AS each (id)) AS d) AS w
 GROUP BY 1, 2, 3;
INSERT INTO cross_days
SELECT 'STAR', 'CNY', p.business_date, other.id, p.partner_id, 1, 0.01, 1
  FROM (SELECT DISTINCT business_date, partner_id FROM positions) AS p
 CROSS JOIN (SELECT DISTINCT partner_id AS id FROM positions) AS other;
INSERT INTO expiring_days
SELECT currency, expires_on, sum(points) FROM postings WHERE expires_on IS NOT NULL GROUP BY 1, 2;
VACUUM ANALYZE
"""
_STEP = 50_000
_PARTNERS = 12  # every one of them has sales on every day, also among few postings


def fill(ground: Ground, *, postings: int) -> float:
    """Write so many postings, and what the page reads of them; return the seconds it took."""
    began = time.perf_counter()
    each = max(postings // ground.members // 2, 1)
    members = min(ground.members, postings // (2 * each))
    chosen = ground.partner_ids[:_PARTNERS]
    partners = ", ".join(f"'{each}'" for each in chosen)
    text = _LEDGER.replace("{partners}", partners).replace("{count}", str(len(chosen)))
    for first in range(1, members + 1, _STEP):
        last = min(first + _STEP - 1, members)
        ground.run(text.format(first=first, last=last, each=each).replace("%", "%%"))
    for statement in _SUMS.split(";"):
        ground.run(statement)
    desk = ground.desk()
    with desk.work(Actor("worker")) as work:
        rollups.count_members(work)
    desk.close()
    return time.perf_counter() - began


def visitor(ground: Ground) -> FlaskClient:
    """Return a client of the whole app who is signed in as an operator."""
    desk = ground.desk(connections=2)
    with desk.work(Actor("cli")) as work:
        staff.hire(work, _EMAIL, "Bench", role="admin", password=_PASSWORD)
    settings = replace(
        ground.settings,
        database_url=ground.url,
        second_factor_roles=(),
        secret_key=secrets.token_hex(32),
    )
    client = create_app(settings, desk=desk).test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/admin/sign-in").text)
    form = {"csrf_token": token[1] if token else "", "email": _EMAIL, "password": _PASSWORD}
    answer = client.post("/admin/sign-in", data=form)
    if answer.status_code != 303:
        raise RuntimeError(answer.text)
    return client


def page_ms(client: FlaskClient, *, span: str, count: int = 20) -> float:
    """Return the median milliseconds of the page, which leaves the server in one piece."""
    took = []
    for _ in range(count):
        began = time.perf_counter()
        answer = client.get(f"/admin/?span={span}")
        took.append((time.perf_counter() - began) * 1000)
        if answer.status_code != 200 or "days-table" not in answer.text:
            raise RuntimeError(answer.text)
    return sorted(took)[count // 2]
