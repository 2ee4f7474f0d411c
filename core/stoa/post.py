"""The way of letters out of the house: to the operator's mail server, or into a folder.

The address stands in ``STOA_SMTP_URL``: ``smtp://`` speaks TLS as soon as the server offers it,
which any but one on this machine has to (RFC 3207); ``smtps://`` speaks it from the first byte
(RFC 8314 §3.3); ``file:DIR`` writes each letter as a file, as the demo does.
"""

import smtplib
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

__all__ = ["FolderOffice", "Office", "Posted", "RefusedForGoodError", "SmtpOffice", "open_office"]

TIMEOUT_S = 10
"""How long any answer of the mail server is waited for."""

_PORTS = {"smtp": 25, "smtps": 465}
_PERMANENT = range(550, 560)  # RFC 5321 §4.2.3: about this letter, not about us
_LOCAL = ("localhost", "localhost.localdomain")


class RefusedForGoodError(Exception):
    """The mail server takes this letter neither now nor later; the text is its own."""


@dataclass(frozen=True, slots=True)
class Posted:
    """One letter, plain text; `name` is its own for ever, so that a repeat can be known."""

    name: str
    address: str
    subject: str
    body: str


class Office(Protocol):
    """Takes letters; it raises `RefusedForGoodError`, or any other exception to be asked again."""

    def send(self, letter: Posted) -> None:
        """Hand over one letter."""


class SmtpOffice:
    """A mail server (RFC 5321).

    Args:
        url: ``smtp[s]://user:password@host:port``.
        sender: the address that letters come from.

    Raises:
        ValueError: the URL names no server.
    """

    def __init__(self, url: str, *, sender: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError("STOA_SMTP_URL has to be smtp://host:port, smtps://… or file:DIR")
        self._tls = parts.scheme == "smtps"
        self._host = parts.hostname
        self._port = parts.port or _PORTS[parts.scheme]
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._sender = sender

    def send(self, letter: Posted) -> None:
        """Hand over one letter.

        Raises:
            RefusedForGoodError: the server will never take it.
            OSError, smtplib.SMTPException: ask again later.
        """
        message = _message(letter, self._sender)
        context = ssl.create_default_context()
        if self._tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=TIMEOUT_S, context=context
            )
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_S)
        with server:
            if not self._tls:
                self._secure(server, context)
            if self._user:
                server.login(self._user, self._password)
            _hand_over(server, message)

    def _secure(self, server: smtplib.SMTP, context: ssl.SSLContext) -> None:
        server.ehlo_or_helo_if_needed()
        if server.has_extn("starttls"):
            server.starttls(context=context)
        elif not _is_here(self._host):
            raise smtplib.SMTPNotSupportedError("the mail server offers no STARTTLS")


class FolderOffice:
    """A folder that letters are written into as ``.eml`` files, the newest last by name."""

    def __init__(self, folder: Path, *, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    def send(self, letter: Posted) -> None:
        """Write one letter; it appears whole, under the letter's own name."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        half = self._folder / f".{letter.name}"
        half.write_bytes(_message(letter, self._sender).as_bytes())
        half.chmod(0o600)
        half.replace(self._folder / f"{letter.name}.eml")


def open_office(url: str, *, sender: str) -> Office | None:
    """Return the way that a URL names; ``None`` for an empty one: no letters go out.

    Raises:
        ValueError: the URL names no way, or the sender is no address.
    """
    if not url:
        return None
    Address(addr_spec=sender)
    if url.startswith("file:"):
        return FolderOffice(Path(unquote(url.removeprefix("file:"))), sender=sender)
    return SmtpOffice(url, sender=sender)


def _message(letter: Posted, sender: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = letter.address
    message["Subject"] = letter.subject
    message["Message-ID"] = f"<{letter.name}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no robot shall answer
    message.set_content(letter.body, cte="base64")
    return message


def _hand_over(server: smtplib.SMTP, message: EmailMessage) -> None:
    try:
        server.send_message(message)
    except smtplib.SMTPRecipientsRefused as refused:
        ((code, text),) = refused.recipients.values()
        if code in _PERMANENT:
            raise RefusedForGoodError(f"{code} {text.decode(errors='replace')}") from refused
        raise
    except smtplib.SMTPDataError as refused:
        if refused.smtp_code in _PERMANENT:
            raise RefusedForGoodError(str(refused)) from refused
        raise


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in _LOCAL
