"""Receipts are verified from texts and public keys alone, and whatever was changed is refused."""

import hashlib
import io
import json
import socket
import subprocess
import sys
from base64 import b64decode, b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from stoa_sdk.cli import main
from stoa_sdk.merkle import leaf_hash
from stoa_sdk.notes import (
    SIGNATURE,
    Secret,
    Vkey,
    new_secret,
    read_checkpoint,
    read_secret,
    read_vkey,
)
from stoa_sdk.verify import Refuted, verify_checkpoint, verify_consistency, verify_receipt

ORIGIN = "points.example.org/log"
ENTRY = '{"points":836,"sealed":"4eac","transaction":"txn_1","v":1}'
OTHER = leaf_hash(b"another entry")
_PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = Vkey(ORIGIN, SIGNATURE, _PRIVATE.public_key().public_bytes_raw())
WITNESS = read_secret(Secret(
    Vkey("auditor.example/w1", 4, _PRIVATE.public_key().public_bytes_raw()), bytes(range(32))
).text)  # fmt: skip


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def a_note(size: int, root: bytes, *, witness: Secret | None = None, origin: str = ORIGIN) -> str:
    """Return a checkpoint that the log's key has signed."""
    text = f"{origin}\n{size}\n{_base64(root)}\n"
    lines = f"— {ORIGIN} {_base64(KEY.id + _PRIVATE.sign(text.encode()))}\n"
    if witness:
        lines += f"{witness.cosign(text, at=1_777_608_000)}\n"
    return f"{text}\n{lines}"


ROOT = _node(OTHER, leaf_hash(ENTRY.encode()))
NOTE = a_note(2, ROOT, witness=WITNESS)
PROOF = f"c2sp.org/tlog-proof@v1\nindex 1\n{_base64(OTHER)}\n\n{NOTE}"
RECEIPT = {"entry": ENTRY, "proof": PROOF}


def _verify(receipt: object) -> None:
    verify_receipt(
        json.dumps(receipt), keys=[KEY.text], witnesses=[WITNESS.vkey.text], witnesses_needed=1
    )


def test_a_receipt_is_proven() -> None:
    proven = verify_receipt(RECEIPT, keys=[KEY.text], witnesses=[WITNESS.vkey.text])
    assert dict(proven.entry)["points"] == 836
    assert (proven.index, proven.key, proven.witnesses) == (1, KEY, ("auditor.example/w1",))


def test_extra_data_of_a_proof_is_passed_over() -> None:
    _verify({"entry": ENTRY, "proof": PROOF.replace("\nindex", "\nextra eA==\nindex")})


@given(st.sampled_from(["entry", "proof"]), st.integers(0, 10**6), st.integers(0, 6))
def test_no_letter_of_a_receipt_can_be_changed(part: str, place: int, bit: int) -> None:
    text = RECEIPT[part]
    place %= len(text)
    changed = text[:place] + chr(ord(text[place]) ^ 1 << bit) + text[place + 1 :]
    with pytest.raises(Refuted):
        _verify(RECEIPT | {part: changed})


@given(st.integers(0, 10**6))
def test_no_letter_of_a_receipt_can_be_left_out(place: int) -> None:
    place %= len(PROOF)
    with pytest.raises(Refuted):
        _verify({"entry": ENTRY, "proof": PROOF[:place] + PROOF[place + 1 :]})


@pytest.mark.parametrize(
    ("receipt", "why"),
    [
        ("", "no receipt"),
        ("[]", "no receipt"),
        ('{"entry": 1, "proof": ""}', "no receipt"),
        ('{"proof": ""}', "no receipt"),
        (json.dumps(RECEIPT | {"entry": ENTRY.replace(":", ": ")}), "not written as version 1"),
        (json.dumps(RECEIPT | {"entry": ENTRY.replace('"v":1', '"v":2')}), "not written as"),
        (json.dumps(RECEIPT | {"entry": "[]"}), "not written as"),
        (json.dumps(RECEIPT | {"proof": NOTE}), "not written as c2sp.org/tlog-proof@v1"),
        (json.dumps(RECEIPT | {"proof": PROOF.replace("index 1", "index 01")}), "not written as"),
        (json.dumps(RECEIPT | {"proof": PROOF.replace("index 1", "index 0")}), "not in the tree"),
        (json.dumps(RECEIPT | {"entry": ENTRY.replace("836", "837")}), "not in the tree"),
    ],
)
def test_what_proves_nothing_says_why(receipt: str, why: str) -> None:
    with pytest.raises(Refuted, match=why):
        verify_receipt(receipt, keys=[KEY.text])


