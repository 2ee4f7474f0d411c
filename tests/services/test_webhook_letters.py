"""A partner's contact gets a letter, by a real mail server, when an endpoint needs a person."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from mailboxes import Mailbox, mailbox
from postbox import WORKER, Postbox, an_endpoint, deliver, happen, postbox
from receivers import answer
from stoa.errors import InvalidBodyError, PartnerUnknownError
from stoa.models import NOBODY
from stoa.post import open_office
from stoa.services import contacts, mail, webhooks
from stoa.values.identifiers import public_id
from stoa.values.webhooks import RETRIES
from stoa.work import Actor, Desk
from world import Coalition, FixedClock

OPS = "ops+stoa@grocery.example"


@pytest.fixture
def box(desk: Desk) -> Iterator[Postbox]:
    with postbox(desk) as here:
        yield here


@pytest.fixture
def post() -> Iterator[Mailbox]:
    with mailbox() as here:
        yield here


@pytest.fixture
def named(coalition: Coalition) -> Coalition:
    """Return the coalition with a contact at the grocery who reads Chinese."""
    with coalition.desk.work(Actor("cli")) as work:
        contacts.name_contact(work, coalition.grocery, OPS, language="zh-Hant")
    return coalition


def sent(desk: Desk, post: Mailbox) -> list[tuple[str, str, str]]:
    """Let a worker send the letters that wait; return address, subject and text of each."""
    office = open_office(post.url, sender="stoa@stoa.example")
    assert office is not None
    mail.carry_on(desk, WORKER, office)
    told = [(str(each["To"]), str(each["Subject"]), each.get_content()) for each in post.letters]
    post.letters.clear()
    return told


def give_up(desk: Desk, clock: FixedClock) -> None:
    """Let all attempts of what waits fail."""
    for after in RETRIES:
        deliver(desk)
        clock.move(seconds=after.total_seconds() * 1.11)
    deliver(desk)


def test_a_410_is_told_once_in_the_contacts_language(
    named: Coalition, box: Postbox, post: Mailbox
) -> None:
    made = an_endpoint(named.desk, named.grocery, box)
    box.choose = lambda _: answer(410)
    happen(named.desk, named.grocery, *(named.a_member().id for _ in range(3)))
    deliver(named.desk)
    ((address, subject, body),) = sent(named.desk, post)
    assert address == OPS
    assert "Webhook 端點已停用" in subject
    assert box.server.url in body
    assert public_id("whk", made) in body
    with named.desk.work(WORKER) as work:
        webhooks.disable(work, made, partner_id=named.grocery)
    deliver(named.desk)
    assert sent(named.desk, post) == []


def test_the_first_event_of_a_day_that_is_given_up_is_told(
    named: Coalition, box: Postbox, post: Mailbox, clock: FixedClock
) -> None:
    made = an_endpoint(named.desk, named.grocery, box)
    box.choose = lambda letter: answer(204 if letter.told["type"] == webhooks.GAP else 500)
    happen(named.desk, named.grocery, *(named.a_member().id for _ in range(3)))
    give_up(named.desk, clock)
    ((_, subject, body),) = sent(named.desk, post)
    assert "Webhook 事件未能送達" in subject
    assert public_id("whk", made) in body
    happen(named.desk, named.grocery, named.a_member().id)
    clock.move(days=1)
    give_up(named.desk, clock)
    assert len(sent(named.desk, post)) == 1, "another day, another letter"


def test_a_challenge_that_is_given_up_writes_no_letter(
    named: Coalition, box: Postbox, post: Mailbox, clock: FixedClock
) -> None:
    box.proves = False
    box.choose = lambda _: answer(500)
    an_endpoint(named.desk, named.grocery, box)
    give_up(named.desk, clock)
    assert sent(named.desk, post) == []


def test_nobody_is_written_to_where_nobody_is_named(
    coalition: Coalition, box: Postbox, post: Mailbox
) -> None:
    an_endpoint(coalition.desk, coalition.grocery, box)
    box.choose = lambda _: answer(410)
    happen(coalition.desk, coalition.grocery, coalition.a_member().id)
    deliver(coalition.desk)
    assert sent(coalition.desk, post) == []


def test_a_letter_that_nobody_takes_is_of_use_for_three_days(
    named: Coalition, box: Postbox, post: Mailbox, clock: FixedClock
) -> None:
    an_endpoint(named.desk, named.grocery, box)
    box.choose = lambda _: answer(410)
    happen(named.desk, named.grocery, named.a_member().id)
    deliver(named.desk)
    clock.now += timedelta(days=4)
    assert sent(named.desk, post) == []


def test_a_contact_is_an_address_and_a_language_of_ours(coalition: Coalition) -> None:
    with coalition.desk.work(Actor("cli")) as work:
        assert contacts.of(work, coalition.grocery) == contacts.Contact("", "en")
        for email, language, field in (("nobody", "en", "email"), (OPS, "de", "language")):
            with pytest.raises(InvalidBodyError) as refused:
                contacts.name_contact(work, coalition.grocery, email, language=language)
            assert list(refused.value.members["errors"]) == [field]
        with pytest.raises(PartnerUnknownError):
            contacts.name_contact(work, NOBODY, OPS)
        contacts.name_contact(work, coalition.grocery, OPS, language="zh-Hans")
        assert contacts.name_contact(work, coalition.grocery, "").language == "zh-Hans"
        assert contacts.of(work, coalition.grocery).email == ""
