"""A counter in a shop: what every case of the kit plays on."""

import itertools
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from stoa_sdk.conformance.integration import Article, Integration, Sale, Where
from stoa_sdk.conformance.line import Line
from stoa_sdk.conformance.observer import Observer
from stoa_sdk.facts import Store

__all__ = ["Counter"]


@dataclass
class Counter:
    """A counter with a till: new members, receipts that nobody used, and the till's own disk."""

    line: Line
    observer: Observer
    kind: Callable[[Where], Integration]
    where: Where
    store: Store
    _tills: list[Integration] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _series: str = field(default_factory=lambda: secrets.token_hex(5))

    @property
    def till(self) -> Integration:
        """The till that is on; the first one is switched on when it is asked for."""
        return self._tills[-1] if self._tills else self.restart()

    def restart(self) -> Integration:
        """Switch the till off without a word, and on again with the same disk."""
        if self._tills:
            self._tills[-1].close()
        self._tills.append(self.kind(self.where))
        return self._tills[-1]

    def somebody(self) -> str:
        """Enrol a new member; return the `member_ref`."""
        return self.observer.enrol()

    def receipt(self) -> str:
        """Return a receipt number that nobody has used."""
        return f"K{self._series}-{next(self._numbers)}"

    def sale(
        self, member: str, *nets: str, receipt_no: str | None = None, terminal: str = "T1"
    ) -> Sale:
        """Return a sale of one article for each amount, 100.00 by default."""
        articles = tuple(
            Article(f"SKU-{n}", Decimal(net)) for n, net in enumerate(nets or ("100.00",), 1)
        )
        number = receipt_no or self.receipt()
        now = datetime.now(ZoneInfo(self.store.zone))
        return Sale(member, number, terminal, self.store.currency, now, articles)

    def close(self) -> None:
        """Switch the till off."""
        if self._tills:
            self._tills[-1].close()
