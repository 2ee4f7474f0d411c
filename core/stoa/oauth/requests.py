"""Requests at the doors of OAuth, as Authlib reads them, and what it lets pass and we do not."""

from collections.abc import Collection
from typing import Any

from authlib.integrations.flask_oauth2.requests import (  # type: ignore[import-untyped]
    FlaskOAuth2Payload,
    FlaskOAuth2Request,
)
from authlib.oauth2.rfc6749 import (  # type: ignore[import-untyped]
    InvalidRequestError,
    OAuth2Error,
    OAuth2Request,
)
from flask import Request

from stoa.oauth.dpop import Proof

__all__ = ["FormRequest", "check_form", "check_grant"]


class FormRequest(FlaskOAuth2Request):  # type: ignore[misc]
    """A request as if it had come to the public address, which Authlib wants to be https.

    Args:
        url: the public address of the door.
        proof: of the key that the token shall be bound to (RFC 9449 §5); ``None`` without one.
    """

    def __init__(self, request: Request, url: str, *, proof: Proof | None = None) -> None:
        headers: Any = request.headers
        OAuth2Request.__init__(self, request.method, url, headers=headers)
        self._request = request
        self.payload = FlaskOAuth2Payload(request)
        self.proof = proof


def check_form(request: Request) -> None:
    """Refuse what RFC 6749 §3.2 and §2.3 forbid and Authlib lets pass.

    Raises:
        OAuth2Error: a parameter is in the address or comes twice, the body is no form, or the
            client proves itself in two ways or in one that nobody knows.
    """
    if request.args:
        raise InvalidRequestError("Send parameters in the body, not in the address.")
    if request.mimetype != "application/x-www-form-urlencoded":
        raise InvalidRequestError("Send application/x-www-form-urlencoded.")
    form = request.form
    if any(len(values) > 1 for _, values in form.lists()):
        raise InvalidRequestError("Send each parameter once.")
    authorization = request.headers.get("Authorization")
    if (authorization is not None) + ("client_secret" in form) + ("client_assertion" in form) > 1:
        raise InvalidRequestError("Prove the client in one way, not in two.")
    if authorization is not None and request.authorization is None:
        raise OAuth2Error("Send Basic credentials.", error="invalid_client", status_code=401)


def check_grant(request: Request, grants: Collection[str]) -> None:
    """Refuse a grant that the house does not give.

    Raises:
        OAuth2Error: it is none of these grants, or none is named.
    """
    form = request.form
    if "grant_type" not in form:
        raise InvalidRequestError("Missing 'grant_type' in request.")
    if form["grant_type"] not in grants:
        raise OAuth2Error(
            f"Use grant_type={' or '.join(grants)}.",
            error="unsupported_grant_type",
            status_code=400,
        )
