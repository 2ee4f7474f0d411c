"""Jobs and outbox: what waits and what failed, in words, and what may be done about it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

import stoa.worker
from stoa.services import chores, earning
from stoa.services.outbox import MAX_ATTEMPTS
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Actor, Desk
from stoa.worker import ACTOR, TURNS, Turn, Worker
from visitor import Visitor, text_of
from windows import Open, faults, fits, sign_in
from world import Coalition, a_key


@pytest.fixture
def sick(coalition: Coalition, database: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return the number of a job that failed: of the worker's own, whose turn raised."""

    def turn(work: Any, _: Any) -> int:
        work.rows("SELECT CAST('ada@example.org' AS integer)")
        return 0

    broken = tuple(Turn(each.name, each.cron, turn) for each in TURNS if each.name == "segments")
    monkeypatch.setattr(stoa.worker, "TURNS", broken)
    queue = Worker(coalition.desk, database)._queue()

    async def once() -> int:
        async with queue.open_async():
            job = await queue.configure_task("segments").defer_async(timestamp=0)
            await queue.run_worker_async(
                wait=False, install_signal_handlers=False, delete_jobs="successful"
            )
        return job

    with ThreadPoolExecutor(1) as pool:  # a browser has a loop of its own in this thread
        return pool.submit(lambda: asyncio.run(once())).result()


def _give_up(desk: Desk) -> str:
    event = new_uuid()
    with desk.work(Actor("cli")) as work:
        work.session.execute(
            text(
                "INSERT INTO outbox (member_id, id, topic, at, facts, state, attempts)"
                " VALUES (:id, :id, 'points.earned', :at, '{\"secret\": \"4711\"}', 'failed', :n)"
            ),
            {"id": event, "at": work.now(), "n": MAX_ATTEMPTS},
        )
    return public_id("evt", event)


def _state(desk: Desk, job: int) -> str:
    with desk.work(ACTOR) as work:
        rows = work.rows("SELECT status::text FROM procrastinate_jobs WHERE id = %s", (job,))
    return str(rows[0][0])


def test_a_failed_job_says_why_in_words_and_tells_nobodys_data(
    operator: Visitor, sick: int
) -> None:
    page = operator.get("/admin/jobs")
    told = text_of(page)
    assert f"#{sick} segments(timestamp)" in told
    assert "failed 1 time" in told
    assert "InvalidTextRepresentation · 22P02 · stoa/work.py:" in told
    assert "ada@" not in page.text


def test_a_failed_job_is_tried_again_once_and_a_waiting_one_cancelled(
    operator: Visitor, coalition: Coalition, sick: int
) -> None:
    operator.get("/admin/jobs")
    for expected in ("The job waits for the worker again.", "in another state by now"):
        assert operator.post(f"/admin/jobs/{sick}/retry").status_code == 303
        assert expected in text_of(operator.get("/admin/jobs"))
    assert _state(coalition.desk, sick) == "todo"
    for expected in ("The job is cancelled", "does not wait any more"):
        operator.post(f"/admin/jobs/{sick}/cancel")
        assert expected in text_of(operator.get("/admin/jobs"))
    assert _state(coalition.desk, sick) == "cancelled"
    with coalition.desk.work(ACTOR) as work:
        deeds = work.rows(
            "SELECT deed, actor FROM audit_records WHERE subject = %s ORDER BY id", (f"job_{sick}",)
        )
    assert [row[0] for row in deeds] == ["job.retry", "job.cancel"]
    assert all(row[1].startswith("staff:") for row in deeds)


def test_an_event_given_up_is_told_from_the_beginning(
    operator: Visitor, coalition: Coalition
) -> None:
    event = _give_up(coalition.desk)
    page = operator.get("/admin/jobs")
    assert event in page.text
    assert "4711" not in page.text
    for expected in ("The event is told again.", "was not given up"):
        operator.post(f"/admin/jobs/events/{event}/again")
        assert expected in text_of(operator.get("/admin/jobs"))
    with coalition.desk.work(ACTOR) as work:
        assert work.rows("SELECT state, attempts FROM outbox WHERE topic = 'points.earned'") == [
            ("new", 0)
        ]


def test_an_auditor_looks_and_changes_nothing(
    auditor: Visitor, coalition: Coalition, sick: int
) -> None:
    assert "Try again" not in text_of(auditor.get("/admin/jobs"))
    assert auditor.post(f"/admin/jobs/{sick}/retry").status_code == 403
    assert _state(coalition.desk, sick) == "failed"


@pytest.mark.browser
def test_the_room_in_a_browser(open_page: Open, coalition: Coalition, sick: int) -> None:
    _give_up(coalition.desk)
    with coalition.desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(coalition.a_member()), key=a_key())
    chores.Notes(coalition.desk, ACTOR).did("tell", "0.5", 0.0, 12)
    for width, theme, language in ((390, "dark", "zh_Hant"), (1280, "light", "en")):
        page = open_page(width=width, theme=theme, language=language)
        sign_in(page)
        page.goto("/admin/jobs")
        assert (faults(page), fits(page)) == ([], True)
    page.locator(f"[data-opens=retry-{sick}]").click()
    page.locator(f"#retry-{sick} .btn-primary").click()
    expect(page.locator("#toasts .note")).to_contain_text("waits for the worker")
    page.get_by_role("link", name="Waiting").click()
    expect(page.locator("#main tbody tr").first).to_contain_text(f"#{sick}")
