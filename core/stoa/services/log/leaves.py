"""Leaves: what the log says of a posting, in bytes that never change.

A leaf is canonical JSON (RFC 8785; texts, whole numbers and null alone). It shows what the
transaction's own partner may know, and seals the rest:

    sealed = SHA-256(salt ‖ canonical JSON of every column of the posting and of its transaction)
    salt   = HMAC-SHA256(the wallet's blind, "posting:" ‖ seq)

Receipts of two partners have nothing in common to be joined on, the operator can open a seal, and
once a wallet's blind is destroyed nobody can (reliability P8, P14).
Columns that are NULL are left out of the seal, so that a column added later changes no old leaf.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from stoa.values.identifiers import public_id

__all__ = [
    "POSTING",
    "WITH_TRANSACTION",
    "Leaf",
    "explanation_digest",
    "leaf_of",
    "opened",
]

POSTING: Final = "to_jsonb(p)::text, t.facts"
"""The SQL of the columns of a posting `p`, whichever there are, and of its transaction."""

WITH_TRANSACTION: Final = """
  LEFT JOIN LATERAL (SELECT to_jsonb(t)::text AS facts, t.recorded_at FROM transactions t
        WHERE t.member_id = p.member_id AND t.id = p.transaction_id
        ORDER BY (t.currency = p.currency) DESC LIMIT 1) AS t ON true
"""
"""The SQL that joins a posting `p` with its transaction."""

_VERSION = 1
_SHOWN_OF_OUR_OWN = ("price", "available_on", "expires_on")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf of the tree: its bytes, and the commitment to what they do not show."""

    text: str
    sealed: bytes


def leaf_of(
    posting: str, transaction: str, *, blind: bytes | None, sealed: bytes | None = None
) -> Leaf:
    """Return the leaf of a posting.

    Args:
        posting: its columns as JSON, as `POSTING` reads them; likewise `transaction`.
        blind: the wallet's; ``None`` when it was destroyed, so that `sealed` has to be given.
        sealed: the commitment as the log keeps it.
    """
    p, t = _decode(posting), _decode(transaction)
    if blind is not None:
        sealed = hashlib.sha256(_salt(blind, p["seq"]) + _private(p, t).encode()).digest()
    if sealed is None:
        raise ValueError("neither the blind nor the seal of the posting is there")
    return Leaf(_encode(_public(p, t) | {"sealed": sealed.hex()}), sealed)


def opened(posting: str, transaction: str, *, blind: bytes) -> tuple[str, str]:
    """Return what opens a posting's seal: the salt in hex, and the canonical JSON that it hides."""
    p, t = _decode(posting), _decode(transaction)
    return _salt(blind, p["seq"]).hex(), _private(p, t)


def explanation_digest(explanation: Any) -> str:  # noqa: ANN401 - any JSON
    """Return the SHA-256, in hex, under which a seal holds an explanation."""
    return hashlib.sha256(_encode(explanation).encode()).hexdigest()


def _public(p: dict[str, Any], t: dict[str, Any]) -> dict[str, Any]:
    """Return what the transaction's partner may know; of another partner's points, no terms."""
    whose = t["partner_id"]
    ours = p["partner_id"] == whose and p["payer_id"] in (None, whose)
    return {
        "v": _VERSION,
        "transaction": public_id("txn", UUID(t["id"])),
        "kind": t["kind"],
        "currency": p["currency"],
        "points": p["points"],
        "account": p["account"],
        "partner": _partner(p["partner_id"], whose),
        "payer": _payer(p, whose),
        "reason": p["reason"],
        "business_date": t["business_date"],
        "recorded_at": t["recorded_at"],
        **{name: _plain(p[name]) if ours else None for name in _SHOWN_OF_OUR_OWN},
    }


def _partner(partner: str | None, whose: str | None) -> str | None:
    if partner is None or partner != whose:
        return None if partner is None else "another"
    return public_id("prt", UUID(partner))


def _payer(p: dict[str, Any], whose: str | None) -> str | None:
    if p["account"] == "issued" and p["payer_id"] is None:
        return "operator"
    return _partner(p["payer_id"], whose)


def _private(p: dict[str, Any], t: dict[str, Any]) -> str:
    return _encode({"posting": _columns(p), "transaction": _columns(t)})


def _columns(row: dict[str, Any]) -> dict[str, Any]:
    """Return the columns that are not NULL; documents among them by their digest."""
    columns: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict | list):
            columns[f"{name}_sha256"] = explanation_digest(value)
        elif value is not None:
            columns[name] = _plain(value)
    return columns


def _plain(value: Any) -> Any:  # noqa: ANN401 - a column
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value).lower() if isinstance(value, bool) else value


def _salt(blind: bytes, seq: int) -> bytes:
    return hmac.digest(blind, b"posting:%d" % seq, "sha256")


def _fraction(value: object) -> dict[str, str]:
    """Write a fraction inside a document: RFC 8785 has floats for it, which lose digits."""
    if isinstance(value, Decimal):
        return {"decimal": format(value, "f")}
    raise TypeError(f"a {type(value).__name__} is no JSON")


_decode = json.JSONDecoder(parse_float=Decimal).decode
_encode = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_fraction
).encode
