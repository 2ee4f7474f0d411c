"""Pictures of what the alliance offers: kept by the digest of their bytes, so they never change.

A picture is looked at before it is kept: what is no PNG, JPEG or WebP, is too large, or can't be
drawn to its last row is refused. What else a file carries beside its picture, such as the place it
was taken at, is left out.
"""

import hashlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from stoa.errors import InvalidBodyError
from stoa.services import audit
from stoa.work import Work

__all__ = ["MOST_BYTES", "TYPES", "Picture", "Seen", "add", "find", "listed", "missing"]

MOST_BYTES = 240_000
"""The largest file that is taken."""

TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
"""Formats by Pillow's names, and their media types."""

_LARGEST = 4096
_QUALITY = 90
_MOST_DRAWN = 3 * MOST_BYTES


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is sent: its media type and its bytes."""

    type: str
    bytes: bytes


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture as a list shows it."""

    id: str
    type: str
    width: int
    height: int
    added_at: datetime


_ADD = """
INSERT INTO pictures (id, type, bytes, width, height, added_at, added_by)
VALUES (%(id)s, %(type)s, %(bytes)s, %(width)s, %(height)s, %(now)s, %(by)s)
ON CONFLICT (id) DO NOTHING RETURNING id
"""


def add(work: Work, data: bytes) -> str:
    """Keep a picture; return its id, the same for the same picture.

    Args:
        data: the file, at most `MOST_BYTES`.

    Raises:
        InvalidBodyError: it is too large, or no picture of one of `TYPES`.
    """
    if len(data) > MOST_BYTES:
        raise _wrong(f"A picture has at most {MOST_BYTES // 1000} kB.")
    kind, clean, width, height = _drawn(data)
    picture_id = hashlib.sha256(clean).hexdigest()
    values = {
        "id": picture_id, "type": TYPES[kind], "bytes": clean, "width": width, "height": height,
        "now": work.now(), "by": work.actor.name,
    }  # fmt: skip
    if work.rows(_ADD, values):
        after = {"type": TYPES[kind], "width": width, "height": height}
        audit.record(work, "picture.add", f"picture/{picture_id}", after=after)
    return picture_id


_FIND = "SELECT type, bytes FROM pictures WHERE id = %s"


def find(work: Work, picture_id: str) -> Picture | None:
    """Return a picture; ``None`` where there is none of this id."""
    rows = work.rows(_FIND, (picture_id,))
    return Picture(rows[0][0], bytes(rows[0][1])) if rows else None


_LISTED = """
SELECT id, type, width, height, added_at FROM pictures ORDER BY added_at DESC, id LIMIT %s
"""


def listed(work: Work, *, most: int = 60) -> Sequence[Seen]:
    """Return the pictures that were added last, the newest first."""
    return [Seen(*row) for row in work.rows(_LISTED, (most,))]


_MISSING = "SELECT 1 FROM pictures WHERE id = %s"


def missing(work: Work, picture_id: str) -> bool:
    """Tell whether there is no picture of this id."""
    return not work.rows(_MISSING, (picture_id,))


def _drawn(data: bytes) -> tuple[str, bytes, int, int]:
    """Draw a picture to its last row, and anew without what else the file carries."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(BytesIO(data), formats=list(TYPES)) as image:
                kind = str(image.format)
                if max(image.size) > _LARGEST:
                    raise _wrong(f"A picture is at most {_LARGEST} pixels wide and high.")
                upright = ImageOps.exif_transpose(image)
                bare = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Warning) as wrong:
        text = "This is no PNG, JPEG or WebP picture, or it is broken."
        raise _wrong(text) from wrong
    into = BytesIO()
    bare.info = {}
    bare.save(into, kind, quality=_QUALITY)
    if len(into.getvalue()) > _MOST_DRAWN:
        raise _wrong("Drawn anew the picture is too large: make it smaller.")
    return kind, into.getvalue(), *bare.size


def _wrong(text: str) -> InvalidBodyError:
    return InvalidBodyError(errors={"picture": [text]})
