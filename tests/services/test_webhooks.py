"""Webhooks are signed, ordered and retried; nothing is lost in silence (WHK-*, P9)."""

import base64
import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError

from postbox import (
    WORKER,
    Postbox,
    an_endpoint,
    deliver,
    happen,
    hush,
    next_millisecond,
    postbox,
    states,
    tell,
)
from receivers import Asked, Respond, answer, receiver
from stoa.egress import Egress
from stoa.errors import (
    InvalidBodyError,
    PartnerSuspendedError,
    WebhookDisabledError,
    WebhookLimitError,
    WebhookUnknownError,
)
from stoa.models import NOBODY
from stoa.models.webhooks import WebhookEvent
from stoa.services import partners, webhooks
from stoa.services.webhooks import claiming, endpoints, settling
from stoa.values.identifiers import public_id, uuid_of
from stoa.values.webhooks import RETRIES, body_of
from stoa.work import Desk
from world import Coalition, FixedClock


@pytest.fixture
def box(desk: Desk) -> Iterator[Postbox]:
    """Return a postbox that the desk may send to."""
    with postbox(desk) as here:
        yield here


def test_an_endpoint_is_silent_until_it_has_echoed_its_challenge(
    coalition: Coalition, box: Postbox
) -> None:
    box.proves = False
    ada = coalition.a_member()
    made = an_endpoint(coalition.desk, coalition.grocery, box)
    happen(coalition.desk, coalition.grocery, ada.id)
    deliver(coalition.desk)
    assert [letter.told["type"] for letter in box.letters] == [webhooks.CHALLENGE]
    with coalition.desk.work(WORKER) as work:
        assert webhooks.find(work, made, partner_id=coalition.grocery).state == "unproven"
        webhooks.prove(work, made, partner_id=coalition.grocery)
    box.proves = True
    deliver(coalition.desk)
    event = happen(coalition.desk, coalition.grocery, ada.id)
    deliver(coalition.desk)
    assert box.ids[1:] == event


@pytest.mark.parametrize(
    ("said", "fits"),
    [
        (b"abc", True),
        (b' "abc"\n', True),
        (b'{"challenge": "abc"}', True),
        (b"abcd", False),
        (b'{"challenge": 1}', False),
        (b"[1]", False),
        (b"\xff{", False),
        (b"", False),
    ],
)
def test_a_challenge_is_echoed_as_text_or_json(said: bytes, *, fits: bool) -> None:
    assert endpoints.echoes("abc", said) is fits


def test_a_strangers_verifier_accepts_what_arrives_and_nothing_else(
    coalition: Coalition, box: Postbox, clock: FixedClock
) -> None:
    made = an_endpoint(coalition.desk, coalition.grocery, box)
    happen(coalition.desk, coalition.grocery, coalition.a_member("名").id)
    deliver(coalition.desk)
    with coalition.desk.work(WORKER) as work:
        keys = webhooks.keys_of(work, made)
    (letter,) = box.letters
    with time_machine.travel(clock.now, tick=False):
        assert Webhook(keys.secret).verify(letter.raw, letter.headers) == letter.told
        for raw, headers in (
            (letter.raw.replace(b"7", b"8", 1), letter.headers),
            (letter.raw, letter.headers | {"webhook-id": "evt_other"}),
            (letter.raw, letter.headers | {"webhook-timestamp": "1777608001"}),
        ):
            with pytest.raises(WebhookVerificationError):
                Webhook(keys.secret).verify(raw, headers)
    with (
        time_machine.travel(clock.now + timedelta(minutes=6), tick=False),
        pytest.raises(WebhookVerificationError),
    ):
        Webhook(keys.secret).verify(letter.raw, letter.headers)
    _verify_v1a(keys.public_key, letter.headers, letter.raw)


