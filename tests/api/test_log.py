"""The doors of the transparency log: public texts, receipts of one's own, cosignatures."""

import json
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from apiflask import APIFlask

from logs import WORKER, Owner, keys, sign
from stoa.services import log
from stoa_sdk import Client, LogText, NotFound, Problem
from stoa_sdk.notes import Secret, cosignature_time, new_secret, read_checkpoint
from stoa_sdk.verify import (
    Refuted,
    trusted_keys,
    verify_checkpoint,
    verify_consistency,
    verify_receipt,
)
from stoa_sdk.witness import Witness
from tills import Till, refused
from world import Coalition, FixedClock

NOON = 1_777_608_000


@pytest.fixture
def http(app: APIFlask) -> httpx2.Client:
    """Return a connection of anybody, without a token."""
    return httpx2.Client(base_url="http://localhost", transport=httpx2.WSGITransport(app=app))


@pytest.fixture
def auditor(coalition: Coalition, http: httpx2.Client, tmp_path: Path) -> Witness:
    """Return a witness that the operator knows, after the first posting was signed."""
    return _witness(coalition, http, tmp_path, new_secret("auditor.example/w1"))


def _witness(coalition: Coalition, http: httpx2.Client, folder: Path, secret: Secret) -> Witness:
    with coalition.desk.work(WORKER) as work:
        log.add_witness(work, secret.vkey.text)
    name = secret.vkey.name.rpartition("/")[2]
    return Witness(
        http=http, keys=(_first_key(coalition),), secret=secret, state=folder / f"{name}.state"
    )


def _first_key(coalition: Coalition) -> str:
    with coalition.desk.work(WORKER) as work:
        return log.keys_of(work)[0].vkey.text


@pytest.fixture
def member(grocery: Till, coalition: Coalition) -> dict[str, str]:
    """Return a member with one signed entry."""
    member = grocery.enrol()
    grocery.earn(member)
    sign(coalition.desk)
    return member


def test_the_sdk_gets_a_receipt_that_verifies_without_the_house(
    grocery: Till, app: APIFlask, member: dict[str, str]
) -> None:
    transport = httpx2.WSGITransport(app=app)
    with Client("http://localhost", grocery.client_id, grocery.secret, transport=transport) as sdk:
        receipt = sdk.receipt(member["member_ref"], 1)
        published = sdk.log_keys()
        note = sdk.checkpoint().text
        assert sdk.checkpoint(1) == LogText(text=note)
        assert sdk.consistency(1, 1).text == ""
        with pytest.raises(NotFound, match="No such entry"):
            sdk.receipt(member["member_ref"], 2)
    proven = verify_receipt(receipt.as_json(), keys=[published.keys[0].vkey])
    assert (proven.index, proven.entry["points"]) == (0, 100)
    assert proven.checkpoint == read_checkpoint(note)
    assert published.origin == "localhost/log"


def test_another_partner_sees_the_entry_and_gets_no_receipt(
    grocery: Till, cinema: Till, member: dict[str, str]
) -> None:
    card = {"member": {"type": "card", "value": member["card"]}}
    there = cinema.post("/members/resolve", card).json["member_ref"]
    assert len(cinema.get(f"/members/{there}/entries").json["entries"]) == 1
    foreign = cinema.get(f"/members/{there}/entries/1/proof")
    missing = cinema.get(f"/members/{there}/entries/9/proof")
    assert refused(foreign, 404, "ENTRY_UNKNOWN") | {"request_id": ""} == (
        refused(missing, 404, "ENTRY_UNKNOWN") | {"request_id": ""}
    )
    assert grocery.get(f"/members/{member['member_ref']}/entries/1/proof").status_code == 200


def test_a_receipt_is_of_the_currency_that_is_asked_for(
    grocery: Till, member: dict[str, str]
) -> None:
    path = f"/members/{member['member_ref']}/entries/1/proof"
    assert grocery.get(path, currency="STAR").json == grocery.get(path).json
    refused(grocery.get(path, currency="MOON"), 404, "CURRENCY_UNKNOWN")
    refused(grocery.get(path, colour="red"), 422, "INVALID_BODY")


