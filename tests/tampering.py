"""What a database's owner can do to the ledger and its log, and what has to be said of it first."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from logs import WORKER, Owner, a_busy_day, earn, sign
from stoa.services import log
from stoa.services.log import Finding, findings
from stoa.services.log.findings import FORGED_KEY, REWRITTEN
from stoa.services.log.notes import SIGNATURE, Vkey
from stoa.work import Desk
from world import Coalition

__all__ = ["TAMPERS", "Tamper", "a_long_log", "find", "trial", "undone"]

TABLES = (
    "postings", "transactions", "log_entries", "log_heads", "log_tiles", "log_checkpoints",
    "log_keys", "log_witnesses", "log_cosignatures",
)  # fmt: skip
_FILL = """
INSERT INTO wallets SELECT md5(w::text)::uuid, 'STAR', 1200, 0, 0, 0, 60, now()
  FROM generate_series(1, 5) w;
INSERT INTO transactions
SELECT md5(w::text)::uuid, md5(w || '-' || n)::uuid, 'earn', 'STAR', '{p}', '{p}', null, 'R-' || n,
       '2026-05-01', now(), now() + n * interval '1 s', n, 'client', 'purchase',
       '{{"lines": [{{"arithmetic": "20.00 at 1", "share": 0.5}}]}}'
  FROM generate_series(1, 60) n, generate_series(1, 5) w;
INSERT INTO postings (member_id, currency, seq, transaction_id, points, balance, account,
       partner_id, payer_id, reason, price, available_on, expires_on)
SELECT md5(w::text)::uuid, 'STAR', n, md5(w || '-' || n)::uuid, 20, 20 * n, 'issued', '{p}', '{p}',
       'base', 0.01, '2026-05-01', '2027-05-31'
  FROM generate_series(1, 60) n, generate_series(1, 5) w;
"""
SIZE = 316
"""How many entries `a_long_log` has."""

_OF = (
    "(member_id, currency, seq) ="
    " (SELECT member_id, currency, seq FROM log_entries WHERE place = {})"
)
_FORGED = Vkey("localhost/log", SIGNATURE, bytes(range(32))).text
_CUT_TILE = """
UPDATE log_tiles SET hashes = substring(hashes FOR 32 * 56) WHERE level = 0 AND index = 1
"""
_SPOILT_NOTE = """
UPDATE log_checkpoints SET note = overlay(note placing
    CASE substr(note, length(note) - 20, 1) WHEN 'A' THEN 'B' ELSE 'A' END
    from length(note) - 20 for 1) WHERE size = 316
"""
_FORGE = f"""
INSERT INTO log_keys SELECT '{_FORGED}', private_key, null, created_at + interval '1 s', null
  FROM log_keys
"""
_EXPLAINED = """
UPDATE transactions SET explanation = jsonb_set(explanation, '{{lines,0,share}}', '"0.5"') WHERE {}
"""
_INSERT = """
INSERT INTO postings SELECT (jsonb_populate_record(p, '{{"seq": 0}}')).* FROM postings p WHERE {}
"""
_SECOND_FIRST = """
UPDATE postings p SET seq = 1 FROM (SELECT member_id FROM log_entries WHERE place = 10) AS e
 WHERE p.member_id = e.member_id AND p.seq = 2
