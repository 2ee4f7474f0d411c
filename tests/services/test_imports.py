"""Imports: every line is accounted for, nothing twice, and what was killed goes on."""

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import LiteralString

import pytest

from currencies import a_market, issue_in
from ledgers import written
from sales import (
    a_file,
    a_mapping,
    a_sale,
    classes,
    codes,
    open_plain_desk,
    points_of,
    some_sales,
)
from stoa.config import Settings
from stoa.errors import IdempotencyInFlightError, InvalidBodyError
from stoa.services import earning, imports, members, partners, tiers
from stoa.services.imports import Progress
from stoa.services.imports.members import terms_of
from stoa.services.imports.parts import Task, cut, post_part
from stoa.values.facts import EarnLine
from stoa.work import Actor, Desk
from world import Coalition, PlainPlugin, a_coalition, a_key


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def second(new_database: Callable[[], str], settings: Settings) -> Iterator[Desk]:
    """Return a desk on another database, with the same alliance on it."""
    desk = open_plain_desk(new_database(), settings)
    a_coalition(desk)
    yield desk
    desk.close()


def rows_of(desk: Desk, table: LiteralString) -> int:
    with desk.work(Actor("test")) as work:
        counted: int = work.rows(f"SELECT count(*) FROM {table}")[0][0]
        return counted


def hash_of(desk: Desk) -> str:
    with desk.work(Actor("test")) as work:
        return imports.balances_hash(work)