def test_what_is_public_is_text_and_names_no_member(
    http: httpx2.Client, member: dict[str, str], grocery: Till
) -> None:
    for _ in range(4):
        grocery.earn(member)
    sign(grocery.app.extensions["stoa"])
    texts = [
        http.get(f"/v1/log/{path}")
        for path in ("checkpoint", "checkpoint/1", "consistency?from=1&to=5", "tile/0/000.p/5")
    ]
    assert [each.status_code for each in texts] == [200] * 4
    assert [each.headers["Content-Type"].partition(";")[0] for each in texts] == [
        *["text/plain"] * 3,
        "application/octet-stream",
    ]
    assert "immutable" in texts[3].headers["Cache-Control"]
    assert len(texts[3].content) == 5 * 32
    told = http.get("/v1/log/keys").text + "".join(each.text for each in texts[:3])
    assert not {member["member_ref"], member["card"]} & set(told.split())
    keys_ = [json.loads(http.get("/v1/log/keys").text)["keys"][0]["vkey"]]
    verify_consistency(texts[1].text, texts[0].text, texts[2].text, keys=keys_)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("checkpoint/2", 404, "CHECKPOINT_UNKNOWN"),
        ("checkpoint/0", 404, "CHECKPOINT_UNKNOWN"),
        ("checkpoint/01", 404, "DOOR_UNKNOWN"),
        ("checkpoint/x", 404, "DOOR_UNKNOWN"),
        ("checkpoint?size=1", 422, "INVALID_BODY"),
        ("consistency", 422, "INVALID_BODY"),
        ("consistency?from=1", 422, "INVALID_BODY"),
        ("consistency?from=1&to=1&to=1", 422, "INVALID_BODY"),
        ("consistency?from=1&to=2", 404, "CHECKPOINT_UNKNOWN"),
        ("consistency?from=0&to=1", 404, "CHECKPOINT_UNKNOWN"),
        ("consistency?from=-1&to=1", 404, "DOOR_UNKNOWN"),
        ("tile/0/000", 404, "DOOR_UNKNOWN"),
        ("tile/0/000.p/2", 404, "DOOR_UNKNOWN"),
        ("tile/0/000.p/0", 404, "DOOR_UNKNOWN"),
        ("tile/0/000.p/256", 404, "DOOR_UNKNOWN"),
        ("tile/1/000.p/1", 404, "DOOR_UNKNOWN"),
        ("tile/x/000.p/1", 404, "DOOR_UNKNOWN"),
        ("tile/0/1.p/1", 404, "DOOR_UNKNOWN"),
        ("tile/0/x000/000.p/1", 200, ""),
        ("tile/0/x000.p/1", 404, "DOOR_UNKNOWN"),
        ("tile/0/000/000.p/1", 404, "DOOR_UNKNOWN"),
        ("tile/entries/000", 404, "DOOR_UNKNOWN"),
        ("tile/99999/000.p/1", 404, "DOOR_UNKNOWN"),
    ],
)
def test_what_is_not_there_is_refused(
    http: httpx2.Client, member: dict[str, str], path: str, status: int, code: str
) -> None:
    del member
    answer = http.get(f"/v1/log/{path}")
    assert answer.status_code == status, answer.text
    assert not code or answer.json()["code"] == code


def test_an_empty_log_has_no_checkpoint(http: httpx2.Client) -> None:
    assert http.get("/v1/log/checkpoint").json()["code"] == "CHECKPOINT_UNKNOWN"
    assert http.get("/v1/log/keys").json() == {
        "origin": "localhost/log", "keys": [], "witnesses": [],
    }  # fmt: skip


def test_a_witness_cosigns_what_grows_and_receipts_carry_it(
    member: dict[str, str], auditor: Witness, grocery: Till, coalition: Coalition
) -> None:
    assert auditor.look(at=NOON).size == 1
    grocery.earn(member)
    sign(coalition.desk)
    assert auditor.look(at=NOON + 60).size == 2
    assert auditor.look(at=NOON + 90).size == 2
    vkey = auditor.secret.vkey
    receipt = grocery.get(f"/members/{member['member_ref']}/entries/1/proof").json
    proven = verify_receipt(receipt, keys=keys(coalition.desk), witnesses=[vkey.text])
    assert proven.witnesses == (vkey.name,)
    assert cosignature_time(proven.checkpoint.lines, vkey) == NOON + 90
    with pytest.raises(Refuted, match="2 witnesses are needed and 1 have cosigned"):
        verify_receipt(
            receipt, keys=keys(coalition.desk), witnesses=[vkey.text], witnesses_needed=2
        )
    other = new_secret("other.example").vkey.text
    with pytest.raises(Refuted, match="1 witnesses are needed and 0 have cosigned: none"):
        verify_receipt(receipt, keys=keys(coalition.desk), witnesses=[other])


