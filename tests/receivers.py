"""Receivers on real sockets, their certificates, and a name service of one's own for tests."""

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from dnslib import AAAA, QTYPE, RR, A, DNSRecord

from stoa.egress import Egress

HOST = "hooks.cinema-partner.com"
"""The name that a receiver's certificate is made out to."""

PUBLIC = "93.184.216.34"
"""A public address; tests connect to it by a dial of their own, never by the machine's."""


def offline() -> Egress:
    """Return an egress that knows one public name, and connects to nothing."""

    def nowhere(_address: str, _port: int, _within_s: float) -> socket.socket:
        raise OSError("tests connect to nobody")

    return Egress(resolve=lambda host, _port: [PUBLIC] if host == HOST else [], dial=nowhere)


@dataclass
class Asked:
    """One request as it came in, byte for byte."""

    line: str
    headers: dict[str, str]
    body: bytes


Respond = Callable[[socket.socket, Asked], None]


def answer(status: int = 200, body: bytes = b"", *headers: str) -> Respond:
    """Answer every request so."""
    head = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers, "", ""]

    def respond(line: socket.socket, _asked: Asked) -> None:
        line.sendall("\r\n".join(head).encode() + body)

    return respond


@dataclass
class Receiver:
    """A server on this machine that keeps what it was sent and answers as it is told."""

    port: int
    respond: Respond
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    stays: bool = False
    """Whether a connection serves one request after the other."""

    @property
    def place(self) -> str:
        """Its host and port, as `STOA_EGRESS_ALLOW` lists them."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Its address in plain http."""
        return f"http://{self.place}/hook"


def read_request(line: socket.socket) -> Asked | None:
    """Read one request with its body; ``None`` when the other side went away."""
    read = b""
    while b"\r\n\r\n" not in read:
        piece = line.recv(65536)
        if not piece:
            return None
        read += piece
    head, _, body = read.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (each.partition(": ") for each in rest)}
    while len(body) < int(headers.get("content-length", "0")):
        body += line.recv(65536)
    return Asked(first, headers, body)


@contextmanager
def receiver(
    respond: Respond | None = None, *, tls: ssl.SSLContext | None = None, stays: bool = False
) -> Iterator[Receiver]:
    """Run a receiver on a free port of the loopback while the block runs."""
    listening = socket.create_server(("127.0.0.1", 0))
    here = Receiver(listening.getsockname()[1], respond or answer(), stays=stays)
    threads: list[threading.Thread] = []

    def serve(line: socket.socket) -> None:
        try:
            with line:
                line.settimeout(20)
                told = tls.wrap_socket(line, server_side=True) if tls else line
                with told:
                    while (asked := read_request(told)) is not None:
                        here.asked.append(asked)
                        here.respond(told, asked)
                        if not here.stays:
                            break
        except OSError:
            return

    def accept() -> None:
        while True:
            try:
                line, _ = listening.accept()
            except OSError:
                return
            here.connections += 1
            thread = threading.Thread(target=serve, args=(line,), daemon=True)
            threads.append(thread)
            thread.start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield here
    finally:
        listening.shutdown(socket.SHUT_RDWR)  # wakes the accepting thread
        listening.close()
        accepting.join(5)


@dataclass(frozen=True)
class Authority:
    """An authority that signs receivers' certificates."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def trust(self) -> ssl.SSLContext:
        """Return a client's trust in this authority alone."""
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trust.load_verify_locations(
            cadata=self.certificate.public_bytes(serialization.Encoding.PEM).decode()
        )
        return trust

    def certify(
        self, folder: Path, *, name: str = HOST, days: int = 30, signed: bool = True
    ) -> ssl.SSLContext:
        """Return a server's TLS with a certificate for a name.

        Args:
            folder: where it is written.
            days: how long it holds from now; negative when it has ended.
            signed: by this authority, or by itself.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer = self.certificate.subject if signed else subject
        end = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(end - dt.timedelta(days=60))
            .not_valid_after(end)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
            .sign(self.key if signed else key, hashes.SHA256())
        )
        path = folder / f"{name}-{days}-{signed}.pem"
        path.write_bytes(
            made.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(path)
        return server


def an_authority() -> Authority:
    """Make an authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of the tests")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=99))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(*(False,) * 5, key_cert_sign=True, crl_sign=True,
                          encipher_only=False, decipher_only=False),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    return Authority(key, made)


@dataclass
class Names:
    """A name service on a socket of its own; each lookup takes the next of its answers."""

    port: int
    answers: list[Sequence[str]]
    asked: int = 0

    def resolve(self, host: str, _port: int) -> Sequence[str]:
        """Ask it, as `stoa.egress` asks the machine's resolver."""
        found: list[str] = []
        self.asked += 1
        for kind in ("A", "AAAA"):
            said = DNSRecord.parse(DNSRecord.question(host, kind).send("127.0.0.1", self.port))
            found += [str(each.rdata) for each in said.rr]
        if not found:
            raise OSError("no such name")
        return found


@contextmanager
def name_service(*answers: Sequence[str]) -> Iterator[Names]:
    """Run a name service that says the first answer to the first lookup, and so on; the last stays.

    A lookup is one question for A and one for AAAA.
    """
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.bind(("127.0.0.1", 0))
    names = Names(line.getsockname()[1], list(answers))

    def serve() -> None:
        questions = 0
        while True:
            asked, whom = line.recvfrom(4096)
            if not asked:
                return
            question = DNSRecord.parse(asked)
            said = question.reply()
            at = min(questions // 2, len(names.answers) - 1)
            for each in names.answers[at]:
                six = ip_address(each).version == 6
                if (question.q.qtype == QTYPE.AAAA) == six:
                    kind = QTYPE.AAAA if six else QTYPE.A
                    said.add_answer(
                        RR(question.q.qname, kind, rdata=(AAAA if six else A)(each), ttl=0)
                    )
            line.sendto(said.pack(), whom)
            questions += 1

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield names
    finally:
        line.sendto(b"", line.getsockname())
        thread.join(5)
        line.close()
