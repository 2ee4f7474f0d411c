"""A witness: looks at an alliance's log from outside, remembers what it saw, and cosigns that.

A log that shows two histories can't get both cosigned by one witness: before it signs, the witness
checks that the new tree begins with the one it remembers. What it is about to sign it writes down
first, so that a crash in between can't make it forget.
This module needs the extra ``stoa-sdk[verify]``.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import httpx2

from stoa_sdk.answers import problem_of
from stoa_sdk.errors import ConnectionFailed
from stoa_sdk.notes import Checkpoint, Secret
from stoa_sdk.verify import Refuted, trusted_keys, verify_checkpoint, verify_consistency

__all__ = ["Witness", "keep", "open_log"]

_TIMEOUT_S = 10.0


def open_log(url: str) -> httpx2.Client:
    """Return a connection to the public doors of an alliance's log."""
    return httpx2.Client(base_url=url.rstrip("/") + "/", timeout=_TIMEOUT_S)


def keep(path: Path, text: str) -> None:
    """Write a file whole, readable by its owner alone, and wait until it is on the disk."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """Somebody who looks at one log.

    Attributes:
        http: a connection, as `open_log` makes one.
        keys: the keys of the log that are trusted; those that they name as successors are too.
        secret: what the witness signs with.
        state: the file in which it remembers the newest checkpoint that it cosigned.
    """

    http: httpx2.Client
    keys: tuple[str, ...]
    secret: Secret
    state: Path

    def look(self, *, at: int) -> Checkpoint:
        """Fetch the newest checkpoint, check it, remember it, cosign it and hand that in.

        Args:
            at: the present second of the clock (POSIX time).

        Raises:
            Refuted: the log shows something else than before; what it showed is kept beside the
                state, in a file that ends with ``.refuted``.
            ConnectionFailed: the log can't be reached.
            Problem: the log refuses the question or the cosignature.
        """
        keys = self._trusted()
        note = self._get("v1/log/checkpoint")
        remembered = self.state.read_text("utf-8") if self.state.exists() else None
        try:
            seen = verify_checkpoint(note, keys=keys).checkpoint
            if remembered is not None:
                self._compare(remembered, note, keys)
        except Refuted:
            keep(self.state.with_name(f"{self.state.name}.refuted"), note)
            raise
        keep(self.state, note)
        line = self.secret.cosign(seen.text, at=at)
        self._send("v1/log/cosignatures", f"{seen.text}\n{line}\n")
        return seen

    def _compare(self, remembered: str, note: str, keys: Iterable[str]) -> None:
        old = verify_checkpoint(remembered, keys=keys).checkpoint
        new = verify_checkpoint(note, keys=keys).checkpoint
        if new.size < old.size:
            raise Refuted(f"the log has shrunk: {old.size} entries were seen, {new.size} are shown")
        proof = ""
        if new.size > old.size > 0:
            proof = self._get(f"v1/log/consistency?from={old.size}&to={new.size}")
        verify_consistency(remembered, note, proof, keys=keys)

    def _trusted(self) -> list[str]:
        try:
            return trusted_keys(self.keys, json.loads(self._get("v1/log/keys")))
        except ValueError as error:
            raise Refuted(f"the keys can't be read: {error}") from error

    def _get(self, path: str) -> str:
        return self._send(path, None)

    def _send(self, path: str, body: str | None) -> str:
        method = "GET" if body is None else "POST"
        try:
            answer = self.http.request(
                method, path, content=body, headers={"Content-Type": "text/plain; charset=utf-8"}
            )
        except httpx2.RequestError as error:
            raise ConnectionFailed(f"{type(error).__name__}: {error}") from error
        if not answer.is_success:
            raise problem_of(answer)
        return answer.text
