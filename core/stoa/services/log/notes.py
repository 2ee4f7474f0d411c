"""Signed notes, checkpoints and cosignatures, as the C2SP specifications write them.

A note is a text, an empty line, and signature lines ``— name base64(key id ‖ signature)``; a
checkpoint is a note whose text is origin, size and root (c2sp.org/signed-note, /tlog-checkpoint).
A witness signs the checkpoint's text behind the time at which it looked (/tlog-cosignature).
"""

import binascii
import hashlib
from base64 import b64decode, b64encode
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

__all__ = [
    "COSIGNATURE",
    "SIGNATURE",
    "Head",
    "Note",
    "Vkey",
    "head_text",
    "line_fits",
    "read_head",
    "read_note",
    "read_vkey",
    "signed_line",
]

SIGNATURE = 1
"""The kind of a key that signs the text of a note."""

COSIGNATURE = 4
"""The kind of a key that signs a checkpoint and the time at which it was seen."""

_KEY_BYTES = 32
_ID_BYTES = 4
_TIME_BYTES = 8
_MOST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Vkey:
    """A public key with the name and the kind of signature it stands for."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes by which signature lines name the key."""
        named = self.name.encode() + b"\n" + bytes([self.kind]) + self.public
        return hashlib.sha256(named).digest()[:_ID_BYTES]

    @property
    def text(self) -> str:
        """The key as one word, to be told and configured."""
        return f"{self.name}+{self.id.hex()}+{_base64(bytes([self.kind]) + self.public)}"


@dataclass(frozen=True, slots=True)
class Note:
    """A text and the lines that sign it."""

    text: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """What a checkpoint says: which log, how many leaves, which root."""

    origin: str
    size: int
    root: bytes


def read_vkey(text: str) -> Vkey:
    """Read a key that was written as one word.

    Raises:
        ValueError: it is none, or its id is not its own.
    """
    name, id_hex, coded = (*text.strip().split("+", 2), "", "")[:3]
    raw = _unbase64(coded)
    if not name or name.split() != [name] or len(raw) != _KEY_BYTES + 1:
        raise ValueError("this is no Ed25519 key as c2sp.org/signed-note writes it")
    key = Vkey(name, raw[0], raw[1:])
    if key.kind not in (SIGNATURE, COSIGNATURE) or key.id.hex() != id_hex:
        raise ValueError("the key's id is not its own: something is missing or was changed")
    return key


def read_note(note: str) -> Note:
    """Take a note apart; no signature is verified by that.

    Raises:
        ValueError: it is no note.
    """
    text, gap, signatures = note.rpartition("\n\n")
    lines = tuple(signatures.split("\n"))
    if not gap or lines[-1] or len(note) > _MOST_BYTES:
        raise ValueError("this is no signed note")
    if not all(line.startswith("— ") for line in lines[:-1]):
        raise ValueError("a signature line of the note can't be read")
    return Note(text + "\n", lines[:-1])


def head_text(head: Head) -> str:
    """Return the text of a checkpoint."""
    return f"{head.origin}\n{head.size}\n{_base64(head.root)}\n"


def read_head(text: str) -> Head:
    """Read the text of a checkpoint.

    Raises:
        ValueError: it is none.
    """
    origin, size, root, *rest = (*text.split("\n"), "", "")
    hashed = _unbase64(root)
    known = size.isascii() and size.isdigit() and str(int(size)) == size
    if not origin or not known or len(hashed) != _KEY_BYTES or any(rest):
        raise ValueError("this is no checkpoint")
    return Head(origin, int(size), hashed)


def signed_line(text: str, *, key: Vkey, private: bytes) -> str:
    """Return the line by which a log's key signs the text of a note."""
    signature = Ed25519PrivateKey.from_private_bytes(private).sign(text.encode())
    return f"— {key.name} {_base64(key.id + signature)}"


def line_fits(line: str, text: str, key: Vkey) -> bool | None:
    """Tell whether a line is this key's good signature of a text; ``None`` if it is another's."""
    name, _, coded = line.removeprefix("— ").rpartition(" ")
    raw = _unbase64(coded)
    if name != key.name or raw[:_ID_BYTES] != key.id:
        return None
    signature, signed = raw[_ID_BYTES:], text
    if key.kind == COSIGNATURE:
        time = int.from_bytes(signature[:_TIME_BYTES], "big")
        signature, signed = signature[_TIME_BYTES:], f"cosignature/v1\ntime {time}\n{text}"
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, signed.encode())
    except InvalidSignature:
        return False
    return True


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode()


def _unbase64(text: str) -> bytes:
    """Return the bytes of a base64 text; none at all when it is not the one way to write them."""
    try:
        raw = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return raw if _base64(raw) == text else b""
