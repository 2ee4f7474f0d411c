"""The table of who may do what at which door (`api/authz.toml`), and the cast that plays it.

A row names a door, who may come in, and the ids in its path, query and body. Each id is of a kind,
and `THINGS` makes one of every kind at a till: a till's own thing is made at its own counter, a
foreign one at the counter of another partner, for the same member.
"""

import itertools
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from batching import send
from receivers import HOST
from settlements import statement_id
from stoa.values.identifiers import public_id
from tills import Till

__all__ = ["THINGS", "Cast", "Counter", "Row", "missing", "read_rows"]

TABLE = Path(__file__).parent / "api" / "authz.toml"
_fresh = itertools.count(1)
_NAME = re.compile(r"\$(\w+)")


@dataclass(frozen=True)
class Row:
    """One door of the table.

    Attributes:
        who: ``anyone``, ``partner``, ``client`` (proves itself in the request) or ``staff``.
        ids: for each name of an id its kind, the code of one that is unknown, and ``shared`` where
            it is the whole alliance's.
        own: what the partner is answered for its own ids: a status, with a code if it is refused.
        suspended: the same while the partner is suspended.
    """

    door: str
    who: str
    scope: str | None = None
    at: str = "shop"
    ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    send: Any = None
    query: Mapping[str, str] | None = None
    own: tuple[Any, ...] = ()
    suspended: tuple[Any, ...] = ()
    operator: int = 0

    @property
    def method(self) -> str:
        return self.door.partition(" ")[0]

    @property
    def rule(self) -> str:
        return self.door.partition(" ")[2]

    def path(self, values: Mapping[str, str]) -> str:
        """Return the path with its ids."""
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values[found[1]], self.rule)

    def call(self, till: Till, values: Mapping[str, str], *, token: str | None = None) -> Any:
        """Knock at the door with these ids."""
        sent = {"Authorization": f"Bearer {till.token if token is None else token}"}
        if token == "":
            del sent["Authorization"]
        more: dict[str, Any] = {}
        if self.send is not None:
            sent["Idempotency-Key"] = f"authz-{next(_fresh)}"
            more["json"] = _filled(self.send, values)
        if self.query:
            more["query_string"] = _filled(self.query, values)
        client: Any = till.client()
        return client.open(self.path(values), method=self.method, headers=sent, **more)


def read_rows() -> dict[str, Row]:
    """Return the rows of the table, by door."""
    return dict(_rows(tomllib.loads(TABLE.read_text("utf-8"))))


def _rows(table: Mapping[str, Any]) -> Iterator[tuple[str, Row]]:
    for door, told in table.items():
        row = dict(told)
        own = row.get("own", 200)
        for name, given in (("own", own), ("suspended", row.get("suspended", own))):
            row[name] = tuple(given) if isinstance(given, list) else (given,)
        row["ids"] = {name: tuple(each) for name, each in row.get("ids", {}).items()}
        yield door, Row(door, **row)


def _filled(told: Any, values: Mapping[str, str]) -> Any:
    if isinstance(told, dict):
        return {name: _filled(each, values) for name, each in told.items()}
    if isinstance(told, list):
        return [_filled(each, values) for each in told]
    if not isinstance(told, str):
        return told
    return _NAME.sub(lambda found: _value(found[1], values), told)


def _value(name: str, values: Mapping[str, str]) -> str:
    if name in values:
        return values[name]
    number = next(_fresh)
    return f"粤B{number:05}" if name == "plate" else f"F-{number}"


