"""Letters: a real mail server takes, refuses, drops them; nothing is lost or kept."""

import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from mailboxes import Mailbox, mailbox
from stoa.post import FolderOffice, Posted, RefusedForGoodError, SmtpOffice, open_office
from stoa.services import mail
from stoa.values.letters import Letter
from stoa.work import Actor, Desk
from world import FixedClock

ACTOR = Actor("worker")
LETTER = Letter("您的登录验证码", "Your code is\n\n    123456\n")


@pytest.fixture(scope="module")
def server() -> Iterator[Mailbox]:
    with mailbox() as box:
        yield box


@pytest.fixture
def box(server: Mailbox) -> Mailbox:
    server.letters.clear()
    server.says = ""
    return server


@pytest.fixture
def office(box: Mailbox) -> SmtpOffice:
    return SmtpOffice(box.url, sender="stoa@stoa.example")


def queue(desk: Desk, *, to: str = "ada@example.org", **options: Any) -> None:
    with desk.work(ACTOR) as work:
        mail.queue(work, to, LETTER, **options)


def rows(desk: Desk) -> list[tuple[Any, ...]]:
    with desk.work(ACTOR) as work:
        return list(work.rows("SELECT state, attempts, body, error FROM mails ORDER BY id"))


def test_a_letter_reaches_the_mail_server_and_its_text_is_wiped(
    desk: Desk, box: Mailbox, office: SmtpOffice
) -> None:
    queue(desk)
    assert mail.carry_on(desk, ACTOR, office) == 1
    (letter,) = box.letters
    assert letter["Subject"] == "您的登录验证码"
    assert letter["From"] == "stoa@stoa.example"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content().splitlines()[2].strip() == "123456"
    assert rows(desk) == [("sent", 1, "", "")]
    assert mail.carry_on(desk, ACTOR, office) == 0


@pytest.mark.parametrize("says", ["451 4.3.0 later", "421 busy", "drop", "535 who are you"])
def test_a_letter_that_is_refused_for_now_waits_and_goes_later(
    desk: Desk, box: Mailbox, office: SmtpOffice, clock: FixedClock, says: str
) -> None:
    queue(desk)
    queue(desk, to="bob@example.org")
    box.says = says
    assert mail.carry_on(desk, ACTOR, office) == 0
    first, second = rows(desk)
    assert (first[0], first[1], first[2]) == ("queued", 1, LETTER.body)
    assert "ada@example.org" not in first[3]
    assert second[1] == 0  # one failure is enough to know: the rest waits
    box.says = ""
    clock.move(seconds=3)
    assert mail.carry_on(desk, ACTOR, office) == 1  # bob's; ada's is not due before 4 s
    clock.move(seconds=1)
    assert mail.carry_on(desk, ACTOR, office) == 1
    assert [letter["To"] for letter in box.letters] == ["bob@example.org", "ada@example.org"]


def test_a_letter_that_is_refused_for_good_is_given_up_and_the_next_goes(
    desk: Desk, box: Mailbox, office: SmtpOffice
) -> None:
    queue(desk)
    box.says = "550 5.1.1 no such mailbox"
    assert mail.carry_on(desk, ACTOR, office) == 0
    assert rows(desk) == [("failed", 1, "", "550 5.1.1 no such mailbox")]


def test_no_server_is_waited_for_ever_longer_and_not_for_ever(
    desk: Desk, clock: FixedClock
) -> None:
    nobody = SmtpOffice("smtp://127.0.0.1:9", sender="stoa@stoa.example")
    queue(desk)
    began = clock.now
    while rows(desk)[0][0] == "queued":
        mail.carry_on(desk, ACTOR, nobody)
        clock.move(minutes=5)
    assert rows(desk)[0][:3] == ("failed", mail.MOST_ATTEMPTS, "")
    assert timedelta(hours=2) < clock.now - began < timedelta(hours=12)


def test_a_letter_whose_time_is_over_is_not_sent(
    desk: Desk, box: Mailbox, office: SmtpOffice, clock: FixedClock
) -> None:
    queue(desk, ends_at=clock.now + timedelta(minutes=10))
    clock.move(minutes=10)
    assert mail.carry_on(desk, ACTOR, office) == 0
    assert box.letters == []
    assert rows(desk) == [("failed", 1, "", "its time is over")]


