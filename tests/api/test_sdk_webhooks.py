"""The SDK against the app: endpoints, the feed, and what `listen` hands on."""

from collections.abc import Iterator

import pytest
from apiflask import APIFlask
from httpx2 import WSGITransport

from postbox import Postbox, deliver, happen, postbox
from receivers import answer, receiver
from stoa_sdk import Client, WebhookState, webhooks
from stoa_sdk.listening import listen
from tills import Till
from world import Coalition, FixedClock


@pytest.fixture
def box(coalition: Coalition) -> Iterator[Postbox]:
    """Return a postbox that the desk may send to."""
    with postbox(coalition.desk) as here:
        yield here


@pytest.fixture
def client(app: APIFlask, grocery: Till) -> Iterator[Client]:
    """Return a client of the grocery."""
    transport = WSGITransport(app)
    with Client(
        "http://localhost", grocery.client_id, grocery.secret, transport=transport
    ) as client:
        yield client


def test_an_endpoint_is_made_watched_and_changed(
    client: Client, coalition: Coalition, box: Postbox, clock: FixedClock
) -> None:
    made = client.webhooks.create(box.server.url, topics=["points.burned"], name="live")
    deliver(coalition.desk)
    assert client.webhooks.find(made.webhook_id).state is WebhookState.ACTIVE
    sent = client.webhooks.send_test(made.webhook_id).event_id
    happen(coalition.desk, coalition.grocery, coalition.a_member().id)
    deliver(coalition.desk)
    for letter in box.letters:
        now = clock.now.timestamp()
        known = [made.secret, made.public_key]
        for secret in (*known, known):
            assert webhooks.verify(letter.headers, letter.raw, secret, now=now).id == letter.id
    assert sent in box.ids
    assert client.webhooks.rotate(made.webhook_id).secret != made.secret
    end = clock.now.replace(year=2027)
    assert client.webhooks.replay(made.webhook_id, start=clock.now, end=end).events == 1
    assert client.webhooks.retry(made.webhook_id).events == 0
    assert len(client.webhooks.deliveries(made.webhook_id, limit=2).deliveries) == 2
    assert client.webhooks.disable(made.webhook_id).reason == "asked"
    assert client.webhooks.challenge(made.webhook_id).state is WebhookState.UNPROVEN
    assert [each.name for each in client.webhooks.list()] == ["live"]


def test_the_feed_is_read_page_by_page_and_handed_on(client: Client, coalition: Coalition) -> None:
    start = client.events.page().cursor
    ids = happen(coalition.desk, coalition.grocery, *[coalition.a_member().id] * 5)
    deliver(coalition.desk)
    assert [each.id for each in client.events.iter(page_size=2)] == ids
    assert list(client.events.iter(topics=["points.earned"])) == []
    secret = "whsec_" + "A" * 43 + "="
    with receiver(answer(202)) as here:
        lines = list(listen(client, url=here.url, secret=secret, cursor=start, once=True))
        told = [webhooks.verify(each.headers, each.body, secret).id for each in here.asked]
    assert told == ids
    assert all(line.endswith("-> 202") for line in lines)
    assert list(listen(client, once=True)) == [], "from now on"
    with pytest.raises(ValueError, match="this machine only"):
        next(listen(client, url="https://elsewhere.example.com/"))