"""
_RETIRE = f"""
UPDATE log_keys SET retired_at = now(), private_key = null WHERE vkey <> '{_FORGED}'
"""


def a_long_log(coalition: Coalition, owner: Owner) -> None:
    """Log 316 postings under checkpoints of 10, 310 and 316 entries."""
    members = a_busy_day(coalition)
    sign(coalition.desk)
    owner.do(_FILL.format(p=coalition.grocery))
    sign(coalition.desk)
    for turn in range(6):
        earn(coalition, members[turn % 3])
    sign(coalition.desk)


def find(desk: Desk, *, checkpoint: str | None = None) -> list[Finding]:
    """Look for tampering."""
    with desk.work(WORKER) as work:
        return log.find_tampering(work, checkpoint=checkpoint)


@contextmanager
def undone(owner: Owner) -> Iterator[None]:
    """Undo, at the end, whatever the block did to the ledger and the log."""
    owner.do("CREATE SCHEMA saved", *(f"CREATE TABLE saved.{t} AS TABLE {t}" for t in TABLES))
    yield
    owner.do(
        *(f"TRUNCATE {t}" for t in TABLES),
        *(f"INSERT INTO {t} SELECT * FROM saved.{t}" for t in TABLES),
        "DROP SCHEMA saved CASCADE",
    )


@dataclass(frozen=True)
class Tamper:
    """Something done, the check that has to find it, and the entry it has to name first."""

    statements: tuple[str, ...]
    check: str
    names: str


def _at(place: int) -> str:
    return _OF.format(place)


def _transaction_at(place: int) -> str:
    return f"(member_id, id) = (SELECT member_id, transaction_id FROM postings WHERE {_at(place)})"


def _flip(column: str, byte: int) -> str:
    return f"{column} = set_byte({column}, {byte}, get_byte({column}, {byte}) # 1)"


TAMPERS = {
    "a posting with a point more": Tamper(
        (f"UPDATE postings SET points = points + 1 WHERE {_at(24)}",), findings.EDITED, "entry 24,"
    ),
    "a balance that was another": Tamper(
        (f"UPDATE postings SET balance = balance + 1 WHERE {_at(100)}",),
        findings.EDITED,
        "entry 100,",
    ),
    "a posting of the unread tail": Tamper(
        (
            f"UPDATE postings SET reason = 'else' WHERE {_at(313)}",
            "DELETE FROM log_checkpoints WHERE size = 316",
        ),
        findings.EDITED,
        "entry 313,",
    ),
    "two postings edited": Tamper(
        (
            f"UPDATE postings SET points = points + 1 WHERE {_at(200)}",
            f"UPDATE postings SET points = points + 1 WHERE {_at(50)}",
        ),
        findings.EDITED,
        "entry 50,",
    ),
    "a transaction of another store": Tamper(
        (f"UPDATE transactions SET store_id = gen_random_uuid() WHERE {_transaction_at(105)}",),
        findings.EDITED,
        "entry 105,",
    ),
    "an explanation with another digit": Tamper(
        (_EXPLAINED.format(_transaction_at(150)),), findings.EDITED, "entry 150,"
    ),
    "a posting deleted": Tamper(
        (f"DELETE FROM postings WHERE {_at(17)}",), findings.DELETED, "entry 17:"
    ),
    "the last posting deleted": Tamper(
        (f"DELETE FROM postings WHERE {_at(315)}",), findings.DELETED, "entry 315:"
    ),
    "a transaction deleted": Tamper(
        (f"DELETE FROM transactions WHERE {_transaction_at(120)}",), findings.DELETED, "entry 120:"
    ),
    "a posting inserted": Tamper(
        (_INSERT.format(_at(30)),), findings.INSERTED, "posting 0 of transaction"
    ),
    "two entries swapped": Tamper(
        (
            "UPDATE log_entries SET place = -1 WHERE place = 60",
            "UPDATE log_entries SET place = 60 WHERE place = 61",
            "UPDATE log_entries SET place = 61 WHERE place = -1",
        ),
        findings.REORDERED,
        "entry 60: what stands there was signed for place 61",
    ),
    "two postings of a wallet swapped": Tamper(
        (
            f"UPDATE postings SET seq = -1 WHERE {_at(10)}",
            _SECOND_FIRST,
            "UPDATE postings SET seq = 2 WHERE seq = -1",
        ),
        findings.EDITED,
        "entry 10,",
    ),
    "an entry taken out of the log": Tamper(
        ("DELETE FROM log_entries WHERE place = 77",), findings.ENTRY_EDITED, "entry 77:"
    ),
    "the end of the log cut off": Tamper(
        ("DELETE FROM log_entries WHERE place >= 312",), findings.TRUNCATED, "entry 312 is"
    ),
    "the end of the log cut off with its tiles": Tamper(
        (
            "DELETE FROM log_entries WHERE place >= 312",
            _CUT_TILE,
        ),
        findings.TRUNCATED,
        "entry 312 is",
    ),
    "the end cut off with tiles, heads and checkpoints, and no posting": Tamper(
        (
            "DELETE FROM log_entries WHERE place >= 312",
            _CUT_TILE,
            "DELETE FROM log_checkpoints WHERE size > 312",
        ),
        findings.TRUNCATED,
        "its head says",
    ),
    "a seal beside an entry": Tamper(
        (f"UPDATE log_entries SET {_flip('sealed', 3)} WHERE place = 40",),
        findings.ENTRY_EDITED,
        "entry 40:",
    ),
    "a head taken away": Tamper(
        ("DELETE FROM log_heads WHERE member_id = md5('3')::uuid",),
        findings.ENTRY_EDITED,
        "the head of its wallet is gone",
    ),
    "a blind of another wallet": Tamper(
        (f"UPDATE log_heads SET {_flip('blind', 0)} WHERE member_id = md5('1')::uuid",),
        findings.EDITED,
        "posting 1:",
    ),
    "a hash in a tile": Tamper(
        (f"UPDATE log_tiles SET {_flip('hashes', 32 * 9)} WHERE level = 0 AND index = 0",),
        findings.TILE_EDITED,
        "entry 9:",
    ),
    "a hash in a tile above": Tamper(
        (f"UPDATE log_tiles SET {_flip('hashes', 0)} WHERE level = 1",),
        findings.TILE_EDITED,
        "tile 0 of level 1",
    ),
    "a tile taken away": Tamper(
        ("DELETE FROM log_tiles WHERE level = 0 AND index = 1",), findings.TILE_EDITED, "entry 256:"
    ),
    "a root beside its checkpoint": Tamper(
        (f"UPDATE log_checkpoints SET {_flip('root', 0)} WHERE size = 310",),
        REWRITTEN,
        "the checkpoint of 310 entries",
    ),
    "a checkpoint of another size": Tamper(
        ("UPDATE log_checkpoints SET size = 309 WHERE size = 310",),
        REWRITTEN,
        "the checkpoint of 309 entries",
    ),
    "a letter in a signature": Tamper(
        (_SPOILT_NOTE,),
        REWRITTEN,
        "the checkpoint of 316 entries",
    ),
    "a key that nobody named": Tamper(
        (
            _FORGE,
            _RETIRE,
        ),
        FORGED_KEY,
        "does not name it",
    ),
}
"""Each is done to `a_long_log`, alone."""


def trial(desk: Desk, owner: Owner, *names: str) -> list[str]:
    """Do the tampers of these names, or all, and undo them; tell what was not said as it should."""
    wrong = [f"nothing was done: {each}" for each in find(desk)]
    for name in names or TAMPERS:
        tamper = TAMPERS[name]
        with undone(owner):
            owner.do(*tamper.statements)
            found = find(desk)
        told = (found[0].check, found[0].detail) if found else ("", "")
        if told[0] != tamper.check or tamper.names not in told[1]:
            wrong.append(f"{name}: {told}")
    return wrong
