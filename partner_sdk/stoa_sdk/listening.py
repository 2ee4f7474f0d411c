"""``stoa-sdk listen`` and ``stoa-sdk webhook verify``: webhooks on a machine nobody can reach.

`listen` reads the feed and prints each event; with ``--forward`` it hands each on to a server on
this machine, with the headers and the signature of a webhook.
"""

import argparse
import base64
import json
import secrets
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

from stoa_sdk import logins, webhooks
from stoa_sdk.client import Client
from stoa_sdk.endpoints import Event

__all__ = ["add_commands", "forward", "listen"]

_LOCAL = ("localhost", "127.0.0.1", "::1")
_EVERY_S = 2.0


def add_commands(commands: Any) -> None:  # noqa: ANN401 - argparse has no public name for it
    """Hang both commands into the command line."""
    hook = commands.add_parser("webhook", help="verify what a webhook sent, offline")
    deeds = hook.add_subparsers(required=True, metavar="DEED")
    check = deeds.add_parser("verify", help="verify a request that was kept")
    check.add_argument("body", type=Path, help="the body, byte for byte as it came")
    check.add_argument("--headers", type=Path, required=True, help="a file of `name: value` lines")
    check.add_argument(
        "--secret", action="append", required=True, help="whsec_… or whpk_…; may be repeated"
    )
    check.add_argument("--any-time", action="store_true", help="whatever its timestamp is")
    check.set_defaults(run=_verify)
    hear = commands.add_parser("listen", help="print what happens; hand it on to your own machine")
    hear.add_argument("--url", help="by default STOA_URL, or that of the login")
    hear.add_argument("--client-id", help="by default STOA_CLIENT_ID, or that of the login")
    hear.add_argument("--forward", metavar="URL", help="a server on this machine")
    hear.add_argument("--secret", metavar="whsec_…", help="to sign with; by default a new one")
    hear.add_argument("--topic", action="append", default=[], help="only this; may be repeated")
    hear.add_argument("--cursor", help="after that; by default what happens from now on")
    hear.add_argument("--once", action="store_true", help="stop when there is nothing more")
    hear.set_defaults(run=_listen)


def _verify(asked: argparse.Namespace) -> list[str]:
    lines = asked.headers.read_text("utf-8").splitlines()
    pairs = (line.partition(":") for line in lines if ":" in line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    now = float(headers.get("webhook-timestamp", "0")) if asked.any_time else None
    event = webhooks.verify(headers, asked.body.read_bytes(), asked.secret, now=now)
    return [f"PROVEN: {event.type} {event.id}, number {event.seq} of {event.stream or 'no member'}"]


def _listen(asked: argparse.Namespace) -> Iterator[str]:
    secret = asked.secret or "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    if asked.forward:
        yield f"signing with {secret}"
    with logins.client(url=asked.url, client_id=asked.client_id, scopes=["events:read"]) as client:
        yield from listen(
            client,
            url=asked.forward,
            secret=secret,
            topics=asked.topic,
            cursor=asked.cursor,
            once=asked.once,
        )


def listen(
    client: Client,
    *,
    url: str | None = None,
    secret: str = "",
    topics: list[str] | None = None,
    cursor: str | None = None,
    once: bool = False,
) -> Iterator[str]:
    """Give a line for each event that happens, and hand it on where there is a `url`.

    Args:
        client: whose feed is read.
        url: a server on this machine.
        secret: what is handed on is signed with it.
        topics: only these.
        cursor: after that; by default what happens from now on.
        once: stop when there is nothing more.

    Raises:
        ValueError: `url` is on another machine.
    """
    if url is not None and urlsplit(url).hostname not in _LOCAL:
        raise ValueError("events are handed on to this machine only")
    place = cursor
    while place is None:
        page = client.events.page(limit=500, cursor=cursor)
        cursor, place = page.cursor, None if page.more else page.cursor
    while True:
        page = client.events.page(cursor=place, topics=topics or ())
        for event in page.events:
            told = forward(event, url, secret) if url else ""
            yield f"{event.timestamp:%H:%M:%S} {event.type} {event.id} #{event.seq}{told}"
        place = page.cursor
        if not page.more:
            if once:
                return
            threading.Event().wait(_EVERY_S)


def forward(event: Event, url: str, secret: str) -> str:
    """Send an event as a webhook would; return how that went, in a few words."""
    body = json.dumps(dict(event.raw), ensure_ascii=False, separators=(",", ":")).encode()
    at = int(time.time())
    headers = {
        "content-type": "application/json",
        "webhook-id": event.id,
        "webhook-timestamp": str(at),
        "webhook-signature": webhooks.sign(secret, message_id=event.id, timestamp=at, body=body),
        "webhook-seq": str(event.seq),
    }
    try:
        told = httpx2.post(url, content=body, headers=headers, timeout=15.0, trust_env=False)
    except httpx2.HTTPError as wrong:
        return f" -> {type(wrong).__name__}"
    return f" -> {told.status_code}"
