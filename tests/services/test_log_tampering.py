"""Tampering as the database's owner: all of it is found, and the first bad entry is named."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from logs import WORKER, Owner, earn, sign
from stoa.config import Settings
from stoa.database import open_engine
from stoa.plugins import Plugins
from stoa.services import log
from stoa.services.log import findings, walking
from stoa.work import Desk, Programme
from stoa_sdk.notes import new_secret
from tampering import a_long_log, find, trial, undone
from world import Coalition, FixedClock


@pytest.fixture
def owner(database: str) -> Owner:
    """Return the database's owner."""
    return Owner(database)


@pytest.fixture
def desk(database: str, settings: Settings, clock: FixedClock, plugins: Plugins) -> Iterator[Desk]:
    """Return a desk whose ledger is tampered with: nothing is checked at its end."""
    desk = Desk(
        hot=open_engine(database, settings, pool_size=2, autocommit=True),
        cold=open_engine(database, settings, pool_size=2),
        plugins=plugins,
        programme=Programme("STAR", "CNY", "Asia/Shanghai", 900),
        clock=clock,
    )
    yield desk
    desk.close()


@pytest.fixture
def long_log(coalition: Coalition, owner: Owner) -> Coalition:
    """Return a coalition with 316 postings in its log."""
    a_long_log(coalition, owner)
    return coalition


def _columns(owner: Owner, table: str) -> list[tuple[str, str]]:
    told: Any = owner.ask(
        "SELECT jsonb_agg(jsonb_build_array(column_name, data_type))"
        f" FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '{table}'"
    )
    return [(name, kind) for name, kind in told]


_CHANGED = {
    "bigint": "coalesce({0}, 0) + 1000",
    "numeric": "coalesce({0}, 0) + 0.000001",
    "text": "coalesce({0}, '') || 'x'",
    "uuid": "gen_random_uuid()",
    "date": "coalesce({0}, '2026-05-01') + 1",
    "timestamp with time zone": "{0} + interval '1 microsecond'",
    "jsonb": "{0} || '{{\"x\": null}}'",
}


def test_every_tamper_is_found_and_the_first_bad_entry_named(
    long_log: Coalition, owner: Owner
) -> None:
    assert trial(long_log.desk, owner) == []


@pytest.mark.parametrize("table", ["postings", "transactions"])
def test_there_is_no_column_that_could_be_edited_unseen(
    long_log: Coalition, owner: Owner, table: str
) -> None:
    place = 33
    of_posting = f"SELECT member_id, currency, seq FROM log_entries WHERE place = {place}"
    where = f"(member_id, currency, seq) = ({of_posting})"
    if table == "transactions":
        where = (
            "(member_id, id) = (SELECT member_id, transaction_id FROM postings"
            f" WHERE (member_id, currency, seq) = ({of_posting}))"
        )
    for column, kind in _columns(owner, table):
        value = "'burned'" if column == "account" else _CHANGED[kind].format(column)
        with undone(owner):
            owner.do(f"UPDATE {table} SET {column} = {value} WHERE {where}")
            found = find(long_log.desk)
        assert found, column
        assert found[0].check in (findings.EDITED, findings.DELETED), column
        assert f"entry {place}" in found[0].detail, column


def test_a_log_that_is_rewritten_whole_and_signed_again_disagrees_with_what_others_kept(
    long_log: Coalition, owner: Owner
) -> None:
    desk = long_log.desk
    with desk.work(WORKER) as work:
        kept = {size: log.of_size(work, size).note for size in (10, 310, 316)}
    owner.do(
        "UPDATE postings SET points = points + 1000 WHERE (member_id, currency, seq) ="
        " (SELECT member_id, currency, seq FROM log_entries WHERE place = 200)",
        "TRUNCATE log_entries, log_tiles, log_checkpoints",
        "UPDATE log_heads SET seq = 0",
    )
    sign(desk)
    assert find(desk) == [], "within the database nothing is left that could tell"
    for size, note in kept.items():
        first, *_ = find(desk, checkpoint=note)
        assert first.check == findings.REWRITTEN
        assert f"kept outside for {size} entries has another root" in first.detail