def test_a_receipt_prefers_the_checkpoint_that_most_have_cosigned(
    member: dict[str, str], auditor: Witness, grocery: Till, coalition: Coalition, tmp_path: Path
) -> None:
    second = _witness(coalition, auditor.http, tmp_path, new_secret("other.example/w2"))
    auditor.look(at=NOON)
    second.look(at=NOON)
    grocery.earn(member)
    sign(coalition.desk)
    auditor.look(at=NOON + 60)
    receipt = grocery.get(f"/members/{member['member_ref']}/entries/1/proof").json
    proven = verify_receipt(
        receipt,
        keys=keys(coalition.desk),
        witnesses=[each.secret.vkey.text for each in (auditor, second)],
    )
    assert proven.checkpoint.size == 1
    assert len(proven.witnesses) == 2


def test_a_witness_follows_the_keys_of_the_log(
    member: dict[str, str], auditor: Witness, grocery: Till, coalition: Coalition, clock: FixedClock
) -> None:
    auditor.look(at=NOON)
    for _ in range(2):
        clock.move(seconds=61)
        with coalition.desk.work(WORKER) as work:
            log.rotate(work)
        grocery.earn(member)
        sign(coalition.desk)
    assert auditor.look(at=NOON + 200).size == 3


def test_a_witness_refuses_two_roots_of_one_size(
    member: dict[str, str], auditor: Witness, coalition: Coalition, database: str
) -> None:
    auditor.look(at=NOON)
    seen = auditor.state.read_text("utf-8")
    owner = Owner(database)
    owner.do(
        "TRUNCATE log_entries, log_tiles, log_checkpoints, log_cosignatures",
        "UPDATE log_heads SET seq = 0, blind = sha256('another history')",
    )
    sign(coalition.desk)
    with pytest.raises(Refuted, match="two histories were signed: 1 entries have two roots"):
        auditor.look(at=NOON + 60)
    assert auditor.state.read_text("utf-8") == seen
    shown = auditor.state.with_name("w1.state.refuted").read_text("utf-8")
    for note in (seen, shown):  # anybody can see that one log has signed both
        verify_checkpoint(note, keys=keys(coalition.desk))
    assert owner.ask("SELECT count(*) FROM log_cosignatures") == 0


def test_a_witness_refuses_a_history_that_does_not_continue_or_is_shorter(
    member: dict[str, str], auditor: Witness, grocery: Till, coalition: Coalition, database: str
) -> None:
    grocery.earn(member)
    sign(coalition.desk)
    auditor.look(at=NOON)
    owner = Owner(database)
    rewrite = (
        "TRUNCATE log_entries, log_tiles, log_checkpoints",
        "UPDATE log_heads SET seq = 0, blind = sha256('another history')",
    )
    owner.do(*rewrite)
    grocery.earn(member)
    sign(coalition.desk)
    with pytest.raises(Refuted, match="not shown that the first 2 of 3 entries are the same"):
        auditor.look(at=NOON + 60)
    owner.do(*rewrite, "CREATE TABLE kept AS TABLE wallets", "DELETE FROM wallets")
    with coalition.desk.work(WORKER) as work:
        log.append(work, limit=1, at_once=True)
    owner.do("INSERT INTO wallets SELECT * FROM kept", "DROP TABLE kept")
    with pytest.raises(Refuted, match="the log has shrunk: 2 entries were seen, 1 are shown"):
        auditor.look(at=NOON + 120)


