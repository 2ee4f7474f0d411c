"""A real mail server for tests: it keeps the letters it takes, refuses or drops when told."""

import re
from asyncio import Server
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope

__all__ = ["Mailbox", "code_in", "mailbox"]


class Mailbox:
    """Takes letters.

    Attributes:
        letters: those it took, the oldest first.
        says: what it answers instead of taking one, such as ``451 later``; ``drop`` hangs up.
        url: what ``STOA_SMTP_URL`` has to be.
    """

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.says = ""
        self.url = ""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's own
        self, server: SMTP, _session: Any, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.says == "drop":
            assert server.transport is not None
            server.transport.close()
            return "421 gone"
        if self.says:
            return self.says
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's own
        self, _server: SMTP, _session: Any, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        assert [letter["To"]] == envelope.rcpt_tos
        self.letters.append(letter)
        return "250 OK"


class _Anywhere(Controller):
    """A server on whichever port is free."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """Run a mail server on a port of its own."""
    box = Mailbox()
    controller = _Anywhere(box, hostname="127.0.0.1", port=0, ready_timeout=10)
    controller.start()
    box.url = f"smtp://127.0.0.1:{controller.port}"
    yield box
    controller.stop()


def code_in(letter: EmailMessage) -> str:
    """Return the code of six digits that a letter carries."""
    found = re.search(r"^\s+(\d{6})\s*$", letter.get_content(), re.MULTILINE)
    assert found, letter.get_content()
    return found[1]