@pytest.mark.usefixtures("coalition")
class TestLines:
    """What becomes of each line."""

    def test_every_line_ends_in_one_class(self, desk: Desk, tmp_path: Path) -> None:
        path = a_file(
            tmp_path,
            a_sale("1", pieces=2),
            a_sale("1", article="rice", price="0"),
            a_sale("1", article="POST"),
            a_sale("2", member=""),
            a_sale("2", member="", article="POST", price="odd"),
            a_sale("3", price="-1.00"),
            a_sale("3", shop="nowhere"),
            a_sale("C4", pieces=-1, time="2026-04-21T12:00"),
            a_sale("C4", article="soap", pieces=-1, time="2026-04-21T12:00"),
        )
        report = imports.run_import(desk, path, a_mapping())
        assert classes(report) == {
            "earned": 2, "returned": 1, "unmatched_return": 1, "no_member": 2, "non_article": 1,
            "rejected": 2,
        }  # fmt: skip
        assert codes(report) == {
            7: "NEGATIVE_PRICE", 8: "STORE_UNKNOWN", 10: "RETURN_UNMATCHED",
        }  # fmt: skip
        assert points_of(desk, "ada") == 10

    def test_a_return_takes_the_latest_purchases_and_splits_over_them(
        self, desk: Desk, tmp_path: Path
    ) -> None:
        path = a_file(
            tmp_path,
            a_sale("1", pieces=3, price="1.00", time="2026-04-20T12:00"),
            a_sale("2", pieces=2, price="2.00", time="2026-04-21T12:00"),
            a_sale("C3", pieces=-3, time="2026-04-22T12:00"),
            a_sale("4", pieces=5, price="3.00", time="2026-04-23T12:00"),
        )
        report = imports.run_import(desk, path, a_mapping())
        assert classes(report) == {"earned": 3, "returned": 1}
        assert (report.counts["reversals"], report.counts["points_taken_back"]) == (2, 5)
        with desk.work(Actor("test")) as work:
            rows = work.rows("SELECT receipt_no, status, returned FROM purchases ORDER BY 1")
            back = work.rows("SELECT receipt_no FROM receipts WHERE kind = 'return' ORDER BY 1")
        assert [tuple(row) for row in rows] == [
            ("1", "posted", {"1": 1000}), ("2", "returned", {"1": 2000}), ("4", "posted", {}),
        ]  # fmt: skip
        assert [row[0] for row in back] == ["C3", "C3/2"]

    def test_what_a_return_does_not_find_is_told_and_the_rest_counts(
        self, desk: Desk, tmp_path: Path
    ) -> None:
        path = a_file(
            tmp_path,
            a_sale("1", pieces=2),
            a_sale("C2", pieces=-5, time="2026-04-21T12:00"),
            a_sale("C3", pieces=-1, time="2026-04-22T12:00"),
            a_sale("C4", "bob", pieces=-1, time="2026-04-22T12:00"),
            a_sale("C5", pieces=-1, time="2026-04-19T12:00"),
        )
        report = imports.run_import(desk, path, a_mapping())
        assert classes(report) == {"earned": 1, "returned": 1, "unmatched_return": 3}
        assert report.counts["partly_returned"] == 1
        assert report.wrong[0].line == 3
        assert report.wrong[0].code == "RETURN_PARTLY_UNMATCHED"
        assert report.wrong[0].detail == "3 of 5 ea of tea found no earlier purchase."
        assert points_of(desk, "ada") == 0

    def test_an_invoice_over_two_shops_is_one_receipt_a_shop(
        self, desk: Desk, tmp_path: Path
    ) -> None:
        path = a_file(
            tmp_path, a_sale("1"), a_sale("1", shop="cinema/main"), a_sale("1", article="rice")
        )
        report = imports.run_import(desk, path, a_mapping())
        assert (report.counts["purchases"], report.counts["earned"]) == (2, 3)

    def test_a_number_that_comes_again_on_another_day_is_another_receipt(
        self, desk: Desk, tmp_path: Path
    ) -> None:
        path = a_file(tmp_path, a_sale("1"), a_sale("1", time="2026-04-21T12:00"))
        assert imports.run_import(desk, path, a_mapping()).counts["purchases"] == 2

    def test_a_receipt_of_two_members_is_the_first_ones(self, desk: Desk, tmp_path: Path) -> None:
        path = a_file(tmp_path, a_sale("1", "zoe"), a_sale("1", "ada"), a_sale("2", "ada"))
        report = imports.run_import(desk, path, a_mapping())
        assert codes(report) == {3: "RECEIPT_ALREADY_CLAIMED"}
        assert (points_of(desk, "zoe"), points_of(desk, "ada")) == (10, 10)

    def test_a_receipt_that_a_till_reported_is_known_or_anothers(
        self, desk: Desk, coalition: Coalition, tmp_path: Path
    ) -> None:
        ada, eve = (coalition.a_member(no, partner_ref=no) for no in ("ada", "eve"))
        with desk.work(coalition.as_grocery()) as work:
            for who, number in ((ada, "1"), (eve, "2")):
                report = coalition.a_purchase(who, terminal="", receipt_no=number)
                earning.earn(work, report, key=a_key())
        path = a_file(
            tmp_path,
            a_sale("1", time="2026-05-01T12:00"),
            a_sale("2", time="2026-05-01T12:00"),
            a_sale("3", time="2026-05-01T12:00"),
        )
        mapping = a_mapping(("enrol = true", 'partner = "grocery"'))
        done = imports.run_import(desk, path, mapping)
        assert classes(done) == {"earned": 1, "already_known": 1, "rejected": 1}
        assert codes(done) == {3: "RECEIPT_ALREADY_CLAIMED"}

    def test_unknown_frozen_and_suspended_are_rejected(
        self, desk: Desk, coalition: Coalition, tmp_path: Path
    ) -> None:
        eve = coalition.a_member("Eve", phone="+8613800000001")
        coalition.a_member("Ada", phone="+8613800000002")
        with desk.work(Actor("cli")) as work:
            members.freeze(work, eve.id, reason="test")
            partners.suspend(work, coalition.cinema)
        path = a_file(
            tmp_path,
            a_sale("1", "+8613800000001"),
            a_sale("2", "+8613800000002", shop="cinema"),
            a_sale("3", "+8613800000003"),
            a_sale("4", "13800000003"),
            a_sale("5", "+8613800000002", article="forbidden"),
        )
        mapping = a_mapping(("enrol = true", 'kind = "phone"'))
        assert codes(imports.run_import(desk, path, mapping)) == {
            2: "MEMBER_FROZEN", 3: "PARTNER_SUSPENDED", 4: "MEMBER_UNKNOWN", 5: "INVALID_MEMBER",
            6: "PURCHASE_REFUSED",
        }  # fmt: skip

    def test_a_partner_with_points_of_its_own_is_told_of(
        self, desk: Desk, coalition: Coalition, tmp_path: Path
    ) -> None:
        a_market(coalition)
        first = a_file(tmp_path, a_sale("1", "13085"), a_sale("2", "13085", shop="cinema"))
        assert codes(imports.run_import(desk, first, a_mapping())) == {}
        issue_in(desk, coalition.cinema, "CINE")
        path = a_file(tmp_path, a_sale("3", "13085"), a_sale("4", "13085", shop="cinema"))
        done = imports.run_import(desk, path, a_mapping())
        assert codes(done) == {3: "CURRENCY_NOT_IMPORTED"}

    def test_points_past_a_limit_are_rejected(
        self, desk: Desk, coalition: Coalition, plain: PlainPlugin, tmp_path: Path
    ) -> None:
        ada = coalition.a_member("Ada", phone="+8613800000001")
        with desk.work(Actor("cli")) as work:
            tiers.assign(work, ada.id, "gold", reason="test")
        plain.wrong = [EarnLine(10**12, "base", ""), EarnLine(10**12, "more", "")]
        mapping = a_mapping(("enrol = true", 'kind = "phone"'))
        path = a_file(tmp_path, a_sale("1", "+8613800000001"))
        assert codes(imports.run_import(desk, path, mapping)) == {2: "BALANCE_LIMIT"}

    def test_a_purchase_whose_plugin_fails_is_kept_and_settled_later(
        self, desk: Desk, plain: PlainPlugin, tmp_path: Path
    ) -> None:
        plain.wrong = "garbage"
        path = a_file(
            tmp_path, a_sale("1", pieces=2), a_sale("C2", pieces=-1, time="2026-04-21T12:00")
        )
        report = imports.run_import(desk, path, a_mapping())
        assert classes(report) == {"earned": 1, "unmatched_return": 1}
        assert (report.counts["pending"], points_of(desk, "ada")) == (1, 0)
        plain.wrong = None
        with desk.work(Actor("worker")) as work:
            earning.settle(work, *work.rows("SELECT member_id, id FROM purchases")[0])
        assert points_of(desk, "ada") == 20

    def test_members_are_enrolled_once_with_card_and_wallet(
        self, desk: Desk, tmp_path: Path
    ) -> None:
        path = a_file(tmp_path, a_sale("1"), a_sale("2"), a_sale("3", "bob"))
        report = imports.run_import(desk, path, a_mapping(), part_lines=1)
        assert report.counts["enrolled"] == 2
        with desk.work(Actor("test")) as work:
            kinds = Counter(row[0] for row in work.rows("SELECT kind FROM identifiers"))
            names = work.rows("SELECT display_name, source FROM members ORDER BY 1")
        assert kinds == {"card": 2, "partner_ref": 2}
        assert [tuple(row) for row in names] == [
            ("Member ada", "import"), ("Member bob", "import"),
        ]  # fmt: skip

    def test_events_are_told_only_where_the_mapping_says_so(
        self, desk: Desk, tmp_path: Path
    ) -> None:
        imports.run_import(desk, a_file(tmp_path, a_sale("1")), a_mapping())
        assert rows_of(desk, "outbox") == 0
        path = a_file(
            tmp_path, a_sale("2", "bob"), a_sale("C3", "bob", pieces=-1, time="2026-04-21T12:00")
        )
        imports.run_import(desk, path, a_mapping(also="tell = true\n"))
        with desk.work(Actor("test")) as work:
            topics = {row[0] for row in work.rows("SELECT topic FROM outbox")}
        assert topics == {"member.enrolled", "points.earned", "points.clawed_back"}