def test_a_witness_remembers_before_it_signs(
    member: dict[str, str], auditor: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = []

    def cosign(secret: Secret, text: str, *, at: int) -> str:
        del secret, at
        kept.append(read_checkpoint(auditor.state.read_text("utf-8")).text == text)
        raise KeyboardInterrupt

    monkeypatch.setattr(Secret, "cosign", cosign)
    with pytest.raises(KeyboardInterrupt):
        auditor.look(at=NOON)
    assert kept == [True]
    assert auditor.state.stat().st_mode & 0o777 == 0o600


def test_a_log_of_another_key_is_not_cosigned(
    member: dict[str, str], auditor: Witness, tmp_path: Path
) -> None:
    stranger = new_secret("localhost/log").vkey.text.replace("+B", "+A")
    other = Witness(
        http=auditor.http,
        keys=(_own(stranger),),
        secret=auditor.secret,
        state=tmp_path / "other.state",
    )
    with pytest.raises(Refuted, match="none of the trusted keys"):
        other.look(at=NOON)
    assert not other.state.exists()


def _own(_: str) -> str:
    """Return a key of a log of the same name that is not the log's."""
    secret = new_secret("localhost/log")
    own = type(secret.vkey)("localhost/log", 1, secret.vkey.public)
    return own.text


class TestCosignatures:
    def test_an_unknown_witness_is_refused(
        self, member: dict[str, str], auditor: Witness, http: httpx2.Client
    ) -> None:
        stranger = Witness(
            http=http,
            keys=auditor.keys,
            secret=new_secret("auditor.example/w1"),
            state=auditor.state,
        )
        with pytest.raises(Problem) as raised:
            stranger.look(at=NOON)
        assert raised.value.code == "COSIGNATURE_REFUSED"

    @pytest.mark.parametrize(
        ("wrong", "detail"),
        [
            (lambda note: note[:0], "no signed note"),
            (lambda note: note.rpartition("\n\n")[0] + "\n", "no signed note"),
            (lambda note: note.replace("\n1\n", "\n2\n", 1), "has signed no such checkpoint"),
            (lambda note: note.replace("localhost/log\n", "elsewhere/log\n", 1), "no such check"),
            (lambda note: note[:-30] + ("A" if note[-30] != "A" else "B") + note[-29:], "not good"),
            (lambda note: note.replace("— auditor", "— nobody"), "No line is signed by a witness"),
            (lambda note: note * 1000, ""),
        ],
    )
    def test_what_is_no_good_cosignature_is_refused(
        self,
        member: dict[str, str],
        auditor: Witness,
        http: httpx2.Client,
        wrong: Callable[[str], str],
        detail: str,
    ) -> None:
        head = read_checkpoint(http.get("/v1/log/checkpoint").text)
        good = f"{head.text}\n{auditor.secret.cosign(head.text, at=NOON)}\n"
        answer = http.post("/v1/log/cosignatures", content=wrong(good))
        assert answer.status_code in (413, 422)
        assert detail in answer.json()["detail"]
        assert http.post("/v1/log/cosignatures", content=b"\xff").status_code == 400
        answer = http.post("/v1/log/cosignatures", content=good)
        assert answer.json() == {"witnesses": ["auditor.example/w1"]}

    def test_the_newest_of_a_witness_is_kept(
        self, member: dict[str, str], auditor: Witness, http: httpx2.Client
    ) -> None:
        auditor.look(at=NOON)
        auditor.look(at=NOON + 60)
        head = read_checkpoint(http.get("/v1/log/checkpoint").text)
        assert len(head.lines) == 2
        assert cosignature_time(head.lines, auditor.secret.vkey) == NOON + 60


def test_trust_follows_a_succession_and_no_other_claim(
    member: dict[str, str], coalition: Coalition, http: httpx2.Client, clock: FixedClock
) -> None:
    first = keys(coalition.desk)
    for _ in range(2):
        clock.move(seconds=1)
        with coalition.desk.work(WORKER) as work:
            log.rotate(work)
    published = http.get("/v1/log/keys").json()
    told = [each["vkey"] for each in published["keys"]]
    assert trusted_keys(first, published) == told
    assert trusted_keys(told[2:], published) == told[2:]
    forged = json.loads(json.dumps(published))
    forged["keys"][1]["succession"] = forged["keys"][2]["succession"]
    assert trusted_keys(first, forged) == first
    spoilt = json.loads(json.dumps(published))
    note = spoilt["keys"][1]["succession"]
    name, signature = note.splitlines()[-1].rsplit(" ", 1)
    zeros = b64encode(bytes(68)).decode()
    spoilt["keys"][1]["succession"] = note.replace(f"{name} {signature}", f"{name} {zeros}")
    assert trusted_keys(first, spoilt) == first