def test_what_a_witness_cosigned_can_not_be_replaced(long_log: Coalition, owner: Owner) -> None:
    desk, secret = long_log.desk, new_secret("auditor.example/w1")
    with desk.work(WORKER) as work:
        log.add_witness(work, secret.vkey.text)
    with desk.work(WORKER) as work:
        text = log.newest(work).note.rpartition("\n\n")[0] + "\n"
        log.cosign(work, f"{text}\n{secret.cosign(text, at=1_777_777_777)}\n")
    assert find(desk) == []
    owner.do(
        "TRUNCATE log_entries, log_tiles, log_checkpoints", "UPDATE log_heads SET seq = 0",
        "UPDATE postings SET points = points + 1 WHERE seq = 2",
    )  # fmt: skip
    sign(desk)
    (found,) = find(desk)
    assert found.check == findings.REWRITTEN
    assert "not the one auditor.example/w1 cosigned" in found.detail
    owner.do("DELETE FROM log_checkpoints")
    assert "that is not here now" in find(desk)[0].detail


def test_entries_swapped_with_their_hashes_are_bounded_by_the_signed_roots(
    long_log: Coalition, owner: Owner
) -> None:
    owner.do(
        "UPDATE log_entries SET place = -1 WHERE place = 60",
        "UPDATE log_entries SET place = 60 WHERE place = 61",
        "UPDATE log_entries SET place = 61 WHERE place = -1",
        "UPDATE log_tiles SET hashes = substring(hashes FOR 60 * 32)"
        " || substring(hashes FROM 61 * 32 + 1 FOR 32) || substring(hashes FROM 60 * 32 + 1 FOR 32)"
        " || substring(hashes FROM 62 * 32 + 1) WHERE level = 0 AND index = 0",
    )
    first, *_ = find(long_log.desk)
    assert first.check == findings.REWRITTEN
    assert "signed for 310 entries has another root" in first.detail
    assert first.detail.endswith("from place 10 on")


@pytest.mark.parametrize("kept", ["", "no note", "a\n1\n\n— a b\n"])
def test_what_is_no_checkpoint_of_ours_is_said_to_be_none(long_log: Coalition, kept: str) -> None:
    (found,) = find(long_log.desk, checkpoint=kept)
    assert found.check == findings.REWRITTEN
    assert "the checkpoint kept outside" in found.detail


def test_a_log_cut_off_is_found_by_a_checkpoint_that_was_kept_outside(
    long_log: Coalition, owner: Owner
) -> None:
    desk = long_log.desk
    with desk.work(WORKER) as work:
        kept = log.newest(work).note
    owner.do(
        "DELETE FROM log_entries WHERE place >= 310",
        "DELETE FROM log_checkpoints WHERE size > 310",
        "UPDATE log_tiles SET hashes = substring(hashes FOR 32 * 54) WHERE level = 0 AND index = 1",
        "UPDATE log_heads h SET seq = (SELECT max(seq) FROM log_entries e"
        " WHERE e.member_id = h.member_id)",
    )
    assert find(desk) == []
    (found,) = find(desk, checkpoint=kept)
    assert found.check == findings.TRUNCATED
    assert "entry 310 is the first one gone" in found.detail


def test_the_walk_goes_on_while_the_log_grows_and_tells_how_far_it_is(
    long_log: Coalition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "_SLICE", 256)
    ada = long_log.a_member()
    told: list[tuple[int, int]] = []

    def grow(done: int, total: int) -> None:
        told.append((done, total))
        earn(long_log, ada)
        sign(long_log.desk)

    with long_log.desk.work(WORKER) as work:
        assert log.find_tampering(work, told=grow) == []
    assert [done for done, _ in told][:2] == [256, 316]
    assert told[-1] == (324, 324)


@pytest.mark.parametrize("missing", ["posting", "transaction"])
def test_what_is_missing_before_it_was_logged_holds_up_its_wallet_alone(
    coalition: Coalition, owner: Owner, missing: str
) -> None:
    ada, bob = coalition.a_member(), coalition.a_member("Bob")
    purchase = earn(coalition, ada)
    earn(coalition, ada)
    earn(coalition, bob)
    statement = {
        "posting": f"DELETE FROM postings WHERE transaction_id = '{purchase}'",
        "transaction": f"DELETE FROM transactions WHERE id = '{purchase}'",
    }
    owner.do(statement[missing])
    assert sign(coalition.desk) == 1
    assert owner.ask("SELECT member_id FROM log_entries") == bob.id
    assert find(coalition.desk) == []  # nothing that was signed is wrong
    earn(coalition, bob)
    assert sign(coalition.desk) == 1


def test_a_key_that_can_not_be_read_is_told(long_log: Coalition, owner: Owner) -> None:
    owner.do("UPDATE log_keys SET vkey = 'no key'")
    found = find(long_log.desk)
    assert found[0].check == findings.FORGED_KEY
    assert found[1].detail.endswith("no key of the log has signed it")