@pytest.mark.usefixtures("coalition")
class TestAgain:
    """A file a second time, a killed import, a rehearsal, two at once."""

    def test_the_same_file_changes_nothing_under_any_name(self, desk: Desk, tmp_path: Path) -> None:
        lines = some_sales()
        first = imports.run_import(desk, a_file(tmp_path, *lines), a_mapping(), part_lines=20)
        before = written(desk)
        again = imports.run_import(desk, a_file(tmp_path, *lines, name="b.csv"), a_mapping())
        assert (first.state, again.state) == ("imported", "already imported")
        assert (again.id, again.counts) == (first.id, first.counts)
        assert written(desk) == before

    def test_of_an_overlapping_file_only_the_new_counts(self, desk: Desk, tmp_path: Path) -> None:
        lines = some_sales()
        imports.run_import(desk, a_file(tmp_path, *lines), a_mapping())
        more = a_file(
            tmp_path, *lines, a_sale("9-9", "m00", price="7.00", time="2026-04-22T12:00"),
            a_sale("C99", "m01", pieces=-1, time="2026-04-22T12:00"),
        )  # fmt: skip
        before = points_of(desk, "m00"), points_of(desk, "m01")
        report = imports.run_import(desk, more, a_mapping())
        assert classes(report) == {"already_known": len(lines), "earned": 1, "returned": 1}
        assert points_of(desk, "m00") == before[0] + 7
        assert points_of(desk, "m01") == before[1] - 10

    def test_a_killed_import_goes_on_to_the_same_balances(
        self, desk: Desk, second: Desk, tmp_path: Path
    ) -> None:
        path = a_file(tmp_path, *some_sales())
        imports.run_import(second, path, a_mapping(), part_lines=20)
        for parts in (2, 4):
            with pytest.raises(Killed):
                imports.run_import(
                    desk, path, a_mapping(), part_lines=9, progress=_killer("posting", parts)
                )
        assert 0 < rows_of(desk, "purchases") < rows_of(second, "purchases")
        report = imports.run_import(desk, path, a_mapping(), part_lines=50)
        assert report.state == "resumed"
        assert report.counts == imports.run_import(second, path, a_mapping()).counts
        assert hash_of(desk) == hash_of(second)
        assert rows_of(desk, "import_lines") == rows_of(desk, "import_events") == 0

    def test_a_part_is_posted_once_whoever_comes_back_to_it(
        self, desk: Desk, tmp_path: Path
    ) -> None:
        path = a_file(tmp_path, *some_sales())
        with pytest.raises(Killed):
            imports.run_import(
                desk, path, a_mapping(), part_lines=9, progress=_killer("posting", 3)
            )
        before = written(desk)
        with desk.work(Actor("test")) as work:
            import_id = work.rows("SELECT id FROM imports")[0][0]
            part = cut(work, import_id, part_lines=9)[0]
            task = Task(import_id, terms_of(work, a_mapping()))
        post_part(desk, task, part)
        assert written(desk) == before
        report = imports.run_import(desk, path, a_mapping())
        assert classes(report) == {"earned": 96, "returned": 12}

    def test_a_process_killed_outright_is_gone_on_with(
        self, desk: Desk, second: Desk, database: str, tmp_path: Path
    ) -> None:
        path = a_file(tmp_path, *some_sales())
        imports.run_import(second, path, a_mapping())
        here = Path(__file__).parents[1]
        words = [sys.executable, str(here / "sales.py"), database, str(path)]
        killed = subprocess.run(words, check=False)  # noqa: S603 - our own
        assert killed.returncode == -signal.SIGKILL
        with desk.work(Actor("test")) as work:
            (parts, done), *_ = work.rows("SELECT parts, done FROM imports")
        assert 0 < done < parts
        assert imports.run_import(desk, path, a_mapping()).state == "resumed"
        assert hash_of(desk) == hash_of(second)

    def test_a_killed_reading_leaves_nothing(self, desk: Desk, tmp_path: Path) -> None:
        path = a_file(tmp_path, *some_sales())
        with pytest.raises(Killed):
            imports.run_import(desk, path, a_mapping(), progress=_killer("reading", 0))
        for table in ("imports", "import_lines", "import_rows", "members"):
            assert rows_of(desk, table) == 0
        assert imports.run_import(desk, path, a_mapping()).state == "imported"

    def test_a_stage_lost_with_the_server_is_read_again(
        self, desk: Desk, second: Desk, tmp_path: Path
    ) -> None:
        path = a_file(tmp_path, *some_sales())
        imports.run_import(second, path, a_mapping(), part_lines=20)
        with pytest.raises(Killed):
            imports.run_import(
                desk, path, a_mapping(), part_lines=20, progress=_killer("posting", 3)
            )
        with desk.work(Actor("test")) as work:
            work.session.connection().exec_driver_sql("DELETE FROM import_lines")
        assert imports.run_import(desk, path, a_mapping()).state == "resumed"
        assert hash_of(desk) == hash_of(second)

    def test_a_rehearsal_reports_the_same_and_writes_nothing(
        self, desk: Desk, tmp_path: Path
    ) -> None:
        path = a_file(
            tmp_path, *some_sales(), a_sale("x", price="odd"), a_sale("C9", "bob", pieces=-1)
        )
        rehearsed = imports.run_import(desk, path, a_mapping(), dry_run=True, part_lines=20)
        for table in ("imports", "import_lines", "import_rows", "members", "purchases"):
            assert rows_of(desk, table) == 0
        done = imports.run_import(desk, path, a_mapping())
        assert (rehearsed.state, done.state) == ("rehearsed", "imported")
        assert (rehearsed.counts, rehearsed.wrong) == (done.counts, done.wrong)

    def test_two_hands_write_what_one_writes(
        self, desk: Desk, second: Desk, database: str, settings: Settings, tmp_path: Path
    ) -> None:
        path = a_file(tmp_path, *some_sales())
        imports.run_import(second, path, a_mapping())
        opener = partial(open_plain_desk, database, settings)
        imports.run_import(
            desk, path, a_mapping(), hands=2, open_desk=opener, part_lines=20
        )  # fmt: skip
        assert hash_of(desk) == hash_of(second)

    def test_one_file_is_not_imported_twice_at_once(self, desk: Desk, tmp_path: Path) -> None:
        path = a_file(tmp_path, a_sale("1"))

        def meanwhile(_progress: Progress) -> None:
            with pytest.raises(IdempotencyInFlightError):
                imports.run_import(desk, path, a_mapping())

        assert imports.run_import(desk, path, a_mapping(), progress=meanwhile).lines == 1

    def test_an_empty_file_is_imported_too(self, desk: Desk, tmp_path: Path) -> None:
        assert imports.run_import(desk, a_file(tmp_path), a_mapping()).lines == 0

    def test_the_hash_tells_balances_apart(self, desk: Desk, tmp_path: Path) -> None:
        empty = hash_of(desk)
        imports.run_import(desk, a_file(tmp_path, a_sale("1")), a_mapping())
        assert hash_of(desk) != empty


@pytest.mark.usefixtures("coalition")
class TestMappings:
    """A mapping has to fit the alliance."""

    @pytest.mark.parametrize(
        ("change", "path"),
        [
            (('currency = "CNY"', 'currency = "GBP"'), "shops.1"),
            (('partner = "grocery"', 'partner = "bakery"'), "shops.1"),
            (("enrol = true", 'partner = "bakery"'), "member.partner"),
        ],
    )
    def test_what_is_not_there_is_named(
        self, desk: Desk, tmp_path: Path, change: tuple[str, str], path: str
    ) -> None:
        rules = ('shop = "shop"', 'ignored = ["shop"]')
        also = ("[time]", '[[shops]]\nany = true\npartner = "grocery"\n[time]')
        mapping = a_mapping(rules, also, change)
        with pytest.raises(InvalidBodyError) as refused:
            imports.run_import(desk, a_file(tmp_path, a_sale("1")), mapping)
        assert list(refused.value.members["errors"]) == [path]


def _killer(step: str, times: int) -> Callable[[Progress], None]:
    left = iter(range(times))

    def told(progress: Progress) -> None:
        if progress.step == step and next(left, None) is None:
            raise Killed

    return told
