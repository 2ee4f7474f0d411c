"""The grants of members' tokens: a code or a refresh token for an access token of the member.

Codes and refresh tokens are used up before anything is made: of many at once one gets an answer.
"""

import re
from typing import Any

from authlib.oauth2.rfc6749 import (  # type: ignore[import-untyped]
    BaseGrant,
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
    TokenEndpointMixin,
    UnauthorizedClientError,
)

from stoa.oauth.client_auth import PUBLIC_METHODS, TOKEN_METHODS
from stoa.oauth.grants import Issuing
from stoa.oauth.id_tokens import id_token
from stoa.services import authorizations, identity, partners
from stoa.services.authorizations import Granted, Refused
from stoa.values.identifiers import public_id
from stoa.work import Actor

__all__ = ["CodeGrant", "RefreshGrant"]

_OAUTH = Actor("oauth")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII).fullmatch


class _MembersGrant(Issuing, BaseGrant, TokenEndpointMixin):  # type: ignore[misc]
    """What both grants share: the client, and the answer with a token of the member."""

    GRANT_TYPE = ""
    TOKEN_ENDPOINT_AUTH_METHODS = [*TOKEN_METHODS, *PUBLIC_METHODS]  # noqa: RUF012 - as Authlib reads it

    def validate_token_request(self) -> None:
        """Let the client prove itself.

        Raises:
            OAuth2Error: it does not, or it may not use this grant.
        """
        client = self.authenticate_token_endpoint_client()
        if not client.check_grant_type(str(self.GRANT_TYPE)):
            raise UnauthorizedClientError(f"This client may not use {self.GRANT_TYPE}.")
        self.request.client = client

    def create_token_response(self) -> Any:  # noqa: ANN401 - Authlib's: status, body, headers
        """Answer with the tokens of what was granted.

        Raises:
            OAuth2Error: nothing was.
        """
        granted = self.redeemed()
        if isinstance(granted, Refused):
            raise (
                InvalidScopeError(granted.why) if granted.wider else InvalidGrantError(granted.why)
            )
        return 200, self._answer(granted), self.TOKEN_RESPONSE_HEADER

    def redeemed(self) -> Granted | Refused:
        """Use the code or the refresh token up."""
        raise NotImplementedError

    def field(self, name: str) -> str:
        """Return a field of the form.

        Raises:
            InvalidRequestError: it is not there.
        """
        value = self.request.form.get(name, "")
        if not value:
            raise InvalidRequestError(f"Missing '{name}' in request.")
        return str(value)

    @property
    def bound_to(self) -> str | None:
        """The key that refresh tokens are bound to: a public client's (RFC 9449 §5)."""
        proof = self.request.proof
        public = self.request.client.terms.kind == "public"
        return proof.jkt if public and proof is not None else None

    def _answer(self, granted: Granted) -> dict[str, Any]:
        scope = " ".join(granted.scopes)
        with self.server.desk.work(_OAUTH) as work:
            ref_key = partners.terms(work, granted.partner_id, version=-1).ref_key
        subject = identity.member_ref(ref_key, granted.member_id)
        issued = self.server.tokens.issue(
            self.request.client.terms,
            scope,
            subject=subject,
            jkt=self.server.bind(self.request, scope),
            family=public_id("fam", granted.family_id),
        )
        answer: dict[str, Any] = issued.answer()
        if granted.refresh_token is not None:
            answer["refresh_token"] = granted.refresh_token
        if self.GRANT_TYPE == "authorization_code" and "openid" in granted.scopes:
            answer["id_token"] = id_token(
                self.server.tokens, self.request.client.terms.id, subject, granted,
                access_token=issued.token,
            )  # fmt: skip
        return answer


class CodeGrant(_MembersGrant):
    """A code for tokens (RFC 6749 §4.1.3), with the verifier of its challenge (RFC 7636 §4.5)."""

    GRANT_TYPE = "authorization_code"

    def redeemed(self) -> Granted | Refused:
        """Use the code up.

        Raises:
            InvalidRequestError: a field is missing, or the verifier is malformed.
        """
        code, uri = self.field("code"), self.field("redirect_uri")
        verifier = self.field("code_verifier")
        if not _VERIFIER(verifier):
            raise InvalidRequestError(
                "A code_verifier has 43 to 128 letters, digits, dots, hyphens (RFC 7636)."
            )
        client = self.request.client
        with self.server.desk.work(_OAUTH) as work:
            return authorizations.redeem_code(
                work, code, client_id=client.terms.id, redirect_uri=uri, verifier=verifier,
                refreshes=client.check_grant_type("refresh_token"), bound_to=self.bound_to,
            )  # fmt: skip


class RefreshGrant(_MembersGrant):
    """A refresh token for an access token and the next refresh token (RFC 6749 §6)."""

    GRANT_TYPE = "refresh_token"

    def redeemed(self) -> Granted | Refused:
        """Use the refresh token up.

        Raises:
            InvalidRequestError: it is missing.
        """
        token, scope = self.field("refresh_token"), self.request.form.get("scope")
        with self.server.desk.work(_OAUTH) as work:
            return authorizations.refresh(
                work, token, client_id=self.request.client.terms.id,
                scopes=None if scope is None else scope.split(" "), bound_to=self.bound_to,
            )  # fmt: skip
