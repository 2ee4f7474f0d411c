"""Points held in a ``with`` block: captured inside it, or voided when it is left."""

from collections.abc import Generator
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from stoa_sdk import resources, reversals
from stoa_sdk.calls import AsyncSender, Call, Sender
from stoa_sdk.errors import Conflict, SdkError
from stoa_sdk.facts import Held, HoldOutcome, Money

__all__ = ["AsyncHold", "Hold"]

_REASON = "left without capture"


class _Holding:
    """What the two kinds of hold have in common: the facts."""

    def __init__(self, held: Held | None) -> None:
        self._held = held
        self.outcome: HoldOutcome | None = None

    @property
    def held(self) -> Held:
        """What Stoa answered when the points were reserved.

        Raises:
            RuntimeError: an `AsyncHold` was neither awaited nor entered.
        """
        if self._held is None:
            raise RuntimeError("await the hold first, or enter it by `async with`")
        return self._held

    @property
    def redemption_id(self) -> str:
        """The id of the redemption."""
        return self.held.redemption_id

    @property
    def points(self) -> int:
        """The points reserved."""
        return self.held.points

    @property
    def worth(self) -> Money:
        """What they are worth at the till."""
        return self.held.worth

    @property
    def expires_at(self) -> datetime:
        """When the hold ends by itself."""
        return self.held.expires_at


class Hold(_Holding):
    """Points reserved for a sale.

    In a ``with`` block, a hold that was neither captured nor voided is voided at the end, also
    when an error leaves the block; if even that fails, the error goes on with a note, and the
    hold ends by itself at `expires_at`.

    Attributes:
        outcome: how the hold ended; `None` while it is open.
    """

    def __init__(self, client: Sender, call: Call[Held]) -> None:
        super().__init__(client.send(call))
        self._client = client

    def capture(
        self,
        *,
        points: int | None = None,
        receipt_no: str | None = None,
        idempotency_key: str | None = None,
    ) -> HoldOutcome:
        """Take the points for good, by default all, and release the rest."""
        call = resources.capture(
            self.redemption_id,
            points=points,
            receipt_no=receipt_no,
            idempotency_key=idempotency_key,
        )
        self.outcome = self._client.send(call)
        return self.outcome

    def void(self, *, reason: str | None = None, idempotency_key: str | None = None) -> HoldOutcome:
        """Release the points."""
        call = resources.void(self.redemption_id, reason=reason, idempotency_key=idempotency_key)
        self.outcome = self._client.send(call)
        return self.outcome

    def extend(self, *, ttl_s: int = 300, idempotency_key: str | None = None) -> Held:
        """Give the hold more time from now, once."""
        call = reversals.extend(self.redemption_id, ttl_s=ttl_s, idempotency_key=idempotency_key)
        self._held = self._client.send(call)
        return self._held

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.outcome is not None:
            return
        try:
            self.void(reason=_REASON)
        except SdkError as failure:
            _note_or_raise(self.held, failure, error)


class AsyncHold(_Holding):
    """The same for tasks: ``async with client.hold(...) as hold`` or ``await client.hold(...)``.

    Attributes:
        outcome: how the hold ended; `None` while it is open.
    """

    def __init__(self, client: AsyncSender, call: Call[Held]) -> None:
        super().__init__(None)
        self._client = client
        self._call = call

    async def capture(
        self,
        *,
        points: int | None = None,
        receipt_no: str | None = None,
        idempotency_key: str | None = None,
    ) -> HoldOutcome:
        """Take the points for good, by default all, and release the rest."""
        call = resources.capture(
            self.redemption_id,
            points=points,
            receipt_no=receipt_no,
            idempotency_key=idempotency_key,
        )
        self.outcome = await self._client.send(call)
        return self.outcome

    async def void(
        self, *, reason: str | None = None, idempotency_key: str | None = None
    ) -> HoldOutcome:
        """Release the points."""
        call = resources.void(self.redemption_id, reason=reason, idempotency_key=idempotency_key)
        self.outcome = await self._client.send(call)
        return self.outcome

    async def extend(self, *, ttl_s: int = 300, idempotency_key: str | None = None) -> Held:
        """Give the hold more time from now, once."""
        call = reversals.extend(self.redemption_id, ttl_s=ttl_s, idempotency_key=idempotency_key)
        self._held = await self._client.send(call)
        return self._held

    async def _open(self) -> Self:
        if self._held is None:
            self._held = await self._client.send(self._call)
        return self

    def __await__(self) -> Generator[Any, Any, Self]:
        return self._open().__await__()

    async def __aenter__(self) -> Self:
        return await self._open()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.outcome is not None:
            return
        try:
            await self.void(reason=_REASON)
        except SdkError as failure:
            _note_or_raise(self.held, failure, error)


def _note_or_raise(held: Held, failure: SdkError, error: BaseException | None) -> None:
    """Note the failed void on the error that goes on; without one, raise it unless all is over."""
    if error is not None:
        error.add_note(
            f"{held.redemption_id} could not be voided ({failure}); "
            f"ask client.redemption(...) for its state; it ends by itself at {held.expires_at}"
        )
    elif not isinstance(failure, Conflict):
        raise failure
