"""Files that are handed in: read whatever they are, fitted, tried, imported once, stopped."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from stoa.errors import InvalidBodyError
from stoa.services import ledger, uploads
from stoa.services.imports import runs
from stoa.services.uploads import carrying, reading
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, Someone

GRACE = Actor("staff:grace")
SAID = {
    "zone": "Asia/Shanghai", "currency": "CNY", "member_kind": "card",
    "time_format": "%Y-%m-%d %H:%M", "store": "grocery/main",
}  # fmt: skip


def _sales(ada: Someone, *more: str) -> bytes:
    rows = ["Receipt No;Time;Card;SKU;Qty;Amount;Note"]
    rows += [f"R{n};2026-04-0{n} 10:00;{ada.token.value};a;1;100.00;x" for n in (1, 2, 3)]
    return "\r\n".join([*rows, *more]).encode("utf-16")


def _hand_in(desk: Desk, raw: bytes, *, kind: str = "purchases", **said: str) -> UUID:
    with desk.work(GRACE) as work:
        return uploads.hand_in(work, kind, "sales.csv", raw, given=said)


def _do(desk: Desk, upload_id: UUID, *, dry_run: bool) -> uploads.Upload:
    with desk.work(GRACE) as work:
        uploads.queue(work, upload_id, dry_run=dry_run)
    assert uploads.carry_on(desk) == 1
    return _find(desk, upload_id)


def _find(desk: Desk, upload_id: UUID) -> uploads.Upload:
    with desk.work(GRACE) as work:
        found = uploads.find(work, upload_id)
    assert found
    return found


def _points(desk: Desk, who: Someone) -> int:
    with desk.work(GRACE) as work:
        return ledger.balance_of(work, who.id, "STAR").balance.available


def test_a_file_is_tried_without_effect_then_imported_and_a_second_time_changes_nothing(
    coalition: Coalition,
) -> None:
    ada, desk = coalition.a_member(), coalition.desk
    raw = _sales(ada, "R4;2026-04-04 10:00;999;a;1;100.00;x", "R5;never;1;a;1;1;y")
    upload_id = _hand_in(desk, raw, **SAID)
    assert _find(desk, upload_id).given["price_is"] == "amount"
    tried = _do(desk, upload_id, dry_run=True)
    assert (tried.state, tried.errors) == ("rehearsed", {})
    assert tried.rehearsal
    counts = {name: tried.rehearsal[name] for name in ("lines", "earned", "rejected", "wrong")}
    assert counts == {"lines": 5, "earned": 3, "rejected": 2, "wrong": 2}
    assert _points(desk, ada) == 0
    with desk.work(GRACE) as work:
        wrong = uploads.wrong_rows(work, upload_id)
        assert uploads.wrong_counts(work, upload_id) == {"INVALID_MEMBER": 2}
    assert [row.line for row in wrong] == [5, 6]
    done = _do(desk, upload_id, dry_run=False)
    assert (done.state, done.report and done.report["points_earned"]) == ("done", 300)
    assert _points(desk, ada) == 300
    with pytest.raises(InvalidBodyError), desk.work(GRACE) as work:
        uploads.queue(work, upload_id, dry_run=False)
    again = _hand_in(desk, raw, **SAID)
    with desk.work(GRACE) as work:
        assert [each.id for each in uploads.earlier(work, _find(desk, again))] == [upload_id]
    twice = _do(desk, again, dry_run=False)
    assert twice.report
    assert twice.report["state"] == "already imported"
    assert _points(desk, ada) == 300


def test_opening_balances_may_have_any_columns_and_open_once(coalition: Coalition) -> None:
    ada, desk = coalition.a_member(), coalition.desk
    lines = [
        {"Card No": ada.token.value, "Balance": 120, "Valid until": "2026-12-31"},
        {"Card No": ada.token.value, "Balance": 0},
        {"Card No": "123", "Balance": 5, "Shop": "grocery"},
    ]
    raw = "\n".join(map(json.dumps, lines)).encode()
    said = {"member_kind": "card", "points_currency": "STAR"}
    with desk.work(GRACE) as work:
        upload_id = uploads.hand_in(work, "openings", "old.ndjson", raw, given=said)
    assert _find(desk, upload_id).given["value"] == "Card No"
    for dry_run, points in ((True, 0), (False, 120)):
        done = _do(desk, upload_id, dry_run=dry_run)
        assert _points(desk, ada) == points
    assert done.report
    assert (done.report["opened"], done.report["rejected"]) == (1, 2)
    with desk.work(GRACE) as work:
        counts = uploads.wrong_counts(work, upload_id)
    assert counts == {"INVALID_AMOUNT": 1, "INVALID_MEMBER": 1}
    with desk.work(GRACE) as work:
        again = uploads.hand_in(work, "openings", "again.ndjson", raw, given=said)
    report = _do(desk, again, dry_run=False).report
    assert report
    assert (report["state"], _points(desk, ada)) == ("already imported", 120)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"zone": "Mars/Olympus"}, "time.zone"),
        ({"price": ""}, "columns.unit_price"),
        ({"store": "grocery/attic"}, "shops.1"),
        ({"currency": "EUR"}, "shops.1"),
    ],
)
def test_a_mapping_that_does_not_fit_fails_with_the_field_and_may_be_mended(
    coalition: Coalition, change: Mapping[str, str], field: str
) -> None:
    ada, desk = coalition.a_member(), coalition.desk
    upload_id = _hand_in(desk, _sales(ada), **SAID)
    given = _find(desk, upload_id).given
    with desk.work(GRACE) as work:
        uploads.tell(work, upload_id, {**given, **change})
    failed = _do(desk, upload_id, dry_run=True)
    assert (failed.state, list(failed.errors)) == ("failed", [field])
    with desk.work(GRACE) as work:
        uploads.tell(work, upload_id, given)
    assert _do(desk, upload_id, dry_run=True).state == "rehearsed"


def test_an_import_is_cancelled_while_it_waits_and_while_it_runs_and_goes_on_later(
    coalition: Coalition, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, desk = coalition.a_member(), coalition.desk
    upload_id = _hand_in(desk, _sales(ada), **SAID)
    with desk.work(GRACE) as work:
        uploads.queue(work, upload_id, dry_run=False)
        uploads.cancel(work, upload_id)
    assert (_find(desk, upload_id).state, uploads.carry_on(desk)) == ("cancelled", 0)

    run = runs.run_import

    def interrupted(desk: Desk, *args: Any, **options: Any) -> Any:
        with desk.work(GRACE) as work:
            uploads.cancel(work, upload_id)
        return run(desk, *args, **options)

    monkeypatch.setattr(runs, "run_import", interrupted)
    assert _do(desk, upload_id, dry_run=False).state == "cancelled"
    assert _points(desk, ada) == 0
    monkeypatch.undo()
    with pytest.raises(InvalidBodyError), desk.work(GRACE) as work:
        uploads.cancel(work, upload_id)
    assert _do(desk, upload_id, dry_run=False).state == "done"
    assert _points(desk, ada) == 300


def test_an_import_whose_worker_was_killed_is_taken_again_after_two_minutes(
    coalition: Coalition, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, desk = coalition.a_member(), coalition.desk
    upload_id = _hand_in(desk, _sales(ada), **SAID)

    def killed(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(carrying, "_purchases", killed)
    with pytest.raises(KeyboardInterrupt):
        _do(desk, upload_id, dry_run=False)
    monkeypatch.undo()
    assert uploads.carry_on(desk) == 0
    clock.move(seconds=121)
    assert uploads.carry_on(desk) == 1
    assert _find(desk, upload_id).state == "done"
    assert _points(desk, ada) == 300


def test_a_worker_that_is_asked_to_stop_leaves_the_import_to_the_next(coalition: Coalition) -> None:
    ada, desk = coalition.a_member(), coalition.desk
    upload_id = _hand_in(desk, _sales(ada), **SAID)
    with desk.work(GRACE) as work:
        uploads.queue(work, upload_id, dry_run=False)
    assert uploads.carry_on(desk, stopping=lambda: True) == 1
    assert _find(desk, upload_id).state == "queued"
    assert uploads.carry_on(desk) == 1
    assert _points(desk, ada) == 300


@pytest.mark.parametrize(
    ("name", "raw", "word"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"a,b\n", "empty"),
        ("a.xlsx", b"PK\x03\x04rest", "packed"),
        ("a.csv", b"a,b\x00\n1,2\n", "text"),
        ("a.csv", b"a,a\n1,2\n", "same"),
        ("a.csv", b",,\n1,2,3\n", "columns"),
        ("a.ndjson", b'{"a": 1}\nnot so\n', "json"),
        ("a.ndjson", b"[1]\n", "json"),
        ("a.csv", b"a" * (reading.MOST_BYTES + 1), "size"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(
    desk: Desk, name: str, raw: bytes, word: str
) -> None:
    with pytest.raises(InvalidBodyError) as refused, desk.work(GRACE) as work:
        uploads.hand_in(work, "purchases", name, raw, given={})
    assert refused.value.members["errors"] == {"file": [word]}


def test_files_are_wiped_after_a_week_and_drafts_forgotten_after_three_months(
    coalition: Coalition, clock: FixedClock
) -> None:
    ada, desk = coalition.a_member(), coalition.desk
    draft, done = _hand_in(desk, _sales(ada), **SAID), _hand_in(desk, _sales(ada), **SAID)
    _do(desk, done, dry_run=False)
    clock.move(days=8)
    with desk.work(GRACE) as work:
        assert uploads.forget(work) == 2
        assert uploads.sheet_of(work, draft) is None
        assert not uploads.content_of(work, done)
    clock.move(days=90)
    with desk.work(GRACE) as work:
        uploads.forget(work)
        assert [each.id for each in uploads.page(work)] == [done]
