"""Lines from the SDK to the app in this process, with and without ``await``."""

import asyncio

import httpx2
from apiflask import APIFlask

from stoa_sdk import AsyncClient, Client
from tills import Till

__all__ = ["async_client", "sync_client"]

HERE = "http://localhost"


class _Awaited(httpx2.AsyncBaseTransport):
    """The app behind ``await``: each request is answered by a thread."""

    def __init__(self, app: APIFlask) -> None:
        self._line = httpx2.WSGITransport(app=app)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        content = await request.aread()
        plain = httpx2.Request(
            request.method, request.url, headers=request.headers, content=content
        )
        answer = await asyncio.to_thread(self._line.handle_request, plain)
        return httpx2.Response(
            answer.status_code, headers=answer.headers, content=answer.read(), request=request
        )


def sync_client(app: APIFlask, till: Till) -> Client:
    """Return a client of the till's partner."""
    line = httpx2.WSGITransport(app=app)
    return Client(HERE, till.client_id, till.secret, transport=line)


def async_client(app: APIFlask, till: Till) -> AsyncClient:
    """Return the same client for asyncio."""
    return AsyncClient(HERE, till.client_id, till.secret, transport=_Awaited(app))
