"""Members sign in at your shop with their membership: OpenID Connect, in two calls.

    shop = SignIn("https://points.example.org", "cli_…", secret, redirect_uri="https://shop/back")
    begun = shop.begin()                       # redirect to begun.url; keep begun.kept in a session
    member = shop.finish(callback_url, kept)   # member.ref is your member_ref of who signed in

It is of no framework: you redirect, you keep a text of 130 letters in the visitor's session, and
you hand in the address that the visitor came back to. `state`, `nonce` and PKCE (S256) are made
here and checked here, as are who answered (RFC 9207) and who signed.

Needs the extra ``stoa-sdk[sign-in]``; `AsyncSignIn` is the same with ``await``.
"""

import hashlib
import hmac
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2

from stoa_sdk.answers import document_of, problem_of
from stoa_sdk.errors import ConnectionFailed, SdkError
from stoa_sdk.id_tokens import IdTokenRefused, UnknownKey, checked
from stoa_sdk.tokens import ClientProof, proven

__all__ = ["AsyncSignIn", "Begun", "MemberTokens", "SignIn", "SignInRefused", "SignedInMember"]

_DOCUMENT = ".well-known/openid-configuration"
_BYTES = 32
_PARTS = 3
AnswerT = TypeVar("AnswerT")
Steps = Generator[httpx2.Request, httpx2.Response, AnswerT]