def test_a_finding_tells_whose_wallet_it_is_and_where(long_log: Coalition, owner: Owner) -> None:
    member = owner.ask("SELECT member_id FROM log_entries WHERE place = 44")
    owner.do(f"UPDATE postings SET points = points + 1 WHERE member_id = '{member}' AND seq = 9")
    (found,) = find(long_log.desk)
    place = owner.ask(f"SELECT place FROM log_entries WHERE member_id = '{member}' AND seq = 9")
    assert (found.member_id, found.currency) == (member, "STAR")
    assert found.place == f"entry {place}"


_LOG = "stoa.services.log"

SABOTEURS = {
    "a leaf without its transaction": (
        ("leaves", "_columns(t)", "_columns({})"),
        "a transaction of another store",
    ),
    "a leaf without what documents say": (
        ("leaves", 'columns[f"{name}_sha256"] = explanation_digest(value)', "continue"),
        "an explanation with another digit",
    ),
    "fractions that look like texts": (
        ("leaves", 'return {"decimal": format(value, "f")}', 'return format(value, "f")'),
        "an explanation with another digit",
    ),
    "a walk that trusts the tiles": (
        ("walking", "elif hashed is not None and hashed != kept and row is not None:", "elif 0:"),
        "a posting with a point more",
    ),
    "a walk that forgives the end": (
        ("walking", "self._conclude(None)", "pass"),
        "a posting of the unread tail",
    ),
    "a walk that passes over empty places": (
        ("walking", 'self._say(place, row, DELETED, f"its posting {seq} is gone")', "pass"),
        "a posting deleted",
    ),
    "a walk that does not climb": (
        ("walking", "self._climb()", "pass"),
        "a hash in a tile above",
    ),
    "a walk that looks nowhere else": (
        ("walking", "if not rest and other != place:", "if False:"),
        "two entries swapped",
    ),
    "a walk that does not look at seals": (
        ("walking", "leaf.sealed != bytes(row[4])", "False"),
        "a seal beside an entry",
    ),
    "a walk that needs no heads": (
        ("walking", "if head is None:", "if False:"),
        "a head taken away",
    ),
    "a walk that blames the ledger": (
        ("walking", "if by_ledger:\n                what", "if False:\n                what"),
        "a hash in a tile",
    ),
    "signatures that nobody verifies": (
        ("marks", "return True in told and False not in told", "return True"),
        "a letter in a signature",
    ),
    "rows that nobody compares with their notes": (
        ("marks", "(head.size, head.root) != (size, root)", "False"),
        "a root beside its checkpoint",
    ),
    "keys that nobody has to name": (
        ("marks", "if keys and not _succeeds(", "if False and not _succeeds("),
        "a key that nobody named",
    ),
    "heads that nobody counts": (
        ("tampering", "if logged != seq or last != seq:", "if False:"),
        "the end cut off with tiles, heads and checkpoints, and no posting",
    ),
    "insertions that nobody looks for": (
        ("tampering", "if posted > seq:", "if False:"),
        "a posting inserted",
    ),
    "an end that is believed": (
        ("tampering", "for mark in walk.beyond()]", "for mark in ()]"),
        "the end of the log cut off with its tiles",
    ),
}
"""A line of the verifier, what it is broken to, and a tamper that goes unseen then."""


def test_a_verifier_that_looks_away_is_caught(long_log: Coalition, owner: Owner) -> None:
    for name, (breach, tamper) in SABOTEURS.items():
        with _sabotaged(*breach):
            assert trial(long_log.desk, owner, tamper), name
        assert trial(long_log.desk, owner, tamper) == [], name


@contextmanager
def _sabotaged(name: str, line: str, broken: str) -> Iterator[None]:
    """Run a module with one line broken; it is whole again when the block ends."""
    loaded = sys.modules[f"{_LOG}.{name}"]
    path = Path(str(loaded.__file__))
    source = path.read_text("utf-8")
    assert source.count(line) == 1, line
    before = dict(vars(loaded))
    exec(compile(source.replace(line, broken), path, "exec"), vars(loaded))  # noqa: S102
    fresh = vars(loaded) | {}
    vars(loaded).update(before)
    with pytest.MonkeyPatch.context() as patched:
        for other in [each for path, each in sys.modules.items() if path.startswith(_LOG)]:
            for known, value in list(vars(other).items()):
                if callable(value) and before.get(known) is value:
                    patched.setattr(other, known, fresh[known])
        yield
