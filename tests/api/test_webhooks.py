"""The doors of webhooks: registered, proved, rotated, replayed, listed; the feed is read."""

from collections.abc import Iterator

import pytest

from postbox import Postbox, deliver, happen, postbox
from stoa.egress import Egress
from tills import Till, refused
from world import Coalition, FixedClock


@pytest.fixture
def box(coalition: Coalition) -> Iterator[Postbox]:
    """Return a postbox that the desk may send to."""
    with postbox(coalition.desk) as here:
        yield here


def test_an_endpoint_goes_through_its_life(
    grocery: Till, coalition: Coalition, box: Postbox, clock: FixedClock
) -> None:
    body = {"url": box.server.url, "name": "live", "topics": ["points.burned"]}
    made = grocery.post("/webhooks", body, key="k1")
    assert made.status_code == 201
    assert made.json["secret"].startswith("whsec_")
    assert grocery.post("/webhooks", body, key="k1").json == made.json
    path = f"/webhooks/{made.json['webhook_id']}"
    assert grocery.get(path).json["state"] == "unproven"
    refused(grocery.post(f"{path}/test"), 409, "WEBHOOK_DISABLED")
    deliver(coalition.desk)
    assert grocery.get(path).json["state"] == "active"
    rotated = grocery.post(f"{path}/rotate").json
    assert rotated["secret"] != made.json["secret"]
    assert rotated["overlap_until"] is not None
    sent = grocery.post(f"{path}/test").json["event_id"]
    (event,) = happen(coalition.desk, coalition.grocery, coalition.a_member().id)
    deliver(coalition.desk)
    assert sorted(box.ids) == sorted([sent, event])
    span = {"from": clock.now.isoformat(), "to": "2026-05-02T00:00:00+08:00"}
    assert grocery.post(f"{path}/replay", span).json["events"] == 1
    assert grocery.post(f"{path}/retry").json["events"] == 0
    page = grocery.get(f"{path}/deliveries", limit="2").json
    rest = grocery.get(f"{path}/deliveries", before=page["next_before"]).json
    assert len(page["deliveries"] + rest["deliveries"]) == 3
    assert grocery.post(f"{path}/disable").json["reason"] == "asked"
    assert grocery.post(f"{path}/challenge").json["state"] == "unproven"
    (listed,) = grocery.get("/webhooks").json["webhooks"]
    assert "secret" not in listed


def test_what_is_heard_can_be_read(grocery: Till, coalition: Coalition) -> None:
    assert grocery.get("/events").json == {"events": [], "cursor": "0", "more": False}
    ids = happen(coalition.desk, coalition.grocery, *[coalition.a_member().id] * 3)
    deliver(coalition.desk)
    page = grocery.get("/events", limit="2").json
    rest = grocery.get("/events", cursor=page["cursor"], topics="points.burned,points.earned").json
    assert [each["id"] for each in page["events"] + rest["events"]] == ids
    assert (page["more"], rest["more"]) == (True, False)
    refused(grocery.get("/events", cursor="99"), 422, "INVALID_BODY")


def test_another_partners_endpoint_answers_like_a_missing_one(
    grocery: Till, cinema: Till, box: Postbox
) -> None:
    made = cinema.post("/webhooks", {"url": box.server.url}).json["webhook_id"]
    for name in (made, "whk_" + "0" * 26, "x"):
        path = f"/webhooks/{name}"
        refused(grocery.get(path), 404, "WEBHOOK_UNKNOWN")
        refused(grocery.get(f"{path}/deliveries"), 404, "WEBHOOK_UNKNOWN")
        for deed in ("rotate", "challenge", "disable", "test", "retry"):
            refused(grocery.post(f"{path}/{deed}"), 404, "WEBHOOK_UNKNOWN")
        span = {"from": "2026-05-01T00:00:00+08:00", "to": "2026-05-02T00:00:00+08:00"}
        refused(grocery.post(f"{path}/replay", span), 404, "WEBHOOK_UNKNOWN")
    assert grocery.get("/webhooks").json["webhooks"] == []


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.cinema-partner.com/",
        "https://hooks.cinema-partner.com:8443/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://metadata.google.internal/",
        "https://moved.cinema-partner.com/",
    ],
)
def test_an_address_inside_is_refused(grocery: Till, coalition: Coalition, url: str) -> None:
    coalition.desk.egress = Egress(resolve=lambda *_: ["93.184.216.34", "10.0.0.7"])
    refused(grocery.post("/webhooks", {"url": url}), 422, "DESTINATION_NOT_ALLOWED")
    assert grocery.get("/webhooks").json["webhooks"] == []


def test_a_topic_that_nobody_hears_is_refused(grocery: Till) -> None:
    for topics in (["points.expired"], ["x"], "points.earned", ["points.earned"] * 2):
        body = {"url": "https://hooks.cinema-partner.com/", "topics": topics}
        refused(grocery.post("/webhooks", body), 422, "INVALID_BODY")
