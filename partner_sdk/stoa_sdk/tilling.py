"""``stoa-sdk login``, ``whoami``, ``balance``, ``history``, ``rewards``, ``send`` and ``queue``.

A till on the command line. `login` keeps a partner's credentials (`stoa_sdk.logins`); `send` puts a
purchase into a queue on disk before it is sent, as tills do: what finds no line is sent by
``queue run``.
"""

import argparse
import getpass
import json
import os
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from stoa_sdk import logins, resources
from stoa_sdk.calls import Call
from stoa_sdk.client import Client
from stoa_sdk.facts import Earning
from stoa_sdk.inputs import Line, Member, MemberName, Tender
from stoa_sdk.outbox import OutboxQueue, OutboxRun

__all__ = ["add_commands"]

_Deed = Callable[[argparse.Namespace], list[str]]
_NOT = "NOT DONE"
_WORDS = ("member", "store", "receipt_no", "currency", "lines")
_MAY = ("tenders", "occurred_at", "terminal", "business_date")


def add_commands(commands: Any) -> None:  # noqa: ANN401 - argparse has no public name for it
    """Hang the commands into the command line."""
    login = commands.add_parser(
        "login", help="try a partner's credentials and keep them",
        description="Tries the credentials and keeps them in a file that only you can read. With"
        " --key nothing secret is kept: each request for a token is signed with the key, of which"
        " the operator has the public part (openssl pkey -in till.pem -pubout).",
    )  # fmt: skip
    login.add_argument("url", help="of the alliance, such as https://points.example.org")
    login.add_argument("client_id", help="of the partner; the secret is asked for, never shown")
    login.add_argument(
        "--key", type=Path, metavar="FILE",
        help="a private key, PEM or JWK, in place of the secret; it stays where it is",
    )  # fmt: skip
    login.set_defaults(run=_login, unknown=_NOT)
    whoami = commands.add_parser("whoami", help="the partner, and what its credentials allow")
    whoami.set_defaults(run=_whoami, unknown=_NOT)
    logout = commands.add_parser("logout", help="forget the credentials of this machine")
    logout.set_defaults(run=_logout, unknown=_NOT)
    balance = commands.add_parser("balance", help="what a member has")
    balance.add_argument("member", help="mbr_… or card:…, phone:…, email:…, qr:…")
    balance.set_defaults(run=_balance, unknown=_NOT)
    history = commands.add_parser("history", help="what a member earned and spent, newest first")
    history.add_argument("member", help="mbr_… or card:…, phone:…, email:…, qr:…")
    history.set_defaults(run=_history, unknown=_NOT)
    rewards = commands.add_parser("rewards", help="what points buy, cheapest first")
    rewards.add_argument("--store", help="what can be redeemed there")
    rewards.add_argument("--max-points", type=int, metavar="N", help="what one may cost")
    rewards.set_defaults(run=_rewards, unknown=_NOT)
    for each in (history, rewards):
        each.add_argument("--language", choices=["en", "zh-Hans", "zh-Hant"], help="of the texts")
        each.add_argument("--limit", type=int, default=25, metavar="N", help="at most so many")
    send = commands.add_parser(
        "send", help="report a purchase: on disk first, then sent",
        description="A purchase is a JSON object with member, store, receipt_no, currency and"
        " lines of sku, category and net; as the answers of /v1/docs show it.",
    )  # fmt: skip
    send.add_argument("sale", type=Path, help="the purchase as JSON; - for standard input")
    send.add_argument("--member", help="instead of the file's: mbr_…, card:…, phone:…, qr:…")
    send.set_defaults(run=_send, unknown=_NOT)
    queue = commands.add_parser("queue", help="what is kept on disk to be sent")
    deeds = queue.add_subparsers(required=True, metavar="DEED")
    doing: tuple[tuple[str, _Deed, str], ...] = (
        ("list", _list, "what waits, and what was refused"),
        ("run", _run, "send what waits"),
        ("retry", _retry, "send what was refused again, after what was wrong is put right"),
        ("drop", _drop, "forget a call"),
    )
    for name, run, what in doing:
        deed = deeds.add_parser(name, help=what)
        if name in {"retry", "drop"}:
            deed.add_argument("key", help="as the list shows it")
        deed.set_defaults(run=run, unknown=_NOT)
    for each in (send, *deeds.choices.values()):
        each.add_argument(
            "--queue", type=Path, default=logins.HOME / "queue.sqlite", help="the file of the queue"
        )


