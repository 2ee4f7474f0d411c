"""What a partner hears of a member beyond its own business, it hears by consent (PRV-05)."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from postbox import WORKER, Postbox, an_endpoint, deliver, happen, hush, postbox, tell
from stoa.services import authorizations, credentials, webhooks
from stoa.work import Actor, Desk
from world import Coalition

CLI = Actor("cli")


@pytest.fixture
def box(desk: Desk) -> Iterator[Postbox]:
    """Return a postbox that the desk may send to."""
    with postbox(desk) as here:
        yield here


@pytest.fixture
def ada(coalition: Coalition, box: Postbox) -> UUID:
    """Return a member whom the grocery knows, and whose news it listens to."""
    an_endpoint(coalition.desk, coalition.grocery, box)
    return coalition.a_member("Ada", partner_ref="loyal-1").id


def agree(coalition: Coalition, member_id: UUID, *scopes: str) -> UUID:
    """Let a member agree to so much at an app of the grocery; return the consent."""
    with coalition.desk.work(CLI) as work:
        app = credentials.issue_public_client(work, coalition.grocery, "App")
        work.session.flush()
        return authorizations.give(
            work, member_id, coalition.grocery, app, ("openid", *scopes), text_version="1"
        )


def withdraw(coalition: Coalition, member_id: UUID, consent_id: UUID) -> None:
    """Take a consent back, and let a worker tell of it."""
    hush(coalition.desk)
    with coalition.desk.work(CLI) as work:
        assert authorizations.withdraw(work, member_id, consent_id)
    tell(coalition.desk)


def read(coalition: Coalition) -> list[str]:
    """Return the bodies of the grocery's feed."""
    with coalition.desk.work(Actor("client", coalition.grocery)) as work:
        return [each.body for each in webhooks.read(work, coalition.grocery).events]


def data(box: Postbox) -> list[Any]:
    """Return what came: topic, and the tier or whether it was withheld."""
    return [(each.told["type"], each.told.get("withheld", False)) for each in box.letters]


@pytest.mark.parametrize("scopes", [None, (), ("profile", "email")])
def test_news_of_a_tier_needs_consent_to_see_the_wallet(
    coalition: Coalition, box: Postbox, ada: UUID, scopes: tuple[str, ...] | None
) -> None:
    if scopes is not None:
        agree(coalition, ada, *scopes)
    happen(coalition.desk, None, ada, topic="tier.upgraded")
    happen(coalition.desk, coalition.grocery, ada, topic="points.earned")
    deliver(coalition.desk)
    assert data(box) == [("points.earned", False)]


def test_who_agreed_is_told_of_and_nobody_elses_partner_is(
    coalition: Coalition, box: Postbox, ada: UUID
) -> None:
    an_endpoint(coalition.desk, coalition.cinema, box)
    agree(coalition, ada, "wallet:read")
    happen(coalition.desk, None, ada, topic="tier.upgraded")
    deliver(coalition.desk)
    assert data(box) == [("tier.upgraded", False)]


def test_a_consent_taken_back_withholds_what_is_queued_kept_and_still_to_come(
    coalition: Coalition, box: Postbox, ada: UUID
) -> None:
    consent = agree(coalition, ada, "wallet:read")
    happen(coalition.desk, None, ada, topic="tier.upgraded")
    deliver(coalition.desk)
    happen(coalition.desk, coalition.grocery, ada)
    happen(coalition.desk, None, ada, topic="tier.downgraded")
    with coalition.desk.work(WORKER) as work:
        webhooks.arrange(work)  # queued, not sent
    happen(coalition.desk, None, ada, topic="tier.will_downgrade")  # not even that
    withdraw(coalition, ada, consent)
    happen(coalition.desk, None, ada, topic="tier.upgraded")
    deliver(coalition.desk)
    assert data(box) == [
        ("tier.upgraded", False),
        ("points.burned", False),
        ("tier.downgraded", True),
        ("tier.will_downgrade", True),
        ("consent.withdrawn", False),
    ]
    assert [each.told["seq"] for each in box.letters] == [1, 2, 3, 4, 5]
    kept = read(coalition)
    assert [each for each in kept if '"tier.' in each] == [
        each for each in kept if '"data":{},"withheld":true' in each
    ]


def test_what_was_kept_while_the_consent_ended_is_withheld_when_it_is_placed(
    coalition: Coalition, box: Postbox, ada: UUID
) -> None:
    consent = agree(coalition, ada, "wallet:read")
    happen(coalition.desk, None, ada, topic="tier.upgraded")
    with coalition.desk.work(CLI) as work:
        authorizations.withdraw(work, ada, consent)  # and no worker has told of it yet
    deliver(coalition.desk)
    assert data(box) == [("tier.upgraded", True)]


def test_another_consent_that_holds_keeps_the_facts(
    coalition: Coalition, box: Postbox, ada: UUID
) -> None:
    first = agree(coalition, ada, "wallet:read")
    agree(coalition, ada, "wallet:read")
    happen(coalition.desk, None, ada, topic="tier.upgraded")
    withdraw(coalition, ada, first)
    deliver(coalition.desk)
    assert data(box) == [("tier.upgraded", False), ("consent.withdrawn", False)]
