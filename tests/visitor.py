"""Somebody at the admin web: a test client that signs in and sends the token of the forms."""

import re
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

PASSWORD = "lantern-river-42-fox"
OPERATOR = "grace@stoa.example"
AUDITOR = "oskar@stoa.example"


class Visitor:
    """A browser without scripts: it keeps cookies, and posts with the CSRF token it was given."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.token = ""

    def get(self, path: str, **options: Any) -> TestResponse:
        """Open a page and keep the token of its forms."""
        answer = self.client.get(path, **options)
        found = re.search(r'name="csrf_token" value="([^"]+)"', answer.get_data(as_text=True))
        self.token = found[1] if found else self.token
        return answer

    def post(self, path: str, *, token: str | None = None, **form: Any) -> TestResponse:
        """Send a form; `token` stands in for the right CSRF token."""
        data = {"csrf_token": self.token if token is None else token} | form
        return self.client.post(path, data=data)

    def sign_in(self, email: str = OPERATOR, password: str = PASSWORD, **form: Any) -> TestResponse:
        """Sign in, and fetch a token of the new session."""
        self.get("/admin/sign-in")
        answer = self.post("/admin/sign-in", email=email, password=password, **form)
        if answer.status_code == 303:
            self.get("/admin/members")
        return answer


def text_of(answer: TestResponse) -> str:
    """Return what a page says, without its tags, each gap one space."""
    plain = re.sub(r"<(script|style|svg)\b.*?</\1>|<[^>]+>", " ", answer.text, flags=re.DOTALL)
    return " ".join(plain.split())
