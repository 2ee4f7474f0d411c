"""Verifies receipts and checkpoints of an alliance's log, offline and with public keys alone.

A receipt proves that an entry is in the history that the log has signed. That everybody is shown
the same history is what witnesses are for: ask for their cosignatures too.
This module needs the extra ``stoa-sdk[verify]``.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stoa_sdk.errors import SdkError
from stoa_sdk.merkle import consistency_holds, inclusion_root, leaf_hash
from stoa_sdk.notes import (
    COSIGNATURE,
    SIGNATURE,
    Checkpoint,
    Vkey,
    base64_lines,
    read_checkpoint,
    read_vkey,
    signers,
)

__all__ = [
    "Proven",
    "Refuted",
    "trusted_keys",
    "verify_checkpoint",
    "verify_consistency",
    "verify_receipt",
]

_PROOF = "c2sp.org/tlog-proof@v1"
_SUCCESSION = "stoa-log-key-succession/v1"


class Refuted(SdkError):  # noqa: N818 - as callers write it after `except`
    """What should have been proven is not; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What a receipt proves.

    Attributes:
        entry: the facts of the entry, as the log has signed them.
        index: its place in the log.
        checkpoint: the tree head that covers it.
        key: the key of the log that signed this.
        witnesses: names of those who cosigned it.
    """

    entry: Mapping[str, Any]
    index: int
    checkpoint: Checkpoint
    key: Vkey
    witnesses: Sequence[str] = field(default=())


def verify_receipt(
    receipt: str | Mapping[str, Any],
    *,
    keys: Iterable[str],
    witnesses: Iterable[str] = (),
    witnesses_needed: int | None = None,
) -> Proven:
    """Verify a receipt and return what it proves; nothing is asked of anybody.

    Args:
        receipt: the answer of `Client.receipt`, as JSON text or as an object.
        keys: the keys of the log that are trusted, each one word.
        witnesses: the keys of the witnesses that are trusted.
        witnesses_needed: how many of them must have cosigned; by default all of them.

    Raises:
        Refuted: it proves nothing, and why.
    """
    try:
        document = json.loads(receipt) if isinstance(receipt, str) else receipt
        text, proof = document["entry"], document["proof"]
        entry = json.loads(text)
        if not isinstance(entry, dict) or _canonical(entry) != text or entry.get("v") != 1:
            raise Refuted("the entry is not written as version 1 of the log writes entries")
        index, path, note = _proof_parts(proof)
    except (KeyError, TypeError, ValueError) as error:
        raise Refuted(f"this is no receipt: {error}") from error
    proven = verify_checkpoint(
        note, keys=keys, witnesses=witnesses, witnesses_needed=witnesses_needed
    )
    head = proven.checkpoint
    if inclusion_root(leaf_hash(text.encode()), index, head.size, path) != head.root:
        raise Refuted("the entry is not in the tree that was signed: one of the two was changed")
    return Proven(
        entry=entry, index=index, checkpoint=head, key=proven.key, witnesses=proven.witnesses
    )


def verify_checkpoint(
    note: str,
    *,
    keys: Iterable[str],
    witnesses: Iterable[str] = (),
    witnesses_needed: int | None = None,
) -> Proven:
    """Verify the signatures under a checkpoint; the arguments are those of `verify_receipt`.

    Raises:
        Refuted: it is not signed as it should be.
    """
    try:
        head = read_checkpoint(note)
        own = [each for each in map(read_vkey, keys) if each.kind == SIGNATURE]
        others = [each for each in map(read_vkey, witnesses) if each.kind == COSIGNATURE]
        signed = signers(head.text, head.lines, [key for key in own if key.name == head.origin])
        cosigned = signers(head.text, head.lines, others)
    except ValueError as error:
        raise Refuted(str(error)) from error
    if not signed:
        raise Refuted(f"none of the trusted keys has signed this checkpoint of {head.origin}")
    names = sorted({key.public: key.name for key in cosigned}.values())
    needed = len(set(others)) if witnesses_needed is None else witnesses_needed
    if len(names) < needed:
        told = ", ".join(names) or "none"
        raise Refuted(f"{needed} witnesses are needed and {len(names)} have cosigned: {told}")
    return Proven(entry={}, index=-1, checkpoint=head, key=signed[0], witnesses=tuple(names))


def verify_consistency(old: str, new: str, proof: str, *, keys: Iterable[str]) -> None:
    """Verify that the history of a new checkpoint begins with that of an old one.

    Args:
        old: the note of a checkpoint; likewise `new`.
        proof: hashes in base64, one a line, as ``/v1/log/consistency`` answers.
        keys: the keys of the log that are trusted.

    Raises:
        Refuted: it does not, or it is not proven. Keep both notes: that one log has signed both
            may be the proof that it has shown two histories.
    """
    trusted = list(keys)
    before = verify_checkpoint(old, keys=trusted).checkpoint
    after = verify_checkpoint(new, keys=trusted).checkpoint
    if before.origin != after.origin:
        raise Refuted(f"these are two logs: {before.origin} and {after.origin}")
    if before.size == after.size and before.root != after.root:
        raise Refuted(f"two histories were signed: {before.size} entries have two roots")
    try:
        path = base64_lines(proof)
    except ValueError as error:
        raise Refuted(str(error)) from error
    if not consistency_holds(before.size, after.size, before.root, after.root, path):
        raise Refuted(
            f"it is not shown that the first {before.size} of {after.size} entries are the same"
        )


def trusted_keys(keys: Iterable[str], published: Mapping[str, Any]) -> list[str]:
    """Return the trusted keys and those that they have named as their successors.

    Args:
        keys: the keys of the log that are trusted.
        published: the document of ``/v1/log/keys``, which needs not be trusted.
    """
    trusted = {key: read_vkey(key) for key in keys}
    found = True
    while found:
        found = False
        for each in published.get("keys", ()):
            old, new = _succession(each.get("succession") or "")
            if old in trusted and new not in trusted:
                trusted[new] = read_vkey(new)
                found = True
    return list(trusted)


def _succession(note: str) -> tuple[str, str]:
    """Return the two keys of a note that both have signed; empty words where they have not."""
    text, _, lines = note.rpartition("\n\n")
    first, origin, old, new, *rest = (*text.split("\n"), "", "", "", "")
    try:
        both = [read_vkey(old), read_vkey(new)]
        signed = signers(f"{text}\n", lines.splitlines(), both)
    except ValueError:
        return "", ""
    named = first == _SUCCESSION and {key.name for key in both} == {origin} and not any(rest)
    return (old, new) if named and len(set(signed)) == len(both) else ("", "")


def _proof_parts(proof: str) -> tuple[int, list[bytes], str]:
    """Take a proof apart: the index, the audit path, and the note of the checkpoint."""
    head, gap, note = proof.partition("\n\n")
    first, *lines = head.split("\n")
    if lines and lines[0].startswith("extra "):
        lines.pop(0)
    word, _, number = (lines or [""])[0].partition(" ")
    if first != _PROOF or word != "index" or not gap or str(int(number)) != number:
        raise ValueError("the proof is not written as c2sp.org/tlog-proof@v1 says")
    return int(number), base64_lines("\n".join(lines[1:])), note


_canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