def test_keys_of_another_kind_or_name_are_not_taken() -> None:
    for key in (Vkey("elsewhere/log", SIGNATURE, KEY.public), Vkey(ORIGIN, 4, KEY.public)):
        with pytest.raises(Refuted, match="none of the trusted keys"):
            verify_receipt(RECEIPT, keys=[key.text])
    with pytest.raises(Refuted, match="changed on its way"):
        verify_receipt(RECEIPT, keys=[KEY.text.replace(KEY.id.hex(), "00000000")])
    with pytest.raises(Refuted, match="is followed by no Ed25519 key"):
        verify_receipt(RECEIPT, keys=["points.example.org/log"])


def test_a_log_can_not_be_its_own_witness_and_one_witness_counts_once() -> None:
    with pytest.raises(Refuted, match="1 witnesses are needed and 0 have cosigned"):
        verify_receipt(RECEIPT, keys=[KEY.text], witnesses=[KEY.text], witnesses_needed=1)
    doubled = NOTE + NOTE.splitlines(keepends=True)[-1]
    twice = [WITNESS.vkey.text] * 2
    with pytest.raises(Refuted, match="2 witnesses are needed and 1 have cosigned"):
        verify_checkpoint(doubled, keys=[KEY.text], witnesses=twice, witnesses_needed=2)


def test_consistency_is_of_one_log_and_of_what_was_signed() -> None:
    old, new = a_note(1, OTHER), a_note(2, ROOT)
    proof = f"{_base64(leaf_hash(ENTRY.encode()))}\n"
    verify_consistency(old, new, proof, keys=[KEY.text])
    for wrong, why in (
        ("", "not shown"),
        ("x\n", "no hash"),
        (proof * 2, "not shown"),
    ):
        with pytest.raises(Refuted, match=why):
            verify_consistency(old, new, wrong, keys=[KEY.text])
    with pytest.raises(Refuted, match="two histories"):
        verify_consistency(a_note(2, OTHER), new, "", keys=[KEY.text])
    with pytest.raises(Refuted, match="not shown"):
        verify_consistency(new, old, proof, keys=[KEY.text])


@pytest.mark.parametrize(
    "note", ["", "a\n\n", "a\n1\n\n— x y\n", "a\n01\nAA==\n\n— x y\n", "\n\n\n"]
)
def test_what_is_no_checkpoint_is_not_read(note: str) -> None:
    with pytest.raises(ValueError, match="note"):
        read_checkpoint(note)


@pytest.mark.parametrize("name", ["", "two words", "a+b"])
def test_a_witness_has_a_name_of_one_word(name: str) -> None:
    with pytest.raises(ValueError, match="one word"):
        new_secret(name)


def test_keys_are_written_as_the_specification_does() -> None:
    assert KEY.text == f"{ORIGIN}+{KEY.id.hex()}+{_base64(bytes([1]) + KEY.public)}"
    assert read_vkey(KEY.text) == KEY
    assert WITNESS.text.startswith("PRIVATE+KEY+auditor.example/w1+")
    line = WITNESS.cosign("x\n", at=258)
    assert b64decode(line.rpartition(" ")[2])[:12] == WITNESS.vkey.id + bytes([0] * 6 + [1, 2])
    for wrong in (WITNESS.vkey.text, WITNESS.text.replace("w1", "w2"), "PRIVATE+KEY+a+b+c"):
        with pytest.raises(ValueError, match=r"secret key|no Ed25519"):
            read_secret(wrong)


