"""Reads and signs what a transparency log publishes: notes, checkpoints, cosignatures (C2SP).

c2sp.org/signed-note       a text, an empty line, lines ``— name base64(key id ‖ signature)``
c2sp.org/tlog-checkpoint   a note that says origin, size and root of a log
c2sp.org/tlog-cosignature  a witness's signature of a checkpoint and of the time it was seen
"""

import binascii
import hashlib
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

__all__ = [
    "COSIGNATURE",
    "SIGNATURE",
    "Checkpoint",
    "Secret",
    "Vkey",
    "base64_lines",
    "cosignature_time",
    "new_secret",
    "read_checkpoint",
    "read_secret",
    "read_vkey",
    "signers",
]

SIGNATURE = 1
"""The kind of a log's own key."""

COSIGNATURE = 4
"""The kind of a witness's key."""

_ID_BYTES = 4
_KEY_BYTES = 32
_TIME_BYTES = 8
_PRIVATE = "PRIVATE+KEY+"


@dataclass(frozen=True, slots=True)
class Vkey:
    """A public key: whose, for which kind of signature."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that name the key in a signature line."""
        coded = b"%s\n%c%s" % (self.name.encode(), self.kind, self.public)
        return hashlib.sha256(coded).digest()[:_ID_BYTES]

    @property
    def text(self) -> str:
        """The key as one word."""
        coded = b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{coded}"


@dataclass(frozen=True, slots=True)
class Secret:
    """A witness's key with its private part."""

    vkey: Vkey
    private: bytes

    @property
    def text(self) -> str:
        """The key as one word that has to be kept secret."""
        coded = b64encode(bytes([self.vkey.kind]) + self.private).decode()
        return f"{_PRIVATE}{self.vkey.name}+{self.vkey.id.hex()}+{coded}"

    def cosign(self, text: str, *, at: int) -> str:
        """Return the line that says: at this second the log's newest tree was this one."""
        message = f"cosignature/v1\ntime {at}\n{text}".encode()
        signature = Ed25519PrivateKey.from_private_bytes(self.private).sign(message)
        coded = b64encode(self.vkey.id + at.to_bytes(_TIME_BYTES, "big") + signature).decode()
        return f"— {self.vkey.name} {coded}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head and the lines that sign it; nothing is verified by reading one."""

    text: str
    origin: str
    size: int
    root: bytes
    lines: tuple[str, ...]


def new_secret(name: str) -> Secret:
    """Return a new key for a witness of this name.

    Raises:
        ValueError: the name is not one word without a plus sign.
    """
    if name.split() != [name] or "+" in name:
        raise ValueError("the name has to be one word without a plus sign")
    private = Ed25519PrivateKey.generate()
    vkey = Vkey(name, COSIGNATURE, private.public_key().public_bytes_raw())
    return Secret(vkey, private.private_bytes_raw())


def read_vkey(text: str) -> Vkey:
    """Read a public key.

    Raises:
        ValueError: it is none, or was changed on its way.
    """
    name, key_id, kind, material = _word(text)
    key = Vkey(name, kind, material)
    if kind not in (SIGNATURE, COSIGNATURE) or key.id.hex() != key_id:
        raise ValueError(f"{text.strip()!r} is no Ed25519 key, or was changed on its way")
    return key


def read_secret(text: str) -> Secret:
    """Read a witness's key with its private part.

    Raises:
        ValueError: it is none.
    """
    name, key_id, kind, material = _word(text.strip().removeprefix(_PRIVATE))
    public = Ed25519PrivateKey.from_private_bytes(material).public_key().public_bytes_raw()
    secret = Secret(Vkey(name, kind, public), material)
    if not text.startswith(_PRIVATE) or kind != COSIGNATURE or secret.vkey.id.hex() != key_id:
        raise ValueError("this is no secret key of a witness")
    return secret


def read_checkpoint(note: str) -> Checkpoint:
    """Take a signed checkpoint apart.

    Raises:
        ValueError: it is none.
    """
    text, gap, signed = note.rpartition("\n\n")
    *lines, end = signed.split("\n")
    if not gap or end or not all(line.startswith("— ") for line in lines):
        raise ValueError("this is no signed note")
    origin, size, root, *more = (*text.split("\n"), "", "")
    if not origin or str(int(size) if size.isascii() and size.isdigit() else "") != size:
        raise ValueError("this note is no checkpoint")
    if any(more) or len(_unbase64(root)) != _KEY_BYTES or not size:
        raise ValueError("this note is no checkpoint")
    return Checkpoint(f"{text}\n", origin, int(size), _unbase64(root), tuple(lines))


def signers(text: str, lines: Iterable[str], keys: Iterable[Vkey]) -> list[Vkey]:
    """Return which of the keys have signed a text, each once; other keys' lines say nothing.

    Raises:
        ValueError: a line names one of the keys, and its signature is not good.
    """
    found: dict[Vkey, None] = {}
    known = list(keys)
    for line in lines:
        name, _, coded = line.removeprefix("— ").rpartition(" ")
        raw = _unbase64(coded)
        for key in known:
            if (name, raw[:_ID_BYTES]) == (key.name, key.id):
                _verify(key, raw[_ID_BYTES:], text)
                found[key] = None
    return list(found)


def cosignature_time(lines: Iterable[str], key: Vkey) -> int | None:
    """Return the second at which a witness says it looked; verify the line first."""
    for line in lines:
        name, _, coded = line.removeprefix("— ").rpartition(" ")
        raw = _unbase64(coded)
        if (name, raw[:_ID_BYTES]) == (key.name, key.id):
            return int.from_bytes(raw[_ID_BYTES : _ID_BYTES + _TIME_BYTES], "big")
    return None


def base64_lines(text: str) -> list[bytes]:
    """Read hashes, one a line.

    Raises:
        ValueError: a line is none.
    """
    hashes = [_unbase64(line) for line in text.splitlines()]
    if any(len(each) != _KEY_BYTES for each in hashes):
        raise ValueError("a line of the proof is no hash in base64")
    return hashes


def _verify(key: Vkey, signature: bytes, text: str) -> None:
    signed = text
    if key.kind == COSIGNATURE:
        time = int.from_bytes(signature[:_TIME_BYTES], "big")
        signature, signed = signature[_TIME_BYTES:], f"cosignature/v1\ntime {time}\n{text}"
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, signed.encode())
    except InvalidSignature:
        raise ValueError(f"the signature of {key.name} is not good") from None


def _word(text: str) -> tuple[str, str, int, bytes]:
    name, key_id, coded = (*text.strip().split("+", 2), "", "")[:3]
    raw = _unbase64(coded)
    if not name or name.split() != [name] or len(raw) != _KEY_BYTES + 1:
        raise ValueError(f"{name or text!r} is followed by no Ed25519 key")
    return name, key_id, raw[0], raw[1:]


def _unbase64(text: str) -> bytes:
    """Return the bytes of a base64 text; none where it is not the one way to write them."""
    try:
        raw = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return raw if b64encode(raw).decode() == text else b""
