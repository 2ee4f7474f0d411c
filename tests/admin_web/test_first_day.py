"""The page "Your first day" is followed literally: each numbered step, in a real Chromium."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from clearings import WORKER
from stoa.models.identity import Staff
from stoa.services import agreements, earning, journal, log, rulebook
from stoa.values.identifiers import new_uuid
from stoa.work import Actor, Desk
from visitor import OPERATOR, PASSWORD
from windows import Open
from world import Coalition, FixedClock, a_key

pytestmark = pytest.mark.browser

PAGE = Path(__file__).parents[2] / "docs" / "first-day.md"
SECOND = "hong@stoa.example"
STEP = re.compile(r"^\d+\. (.+)$", re.MULTILINE)


def steps() -> Iterator[str]:
    """Give the numbered steps of the page, in their order."""
    yield from STEP.findall(PAGE.read_text("utf-8"))


class Reader:
    """Somebody who does what the page says and nothing else."""

    def __init__(self, page: Page, coalition: Coalition, clock: FixedClock) -> None:
        self.page = page
        self.coalition = coalition
        self.clock = clock
        self.known: tuple[tuple[str, Callable[..., None]], ...] = (
            (r"Sign in as the (first|second) person", self.sign_in),
            (r"Open \*\*(.+?)\*\*", self.open),
            (r"Press \*\*(.+?)\*\*", self.press),
            (r"Write `(.+?)` in \*\*(.+?)\*\*", self.write),
            (r"Choose `(.+?)` in \*\*(.+?)\*\*", self.choose),
            (r"You see \*\*(.+?)\*\*", self.see),
            (r"Let the till of `(.+?)` report a purchase tomorrow", self.sell),
            (r"Wait until the next month has begun", self.wait),
        )

    def follow(self, step: str) -> None:
        """Do one step.

        Raises:
            AssertionError: the page does not do what the step says, or nobody can tell what to do.
        """
        for pattern, deed in self.known:
            found = re.match(pattern, step)
            if found:
                deed(*found.groups())
                return
        pytest.fail(f"nobody can tell what to do: {step}")

    def sign_in(self, who: str) -> None:
        self.page.context.clear_cookies(name="stoa_staff")
        self.page.goto("/admin/sign-in")
        self.page.locator("#email").fill(OPERATOR if who == "first" else SECOND)
        self.page.locator("#password").fill(PASSWORD)
        self.page.locator("form .btn-primary").click()
        expect(self.page.locator("#rooms")).to_be_visible()

    def open(self, room: str) -> None:
        self.page.locator("#rooms").get_by_role("link", name=re.compile(f"^{room}")).click()
        expect(self.page.locator("#rooms [aria-current=page]")).to_have_text(re.compile(room))

    def press(self, name: str) -> None:
        dialog = self.page.locator("dialog[open]")
        place = dialog if dialog.count() else self.page.locator("main")
        either = place.get_by_role("button", name=name).or_(place.get_by_role("link", name=name))
        self._first(either, name).click()
        again = self.page.locator("dialog[open]").get_by_role("button", name=name, exact=True)
        if again.count():  # it asks first, in the same word
            again.click()
        self.page.wait_for_load_state()

    def write(self, text: str, label: str) -> None:
        day = {"tomorrow": 1, "in a week": 7}.get(text)
        told = (self.clock.now + timedelta(days=day)).date().isoformat() if day else text
        self._first(self.page.locator("main").get_by_label(label), label).fill(told)

    def choose(self, option: str, label: str) -> None:
        self.page.locator("main").get_by_label(label, exact=True).select_option(label=option)

    def see(self, text: str) -> None:
        told = self.page.locator("main, #toasts").filter(has_text=text).first
        expect(told).to_be_visible()

    def sell(self, code: str) -> None:
        self.clock.move(days=1)
        coalition = self.coalition
        ada = coalition.a_member()
        with coalition.desk.work(WORKER) as work:
            agreements.begin(work)
            partner = work.rows("SELECT id FROM partners WHERE code = %s", (code,))[0][0]
        with coalition.desk.work(Actor("client:pier", partner)) as work:
            earning.earn(work, coalition.a_purchase(ada, store="pier"), key=a_key())

    def wait(self) -> None:
        self.clock.move(days=35)
        with self.coalition.desk.work(WORKER) as work:
            while log.append(work):
                pass
        with self.coalition.desk.work(WORKER) as work:
            journal.book(work)

    @staticmethod
    def _first(found: Locator, name: str) -> Locator:
        expect(found.first, name).to_be_visible()
        return found.first


@pytest.fixture
def second(desk: Desk, password_hash: str) -> None:
    """Give the operator a second person, who works in finance."""
    with desk.work(Actor("cli")) as work:
        work.session.add(
            Staff(
                id=new_uuid(), email=SECOND, name="Hong Wei", role="finance", active=True,
                password_hash=password_hash, created_at=work.now(),
            )
        )  # fmt: skip


@pytest.mark.usefixtures("second")
def test_the_first_day_can_be_followed_literally(
    open_page: Open, coalition: Coalition, clock: FixedClock
) -> None:
    page = open_page()
    page.set_default_timeout(6_000)
    reader = Reader(page, coalition, clock)
    done: list[str] = []
    for step in steps():
        try:
            reader.follow(step)
        except Exception as wrong:
            raise AssertionError(f"after {done[-3:]}, on {page.url}: {step}") from wrong
        done.append(step)
    assert len(done) > 60
    with coalition.desk.work(Actor("cli")) as work:
        assert rulebook.find(work, "campaign", "pier-week").state == "active"
        closed = work.rows("SELECT state FROM clearing_periods ORDER BY period LIMIT 1")
    assert closed == [("closed",)]