class SignInRefused(SdkError):  # noqa: N818 - as the errors of the SDK are named
    """Nobody is signed in by this.

    Attributes:
        code: ``access_denied`` where the member said no, another word of RFC 6749 §4.1.2.1 that
            came back, or ``state``, ``issuer``, ``callback``, ``id_token`` where what came back is
            not to be believed.
    """

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        super().__init__(detail)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.code, str(self))


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that has begun.

    Attributes:
        url: where to send the visitor.
        kept: what `finish` needs; keep it in the visitor's session, where nobody else reads it.
    """

    url: str
    kept: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberTokens:
    """What calls the API for a member.

    Attributes:
        access_token: good for ten minutes.
        refresh_token: works once; keep the next one before you use that. `None` without one.
        ends_at: of the access token, seconds since 1970.
        scopes: what the member agreed to.
    """

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    ends_at: float
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInMember:
    """A member who has signed in at your shop.

    Attributes:
        ref: the `member_ref` that you have for the member.
        claims: of the id token, such as ``auth_time``.
        tokens: to ask in the member's name.
        id_token: keep it in the visitor's session where `logout_url` is to need no question.
    """

    ref: str
    claims: Mapping[str, Any]
    tokens: MemberTokens
    id_token: str = field(default="", repr=False)


class _Flow:
    """What is asked and believed, without saying how it travels."""

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str | ClientProof | None = None,
        *,
        redirect_uri: str,
        scopes: Sequence[str] = ("openid", "profile"),
        clock: Callable[[], float] = time.time,
    ) -> None:
        if "openid" not in scopes:
            raise ValueError("ask for openid, or nothing says who has signed in")
        self.base_url = base_url.rstrip("/")
        self._client_id = client_id
        self._secret = client_secret
        self._redirect_uri = redirect_uri
        self._scopes = " ".join(scopes)
        self._clock = clock
        self._told: Mapping[str, Any] | None = None
        self._keys: Mapping[str, Any] | None = None

    def _begin(self, more: Mapping[str, str | None]) -> Steps[Begun]:
        told = yield from self._document()
        state, nonce, verifier = (secrets.token_urlsafe(_BYTES) for _ in range(_PARTS))
        digest = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._redirect_uri,
            "scope": self._scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            **{name: value for name, value in more.items() if value is not None},
        }
        url = f"{told['authorization_endpoint']}?{urlencode(asked)}"
        return Begun(url, f"{state}.{nonce}.{verifier}")

    def _finish(self, callback_url: str, kept: str | None) -> Steps[SignedInMember]:
        state, nonce, verifier = _parts(kept)
        came = _query(callback_url)
        if not hmac.compare_digest(came.get("state", "").encode(), state.encode()):
            raise SignInRefused("state", "this sign-in was not begun in this session")
        if came.get("iss") != self.base_url:
            raise SignInRefused("issuer", "another server answered")
        if "error" in came:
            raise SignInRefused(came["error"], came.get("error_description") or came["error"])
        if not came.get("code"):
            raise SignInRefused("callback", "there is no code in the address")
        form = {
            "grant_type": "authorization_code",
            "code": came["code"],
            "redirect_uri": self._redirect_uri,
            "code_verifier": verifier,
        }
        answer = yield from self._asked("token_endpoint", form)
        return (yield from self._believed(answer, nonce))

    def _refresh(self, refresh_token: str) -> Steps[MemberTokens]:
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return self._tokens((yield from self._asked("token_endpoint", form)))

    def _revoke(self, token: str) -> Steps[None]:
        yield from self._asked("revocation_endpoint", {"token": token}, empty=True)

    def _userinfo(self, access_token: str) -> Steps[Mapping[str, Any]]:
        told = yield from self._document()
        headers = {"Authorization": f"Bearer {access_token}"}
        return _read((yield httpx2.Request("GET", told["userinfo_endpoint"], headers=headers)))

    def _logout_url(self, more: Mapping[str, str | None]) -> Steps[str]:
        told = yield from self._document()
        asked = {"client_id": self._client_id} | {
            name: value for name, value in more.items() if value is not None
        }
        return f"{told['end_session_endpoint']}?{urlencode(asked)}"

    def _believed(self, answer: Mapping[str, Any], nonce: str) -> Steps[SignedInMember]:
        tokens = self._tokens(answer)
        token = str(answer.get("id_token", ""))
        for fresh in (False, True):
            keys = yield from self._key_set(fresh=fresh)
            try:
                claims = checked(
                    token, keys, issuer=self.base_url, client_id=self._client_id, nonce=nonce,
                    access_token=tokens.access_token, now=self._clock(),
                )  # fmt: skip
            except UnknownKey as unknown:
                if fresh:
                    raise SignInRefused("id_token", str(unknown)) from unknown
            except IdTokenRefused as refused:
                raise SignInRefused("id_token", str(refused)) from refused
            else:
                return SignedInMember(
                    ref=claims["sub"], claims=claims, tokens=tokens, id_token=token
                )
        raise AssertionError("the second look returns or raises")

    def _tokens(self, answer: Mapping[str, Any]) -> MemberTokens:
        try:
            return MemberTokens(
                access_token=str(answer["access_token"]),
                refresh_token=answer.get("refresh_token"),
                ends_at=self._clock() + int(answer["expires_in"]),
                scopes=tuple(str(answer.get("scope", self._scopes)).split()),
            )
        except (KeyError, TypeError, ValueError):
            raise ConnectionFailed("the token address answered with no token") from None

    def _asked(
        self, door: str, form: Mapping[str, str], *, empty: bool = False
    ) -> Steps[Mapping[str, Any]]:
        told = yield from self._document()
        answer = yield proven(
            told[door], form, client_id=self._client_id, secret=self._secret, audience=self.base_url
        )
        return {} if empty and answer.is_success else _read(answer)

    def _document(self) -> Steps[Mapping[str, Any]]:
        if self._told is None:
            told = _read((yield httpx2.Request("GET", f"{self.base_url}/{_DOCUMENT}")))
            if told.get("issuer") != self.base_url:
                raise SignInRefused("issuer", f"{self.base_url} says that it is another")
            self._told = told
        return self._told

    def _key_set(self, *, fresh: bool) -> Steps[Mapping[str, Any]]:
        if self._keys is None or fresh:
            told = yield from self._document()
            self._keys = _read((yield httpx2.Request("GET", told["jwks_uri"])))
        return self._keys


class SignIn(_Flow):
    """Signs members in; keep one, share it between threads, close it at the end.

    Args:
        base_url: of the alliance, as it calls itself (the issuer).
        client_id: of your partner, one that may sign members in.
        client_secret: its secret or its `stoa_sdk.keys.PrivateKey`; `None` for a public client.
        redirect_uri: where visitors come back to, letter by letter as it is registered.
        scopes: ``openid`` and what else you need: ``profile``, ``email``, ``wallet:read``,
            ``redeem:self``.
        clock: seconds since 1970.
        timeout_s: how long to wait for an answer.
        transport: what carries the requests instead of the network, for tests.

    Raises:
        ValueError: ``openid`` is not among the scopes.
    """

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str | ClientProof | None = None,
        *,
        redirect_uri: str,
        scopes: Sequence[str] = ("openid", "profile"),
        clock: Callable[[], float] = time.time,
        timeout_s: float = 10.0,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        super().__init__(
            base_url, client_id, client_secret, redirect_uri=redirect_uri, scopes=scopes,
            clock=clock,
        )  # fmt: skip
        self._http = httpx2.Client(timeout=timeout_s, transport=transport)

    def begin(
        self,
        *,
        language: str | None = None,
        login_hint: str | None = None,
        prompt: str | None = None,
    ) -> Begun:
        """Return where to send a visitor who wants to sign in, and what to keep meanwhile.

        Args:
            language: of the pages: ``en``, ``zh-Hans`` or ``zh-Hant``.
            login_hint: the e-mail address, where you know it.
            prompt: ``none`` never shows a page, ``login`` asks for a fresh sign-in.
        """
        more = {"ui_locales": language, "login_hint": login_hint, "prompt": prompt}
        return self._run(self._begin(more))

    def finish(self, callback_url: str, kept: str | None) -> SignedInMember:
        """Return who has signed in.

        Args:
            callback_url: the whole address that the visitor came back to.
            kept: of `begin`, from the visitor's session; forget it there, for it serves once.

        Raises:
            SignInRefused: nobody has; its `code` says why.
            Problem: the code is not good any more.
            ConnectionFailed: no answer came.
        """
        return self._run(self._finish(callback_url, kept))

    def refresh(self, refresh_token: str) -> MemberTokens:
        """Return new tokens; the old refresh token is used up.

        Raises:
            Problem: ``INVALID_GRANT``, the member signs in anew.
        """
        return self._run(self._refresh(refresh_token))

    def revoke(self, token: str) -> None:
        """End a token before its time; with a refresh token all that came of the sign-in."""
        self._run(self._revoke(token))

    def userinfo(self, access_token: str) -> Mapping[str, Any]:
        """Return what the member agreed to tell: ``name``, ``locale``, ``email``."""
        return self._run(self._userinfo(access_token))

    def logout_url(
        self,
        id_token: str | None = None,
        *,
        back: str | None = None,
        state: str | None = None,
        language: str | None = None,
    ) -> str:
        """Return where to send a visitor who signs out: there ends the sign-in, and its tokens.

        Args:
            id_token: of `SignedInMember`, expired or not; without it the visitor is asked first.
            back: where to go then, letter by letter as it is registered for signing out.
            state: comes back with the visitor.
            language: of the pages: ``en``, ``zh-Hans`` or ``zh-Hant``.
        """
        return self._run(self._logout_url(_leaving(id_token, back, state, language)))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _run(self, steps: Steps[AnswerT]) -> AnswerT:
        try:
            request = next(steps)
            while True:
                request = steps.send(self._http.send(request))
        except StopIteration as done:
            answer: AnswerT = done.value
            return answer
        except httpx2.RequestError as error:
            raise ConnectionFailed(f"{type(error).__name__}: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class AsyncSignIn(_Flow):
    """The same for asyncio; the arguments are those of `SignIn`."""

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str | ClientProof | None = None,
        *,
        redirect_uri: str,
        scopes: Sequence[str] = ("openid", "profile"),
        clock: Callable[[], float] = time.time,
        timeout_s: float = 10.0,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(
            base_url, client_id, client_secret, redirect_uri=redirect_uri, scopes=scopes,
            clock=clock,
        )  # fmt: skip
        self._http = httpx2.AsyncClient(timeout=timeout_s, transport=transport)

    async def begin(
        self,
        *,
        language: str | None = None,
        login_hint: str | None = None,
        prompt: str | None = None,
    ) -> Begun:
        """Return where to send a visitor, and what to keep; see `SignIn.begin`."""
        more = {"ui_locales": language, "login_hint": login_hint, "prompt": prompt}
        return await self._run(self._begin(more))

    async def finish(self, callback_url: str, kept: str | None) -> SignedInMember:
        """Return who has signed in; see `SignIn.finish`."""
        return await self._run(self._finish(callback_url, kept))

    async def refresh(self, refresh_token: str) -> MemberTokens:
        """Return new tokens; the old refresh token is used up."""
        return await self._run(self._refresh(refresh_token))

    async def revoke(self, token: str) -> None:
        """End a token before its time; with a refresh token all that came of the sign-in."""
        await self._run(self._revoke(token))

    async def userinfo(self, access_token: str) -> Mapping[str, Any]:
        """Return what the member agreed to tell: ``name``, ``locale``, ``email``."""
        return await self._run(self._userinfo(access_token))

    async def logout_url(
        self,
        id_token: str | None = None,
        *,
        back: str | None = None,
        state: str | None = None,
        language: str | None = None,
    ) -> str:
        """Return where to send a visitor who signs out; see `SignIn.logout_url`."""
        return await self._run(self._logout_url(_leaving(id_token, back, state, language)))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _run(self, steps: Steps[AnswerT]) -> AnswerT:
        try:
            request = next(steps)
            while True:
                request = steps.send(await self._http.send(request))
        except StopIteration as done:
            answer: AnswerT = done.value
            return answer
        except httpx2.RequestError as error:
            raise ConnectionFailed(f"{type(error).__name__}: {error}") from error

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


def _parts(kept: str | None) -> tuple[str, str, str]:
    parts = (kept or "").split(".")
    if len(parts) != _PARTS or not all(parts):
        raise SignInRefused("state", "no sign-in was begun in this session")
    state, nonce, verifier = parts
    return state, nonce, verifier


def _query(callback_url: str) -> dict[str, str]:
    found = parse_qs(urlsplit(callback_url).query, keep_blank_values=True)
    if any(len(values) > 1 for values in found.values()):
        raise SignInRefused("callback", "a parameter came twice")
    return {name: values[0] for name, values in found.items()}


def _read(answer: httpx2.Response) -> Mapping[str, Any]:
    if not answer.is_success:
        raise problem_of(answer)
    document = document_of(answer)
    if document is None:
        raise ConnectionFailed("what answered is not the alliance")
    return document


def _leaving(
    id_token: str | None, back: str | None, state: str | None, language: str | None
) -> dict[str, str | None]:
    return {
        "id_token_hint": id_token, "post_logout_redirect_uri": back, "state": state,
        "ui_locales": language,
    }  # fmt: skip