def _verify_v1a(public: str, headers: dict[str, str], raw: bytes) -> int:
    """Verify the asymmetric signatures by cryptography alone; return how many there are."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public.removeprefix("whpk_")))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + raw
    signatures = [each for each in headers["webhook-signature"].split() if each.startswith("v1a,")]
    key.verify(base64.b64decode(signatures[0].removeprefix("v1a,")), content)
    return len(signatures)


def test_a_body_tells_the_partners_own_reference_and_listed_facts_only(
    coalition: Coalition, box: Postbox
) -> None:
    ada = coalition.a_member()
    an_endpoint(coalition.desk, coalition.grocery, box)
    an_endpoint(coalition.desk, coalition.cinema, box)
    happen(coalition.desk, coalition.grocery, ada.id)
    happen(coalition.desk, coalition.cinema, ada.id)
    deliver(coalition.desk)
    first, second = box.letters
    assert first.told["data"].keys() == {"member_ref", "points"}
    assert first.told["stream"] == first.told["data"]["member_ref"]
    assert first.told["stream"] != second.told["stream"]
    assert (first.told["seq"], second.told["seq"]) == (1, 1)
    everything = first.raw + second.raw
    assert public_id("mem", ada.id).encode() not in everything
    assert b"canary" not in everything
    assert len(first.raw) < 20_000


def test_a_partner_hears_of_the_alliance_what_concerns_its_own_members(
    coalition: Coalition, box: Postbox
) -> None:
    an_endpoint(coalition.desk, coalition.grocery, box)
    mine = coalition.a_member("Ada", partner_ref="loyal-1")
    other = coalition.a_member("Bo")
    happen(coalition.desk, None, mine.id, other.id, topic="member.merged")
    happen(coalition.desk, None, mine.id, topic="points.expired")
    happen(coalition.desk, coalition.cinema, mine.id)
    deliver(coalition.desk)
    assert [(each.told["type"]) for each in box.letters] == ["member.merged"]


def test_an_endpoint_hears_the_topics_it_chose(coalition: Coalition, box: Postbox) -> None:
    ada = coalition.a_member()
    an_endpoint(coalition.desk, coalition.grocery, box, topics=("points.earned",))
    happen(coalition.desk, coalition.grocery, ada.id)
    happen(coalition.desk, coalition.grocery, ada.id, topic="points.earned")
    deliver(coalition.desk)
    assert [(each.told["type"], each.told["seq"]) for each in box.letters] == [("points.earned", 2)]


def hangs(line: socket.socket, _asked: Asked) -> None:
    """Say nothing until the other side goes away."""
    line.recv(1)


def resets(line: socket.socket, _asked: Asked) -> None:
    """Break the connection."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def garbage(line: socket.socket, _asked: Asked) -> None:
    """Say something that is no HTTP."""
    line.sendall(b"220 hello\r\n\r\n")


ZOO: dict[str, tuple[Respond, str, int | None]] = {
    "500": (answer(500, b"<script>oh\x00</script>"), "refused", 500),
    "301": (answer(301, b"", "Location: https://example.com/"), "refused", 301),
    "404": (answer(404), "refused", 404),
    "429": (answer(429), "refused", 429),
    "timeout": (hangs, "timeout", None),
    "reset": (resets, "reset", None),
    "garbage": (garbage, "garbage", None),
}


@pytest.mark.parametrize("animal", ZOO)
def test_a_receiver_that_fails_is_tried_again_under_the_same_id(
    coalition: Coalition, box: Postbox, clock: FixedClock, animal: str
) -> None:
    respond, outcome, status = ZOO[animal]
    box.choose = lambda _: respond if len(box.letters) == 1 else answer(204)
    made = an_endpoint(coalition.desk, coalition.grocery, box)
    (event,) = happen(coalition.desk, coalition.grocery, coalition.a_member().id)
    deliver(coalition.desk, within_ms=200)
    assert deliver(coalition.desk) == 0
    clock.move(seconds=6)
    deliver(coalition.desk)
    first, second = box.letters
    assert first.id == second.id == event
    assert first.raw == second.raw
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    with coalition.desk.work(WORKER) as work:
        (delivery, _) = webhooks.deliveries(work, made)
        tried = webhooks.attempts(work, made, delivery.event_id)
    assert (delivery.state, delivery.attempts) == ("delivered", 2)
    assert [(each.outcome, each.status) for each in tried] == [
        ("delivered", 204),
        (outcome, status),
    ]
    assert "\0" not in tried[1].answer


def test_a_bad_certificate_is_a_failure(coalition: Coalition, box: Postbox) -> None:
    made = an_endpoint(coalition.desk, coalition.grocery, box)
    with coalition.desk.work(WORKER) as work:
        work.rows("UPDATE webhook_endpoints SET url = replace(url, 'http:', 'https:') RETURNING 1")
    (event,) = happen(coalition.desk, coalition.grocery, coalition.a_member().id)
    deliver(coalition.desk, within_ms=200)
    with coalition.desk.work(WORKER) as work:
        (tried,) = webhooks.attempts(work, made, uuid_of("evt", event) or NOBODY)
    assert tried.outcome in ("tls", "timeout")


