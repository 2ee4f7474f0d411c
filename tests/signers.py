"""A member at the pages where members sign in: a browser without scripts, and the letters."""

import re
from dataclasses import replace
from html import unescape
from typing import Any

from apiflask import APIFlask
from werkzeug.test import TestResponse

from stoa.app import create_app
from stoa.config import Settings
from stoa.post import Posted
from stoa.services import mail
from stoa.work import Actor, Desk

__all__ = ["Letters", "Signer", "app_with_letters"]


class Letters:
    """An office that keeps what it is given."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.sent: list[Posted] = []

    def send(self, letter: Posted) -> None:
        self.sent.append(letter)

    def code(self) -> str:
        """Let a worker send what waits; return the code of the last letter."""
        mail.carry_on(self.desk, Actor("worker"), self)
        return str(re.findall(r"^ +(\d{6})$", self.sent[-1].body, re.MULTILINE)[-1])


class Signer:
    """A browser: it keeps cookies, and posts with the token that the last form had."""

    def __init__(self, app: APIFlask, desk: Desk) -> None:
        self.client = app.test_client()
        self.letters = Letters(desk)
        self.form: dict[str, str] = {}
        self.action = ""

    def get(self, path: str, **options: Any) -> TestResponse:
        """Open a page and keep its form."""
        return self._seen(self.client.get(path, **options))

    def post(self, path: str, **form: Any) -> TestResponse:
        """Send the form of the last page, with these fields."""
        return self._seen(self.client.post(path, data=self.form | form))

    def sign_in(self, email: str, *, next: str = "") -> TestResponse:  # noqa: A002 - as the field
        """Sign in by the code of the letter."""
        self.get("/sign-in", query_string={"next": next} if next else None)
        answer = self.post("/sign-in", email=email)
        assert answer.status_code == 303, answer.text
        self.get(answer.location)
        return self.post("/sign-in/code", code=self.letters.code())

    def _seen(self, answer: TestResponse) -> TestResponse:
        hidden = r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"'
        found = re.findall(hidden, answer.text)
        if found:
            self.form = {name: unescape(value) for name, value in found}
        action = re.search(r'<form method="post" action="([^"]*)"', answer.text)
        self.action = unescape(action[1]) if action else self.action
        return answer


def app_with_letters(settings: Settings, desk: Desk) -> APIFlask:
    """Return the app of an installation that sends letters."""
    return create_app(replace(settings, smtp_url="smtp://127.0.0.1:9"), desk=desk)
