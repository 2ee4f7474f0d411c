"""Looks at the alliance on a good line: what a member has, and how it came to that."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from time import monotonic

from stoa_sdk.client import Client
from stoa_sdk.facts import Store

__all__ = ["Observer", "State"]

_PATIENCE_S = 15.0
_LOOK_EVERY_S = 0.25


@dataclass(frozen=True, slots=True)
class State:
    """What a story came to: the wallet, and the history without its ids and instants."""

    available: int
    pending: int
    held: int
    debt: int
    entries: tuple[tuple[str, int], ...]


class Observer:
    """A client of the kit's own, which no fault of the line concerns."""

    def __init__(self, url: str, client_id: str, client_secret: str) -> None:
        self._client = Client(url, client_id, client_secret)

    def store(self, code: str) -> Store:
        """Return a store of the partner, the first one where no code is given.

        Raises:
            LookupError: there is none of this code.
        """
        stores = self._client.partner().stores
        for store in stores:
            if code in ("", store.code):
                return store
        known = ", ".join(store.code for store in stores) or "none at all"
        raise LookupError(f"there is no store {code!r}; the partner has {known}")

    def enrol(self) -> str:
        """Enrol a new member; return the `member_ref`."""
        name = f"Conformance {secrets.token_hex(4)}"
        return self._client.enrol(display_name=name, source="conformance").member_ref

    def state(self, member: str) -> State:
        """Return what a member has now."""
        wallet = self._client.balance(member)
        entries = sorted((str(each.kind), each.points) for each in self._client.history(member))
        return State(wallet.available, wallet.pending, wallet.held, wallet.debt, tuple(entries))

    def available(self, member: str) -> int:
        """Return the points that a member can spend."""
        return self._client.balance(member).available

    def becomes(self, member: str, fits: Callable[[State], bool]) -> State:
        """Return a member's state as soon as it fits, or the last one after a quarter of a minute.

        What the alliance does by the clock (a hold that ends, a return whose sale has come) takes
        it some seconds.
        """
        until, pause = monotonic() + _PATIENCE_S, Event()
        state = self.state(member)
        while not fits(state) and monotonic() < until:
            pause.wait(_LOOK_EVERY_S)
            state = self.state(member)
        return state

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