class TestTheCommand:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        (tmp_path / "receipt.json").write_text(json.dumps(RECEIPT), "utf-8")
        (tmp_path / "old").write_text(a_note(1, OTHER), "utf-8")
        (tmp_path / "new").write_text(NOTE, "utf-8")
        proof = f"{_base64(leaf_hash(ENTRY.encode()))}\n"
        (tmp_path / "proof").write_text(proof, "utf-8")
        return tmp_path

    def _run(self, *words: object) -> tuple[int, str]:
        out = io.StringIO()
        return main([str(word) for word in words], out=out), out.getvalue()

    def test_it_verifies_a_receipt_without_a_network(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def nowhere(*_: object, **__: object) -> None:
            raise AssertionError("somebody was asked")

        monkeypatch.setattr(socket, "socket", nowhere)
        monkeypatch.setattr(socket, "getaddrinfo", nowhere)
        code, told = self._run("verify", folder / "receipt.json", "--key", KEY.text)
        assert code == 0
        assert told.startswith(f"PROVEN: entry 1 of 2 in the log {ORIGIN}")
        assert "points          836" in told
        assert "nobody asked for" in told
        witness = ("--witness", WITNESS.vkey.text, "--witnesses-needed", 1)
        code, told = self._run("verify", folder / "receipt.json", "--key", KEY.text, *witness)
        assert (code, told.splitlines()[-1]) == (0, "cosigned by     auditor.example/w1")

    def test_it_ends_with_1_and_the_reason(self, folder: Path) -> None:
        changed = json.dumps(RECEIPT | {"entry": ENTRY.replace("836", "837")})
        (folder / "receipt.json").write_text(changed, "utf-8")
        code, told = self._run("verify", folder / "receipt.json", "--key", KEY.text)
        assert (code, told.splitlines()[0][:40]) == (1, "NOT PROVEN: the entry is not in the tree")
        code, told = self._run("verify", folder / "none.json", "--key", KEY.text)
        assert code == 1
        assert "could not be looked at" in told

    def test_it_verifies_that_a_log_grew(self, folder: Path) -> None:
        files = [folder / name for name in ("old", "new", "proof")]
        assert self._run("consistency", *files, "--key", KEY.text) == (
            0,
            "PROVEN: the 2 entries begin with the same 1\n",
        )
        files[2].write_text("", "utf-8")
        assert self._run("consistency", *files, "--key", KEY.text)[0] == 1

    def test_it_trusts_the_successors_of_a_key(self, folder: Path) -> None:
        old = Ed25519PrivateKey.generate()
        first = Vkey(ORIGIN, SIGNATURE, old.public_key().public_bytes_raw())
        text = f"stoa-log-key-succession/v1\n{ORIGIN}\n{first.text}\n{KEY.text}\n"
        signed = [(first, old), (KEY, _PRIVATE)]
        lines = [f"— {ORIGIN} {_base64(key.id + by.sign(text.encode()))}\n" for key, by in signed]
        published = {"keys": [{"succession": f"{text}\n{''.join(lines)}"}, {"succession": None}]}
        (folder / "keys.json").write_text(json.dumps(published), "utf-8")
        words = ("verify", folder / "receipt.json", "--key", first.text)
        assert self._run(*words)[0] == 1
        assert self._run(*words, "--keys", folder / "keys.json")[0] == 0

    def test_a_key_is_made_once_and_is_its_owners_alone(self, folder: Path) -> None:
        words = ("witness", "keygen", "auditor.example/w1", "--secret", folder / "w1.key")
        code, told = self._run(*words)
        assert code == 0
        assert read_vkey(told).name == "auditor.example/w1"
        assert (folder / "w1.key").stat().st_mode & 0o777 == 0o600
        assert read_secret((folder / "w1.key").read_text().strip()).vkey == read_vkey(told)
        code, told = self._run(*words)
        assert code == 1
        assert "made once" in told

    def test_a_witness_that_reaches_nobody_says_so(self, folder: Path) -> None:
        (folder / "w1.key").write_text(WITNESS.text, "utf-8")
        words = ("witness", "look", "http://127.0.0.1:1", "--key", KEY.text)
        code, told = self._run(
            *words, "--secret", folder / "w1.key", "--state", folder / "w1.state"
        )
        assert code == 1
        assert "could not be looked at" in told
        assert not (folder / "w1.state").exists()

    def test_it_is_a_module_too(self, folder: Path) -> None:
        done = subprocess.run(  # noqa: S603 - our own words
            [sys.executable, "-m", "stoa_sdk", "verify", folder / "receipt.json",
             "--key", KEY.text],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("PROVEN")
