"""What a client asks for at the authorization endpoint, read strictly.

Code and PKCE with S256 only, of every client (RFC 7636, RFC 9700 §2.1.1); each parameter once; an
address that is registered letter by letter; no scope that the client may not ask for.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from stoa.services.authorizations import is_private
from stoa.services.credentials import ClientTerms

__all__ = ["PROMPTS", "Asked", "RefusedError", "UnansweredError", "read"]

PROMPTS = ("none", "login", "consent", "select_account")
"""What ``prompt`` may say (OpenID Connect Core §3.1.2.1)."""

_MOST = 2048
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII).fullmatch
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII).fullmatch
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*", re.ASCII).fullmatch
_KEPT = (
    "response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge",
    "code_challenge_method", "prompt", "max_age", "login_hint", "ui_locales",
)  # fmt: skip


class UnansweredError(Exception):
    """The request names no client, or no address of its: nobody is redirected.

    The text is the end of the key of the words that say why: ``error.why.client``.
    """


class RefusedError(Exception):
    """The client is told what is wrong, at its own address (RFC 6749 §4.1.2.1)."""

    def __init__(self, error: str, why: str, *, redirect_uri: str, state: str | None) -> None:
        super().__init__(why)
        self.error = error
        self.redirect_uri = redirect_uri
        self.state = state

    def facts(self) -> dict[str, str]:
        """Return what the client is told."""
        return {"error": self.error, "error_description": str(self)}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that may be put to a member.

    Attributes:
        given: the parameters that count, as they were sent.
        prompt: words of `PROMPTS`.
        max_age_s: how old the sign-in may be at most.
        hint: the e-mail address that the client thinks the member has.
    """

    client: ClientTerms
    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str
    state: str | None
    nonce: str | None
    prompt: frozenset[str]
    max_age_s: int | None
    hint: str
    given: tuple[tuple[str, str], ...]

    @property
    def silent(self) -> bool:
        """Whether the member must be shown nothing."""
        return "none" in self.prompt

    @property
    def wants_consent(self) -> bool:
        """Whether the member is asked though there is a consent.

        An address that any app on a phone could claim proves nothing of who asks (RFC 8252 §8.6).
        """
        return "consent" in self.prompt or (is_private(self.redirect_uri) and not self.silent)

    def wants_proof(self, proved_at: datetime, now: datetime) -> bool:
        """Tell whether the member has to sign in again."""
        if self.prompt & {"login", "select_account"}:
            return True
        return self.max_age_s is not None and now - proved_at > timedelta(seconds=self.max_age_s)

    def query(self, *, again: bool = False) -> str:
        """Return the request as a query; `again` is the one after the member has signed in anew."""
        pairs = dict(self.given)
        if again:
            prompts = [word for word in PROMPTS if word in self.prompt & {"consent"}]
            pairs |= {"prompt": " ".join(prompts)}
            pairs.pop("max_age", None)
        return urlencode([(name, value) for name, value in pairs.items() if value or not again])


def read(sent: MultiDict[str, str], find_client: Callable[[str], ClientTerms | None]) -> Asked:
    """Read a request.

    Raises:
        UnansweredError: nobody can be redirected.
        RefusedError: the client is told.
    """
    if any(len(values) > 1 for _, values in sent.lists()):
        raise UnansweredError("twice")
    client = find_client(sent.get("client_id", ""))
    if client is None or client.revoked_at is not None:
        raise UnansweredError("client")
    uri = sent.get("redirect_uri", "")
    if uri not in client.redirect_uris:
        raise UnansweredError("redirect")
    state = sent.get("state")
    if state is not None and (len(state) > _MOST or not state.isprintable()):
        raise UnansweredError("state")

    def refuse(error: str, why: str) -> RefusedError:
        return RefusedError(error, why, redirect_uri=uri, state=state)

    _check_kind(sent, client, refuse)
    prompt = _prompt(sent, refuse)
    max_age = sent.get("max_age")
    if max_age is not None and not _NUMBER(max_age):
        raise refuse("invalid_request", "max_age is a number of seconds.")
    nonce = sent.get("nonce")
    if nonce is not None and (len(nonce) > _MOST or not nonce.isprintable()):
        raise refuse("invalid_request", "nonce is too long, or no plain text.")
    return Asked(
        client=client,
        redirect_uri=uri,
        scopes=_scopes(sent, client, refuse),
        challenge=_challenge(sent, refuse),
        state=state,
        nonce=nonce,
        prompt=prompt,
        max_age_s=None if max_age is None else int(max_age),
        hint=sent.get("login_hint", "")[:254],
        given=tuple((name, sent[name]) for name in _KEPT if name in sent),
    )


_Refuse = Callable[[str, str], RefusedError]


def _check_kind(sent: MultiDict[str, str], client: ClientTerms, refuse: _Refuse) -> None:
    if "request" in sent:
        raise refuse("request_not_supported", "Send parameters, not a request object.")
    if "request_uri" in sent:
        raise refuse("request_uri_not_supported", "Send parameters, not a request object.")
    if "response_type" not in sent:
        raise refuse("invalid_request", "Send response_type=code.")
    if sent["response_type"] != "code":
        raise refuse("unsupported_response_type", "Send response_type=code.")
    if sent.get("response_mode", "query") != "query":
        raise refuse("invalid_request", "The answer comes in the query.")
    if "authorization_code" not in client.grants:
        raise refuse("unauthorized_client", "This client may not ask for codes.")


def _challenge(sent: MultiDict[str, str], refuse: _Refuse) -> str:
    challenge = sent.get("code_challenge", "")
    if sent.get("code_challenge_method") != "S256" or not _CHALLENGE(challenge):
        raise refuse(
            "invalid_request", "Send a code_challenge with code_challenge_method=S256 (RFC 7636)."
        )
    return challenge


def _scopes(sent: MultiDict[str, str], client: ClientTerms, refuse: _Refuse) -> tuple[str, ...]:
    scope = sent.get("scope", "")
    wanted = dict.fromkeys(scope.split(" "))
    if not _SCOPE(scope) or not wanted.keys() <= set(client.member_scopes):
        may = " ".join(client.member_scopes)
        raise refuse("invalid_scope", f"Ask for scopes of the client: {may}.")
    return tuple(wanted)


def _prompt(sent: MultiDict[str, str], refuse: _Refuse) -> frozenset[str]:
    words = frozenset(sent.get("prompt", "").split())
    if not words <= set(PROMPTS) or ("none" in words and len(words) > 1):
        raise refuse("invalid_request", f"prompt is none, or of {', '.join(PROMPTS[1:])}.")
    return words
