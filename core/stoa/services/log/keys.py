"""Who signs the log: its own keys, each named by the one before it, and the keys of its witnesses.

A key's name is the log's origin, for ever: the first key takes it from the settings. When a key is
rotated, both keys sign a note that names them, and the old one's private part is destroyed: what it
signed stays good, and nobody can sign with it again.
"""

from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select

from stoa.errors import CodeTakenError, InvalidBodyError
from stoa.models.log import LogKey, LogWitness
from stoa.services import audit
from stoa.services.log.notes import COSIGNATURE, SIGNATURE, Vkey, read_vkey, signed_line
from stoa.work import Work

__all__ = [
    "SUCCESSION",
    "KeyTerms",
    "Signer",
    "WitnessTerms",
    "add_witness",
    "keys_of",
    "rotate",
    "signer",
    "witnesses_of",
]

SUCCESSION = "stoa-log-key-succession/v1"
"""The first line of the note that names a log's key and the one after it."""

_LOCK = 5704


@dataclass(frozen=True, slots=True)
class KeyTerms:
    """A key of the log, as it is published; a retired one signs no more."""

    vkey: Vkey
    created_at: datetime
    retired_at: datetime | None
    succession: str | None


@dataclass(frozen=True, slots=True)
class WitnessTerms:
    """A witness, as it is published."""

    vkey: Vkey
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Signer:
    """The key that signs now."""

    vkey: Vkey
    private: bytes

    def line(self, text: str) -> str:
        """Return the line that signs a text."""
        return signed_line(text, key=self.vkey, private=self.private)


def signer(work: Work) -> Signer:
    """Return the key that signs; the first call makes one, named as the programme's log is."""
    found = _signing(work)
    if found is None:
        work.session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        found = _signing(work) or _make(work, work.programme.log_origin)
    return found


def rotate(work: Work) -> Signer:
    """Sign with a new key from now on; both keys sign the note that says so."""
    old = signer(work)
    work.session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    retired = work.session.get(LogKey, old.vkey.text, with_for_update=True, populate_existing=True)
    if retired is None or retired.private_key is None:
        raise InvalidBodyError(errors={"key": ["Somebody else rotates it just now."]})
    new = _make(work, old.vkey.name)
    text = f"{SUCCESSION}\n{old.vkey.name}\n{old.vkey.text}\n{new.vkey.text}\n"
    kept = work.session.get_one(LogKey, new.vkey.text)
    kept.succession = f"{text}\n{old.line(text)}\n{new.line(text)}\n"
    retired.private_key = None
    retired.retired_at = work.now()
    audit.record(
        work, "log_key.rotate", new.vkey.text, before={"key": old.vkey.text},
        after={"key": new.vkey.text},
    )  # fmt: skip
    work.session.flush()
    return new


def keys_of(work: Work) -> list[KeyTerms]:
    """Return every key that ever signed, the first one first."""
    kept = select(LogKey).order_by(LogKey.created_at, LogKey.retired_at.nulls_last(), LogKey.vkey)
    return [
        KeyTerms(read_vkey(key.vkey), key.created_at, key.retired_at, key.succession)
        for key in work.session.scalars(kept)
    ]


def add_witness(work: Work, vkey: str) -> Vkey:
    """Take cosignatures of somebody from now on.

    Args:
        vkey: the witness's key, as `stoa-sdk witness keygen` tells it.

    Raises:
        InvalidBodyError: it is no key of a witness, or has the log's own name.
        CodeTakenError: there is a witness of this name.
    """
    try:
        key = read_vkey(vkey)
    except ValueError as wrong:
        raise InvalidBodyError(errors={"vkey": [str(wrong)]}) from wrong
    if key.kind != COSIGNATURE or key.name in {each.vkey.name for each in keys_of(work)}:
        raise InvalidBodyError(errors={"vkey": ["Give the key of a witness, of kind 4."]})
    if work.session.get(LogWitness, key.name) is not None:
        raise CodeTakenError
    work.session.add(LogWitness(name=key.name, vkey=key.text, added_at=work.now()))
    audit.record(work, "log_witness.add", key.name, after={"vkey": key.text})
    work.session.flush()
    return key


def witnesses_of(work: Work) -> list[WitnessTerms]:
    """Return the witnesses, the first one first."""
    kept = select(LogWitness).order_by(LogWitness.added_at, LogWitness.name)
    found = work.session.scalars(kept)
    return [WitnessTerms(read_vkey(each.vkey), each.added_at) for each in found]


def _signing(work: Work) -> Signer | None:
    signing = select(LogKey).where(LogKey.private_key.is_not(None))
    for key in work.session.scalars(signing.execution_options(populate_existing=True)):
        if key.private_key is not None:
            return Signer(read_vkey(key.vkey), key.private_key)
    return None


def _make(work: Work, name: str) -> Signer:
    private = Ed25519PrivateKey.generate()
    made = Signer(
        Vkey(name, SIGNATURE, private.public_key().public_bytes_raw()), private.private_bytes_raw()
    )
    work.session.add(LogKey(vkey=made.vkey.text, private_key=made.private, created_at=work.now()))
    work.session.flush()
    return made
