"""What the kit asks an integration to do: nine deeds of a till, in a till's words."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Protocol

__all__ = ["Article", "Integration", "NoAnswer", "Refused", "Sale", "Where"]


class Refused(Exception):  # noqa: N818 - it is an answer, not a fault
    """Stoa said no for good; raise it from a deed that is told so at once."""


class NoAnswer(Exception):  # noqa: N818 - likewise
    """Nobody knows yet whether it was done: the till must not hand anything out."""


@dataclass(frozen=True, slots=True)
class Where:
    """Where an integration connects, and where it may keep what must outlive its process.

    Attributes:
        url: the address to use: the kit's own line, which leads to the alliance.
        client_id: of the partner's client.
        client_secret: of the partner's client.
        store: the code of the store that sells.
        folder: the till's disk; it is the same after a restart.
    """

    url: str
    client_id: str
    client_secret: str
    store: str
    folder: Path


@dataclass(frozen=True, slots=True)
class Article:
    """One line of a sale: what, how many, and what they cost together."""

    sku: str
    net: Decimal
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale as the till knows it; `currency` is ISO 4217, `at` is the time at the store."""

    member_ref: str
    receipt_no: str
    terminal: str
    currency: str
    at: datetime
    articles: tuple[Article, ...]


class Integration(Protocol):
    """A till with your integration in it.

    It is made with a `Where`. A deed that the till may do without an answer (all but `hold`) may
    return while it still waits to be sent; after `settle` nothing waits that could be sent.
    """

    def __init__(self, where: Where) -> None:
        """Switch the till on; what waited on its disk waits still."""

    def earn(self, sale: Sale) -> None:
        """Report a sale."""

    def give_back(self, sale: Sale, receipt_no: str, returned: dict[int, int] | None) -> None:
        """Report a return by the receipt of the sale, which may not have been reported yet.

        Args:
            receipt_no: of the return.
            returned: how many of which article, by its place in the sale from 1; all if ``None``.
        """

    def void(self, sale: Sale) -> None:
        """Undo a sale that did not happen after all."""

    def hold(self, member_ref: str, points: int, *, ttl_s: int = 300) -> str:
        """Reserve points for so many seconds and return the hold's id.

        Raises:
            Refused: the member has not so many.
            NoAnswer: nobody knows; the sale goes on without points.
        """
        ...

    def capture(self, hold: str, points: int | None, receipt_no: str) -> None:
        """Take held points for good, all of them if ``None``; the rest is released."""

    def release(self, hold: str) -> None:
        """Let held points go."""

    def refund(self, hold: str, points: int | None, receipt_no: str) -> None:
        """Give captured points back, all of them if ``None``."""

    def settle(self) -> None:
        """Send what waits; a till does it every few seconds, the kit when the line is well."""

    def close(self) -> None:
        """Switch the till off, as a power cut would: there is no time left for anything."""