def test_the_schedule_is_kept_within_a_tenth_and_then_the_stream_goes_on(
    coalition: Coalition, box: Postbox, clock: FixedClock
) -> None:
    box.choose = lambda letter: answer(500 if letter.told["type"] == "points.burned" else 204)
    an_endpoint(coalition.desk, coalition.grocery, box)
    ada, bo = coalition.a_member().id, coalition.a_member("Bo").id
    (dead,) = happen(coalition.desk, coalition.grocery, ada)
    (free,) = happen(coalition.desk, coalition.grocery, bo, topic="points.earned")
    deliver(coalition.desk)
    assert sorted(box.ids) == sorted([dead, free]), "another member's stream does not wait"
    second = ""
    for number, pause in enumerate(RETRIES, 2):
        if number == len(RETRIES):
            (second,) = happen(coalition.desk, coalition.grocery, ada, topic="points.earned")
        clock.move(seconds=pause.total_seconds() * 0.89)
        assert deliver(coalition.desk) == 0
        clock.move(seconds=pause.total_seconds() * 0.22)
        deliver(coalition.desk)
        assert box.ids.count(dead) == number
    assert box.ids[2:-2] == [dead] * 9
    gap, last = box.letters[-2:]
    assert gap.told["type"] == webhooks.GAP
    assert gap.told["data"] == {"from_seq": 1, "to_seq": 1}
    assert (last.id, last.told["seq"]) == (second, 2)
    with coalition.desk.work(WORKER) as work:
        assert states(work) == {"dead": 1, "delivered": 3}


def test_an_event_that_nobody_can_take_costs_no_other(
    coalition: Coalition, box: Postbox, clock: FixedClock
) -> None:
    an_endpoint(coalition.desk, coalition.grocery, box)
    ada = coalition.a_member().id
    odd, *rest = happen(coalition.desk, coalition.grocery, ada, ada, ada)
    box.choose = lambda letter: answer(500 if letter.id == odd else 204)
    deliver(coalition.desk)
    clock.move(hours=80)
    deliver(coalition.desk)
    gap, *others = box.letters[2:]
    assert gap.told["data"] == {"from_seq": 1, "to_seq": 1}
    assert [letter.id for letter in others] == rest
    assert [letter.told["seq"] for letter in others] == [2, 3]


def test_what_is_as_old_is_given_up_with_a_gap_that_nobody_takes_and_one_gap_tells_of_all(
    coalition: Coalition, box: Postbox, clock: FixedClock
) -> None:
    box.choose = lambda _: answer(503)
    made = an_endpoint(coalition.desk, coalition.grocery, box)
    ada = coalition.a_member().id
    old = happen(coalition.desk, coalition.grocery, ada, ada, ada)
    deliver(coalition.desk)
    clock.move(hours=80)
    deliver(coalition.desk)
    clock.move(hours=80)
    (young,) = happen(coalition.desk, coalition.grocery, ada)
    deliver(coalition.desk)
    box.choose = lambda _: answer(204)
    box.letters.clear()
    clock.move(hours=30)
    deliver(coalition.desk)
    assert [letter.told["type"] for letter in box.letters] == [webhooks.GAP, "points.burned"]
    assert box.letters[0].told["data"] == {"from_seq": 1, "to_seq": 3}
    assert box.letters[1].id == young
    with coalition.desk.work(WORKER) as work:
        assert webhooks.retry(work, made, partner_id=coalition.grocery) == 3
    deliver(coalition.desk)
    assert box.ids[2:] == old


def test_the_second_event_of_a_member_waits_for_the_first(
    coalition: Coalition, box: Postbox, clock: FixedClock
) -> None:
    an_endpoint(coalition.desk, coalition.grocery, box)
    ada, bo = coalition.a_member().id, coalition.a_member("Bo").id
    first, second, third = happen(coalition.desk, coalition.grocery, ada, ada, bo)
    box.choose = lambda letter: answer(500 if letter.id == first else 204)
    for _ in range(4):
        deliver(coalition.desk)
        clock.move(minutes=30)
        happen(coalition.desk, coalition.grocery, bo)
    assert second not in box.ids
    assert third in box.ids
    box.choose = lambda _: answer(204)
    box.letters.clear()
    clock.move(hours=3)
    deliver(coalition.desk)
    mine = [each.told["seq"] for each in box.letters if each.id in (first, second)]
    assert mine == [1, 2]


