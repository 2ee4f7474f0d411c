"""The SDK as an integration: what the kit tries by default, and an example of one.

What a till may do without an answer goes through the `OutboxQueue`: it is on disk with its key
before it is sent. Only a hold asks and waits, for without an answer there is nothing to hand out.
"""

from stoa_sdk.client import Client
from stoa_sdk.conformance.integration import NoAnswer, Refused, Sale, Where
from stoa_sdk.errors import Problem, SdkError
from stoa_sdk.inputs import Line, Original, ReturnLine
from stoa_sdk.outbox import OutboxQueue

__all__ = ["Till"]

_RUNS = 5


class Till:
    """A till that works with the SDK."""

    def __init__(self, where: Where) -> None:
        """Open the queue on the till's disk, and a connection."""
        self._queue = OutboxQueue(where.folder / "outbox.sqlite")
        # The queue sends again by itself: a deed need not keep the customer waiting.
        self._once = Client(where.url, where.client_id, where.client_secret, attempts=1)
        self._where = where

    def earn(self, sale: Sale) -> None:
        """Put the sale on disk, and send what is there."""
        self._queue.earn(
            member=sale.member_ref,
            store=self._where.store,
            receipt_no=sale.receipt_no,
            terminal=sale.terminal,
            currency=sale.currency,
            occurred_at=sale.at,
            lines=[
                Line(sku=each.sku, category="goods", net=each.net, quantity=each.quantity)
                for each in sale.articles
            ],
        )
        self._send()

    def give_back(self, sale: Sale, receipt_no: str, returned: dict[int, int] | None) -> None:
        """Put the return on disk; it names the receipt of the sale, not what Stoa called it."""
        lines = None
        if returned is not None:
            lines = [ReturnLine(line_no=n, quantity=count) for n, count in returned.items()]
        self._queue.return_by_receipt(
            Original(
                store=self._where.store,
                receipt_no=sale.receipt_no,
                terminal=sale.terminal,
                business_date=sale.at.date(),
            ),
            receipt_no=receipt_no,
            terminal=sale.terminal,
            lines=lines,
        )
        self._send()

    def void(self, sale: Sale) -> None:
        """Find what Stoa called the sale, which has to be there by now, and undo it."""
        self.settle()
        found = self._once.find_purchases(
            store=self._where.store,
            receipt_no=sale.receipt_no,
            terminal=sale.terminal,
            business_date=sale.at.date(),
        )
        for purchase in found.purchases:
            self._queue.void_purchase(purchase.purchase_id)
        self._send()

    def hold(self, member_ref: str, points: int, *, ttl_s: int = 300) -> str:
        """Ask for a hold; the client tries again with one key until somebody answers."""
        where = self._where
        try:
            with Client(where.url, where.client_id, where.client_secret) as client:
                held = client.hold(member=member_ref, store=where.store, points=points, ttl_s=ttl_s)
        except Problem as problem:
            if problem.documented and not problem.retryable:
                raise Refused(str(problem)) from problem
            raise NoAnswer(str(problem)) from problem
        except SdkError as error:
            raise NoAnswer(str(error)) from error
        return held.redemption_id

    def capture(self, hold: str, points: int | None, receipt_no: str) -> None:
        """Put the capture on disk, and send what is there."""
        self._queue.capture(hold, points=points, receipt_no=receipt_no)
        self._send()

    def release(self, hold: str) -> None:
        """Put the release on disk, and send what is there."""
        self._queue.void(hold)
        self._send()

    def refund(self, hold: str, points: int | None, receipt_no: str) -> None:
        """Put the refund on disk, and send what is there."""
        self._queue.refund(hold, points=points, receipt_no=receipt_no)
        self._send()

    def settle(self) -> None:
        """Run the queue until nothing waits, at most a few times."""
        for _ in range(_RUNS):
            if not self._send():
                return

    def close(self) -> None:
        """Let go of the connection; the queue is a file and needs nothing."""
        self._once.close()

    def _send(self) -> int:
        return self._queue.send(self._once).waiting