def test_a_letter_to_nobody_is_written_without_its_address_and_never_sent(
    desk: Desk, box: Mailbox, office: SmtpOffice
) -> None:
    queue(desk, anybody=False)
    assert mail.carry_on(desk, ACTOR, office) == 0
    with desk.work(ACTOR) as work:
        found = work.rows("SELECT state, address, body FROM mails")
    assert found == [("dropped", "", "")]
    assert box.letters == []


def test_a_worker_that_died_after_handing_over_hands_over_the_same_letter_again(
    desk: Desk, box: Mailbox, office: SmtpOffice, clock: FixedClock
) -> None:
    class Died(BaseException):
        pass

    class Dying:
        def send(self, letter: Posted) -> None:
            office.send(letter)
            raise Died

    queue(desk)
    with pytest.raises(Died):
        mail.carry_on(desk, ACTOR, Dying())
    assert mail.carry_on(desk, ACTOR, office) == 0  # its lease is not over
    clock.move(seconds=mail.LEASE.total_seconds())
    assert mail.carry_on(desk, ACTOR, office) == 1
    first, second = box.letters
    assert first["Message-ID"] == second["Message-ID"]


def test_many_workers_send_each_letter_once(desk: Desk, box: Mailbox, office: SmtpOffice) -> None:
    for number in range(12):
        queue(desk, to=f"m{number}@example.org")
    with ThreadPoolExecutor(6) as hands:
        done = list(hands.map(lambda _: mail.carry_on(desk, ACTOR, office), range(6)))
    assert sum(done) == 12
    assert len({letter["To"] for letter in box.letters}) == len(box.letters) == 12


def test_letters_are_forgotten_after_a_week_but_not_those_that_wait(
    desk: Desk, office: SmtpOffice, clock: FixedClock
) -> None:
    queue(desk)
    mail.carry_on(desk, ACTOR, office)
    queue(desk)
    clock.move(days=8)
    with desk.work(ACTOR) as work:
        assert mail.forget(work) == 1
    assert [row[0] for row in rows(desk)] == ["queued"]


def test_letters_that_nothing_sends_are_dropped_after_thirty_days_and_told(
    desk: Desk, clock: FixedClock
) -> None:
    queue(desk)
    clock.move(days=29)
    queue(desk)
    with desk.work(ACTOR) as work:
        assert mail.forget(work) == 0
    clock.move(days=2)
    with capture_logs() as logged, desk.work(ACTOR) as work:
        assert mail.forget(work) == 1
    assert [row[0] for row in rows(desk)] == ["queued"]
    told = [entry for entry in logged if entry["event"] == "mail.unsent_dropped"]
    assert [entry["letters"] for entry in told] == [1]


def test_a_header_can_not_be_slipped_in(desk: Desk, box: Mailbox, office: SmtpOffice) -> None:
    with desk.work(ACTOR) as work:
        mail.queue(work, "ada@example.org", Letter("Hello\nBcc: eve@example.org", "Hi"))
    assert mail.carry_on(desk, ACTOR, office) == 0
    assert rows(desk)[0][0] == "failed"
    assert box.letters == []


def test_a_folder_takes_letters_that_only_its_owner_reads(tmp_path: Path) -> None:
    office = open_office(f"file:{tmp_path}/mail", sender="stoa@stoa.example")
    assert isinstance(office, FolderOffice)
    office.send(Posted("eml_1", "ada@example.org", "Hello", "你好\n"))
    (path,) = (tmp_path / "mail").iterdir()
    letter = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert (path.name, letter["To"]) == ("eml_1.eml", "ada@example.org")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_server_elsewhere_without_tls_is_refused(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stoa.post._is_here", lambda _host: False)
    office = SmtpOffice(box.url, sender="stoa@stoa.example")
    with pytest.raises(OSError, match="STARTTLS"):
        office.send(Posted("eml_1", "ada@example.org", "Hello", "Hi"))
    assert box.letters == []


def test_the_text_is_refused_for_good_too(box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    async def no(*_: object) -> str:
        return "554 5.7.1 spam"

    monkeypatch.setattr(box, "handle_DATA", no)
    office = SmtpOffice(box.url, sender="stoa@stoa.example")
    with pytest.raises(RefusedForGoodError, match="spam"):
        office.send(Posted("eml_1", "ada@example.org", "Hello", "Hi"))


@pytest.mark.parametrize("url", ["http://mail.example", "smtp://", "mail.example:25", "smtp:x"])
def test_an_url_that_names_no_server_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="STOA_SMTP_URL"):
        open_office(url, sender="stoa@stoa.example")


def test_no_url_is_no_office() -> None:
    assert open_office("", sender="stoa@stoa.example") is None
