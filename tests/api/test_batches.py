"""A batch: every row is done once, as its own door would do it, and no row stops another."""

import threading
from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from batching import NDJSON, carry_out, ndjson, rows_of, send
from stoa.api import batching
from stoa.errors import WalletBusyError
from stoa.services import batches, invariants, partners
from stoa.services.batches import Again, Done, carrying
from stoa.work import Actor, Desk, Work
from tills import Till, refused, till_of
from world import Coalition, FixedClock

DAY = "2026-05-01"


def original(sale: Mapping[str, Any]) -> dict[str, str]:
    return {
        "store": "main", "terminal": "t1", "receipt_no": sale["receipt_no"], "business_date": DAY,
    }  # fmt: skip


def counts(till: Till, batch: Mapping[str, Any]) -> dict[str, int]:
    told = till.get(f"/batches/{batch['batch_id']}").json["rows"]
    return {name: count for name, count in told.items() if count and name != "total"}


def balance(till: Till, member: Mapping[str, Any]) -> dict[str, Any]:
    told = till.get(f"/members/{till.ref_of(member)}/balance").json
    return {name: told[name] for name in ("available", "pending", "held", "debt")}


def a_day(till: Till, members: list[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    """Return random rows of a day: sales, returns, voids, doubles, and some that are wrong."""
    dice = Random(seed)  # noqa: S311 - a case of a test
    rows: list[dict[str, Any]] = []
    sales: list[dict[str, Any]] = []
    for number in range(30):
        what = dice.choice(["sale", "sale", "sale", "return", "part", "void", "twice", "wrong"])
        if what in ("sale", "wrong") or not sales:
            sale = till.a_purchase(dice.choice(members), f"{dice.randint(1, 300)}.00")
            if what == "wrong":
                sale |= dice.choice(
                    [{"store": "nowhere"}, {"currency": "XXX"}, {"lines": []}, {"surprise": 1}]
                )
            else:
                sales.append(sale)
            rows.append({"kind": "purchase"} | sale)
        elif what == "twice":
            rows.append(dice.choice(rows))
        elif what == "void":
            rows.append({"kind": "void", "original": original(dice.choice(sales))})
        else:
            part = {"amount": "1.00"} if what == "part" else {}
            of = {"original": original(dice.choice(sales)), "receipt_no": f"B-{number}"}
            rows.append({"kind": "return"} | of | part)
    return rows


def sent_singly(till: Till, row: Mapping[str, Any]) -> tuple[str, Any]:
    """Send a row to its own door, with the key that the batch would give it."""
    body = dict(row)
    kind = body.pop("kind")
    key = batching.natural_key(kind, body)
    path = {"purchase": "/purchases", "return": "/returns"}.get(kind)
    if kind == "void":
        found = till.get("/purchases", **body["original"]).json["purchases"]
        path, body = f"/purchases/{found[0]['purchase_id']}/void", {}
    answer = till.post(str(path), body, key=key)
    state = "failed" if answer.status_code >= 400 else "done"
    return ("repeated" if answer.headers.get("Idempotent-Replayed") else state), answer.json


WHO = frozenset(
    {
        "purchase_id", "return_id", "transaction_id", "member_ref", "request_id", "received_at",
        "resolved_at",
    }
)  # fmt: skip


def plain(told: Any) -> Any:
    """Return an answer without what names one deed or one member."""
    if isinstance(told, Mapping):
        return {name: plain(each) for name, each in told.items() if name not in WHO}
    return [plain(each) for each in told] if isinstance(told, list) else told


class TestRowsAndDoors:
    @pytest.mark.parametrize("seed", range(3))
    def test_a_day_by_batch_is_the_day_by_its_doors(
        self, desk: Desk, grocery: Till, seed: int
    ) -> None:
        ours, theirs = ([grocery.enrol() for _ in range(3)] for _ in range(2))
        rows = a_day(grocery, ours, seed)
        cards = {mine["card"]: other["card"] for mine, other in zip(ours, theirs, strict=True)}
        again = [_as_another(row, cards) for row in rows]
        batch = send(grocery, rows)
        carry_out(desk)
        told = rows_of(grocery, batch)
        singles = [sent_singly(grocery, row) for row in again]
        assert [each["status"] for each in told] == [state for state, _ in singles]
        assert len({each["status"] for each in told}) == 3
        for by_batch, (_, single) in zip(told, singles, strict=True):
            assert plain(by_batch["answer"] or by_batch["problem"]) == plain(single)
        for mine, other in zip(ours, theirs, strict=True):
            assert balance(grocery, mine) == balance(grocery, other)
        with desk.work(Actor("cli")) as work:
            assert invariants.check_invariants(work) == []

    def test_what_its_door_did_before_answers_as_a_repeat(self, desk: Desk, grocery: Till) -> None:
        sale = grocery.a_purchase(grocery.enrol())
        first = grocery.post("/purchases", sale, key="till-1").json
        batch = send(grocery, [{"key": "till-1"} | sale, {"key": "till-2"} | sale])
        carry_out(desk)
        repeat, claimed = rows_of(grocery, batch)
        assert repeat["status"] == "repeated"
        assert repeat["answer"] == first
        assert claimed["problem"]["code"] == "RECEIPT_ALREADY_CLAIMED"
        assert claimed["problem"]["type"] == "http://localhost/problems/receipt-already-claimed"

    def test_what_a_batch_did_its_door_answers_as_a_repeat(self, desk: Desk, grocery: Till) -> None:
        sale = grocery.a_purchase(grocery.enrol())
        batch = send(grocery, [sale])
        carry_out(desk)
        row = rows_of(grocery, batch)[0]
        answer = grocery.post("/purchases", sale, key=row["key"])
        assert answer.headers["Idempotent-Replayed"] == "true"
        assert answer.json == row["answer"]

    def test_returns_and_voids_by_the_id_of_a_purchase(self, desk: Desk, grocery: Till) -> None:
        ada = grocery.enrol()
        first, second = (grocery.earn(ada)["purchase_id"] for _ in range(2))
        back = {"kind": "return", "purchase_id": first, "receipt_no": "B-1"}
        void = {"kind": "void", "purchase_id": second, "reason": "wrong card"}
        batch = send(grocery, [back, void, {"kind": "void", "purchase_id": "pur_nothing"}])
        carry_out(desk)
        assert counts(grocery, batch) == {"done": 2, "failed": 1}
        assert balance(grocery, ada)["available"] == 0


def _as_another(row: dict[str, Any], cards: Mapping[str, str]) -> dict[str, Any]:
    """Return the same row of another member, with receipts of its own."""
    other = dict(row)
    if "member" in other:
        other["member"] = {"type": "card", "value": cards[other["member"]["value"]]}
    if "receipt_no" in other:
        other["receipt_no"] += "x"
    if "original" in other:
        other["original"] = other["original"] | {
            "receipt_no": f"{other['original']['receipt_no']}x"
        }
    return other


class TestOnceEach:
    def test_the_same_file_again_posts_nothing(self, desk: Desk, grocery: Till) -> None:
        ada = grocery.enrol()
        sales = [grocery.a_purchase(ada) for _ in range(3)]
        rows = [*sales, {"kind": "return", "original": original(sales[0]), "receipt_no": "B"}]
        rows += [{"kind": "void", "original": original(sales[1])}]
        first = send(grocery, rows)
        carry_out(desk)
        before = balance(grocery, ada)
        again = send(grocery, rows)
        carry_out(desk)
        assert counts(grocery, first) == {"done": 5}
        assert counts(grocery, again) == {"repeated": 5}
        assert balance(grocery, ada) == before == dict.fromkeys(before, 0) | {"available": 100}
        told = [[row["answer"] for row in rows_of(grocery, each)] for each in (first, again)]
        assert told[0] == told[1]

    def test_a_corrected_file_posts_what_was_missing(self, desk: Desk, grocery: Till) -> None:
        ada = grocery.enrol()
        rows = [grocery.a_purchase(ada) for _ in range(4)]
        wrong = [*rows[:2], rows[2] | {"store": "mian"}, rows[3] | {"tenders": []}]
        first = send(grocery, wrong)
        carry_out(desk)
        assert counts(grocery, first) == {"done": 2, "failed": 2}
        failed = rows_of(grocery, first, "failed")
        assert [(row["row_no"], row["problem"]["code"]) for row in failed] == [
            (3, "STORE_UNKNOWN"),
            (4, "INVALID_BODY"),
        ]
        assert '"mian"' in failed[0]["line"]
        corrected = send(grocery, [*rows[:2], failed_put_right(rows[2]), rows[3]])
        carry_out(desk)
        assert counts(grocery, corrected) == {"repeated": 2, "done": 2}
        assert balance(grocery, ada)["available"] == 400

    def test_a_row_twice_in_a_file_is_done_once(self, desk: Desk, grocery: Till) -> None:
        ada = grocery.enrol()
        sale = grocery.a_purchase(ada)
        other = sale | {"lines": [{"line_no": 1, "sku": "A", "quantity": "1", "net": "9.00"}]}
        batch = send(grocery, [sale, sale, other])
        carry_out(desk)
        states = [row["status"] for row in rows_of(grocery, batch)]
        assert states == ["done", "repeated", "failed"]
        problem = rows_of(grocery, batch, "failed")[0]["problem"]
        assert problem["code"] == "IDEMPOTENCY_MISMATCH"
        assert balance(grocery, ada)["available"] == 100

    def test_a_batch_sent_twice_with_its_key_is_one(self, desk: Desk, grocery: Till) -> None:
        rows = [grocery.a_purchase(grocery.enrol())]
        first, second = (send(grocery, rows, key="file-7") for _ in range(2))
        assert first == second
        answer = grocery.post(
            "/batches?dry_run=true", data=ndjson(rows).encode(), content_type=NDJSON, key="file-7"
        )
        refused(answer, 422, "IDEMPOTENCY_MISMATCH")

    def test_a_worker_killed_anywhere_leaves_each_row_done_once(
        self, desk: Desk, grocery: Till, clock: FixedClock
    ) -> None:
        ada = grocery.enrol()
        dice = Random(7)  # noqa: S311 - a case of a test
        batch = send(grocery, [grocery.a_purchase(ada) for _ in range(60)])

        def mortal(work: Work, line: str, name: str) -> Done:
            clock.move(milliseconds=1)
            if dice.random() < 0.03:
                raise Killed
            done = batching.post(work, line, name)
            if dice.random() < 0.03:
                raise Killed
            return done

        assert until_carried_out(desk, mortal) > 3
        assert counts(grocery, batch) == {"done": 60}
        assert balance(grocery, ada)["available"] == 6000

    def test_two_workers_carry_no_row_out_twice(self, desk: Desk, grocery: Till) -> None:
        ada = grocery.enrol()
        send(grocery, [grocery.a_purchase(ada) for _ in range(120)])
        begun: list[str] = []

        def noting(work: Work, line: str, name: str) -> Done:
            begun.append(name)
            return batching.post(work, line, name)

        workers = [threading.Thread(target=carry_out, args=(desk, noting)) for _ in range(3)]
        for each in workers:
            each.start()
        for each in workers:
            each.join()
        carry_out(desk, noting)
        assert len(begun) == len(set(begun)) == 120
        assert balance(grocery, ada)["available"] == 12000

    def test_a_saboteur_whose_keys_are_made_anew_is_found(
        self, desk: Desk, grocery: Till, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ada = grocery.enrol()
        back = {"kind": "return", "amount": "1.00"}
        sale = grocery.a_purchase(ada)
        rows = [sale, back | {"original": original(sale), "receipt_no": "B"}]
        dice = Random(1)  # noqa: S311 - a saboteur
        monkeypatch.setattr(batching, "natural_key", lambda *_: f"new-{dice.random()}")
        sent = [send(grocery, rows) for _ in range(2)]
        carry_out(desk)
        assert counts(grocery, sent[1]) != {"repeated": 2}


class Killed(BaseException):
    """The end of a worker: nothing of it goes on."""


def failed_put_right(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as somebody corrected it."""
    return row | {"store": "main"}


def until_carried_out(desk: Desk, post: Any) -> int:
    """Start workers until all is carried out; return how many were killed."""
    killed = 0
    while True:
        try:
            carry_out(desk, post)
        except Killed:
            killed += 1
        else:
            return killed


class TestTheWorker:
    def test_partners_take_turns(self, desk: Desk, grocery: Till, cinema: Till) -> None:
        ada, bob = grocery.enrol(), cinema.enrol()
        send(grocery, [grocery.a_purchase(ada) for _ in range(150)])
        send(grocery, [grocery.a_purchase(ada)])
        small = send(cinema, [cinema.a_purchase(bob)])
        assert batches.carry_on(desk, batching.post)
        assert batches.carry_on(desk, batching.post)
        assert counts(cinema, small) == {"done": 1}

    def test_a_partners_batches_run_in_their_order(self, desk: Desk, grocery: Till) -> None:
        sale = grocery.a_purchase(grocery.enrol())
        first = send(grocery, [grocery.a_purchase(grocery.enrol()) for _ in range(60)] + [sale])
        second = send(grocery, [{"kind": "void", "original": original(sale)}])
        carry_out(desk)
        assert counts(grocery, first) == {"done": 61}
        assert counts(grocery, second) == {"done": 1}

    def test_a_paced_batch_rests_between_its_chunks(self, desk: Desk, grocery: Till) -> None:
        ada = grocery.enrol()
        batch = send(grocery, [grocery.a_purchase(ada) for _ in range(60)])
        assert batches.carry_on(desk, batching.post, rows_per_s=1) == 1
        assert batches.carry_on(desk, batching.post, rows_per_s=1) == 0
        assert counts(grocery, batch) == {"done": 50, "waiting": 10}

    def test_a_worker_asked_to_stop_keeps_what_it_did(self, desk: Desk, grocery: Till) -> None:
        batch = send(grocery, [grocery.a_purchase(grocery.enrol()) for _ in range(3)])
        asked = iter([False, False, True])
        batches.carry_on(desk, batching.post, stopping=lambda: next(asked))
        assert counts(grocery, batch) == {"done": 2, "waiting": 1}

    def test_a_row_that_may_succeed_later_waits_and_succeeds(
        self, desk: Desk, grocery: Till, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ada = grocery.enrol()
        batch = send(grocery, [grocery.a_purchase(ada) for _ in range(3)])
        busy = iter([WalletBusyError(), OperationalError("down", {}, Exception())])
        monkeypatch.setattr(carrying, "_pause", lambda *_: timedelta())

        def hindered(work: Work, line: str, name: str) -> Done:
            if name.endswith("/2"):
                for each in busy:
                    raise Again(
                        Done("purchase", "", {"code": "WALLET_BUSY"}, refused=True)
                    ) from each
            return batching.post(work, line, name)

        carry_out(desk, hindered)
        assert [row["status"] for row in rows_of(grocery, batch)] == ["done"] * 3

    def test_a_row_that_never_succeeds_fails_at_last_and_stops_nothing(
        self, desk: Desk, grocery: Till, plain: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(carrying, "_pause", lambda *_: timedelta())

        def broken(*_: Any, **__: Any) -> Any:
            raise RuntimeError("boom")

        ada = grocery.enrol()
        rows = [grocery.a_purchase(ada), {"kind": "void", "purchase_id": "x"}]
        monkeypatch.setitem(batching._DEEDS, "void", broken)
        batch = send(grocery, [rows[1], rows[0]])
        carry_out(desk)
        failed, done = rows_of(grocery, batch)
        assert failed["problem"]["code"] == "INTERNAL_ERROR"
        assert "boom" not in str(failed)
        assert done["status"] == "done"

    def test_ended_batches_are_forgotten_after_thirty_days(
        self, desk: Desk, grocery: Till, clock: FixedClock
    ) -> None:
        batch = send(grocery, [grocery.a_purchase(grocery.enrol())])
        carry_out(desk)
        clock.move(days=29)
        with desk.work(Actor("worker")) as work:
            assert batches.forget(work) == 0
        clock.move(days=2)
        with desk.work(Actor("worker")) as work:
            assert batches.forget(work) == 1
        gone = grocery.renewed().get(f"/batches/{batch['batch_id']}")
        refused(gone, 404, "BATCH_UNKNOWN")


class TestDryRuns:
    def test_a_dry_run_tells_what_a_run_would_and_does_nothing(
        self, desk: Desk, grocery: Till
    ) -> None:
        ada = grocery.enrol()
        bought = grocery.earn(ada)
        rows = [
            grocery.a_purchase(ada),
            {"kind": "void", "purchase_id": bought["purchase_id"]},
            grocery.a_purchase(ada, store="nowhere"),
        ]
        before = balance(grocery, ada)
        dry = send(grocery, rows, "?dry_run=true")
        carry_out(desk)
        assert dry["dry_run"]
        assert counts(grocery, dry) == {"done": 2, "failed": 1}
        assert balance(grocery, ada) == before
        told = rows_of(grocery, dry)
        wet = send(grocery, rows)
        carry_out(desk)
        assert counts(grocery, wet) == {"done": 2, "failed": 1}
        points = [(row["answer"] or {}).get("points") for row in rows_of(grocery, wet)]
        assert [(row["answer"] or {}).get("points") for row in told] == points == [100, None, None]


class TestFiles:
    def test_a_table_is_read_by_the_paths_of_its_columns(self, desk: Desk, grocery: Till) -> None:
        ada = grocery.enrol()
        table = (
            "\ufeffkind,member.type,member.value,store,terminal,receipt_no,occurred_at,currency,"
            "lines.0.sku,lines.0.quantity,lines.0.net,lines.0.earn,lines.1.sku,lines.1.quantity,"
            "lines.1.net,original.store,original.terminal,original.receipt_no,"
            "original.business_date\r\n"
            f"purchase,card,{ada['card']},main,t1,C-1,2026-05-01T12:00:00+08:00,CNY,"
            'A,1,10.00,false,"B, ""best""",2,20.00\r\n'
            "\r\n"
            "return,,,,,CB-1,,,,,,,,,,main,t1,C-1,2026-05-01\r\n"
        )
        batch = send(grocery, table, content_type="text/csv")
        carry_out(desk)
        bought, back = rows_of(grocery, batch)
        assert (bought["row_no"], bought["status"], bought["answer"]["points"]) == (2, "done", 20)
        assert (back["row_no"], back["answer"]["clawed_back"]) == (4, 20)

    def test_a_line_that_is_no_row_fails_alone(self, desk: Desk, grocery: Till) -> None:
        cases = [
            ("not json", "MALFORMED_JSON"),
            ('{"kind":"purchase","kind":"void"}', "MALFORMED_JSON"),
            ("[]", "INVALID_BODY"),
            ('{"kind":"gift"}', "INVALID_BODY"),
            ('{"kind":["void"]}', "INVALID_BODY"),
            ('{"key":"","kind":"void"}', "IDEMPOTENCY_KEY_INVALID"),
            ('{"kind":"void","purchase_id":7}', "PURCHASE_UNKNOWN"),
            ('{"kind":"void"}', "INVALID_BODY"),
            (f'{{"kind":"void","reason":"{"x" * 300_000}"}}', "BODY_TOO_LARGE"),
        ]
        good = ndjson([grocery.a_purchase(grocery.enrol())])
        batch = send(grocery, "".join(f"{line}\n\n" for line, _ in cases) + good)
        carry_out(desk)
        *failed, done = rows_of(grocery, batch)
        assert [row["problem"]["code"] for row in failed] == [code for _, code in cases]
        assert [row["row_no"] for row in failed] == [1, 3, 5, 7, 9, 11, 13, 15, 17]
        assert failed[0]["problem"]["request_id"] == f"{batch['batch_id']}/1"
        assert (done["row_no"], done["status"]) == (19, "done")

    def test_a_file_of_fifty_thousand_rows_is_taken_and_one_more_is_not(
        self, grocery: Till
    ) -> None:
        taken = send(grocery, "{}\n" * 50_000)
        assert taken["rows"]["waiting"] == 50_000
        answer = grocery.post("/batches", data=b"{}\n" * 50_001, content_type=NDJSON)
        assert "50001" in refused(answer, 422, "INVALID_BODY")["detail"]

    def test_a_file_that_is_none_is_refused(self, grocery: Till) -> None:
        for data, kind, status, code in (
            (b"", NDJSON, 422, "INVALID_BODY"),
            (b"\n \n", NDJSON, 422, "INVALID_BODY"),
            (b"\xff\n", NDJSON, 400, "MALFORMED_JSON"),
            (b'{"a":"\0"}\n', NDJSON, 400, "MALFORMED_JSON"),
            (b"{}", "application/json", 415, "BATCH_TYPE_REQUIRED"),
            (b"{}", "text/csv; charset=latin-1", 415, "BATCH_TYPE_REQUIRED"),
            (b"x" * 25_000_001, NDJSON, 413, "BODY_TOO_LARGE"),
            (b"store\na,b\n", "text/csv", 422, "INVALID_BODY"),
            (b'store\n"a\n', "text/csv", 422, "INVALID_BODY"),
        ):
            refused(grocery.post("/batches", data=data, content_type=kind), status, code)

    def test_other_doors_take_no_larger_bodies(self, grocery: Till) -> None:
        answer = grocery.post("/purchases", data=b" " * 300_000, content_type="application/json")
        refused(answer, 413, "BODY_TOO_LARGE")


class TestDoors:
    def test_batches_are_listed_page_by_page_the_latest_first(self, grocery: Till) -> None:
        ids = [send(grocery, [{"n": number}])["batch_id"] for number in range(3)]
        page = grocery.get("/batches", limit="2").json
        assert [each["batch_id"] for each in page["batches"]] == [ids[2], ids[1]]
        rest = grocery.get("/batches", cursor=page["next_cursor"]).json
        assert [each["batch_id"] for each in rest["batches"]] == [ids[0]]
        refused(grocery.get("/batches", cursor="x"), 422, "INVALID_BODY")

    def test_another_partners_batch_is_not_there(self, grocery: Till, cinema: Till) -> None:
        theirs = send(cinema, [{}])["batch_id"]
        for known in (theirs, "bat_nothing", "x"):
            refused(grocery.get(f"/batches/{known}"), 404, "BATCH_UNKNOWN")
            refused(grocery.get(f"/batches/{known}/rows"), 404, "BATCH_UNKNOWN")
            refused(grocery.post(f"/batches/{known}/cancel"), 404, "BATCH_UNKNOWN")

    def test_a_cancelled_batch_leaves_what_waits_undone(self, desk: Desk, grocery: Till) -> None:
        batch = send(grocery, [grocery.a_purchase(grocery.enrol()) for _ in range(60)])
        batches.carry_on(desk, batching.post)
        answer = grocery.post(f"/batches/{batch['batch_id']}/cancel", key="stop")
        assert (answer.json["status"], answer.json["rows"]["waiting"]) == ("cancelled", 10)
        assert grocery.post(f"/batches/{batch['batch_id']}/cancel", key="stop").json == answer.json
        assert carry_out(desk) == 0
        again = grocery.post(f"/batches/{batch['batch_id']}/cancel")
        assert again.json == answer.json

    def test_twenty_batches_may_wait(self, desk: Desk, grocery: Till, cinema: Till) -> None:
        for _ in range(20):
            send(grocery, [{}])
        answer = grocery.post("/batches", data=b"{}", content_type=NDJSON)
        refused(answer, 429, "BATCHES_OPEN")
        assert answer.headers["Retry-After"] == "60"
        send(cinema, [{}])
        carry_out(desk)
        send(grocery, [{}])

    def test_a_suspended_partners_rows_fail(
        self, desk: Desk, grocery: Till, coalition: Coalition
    ) -> None:
        batch = send(grocery, [grocery.a_purchase(grocery.enrol())])
        with desk.work(Actor("cli")) as work:
            partners.suspend(work, coalition.grocery)
        carry_out(desk)
        assert rows_of(grocery, batch)[0]["problem"]["code"] == "PARTNER_SUSPENDED"

    def test_a_token_without_earning_sends_none(
        self, app: Any, desk: Desk, coalition: Coalition
    ) -> None:
        till = till_of(app, desk, coalition.grocery, scope="balance:read")
        answer = till.post("/batches", data=b"{}", content_type=NDJSON)
        refused(answer, 403, "SCOPE_REQUIRED")
