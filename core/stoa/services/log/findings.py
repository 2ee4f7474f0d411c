"""What a look for tampering can find, and how it is told."""

from dataclasses import dataclass
from uuid import UUID

__all__ = [
    "DELETED",
    "EDITED",
    "ENTRY_EDITED",
    "FORGED_KEY",
    "INSERTED",
    "REORDERED",
    "REWRITTEN",
    "TILE_EDITED",
    "TRUNCATED",
    "Finding",
]

EDITED = "a logged posting was edited"
DELETED = "a logged posting was deleted"
INSERTED = "a posting was inserted behind the log"
REORDERED = "entries of the log were reordered"
TRUNCATED = "the log was truncated"
ENTRY_EDITED = "an entry of the log was edited"
TILE_EDITED = "a tile of the log was edited"
REWRITTEN = "a checkpoint of the log was rewritten"
FORGED_KEY = "a key of the log was forged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is not as it was signed: what was done, and where.

    Attributes:
        check: one of the constants above.
        member_id: whose wallet; ``None`` for what is no member's.
        place: the entry of the log; empty where there is none.
    """

    check: str
    detail: str
    place: str = ""
    member_id: UUID | None = None
    currency: str = ""
