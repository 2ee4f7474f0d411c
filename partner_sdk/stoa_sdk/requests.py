"""Your own requests of the last days: `client.requests`, for whoever looks for what went wrong.

    for request in client.requests.all(status="4xx"):
        print(request.at, request.path, request.code, request.body)

What is secret or of a person is masked in them (``•••``); the scope is ``requests:read``.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime

from stoa_sdk.calls import AsyncSender, Call, Sender, get
from stoa_sdk.paging import async_pages, pages
from stoa_sdk.records import Record

__all__ = ["AsyncRequests", "LoggedRequest", "RequestPage", "Requests"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest(Record):
    """A request of yours as it was kept.

    Attributes:
        request_id: as the answer told in ``X-Request-Id``.
        door: the path with names in the place of ids.
        code: of the problem, where it was refused.
        duration_us: microseconds within the server.
        body: the first 2,000 letters of the JSON, masked; as `answer`.
    """

    request_id: str
    at: datetime
    method: str
    door: str
    path: str
    status: int
    code: str | None = None
    duration_us: int
    idempotency_key: str | None = None
    client_id: str
    body: str | None = None
    answer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPage(Record):
    """A page of requests, the latest first."""

    requests: tuple[LoggedRequest, ...]
    next_cursor: str | None = None


def logged(
    *,
    status: str | int | None = None,
    method: str | None = None,
    path: str | None = None,
    since: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Call[RequestPage]:
    """Return your requests of the last days, the latest first; needs ``requests:read``.

    Args:
        status: ``409``, or ``"4xx"`` for all that begin so.
        method: ``GET`` or ``POST``.
        path: what the path begins with.
        since: not what came before.
        cursor: of the page before.
        limit: of a page, 1 to 200.
    """
    query = {
        "status": None if status is None else str(status),
        "method": method,
        "path": path,
        "since": None if since is None else since.isoformat(),
        "cursor": cursor,
        "limit": str(limit),
    }
    return get("v1/requests", RequestPage, query)


@dataclass(frozen=True, slots=True)
class Requests:
    """What a `Client` asked in the last days."""

    sender: Sender

    def list(
        self,
        *,
        status: str | int | None = None,
        method: str | None = None,
        path: str | None = None,
        since: datetime | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> RequestPage:
        """Return a page of your requests, the latest first."""
        return self.sender.send(
            logged(status=status, method=method, path=path, since=since, cursor=cursor, limit=limit)
        )

    def all(
        self,
        *,
        status: str | int | None = None,
        method: str | None = None,
        path: str | None = None,
        since: datetime | None = None,
    ) -> Iterator[LoggedRequest]:
        """Yield your requests, the latest first, page after page as they are needed."""
        first = logged(status=status, method=method, path=path, since=since, limit=200)
        for found in pages(self.sender, first):
            yield from found.requests


@dataclass(frozen=True, slots=True)
class AsyncRequests:
    """What an `AsyncClient` asked in the last days."""

    sender: AsyncSender

    async def list(
        self,
        *,
        status: str | int | None = None,
        method: str | None = None,
        path: str | None = None,
        since: datetime | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> RequestPage:
        """Return a page of your requests, the latest first."""
        return await self.sender.send(
            logged(status=status, method=method, path=path, since=since, cursor=cursor, limit=limit)
        )

    async def all(
        self,
        *,
        status: str | int | None = None,
        method: str | None = None,
        path: str | None = None,
        since: datetime | None = None,
    ) -> AsyncIterator[LoggedRequest]:
        """Yield your requests, the latest first, page after page as they are needed."""
        first = logged(status=status, method=method, path=path, since=since, limit=200)
        async for found in async_pages(self.sender, first):
            for request in found.requests:
                yield request
