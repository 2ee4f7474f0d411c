r"""Reads a URL that somebody else wrote into a destination, or refuses it.

Two readers that differ are a hole (``http://127.0.0.1\@a.com/``, a line break that one of them
drops, digits of another script): so this one knows a single spelling and refuses the others.
"""

import re
from dataclasses import dataclass
from typing import Final

from stoa.errors import DestinationNotAllowedError

__all__ = ["MAX_URL_LENGTH", "Destination", "Place", "read_place", "read_url"]

MAX_URL_LENGTH: Final = 2048
"""The longest URL, in characters."""

_HTTPS_PORT: Final = 443
_MAX_PORT: Final = 65_535
_MAX_HOST: Final = 253

_URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<target>(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?(?:\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?)"
)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_TOP = re.compile(r"[a-z][a-z0-9-]*")
_INSIDE: Final = frozenset(
    (
        *("alt", "arpa", "corp", "home", "internal", "intranet", "lan", "local", "localdomain"),
        *("localhost", "onion", "private"),
    )
)
"""Top names that lead inside, whatever the resolver says (RFC 6761, RFC 6762, RFC 8375)."""


@dataclass(frozen=True, slots=True)
class Place:
    """A host and a port, as an operator lists them: ``127.0.0.1:8600``, ``[::1]:9000``."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a request may go, once its addresses are checked too.

    Attributes:
        secure: whether TLS is spoken; always, but at a place the operator opened.
        host: the name in small letters, or an opened place's address without brackets.
        port: 443, but at a place the operator opened.
        target: path and query, at least ``/``.
        opened: the operator opened this place: its addresses are not looked at.
    """

    secure: bool
    host: str
    port: int
    target: str
    opened: bool = False

    @property
    def authority(self) -> str:
        """The ``Host`` header: the host, and the port where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = self.port == (_HTTPS_PORT if self.secure else 80)
        return host if usual else f"{host}:{self.port}"


def read_place(text: str) -> Place:
    """Read one entry of ``STOA_EGRESS_ALLOW``: a host and its port.

    Raises:
        ValueError: it is not of that form.
    """
    host, colon, port = text.strip().lower().rpartition(":")
    if not colon or not host or not port.isdecimal() or not 0 < int(port) <= _MAX_PORT:
        raise ValueError(f"{text!r} is no host with its port, such as 127.0.0.1:8600")
    return Place(host.strip("[]"), int(port))


def read_url(text: str, *, opened: frozenset[Place] = frozenset()) -> Destination:
    """Read a URL.

    Args:
        text: as the partner wrote it.
        opened: places where the operator allows any address, any port and no TLS.

    Raises:
        DestinationNotAllowedError: it is not ``https://name.of.host/path``.
    """
    if len(text) > MAX_URL_LENGTH:
        raise DestinationNotAllowedError(f"The URL is longer than {MAX_URL_LENGTH} characters.")
    found = _URL.fullmatch(text)
    if found is None:
        raise DestinationNotAllowedError(
            "Give https://, a host name and a path: no login, no fragment, ASCII only."
        )
    secure = found["scheme"] == "https"
    host = found["host"].strip("[]").lower()
    port = int(found["port"] or (_HTTPS_PORT if secure else 80))
    target = found["target"]
    if not target.startswith("/"):
        target = f"/{target}"
    if Place(host, port) in opened:
        return Destination(secure, host, port, target, opened=True)
    if not secure:
        raise DestinationNotAllowedError("The scheme has to be https.")
    if port != _HTTPS_PORT:
        raise DestinationNotAllowedError("The port has to be 443.")
    _check_name(host)
    return Destination(secure, host, port, target)


def _check_name(host: str) -> None:
    """Refuse what is no full name of a host in the public tree.

    Raises:
        DestinationNotAllowedError: it is an address, a short name, or a name that leads inside.
    """
    labels = host.split(".")
    named = len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels)
    if not named or len(host) > _MAX_HOST or not _TOP.fullmatch(labels[-1]):
        raise DestinationNotAllowedError("Give the full name of a host, not an address.")
    if labels[-1] in _INSIDE:
        raise DestinationNotAllowedError("That name leads inside a network.")
