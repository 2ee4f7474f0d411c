"""The keys of access tokens in one process: which signs, which verify, which are published."""

import json
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from joserfc.jwk import ECKey

from stoa.services import credentials
from stoa.services.credentials import SigningTerms
from stoa.work import Actor, Desk

__all__ = ["ALGORITHM", "KeyRing"]

ALGORITHM = "ES256"
"""The one algorithm of access tokens (RFC 7518 §3.4)."""

_READ_EVERY = timedelta(seconds=60)
_READ_UNKNOWN_EVERY = timedelta(seconds=5)
_PUBLISHED_BEFORE_USE = timedelta(seconds=120)
_KEPT_AFTER_RETIREMENT = timedelta(hours=1)
_KEEPER = Actor("oauth")


class KeyRing:
    """The signing keys of the database, read again every minute.

    A new key is published two minutes before it signs, so that every server knows it by then; a
    retired one verifies for an hour, which is longer than any token lives.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lock = Lock()
        self._read_at = desk.clock() - 2 * _READ_EVERY
        self._terms: list[SigningTerms] = []
        self._keys: dict[str, ECKey] = {}

    def signing(self) -> ECKey:
        """Return the key that signs now, with its private part."""
        self._refresh()
        known = self._desk.clock() - _PUBLISHED_BEFORE_USE
        by_age = sorted(
            self._terms, key=lambda terms: (terms.created_at, terms.retired_at is None, terms.kid)
        )
        ready = [terms for terms in by_age if terms.created_at <= known]
        return self._keys[(ready[-1] if ready else by_age[0]).kid]

    def verifying(self, kid: object) -> ECKey | None:
        """Return the key of this id; ``None`` where the house has none.

        A key that nobody here has heard of makes the ring read again, at most every five seconds:
        another server may have made it a moment ago.
        """
        self._refresh()
        if not isinstance(kid, str):
            return None
        if kid not in self._keys:
            self._refresh(every=_READ_UNKNOWN_EVERY)
        return self._keys.get(kid)

    def known(self) -> frozenset[str]:
        """Return the ids of all keys that verify."""
        self._refresh()
        return frozenset(self._keys)

    def published(self) -> dict[str, Any]:
        """Return the public keys as a JWK set (RFC 7517 §5)."""
        self._refresh()
        return {"keys": [dict(key.as_dict(private=False)) for key in self._keys.values()]}

    def _refresh(self, *, every: timedelta = _READ_EVERY) -> None:
        with self._lock:
            now = self._desk.clock()
            if not timedelta(0) <= now - self._read_at < every:
                self._read(now)

    def _read(self, now: datetime) -> None:
        with self._desk.work(_KEEPER) as work:
            terms = [
                each
                for each in credentials.signing_keys(work)
                if each.retired_at is None or now < each.retired_at + _KEPT_AFTER_RETIREMENT
            ]
        self._keys = {
            each.kid: self._keys.get(each.kid) or ECKey.import_key(json.loads(each.private_jwk))
            for each in terms
        }
        self._terms = terms
        self._read_at = now
