"""Devices: hashes of what apps call the phone they run on, so that one phone is not many members.

A name of a device is hashed under a salt of this installation: what is kept leads to no device, but
the same device is known again (FRD-04, FRD-12).
"""

import hmac
import secrets
from uuid import UUID

from stoa.work import Work

__all__ = ["hand_over", "hashed", "note", "owners"]

_SALT = "SELECT value FROM salts WHERE name = 'devices'"
_NEW_SALT = """
INSERT INTO salts (name, value) VALUES ('devices', %s) ON CONFLICT DO NOTHING RETURNING value
"""
_NOTE = """
INSERT INTO member_devices (device, member_id, added_at) VALUES (%s, %s, %s)
    ON CONFLICT DO NOTHING RETURNING 1
"""
_OWNERS = "SELECT member_id FROM member_devices WHERE device = %s ORDER BY added_at LIMIT 100"
_HAND_OVER = """
WITH gone AS (DELETE FROM member_devices WHERE member_id = %(old)s RETURNING device, added_at)
INSERT INTO member_devices (device, member_id, added_at)
SELECT device, %(new)s, added_at FROM gone ORDER BY device ON CONFLICT DO NOTHING RETURNING 1
"""


def hashed(work: Work, name: str) -> bytes:
    """Return the hash under which a device is known."""
    salt: bytes | None = work.memo.get("device_salt")
    if salt is None:
        rows = work.rows(_SALT) or work.rows(_NEW_SALT, (secrets.token_bytes(32),))
        salt = bytes((rows or work.rows(_SALT))[0][0])
        work.memo["device_salt"] = salt
    return hmac.digest(salt, name.encode(), "sha256")


def note(work: Work, member_id: UUID, device: bytes) -> None:
    """Keep that a member has a device."""
    work.rows(_NOTE, (device, member_id, work.now()))


def owners(work: Work, device: bytes) -> list[UUID]:
    """Return the members who have a device, the first one first; a hundred at most."""
    return [row[0] for row in work.rows(_OWNERS, (device,))]


def hand_over(work: Work, old_id: UUID, new_id: UUID) -> None:
    """Give a merged member's devices to the one who goes on."""
    work.rows(_HAND_OVER, {"old": old_id, "new": new_id})