def _read_sale(text: str, *, member: str | None = None) -> Call[Earning]:
    """Make the call of a purchase that was written as a JSON object.

    Args:
        text: `member`, `store`, `receipt_no`, `currency`, `lines` and what else `Client.earn`
            takes; the member as ``card:…`` or as ``{"type": …, "value": …}``.
        member: in place of the object's.

    Raises:
        ValueError: it is no such object, or lacks a word.
    """
    sale = json.loads(text)
    if not isinstance(sale, dict):
        raise ValueError("a purchase is a JSON object")  # noqa: TRY004 - the file's, not the caller's
    if member is not None:
        sale["member"] = member
    missing = [name for name in _WORDS if not sale.get(name)]
    unknown = sorted(sale.keys() - {*_WORDS, *_MAY})
    if missing or unknown:
        raise ValueError(
            "; ".join(
                [f"{name} is missing" for name in missing]
                + [f"there is no {name} in a purchase" for name in unknown]
            )
        )
    try:
        return resources.earn(
            member=_member(sale["member"]),
            store=sale["store"],
            receipt_no=sale["receipt_no"],
            currency=sale["currency"],
            lines=[Line(**line) for line in sale["lines"]],
            tenders=[Tender(**each) for each in sale["tenders"]] if "tenders" in sale else None,
            occurred_at=_instant(sale.get("occurred_at")),
            terminal=sale.get("terminal"),
            business_date=_day(sale.get("business_date")),
        )
    except TypeError as wrong:
        raise ValueError(f"the purchase can't be read: {wrong}") from wrong


def _login(asked: argparse.Namespace) -> Iterator[str]:
    key: Path | None = asked.key
    secret = None
    if key is None:
        secret = os.environ.get("STOA_CLIENT_SECRET") or getpass.getpass("client secret: ")
    proof = secret or "" if key is None else logins.key_of(key)
    with Client(asked.url, asked.client_id, proof) as client:
        partner = client.partner()
    file = logins.keep(asked.url, asked.client_id, secret=secret, key=key)
    yield f"{partner.name}: kept in {file}, for you alone"
    if key is not None and key.stat().st_mode & 0o077:
        yield f"others on this machine can read the key: chmod 600 {key}"


def _logout(_asked: argparse.Namespace) -> list[str]:
    logins.forget()
    return ["the credentials of this machine are forgotten; revoke them where they leaked"]


def _whoami(_asked: argparse.Namespace) -> list[str]:
    with logins.client() as client:
        partner = client.partner()
    stores = [f"  {each.code:16} {each.name}, {each.zone}" for each in partner.stores]
    return [f"{partner.name} ({partner.code})", *stores, f"  may: {' '.join(partner.scopes)}"]


def _balance(asked: argparse.Namespace) -> list[str]:
    with logins.client() as client:
        wallet = client.balance(_member(asked.member))
    lines = [f"{wallet.available} {wallet.currency} to spend, worth {wallet.money_value}"]
    others = {"pending": wallet.pending, "held": wallet.held, "debt": wallet.debt}
    lines += [f"  {points} {name}" for name, points in others.items() if points]
    return lines + [f"  {each.points} end on {each.on}" for each in wallet.expiring]


def _history(asked: argparse.Namespace) -> Iterator[str]:
    with logins.client() as client:
        entries = client.history(_member(asked.member), language=asked.language)
        for each in islice(entries, asked.limit):
            told = each.explanation or each.reason or ""
            where = f" at {each.partner}" if each.partner else ""
            yield (
                f"{each.recorded_at:%Y-%m-%d} {each.points:+8} {each.balance:8}"
                f" {each.kind}{where} {told}".rstrip()
            )


def _rewards(asked: argparse.Namespace) -> Iterator[str]:
    with logins.client() as client:
        found = client.rewards_all(
            store=asked.store, max_points=asked.max_points, language=asked.language
        )
        for each in islice(found, asked.limit):
            yield f"{each.points:8} {each.title}, {each.partner_name} ({each.reward_id})"


def _send(asked: argparse.Namespace) -> list[str]:
    text = sys.stdin.read() if str(asked.sale) == "-" else asked.sale.read_text("utf-8")
    queue = _queue(asked)
    key = queue.put(_read_sale(text, member=asked.member))
    return [f"kept as {key}", *_told(_sent(queue))]


def _list(asked: argparse.Namespace) -> list[str]:
    kept = [each for each in _queue(asked).calls() if each.state != "done"]
    told = [f"{each.key} {each.state:8} {each.path} {each.reason or ''}".rstrip() for each in kept]
    return told or ["nothing waits"]


def _run(asked: argparse.Namespace) -> list[str]:
    return _told(_sent(_queue(asked)))


def _retry(asked: argparse.Namespace) -> list[str]:
    queue = _queue(asked)
    queue.requeue(asked.key)
    return _told(_sent(queue))


def _drop(asked: argparse.Namespace) -> list[str]:
    _queue(asked).forget(asked.key)
    return [f"{asked.key} is forgotten"]


def _queue(asked: argparse.Namespace) -> OutboxQueue:
    asked.queue.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return OutboxQueue(asked.queue)


def _sent(queue: OutboxQueue) -> OutboxRun:
    with logins.client() as client:
        return queue.send(client)


def _told(run: OutboxRun) -> list[str]:
    told = []
    for each in run.delivered:
        points = getattr(each.answer, "points", None)
        told.append(f"done: {each.key}" + ("" if points is None else f", {points} points"))
    told += [f"refused: {each.key}: {each.reason}" for each in run.refused]
    if run.waiting:
        told.append(f"{run.waiting} still wait: {run.failure or 'another process sends'}")
    return told or ["nothing waits"]


def _member(text: object) -> Member:
    if isinstance(text, dict):
        return MemberName(str(text.get("type")), str(text.get("value")))
    kind, colon, value = str(text).partition(":")
    return MemberName(kind, value) if colon else kind


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