def test_410_disables_the_endpoint_and_what_waits_is_kept(
    coalition: Coalition, box: Postbox, clock: FixedClock
) -> None:
    box.choose = lambda _: answer(410)
    made = an_endpoint(coalition.desk, coalition.grocery, box)
    event = happen(coalition.desk, coalition.grocery, coalition.a_member().id)
    deliver(coalition.desk)
    clock.move(hours=1)
    assert deliver(coalition.desk) == 0
    with coalition.desk.work(WORKER) as work:
        found = webhooks.find(work, made, partner_id=coalition.grocery)
        assert (found.state, found.reason) == ("disabled", "gone")
        with pytest.raises(WebhookDisabledError):
            webhooks.send_test(work, made, partner_id=coalition.grocery)
        webhooks.prove(work, made, partner_id=coalition.grocery)
    box.choose = lambda _: answer(204)
    deliver(coalition.desk)
    deliver(coalition.desk)
    assert box.ids == event * 2


def test_a_worker_killed_after_the_receivers_yes_leads_to_the_same_event_again(
    coalition: Coalition, box: Postbox, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_endpoint(coalition.desk, coalition.grocery, box)
    ada = coalition.a_member().id
    first, second = happen(coalition.desk, coalition.grocery, ada, ada)

    def dies(*_: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("stoa.services.webhooks.delivering.settle", dies)
        with pytest.raises(KeyboardInterrupt):
            deliver(coalition.desk)
    assert box.ids == [first]
    assert deliver(coalition.desk) == 0, "the lease holds"
    clock.move(seconds=61)
    deliver(coalition.desk)
    assert box.ids == [first, first, second]


def test_what_comes_in_after_the_lease_went_to_another_worker_does_not_count(
    coalition: Coalition, box: Postbox, clock: FixedClock
) -> None:
    an_endpoint(coalition.desk, coalition.grocery, box)
    happen(coalition.desk, coalition.grocery, coalition.a_member().id)
    with coalition.desk.work(WORKER) as work:
        webhooks.arrange(work)
    with coalition.desk.work(WORKER) as work:
        (slow,) = claiming.claim(work, limit=5, each=5)
    clock.move(seconds=61)
    with coalition.desk.work(WORKER) as work:
        (quick,) = claiming.claim(work, limit=5, each=5)
    for letter, counts in ((slow, 0), (quick, 1)):
        with coalition.desk.work(WORKER) as work:
            heard = settling.Heard(letter, clock.now, 1, None, None)
            assert settling.settle(work, [heard]) == counts


def test_for_a_day_both_secrets_sign_and_then_one(
    coalition: Coalition, box: Postbox, clock: FixedClock
) -> None:
    made = an_endpoint(coalition.desk, coalition.grocery, box)
    ada = coalition.a_member().id
    with coalition.desk.work(WORKER) as work:
        before = webhooks.keys_of(work, made)
        webhooks.rotate(work, made, partner_id=coalition.grocery)
        after = webhooks.keys_of(work, made)
    assert after.overlap_until == clock.now + timedelta(hours=24)
    for both in (True, False):
        happen(coalition.desk, coalition.grocery, ada)
        deliver(coalition.desk)
        letter = box.letters[-1]
        with time_machine.travel(clock.now, tick=False):
            Webhook(after.secret).verify(letter.raw, letter.headers)
            if both:
                Webhook(before.secret).verify(letter.raw, letter.headers)
            else:
                with pytest.raises(WebhookVerificationError):
                    Webhook(before.secret).verify(letter.raw, letter.headers)
        assert _verify_v1a(after.public_key, letter.headers, letter.raw) == 1 + both
        clock.move(hours=25)


def test_two_endpoints_have_secrets_of_their_own(coalition: Coalition, box: Postbox) -> None:
    desk = coalition.desk
    made = [an_endpoint(desk, each, box) for each in (coalition.grocery, coalition.cinema)]
    with desk.work(WORKER) as work:
        first, second = (webhooks.keys_of(work, each) for each in made)
    assert first.secret != second.secret
    assert len(base64.b64decode(first.secret.removeprefix("whsec_"))) == 32


def test_a_replay_sends_the_same_ids_and_numbers_in_order(
    coalition: Coalition, box: Postbox, clock: FixedClock
) -> None:
    made = an_endpoint(coalition.desk, coalition.grocery, box)
    ada = coalition.a_member().id
    start = clock.now
    happen(coalition.desk, coalition.grocery, ada, ada, coalition.a_member("Bo").id)
    deliver(coalition.desk)
    clock.move(hours=2)
    happen(coalition.desk, coalition.grocery, ada)
    deliver(coalition.desk)
    before = [(each.id, each.raw) for each in box.letters[:3]]
    box.letters.clear()
    with coalition.desk.work(WORKER) as work:
        end = start + timedelta(hours=1)
        sent = webhooks.replay(work, made, partner_id=coalition.grocery, start=start, end=end)
    deliver(coalition.desk)
    assert sent == 3
    assert sorted((each.id, each.raw) for each in box.letters) == sorted(before)
    mine = [each.told["seq"] for each in box.letters if each.told["stream"] == box_stream(box)]
    assert mine == sorted(mine)


def box_stream(box: Postbox) -> str:
    """Return the stream of the first letter."""
    return str(box.letters[0].told["stream"])


def test_a_suspended_partner_hears_nothing_until_it_is_back(
    coalition: Coalition, box: Postbox
) -> None:
    an_endpoint(coalition.desk, coalition.grocery, box)
    event = happen(coalition.desk, coalition.grocery, coalition.a_member().id)
    with coalition.desk.work(WORKER) as work:
        partners.suspend(work, coalition.grocery)
    assert deliver(coalition.desk) == 0
    with coalition.desk.work(WORKER) as work:
        with pytest.raises(PartnerSuspendedError):
            webhooks.read(work, coalition.grocery)
        partners.reinstate(work, coalition.grocery)
    deliver(coalition.desk)
    assert box.ids == event


def test_a_test_event_comes_at_once_and_is_in_no_stream(coalition: Coalition, box: Postbox) -> None:
    made = an_endpoint(coalition.desk, coalition.grocery, box)
    with coalition.desk.work(WORKER) as work:
        webhooks.send_test(work, made, partner_id=coalition.grocery)
    deliver(coalition.desk)
    (letter,) = box.letters
    assert (letter.told["type"], letter.told["stream"]) == (webhooks.TEST, None)


def test_an_endpoint_of_another_partner_is_none(coalition: Coalition, box: Postbox) -> None:
    made = an_endpoint(coalition.desk, coalition.grocery, box)
    with coalition.desk.work(WORKER) as work:
        for deed in (webhooks.rotate, webhooks.disable, webhooks.prove, webhooks.send_test):
            with pytest.raises(WebhookUnknownError):
                deed(work, made, partner_id=coalition.cinema)
        with pytest.raises(WebhookUnknownError):
            webhooks.retry(work, made, partner_id=coalition.cinema)


def test_a_partner_has_ten_endpoints_and_knows_its_topics(
    coalition: Coalition, box: Postbox
) -> None:
    url = box.server.url
    with coalition.desk.work(WORKER) as work:
        *_, made = (
            webhooks.create(work, coalition.grocery, url, name="", topics=[])
            for _ in range(webhooks.MOST)
        )
        with pytest.raises(WebhookLimitError):
            webhooks.create(work, coalition.grocery, url, name="", topics=[])
        webhooks.disable(work, made, partner_id=coalition.grocery)
        with pytest.raises(InvalidBodyError):
            webhooks.create(work, coalition.grocery, url, name="", topics=["points.expired"])
        again = webhooks.create(work, coalition.grocery, url, name="", topics=[])
        with pytest.raises(WebhookLimitError):
            webhooks.prove(work, made, partner_id=coalition.grocery)
        assert again != made


def test_a_destination_that_moves_inside_gets_nothing(coalition: Coalition) -> None:
    with receiver() as inside:
        found = ["93.184.216.34"]
        coalition.desk.egress = Egress(resolve=lambda *_: found)
        url = "https://hooks.cinema-partner.com/"
        coalition.desk.egress.check(url)
        found[0] = "127.0.0.1"
        with coalition.desk.work(WORKER) as work:
            made = webhooks.create(work, coalition.grocery, url, name="", topics=[])
        deliver(coalition.desk)
        with coalition.desk.work(WORKER) as work:
            (delivery,) = webhooks.deliveries(work, made)
            (tried,) = webhooks.attempts(work, made, delivery.event_id)
        assert (tried.outcome, inside.connections) == ("address", 0)


def test_a_full_destination_costs_no_attempt(coalition: Coalition, box: Postbox) -> None:
    made = an_endpoint(coalition.desk, coalition.grocery, box)
    (event,) = happen(coalition.desk, coalition.grocery, coalition.a_member().id)
    coalition.desk.egress = Egress(allow=[box.server.place], at_once=0)
    deliver(coalition.desk)
    with coalition.desk.work(WORKER) as work:
        delivery = webhooks.deliveries(work, made)[0]
        assert (delivery.state, delivery.attempts) == ("queued", 0)
        assert webhooks.attempts(work, made, uuid_of("evt", event) or NOBODY) == []


def test_the_feed_has_the_same_ids_numbers_and_bodies(coalition: Coalition, box: Postbox) -> None:
    an_endpoint(coalition.desk, coalition.grocery, box)
    ada = coalition.a_member().id
    happen(coalition.desk, coalition.grocery, ada, ada, ada)
    happen(coalition.desk, coalition.grocery, ada, topic="points.earned")
    deliver(coalition.desk)
    with coalition.desk.work(WORKER) as work:
        first = webhooks.read(work, coalition.grocery, limit=3)
        rest = webhooks.read(work, coalition.grocery, cursor=first.cursor, limit=3)
        end = webhooks.read(work, coalition.grocery, cursor=rest.cursor)
        earned = webhooks.read(work, coalition.grocery, topics=["points.earned"])
        nothing = webhooks.read(work, coalition.cinema)
        with pytest.raises(InvalidBodyError):
            webhooks.read(work, coalition.grocery, cursor=99)
    read = [*first.events, *rest.events]
    assert (first.more, rest.more, end.events, end.cursor) == (True, False, (), rest.cursor)
    assert [each.body.encode() for each in read] == [letter.raw for letter in box.letters]
    assert [each.id for each in read] == box.ids
    assert [each.seq for each in read] == [1, 2, 3, 4]
    assert [each.id for each in earned.events] == box.ids[3:]
    assert earned.cursor == rest.cursor
    assert nothing.events == ()


def test_an_event_waits_for_an_older_one_of_its_wallet_that_is_being_told(
    coalition: Coalition, box: Postbox
) -> None:
    an_endpoint(coalition.desk, coalition.grocery, box)
    ada = coalition.a_member().id
    hush(coalition.desk)
    with coalition.desk.work(WORKER) as work:
        for points in (1, 2):
            next_millisecond()
            facts = {"member": public_id("mem", ada), "points": points}
            work.record("points.burned", facts, member_id=ada, partner_id=coalition.grocery)
    with coalition.desk.work(WORKER) as slow:
        slow.session.connection()
        claimed = "SELECT id FROM outbox WHERE member_id = %s AND state = 'new' ORDER BY id"
        slow.rows(f"{claimed} LIMIT 1 FOR UPDATE", (ada,))
        tell(coalition.desk)
        deliver(coalition.desk)
        assert [each.told["data"]["points"] for each in box.letters] == []
    tell(coalition.desk)
    deliver(coalition.desk)
    assert [each.told["data"]["points"] for each in box.letters] == [1, 2]


def test_what_is_old_is_forgotten(coalition: Coalition, box: Postbox, clock: FixedClock) -> None:
    made = an_endpoint(coalition.desk, coalition.grocery, box)
    happen(coalition.desk, coalition.grocery, coalition.a_member().id)
    deliver(coalition.desk)
    with coalition.desk.work(WORKER) as work:
        webhooks.rotate(work, made, partner_id=None)
    clock.move(days=32)
    with coalition.desk.work(WORKER) as work:
        assert webhooks.forget(work) == 1 + 2 + 2 + 1
        assert webhooks.deliveries(work, made) == []
        assert work.session.query(WebhookEvent).count() == 0


def test_a_large_event_is_told_without_its_facts() -> None:
    body = json.loads(
        body_of(
            event_id="evt_1", topic="points.earned", at=FixedClock().now, seq=1, stream=None,
            data={"note": "x" * 30_000},
        )
    )  # fmt: skip
    assert (body["data"], body["truncated"]) == ({}, True)


def test_each_hour_tells_how_it_went(coalition: Coalition, box: Postbox, clock: FixedClock) -> None:
    made = an_endpoint(coalition.desk, coalition.grocery, box)
    box.choose = lambda _: answer(500)
    happen(coalition.desk, coalition.grocery, coalition.a_member().id)
    deliver(coalition.desk)
    clock.move(hours=1)
    with coalition.desk.work(WORKER) as work:
        told = webhooks.hours(work, coalition.grocery, count=3)
        standing = webhooks.standing(work, [made])[made]
    assert [(each.delivered, each.failed) for each in told] == [(0, 0), (1, 1), (0, 0)]
    assert (standing.queued, standing.dead) == (1, 0)
    assert isinstance(made, UUID)
