"""The city card's door: one order is one address, so that an order sent twice is one top-up.

    PUT    {url}/top-ups/{order}   {"card": "3104 77", "minor": 1000, "currency": "CNY"}
    DELETE {url}/top-ups/{order}

    200, 201   {"reference": "T-88"}   done
    202        taken on; ask again later
    409, 422   {"detail": "..."}       refused for good

Whatever else happens, a lost answer, a 500, a text that is no JSON, the order is asked for again
with the same address. A DELETE that overtakes its PUT must be remembered by the card's door.
"""

import http.client
import ipaddress
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from stoa.values.facts import Fulfilment

__all__ = ["Card", "CardError"]

_WAIT_S = 10
_MOST_BYTES = 65_536


class CardError(Exception):
    """The city card gave no answer that can be used; the order is asked for again."""


@dataclass(frozen=True, slots=True)
class Card:
    """The door of a city card.

    Attributes:
        url: ``https://…``; plain ``http`` reaches this machine alone.
        key: sent as a bearer token.
    """

    url: str
    key: str

    def top_up(self, order: str, *, number: str, minor: int, currency: str) -> Fulfilment:
        """Put money on a card.

        Raises:
            CardError: nobody knows whether it was done; ask again.
        """
        return self._ask("PUT", order, {"card": number, "minor": minor, "currency": currency})

    def take_back(self, order: str) -> Fulfilment:
        """Undo a top-up, also one that was never done.

        Raises:
            CardError: nobody knows whether it was done; ask again.
        """
        return self._ask("DELETE", order, None)

    def _ask(self, method: str, order: str, body: dict[str, Any] | None) -> Fulfilment:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        line, path = self._line()
        try:
            line.request(
                method, f"{path}/top-ups/{quote(order, safe='')}",
                body=None if body is None else json.dumps(body), headers=headers,
            )  # fmt: skip
            answer = line.getresponse()
            text = answer.read(_MOST_BYTES)
        except (OSError, http.client.HTTPException) as wrong:
            raise CardError(f"{method} {order}: {wrong!r}") from wrong
        finally:
            line.close()
        return _read(answer.status, text)

    def _line(self) -> tuple[http.client.HTTPConnection, str]:
        parts = urlsplit(self.url)
        host, port = parts.hostname or "", parts.port
        if parts.scheme == "https" and host:
            return http.client.HTTPSConnection(host, port, timeout=_WAIT_S), parts.path.rstrip("/")
        if parts.scheme == "http" and _here(host):
            return http.client.HTTPConnection(host, port, timeout=_WAIT_S), parts.path.rstrip("/")
        raise CardError("The city card's address must begin with https://")


def _read(status: int, text: bytes) -> Fulfilment:
    if status == http.HTTPStatus.ACCEPTED:
        return Fulfilment("later")
    if status not in (200, 201, 409, 422):
        raise CardError(f"The city card answered {status}.")
    try:
        said = json.loads(text)
    except ValueError as wrong:
        raise CardError("The city card's answer is no JSON.") from wrong
    name = "reference" if status in (200, 201) else "detail"
    if type(said) is not dict or not isinstance(said.get(name), str):
        raise CardError(f"The city card's answer has no {name}.")
    if name == "detail":
        return Fulfilment("refused", detail=said["detail"][:200])
    return Fulfilment("done", reference=said["reference"][:64])


def _here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
