"""The transparency log: every posting once, in order, under a signature that anybody can verify."""

import hashlib
import hmac
import json
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import ProgrammingError

from logs import WORKER, Owner, a_busy_day, earn, keys, logged, receipt_of, sign
from stoa.errors import CheckpointUnknownError, EntryUnknownError, ProofNotReadyError
from stoa.services import log
from stoa.services.log import appending, checkpoints
from stoa.services.log.leaves import leaf_of, opened
from stoa.services.log.tiles import Tiles
from stoa.values.identifiers import public_id
from stoa.values.merkle import Frontier, leaf_hash, root_of
from stoa_sdk.verify import Refuted, trusted_keys, verify_consistency, verify_receipt
from world import Coalition, FixedClock

POSTINGS = "SELECT count(*) FROM postings"
IN_ORDER = """
SELECT count(*) FROM (SELECT seq, row_number() OVER (
    PARTITION BY member_id, currency ORDER BY place) AS n FROM log_entries) AS e WHERE seq <> n
"""


@pytest.fixture
def owner(database: str) -> Owner:
    """Return the database's owner."""
    return Owner(database)


class TestAppending:
    def test_each_posting_has_one_place_and_a_wallets_are_in_order(
        self, coalition: Coalition, owner: Owner
    ) -> None:
        a_busy_day(coalition)
        assert sign(coalition.desk) == logged(owner) == owner.ask(POSTINGS) == 10
        assert sign(coalition.desk) == 0
        assert owner.ask(IN_ORDER) == 0
        assert owner.ask("SELECT max(place) FROM log_entries") == 9

    def test_what_is_posted_later_is_found_in_the_newest_blocks(
        self, coalition: Coalition, owner: Owner
    ) -> None:
        ada = a_busy_day(coalition)[0]
        sign(coalition.desk)
        earn(coalition, ada)
        with coalition.desk.work(WORKER) as work:
            assert not log.more_to_find(work)
            assert log.append(work) == 1
        assert owner.ask(IN_ORDER) == 0

    def test_a_posting_that_the_blocks_do_not_show_is_found_by_the_next_walk(
        self, coalition: Coalition, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ada = a_busy_day(coalition)[0]
        sign(coalition.desk)
        earn(coalition, ada)
        monkeypatch.setattr(appending, "_MARGIN_BLOCKS", 0)
        with coalition.desk.work(WORKER) as work:
            work.memo["log"].block = 10**6
            assert log.append(work) == 0
        clock.move(minutes=10)
        with coalition.desk.work(WORKER) as work:
            assert log.append(work) == 1

    def test_small_batches_and_small_pages_log_everything(
        self, coalition: Coalition, owner: Owner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        a_busy_day(coalition)
        monkeypatch.setattr(appending, "_PAGE_WALLETS", 1)
        done = []
        while True:
            with coalition.desk.work(WORKER) as work:
                done.append(log.append(work, limit=2))
                if not done[-1] and not log.more_to_find(work):
                    break
        assert max(done) == 2
        assert sum(done) == owner.ask(POSTINGS)
        assert owner.ask(IN_ORDER) == 0
        with coalition.desk.work(WORKER) as work:
            assert log.find_tampering(work) == []

    def test_appenders_side_by_side_log_each_posting_once(
        self, coalition: Coalition, owner: Owner
    ) -> None:
        members = a_busy_day(coalition)

        def append(turn: int) -> int:
            earn(coalition, members[turn % 3])
            with coalition.desk.work(WORKER) as work:
                return log.append(work, limit=3)

        with ThreadPoolExecutor(4) as pool:
            done = sum(pool.map(append, range(24)))
        done += sign(coalition.desk)
        assert done == logged(owner) == owner.ask(POSTINGS) == 34
        assert owner.ask(IN_ORDER) == 0
        with coalition.desk.work(WORKER) as work:
            assert log.find_tampering(work) == []

    def test_a_second_appender_leaves_the_work_to_the_first(self, coalition: Coalition) -> None:
        a_busy_day(coalition)
        with coalition.desk.work(WORKER) as first:
            assert log.append(first) == 10
            with coalition.desk.work(WORKER) as second:
                assert log.append(second) == 0

    def test_appending_locks_nothing_of_the_ledger(
        self, coalition: Coalition, owner: Owner
    ) -> None:
        ada = a_busy_day(coalition)[0]
        with coalition.desk.work(WORKER) as work:
            assert log.append(work) == 10
            locks = owner.ask(
                "SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation"
                " JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()"
                " WHERE c.relname !~ '^(log_|pk_log_|uq_log_|pg_)' AND mode <> 'AccessShareLock'"
                " AND pid <> pg_backend_pid()"
            )
            assert locks == 0
            earn(coalition, ada)  # though the appender has not ended yet
        assert sign(coalition.desk) == 1

    def test_a_batch_that_fails_leaves_nothing_behind(
        self, coalition: Coalition, owner: Owner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        a_busy_day(coalition)

        def fail(*_: object, **__: object) -> None:
            raise OSError("the power is gone")

        with monkeypatch.context() as patched:
            patched.setattr(checkpoints, "sign", fail)
            with pytest.raises(OSError, match="power"), coalition.desk.work(WORKER) as work:
                log.append(work)
        assert logged(owner) == 0
        assert sign(coalition.desk) == 10

    @pytest.mark.parametrize("table", ["log_entries", "log_checkpoints"])
    def test_the_application_can_not_take_back_what_is_logged(
        self, coalition: Coalition, table: str
    ) -> None:
        a_busy_day(coalition)
        sign(coalition.desk)
        with coalition.desk.work(WORKER) as work:
            rows: Any = work.rows
            for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET size = 1"):
                with pytest.raises(ProgrammingError, match=r"permission denied|does not exist"):
                    rows(statement)


class TestCheckpoints:
    def test_one_is_signed_each_minute_in_which_something_happened(
        self, coalition: Coalition, clock: FixedClock, owner: Owner
    ) -> None:
        ada = a_busy_day(coalition)[0]
        sizes = []
        for seconds in (0, 59, 1, 60, 60):
            clock.move(seconds=seconds)
            if seconds != 1:
                earn(coalition, ada)
            sign(coalition.desk, at_once=False)
            sizes.append(owner.ask("SELECT max(size) FROM log_checkpoints"))
        assert sizes == [11, 11, 12, 13, 14]
        clock.move(hours=1)
        sign(coalition.desk, at_once=False)
        assert owner.ask("SELECT count(*) FROM log_checkpoints") == 4

    def test_one_is_signed_at_once_after_many_postings(
        self, coalition: Coalition, monkeypatch: pytest.MonkeyPatch, owner: Owner
    ) -> None:
        monkeypatch.setattr(checkpoints, "NEW_LEAVES", 3)
        members = a_busy_day(coalition)
        sign(coalition.desk, at_once=False)
        for member in members:
            earn(coalition, member)
            sign(coalition.desk, at_once=False)
        assert owner.ask("SELECT array_agg(size ORDER BY size) FROM log_checkpoints") == [10, 13]

    def test_the_terms_are_those_of_the_manual(self) -> None:
        assert (timedelta(seconds=60), 1000) == (checkpoints.EVERY, checkpoints.NEW_LEAVES)

    def test_an_empty_log_signs_nothing(self, coalition: Coalition) -> None:
        assert sign(coalition.desk) == 0
        with coalition.desk.work(WORKER) as work, pytest.raises(CheckpointUnknownError):
            log.newest(work)

    def test_any_two_are_consistent_and_of_any_one_each_entry_is_proven(
        self, coalition: Coalition, owner: Owner
    ) -> None:
        member = coalition.a_member()
        for _ in range(9):
            earn(coalition, member)
            sign(coalition.desk)
        trusted = keys(coalition.desk)
        with coalition.desk.work(WORKER) as work:
            notes = {size: log.of_size(work, size).note for size in range(1, 10)}
            for old, note in notes.items():
                for new in range(old, 10):
                    proof = log.consistency(work, old, new)
                    verify_consistency(note, notes[new], _lines(proof), keys=trusted)
                    if old < new:
                        with pytest.raises(Refuted):
                            verify_consistency(note, notes[new], _lines(proof[1:]), keys=trusted)
        for seq in range(1, 10):
            receipt = receipt_of(coalition, member, seq, coalition.grocery)
            assert verify_receipt(receipt, keys=trusted).index == seq - 1

    def test_no_checkpoint_is_signed_that_does_not_continue_the_last(
        self, coalition: Coalition, owner: Owner
    ) -> None:
        ada = a_busy_day(coalition)[0]
        sign(coalition.desk)
        owner.do(
            "UPDATE log_tiles SET hashes = overlay(hashes placing '\\x00'::bytea from 40)"
            " WHERE level = 0"
        )
        earn(coalition, ada)
        with (
            pytest.raises(log.LogBrokenError, match="not a part"),
            coalition.desk.work(WORKER) as work,
        ):
            log.append(work, at_once=True)

    def test_nothing_is_appended_to_a_log_whose_end_is_gone(
        self, coalition: Coalition, owner: Owner
    ) -> None:
        ada = a_busy_day(coalition)[0]
        sign(coalition.desk)
        owner.do("DELETE FROM log_entries WHERE place = 9")
        earn(coalition, ada)
        with pytest.raises(log.LogBrokenError), coalition.desk.work(WORKER) as work:
            log.append(work)
        assert owner.ask("SELECT max(size) FROM log_checkpoints") == 10

    def test_tiles_of_several_levels_hold_the_tree(self, coalition: Coalition) -> None:
        leaves = [leaf_hash(b"%d" % number) for number in range(70_000)]
        with coalition.desk.work(WORKER) as work:
            work.session.connection()
            tiles, size = Tiles(work), 0
            for step in (1, 255, 256, 1000, 3, 65_000, 3485):
                tiles.grow(leaves[size : size + step], size=size)
                size += step
            assert size == len(leaves)
            read = Tiles(work)
            assert read(8, 1) == _root(leaves[256:512])
            assert read(9, 1) == _root(leaves[512:1024])
            assert root_of(read, 70_000) == _root(leaves)
            with pytest.raises(LookupError):
                read(0, 70_000)
            work.session.rollback()


class TestReceipts:
    def test_a_receipt_is_verified_with_public_keys_alone(self, coalition: Coalition) -> None:
        ada = a_busy_day(coalition)[0]
        sign(coalition.desk)
        receipt = json.dumps(receipt_of(coalition, ada, 1, coalition.grocery))
        proven = verify_receipt(receipt, keys=keys(coalition.desk))
        assert proven.entry["points"] == 100
        assert proven.entry["partner"] == public_id("prt", coalition.grocery)
        assert proven.checkpoint.size == 10
        assert proven.key.name == proven.checkpoint.origin == "localhost/log"

    def test_receipts_are_good_after_two_rotations_of_the_key(
        self, coalition: Coalition, clock: FixedClock
    ) -> None:
        ada = a_busy_day(coalition)[0]
        sign(coalition.desk)
        old = receipt_of(coalition, ada, 1, coalition.grocery)
        first = keys(coalition.desk)
        for _ in range(2):
            clock.move(days=900)
            with coalition.desk.work(WORKER) as work:
                log.rotate(work)
            earn(coalition, ada)
            sign(coalition.desk)
        new = receipt_of(coalition, ada, 1, coalition.grocery)
        with coalition.desk.work(WORKER) as work:
            told = log.keys_of(work)
            assert log.find_tampering(work) == []
        published = {
            "keys": [{"vkey": key.vkey.text, "succession": key.succession} for key in told]
        }
        assert [key.retired_at is None for key in told] == [False, False, True]
        assert (
            verify_receipt(old, keys=first).index
            == verify_receipt(new, keys=trusted_keys(first, published)).index
        )
        with pytest.raises(Refuted, match="none of the trusted keys"):
            verify_receipt(new, keys=first)

    def test_a_retired_key_has_no_private_part_left(
        self, coalition: Coalition, owner: Owner
    ) -> None:
        a_busy_day(coalition)
        sign(coalition.desk)
        with coalition.desk.work(WORKER) as work:
            log.rotate(work)
        statement = (
            "SELECT count(*) FROM log_keys WHERE private_key IS NULL AND retired_at IS NOT NULL"
        )
        assert owner.ask(statement) == 1
        assert owner.ask("SELECT count(*) FROM audit_records WHERE deed = 'log_key.rotate'") == 1

    def test_an_entry_without_a_signed_checkpoint_has_to_wait(self, coalition: Coalition) -> None:
        ada = a_busy_day(coalition)[0]
        with pytest.raises(ProofNotReadyError):
            receipt_of(coalition, ada, 1, coalition.grocery)
        sign(coalition.desk)
        earn(coalition, ada)
        sign(coalition.desk, at_once=False)  # logged, and not signed before a minute is over
        with pytest.raises(ProofNotReadyError):
            receipt_of(coalition, ada, 7, coalition.grocery)

    def test_of_another_partners_entries_there_is_no_receipt(self, coalition: Coalition) -> None:
        ada = a_busy_day(coalition)[0]
        sign(coalition.desk)
        assert receipt_of(coalition, ada, 2, coalition.cinema)
        for seq, partner in (
            (2, coalition.grocery),
            (1, coalition.cinema),
            (99, coalition.grocery),
        ):
            with pytest.raises(EntryUnknownError):
                receipt_of(coalition, ada, seq, partner)

    def test_receipts_of_two_partners_have_nothing_to_be_joined_on(
        self, coalition: Coalition
    ) -> None:
        ada = a_busy_day(coalition)[0]
        sign(coalition.desk)
        one = json.loads(receipt_of(coalition, ada, 1, coalition.grocery)["entry"])
        two = json.loads(receipt_of(coalition, ada, 2, coalition.cinema)["entry"])
        common = {name for name in one if one[name] == two[name]}
        assert common <= {"v", "currency", "recorded_at", "business_date"} | {
            name for name in one if one[name] is None
        }
        for text in (json.dumps(one), json.dumps(two)):
            assert str(ada.id) not in text
            assert "R-1" not in text

    def test_of_points_that_another_partner_issued_no_terms_are_shown(self) -> None:
        grocery, cinema = ("00000000-0000-0000-0000-00000000000" + end for end in "12")
        posting = {
            "member_id": "m", "currency": "STAR", "seq": 3, "points": 10, "account": "issued",
            "partner_id": cinema, "payer_id": cinema, "reason": "restored", "price": 0.01,
            "available_on": "2026-05-01", "expires_on": "2027-05-31",
        }  # fmt: skip
        transaction = {
            "id": grocery, "partner_id": grocery, "kind": "return", "business_date": "2026-05-01",
            "recorded_at": "2026-05-01T00:00:00+00:00",
        }  # fmt: skip
        leaf = leaf_of(json.dumps(posting), json.dumps(transaction), blind=bytes(32))
        shown = json.loads(leaf.text)
        assert (shown["partner"], shown["payer"]) == ("another", "another")
        assert [shown[name] for name in ("price", "available_on", "expires_on")] == [None] * 3

    def test_the_operator_can_open_a_seal(self, coalition: Coalition, owner: Owner) -> None:
        ada = a_busy_day(coalition)[0]
        sign(coalition.desk)
        of_ada = f"member_id = '{ada.id}'"
        posting = owner.ask(f"SELECT to_jsonb(p)::text FROM postings p WHERE {of_ada} AND seq = 1")
        transaction = owner.ask(
            "SELECT to_jsonb(t)::text FROM transactions t, postings p WHERE t.id = p.transaction_id"
            f" AND p.{of_ada} AND p.seq = 1"
        )
        blind = bytes(owner.ask(f"SELECT blind FROM log_heads WHERE {of_ada}"))
        salt, hidden = opened(posting, transaction, blind=blind)
        shown = json.loads(receipt_of(coalition, ada, 1, coalition.grocery)["entry"])
        assert salt == hmac.digest(blind, b"posting:1", "sha256").hex()
        sealed = hashlib.sha256(bytes.fromhex(salt) + hidden.encode()).hexdigest()
        assert sealed == shown["sealed"]
        facts = json.loads(hidden)
        assert facts["posting"]["member_id"] == str(ada.id)
        assert facts["transaction"]["reference"] == "R-1"
        assert set(facts["transaction"]) >= {"explanation_sha256", "actor", "occurred_at"}

    def test_a_column_that_is_added_later_changes_no_leaf(self) -> None:
        posting = {
            "seq": 1,
            "partner_id": None,
            "payer_id": None,
            "currency": "STAR",
        } | dict.fromkeys(("points", "account", "reason", "price", "available_on", "expires_on"))
        transaction = {"id": "0" * 32, "partner_id": None} | dict.fromkeys(
            ("kind", "business_date", "recorded_at"), "x"
        )
        old = leaf_of(json.dumps(posting), json.dumps(transaction), blind=b"b")
        grown = json.dumps(posting | {"origin_seq": None})
        assert leaf_of(grown, json.dumps(transaction), blind=b"b") == old
        used = json.dumps(posting | {"origin_seq": 4})
        assert leaf_of(used, json.dumps(transaction), blind=b"b").sealed != old.sealed

    def test_without_its_blind_a_wallet_stays_verifiable_and_can_not_be_opened(
        self, coalition: Coalition, owner: Owner
    ) -> None:
        ada = a_busy_day(coalition)[0]
        sign(coalition.desk)
        owner.do(f"UPDATE log_heads SET blind = NULL WHERE member_id = '{ada.id}'")
        earn(coalition, ada)
        sign(coalition.desk)
        for seq in (1, 7):
            receipt = receipt_of(coalition, ada, seq, coalition.grocery)
            assert verify_receipt(receipt, keys=keys(coalition.desk))
        with coalition.desk.work(WORKER) as work:
            assert log.find_tampering(work) == []


def _lines(hashes: list[bytes]) -> str:
    return "".join(f"{b64encode(each).decode()}\n" for each in hashes)


def _root(leaves: list[bytes]) -> bytes:
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    return frontier.root()
