"""Quotes: prices that hold for a few minutes, written down nowhere but in the quote itself.

A quote is what it says, sealed with an HMAC under a secret of this installation: nobody can change
it, and it need not be kept. It names its member by a hash, so that a till learns nothing from it.
"""

import base64
import hmac
import json
import secrets
from binascii import Error as NotBase64
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from stoa.errors import QuoteExpiredError, QuoteInvalidError
from stoa.work import Work

__all__ = ["LIFE_S", "Quote", "opened", "sealed"]

LIFE_S = 300
"""How long a price holds, in seconds."""

_SALT = "SELECT value FROM salts WHERE name = 'quotes'"
_NEW_SALT = """
INSERT INTO salts (name, value) VALUES ('quotes', %s) ON CONFLICT DO NOTHING RETURNING value
"""


@dataclass(frozen=True, slots=True)
class Quote:
    """A price of an offer for a member at a store.

    Attributes:
        version: of the offer; `book` of the rulebook.
        points: of all of it; `money_minor` is paid besides.
        slot: when it begins, as ISO 8601, or empty.
        expires_at: seconds since 1970, UTC.
        coupon: the pool whose coupon was quoted, or empty; ``None`` in a quote that told none.
    """

    offer: str
    version: int
    book: int
    quantity: int
    points: int
    money_minor: int
    store: str
    slot: str
    expires_at: int
    coupon: str | None = None

    @property
    def ends(self) -> datetime:
        """The first instant at which the price holds no more."""
        return datetime.fromtimestamp(self.expires_at, UTC)


def sealed(work: Work, quote: Quote, *, member_id: UUID) -> str:
    """Return the text of a quote for a member."""
    facts = json.dumps(list(asdict(quote).values()), separators=(",", ":"), ensure_ascii=False)
    return f"{_text(facts.encode())}.{_text(_seal(work, facts.encode(), member_id))}"


def opened(work: Work, text: str, *, member_id: UUID) -> Quote:
    """Return the quote of a text.

    Raises:
        QuoteInvalidError: it is none of ours, or another member's.
        QuoteExpiredError: its time is over.
    """
    head, dot, tail = text.partition(".")
    try:
        facts, seal = _bytes(head), _bytes(tail)
    except (NotBase64, ValueError):
        raise QuoteInvalidError from None
    if not dot or not hmac.compare_digest(seal, _seal(work, facts, member_id)):
        raise QuoteInvalidError
    values: list[Any] = json.loads(facts)
    quote = Quote(*values)
    if quote.ends <= work.now():
        raise QuoteExpiredError
    return quote


def _seal(work: Work, facts: bytes, member_id: UUID) -> bytes:
    return hmac.digest(_key(work), b"quote:" + member_id.bytes + facts, "sha256")


def _key(work: Work) -> bytes:
    key: bytes | None = work.memo.get("quotes_key")
    if key is None:
        rows = work.rows(_SALT) or work.rows(_NEW_SALT, (secrets.token_bytes(32),))
        key = bytes((rows or work.rows(_SALT))[0][0])
        work.memo["quotes_key"] = key
    return key


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
