"""``stoa-sdk batch``: a file is sent, watched to its end, and what failed is told row by row."""

import io
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from batching import carry_out
from partner_sdk.shells import Run, credential, home, logged_in, run
from stoa.work import Desk
from stoa_sdk.batches import Batch, BatchRow
from stoa_sdk.batching import bar, painter, table
from world import Coalition

__all__ = ["credential", "home", "logged_in", "run"]


@pytest.fixture
def file(coalition: Coalition, tmp_path: Path) -> Path:
    """Return a file of two purchases, the second of nobody."""
    ada = coalition.a_member()
    lines = [{"line_no": 1, "sku": "tea", "quantity": "1", "net": "88.00"}]
    both = [
        {
            "kind": "purchase", "member": {"type": "card", "value": card}, "store": "main",
            "receipt_no": f"R-{number}", "occurred_at": "2026-05-01T12:00:00+08:00",
            "currency": "CNY", "lines": lines,
        }
        for number, card in enumerate([ada.token.value, "9900000000000000"])
    ]  # fmt: skip
    path = tmp_path / "sales.ndjson"
    path.write_text("".join(f"{json.dumps(each)}\n" for each in both), "utf-8")
    return path


@pytest.fixture
def worker(desk: Desk) -> Iterator[None]:
    """Let a worker carry batches out while the test runs."""
    over = threading.Event()

    def carry() -> None:
        while not over.wait(0.05):
            carry_out(desk)

    thread = threading.Thread(target=carry)
    thread.start()
    yield
    over.set()
    thread.join()


@pytest.mark.usefixtures("worker")
def test_a_file_is_tried_sent_and_watched(
    logged_in: Run, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    send = ("batch", "send", str(file), "--watch", "--every", "0.05")
    status, told = logged_in(*send, "--dry-run")
    assert (status, "nothing had an effect" in told) == (1, True), told
    status, told = logged_in(*send)
    assert "done: 1 done, 0 done before, 1 failed" in told
    assert (status, told.splitlines()[-1].startswith("NOT DONE: 1 of 2 rows failed")) == (1, True)
    row = next(line for line in told.splitlines() if line.startswith("2 "))
    assert ("MEMBER_UNKNOWN" in row, "purchase" in row) == (True, True)
    assert "] 2 of 2, 1 failed\n" in capsys.readouterr().err
    again = logged_in(*send)[1]
    assert "done: 0 done, 1 done before, 1 failed" in again
    assert len(logged_in("batch", "list")[1].splitlines()) == 3
    (first,) = logged_in("batch", "list", "--limit", "1")[1].splitlines()
    failed = logged_in("batch", "rows", first.split()[0], "--status", "failed", "--json")[1]
    assert json.loads(failed)["problem"]["code"] == "MEMBER_UNKNOWN"


def test_a_batch_that_waits_is_told_of_and_cancelled(logged_in: Run, file: Path) -> None:
    status, told = logged_in("batch", "send", str(file))
    batch = told.split(":")[0]
    assert (status, f"stoa-sdk batch watch {batch}" in told) == (0, True)
    assert "[----" in logged_in("batch", "list")[1]
    assert "2 rows stay undone" in logged_in("batch", "cancel", batch)[1]
    status, told = logged_in("batch", "watch", batch)
    assert (status, told.startswith("cancelled:")) == (0, True)


def test_a_file_that_is_not_there_is_told(logged_in: Run) -> None:
    assert logged_in("batch", "send", "/nowhere.csv")[0] == 1


def test_the_help_teaches(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("batch", "send", "--help")
    told = capsys.readouterr().out
    assert "stoa-sdk batch send sales.csv --dry-run --watch" in told
    assert '"kind":"purchase"' in told


def batch_of(total: int, waiting: int, failed: int = 0) -> Batch:
    counts: dict[str, Any] = {
        "total": total, "waiting": waiting, "done": total - waiting - failed, "repeated": 0,
        "failed": failed,
    }  # fmt: skip
    status = "running" if waiting else "done"
    made = datetime(2026, 5, 1, tzinfo=UTC).isoformat()
    return Batch.read(
        {"batch_id": "bat_1", "status": status, "dry_run": False, "rows": counts, "made_at": made}
    )


def test_the_bar_says_how_far_it_is() -> None:
    assert bar(batch_of(4, 3), cells=4) == "[#---] 1 of 4"
    assert bar(batch_of(4, 0, 2), cells=4) == "[####] 4 of 4, 2 failed"
    assert bar(batch_of(0, 0), cells=4) == "[####] 0 of 0"


def test_the_bar_is_painted_anew_on_a_terminal_and_told_once_elsewhere() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen, log = Terminal(), io.StringIO()
    for out in (screen, log):
        paint = painter(out)
        for waiting in (4, 4, 0):
            paint(batch_of(4, waiting))
    assert (screen.getvalue().count("\r"), screen.getvalue().count("\n")) == (3, 1)
    assert len(log.getvalue().splitlines()) == 2


def test_the_table_fits_the_screen() -> None:
    row = BatchRow(
        row_no=12, status="failed", kind="purchase", problem={"code": "X", "detail": "y" * 200}
    )
    head, line = table([row], width=60)
    assert head == "row  kind      status  code  why"
    assert line.startswith("12   purchase  failed  X     yyy")
    assert (len(line), line[-1]) == (60, "…")
