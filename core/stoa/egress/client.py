"""The client: looks a destination up, checks every address, connects to one that was checked."""

import socket
import ssl
import weakref
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTimeError
from contextlib import contextmanager
from ipaddress import ip_address, ip_network
from threading import Lock
from typing import Final

import httpcore2

from stoa.egress.addresses import is_own, why_not_public
from stoa.egress.destinations import Destination, read_place, read_url
from stoa.egress.pool import Pool, Route
from stoa.egress.sending import Connection, Deadline, Reply, SendingError, wrap
from stoa.errors import DestinationNotAllowedError

__all__ = ["Dial", "Egress", "Resolve", "default_trust", "dial", "resolve"]

Resolve = Callable[[str, int], Sequence[str]]
"""Name and port → all its addresses; raises OSError when there is none."""

Dial = Callable[[str, int, float], socket.socket]
"""Address, port, seconds → a connection to exactly that address."""

_CONNECT_S: Final = 3.0
_LOOKUP_THREADS: Final = 32
_AT_ONCE: Final = 10


def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the machine's resolver for all addresses of a name, without its search list."""
    full = host if _is_address(host) or "." not in host else f"{host}."
    found = socket.getaddrinfo(full, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def dial(address: str, port: int, within_s: float) -> socket.socket:
    """Open a TCP connection to an address; what is written leaves at once."""
    sock = socket.create_connection((address, port), timeout=within_s)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def default_trust() -> ssl.SSLContext:
    """Return what TLS is spoken with: the system's authorities, names checked, 1.2 or newer."""
    trust = httpcore2.default_ssl_context()
    trust.minimum_version = ssl.TLSVersion.TLSv1_2
    trust.set_alpn_protocols(["http/1.1"])
    return trust


class Egress:
    """Sends requests to addresses that partners name; safe to share between threads.

    Args:
        allow: places that the operator opens, for development: ``127.0.0.1:8600``
            (``STOA_EGRESS_ALLOW``). There any address, any port and plain http will do.
        deny: host names, addresses and networks that are refused besides
            (``STOA_EGRESS_DENY``): our own names, load balancers, the address we go out by.
        resolve: asks the name service.
        dial: opens connections.
        trust: what TLS is spoken with.
        at_once: the most requests under way to one host, and to one address.
        pool: keeps connections that lie idle.

    Raises:
        ValueError: an entry of `allow` is no host with its port.
    """

    def __init__(
        self,
        *,
        allow: Sequence[str] = (),
        deny: Sequence[str] = (),
        resolve: Resolve = resolve,
        dial: Dial = dial,
        trust: ssl.SSLContext | None = None,
        at_once: int = _AT_ONCE,
        pool: Pool | None = None,
    ) -> None:
        self._pool = Pool() if pool is None else pool
        weakref.finalize(self, self._pool.close)
        self._opened = frozenset(read_place(each) for each in allow if each.strip())
        denied = [each.strip().lower() for each in deny if each.strip()]
        self._denied_names = frozenset(each for each in denied if not _is_network(each))
        self._denied = tuple(ip_network(each) for each in denied if _is_network(each))
        self._resolve = resolve
        self._dial = dial
        self._given_trust = trust
        self._at_once = at_once
        self._under_way: Counter[str] = Counter()
        self._lock = Lock()
        self._lookups: ThreadPoolExecutor | None = None

    def check(self, url: str, *, within_s: float = 5.0) -> Destination:
        """Check a URL as it is before each request; nothing is sent to it.

        Args:
            url: as the partner wrote it.
            within_s: how long its name may take to be looked up.

        Raises:
            DestinationNotAllowedError: it is not public, or its name is not known.
        """
        destination = self._read(url)
        try:
            self._addresses(destination, Deadline(within_s))
        except SendingError as wrong:
            raise DestinationNotAllowedError(str(wrong)) from wrong
        except TimeoutError as wrong:
            raise DestinationNotAllowedError("The host's name could not be looked up.") from wrong
        return destination

    def post(
        self, url: str, body: bytes, *, headers: Mapping[str, str], within_s: float = 15.0
    ) -> Reply:
        """Send a POST; return what came back, whatever its status. A redirect is not followed.

        Args:
            url: as the partner wrote it.
            body: sent byte for byte.
            headers: ASCII; ``Host`` and ``Content-Length`` are set here.
            within_s: for all of it: name, connection, TLS, request and answer.

        Raises:
            SendingError: no answer came; `kind` says why.
        """
        deadline = Deadline(within_s)
        try:
            destination = self._read(url)
            with self._one_of(destination.host):
                addresses = self._addresses(destination, deadline)
                return self._send(destination, addresses, body, headers=headers, deadline=deadline)
        except DestinationNotAllowedError as wrong:
            raise SendingError("address", str(wrong)) from wrong
        except TimeoutError as wrong:
            raise SendingError("timeout", f"There was no answer within {within_s:g} s.") from wrong

    def _read(self, url: str) -> Destination:
        destination = read_url(url, opened=self._opened)
        if not destination.opened and self._denied_name(destination.host):
            raise DestinationNotAllowedError("The operator allows no requests to that host.")
        return destination

    def _denied_name(self, host: str) -> bool:
        return any(host == name or host.endswith(f".{name}") for name in self._denied_names)

    def _addresses(self, destination: Destination, deadline: Deadline) -> Sequence[str]:
        """Look a destination up, once; return its addresses when every one of them is allowed.

        Raises:
            DestinationNotAllowedError: one of them is not.
            SendingError: ``lookup``: there is none.
            TimeoutError: the deadline passed.
        """
        if _is_address(destination.host):
            return [destination.host]  # only a place that the operator opened is an address
        try:
            asked = self._threads().submit(self._resolve, destination.host, destination.port)
            found = list(asked.result(deadline.left()))
        except NotInTimeError:
            raise
        except (OSError, UnicodeError) as wrong:
            raise SendingError("lookup", "The host's name is not known.") from wrong
        if not found:
            raise SendingError("lookup", "The host's name has no address.")
        if not destination.opened:
            for address in found:
                self._check_address(address)
        return found

    def _check_address(self, address: str) -> None:
        if why_not_public(address) is not None or is_own(address):
            raise DestinationNotAllowedError("The host's address is not a public one.")
        if any(ip_address(address) in network for network in self._denied):
            raise DestinationNotAllowedError("The operator allows no requests to that host.")

    def _send(
        self,
        destination: Destination,
        addresses: Sequence[str],
        body: bytes,
        *,
        headers: Mapping[str, str],
        deadline: Deadline,
    ) -> Reply:
        def ask(address: str, connection: Connection) -> Reply:
            try:
                reply = connection.exchange(
                    destination, "POST", headers=headers, body=body, deadline=deadline
                )
            except BaseException:
                connection.close()
                raise
            self._pool.give(_route(destination, address), connection)
            return reply

        for address in addresses:
            with self._one_of(f"{address} {destination.port}"):
                kept = self._pool.take(_route(destination, address))
                if kept is None:
                    continue
                try:
                    return ask(address, kept)
                except SendingError as ended:
                    # It had ended while it lay idle: nobody has answered, so ask on a new one.
                    if ended.kind != "reset" or kept.heard:
                        raise
        wrong: OSError | None = None
        for address in addresses:
            with self._one_of(f"{address} {destination.port}"):
                try:
                    made = self._connect(destination, address, deadline)
                except OSError as refused:
                    wrong = refused
                    continue
                return ask(address, made)
        deadline.left()
        raise SendingError("connect", "No connection could be made.") from wrong

    def _connect(self, destination: Destination, address: str, deadline: Deadline) -> Connection:
        """Open a connection to an address that was checked, with TLS for the host's name.

        Raises:
            OSError: nobody is there.
            SendingError: ``tls``.
        """
        sock = self._dial(address, destination.port, deadline.left(_CONNECT_S))
        try:
            if destination.secure:
                sock = wrap(sock, self._trust(), name=destination.host, deadline=deadline)
            return Connection(sock, destination, made_at=self._pool.clock())
        except BaseException:
            sock.close()
            raise

    @contextmanager
    def _one_of(self, whom: str) -> Iterator[None]:
        """Be one of the few that are under way to a host or an address.

        Raises:
            SendingError: ``busy``.
        """
        with self._lock:
            if self._under_way[whom] >= self._at_once:
                raise SendingError("busy", "Too many requests to that host are under way.")
            self._under_way[whom] += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way[whom] -= 1
                if not self._under_way[whom]:
                    del self._under_way[whom]

    def _trust(self) -> ssl.SSLContext:
        with self._lock:
            if self._given_trust is None:
                self._given_trust = default_trust()
            return self._given_trust

    def _threads(self) -> ThreadPoolExecutor:
        # A resolver can't be told a deadline: it is asked on a thread that may be left waiting.
        with self._lock:
            if self._lookups is None:
                self._lookups = ThreadPoolExecutor(_LOOKUP_THREADS, "stoa-lookup")
            return self._lookups


def _route(destination: Destination, address: str) -> Route:
    return Route(destination.secure, destination.host, destination.port, address)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True
