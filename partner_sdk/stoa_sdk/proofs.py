"""What the transparency log answers, as frozen records like those of `stoa_sdk.facts`."""

import json
from dataclasses import dataclass
from datetime import datetime

from stoa_sdk.records import Record

__all__ = ["LogKey", "LogKeys", "LogText", "LogWitness", "Receipt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt(Record):
    """An entry as the log shows it, and the proof of it; keep both, as `as_json` writes them.

    `stoa_sdk.verify` verifies a receipt without asking anybody.
    """

    entry: str
    proof: str

    def as_json(self) -> str:
        """Return the receipt as the text that ``stoa-sdk verify`` reads."""
        return json.dumps({"entry": self.entry, "proof": self.proof}, ensure_ascii=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogText(Record):
    """Something that the log publishes as plain text."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogKey(Record):
    """A key of the log; `succession` is the note by which the key before it names it."""

    vkey: str
    created_at: datetime
    retired_at: datetime | None
    succession: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogWitness(Record):
    """Somebody who cosigns checkpoints of the log."""

    vkey: str
    added_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LogKeys(Record):
    """Every key that ever signed the log, the first one first, and its witnesses."""

    origin: str
    keys: tuple[LogKey, ...]
    witnesses: tuple[LogWitness, ...]