@dataclass(frozen=True)
class Counter:
    """A till, and the reference under which its partner knows the member."""

    till: Till
    member: Mapping[str, Any]
    mark: str

    @property
    def ref(self) -> str:
        return self.till.ref_of(self.member)

    @property
    def token(self) -> dict[str, str]:
        return {"type": "member_ref", "value": self.ref}

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Do something that is let be done."""
        answer = self.till.post(path, dict(body or {}))
        assert answer.status_code < 300, (path, answer.text)
        return answer.json

    def make(self, kind: str, name: str) -> dict[str, str]:
        """Make a thing of a kind; return its id, and those that go with it."""
        made = THINGS[kind](self)
        return made if isinstance(made, dict) else {name: made}


@dataclass(frozen=True)
class Cast:
    """Who plays: the counters of two shops and of two car parks, and what both may name."""

    shops: tuple[Counter, Counter]
    garages: tuple[Counter, Counter]
    common: Mapping[str, str]

    def sides(self, row: Row) -> tuple[Counter, Counter]:
        """Return the counter that knocks at a door, and the one whose things are foreign."""
        return self.garages if row.at == "garage" else self.shops

    def values(self, row: Row, counter: Counter, *more: Mapping[str, str]) -> dict[str, str]:
        """Return ids for all names of a row, fresh ones made at a counter."""
        values = dict(self.common) | {"proof": ""}
        for name, (kind, *_) in row.ids.items():
            values |= counter.make(kind, name)
        if "$proof" in str(row.send):
            values["proof"] = counter.post("/activities/codes", {"activity": "check-in"})["code"]
        for each in more:
            values |= each
        return values


def _hold(at: Counter) -> str:
    body = {"member": at.token, "store": "main", "points": 10, "reference": f"{at.mark} hold"}
    return str(at.post("/redemptions", body)["redemption_id"])


def _captured(at: Counter) -> str:
    hold = _hold(at)
    at.post(f"/redemptions/{hold}/capture", {"receipt_no": f"{at.mark}-{next(_fresh)}"})
    return hold


def _purchase(at: Counter) -> str:
    line = {"line_no": 1, "sku": f"{at.mark}-sku", "quantity": "1", "net": "100.00"}
    number = f"{at.mark}-{next(_fresh)}"
    body = at.till.a_purchase(at.member, lines=[line], receipt_no=number, terminal=at.mark)
    return str(at.post("/purchases", body)["purchase_id"])


def _claim(at: Counter, **more: Any) -> str:
    body = {"member": at.token, "store": "main", "benefit": "tea", "subject": f"{at.mark} tea"}
    return str(at.post("/benefits/claims", body | more)["claim_id"])


def _parked(at: Counter) -> str:
    number = f"{at.mark}-{next(_fresh)}"
    original = {"store": "main", "receipt_no": number, "business_date": "2026-05-01"}
    body = {"original": original, "receipt_no": f"{number}-R", "amount": "1.00"}
    return str(at.post("/returns", body)["return_id"])


def _batch(at: Counter) -> str:
    return str(send(at.till, [{"kind": "void"}])["batch_id"])


def _stay(at: Counter) -> str:
    number = f"{at.mark[:3]}{next(_fresh):05}"
    event = {"plate": number, "state": "IN", "at": "2026-05-01T11:20:00+08:00", "carpark": "main"}
    return str(at.post("/parking/events", event)["stay"]["stay_id"])


def _parking_quote(at: Counter) -> str:
    return str(at.post("/parking/quotes", {"stay": _stay(at)})["quote_id"])


def _applied(at: Counter) -> str:
    quote = _parking_quote(at)
    at.post(f"/parking/quotes/{quote}/apply", {"pay": "money"})
    return quote


def _coupon(at: Counter) -> str:
    body = {"pool": at.mark.lower(), "member": at.token}
    return str(at.post("/coupons/issue", body)["coupons"][0]["code"])


def _reserved(at: Counter) -> dict[str, str]:
    code = _coupon(at)
    body = {"store": "main", "amount": "120.00"}
    return {"code": code, "use": at.post(f"/coupons/{code}/reserve", body)["use_id"]}


def _redeemed(at: Counter) -> dict[str, str]:
    code = _coupon(at)
    body = {"store": "main", "amount": "120.00", "receipt_no": f"{at.mark}-{next(_fresh)}"}
    return {"code": code, "use": at.post(f"/coupons/{code}/redeem", body)["use_id"]}


def _entry(at: Counter) -> dict[str, str]:
    _purchase(at)
    newest = at.till.get(f"/members/{at.ref}/entries").json["entries"][0]
    return {"entry": str(newest["entry"])}


def _ticket(at: Counter) -> str:
    return str(at.post("/draws/wheel/tickets", {"member": at.token})["ticket_id"])


def _buyer(at: Counter) -> str:
    member = at.till.enrol("Eve")
    at.till.earn(member, "100.00")
    return str(member["member_ref"])


def _chance(at: Counter) -> dict[str, str]:
    ref = _buyer(at)
    made = at.post(f"/members/{ref}/chances", {"chance": "lucky"})
    return {"member_ref": ref, "chance_id": str(made["chance_id"])}


def _plate(at: Counter) -> str:
    plate = f"沪C{next(_fresh):05}"
    at.post(f"/members/{at.ref}/plates", {"plate": plate})
    return plate


def _newcomer(at: Counter) -> str:
    return str(at.till.enrol("Cleo")["member_ref"])


def _owner(at: Counter) -> str:
    member = at.till.enrol("Dora")
    at.till.earn(member, "100.00")
    at.post("/households", {"owner": {"type": "card", "value": member["card"]}, "name": at.mark})
    return str(member["member_ref"])


def _host(at: Counter) -> dict[str, str]:
    return {"owner": _owner(at), "guest": at.till.enrol("Gil")["card"]}


def _activity_code(at: Counter) -> str:
    return str(at.post("/activities/codes", {"activity": "check-in", "step_s": 30})["code_id"])


def _webhook(at: Counter) -> str:
    known = at.till.get("/webhooks").json["webhooks"]
    live = [each["webhook_id"] for each in known if each["state"] != "disabled"]
    made = live or [at.post("/webhooks", {"url": f"https://{HOST}/"})["webhook_id"]]
    return str(made[0])


def _statement(at: Counter) -> str:
    return public_id("stm", statement_id(at.mark))


def _dispute(at: Counter) -> str:
    wish = {"line": "burned", "amount": "0.01", "reason": "points", "text": at.mark}
    return str(at.post(f"/statements/{_statement(at)}/disputes", wish)["dispute_id"])


THINGS: dict[str, Callable[[Counter], str | dict[str, str]]] = {
    "activity_code": _activity_code,
    "applied": _applied,
    "buyer": _buyer,
    "captured": _captured,
    "chance": _chance,
    "challenge": lambda _at: "weeks",
    "claim": _claim,
    "coupon": _coupon,
    "currency": lambda at: "MART" if at.mark == "OWN" else "CINE",
    "dispute": _dispute,
    "draw": lambda _at: "wheel",
    "entry": _entry,
    "held_claim": lambda at: _claim(at, hold=True),
    "hold": _hold,
    "host": _host,
    "member": lambda at: at.ref,
    "newcomer": _newcomer,
    "owner": _owner,
    "batch": _batch,
    "parked": _parked,
    "parking_quote": _parking_quote,
    "plate": _plate,
    "pool": lambda at: at.mark.lower(),
    "purchase": _purchase,
    "redeemed": _redeemed,
    "reserved": _reserved,
    "reward": lambda _at: "grocery:mug",
    "statement": _statement,
    "stay": _stay,
    "store": lambda at: f"{at.mark.lower()}-shop",
    "ticket": _ticket,
    "webhook": _webhook,
}
"""How a thing of each kind is made at a counter."""

_CODES = {
    "challenge": "nowhere", "coupon": "AAAAAAAAAAAAAAAA", "currency": "NONE", "draw": "nowhere",
    "entry": "9999", "plate": "沪C99999", "pool": "nowhere", "reward": "grocery:none",
    "store": "moon",
}  # fmt: skip


def missing(kind: str, own: str) -> str:
    """Return an id of a kind that nobody ever made, in the form of one that somebody did."""
    if kind in _CODES:
        return _CODES[kind]
    prefix = own.partition("_")[0]
    return f"{prefix}_{('a' if prefix == 'mbr' else '0') * 26}"
